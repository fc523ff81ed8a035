"""Parts leave a branch or a station: for a request, in an agreed transfer, or back to branch or HQ."""

from collections import Counter
from typing import Annotated

from msgspec import Meta

from core.ids import derive
from core.operations.kernel import Action, Args, Nature, Rows
from core.operations.operation import Id, Operation
from core.operations.orders import change
from core.operations.request_parts import request_of
from core.operations.transfers import transfer_of
from core.parts.books import granted_left, part_of
from core.parts.shipping import Sent, Source, put_shipment
from core.parts.stock import place_location
from core.parts_ledger import location
from core.refusals import Refusal
from core.roles import PlaceKind, Role
from core.rows.parts import Condition, LocationKind
from core.rows.people import Place
from core.rows.supply import PartTransfer, Shipment, TransferState

Document = Annotated[str, Meta(max_length=60)]


class ShipParts(Args, frozen=True, kw_only=True):
    """Where to and what; which request or transfer it serves; the delivery note's number and the carrier."""

    to_place_id: Id
    lines: Annotated[tuple[Sent, ...], Meta(min_length=1, max_length=100)]
    request_id: Id | None = None
    transfer_id: Id | None = None
    document: Document = ""
    carrier: Document = ""


def check_lines(rows: Rows, lines: tuple[Sent, ...]) -> None:
    """Refuse unknown parts, and one part in two conditions (nobody could tell them apart by scanning)."""
    conditions: dict[str, Condition] = {}
    for line in lines:
        part_of(rows, line.part_id)
        if conditions.setdefault(line.part_id, line.condition) != line.condition:
            raise Refusal("stock_move_invalid", part=line.part_id)


def check_granted(rows: Rows, request_id: str, lines: tuple[Sent, ...], source: str) -> None:
    """Refuse to send more for a request than was granted to come from the location ``source``."""
    granted = granted_left(rows, request_id, source)
    leaving: Counter[str] = Counter()
    for line in lines:
        line_id = line.request_line_id or ""
        leaving[line_id] += line.quantity
        if leaving[line_id] > granted.get(line_id, 0):
            raise Refusal("shipment_not_granted", part=line.part_id, granted=max(0, granted.get(line_id, 0)))


def check(args: ShipParts, operation: Operation, rows: Rows) -> None:
    """To whom this place may send: a branch to its stations, a station in a transfer, or back to its branch or HQ."""
    to_place = rows.get(Place, args.to_place_id)
    if to_place is None:
        raise Refusal("place_unknown", place=args.to_place_id)
    check_lines(rows, args.lines)
    if operation.place == operation.branch_id:
        if to_place.branch_id != operation.branch_id or to_place.kind is not PlaceKind.STATION:
            raise Refusal("station_unknown")
        if args.request_id is not None:
            check_granted(
                rows, request_of(rows, args.request_id).id, args.lines, location(LocationKind.BRANCH, operation.place)
            )
    elif to_place.kind is PlaceKind.STATION:
        transfer = transfer_of(rows, args.transfer_id or "")
        agreed = (transfer.other_station_id, transfer.station_id) == (operation.place, to_place.id)
        if not agreed or transfer.state is not TransferState.ACCEPTED:
            raise Refusal("transfer_not_agreed")
    elif to_place.kind is not PlaceKind.HQ and to_place.id != operation.branch_id:
        raise Refusal("place_unknown", place=to_place.code)


def replay(args: ShipParts, operation: Operation, rows: Rows) -> None:
    """The pieces are under way."""
    from_place, to_place = rows.get(Place, operation.place), rows.get(Place, args.to_place_id)
    if from_place is None or to_place is None:
        raise Refusal("place_unknown", place=args.to_place_id)
    is_transfer = from_place.kind is PlaceKind.STATION and to_place.kind is PlaceKind.STATION
    shipment = Shipment(
        id=derive(operation.id, "shipment"),
        branch_id=operation.branch_id,
        station_id=to_place.id if to_place.kind is PlaceKind.STATION else from_place.id,
        other_station_id=from_place.id if is_transfer else None,
        from_location=place_location(from_place.kind, from_place.id),
        to_location=place_location(to_place.kind, to_place.id),
        request_id=args.request_id,
        transfer_id=args.transfer_id,
        document=args.document,
        carrier=args.carrier,
        sent_by=operation.user,
        sent_at=operation.made_at,
    )
    put_shipment(rows, shipment, args.lines, Source(operation.id, operation.user, operation.made_at))
    transfer = rows.get(PartTransfer, args.transfer_id) if args.transfer_id else None
    if transfer is not None and transfer.state is TransferState.ACCEPTED:
        change(rows, transfer, state=TransferState.SHIPPED)


SENDERS = (Role.BRANCH_MANAGER, Role.STATION_LEAD)
ACTION = Action("ship_parts", ShipParts, SENDERS, Nature.FACT, replay, check)
