"""What a desk does after an operation has taken effect, in the same transaction."""

from collections.abc import Callable, Mapping

from core.operations.operation import Operation
from hq.claims.service import on_ended, on_exchanged, on_picked, on_reopened
from hq.parts.service import on_received
from hq.warranty.service import on_judged
from rowstore.rows import SqlRows

FollowUp = Callable[[SqlRows, Operation], object]

#: Per action the desk that goes on; a refusal there refuses the operation.
follow_ups: Mapping[str, FollowUp] = {
    "cancel_order": on_ended,
    "complete_order": on_ended,
    "exchange_unit": on_exchanged,
    "propose_refund": on_ended,
    "reopen_order": on_reopened,
    "return_unrepaired": on_ended,
    "judge_warranty": on_judged,
    "pick_value": on_picked,
    "receive_old_part": on_received,
}
