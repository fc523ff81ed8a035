"""Corrections of the registry: one of every field, some accepted and some refused by headquarters."""

from collections.abc import Callable
from datetime import timedelta

from core.corrections import corrected, value_in
from core.roles import Role
from core.rows.units import CorrectionField, UnitCorrection
from core.warranty import RegisteredUnit, UnitStatus
from hq.sample.exceptions.cases import Cases, Wanted, derived
from hq.warranty.corrections import answered

F = CorrectionField
_DAYS = {F.MADE: -1, F.SHIPPED: 1, F.SOLD: 2, F.REGISTERED: 3, F.INSTALLED: 4, F.EXCHANGED_ON: 5}
_REASONS = {
    F.MODEL: "铭牌型号与登记不一致",
    F.STATUS: "用户出示报废回收单",
    F.MADE: "铭牌生产日期比登记早一天",
    F.SHIPPED: "经销商进货单日期",
    F.SOLD: "发票日期",
    F.REGISTERED: "电子保修卡截图",
    F.INSTALLED: "安装卡日期",
    F.EXCHANGED_ON: "换机单日期",
    F.EXCHANGE_OF: "换机单上的旧机号",
    F.DEALER: "发票抬头为另一家门店",
    F.REGION: "跨区销售",
}
#: What headquarters has said; of the others it has said nothing yet.
_SAID = {
    F.DEALER: (True, ""),
    F.REGISTERED: (True, "已核对电子保修卡"),
    F.STATUS: (False, "回收单上的机号不清，请补照片"),
}


def corrections(cases: Cases) -> None:
    """A branch's manager proposes what its stations have found on papers and labels."""
    station = cases.station(0)
    manager = cases.person(station.branch_id, Role.BRANCH_MANAGER)
    for number, field in enumerate(F):
        unit = cases.find(station)
        cases.rows.know(unit)
        told = {"model": unit.model, "serial": unit.serial, "reason": _REASONS[field], "field": field}
        values = {"old": value_in(unit, field), "new": _new(cases, unit, field)}
        made = cases.player.act("propose_correction", manager, cases.at(6, 600 + 5 * number), **told, **values)
        one = cases.rows.get(UnitCorrection, derived(made, "correction"))
        if one is not None and field in _SAID:
            _decide(cases, one, unit)


def _decide(cases: Cases, one: UnitCorrection, unit: RegisteredUnit) -> None:
    """What is accepted stands in the registry from then on."""
    accepted, answer = _SAID[one.field]
    if accepted:
        cases.units.mend(corrected(unit, one.field, one.new))
        cases.rows.know(corrected(unit, one.field, one.new))
    cases.rows.put(answered(one, accepted=accepted, answer=answer, by="HQ", now=cases.at(3)))


def _new(cases: Cases, unit: RegisteredUnit, field: CorrectionField) -> str:
    """What shall stand there: another value than does."""
    if field in _DAYS:
        day = getattr(unit, field.value) or unit.sold
        return (day + timedelta(days=_DAYS[field])).isoformat() if day else ""
    if field is F.EXCHANGE_OF:
        return cases.find(cases.station(0), Wanted(models=(unit.model,))).serial
    others = {
        F.MODEL: next(one.model for one in cases.units if one.model != unit.model),
        F.STATUS: UnitStatus.SCRAPPED.value,
        F.DEALER: "康威专卖店" if unit.dealer != "康威专卖店" else "苏宁易购",
        F.REGION: "四川" if unit.region != "四川" else "广东",
    }
    return others[field]


CASES: tuple[Callable[[Cases], None], ...] = (corrections,)
