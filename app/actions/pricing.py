"""What a customer pays for an order as it stands: the lines to sign, and what stays if goodwill is granted."""

from datetime import date
from typing import NamedTuple

from core import reference
from core.approvals import standing
from core.claiming import Work, maker_pays, part_payer, repair_level, work_of
from core.claims import QuoteFacts, QuoteLine, QuotePart, if_goodwill, quote, total_to_pay
from core.refusals import Refusal
from core.rows.access import Rows
from core.rows.orders import ApprovalDecision, ApprovalRequest, FeeLine, WorkOrder
from core.rows.reference import Part


class PricedOrder(NamedTuple):
    """The lines a customer signs, their sum, and the sum that stays if the open request is granted (fen)."""

    lines: tuple[FeeLine, ...]
    total_fen: int
    if_goodwill_fen: int | None
    price_list: str


def quotation(order: WorkOrder, rows: Rows, day: date, *, parts: tuple[str, ...] = ()) -> PricedOrder:
    """Price the order by the list in force on ``day``; ``parts`` are part numbers still to be put in.

    Raises Refusal ``price_list_missing`` or ``part_unknown``.
    """
    prices = reference.price_list_in_force(rows, day)
    if prices is None or prices.of(order.product_class) is None:
        raise Refusal("price_list_missing", product_class=order.product_class)
    facts = _facts(work_of(order, rows), rows, parts)
    lines = quote(facts, prices)
    granted = total_to_pay(quote(if_goodwill(facts), prices)) if _open_request(order.id, rows) else None
    return PricedOrder(tuple(_fee_line(line, rows) for line in lines), total_to_pay(lines), granted, prices.version)


def _facts(work: Work, rows: Rows, parts: tuple[str, ...]) -> QuoteFacts:
    order = work.order
    fitted = [
        QuotePart(
            part_id=line.part_id,
            quantity=line.quantity,
            price_fen=_part(rows, line.part_id).price_fen,
            covered=line.payer == "maker",
        )
        for line in work.lines
    ]
    planned = [_planned(_part(rows, part), work) for part in parts]
    return QuoteFacts(
        product_class=order.product_class,
        service_type=order.service_type.value,
        level=repair_level(work, rows),
        distance_m=order.distance_m,
        covered=maker_pays(work) or any(part.covered for part in planned),
        reason=_reason(work),
        parts=(*fitted, *planned),
    )


def _planned(part: Part, work: Work) -> QuotePart:
    return QuotePart(part_id=part.id, price_fen=part.price_fen, covered=part_payer(work, part) == "maker")


def _part(rows: Rows, part_id: str) -> Part:
    part = rows.get(Part, part_id)
    if part is None:
        raise Refusal("part_unknown", part=part_id)
    return part


def _reason(work: Work) -> str:
    if "goodwill" in work.approvals:
        return "goodwill"
    return work.verdict.outcome.value if work.verdict else ""


def _open_request(order_id: str, rows: Rows) -> bool:
    decisions = rows.find(ApprovalDecision, order_id=order_id)
    asked = rows.find(ApprovalRequest, order_id=order_id)
    return any(standing(rows, request, decisions) == (None, None) for request in asked)


def _fee_line(line: QuoteLine, rows: Rows) -> FeeLine:
    part = rows.get(Part, line.part_id) if line.part_id else None
    return FeeLine(
        kind=line.kind,
        text=part.name_zh if part else line.kind,
        part_id=line.part_id,
        quantity=line.quantity,
        amount_fen=line.amount_fen,
        reason=line.reason,
    )
