"""What a desk does after an operation has taken effect, in the same transaction."""

from collections.abc import Callable, Mapping

from sqlalchemy import Connection

from core.operations.operation import Operation
from hq.claims.service import on_completed, on_picked
from hq.parts.service import on_received
from hq.warranty.corrections import propose_installed
from hq.warranty.history import tell
from hq.warranty.service import on_judged
from rowstore.rows import SqlRows

Tell = Callable[[Connection, SqlRows, Operation], None]
FollowUp = Callable[[SqlRows, Operation], object]

#: Per action the desk that goes on; a refusal there refuses the operation.
follow_ups: Mapping[str, FollowUp] = {
    "complete_order": on_completed,
    "judge_warranty": on_judged,
    "pick_value": on_picked,
    "receive_old_part": on_received,
    "record_documents": propose_installed,
    "identify_unit": propose_installed,
}
#: Actions after which a place is told what it can't know of the order's units; before the desk goes on.
tells: Mapping[str, Tell] = dict.fromkeys(("dispatch_order", "identify_unit", "judge_warranty"), tell)
