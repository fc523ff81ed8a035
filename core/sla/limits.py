"""The table of time limits, a reference document: how long each step may take, which states pause, when to warn."""

from datetime import date
from typing import Annotated

import msgspec
from msgspec import Meta

from core.sla.calendar import BusinessHours
from core.sla.escalation import Escalation
from core.sla.names import ClockName
from core.work_order import HOLDS, State

_Minutes = Annotated[int, Meta(ge=1, le=1_000_000)]


class Limit(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """So many business minutes for one clock; what is left empty fits everything, the closest fit counts."""

    clock: ClockName
    minutes: _Minutes
    product_class: str | None = None
    urgency: Annotated[int, Meta(ge=0, le=2)] | None = None
    service_type: str | None = None

    def fits(self, clock: ClockName, product_class: str, urgency: int, service_type: str) -> bool:
        """Whether the limit is meant for such an order."""
        asked = ((self.product_class, product_class), (self.urgency, urgency), (self.service_type, service_type))
        return self.clock is clock and all(own is None or own == other for own, other in asked)

    @property
    def closeness(self) -> int:
        """How many of its columns are given."""
        return sum(one is not None for one in (self.product_class, self.urgency, self.service_type))


class Limits(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One version of the table. ``hours`` are of places that name none; at ``warn_percent`` of a limit it warns.

    ``repeat_days``: a report so soon after a completed repair of the same unit is linked with it.
    """

    version: str = "0"
    in_force_from: date = date(2010, 1, 1)
    hours: BusinessHours = BusinessHours()
    pausing: frozenset[State] = frozenset({State.WAITING_PARTS, State.WAITING_CUSTOMER})
    warn_percent: Annotated[int, Meta(ge=1, le=100)] = 75
    limits: tuple[Limit, ...] = ()
    escalations: tuple[Escalation, ...] = ()
    repeat_days: Annotated[int, Meta(ge=0, le=3650)] = 30

    def __post_init__(self) -> None:
        """Only holds can pause; anything else is a mistake in the file."""
        if not self.pausing <= HOLDS:
            raise ValueError("only states in which an order waits can pause the clocks")

    def minutes(self, clock: ClockName, product_class: str, urgency: int, service_type: str) -> int | None:
        """The limit of such an order in business minutes: the closest fit, of equals the first; None: no limit."""
        found = [limit for limit in self.limits if limit.fits(clock, product_class, urgency, service_type)]
        return max(found, key=lambda limit: limit.closeness).minutes if found else None


_ALWAYS = ((0, 1440),)
#: Where HQ has no table yet: three days, two, or one by urgency, by the wall's clock.
DEFAULT_LIMITS = Limits(
    hours=BusinessHours(weekday=_ALWAYS, weekend=_ALWAYS, holiday=_ALWAYS),
    limits=tuple(
        Limit(clock=ClockName.COMPLETION, minutes=hours * 60, urgency=urgency)
        for urgency, hours in enumerate((72, 48, 24))
    ),
)
