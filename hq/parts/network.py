"""Where each part lies in the whole network: summed up per branch now and then, and sent to every place."""

from collections import Counter, defaultdict
from datetime import datetime

import msgspec
from sqlalchemy import Connection, func, select

from core.parts.stock import outstanding
from core.roles import PlaceKind
from core.rows.access import Rows
from core.rows.orders import WorkOrder
from core.rows.parts import Condition, PartLine, StockMove
from core.rows.people import Place
from core.rows.supply import Holding, PartStock, Reservation
from core.work_order import ENDED
from hq.feed import work
from hq.store import Store
from rowstore.rows import SqlRows

#: A row names so many places of a branch at most, those with most to spare.
MOST_PLACES = 30
_MOVES = Store.tables[StockMove]


def refresh(store: Store, now: datetime) -> int:
    """Sum up every branch and store what has changed; returns how many (branch, part) rows were new or changed."""
    with store.reading() as connection:
        branches = [one.id for one in SqlRows(connection, store.tables).find(Place, kind=PlaceKind.BRANCH)]
        spare = {
            branch: _spare(connection, SqlRows(connection, store.tables, branch_id=branch), branch)
            for branch in branches
        }
    changed = 0
    for branch, parts in spare.items():
        with work(store) as doing:
            rows = doing.reference()
            known = {one.part_id: one for one in rows.find(PartStock, branch_id=branch)}
            for part_id in sorted(parts.keys() | known.keys()):
                before, holdings = known.get(part_id), holdings_of(parts.get(part_id, {}))
                if before is None or before.holdings != holdings:
                    rows.put(_row(before, branch, part_id, holdings, now))
                    changed += 1
    return changed


def _row(
    before: PartStock | None, branch: str, part_id: str, holdings: tuple[Holding, ...], now: datetime
) -> PartStock:
    if before is not None:
        return msgspec.structs.replace(before, holdings=holdings, as_of=now)
    return PartStock(id=f"{branch}:{part_id}", branch_id=branch, part_id=part_id, holdings=holdings, as_of=now)


def holdings_of(places: dict[str, int]) -> tuple[Holding, ...]:
    """The places with pieces to spare, those with most first; at most :data:`MOST_PLACES`."""
    most = sorted(((quantity, place) for place, quantity in places.items() if quantity > 0), reverse=True)
    return tuple(Holding(place_id=place, quantity=quantity) for quantity, place in most[:MOST_PLACES])


def _spare(connection: Connection, rows: Rows, branch: str) -> dict[str, dict[str, int]]:
    """Per part the good pieces on the shelves of each place of the branch, less what is kept for orders."""
    found: defaultdict[str, Counter[str]] = defaultdict(Counter)
    for column, sign in ((_MOVES.c.to_location, 1), (_MOVES.c.from_location, -1)):
        wanted = (_MOVES.c.branch_id == branch, _MOVES.c.condition == Condition.NEW.value)
        summed = select(_MOVES.c.part_id, column, func.sum(_MOVES.c.quantity)).where(*wanted)
        for part_id, place, quantity in connection.execute(summed.group_by(_MOVES.c.part_id, column)):
            kind, _, place_id = place.partition(":")
            if kind in (PlaceKind.STATION, PlaceKind.BRANCH):
                found[part_id][place_id] += sign * int(quantity)
    for (station, part_id), quantity in _kept(rows).items():
        found[part_id][station] -= quantity
    return {part_id: dict(places) for part_id, places in found.items()}


def _kept(rows: Rows) -> Counter[tuple[str, str]]:
    by_station: defaultdict[str, list[Reservation]] = defaultdict(list)
    for one in rows.find(Reservation):
        by_station[one.station_id or ""].append(one)
    kept: Counter[tuple[str, str]] = Counter()
    for station, reservations in by_station.items():
        orders = {one.order_id: rows.get(WorkOrder, one.order_id) for one in reservations}
        lines = [line for order_id in orders for line in rows.find(PartLine, order_id=order_id)]
        over = {name for name, order in orders.items() if order is None or order.state in ENDED}
        for (_, part_id), quantity in outstanding(reservations, lines, over).items():
            kept[station, part_id] += quantity
    return kept
