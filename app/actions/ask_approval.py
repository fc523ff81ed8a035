"""Goodwill (or another thing outside the rules) is asked of the branch, with a photo as evidence."""

from app.actions.attachments import keep_picture, record_attachment
from app.actions.desk import Desk, DeskAction, OrderAsked, Recorded, find_order, find_unit, verdict_of
from app.actions.pricing import quotation
from core.operations.ask_approval import AskApproval
from core.rows.orders import ApprovalKind

#: Which rule asks, per kind of request.
RULES = {
    ApprovalKind.GOODWILL: "goodwill.days_over",
    ApprovalKind.OVER_LIMIT: "claim.over_limit",
    ApprovalKind.UNIT_EXCHANGE: "exchange.unit",
    ApprovalKind.OUTSIDE_AREA: "visit.outside_area",
    ApprovalKind.CANCELLED_VISIT: "visit.cancelled",
    ApprovalKind.SECOND_REPAIR: "repair.second",
    ApprovalKind.LOCAL_PURCHASE: "part.local_purchase",
}


class ApprovalAsked(OrderAsked, frozen=True, kw_only=True):
    """What is asked and why; ``photo`` is the path of a picture, ``parts`` the part numbers it is about."""

    kind: ApprovalKind = ApprovalKind.GOODWILL
    reason: str
    photo: str | None = None
    parts: tuple[str, ...] = ()


def run(asked: ApprovalAsked, desk: Desk) -> Recorded:
    """Record the request with the days over and the sum the customer would pay otherwise."""
    with desk.store.reading() as rows:
        order = find_order(rows, asked.order_id)
        unit = find_unit(rows, order, None)
        verdict = verdict_of(rows, unit).verdict
        quote = quotation(order, rows, desk.today(rows), parts=asked.parts)
    photo = keep_picture(asked.photo, desk) if asked.photo else None
    args = AskApproval(
        order_id=order.id,
        kind=asked.kind,
        rule=RULES[asked.kind],
        days_over=verdict.days_over or 0,
        amount_fen=quote.total_fen,
        reason=asked.reason,
        photo_sha256=photo.sha256 if photo else None,
    )
    blobs = [photo.queued("goodwill", order.id)] if photo else []
    recorded = desk.store.record("ask_approval", args, desk.person_id, blobs=blobs)
    if photo:  # after the request: what is refused leaves no photo behind
        record_attachment(order.id, "goodwill", photo, desk)
    return recorded


ACTION = DeskAction("ask_approval", ApprovalAsked, run)
