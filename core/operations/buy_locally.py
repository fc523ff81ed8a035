"""A station buys a part near by, where the policy allows its class at that price; the receipt is photographed."""

from typing import Annotated

from msgspec import Meta

from core.ids import derive
from core.judging import local_day
from core.operations.add_attachment import MAX_BLOB
from core.operations.kernel import Action, Args, Nature, Rows
from core.operations.operation import Code, Count, Fen, Hash, Id, Name, Operation
from core.operations.orders import check_mine
from core.parts.books import part_of
from core.parts.policy import check_local
from core.parts_ledger import location
from core.reference import parts_policy_in_force
from core.rows.parts import Condition, LocationKind, StockMove
from core.rows.supply import LocalPurchase
from core.work_order import STATION


class BuyLocally(Args, frozen=True, kw_only=True):
    """Which part, how many, what each cost (fen), from whom, and the photo of the receipt (a blob)."""

    part_id: Code
    quantity: Count = 1
    price_fen: Fen
    vendor: Name
    photo_sha256: Hash
    photo_bytes: Annotated[int, Meta(ge=1, le=MAX_BLOB)]
    media_type: Code
    order_id: Id | None = None


def check(args: BuyLocally, operation: Operation, rows: Rows) -> None:
    """The policy in force must allow the part's class at that price."""
    part = part_of(rows, args.part_id)
    day = local_day(rows, operation.place, operation.made_at)
    check_local(parts_policy_in_force(rows, day), part.part_class, part.transfer_fen, args.price_fen)
    if args.order_id is not None:
        check_mine(rows, args.order_id, operation)


def replay(args: BuyLocally, operation: Operation, rows: Rows) -> None:
    """The pieces are in stock; no account is touched, for nothing was drawn."""
    rows.put(
        LocalPurchase(
            id=derive(operation.id, "purchase"),
            branch_id=operation.branch_id,
            station_id=operation.place,
            part_id=args.part_id,
            quantity=args.quantity,
            price_fen=args.price_fen,
            vendor=args.vendor,
            photo_sha256=args.photo_sha256,
            photo_bytes=args.photo_bytes,
            media_type=args.media_type,
            order_id=args.order_id,
            bought_by=operation.user,
            bought_at=operation.made_at,
        )
    )
    rows.put(
        StockMove(
            id=derive(operation.id, "move"),
            branch_id=operation.branch_id,
            station_id=operation.place,
            part_id=args.part_id,
            quantity=args.quantity,
            condition=Condition.NEW,
            from_location=location(LocationKind.SUPPLIER, "local"),
            to_location=location(LocationKind.STATION, operation.place),
            reason="buy_locally",
            moved_by=operation.user,
            moved_at=operation.made_at,
        )
    )


ACTION = Action("buy_locally", BuyLocally, STATION, Nature.MONEY, replay, check)
