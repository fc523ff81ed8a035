"""A station asks for parts, takes a request back, or asks for a good part against a faulty new one."""

from typing import Annotated, Literal

import msgspec
from msgspec import Meta

from core.ids import derive
from core.operations.kernel import Action, Args, Nature, Rows
from core.operations.operation import Code, Id, Operation, OptionalText
from core.operations.orders import change, check_mine
from core.parts.books import part_of, progress_of
from core.parts.shipping import SeenBy, Source, regrading
from core.parts_ledger import location
from core.refusals import Refusal
from core.rows.bounds import Pieces
from core.rows.parts import LocationKind
from core.rows.supply import PartRequest, RequestLine, Shipment, Suggestion
from core.work_order import STATION


class AskedLine(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One part; ``figures`` when its quantity was suggested."""

    part_id: Code
    quantity: Pieces
    figures: Suggestion | None = None


class RequestParts(Args, frozen=True, kw_only=True):
    """What is asked for, and for which order when it is for one."""

    lines: Annotated[tuple[AskedLine, ...], Meta(min_length=1, max_length=100)]
    order_id: Id | None = None
    note: OptionalText = ""


class WithdrawRequest(Args, frozen=True, kw_only=True):
    """Which request is no longer wanted."""

    request_id: Id


class RequestExchange(Args, frozen=True, kw_only=True):
    """Which new part is faulty; ``from_new``: it still lies among the good ones and is taken out of them."""

    part_id: Code
    quantity: Pieces = 1
    serial: Code | None = None
    finding: Literal["faulty", "wrong_part", "damaged"] = "faulty"
    order_id: Id | None = None
    note: OptionalText = ""
    from_new: bool = True


def check_request(args: RequestParts, operation: Operation, rows: Rows) -> None:
    """Every part must be known; an order must be of this place."""
    for line in args.lines:
        part_of(rows, line.part_id)
    if args.order_id is not None:
        check_mine(rows, args.order_id, operation)


def request(args: RequestParts, operation: Operation, rows: Rows) -> None:
    """Store the request and its lines."""
    made = _put_request(rows, operation, "order" if args.order_id else "stock", args.order_id, args.note)
    for number, line in enumerate(args.lines):
        _put_line(rows, made, number, line.part_id, line.quantity, figures=line.figures)


def _put_request(rows: Rows, operation: Operation, kind: str, order_id: str | None, note: str) -> PartRequest:
    made = PartRequest(
        id=derive(operation.id, "request"),
        branch_id=operation.branch_id,
        station_id=operation.place,
        kind=kind,
        order_id=order_id,
        note=note,
        asked_by=operation.user,
        asked_at=operation.made_at,
    )
    rows.put(made)
    return made


def _put_line(rows: Rows, made: PartRequest, number: int, part_id: str, quantity: int, **more: object) -> None:
    line = RequestLine(
        id=derive(made.id, f"line {number}"),
        branch_id=made.branch_id,
        station_id=made.station_id,
        request_id=made.id,
        part_id=part_id,
        quantity=quantity,
    )
    rows.put(msgspec.structs.replace(line, **more))


def request_of(rows: Rows, request_id: str) -> PartRequest:
    """The request; raises Refusal ``part_request_unknown``."""
    found = rows.get(PartRequest, request_id)
    if found is None:
        raise Refusal("part_request_unknown")
    return found


def check_withdraw(args: WithdrawRequest, operation: Operation, rows: Rows) -> None:
    """Only the station's own request, of which nothing is on its way."""
    found = request_of(rows, args.request_id)
    if found.station_id != operation.place:
        raise Refusal("not_your_place")
    if found.state != "open" or not any(one.to_come for one in progress_of(rows, found.id)):
        raise Refusal("part_request_closed")
    if any(one.received_at is None for one in rows.find(Shipment, request_id=found.id)):
        raise Refusal("part_request_sent")


def withdraw(args: WithdrawRequest, operation: Operation, rows: Rows) -> None:
    """Nothing more is wanted of it."""
    change(rows, request_of(rows, args.request_id), state="withdrawn")


def check_exchange(args: RequestExchange, operation: Operation, rows: Rows) -> None:
    """The part must be known, the order of this place."""
    part_of(rows, args.part_id)
    if args.order_id is not None:
        check_mine(rows, args.order_id, operation)


def exchange(args: RequestExchange, operation: Operation, rows: Rows) -> None:
    """Store the request; the faulty pieces are no longer among the good ones."""
    made = _put_request(rows, operation, "exchange", args.order_id, args.note)
    _put_line(rows, made, 0, args.part_id, args.quantity, serial=args.serial, finding=args.finding)
    if args.from_new and args.finding != "wrong_part":  # a wrong part is as good as it was
        source = Source(operation.id, operation.user, operation.made_at)
        place = location(LocationKind.STATION, operation.place)
        seen_by = SeenBy(made.branch_id, made.station_id)
        for move in regrading(seen_by, args.part_id, args.quantity, place, source):
            rows.put(move)


REQUEST = Action("request_parts", RequestParts, STATION, Nature.DECISION, request, check_request)
WITHDRAW = Action("withdraw_request", WithdrawRequest, STATION, Nature.DECISION, withdraw, check_withdraw)
EXCHANGE = Action("request_exchange", RequestExchange, STATION, Nature.DECISION, exchange, check_exchange)
