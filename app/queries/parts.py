"""The stock of this place, part by part: what is there, kept, coming, and what to order with the figures behind it."""

from collections import defaultdict
from collections.abc import Collection, Mapping
from datetime import UTC, date, datetime, time, timedelta
from typing import Any, NamedTuple

from sqlalchemy import Connection, func, or_, select

from app.offline_db.device import load as load_device
from app.offline_db.schema import ROW_TABLES, stock_total
from app.offline_db.store import LocalRows
from core.parts.books import kept_for_orders, progress_of, shelf_of
from core.parts.ordering import Position, suggest
from core.parts.policy import PartsPolicy
from core.parts.shipping import transit_of
from core.parts.stock import PartFigures, figures_at, outstanding, per_part
from core.parts_ledger import StockKey, kind_of
from core.reference import parts_policy_in_force
from core.rows.orders import WorkOrder
from core.rows.parts import Condition, LocationKind, PartLine, StockMove
from core.rows.people import Person, Place
from core.rows.reference import Part
from core.rows.supply import (
    Allocation,
    PartRequest,
    PartStock,
    RequestLine,
    Reservation,
    Shipment,
    ShipmentLine,
    Suggestion,
)
from core.work_order import ENDED
from rowstore.rows import to_row

MOVES, PARTS = ROW_TABLES[StockMove], ROW_TABLES[Part]
REQUESTS, LINES, ALLOCATED = ROW_TABLES[PartRequest], ROW_TABLES[RequestLine], ROW_TABLES[Allocation]
ORDERS, KEPT, USED = ROW_TABLES[WorkOrder], ROW_TABLES[Reservation], ROW_TABLES[PartLine]
SHIPMENTS, SENT = ROW_TABLES[Shipment], ROW_TABLES[ShipmentLine]
_MOST_MOVES = 300


class StockLine(NamedTuple):
    """One part in pieces; ``mine``: in one's own bag. ``state``: below_zero, below_safety, to_order, ok or none."""

    part_id: str
    zh: str
    en: str
    part_class: str
    successor: str
    on_hand: int
    reserved: int
    available: int
    in_transit: int
    bags: int
    mine: int
    defective: int
    requested: int
    suggestion: Suggestion
    worth_fen: int

    @property
    def is_here(self) -> bool:
        """Whether there is anything to tell of it beside the catalogue."""
        return any((self.on_hand, self.reserved, self.in_transit, self.bags, self.defective, self.suggestion.used))

    @property
    def state(self) -> str:
        """How it stands, the worst first."""
        if self.on_hand < 0 or self.available < 0:
            return "below_zero"
        if self.available < self.suggestion.safety:
            return "below_safety"
        if self.suggestion.quantity:
            return "to_order"
        return "ok" if self.on_hand else "none"


class StockView(NamedTuple):
    """The stock as it stands; ``synced_at`` tells how old what others have is."""

    lines: tuple[StockLine, ...]
    synced_at: datetime | None


class MoveLine(NamedTuple):
    """One line of a part's ledger; ``change`` is what it did to this place's own stock."""

    id: str
    at: datetime
    reason: str
    from_kind: str
    from_name: str
    to_kind: str
    to_name: str
    quantity: int
    condition: str
    change: int
    serial: str
    by: str
    undone: bool


class Elsewhere(NamedTuple):
    """Another place that has pieces to spare; when HQ last saw that figure change."""

    place_id: str
    code: str
    name: str
    same_branch: bool
    is_station: bool
    quantity: int
    as_of: datetime


class PartDetail(NamedTuple):
    """Everything about one part."""

    part_id: str
    moves: tuple[MoveLine, ...]
    elsewhere: tuple[Elsewhere, ...]
    kept: tuple[tuple[str, str, int], ...]  # order id, number, pieces
    synced_at: datetime | None


def stock_view(rows: LocalRows, place_id: str, person_id: str, today: date) -> StockView:
    """Every part of the catalogue with its figures here."""
    place = shelf_of(rows, place_id)
    policy = parts_policy_in_force(rows, today) or PartsPolicy(version="", in_force_from=today)
    totals, figures = figures_here(rows, place_id)
    own = rows.get(Place, place_id)
    offset = timedelta(minutes=own.utc_offset_minutes if own else 0)
    used = _used(rows.connection, place, offset, today - timedelta(days=policy.use_days))
    requested = _requested(rows, place_id)
    lines = _lines(
        rows.connection,
        figures,
        Here(totals, bag=f"{LocationKind.BAG}:{person_id}", requested=requested, used=used),
        policy,
    )
    device = load_device(rows.connection)
    return StockView(tuple(lines), device.last_sync_at if device else None)


def figures_here(rows: LocalRows, place_id: str) -> tuple[dict[StockKey, int], dict[str, PartFigures]]:
    """What lies at the place and on its way to it, and the figures of each part that moved or is kept here."""
    place = shelf_of(rows, place_id)
    incoming = _incoming(rows, place)
    totals = totals_at(rows.connection, place, incoming)
    return totals, figures_at(totals, _reserved(rows, place_id, place), place, incoming)


class Here(NamedTuple):
    """What is known of parts at this place: balances, whose bag is looked at, what is asked for, use by day."""

    totals: Mapping[StockKey, int]
    bag: str
    requested: Mapping[str, int]
    used: Mapping[str, tuple[int, ...]]


def _lines(
    connection: Connection, figures: Mapping[str, PartFigures], here: Here, policy: PartsPolicy
) -> list[StockLine]:
    """A line for each part of the catalogue; those nothing is known of share what follows from nothing."""
    columns = (PARTS.c.id, PARTS.c.name_zh, PARTS.c.name_en, PARTS.c.part_class, PARTS.c.superseded_by)
    nothing = suggest((), policy.use_days, policy.rhythm, Position())
    lines = []
    for part_id, zh, en, part_class, successor, worth in connection.execute(
        select(*columns, PARTS.c.transfer_fen).order_by(PARTS.c.id)
    ):
        found = figures.get(part_id)
        requested, used = here.requested.get(part_id, 0), here.used.get(part_id, ())
        if not (found or requested or used):  # nine of ten parts of a large catalogue
            lines.append(
                StockLine(part_id, zh, en, part_class, successor or "", 0, 0, 0, 0, 0, 0, 0, 0, nothing, worth)
            )
            continue
        found = found or PartFigures(part_id)
        position = Position(available=found.available, in_transit=found.in_transit, requested=requested)
        known = used or found.available or found.in_transit or requested
        lines.append(
            StockLine(
                part_id=part_id,
                zh=zh,
                en=en,
                part_class=part_class,
                successor=successor or "",
                on_hand=found.on_hand,
                reserved=found.reserved,
                available=found.available,
                in_transit=found.in_transit,
                bags=found.bags,
                mine=here.totals.get(StockKey(part_id, here.bag, Condition.NEW), 0),
                defective=found.defective,
                requested=requested,
                suggestion=suggest(used, policy.use_days, policy.rhythm, position) if known else nothing,
                worth_fen=worth,
            )
        )
    return lines


def totals_at(connection: Connection, place: str, incoming: Collection[str]) -> dict[StockKey, int]:
    """What lies at a place, in its people's bags, and in the shipments on their way to it."""
    at = stock_total.c.location
    of_place = [at == place, at.in_(sorted(incoming)), at.between(f"{LocationKind.BAG}:", f"{LocationKind.BAG};")]
    found = select(stock_total.c.part_id, at, stock_total.c.condition, stock_total.c.quantity).where(or_(*of_place))
    return {
        StockKey(part_id, where, Condition(condition)): quantity
        for part_id, where, condition, quantity in connection.execute(found)
    }


def _reserved(rows: LocalRows, place_id: str, place: str) -> dict[str, int]:
    """A station keeps parts for its orders, a branch for what it has granted and not sent."""
    if kind_of(place) is LocationKind.STATION:
        return per_part(_kept(rows.connection, place_id))
    granted: defaultdict[str, int] = defaultdict(int)
    for one in rows.find(Allocation, source=place):
        granted[one.part_id] += one.quantity
    for shipment in rows.find(Shipment, from_location=place):
        for line in rows.find(ShipmentLine, shipment_id=shipment.id) if shipment.request_id else ():
            granted[line.part_id] -= line.quantity if line.request_line_id else 0
    return {part_id: quantity for part_id, quantity in granted.items() if quantity > 0}


def _kept(connection: Connection, place_id: str) -> dict[tuple[str, str], int]:
    """As ``kept_for_orders``, reading only what belongs to orders in work: of ended ones nothing is kept."""
    open_here = ORDERS.c.station_id == place_id, ORDERS.c.state.not_in([state.value for state in ENDED])
    orders = select(KEPT.c.order_id).join(ORDERS, ORDERS.c.id == KEPT.c.order_id).where(*open_here)
    reserved = select(KEPT).where(KEPT.c.station_id == place_id, KEPT.c.order_id.in_(orders))
    used = select(USED).where(USED.c.order_id.in_(orders))
    return outstanding(
        [to_row(Reservation, one) for one in connection.execute(reserved).mappings()],
        [to_row(PartLine, one) for one in connection.execute(used).mappings()],
        (),
    )


def _incoming(rows: LocalRows, place: str) -> set[str]:
    return {transit_of(one.id) for one in rows.find(Shipment, to_location=place, received_at=None)}


def unfinished(connection: Connection) -> set[str]:
    """The requests of which something is still to come: asked for, not refused, not arrived."""
    refused = select(ALLOCATED.c.line_id, func.sum(ALLOCATED.c.refused).label("pieces")).group_by(ALLOCATED.c.line_id)
    arrived = (
        select(SENT.c.request_line_id, func.sum(SENT.c.quantity).label("pieces"))
        .join(SHIPMENTS, SHIPMENTS.c.id == SENT.c.shipment_id)
        .where(SHIPMENTS.c.received_at.is_not(None))
        .group_by(SENT.c.request_line_id)
    )
    no, came = refused.subquery(), arrived.subquery()
    lines = LINES.outerjoin(no, no.c.line_id == LINES.c.id).outerjoin(came, came.c.request_line_id == LINES.c.id)
    left = LINES.c.quantity - func.coalesce(no.c.pieces, 0) - func.coalesce(came.c.pieces, 0)
    found = select(LINES.c.request_id).select_from(lines.join(REQUESTS, REQUESTS.c.id == LINES.c.request_id))
    return set(connection.execute(found.where(left > 0, REQUESTS.c.state == "open")).scalars())


def _requested(rows: LocalRows, place_id: str) -> dict[str, int]:
    """What is asked for and has not left anywhere yet."""
    found: defaultdict[str, int] = defaultdict(int)
    for request_id in sorted(unfinished(rows.connection)):
        request = rows.get(PartRequest, request_id)
        for one in progress_of(rows, request_id) if request and request.station_id == place_id else ():
            found[one.line.part_id] += one.to_allocate + one.to_send
    return found


def _used(connection: Connection, place: str, offset: timedelta, since: date) -> dict[str, tuple[int, ...]]:
    """Per part the use of each local day that had any: what went into units, or (a branch) to stations."""
    station = kind_of(place) is LocationKind.STATION
    begin = datetime.combine(since, time(), UTC) - offset
    wanted = [MOVES.c.reason == ("use_part" if station else "ship_parts"), MOVES.c.moved_at >= begin]
    if not station:
        wanted.append(MOVES.c.from_location == place)
    day = func.date(MOVES.c.moved_at, f"{offset // timedelta(minutes=1):+d} minutes")
    summed = select(MOVES.c.part_id, func.sum(MOVES.c.quantity)).where(*wanted).group_by(MOVES.c.part_id, day)
    found: defaultdict[str, list[int]] = defaultdict(list)
    for part_id, quantity in connection.execute(summed):
        found[part_id].append(int(quantity))
    return {part_id: tuple(quantities) for part_id, quantities in found.items()}


def part_detail(rows: LocalRows, place_id: str, part_id: str) -> PartDetail:
    """A part's moves (the newest first), where else it lies, and for which orders it is kept."""
    place, names = shelf_of(rows, place_id), Names(rows)
    moves = sorted(rows.find(StockMove, part_id=part_id), key=lambda one: (one.moved_at, one.id), reverse=True)
    undone = {one.reverses_id for one in moves if one.reverses_id}
    kept = [
        (order_id, names.order(order_id), count)
        for (order_id, part), count in sorted(kept_for_orders(rows, place_id, part_id).items())
        if part == part_id
    ]
    device = load_device(rows.connection)
    return PartDetail(
        part_id=part_id,
        moves=tuple(_move(one, place, names, undone=one.id in undone) for one in moves[:_MOST_MOVES]),
        elsewhere=_elsewhere(rows, place_id, part_id),
        kept=tuple(kept),
        synced_at=device.last_sync_at if device else None,
    )


def _move(one: StockMove, place: str, names: "Names", *, undone: bool) -> MoveLine:
    came, went = one.to_location == place, one.from_location == place
    return MoveLine(
        id=one.id,
        at=one.moved_at,
        reason=one.reason,
        from_kind=kind_of(one.from_location).value,
        from_name=names.of(one.from_location),
        to_kind=kind_of(one.to_location).value,
        to_name=names.of(one.to_location),
        quantity=one.quantity,
        condition=one.condition.value,
        change=one.quantity * (came - went),
        serial=one.serial or "",
        by=names.person(one.moved_by),
        undone=undone,
    )


def _elsewhere(rows: LocalRows, place_id: str, part_id: str) -> tuple[Elsewhere, ...]:
    own = rows.get(Place, place_id)
    found = []
    for summary in rows.find(PartStock, part_id=part_id):
        for one in summary.holdings:
            place = rows.get(Place, one.place_id)
            if place is None or one.place_id == place_id:
                continue
            same, is_station = own is not None and own.branch_id == place.branch_id, place.kind == "station"
            found.append(Elsewhere(place.id, place.code, place.name, same, is_station, one.quantity, summary.as_of))
    return tuple(sorted(found, key=lambda one: (not one.same_branch, -one.quantity, one.code)))


class Names:
    """Names of places, people and orders, and parts, each looked up once."""

    def __init__(self, rows: LocalRows) -> None:
        """Look in ``rows``."""
        self._rows = rows
        self._known: dict[tuple[Any, str], str] = {}
        self._parts: dict[str, Part | None] = {}

    def place(self, place_id: str) -> str:
        """A place's name."""
        return self._named(Place, place_id, "name")

    def person(self, person_id: str) -> str:
        """A person's name; empty for HQ."""
        return self._named(Person, person_id, "name")

    def order(self, order_id: str) -> str:
        """An order's number."""
        return self._named(WorkOrder, order_id, "number")

    def part(self, part_id: str) -> Part | None:
        """A part, None for a number that is not in the catalogue."""
        if part_id not in self._parts:
            self._parts[part_id] = self._rows.get(Part, part_id)
        return self._parts[part_id]

    def of(self, where: str) -> str:
        """The name that belongs to a location, empty where its kind says all."""
        kind, own_id = kind_of(where), where.partition(":")[2]
        if kind in (LocationKind.STATION, LocationKind.BRANCH, LocationKind.HQ, LocationKind.WAREHOUSE):
            return self.place(own_id)
        return self.person(own_id) if kind is LocationKind.BAG else ""

    def _named(self, kind: Any, row_id: str, field: str) -> str:
        if (kind, row_id) not in self._known:
            row = self._rows.get(kind, row_id) if row_id else None
            self._known[kind, row_id] = getattr(row, field) if row is not None else ""
        return self._known[kind, row_id]
