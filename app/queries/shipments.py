"""Shipments to and from this place with what was found in them, and transfers between stations."""

from datetime import datetime
from typing import NamedTuple

from app.offline_db.store import LocalRows
from app.queries.parts import Names
from core.operations.receive_shipment import left_of
from core.parts.books import shelf_of
from core.parts_ledger import kind_of
from core.rows.supply import PartTransfer, ReceiptLine, Shipment, ShipmentLine, TransferState


class SentPart(NamedTuple):
    """One part of a shipment or transfer."""

    part_id: str
    zh: str
    en: str
    serialised: bool
    quantity: int
    condition: str


class FoundPart(NamedTuple):
    """What a receipt found."""

    part_id: str
    zh: str
    en: str
    finding: str
    quantity: int


class ShipmentRow(NamedTuple):
    """One shipment; ``coming``: this place receives it. ``state``: sent, received, differs or settled."""

    id: str
    from_kind: str
    from_name: str
    to_kind: str
    to_name: str
    coming: bool
    document: str
    carrier: str
    sent_at: datetime
    received_at: datetime | None
    received_by: str
    state: str
    parts: tuple[SentPart, ...]
    found: tuple[FoundPart, ...]


class TransferRow(NamedTuple):
    """One transfer as this place sees it; ``state`` follows its shipment once it is sent."""

    id: str
    giver: str
    taker: str
    gives: bool
    takes: bool
    opened_here: bool
    state: str
    reason: str
    proposed_at: datetime
    parts: tuple[SentPart, ...]


def list_shipments(rows: LocalRows, place_id: str) -> list[ShipmentRow]:
    """What is on its way first, then what was received, the newest first."""
    place, names = shelf_of(rows, place_id), Names(rows)
    found = [_shipment(rows, one, place, names) for one in rows.find(Shipment)]
    return sorted(found, key=lambda row: (row.received_at is None and row.coming, row.sent_at, row.id), reverse=True)


def _part(names: Names, part_id: str, quantity: int, condition: str = "new") -> SentPart:
    known = names.part(part_id)
    zh, en, serialised = (known.name_zh, known.name_en, known.serialised) if known else ("", "", False)
    return SentPart(part_id, zh, en, serialised, quantity, condition)


def _shipment(rows: LocalRows, one: Shipment, place: str, names: Names) -> ShipmentRow:
    sent = tuple(
        _part(names, line.part_id, line.quantity, line.condition.value)
        for line in rows.find(ShipmentLine, shipment_id=one.id)
    )
    found = tuple(
        FoundPart(line.part_id, *_part(names, line.part_id, 0)[1:3], line.finding, line.quantity)
        for line in rows.find(ReceiptLine, shipment_id=one.id)
    )
    return ShipmentRow(
        id=one.id,
        from_kind=kind_of(one.from_location).value,
        from_name=names.of(one.from_location),
        to_kind=kind_of(one.to_location).value,
        to_name=names.of(one.to_location),
        coming=one.to_location == place,
        document=one.document,
        carrier=one.carrier,
        sent_at=one.sent_at,
        received_at=one.received_at,
        received_by=names.person(one.received_by or ""),
        state=_state(rows, one, found),
        parts=sent,
        found=found,
    )


def _state(rows: LocalRows, one: Shipment, found: tuple[FoundPart, ...]) -> str:
    if one.received_at is None:
        return "sent"
    if one.settled is not None:
        return "settled"
    differs = any(line.finding in ("short", "over", "wrong") for line in found) and left_of(rows, one.id)
    return "differs" if differs else "received"


def list_transfers(rows: LocalRows, place_id: str) -> list[TransferRow]:
    """Transfers that this place sees: what waits for an answer first."""
    names = Names(rows)
    received = {one.transfer_id for one in rows.find(Shipment) if one.transfer_id and one.received_at}
    found = [
        TransferRow(
            id=one.id,
            giver=names.place(one.other_station_id),
            taker=names.place(one.station_id or ""),
            gives=one.other_station_id == place_id,
            takes=one.station_id == place_id,
            opened_here=one.opened_at == place_id,
            state="received" if one.id in received else one.state.value,
            reason=one.reason,
            proposed_at=one.proposed_at,
            parts=tuple(_part(names, line.part_id, line.quantity) for line in one.lines),
        )
        for one in rows.find(PartTransfer)
    ]
    offered = TransferState.OFFERED.value
    return sorted(found, key=lambda row: (row.state == offered, row.proposed_at, row.id), reverse=True)
