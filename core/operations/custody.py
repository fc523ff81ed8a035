"""A unit comes into the station's hands and goes back: taken along, carried in, mailed in; with receipt facts."""

from typing import Annotated

from msgspec import Meta

from core.ids import derive
from core.operations.kernel import Action, Args, Nature, Rows
from core.operations.note_contact import not_later
from core.operations.operation import Code, Hash, Id, Moment, Name, Operation, OptionalText, Text
from core.operations.orders import change, check_mine, check_move, check_open, move, order_of, unit_of
from core.refusals import Refusal
from core.rows.jobs import Custody, CustodyKind
from core.work_order import STATION, roles_for

Tracking = Annotated[str, Meta(min_length=4, max_length=60)]


class TakeToShop(Args, frozen=True, kw_only=True):
    """Which unit is taken along, with what, in what state, from whom; ``at`` is its own time (None: now)."""

    order_id: Id
    unit_id: Id
    accessories: OptionalText = ""
    condition: Text
    from_name: Name
    signature_sha256: Hash | None = None
    at: Moment | None = None


class ReceiveUnit(TakeToShop, frozen=True, kw_only=True):
    """A unit comes to the counter or by a carrier, whose number is scanned."""

    kind: CustodyKind
    carrier: Code | None = None
    tracking: Tracking | None = None


class GiveBack(Args, frozen=True, kw_only=True):
    """Which unit goes back to whom; by a carrier when its number is given."""

    order_id: Id
    unit_id: Id
    to_name: Name
    carrier: Code | None = None
    tracking: Tracking | None = None
    at: Moment | None = None


def held(rows: Rows, order_id: str, unit_id: str | None = None) -> list[Custody]:
    """What of the order's units is in the station's hands."""
    found = rows.find(Custody, order_id=order_id)
    return [one for one in found if one.returned_at is None and unit_id in (None, one.unit_id)]


def _check_in(args: TakeToShop, operation: Operation, rows: Rows) -> None:
    unit_of(rows, args.order_id, args.unit_id)
    not_later(args.at, operation)
    if held(rows, args.order_id, args.unit_id):
        raise Refusal("unit_is_here")


def check_take(args: TakeToShop, operation: Operation, rows: Rows) -> None:
    """Work must be going on; a unit that is here already is not taken along."""
    check_move(rows, args.order_id, "take_to_shop", operation)
    _check_in(args, operation, rows)


def check_receive(args: ReceiveUnit, operation: Operation, rows: Rows) -> None:
    """The order must be open; a parcel has a carrier's number."""
    check_open(rows, args.order_id, operation)
    _check_in(args, operation, rows)
    if args.kind is CustodyKind.MAILED_IN and not args.tracking:
        raise Refusal("tracking_missing")


def check_give(args: GiveBack, operation: Operation, rows: Rows) -> None:
    """The unit must be here; what came by a carrier may be fetched, what goes by one has its number."""
    check_mine(rows, args.order_id, operation)
    not_later(args.at, operation)
    if not held(rows, args.order_id, args.unit_id):
        raise Refusal("unit_not_here")
    if args.carrier and not args.tracking:
        raise Refusal("tracking_missing")


def _put(rows: Rows, args: TakeToShop, operation: Operation, kind: CustodyKind, *way: str | None) -> None:
    order = order_of(rows, args.order_id)
    carrier, tracking = way or (None, None)
    rows.put(
        Custody(
            id=derive(operation.id, "custody"),
            branch_id=order.branch_id,
            station_id=order.station_id,
            order_id=order.id,
            unit_id=args.unit_id,
            kind=kind,
            accessories=args.accessories,
            condition=args.condition,
            from_name=args.from_name,
            signature_sha256=args.signature_sha256,
            carrier_in=carrier,
            tracking_in=tracking,
            received_at=args.at or operation.made_at,
            received_by=operation.user,
            entered_at=operation.made_at,
        )
    )


def take(args: TakeToShop, operation: Operation, rows: Rows) -> None:
    """The unit is in the shop, its receipt kept."""
    _put(rows, args, operation, CustodyKind.TAKEN)
    move(rows, order_of(rows, args.order_id), "take_to_shop")


def receive(args: ReceiveUnit, operation: Operation, rows: Rows) -> None:
    """Keep the receipt; the order goes on as it was."""
    _put(rows, args, operation, args.kind, args.carrier, args.tracking)


def give(args: GiveBack, operation: Operation, rows: Rows) -> None:
    """The unit is back with its owner."""
    for one in held(rows, args.order_id, args.unit_id):
        hand_back(rows, one, operation, args.to_name, args.at or operation.made_at, args.carrier, args.tracking)


def hand_back(
    rows: Rows, one: Custody, operation: Operation, to_name: str, at: object, carrier: str | None, tracking: str | None
) -> None:
    """Close a custody."""
    change(
        rows,
        one,
        returned_at=at,
        returned_by=operation.user,
        to_name=to_name,
        carrier_out=carrier,
        tracking_out=tracking,
    )


TAKE_TO_SHOP = Action("take_to_shop", TakeToShop, roles_for("take_to_shop"), Nature.DECISION, take, check_take)
RECEIVE_UNIT = Action("receive_unit", ReceiveUnit, STATION, Nature.FACT, receive, check_receive)
GIVE_BACK = Action("give_back", GiveBack, STATION, Nature.FACT, give, check_give)
