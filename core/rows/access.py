"""How rules and replays see rows: a small protocol that both ends' databases fulfil."""

from collections.abc import Sequence
from typing import Protocol, TypeVar

from core.rows.base import Row
from core.warranty import RegisteredUnit, RegistryState

R = TypeVar("R", bound=Row)


class Rows(Protocol):
    """The rows a replay may see and change, of one branch, with the reference rows beside them.

    ``find`` returns rows sorted by id. ``put`` inserts or replaces.
    """

    def get(self, kind: type[R], row_id: str, /) -> R | None:
        """The row, or None."""

    def find(self, kind: type[R], /, **equal: object) -> Sequence[R]:
        """Rows whose columns equal the given values."""

    def put(self, row: Row, /) -> None:
        """Insert or replace ``row``."""

    def look_up(self, serial: str, /) -> tuple[RegistryState, RegisteredUnit | None]:
        """What the registry knows of a serial number, and how complete the registry is here."""
