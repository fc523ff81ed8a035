"""What HQ does with parts on one branch's rows: judges requests, allocates, sends, receives, sets accounts' terms."""

from collections.abc import Sequence
from datetime import datetime

import msgspec

from core.ids import derive, new_id
from core.judging import local_day
from core.operations.allocate_request import AllocatedLine, check_lines, put_allocations
from core.operations.operation import Operation
from core.operations.receive_shipment import shipment_of
from core.operations.request_parts import request_of
from core.operations.ship_parts import check_granted
from core.operations.ship_parts import check_lines as check_sent
from core.parts.account import why_not
from core.parts.books import granted_lines, standing_of, worth_fen
from core.parts.shipping import Counted, Sent, Source, put_receipt, put_shipment
from core.parts.stock import place_location
from core.refusals import Refusal
from core.roles import PlaceKind
from core.rows.access import Rows
from core.rows.people import Place
from core.rows.supply import (
    PartRequest,
    PartsAccount,
    ReceiptLine,
    RequestLine,
    Shipment,
    ShipmentLine,
)
from core.rows.sync import Task


def on_requested(rows: Rows, operation: Operation) -> None:
    """Refuse a request that the station's account does not bear: the operation is parked with the reason."""
    request = rows.get(PartRequest, derive(operation.id, "request"))
    if request is None:
        return
    lines = rows.find(RequestLine, request_id=request.id)
    value = worth_fen(rows, ((line.part_id, line.quantity) for line in lines))
    day = local_day(rows, operation.place, operation.made_at)
    refusal = why_not(standing_of(rows, operation.place, day, leave_out=request.id), value)
    if refusal is not None:
        raise refusal


def on_shipment_received(rows: Rows, operation: Operation) -> None:
    """What did not arrive as it was sent becomes a task of the branch, once."""
    shipment = rows.get(Shipment, str(msgspec.json.decode(operation.args)["shipment_id"]))
    if shipment is None or shipment.received_at != operation.made_at or shipment.received_by != operation.user:
        return  # received by somebody else before
    found = [line for line in rows.find(ReceiptLine, shipment_id=shipment.id) if line.finding != "ok"]
    if found:
        rows.put(
            Task(
                id=derive(operation.id, "task/shipment_differs"),
                branch_id=shipment.branch_id,
                place_id=shipment.branch_id,
                kind="shipment_differs",
                facts={
                    "shipment": shipment.id,
                    "document": shipment.document,
                    "lines": [{"part": one.part_id, "finding": one.finding, "quantity": one.quantity} for one in found],
                },
                at=operation.made_at,
            )
        )


def hq_location(rows: Rows) -> str:
    """The location of HQ's own stock."""
    found = rows.find(Place, kind=PlaceKind.HQ)
    return place_location(PlaceKind.HQ, found[0].id if found else "")


def allocate(
    rows: Rows, request_id: str, lines: tuple[AllocatedLine, ...], now: datetime, *, source_id: str | None = None
) -> PartRequest:
    """Give from HQ's stock, or refuse, what a request still leaves open; raises the Refusals of a branch's decision.

    New rows derive from ``source_id``, a fresh id when it is not given.
    """
    request = request_of(rows, request_id)
    check_lines(rows, request, lines)
    put_allocations(rows, request, lines, hq_location(rows), Source(source_id or new_id(), None, now))
    return request


def send(
    rows: Rows,
    request_id: str,
    lines: tuple[Sent, ...],
    now: datetime,
    *,
    document: str = "",
    carrier: str = "",
    source_id: str | None = None,
) -> Shipment:
    """Send for a request what HQ has granted (all of it when ``lines`` is empty).

    The same delivery note for the same request is one shipment, however often it is told. Raises Refusal
    ``part_request_unknown``, ``shipment_not_granted``, ``part_unknown``.
    """
    request = request_of(rows, request_id)
    before = [one for one in rows.find(Shipment, request_id=request.id) if document and one.document == document]
    if before:
        return before[0]
    chosen = lines or granted_lines(rows, request.id, hq_location(rows))
    check_sent(rows, chosen)
    check_granted(rows, request.id, chosen, hq_location(rows))
    if not chosen:
        raise Refusal("part_request_closed")
    source = Source(source_id or new_id(), None, now)
    shipment = Shipment(
        id=derive(source.id, "shipment"),
        branch_id=request.branch_id,
        station_id=request.station_id,
        from_location=hq_location(rows),
        to_location=place_location(PlaceKind.STATION, request.station_id or ""),
        request_id=request.id,
        document=document,
        carrier=carrier,
        sent_at=now,
    )
    put_shipment(rows, shipment, chosen, source)
    return shipment


def receive(rows: Rows, shipment_id: str, counted: Sequence[Counted], now: datetime) -> Shipment:
    """HQ receives what a station sent back (all as sent when nothing is counted); the station's account is credited.

    Raises Refusal ``shipment_unknown``, ``shipment_received``, ``not_your_place``.
    """
    shipment = shipment_of(rows, shipment_id)
    if shipment.to_location != hq_location(rows):
        raise Refusal("not_your_place")
    if shipment.received_at is not None:
        raise Refusal("shipment_received")
    lines = rows.find(ShipmentLine, shipment_id=shipment.id)
    as_sent = [Counted(part_id=line.part_id, good=line.quantity) for line in lines]
    put_receipt(rows, shipment, counted or as_sent, Source(new_id(), None, now))
    return shipment


def set_terms(rows: Rows, station: Place, now: datetime, **changes: object) -> PartsAccount:
    """Change the terms of a station's account: ``limit_fen``, ``frozen`` with ``reason``, ``freeze_after_days``."""
    known = rows.get(PartsAccount, station.id)
    terms = known or PartsAccount(id=station.id, branch_id=station.branch_id, station_id=station.id, set_at=now)
    changed = msgspec.structs.replace(terms, **changes, set_at=now)
    rows.put(changed)
    return changed
