"""Reading the parts' rows together: requests with their progress, what is kept for orders, how an account stands."""

from collections import Counter
from collections.abc import Iterable
from datetime import date
from typing import NamedTuple

from core.parts.account import Standing, standing
from core.parts.requests import LineProgress, progress
from core.parts.shipping import Sent
from core.parts.stock import outstanding, place_location
from core.parts_ledger import Duty, overdue
from core.refusals import Refusal
from core.roles import PlaceKind
from core.rows.access import Rows
from core.rows.orders import WorkOrder
from core.rows.parts import AccountEntry, OldPart, OldPartState, PartLine
from core.rows.people import Place
from core.rows.reference import Part
from core.rows.supply import (
    Allocation,
    PartRequest,
    PartsAccount,
    RequestLine,
    Reservation,
    Shipment,
    ShipmentLine,
)
from core.work_order import ENDED

#: States in which an old part is still owed.
OWED = (OldPartState.TO_TAG, OldPartState.TAGGED)


class Summed(NamedTuple):
    """The sum of an account's entries in fen, and those requests of its station that something is still to come of."""

    balance_fen: int
    requests: Iterable[PartRequest]


def part_of(rows: Rows, part_id: str) -> Part:
    """The part; raises Refusal ``part_unknown``."""
    part = rows.get(Part, part_id)
    if part is None:
        raise Refusal("part_unknown", part=part_id)
    return part


def successors_of(rows: Rows, part_id: str) -> dict[str, str | None]:
    """The part and those that follow it, each with its successor; a cycle ends where it closes."""
    found: dict[str, str | None] = {}
    following: str | None = part_id
    while following is not None and following not in found:
        part = rows.get(Part, following)
        found[following] = part.superseded_by if part else None
        following = found[following]
    return found


def worth_fen(rows: Rows, pieces: Iterable[tuple[str, int]]) -> int:
    """What (part, quantity) pairs cost a station, in fen; an unknown part counts nothing."""
    total = 0
    for part_id, quantity in pieces:
        part = rows.get(Part, part_id)
        total += part.transfer_fen * quantity if part else 0
    return total


def progress_of(rows: Rows, request_id: str) -> list[LineProgress]:
    """The progress of a request's lines."""
    shipments = {one.id: one for one in rows.find(Shipment, request_id=request_id)}
    sent = [line for one in sorted(shipments) for line in rows.find(ShipmentLine, shipment_id=one)]
    lines = rows.find(RequestLine, request_id=request_id)
    return progress(lines, rows.find(Allocation, request_id=request_id), sent, shipments)


def granted_left(rows: Rows, request_id: str, source: str) -> dict[str, int]:
    """Per line of a request the pieces that are granted to come from the location ``source`` and have not left it."""
    left: Counter[str] = Counter()
    for one in rows.find(Allocation, request_id=request_id):
        left[one.line_id] += one.quantity if one.source == source else 0
    for shipment in rows.find(Shipment, request_id=request_id):
        for line in rows.find(ShipmentLine, shipment_id=shipment.id) if shipment.from_location == source else ():
            left[line.request_line_id or ""] -= line.quantity
    return dict(left)


def granted_lines(rows: Rows, request_id: str, source: str) -> tuple[Sent, ...]:
    """Everything that was granted for a request to come from ``source`` and has not left it, as it would be sent."""
    left = granted_left(rows, request_id, source)
    lines = []
    for one in rows.find(Allocation, request_id=request_id):
        quantity = min(one.quantity, left.get(one.line_id, 0)) if one.source == source else 0
        if quantity > 0:
            left[one.line_id] -= quantity
            lines.append(Sent(part_id=one.part_id, quantity=quantity, request_line_id=one.line_id))
    return tuple(lines)


def shelf_of(rows: Rows, place_id: str) -> str:
    """The location of a place's own shelves; one that is not known here is taken for a station."""
    place = rows.get(Place, place_id)
    return place_location(place.kind if place else PlaceKind.STATION, place_id)


def asked_fen(rows: Rows, requests: Iterable[PartRequest], leave_out: str = "") -> int:
    """The worth of what is asked for and not received, in fen; exchanges replace what a station has paid for."""
    total = 0
    for request in requests:
        if request.kind != "exchange" and request.id != leave_out:
            coming = progress_of(rows, request.id)
            total += worth_fen(rows, ((one.line.part_id, one.to_come) for one in coming))
    return total


def standing_of(
    rows: Rows, station_id: str, today: date, leave_out: str = "", *, summed: Summed | None = None
) -> Standing:
    """How a station's account stands; ``leave_out`` names a request that does not count.

    ``summed`` is what a caller has that need not read every entry and request there ever was.
    """
    balance_fen, requests = summed or Summed(
        sum(entry.amount_fen for entry in rows.find(AccountEntry, station_id=station_id)),
        rows.find(PartRequest, station_id=station_id, state="open"),
    )
    duties, terms = _duties(_owed(rows, station_id)), rows.get(PartsAccount, station_id)
    return standing(terms, balance_fen, duties, asked_fen(rows, requests, leave_out), today)


def overdue_parts(rows: Rows, station_id: str, today: date) -> list[OldPart]:
    """The station's old parts that are still owed after their last day."""
    owed = {old.id: old for old in _owed(rows, station_id)}
    return [owed[old_id] for old_id, _ in overdue(_duties(owed.values()), today)]


def _duties(owed: Iterable[OldPart]) -> list[Duty]:
    return [Duty(old.id, old.due_on, returned=False) for old in owed]


def _owed(rows: Rows, station_id: str) -> list[OldPart]:
    return [old for state in OWED for old in rows.find(OldPart, station_id=station_id, state=state)]


def kept_for_orders(rows: Rows, station_id: str, part_id: str | None = None) -> dict[tuple[str, str], int]:
    """Pieces kept per (order, part) at a station; only of ``part_id`` when it is given."""
    narrow = {"part_id": part_id} if part_id is not None else {}
    reservations = rows.find(Reservation, station_id=station_id, **narrow)
    orders = {one.order_id for one in reservations}
    lines = [line for order_id in sorted(orders) for line in rows.find(PartLine, order_id=order_id)]
    return outstanding(reservations, lines, {one for one in orders if _keeps_nothing(rows, one, station_id)})


def _keeps_nothing(rows: Rows, order_id: str, station_id: str) -> bool:
    order = rows.get(WorkOrder, order_id)
    return order is None or order.station_id != station_id or order.state in ENDED
