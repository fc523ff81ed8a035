"""Parts are sent to a station named by its code, to the branch or HQ; a request or transfer fills in what and where."""

from app.actions.desk import Asked, Desk, DeskAction, Recorded
from core.operations.ship_parts import ShipParts
from core.parts.books import granted_lines, shelf_of
from core.parts.shipping import Sent
from core.refusals import Refusal
from core.rows.access import Rows
from core.rows.people import Place
from core.rows.supply import PartRequest, PartTransfer


class ShipmentAsked(Asked, frozen=True, kw_only=True):
    """Where to (id or code) and what; both follow from a request (all that is granted here) or a transfer."""

    to: str | None = None
    lines: tuple[Sent, ...] = ()
    request_id: str | None = None
    transfer_id: str | None = None
    document: str = ""
    carrier: str = ""


def place_named(rows: Rows, wanted: str) -> Place:
    """The place with this id or code; raises Refusal ``place_unknown``."""
    found = rows.get(Place, wanted) or next(iter(rows.find(Place, code=wanted.strip().upper())), None)
    if found is None:
        raise Refusal("place_unknown", place=wanted)
    return found


def _granted(rows: Rows, request_id: str, desk: Desk) -> tuple[Sent, ...]:
    return granted_lines(rows, request_id, shelf_of(rows, desk.place_id))


def run(asked: ShipmentAsked, desk: Desk) -> Recorded:
    """Record the shipment."""
    with desk.store.reading() as rows:
        to, lines = asked.to, asked.lines
        request = rows.get(PartRequest, asked.request_id) if asked.request_id else None
        transfer = rows.get(PartTransfer, asked.transfer_id) if asked.transfer_id else None
        if request is not None:
            to, lines = to or request.station_id, lines or _granted(rows, request.id, desk)
            if not lines:
                raise Refusal("part_request_closed")
        elif transfer is not None:
            own = tuple(Sent(part_id=line.part_id, quantity=line.quantity) for line in transfer.lines)
            to, lines = to or transfer.station_id, lines or own
        place = place_named(rows, to or "")
    args = ShipParts(
        to_place_id=place.id,
        lines=lines,
        request_id=asked.request_id,
        transfer_id=asked.transfer_id,
        document=asked.document,
        carrier=asked.carrier,
    )
    return desk.store.record("ship_parts", args, desk.person_id)


ACTION = DeskAction("ship_parts", ShipmentAsked, run)
