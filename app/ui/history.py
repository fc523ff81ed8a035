"""Where the person came from, so that Alt+Left leads back."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

_MOST = 50


@dataclass(frozen=True)
class Visit:
    """A page and what it was opened with."""

    page_id: str
    params: dict[str, Any] = field(default_factory=dict)


class History:
    """A bounded stack of visits; the same visit twice in a row counts once."""

    def __init__(self) -> None:
        self._visits: list[Visit] = []

    @property
    def current_id(self) -> str:
        """The page shown now; empty before the first."""
        return self._visits[-1].page_id if self._visits else ""

    def push(self, visit: Visit) -> None:
        """A page was opened."""
        if not self._visits or self._visits[-1] != visit:
            self._visits.append(visit)
            del self._visits[:-_MOST]

    def pop(self) -> Visit | None:
        """Goes back: the visit before, or None on the first."""
        if len(self._visits) < 2:
            return None
        self._visits.pop()
        return self._visits[-1]
