"""A request is sent back with a question, and goes up again with the answer; what is decided then is another thing."""

from typing import Annotated

import msgspec
from msgspec import Meta

from core.approval_rules import due_again
from core.approvals import hash_now, send_back
from core.ids import derive
from core.operations.decide_approval import check_decider, check_undecided, request_of
from core.operations.kernel import Action, Args, Nature, Rows
from core.operations.operation import Fen, Hash, Id, Operation, Text
from core.operations.orders import check_mine, order_of
from core.reference import approval_rules
from core.refusals import Refusal
from core.rows.orders import ApprovalQuestion
from core.work_order import State, roles_for


class AskBack(Args, frozen=True, kw_only=True):
    """Which request, what is to be told first, and the hash of what the person saw."""

    order_id: Id
    request_id: Id
    question: Text
    subject_hash: Hash


class AnswerQuestion(Args, frozen=True, kw_only=True):
    """The answer, and what of the request is another now: the sum (fen), the days over, a photo."""

    order_id: Id
    request_id: Id
    answer: Text
    amount_fen: Fen | None = None
    days_over: Annotated[int, Meta(ge=0, le=36_500)] | None = None
    photo_sha256: Hash | None = None


def _check_waits(rows: Rows, order_id: str, operation: Operation) -> None:
    order = check_mine(rows, order_id, operation)
    if order.state is not State.WAITING_APPROVAL:
        raise Refusal("move_not_allowed", state=order.state.value, action=operation.action)


def check_ask(args: AskBack, operation: Operation, rows: Rows) -> None:
    """Whoever may decide may ask, once at a time, about what stands."""
    _check_waits(rows, args.order_id, operation)
    request = request_of(rows, args.order_id, args.request_id)
    check_decider(rows, request, operation)
    if request.question_id is not None:
        raise Refusal("approval_asked_back")
    if args.subject_hash != hash_now(rows, request):
        raise Refusal("approval_outdated")


def replay_ask(args: AskBack, operation: Operation, rows: Rows) -> None:
    """Store the question; whoever decides has no clock meanwhile."""
    request = request_of(rows, args.order_id, args.request_id)
    send_back(rows, request, derive(operation.id, "question"), args.question, operation.user, operation.made_at)


def check_answer(args: AnswerQuestion, operation: Operation, rows: Rows) -> None:
    """The place that asked answers an open question."""
    _check_waits(rows, args.order_id, operation)
    request = request_of(rows, args.order_id, args.request_id)
    check_undecided(rows, request)
    if request.question_id is None:
        raise Refusal("question_unknown")


def replay_answer(args: AnswerQuestion, operation: Operation, rows: Rows) -> None:
    """Store the answer; the request goes up again as it is now, to the level that it had come to or a higher one."""
    order_of(rows, args.order_id)
    request = request_of(rows, args.order_id, args.request_id)
    asked = rows.get(ApprovalQuestion, request.question_id) if request.question_id else None
    if asked is not None:
        told = {"answer": args.answer, "photo_sha256": args.photo_sha256}
        rows.put(msgspec.structs.replace(asked, **told, answered_by=operation.user, answered_at=operation.made_at))
    changed = msgspec.structs.replace(
        request,
        amount_fen=request.amount_fen if args.amount_fen is None else args.amount_fen,
        days_over=request.days_over if args.days_over is None else args.days_over,
        photo_sha256=args.photo_sha256 or request.photo_sha256,
        revision=request.revision + 1,
        question_id=None,
    )
    decides = due_again(approval_rules(rows), changed, operation.made_at)
    rows.put(
        msgspec.structs.replace(
            changed, subject_hash=hash_now(rows, changed), level=decides.level, answer_by=decides.answer_by
        )
    )


ASK = Action("ask_back", AskBack, roles_for("decide_approval"), Nature.DECISION, replay_ask, check_ask)
ANSWER = Action(
    "answer_question", AnswerQuestion, roles_for("ask_approval"), Nature.DECISION, replay_answer, check_answer
)
