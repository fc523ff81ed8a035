"""The clock that matters for each of many orders, read once and counted on by whoever shows it."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from datetime import datetime
from typing import NamedTuple, TypeVar

from sqlalchemy import select

from app.offline_db.schema import ROW_TABLES
from app.offline_db.store import LocalRows
from core import slas
from core.rows import REFERENCE_KINDS, Row
from core.rows.orders import TimelineEntry, WorkOrder
from core.sla import Calendar, Clock, leading
from core.warranty import RegisteredUnit, RegistryState
from core.work_order import ENDED
from rowstore.rows import to_row

R = TypeVar("R", bound=Row)
_PIECE = 2_000


class Ticking(NamedTuple):
    """A clock as it was read, with the calendar by which it runs on."""

    clock: Clock
    read_at: datetime
    calendar: Calendar
    warn_percent: int

    def left(self, now: datetime) -> int:
        """Business minutes to the limit at ``now``; negative when it is over."""
        return self.clock.left - (0 if self.clock.paused else self.calendar.used(self.read_at, now))

    def tone(self, now: datetime) -> str:
        """Bad when it is over, warn when most of it is used, grey otherwise and while it stands still."""
        if self.clock.paused:
            return "grey"
        left = self.left(now)
        used = (self.clock.limit - left) * 100
        return "bad" if left <= 0 else "warn" if used >= self.clock.limit * self.warn_percent else "grey"


class Told(NamedTuple):
    """An order that has not ended, its timeline, and its clock (None: it has no limit now)."""

    order: WorkOrder
    entries: tuple[TimelineEntry, ...]
    ticking: Ticking | None


def told(rows: LocalRows, ids: Collection[str], now: datetime) -> dict[str, Told]:
    """Those of the orders that have not ended."""
    orders = [order for order in _in(rows, WorkOrder, "id", ids) if order.state not in ENDED]
    entries: dict[str, list[TimelineEntry]] = defaultdict(list)
    for entry in _in(rows, TimelineEntry, "order_id", [order.id for order in orders]):
        entries[entry.order_id].append(entry)
    remembering = _Remembering(rows)
    found = {}
    for order in orders:
        own = tuple(sorted(entries[order.id], key=lambda entry: (entry.at, entry.id)))
        found[order.id] = Told(order, own, ticking_of(remembering, order, own, now))
    return found


def ticking_of(
    rows: "LocalRows | _Remembering", order: WorkOrder, entries: Iterable[TimelineEntry], now: datetime
) -> Ticking | None:
    """The order's leading clock."""
    terms = slas.terms_of(rows, order)
    clock = leading(slas.clocks(rows, order, now, entries))
    return None if clock is None else Ticking(clock, now, terms.calendar, terms.warn_percent)


def _in(rows: LocalRows, kind: type[R], column: str, values: Collection[str]) -> list[R]:
    table, wanted = ROW_TABLES[kind], list(values)
    found: list[R] = []
    for begin in range(0, len(wanted), _PIECE):
        statement = select(table).where(table.c[column].in_(wanted[begin : begin + _PIECE]))
        found += (to_row(kind, row) for row in rows.connection.execute(statement).mappings())
    return found


class _Remembering:
    """Rows whose reference rows are asked for once: every order of a list goes by the same tables."""

    def __init__(self, rows: LocalRows) -> None:
        self._rows = rows
        self._got: dict[tuple[type[Row], str], Row | None] = {}
        self._found: dict[tuple[type[Row], str], Sequence[Row]] = {}

    def get(self, kind: type[R], row_id: str, /) -> R | None:
        key = (kind, row_id)
        if key not in self._got:
            self._got[key] = self._rows.get(kind, row_id)
        return self._got[key]  # type: ignore[return-value]

    def find(self, kind: type[R], /, **equal: object) -> Sequence[R]:
        if kind not in REFERENCE_KINDS:
            return self._rows.find(kind, **equal)
        key = (kind, repr(sorted(equal.items())))
        if key not in self._found:
            self._found[key] = self._rows.find(kind, **equal)
        return self._found[key]  # type: ignore[return-value]

    def put(self, row: Row, /) -> None:
        raise TypeError("read only")

    def look_up(self, serial: str, /) -> tuple[RegistryState, RegisteredUnit | None]:
        return self._rows.look_up(serial)
