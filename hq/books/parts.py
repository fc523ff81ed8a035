"""The books of parts in one branch: shipments, receipts and accounts agree, and nobody was given more than asked."""

from collections import Counter, defaultdict
from collections.abc import Iterable

from core.findings import Findings
from core.parts_ledger import kind_of
from core.rows.access import Rows
from core.rows.parts import AccountEntry, LocationKind, StockMove
from core.rows.supply import (
    Allocation,
    PartRequest,
    PartTransfer,
    ReceiptLine,
    RequestLine,
    Shipment,
    ShipmentLine,
    StockCount,
    TransferState,
)

CHECK = "parts"
_PerPart = defaultdict[str, Counter[str]]


def prove_parts(rows: Rows, moves: Iterable[StockMove], findings: Findings) -> None:
    """Check everything about parts that one branch holds."""
    moves = list(moves)
    shipments = {one.id: one for one in rows.find(Shipment)}
    findings.counts["shipments"] += len(shipments)
    findings.counts["part_requests"] += len(rows.find(PartRequest))
    _shipments(rows, shipments, moves, findings)
    _accounts(rows, shipments, findings)
    _requests(rows, findings)
    _counts(rows, moves, findings)
    sent = {one.transfer_id for one in shipments.values()}
    for transfer in rows.find(PartTransfer, state=TransferState.SHIPPED):
        if transfer.id not in sent:
            findings.wrong(CHECK, transfer.id, "is sent, and no shipment is its")


def _by_shipment(lines: Iterable[ShipmentLine | ReceiptLine]) -> _PerPart:
    found: _PerPart = defaultdict(Counter)
    for line in lines:
        found[line.shipment_id][line.part_id] += line.quantity
    return found


def _shipments(rows: Rows, shipments: dict[str, Shipment], moves: list[StockMove], findings: Findings) -> None:
    """What a shipment's lines and its receipt say is what was moved into and out of its transit."""
    went: _PerPart = defaultdict(Counter)
    came: _PerPart = defaultdict(Counter)
    left: _PerPart = defaultdict(Counter)
    for move in moves:
        for place, sign in ((move.to_location, 1), (move.from_location, -1)):
            if kind_of(place) is LocationKind.TRANSIT:
                left[place.partition(":")[2]][move.part_id] += sign * move.quantity
        if move.reason == "ship_parts":
            went[move.to_location.partition(":")[2]][move.part_id] += move.quantity
        elif move.reason == "receive_parts":
            came[move.from_location.partition(":")[2]][move.part_id] += move.quantity
    lines = _by_shipment(rows.find(ShipmentLine))
    receipts = _by_shipment(line for line in rows.find(ReceiptLine) if line.finding != "short")
    for shipment_id in sorted({*shipments, *went, *came, *lines, *receipts}):
        shipment = shipments.get(shipment_id)
        if shipment is None:
            findings.wrong(CHECK, shipment_id, "moves or lines of no shipment")
            continue
        rules = (
            (lines[shipment_id] != went[shipment_id], "its lines and moves differ"),
            (receipts[shipment_id] != came[shipment_id], "its receipt and moves differ"),
            (shipment.received_at is None and bool(came[shipment_id]), "moved on before it was received"),
            (shipment.settled is not None and any(left[shipment_id].values()), "settled, and something is under way"),
        )
        for wrong, what in rules:
            if wrong:
                findings.wrong(CHECK, shipment_id, what)


def _accounts(rows: Rows, shipments: dict[str, Shipment], findings: Findings) -> None:
    """Each part of a received shipment debits the station it came to and credits the one it came from, once."""
    wanted: Counter[tuple[str, str, str]] = Counter()
    receipts = _by_shipment(line for line in rows.find(ReceiptLine) if line.finding != "short")
    for shipment_id, parts in receipts.items():
        shipment = shipments.get(shipment_id)
        for place, kind in ((shipment.to_location, "draw"), (shipment.from_location, "return")) if shipment else ():
            if kind_of(place) is LocationKind.STATION:
                wanted.update((shipment_id, part_id, kind) for part_id in parts)
    entries = (entry for entry in rows.find(AccountEntry) if entry.shipment_id)
    there = Counter((entry.shipment_id or "", entry.part_id or "", entry.kind) for entry in entries)
    for key in sorted(wanted.keys() | there.keys()):
        if wanted[key] != there[key]:
            what = f"{wanted[key]} entries {key[2]} of {key[1]} wanted, {there[key]} there"
            findings.wrong("parts_account", key[0], what)


def _requests(rows: Rows, findings: Findings) -> None:
    asked = {line.id: line.quantity for line in rows.find(RequestLine)}
    decided: Counter[str] = Counter()
    for one in rows.find(Allocation):
        decided[one.line_id] += one.quantity + one.refused
    for line_id, quantity in decided.items():
        if quantity > asked.get(line_id, 0):
            findings.wrong(CHECK, line_id, f"{quantity} were decided on, {asked.get(line_id, 0)} asked for")


def _counts(rows: Rows, moves: list[StockMove], findings: Findings) -> None:
    """Each difference of a count is posted, and nothing else bears that reason."""
    posted: Counter[tuple[str, str, str]] = Counter()
    for move in moves:
        if move.reason == "count_stock":
            is_gain = kind_of(move.from_location) is LocationKind.COUNT
            place, sign = (move.to_location, 1) if is_gain else (move.from_location, -1)
            posted[place, move.part_id, move.condition] += sign * move.quantity
    for count in rows.find(StockCount, opening=False):
        for line in count.lines:
            posted[count.location, line.part_id, line.condition] -= line.counted - line.expected
    for key, quantity in posted.items():
        if quantity:
            findings.wrong(CHECK, "/".join(key), f"counts and their moves differ by {quantity}")
