"""What a desk does after an operation has taken effect, in the same transaction."""

from collections.abc import Callable, Mapping

from sqlalchemy import Connection

from core.operations.operation import Operation
from core.rows.access import Rows
from hq.claims.service import on_ended, on_exchanged, on_picked, on_reopened
from hq.dispatch.desk import on_branch_declined
from hq.dispatch.same_unit import on_unit_known
from hq.parts.boxes import on_box, on_old_part
from hq.parts.service import on_received
from hq.parts.supply import on_requested, on_shipment_received
from hq.warranty.corrections import propose_installed
from hq.warranty.history import tell
from hq.warranty.service import on_judged
from rowstore.rows import SqlRows

Tell = Callable[[Connection, SqlRows, Operation], None]
FollowUp = Callable[[Rows, Operation], object]


def _on_identified(rows: Rows, operation: Operation) -> None:
    on_unit_known(rows, operation)
    propose_installed(rows, operation)


#: Per action the desk that goes on; a refusal there refuses the operation.
follow_ups: Mapping[str, FollowUp] = {
    "cancel_order": on_ended,
    "complete_order": on_ended,
    "exchange_unit": on_exchanged,
    "propose_refund": on_ended,
    "reopen_order": on_reopened,
    "return_unrepaired": on_ended,
    "decline_at_branch": on_branch_declined,
    "identify_unit": _on_identified,
    "judge_warranty": on_judged,
    "open_order": on_unit_known,
    "pick_value": on_picked,
    "receive_old_part": on_received,
    "receive_shipment": on_shipment_received,
    "request_parts": on_requested,
    "use_part": on_old_part,
    "tag_old_part": on_old_part,
    **dict.fromkeys(("seal_box", "open_box", "count_old_part", "uncount_old_part", "close_count"), on_box),
    "record_documents": propose_installed,
}
#: Actions after which a place is told what it can't know of the order's units; before the desk goes on.
tells: Mapping[str, Tell] = dict.fromkeys(("dispatch_order", "identify_unit", "judge_warranty"), tell)
