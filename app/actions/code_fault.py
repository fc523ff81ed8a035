"""The fault and its repair are coded; codes not given keep what was coded before."""

from app.actions.desk import Desk, DeskAction, OrderAsked, Recorded, find_order, find_unit
from core.operations.code_fault import CodeFault


class CodesAsked(OrderAsked, frozen=True, kw_only=True):
    """Codes of the unit; an empty text takes a code away."""

    unit_id: str | None = None
    condition: str | None = None
    symptom: str | None = None
    section: str | None = None
    defect: str | None = None
    repair: str | None = None


def run(asked: CodesAsked, desk: Desk) -> Recorded:
    """Record the codes."""
    with desk.store.reading() as rows:
        order = find_order(rows, asked.order_id)
        unit = find_unit(rows, order, asked.unit_id)
    args = CodeFault(
        order_id=order.id,
        unit_id=unit.id,
        condition=_code(asked.condition, unit.condition),
        symptom=_code(asked.symptom, unit.symptom),
        section=_code(asked.section, unit.section),
        defect=_code(asked.defect, unit.defect),
        repair=_code(asked.repair, unit.repair),
    )
    return desk.store.record("code_fault", args, desk.person_id)


def _code(given: str | None, before: str | None) -> str | None:
    if given is None:
        return before
    return given.strip().upper() or None


ACTION = DeskAction("code_fault", CodesAsked, run)
