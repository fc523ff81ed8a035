"""A mistaken stock move is undone by the move back; nothing is edited."""

import msgspec

from core.ids import derive
from core.operations.kernel import Action, Args, Nature, Rows
from core.operations.operation import Id, Operation, Text
from core.parts_ledger import reversal
from core.refusals import Refusal
from core.roles import Role
from core.rows.parts import StockMove

#: Moves that stand for themselves. Others belong to a receipt, a part line or an old part, and are mended there.
REVERSIBLE = frozenset({"move_bag", "count_stock", "opening"})


class ReverseMove(Args, frozen=True, kw_only=True):
    """Which move, and why it was wrong."""

    move_id: Id
    reason: Text


def _move(rows: Rows, args: ReverseMove, operation: Operation) -> StockMove:
    found = rows.get(StockMove, args.move_id)
    if found is None or operation.place not in (found.station_id, found.branch_id):
        raise Refusal("not_your_place")
    return found


def check(args: ReverseMove, operation: Operation, rows: Rows) -> None:
    """Only a move that stands for itself, and once."""
    move = _move(rows, args, operation)
    if move.reverses_id is not None or move.reason not in REVERSIBLE:
        raise Refusal("stock_move_reversed", part=move.part_id)
    if any(one.reverses_id == move.id for one in rows.find(StockMove, part_id=move.part_id)):
        raise Refusal("stock_move_undone", part=move.part_id)


def replay(args: ReverseMove, operation: Operation, rows: Rows) -> None:
    """Write the move back."""
    move = _move(rows, args, operation)
    back = reversal(move, derive(operation.id, "move"), operation.user, operation.made_at)
    rows.put(msgspec.structs.replace(back, branch_id=move.branch_id))


LEADS = (Role.STATION_LEAD, Role.BRANCH_MANAGER)
ACTION = Action("reverse_move", ReverseMove, LEADS, Nature.DECISION, replay, check)
