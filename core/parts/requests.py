"""How far a request has come, told by its lines, what was allocated for them and what was sent."""

from collections import Counter
from collections.abc import Iterable, Mapping
from typing import NamedTuple

from core.rows.supply import Allocation, RequestLine, Shipment, ShipmentLine


class LineProgress(NamedTuple):
    """One line in pieces: asked for, granted, not granted, sent, arrived (as its shipment said)."""

    line: RequestLine
    allocated: int
    refused: int
    sent: int
    arrived: int

    @property
    def to_allocate(self) -> int:
        """What nobody has decided on yet."""
        return max(0, self.line.quantity - self.allocated - self.refused)

    @property
    def to_send(self) -> int:
        """What is granted and has not left."""
        return max(0, self.allocated - self.sent)

    @property
    def to_come(self) -> int:
        """What the station still waits for."""
        return max(0, self.line.quantity - self.refused - self.arrived)


def progress(
    lines: Iterable[RequestLine],
    allocations: Iterable[Allocation],
    sent: Iterable[ShipmentLine],
    shipments: Mapping[str, Shipment],
) -> list[LineProgress]:
    """Return the progress of each line; ``shipments`` by id tell which of ``sent`` has arrived."""
    allocated: Counter[str] = Counter()
    refused: Counter[str] = Counter()
    left: Counter[str] = Counter()
    arrived: Counter[str] = Counter()
    for one in allocations:
        allocated[one.line_id] += one.quantity
        refused[one.line_id] += one.refused
    for piece in sent:
        line_id = piece.request_line_id or ""
        left[line_id] += piece.quantity
        shipment = shipments.get(piece.shipment_id)
        arrived[line_id] += piece.quantity if shipment and shipment.received_at else 0
    return [LineProgress(line, allocated[line.id], refused[line.id], left[line.id], arrived[line.id]) for line in lines]


def state_of(withdrawn: bool, lines: Iterable[LineProgress]) -> str:
    """Return the state of a request: withdrawn, done, refused, sent, sent_partly, allocated, allocated_partly, open."""
    found = list(lines)
    if withdrawn:
        return "withdrawn"
    if not any(one.to_come for one in found):
        return "done" if any(one.arrived for one in found) else "refused"
    open_, to_send = any(one.to_allocate for one in found), any(one.to_send for one in found)
    if any(one.sent for one in found):
        return "sent_partly" if open_ or to_send else "sent"
    if any(one.allocated for one in found):
        return "allocated_partly" if open_ else "allocated"
    return "open"
