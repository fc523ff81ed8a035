"""The branch decides a request: yes or no, about exactly what was asked."""

from app.actions.desk import Desk, DeskAction, OrderAsked, Recorded, find_order
from core.approvals import standing
from core.operations.decide_approval import DecideApproval
from core.refusals import Refusal
from core.rows.access import Rows
from core.rows.orders import ApprovalDecision, ApprovalRequest


class DecisionAsked(OrderAsked, frozen=True, kw_only=True):
    """Yes or no and why; ``request_id`` when the order has several, ``subject_hash`` as the person saw it."""

    approved: bool
    reason: str = ""
    request_id: str | None = None
    subject_hash: str | None = None


def open_request(rows: Rows, order_id: str, request_id: str | None) -> ApprovalRequest:
    """The order's undecided request; raises Refusal ``approval_unknown``."""
    decisions = rows.find(ApprovalDecision, order_id=order_id)
    for request in rows.find(ApprovalRequest, order_id=order_id):
        if request.id == request_id or (request_id is None and standing(rows, request, decisions)[0] is None):
            return request
    raise Refusal("approval_unknown")


def run(asked: DecisionAsked, desk: Desk) -> Recorded:
    """Record the decision."""
    with desk.store.reading() as rows:
        order_id = find_order(rows, asked.order_id).id
        request = open_request(rows, order_id, asked.request_id)
    args = DecideApproval(
        order_id=order_id,
        request_id=request.id,
        approved=asked.approved,
        reason=asked.reason,
        subject_hash=asked.subject_hash or request.subject_hash,
    )
    return desk.store.record("decide_approval", args, desk.person_id)


ACTION = DeskAction("decide_approval", DecisionAsked, run)
