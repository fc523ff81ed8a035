"""A shipment is received by counting what lay in it; the branch settles what did not arrive as it was sent."""

from typing import Annotated, Literal

from msgspec import Meta

from core.operations.kernel import Action, Args, Nature, Rows
from core.operations.operation import Id, Operation, OptionalText
from core.parts.books import part_of
from core.parts.shipping import Counted, Source, differences, put_receipt, put_settlement
from core.refusals import Refusal
from core.roles import Role
from core.rows.parts import Condition, StockMove
from core.rows.supply import ReceiptLine, Shipment, ShipmentLine
from core.work_order import BRANCH, STATION


class ReceiveShipment(Args, frozen=True, kw_only=True):
    """Which shipment, and what was counted; a part that is not named was not there."""

    shipment_id: Id
    counted: Annotated[tuple[Counted, ...], Meta(max_length=200)]


class SettleShipment(Args, frozen=True, kw_only=True):
    """What is missing goes back to the sender's stock (it never left), or is lost."""

    shipment_id: Id
    outcome: Literal["sender", "lost"]
    reason: OptionalText = ""


def shipment_of(rows: Rows, shipment_id: str) -> Shipment:
    """The shipment; raises Refusal ``shipment_unknown``."""
    found = rows.get(Shipment, shipment_id)
    if found is None:
        raise Refusal("shipment_unknown")
    return found


def check(args: ReceiveShipment, operation: Operation, rows: Rows) -> None:
    """It must be sent to this place and not received yet; the parts must be known."""
    found = shipment_of(rows, args.shipment_id)
    if found.to_location.partition(":")[2] != operation.place:
        raise Refusal("not_your_place")
    if found.received_at is not None:
        raise Refusal("shipment_received")
    for one in args.counted:
        part_of(rows, one.part_id)


def replay(args: ReceiveShipment, operation: Operation, rows: Rows) -> None:
    """Stock and account follow what was counted."""
    source = Source(operation.id, operation.user, operation.made_at)
    put_receipt(rows, shipment_of(rows, args.shipment_id), args.counted, source)


def left_of(rows: Rows, shipment_id: str) -> dict[tuple[str, Condition], int]:
    """What of a shipment is still under way, per part and condition."""
    parts = {line.part_id for line in rows.find(ShipmentLine, shipment_id=shipment_id)}
    parts |= {line.part_id for line in rows.find(ReceiptLine, shipment_id=shipment_id)}
    moves = [move for part_id in sorted(parts) for move in rows.find(StockMove, part_id=part_id)]
    return differences(moves, shipment_id)


def check_settle(args: SettleShipment, operation: Operation, rows: Rows) -> None:
    """Only what was received and differs, once, by the branch."""
    found = shipment_of(rows, args.shipment_id)
    if found.branch_id != operation.place:
        raise Refusal("not_your_place")
    if found.received_at is None:
        raise Refusal("shipment_not_received")
    if found.settled is not None or not left_of(rows, found.id):
        raise Refusal("shipment_settled")


def settle(args: SettleShipment, operation: Operation, rows: Rows) -> None:
    """Nothing is under way any more."""
    source = Source(operation.id, operation.user, operation.made_at)
    put_settlement(rows, shipment_of(rows, args.shipment_id), left_of(rows, args.shipment_id), args.outcome, source)


RECEIVERS = (*STATION, Role.BRANCH_MANAGER)
RECEIVE = Action("receive_shipment", ReceiveShipment, RECEIVERS, Nature.FACT, replay, check)
SETTLE = Action("settle_shipment", SettleShipment, BRANCH, Nature.DECISION, settle, check_settle)
