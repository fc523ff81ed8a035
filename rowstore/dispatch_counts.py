"""What dispatch ranks by, counted in the database the same way at both ends: load, first-time fix, parts at hand."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, Connection, Table, and_, case, func, or_, select

from core.dispatching import Counts
from core.rows import Row
from core.rows.orders import OrderUnit, Visit, WorkOrder
from core.rows.parts import Condition, LocationKind, PartLine, StockMove
from core.work_order import ENDED, FINISHED, HOLDS, State

_OPEN = [state.value for state in State if state not in ENDED and state not in HOLDS]
_DONE = sorted({state.value for state in FINISHED} | {"verified", "settled", "closed", "claim_held"})
#: How far back a model's parts are counted to tell which one it will likely be.
_LIKELY_DAYS = 180


class Asked(NamedTuple):
    """For whom is counted (``station_id`` or ``technician_id``), in which branch, now, to the end of the day (UTC)."""

    by: str
    branch_id: str
    now: datetime
    day_end: datetime
    fix_days: int = 90
    model: str | None = None


class Counter:
    """Counts through one connection over the tables of either end."""

    def __init__(self, connection: Connection, tables: Mapping[type[Row], Table]) -> None:
        """Read only."""
        self._connection, self._tables = connection, tables

    def counts(self, asked: Asked) -> Counts:
        """Everything that is ranked by."""
        fixed, finished = self._fixed(asked)
        part = self.likely_part(asked.branch_id, asked.model, asked.now) if asked.model else None
        parts = self.on_hand(asked.branch_id, part) if part and asked.by == "station_id" else None
        return Counts(self.load(asked), fixed, finished, parts)

    def load(self, asked: Asked) -> dict[str, int]:
        """Open orders that are to be worked on by the end of the day: not booked for later, and waiting for nothing."""
        orders = self._tables[WorkOrder].c
        today = or_(orders.visit_from.is_(None), orders.visit_from < asked.day_end)
        wanted = (orders.branch_id == asked.branch_id, orders.state.in_(_OPEN), today)
        return self._grouped(orders[asked.by], func.count(), *wanted)

    def likely_part(self, branch_id: str, model: str, now: datetime) -> str | None:
        """The part that was put most often into units of this model lately."""
        lines, units = self._tables[PartLine].c, self._tables[OrderUnit].c
        wanted = (
            lines.branch_id == branch_id,
            lines.added_at >= now - timedelta(days=_LIKELY_DAYS),
            lines.removed.is_(False),
            units.model == model,
        )
        joined = self._tables[PartLine].join(
            self._tables[OrderUnit], and_(units.branch_id == lines.branch_id, units.id == lines.unit_id)
        )
        often = func.count().desc()
        found = select(lines.part_id).select_from(joined).where(*wanted).group_by(lines.part_id)
        return self._connection.execute(found.order_by(often, lines.part_id).limit(1)).scalar_one_or_none()

    def on_hand(self, branch_id: str, part_id: str) -> dict[str, int]:
        """Per station how many good ones of the part the stock ledger shows."""
        moves = self._tables[StockMove].c
        good = (moves.branch_id == branch_id, moves.part_id == part_id, moves.condition != Condition.DEFECTIVE.value)
        begin = f"{LocationKind.STATION}:"
        balance: dict[str, int] = {}
        for column, sign in ((moves.to_location, 1), (moves.from_location, -1)):
            there = column.startswith(begin, autoescape=True)
            for location, quantity in self._grouped(column, func.sum(moves.quantity), *good, there).items():
                station = location.removeprefix(begin)
                balance[station] = balance.get(station, 0) + sign * int(quantity)
        return balance

    def _fixed(self, asked: Asked) -> tuple[dict[str, int], dict[str, int]]:
        """Of the finished orders those with one visit at most and no repeat; and all of them."""
        orders, visits = self._tables[WorkOrder].c, self._tables[Visit].c
        repeated = select(orders.repairs_order_id).where(
            orders.branch_id == asked.branch_id, orders.repairs_order_id.is_not(None)
        )
        made = (visits.branch_id == asked.branch_id, visits.state == "made")
        several = select(visits.order_id).where(*made).group_by(visits.order_id).having(func.count() > 1)
        held = case((orders.id.not_in(several) & orders.id.not_in(repeated), 1), else_=0)
        since = asked.now - timedelta(days=asked.fix_days)
        wanted = (orders.branch_id == asked.branch_id, orders.state.in_(_DONE), orders.completed_at >= since)
        found = select(orders[asked.by], func.sum(held), func.count()).where(*wanted).group_by(orders[asked.by])
        rows = [row for row in self._connection.execute(found) if row[0]]
        return {row[0]: int(row[1]) for row in rows}, {row[0]: row[2] for row in rows}

    def _grouped(self, column: Any, figure: Any, *wanted: ColumnElement[bool]) -> dict[str, int]:
        statement = select(column, figure).where(*wanted).group_by(column)
        return {row[0]: row[1] for row in self._connection.execute(statement) if row[0]}
