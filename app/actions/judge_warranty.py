"""The warranty verdict is judged from the offline registry and stored with its proof."""

from datetime import date

from app.actions.desk import Desk, DeskAction, OrderAsked, Recorded, find_order, find_unit
from core.judging import judge_unit
from core.operations.judge_warranty import JudgeWarranty
from core.refusals import Refusal


class JudgeAsked(OrderAsked, frozen=True, kw_only=True):
    """Which unit, on which day (today when absent)."""

    unit_id: str | None = None
    day: date | None = None


def run(asked: JudgeAsked, desk: Desk) -> Recorded:
    """Judge and record; the operation names the policies' versions."""
    with desk.store.reading() as rows:
        order = find_order(rows, asked.order_id)
        unit = find_unit(rows, order, asked.unit_id)
        if unit.serial is None:
            raise Refusal("unit_not_identified")
        day = asked.day or desk.today(rows)
        verdict = judge_unit(order, unit, rows, day)
    args = JudgeWarranty(order_id=order.id, unit_id=unit.id, day=day, verdict=verdict)
    versions = {policy.id: str(policy.version) for policy in verdict.policies}
    return desk.store.record("judge_warranty", args, desk.person_id, versions=versions)


ACTION = DeskAction("judge_warranty", JudgeAsked, run)
