"""A request is sent back with a question; the station answers and it goes up again as it stands now."""

from app.actions.attachments import keep_picture, record_attachment
from app.actions.decide_approval import open_request
from app.actions.desk import Desk, DeskAction, OrderAsked, Recorded, find_order, find_unit
from core.approvals import hash_now
from core.operations.ask_back import AnswerQuestion, AskBack
from core.rows.access import Rows
from core.rows.orders import UnitVerdict, WorkOrder


class AskedBack(OrderAsked, frozen=True, kw_only=True):
    """What is to be told first; ``request_id`` when the order has several, ``subject_hash`` as the person saw it."""

    question: str
    request_id: str | None = None
    subject_hash: str | None = None


class AnswerAsked(OrderAsked, frozen=True, kw_only=True):
    """The answer; ``amount_fen`` is the new sum (None: as it was), ``photo`` the path of a picture."""

    answer: str
    request_id: str | None = None
    amount_fen: int | None = None
    photo: str | None = None


def ask(asked: AskedBack, desk: Desk) -> Recorded:
    """Record the question."""
    with desk.store.reading() as rows:
        order_id = find_order(rows, asked.order_id).id
        request = open_request(rows, order_id, asked.request_id)
        seen = asked.subject_hash or hash_now(rows, request)
    args = AskBack(order_id=order_id, request_id=request.id, question=asked.question, subject_hash=seen)
    return desk.store.record("ask_back", args, desk.person_id)


def answer(asked: AnswerAsked, desk: Desk) -> Recorded:
    """Record the answer with its evidence; the days over are those of the verdict as it stands now."""
    with desk.store.reading() as rows:
        order = find_order(rows, asked.order_id)
        order_id = order.id
        request = open_request(rows, order_id, asked.request_id)
        days_over = _days_over(rows, order)
    photo = keep_picture(asked.photo, desk) if asked.photo else None
    args = AnswerQuestion(
        order_id=order_id,
        request_id=request.id,
        answer=asked.answer,
        amount_fen=asked.amount_fen,
        days_over=days_over,
        photo_sha256=photo.sha256 if photo else None,
    )
    blobs = [photo.queued("goodwill", order_id)] if photo else []
    recorded = desk.store.record("answer_question", args, desk.person_id, blobs=blobs)
    if photo:  # after the answer: what is refused leaves no photo behind
        record_attachment(order_id, "goodwill", photo, desk)
    return recorded


def _days_over(rows: Rows, order: WorkOrder) -> int | None:
    """As the newest verdict has it; None before there is one."""
    unit = find_unit(rows, order, None)
    stored = rows.get(UnitVerdict, unit.verdict_id) if unit.verdict_id else None
    return (stored.verdict.days_over or 0) if stored else None


ASK = DeskAction("ask_back", AskedBack, ask)
ANSWER = DeskAction("answer_question", AnswerAsked, answer)
