"""How a customer's reminders rise: by their count and by how much of the time is gone, a table."""

from collections.abc import Iterable
from typing import Annotated, Literal

import msgspec
from msgspec import Meta

#: To whom an order is raised, the higher one last.
LEVELS = ("station", "branch", "hq")


class Escalation(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """From so many reminders on, or once so many per cent of the completion's limit are used (0: never by that)."""

    to: Literal["station", "branch", "hq"]
    urgency: Annotated[int, Meta(ge=0, le=2)]
    reminders: Annotated[int, Meta(ge=0, le=1000)] = 0
    used_percent: Annotated[int, Meta(ge=0, le=10_000)] = 0

    def holds(self, reminders: int, used_percent: int) -> bool:
        """Whether count or time has come so far."""
        by_count = self.reminders > 0 and reminders >= self.reminders
        return by_count or (self.used_percent > 0 and used_percent >= self.used_percent)


def escalation_of(table: Iterable[Escalation], reminders: int, used_percent: int) -> Escalation | None:
    """The highest line that holds; None when none does."""
    found = [line for line in table if line.holds(reminders, used_percent)]
    return max(found, key=lambda line: (LEVELS.index(line.to), line.urgency)) if found else None
