"""Parts leave one place and are received at another: the rows and moves of both, the same for operations and HQ.

What was sent lies at ``transit:<shipment>`` until it is received. Each piece that arrives leaves that place; what is
left there (short) or missing there (over, wrong) is the difference that somebody must settle. An account follows the
pieces: the station they come to is debited, the station they come from is credited, when they have arrived.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import NamedTuple

import msgspec

from core.ids import derive
from core.parts_ledger import balances, kind_of, location
from core.rows.access import Rows
from core.rows.bounds import PartNumber, Pieces, PiecesOrNone, Serials
from core.rows.parts import AccountEntry, Condition, LocationKind, StockMove
from core.rows.reference import Part
from core.rows.supply import ReceiptLine, Shipment, ShipmentLine


class Sent(msgspec.Struct, frozen=True, kw_only=True):
    """So many of a part in a shipment."""

    part_id: PartNumber
    quantity: Pieces
    condition: Condition = Condition.NEW
    serials: Serials = ()
    request_line_id: PartNumber | None = None


class Counted(msgspec.Struct, frozen=True, kw_only=True):
    """What lay in the box of one part: good pieces and pieces dead on arrival."""

    part_id: PartNumber
    good: PiecesOrNone = 0
    doa: PiecesOrNone = 0
    serials: Serials = ()


class SeenBy(NamedTuple):
    """Whose rows they are: the branch, its station, and in a transfer the station that gives."""

    branch_id: str
    station_id: str | None
    other_station_id: str | None = None


class Source(NamedTuple):
    """What the rows derive from: an id, who did it (None: HQ) and when."""

    id: str
    by: str | None
    at: datetime


class Finding(NamedTuple):
    """What a receipt found of one part."""

    part_id: str
    finding: str  # ok | short | over | wrong | doa
    quantity: int
    serials: tuple[str, ...] = ()


def seen_by_of(row: Shipment) -> SeenBy:
    """Return whose a shipment is, and so everything that belongs to it."""
    return SeenBy(row.branch_id, row.station_id, row.other_station_id)


def transit_of(shipment_id: str) -> str:
    """Return the location of what is under way in a shipment."""
    return location(LocationKind.TRANSIT, shipment_id)


def put_shipment(rows: Rows, shipment: Shipment, lines: Sequence[Sent], source: Source) -> None:
    """Store a shipment with its lines, and move its pieces out of the sender's stock."""
    rows.put(shipment)
    seen_by = seen_by_of(shipment)
    for number, one in enumerate(lines):
        rows.put(
            ShipmentLine(
                id=derive(source.id, f"shipment line {number}"),
                shipment_id=shipment.id,
                part_id=one.part_id,
                quantity=one.quantity,
                condition=one.condition,
                serials=one.serials,
                request_line_id=one.request_line_id,
                **seen_by._asdict(),
            )
        )
        ends = (shipment.from_location, transit_of(shipment.id))
        rows.put(_move(seen_by, source, f"sent {number}", one, one.quantity, ends, "ship_parts"))


def findings_of(lines: Iterable[ShipmentLine], counted: Iterable[Counted]) -> list[Finding]:
    """Return what differs and what does not, part by part in the order of their numbers."""
    sent: Counter[str] = Counter()
    for line in lines:
        sent[line.part_id] += line.quantity
    good: Counter[str] = Counter()
    doa: Counter[str] = Counter()
    serials: dict[str, tuple[str, ...]] = {}
    for one in counted:
        good[one.part_id] += one.good
        doa[one.part_id] += one.doa
        serials[one.part_id] = serials.get(one.part_id, ()) + one.serials
    found: list[Finding] = []
    for part_id in sorted(sent.keys() | good.keys() | doa.keys()):
        found += _findings(part_id, sent[part_id], good[part_id], doa[part_id], serials.get(part_id, ()))
    return found


def _findings(part_id: str, sent: int, good: int, doa: int, serials: tuple[str, ...]) -> list[Finding]:
    beyond = max(0, good + doa - sent)
    as_sent = good - min(good, beyond)
    kinds = (
        ("ok", as_sent, serials),
        ("doa", doa, ()),
        ("wrong" if sent == 0 else "over", min(good, beyond), serials if sent == 0 else ()),
        ("short", max(0, sent - good - doa), ()),
    )
    return [Finding(part_id, kind, quantity, own) for kind, quantity, own in kinds if quantity]


def put_receipt(rows: Rows, shipment: Shipment, counted: Sequence[Counted], source: Source) -> list[Finding]:
    """Store what was found, move it to the receiver, and let the accounts follow; returns the findings.

    A shipment that was received before is left as it is: pieces and money move once.
    """
    if shipment.received_at is not None:
        return []
    lines = rows.find(ShipmentLine, shipment_id=shipment.id)
    condition = {line.part_id: line.condition for line in lines}
    found = findings_of(lines, counted)
    rows.put(msgspec.structs.replace(shipment, received_by=source.by, received_at=source.at))
    came: Counter[str] = Counter()
    for one in found:
        _put_finding(rows, shipment, one, condition.get(one.part_id, Condition.NEW), source)
        if one.finding != "short":
            came[one.part_id] += one.quantity
    for part_id, quantity in sorted(came.items()):
        _put_entries(rows, shipment, part_id, quantity, source)
    return found


def _put_finding(rows: Rows, shipment: Shipment, one: Finding, condition: Condition, source: Source) -> None:
    label = f"{one.finding} {one.part_id}"
    rows.put(
        ReceiptLine(
            id=derive(source.id, f"receipt {label}"),
            **seen_by_of(shipment)._asdict(),
            shipment_id=shipment.id,
            part_id=one.part_id,
            finding=one.finding,
            quantity=one.quantity,
            serials=one.serials,
        )
    )
    if one.finding == "short":
        return
    ends = (transit_of(shipment.id), shipment.to_location)
    seen_by, piece = seen_by_of(shipment), _Piece(one.part_id, condition)
    rows.put(_move(seen_by, source, f"received {label}", piece, one.quantity, ends, "receive_parts"))
    if one.finding == "doa" and condition is Condition.NEW:
        for move in regrading(seen_by, one.part_id, one.quantity, shipment.to_location, source):
            rows.put(move)


class _Piece(NamedTuple):
    part_id: str
    condition: Condition


def regrading(seen_by: SeenBy, part_id: str, quantity: int, place: str, source: Source) -> tuple[StockMove, StockMove]:
    """Return the two moves that make new pieces at ``place`` defective: out as new, in as defective."""
    graded = location(LocationKind.GRADED, place.partition(":")[2])
    new, defective = _Piece(part_id, Condition.NEW), _Piece(part_id, Condition.DEFECTIVE)
    return (
        _move(seen_by, source, f"regraded new {part_id}", new, quantity, (place, graded), "regrade"),
        _move(seen_by, source, f"regraded defective {part_id}", defective, quantity, (graded, place), "regrade"),
    )


def _put_entries(rows: Rows, shipment: Shipment, part_id: str, quantity: int, source: Source) -> None:
    """Debit the station that pieces came to, credit the one they came from; other places keep no account."""
    part = rows.get(Part, part_id)
    worth = (part.transfer_fen if part else 0) * quantity
    ends = ((shipment.to_location, -worth, "draw"), (shipment.from_location, worth, "return"))
    for place, amount, kind in ends:
        if kind_of(place) is not LocationKind.STATION:
            continue
        rows.put(
            AccountEntry(
                id=derive(source.id, f"{kind} {part_id}"),
                branch_id=shipment.branch_id,
                station_id=place.partition(":")[2],
                amount_fen=amount,
                kind=kind,
                part_id=part_id,
                at=source.at,
                shipment_id=shipment.id,
            )
        )


def differences(moves: Iterable[StockMove], shipment_id: str) -> dict[tuple[str, Condition], int]:
    """Return what is left under way (above zero) or came too much (below), per part and condition."""
    place = transit_of(shipment_id)
    found = balances(moves)
    return {(key.part_id, key.condition): left for key, left in sorted(found.items()) if key.location == place and left}


def put_settlement(
    rows: Rows, shipment: Shipment, left: Mapping[tuple[str, Condition], int], outcome: str, source: Source
) -> None:
    """Take what is left under way back to the sender (``sender``) or off the books (``lost``).

    What came too much was the sender's in either case.
    """
    rows.put(msgspec.structs.replace(shipment, settled=outcome))
    lost = location(LocationKind.SCRAPPED)
    transit = transit_of(shipment.id)
    for (part_id, condition), quantity in left.items():
        short_to = lost if outcome == "lost" else shipment.from_location
        ends = (transit, short_to) if quantity > 0 else (shipment.from_location, transit)
        piece = _Piece(part_id, condition)
        label = f"settled {part_id} {condition}"
        rows.put(_move(seen_by_of(shipment), source, label, piece, abs(quantity), ends, "settle_shipment"))


def _move(
    seen_by: SeenBy,
    source: Source,
    label: str,
    piece: _Piece | Sent,
    quantity: int,
    ends: tuple[str, str],
    reason: str,
) -> StockMove:
    return StockMove(
        id=derive(source.id, f"move {label}"),
        **seen_by._asdict(),
        part_id=piece.part_id,
        quantity=quantity,
        condition=piece.condition,
        from_location=ends[0],
        to_location=ends[1],
        reason=reason,
        moved_by=source.by or "",
        moved_at=source.at,
    )
