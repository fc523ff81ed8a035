"""Warranty's exceptions: units nobody knows, dealers' stock, recalls, contracts, bad papers, misuse, guarantees."""

from collections.abc import Callable
from datetime import date, timedelta
from typing import Any, NamedTuple

import msgspec

from core.identifiers import fold_serial, make_serial
from core.judging import judge_unit, local_day
from core.reference import campaigns, serial_patterns
from core.rows.access import R, Rows
from core.rows.base import Row
from core.rows.jobs import FindingOf, Purpose
from core.rows.orders import ApprovalKind
from core.unit_history import own_repairs
from core.warranty import DocumentProblem, Exclusion, Holder, RegisteredUnit, RegistryState, UnitStatus, Verdict
from hq.sample import ends
from hq.sample.contracts import contracts
from hq.sample.exceptions.cases import Case, Cases, Wanted, is_sold, young
from hq.sample.exceptions.orders import certify, customer_of, papers_of
from hq.sample.mending import ask, grant
from hq.sample.units import SPAN_DAYS
from hq.warranty.history import put_record


def _out(cases: Cases, *classes: str, models: tuple[str, ...] = ()) -> Wanted:
    """Units that were sold three years ago and more."""
    last = cases.as_of - timedelta(days=3 * 365 + 60)
    return Wanted(
        lambda unit: is_sold(unit) and unit.sold is not None and unit.sold < last, classes, models, made=SPAN_DAYS
    )


def _never_sold(cases: Cases, *models: str) -> Wanted:
    """Units that a dealer still has, by the registry."""
    last = cases.as_of - timedelta(days=90)
    return Wanted(
        lambda unit: unit.status is UnitStatus.SHIPPED and unit.made is not None and unit.made < last,
        models=models,
        made=400,
    )


def not_in_the_registry(cases: Cases) -> None:
    """A serial number that the maker never gave out."""
    station = cases.station(0)
    known = cases.find(station)
    pattern = next(one for one in serial_patterns(cases.rows) if one.prefix_of(known.model))
    made = cases.as_of - timedelta(days=400)
    prefix = known.serial[: len(pattern.prefix_of(known.model) or "")]
    serial = make_serial(pattern, prefix, made, 9_900 % 10**pattern.number_digits)
    unit = RegisteredUnit(model=known.model, serial=serial)
    cases.again(unit, 2, station, registered=False).judged(papers=False).show("label")


def out_of_use(cases: Cases) -> None:
    """A unit that was exchanged out, and a scrapped one, are brought as if nothing were."""
    for status in (UnitStatus.EXCHANGED_OUT, UnitStatus.SCRAPPED):
        cases.open(3, wanted=_with(status)).judged(papers=False)


def _with(status: UnitStatus) -> Wanted:
    return Wanted(lambda unit: unit.status is status)


def dealers_stock(cases: Cases) -> None:
    """A dealer's unit fails before it is sold: covered as stock, certified and exchanged."""
    case = cases.open(12, wanted=_never_sold(cases)).begun()
    case.act("record_findings", 4, unit_id=case.unit_id, held_by=Holder.DEALER, finding="样机未拆封，开箱不启动")
    case.judge()
    certify(case, Purpose.DEALER_STOCK, FindingOf.FAULTY, "开箱不启动，主板无输出")


def no_papers(cases: Cases) -> None:
    """Nothing is shown, and the registry knows of no sale: the term begins when the unit was shipped."""
    cases.open(2, wanted=_never_sold(cases)).judged(papers=False)


def bad_papers(cases: Cases) -> None:
    """An invoice older than its unit; one that was altered; one of another unit."""
    case = cases.open(3)
    made = case.cast.unit.made
    assert made is not None
    case.judged(invoice_number="24998100000000000017", invoice_date=made - timedelta(days=40))
    for problem in DocumentProblem:
        case = cases.open(2)
        case.judged(invoice_number=f"249981{case.cast.planned.rank:014d}", invoice_date=_bought(case), problem=problem)
        case.show("invoice")


def _bought(case: Case) -> date:
    sold = case.cast.unit.sold
    assert sold is not None
    return sold


#: What the technician sees, in words.
_SEEN = {
    Exclusion.MISUSE: "机内有大量水渍，插座接口烧蚀",
    Exclusion.OPENED_BY_OTHERS: "封签已撕，螺丝缺三颗，主板有补焊",
    Exclusion.FORCE_MAJEURE: "雷雨后损坏，电源进线端炸裂",
}


def findings_against(cases: Cases) -> None:
    """Misuse, a unit opened by others, lightning: each is shown in a photo."""
    for exclusion in Exclusion:
        case = cases.open(4, wanted=young(cases)).begun()
        case.papers()
        seen = case.show("photo", "water")
        words: dict[str, Any] = {"finding": _SEEN[exclusion], "photo_sha256": seen}
        case.act("record_findings", 6, unit_id=case.unit_id, exclusions=(exclusion,), **words)
        case.judge()


def campaigned(cases: Cases) -> None:
    """Units of a recall and of a goodwill campaign, whose own term has ended."""
    for campaign in campaigns(cases.rows, "computer"):
        cases.open(4, wanted=_out(cases, "computer", models=campaign.models)).judged()


def contracted(cases: Cases) -> None:
    """An extended warranty that was bought: HQ tells the station of it, and the repair is free."""
    day = cases.as_of - timedelta(days=10)
    bought = {serial: one for serial, one in contracts(cases.units) if one.from_day <= day <= one.to_day}
    kinds = ("tv_lcd", "refrigerator", "washing_machine", "phone", "computer")  # others are promised more than it gives
    case = cases.open(9, wanted=Wanted(lambda unit: unit.serial in bought and is_sold(unit), kinds)).begun()
    serial = case.cast.unit.serial
    put_record(cases.rows, case.order, serial, (), (bought[serial],), case.at)
    case.papers()
    case.judge()
    case.finished(cases.part_here(case))


class _Told(NamedTuple):
    """Rows beside a registry that a device had last: what it said of any unit."""

    rows: Rows
    state: RegistryState
    unit: RegisteredUnit | None

    def get(self, kind: type[R], row_id: str, /) -> R | None:
        return self.rows.get(kind, row_id)

    def find(self, kind: type[R], /, **equal: object) -> "list[R]":
        return list(self.rows.find(kind, **equal))

    def put(self, row: Row, /) -> None:
        self.rows.put(row)

    def look_up(self, serial: str, /) -> tuple[RegistryState, RegisteredUnit | None]:
        return self.state, self.unit


def _by(case: Case, state: RegistryState, unit: RegisteredUnit | None) -> Verdict:
    day = local_day(case.player.rows, case.order.station_id, case.at)
    return judge_unit(case.order, case.unit, _Told(case.player.rows, state, unit), day)


def without_the_registry(cases: Cases) -> None:
    """A device that has no whole registry yet cannot say; HQ can."""
    for state in (RegistryState.MISSING, RegistryState.PARTIAL):
        case = cases.open(3).begun()
        case.papers()
        case.judge(_by(case, state, None))


def with_an_old_registry(cases: Cases) -> None:
    """A device does not know yet that the unit was exchanged out: HQ judges otherwise, and somebody must explain."""

    def wanted(unit: RegisteredUnit) -> bool:
        young = unit.sold is not None and unit.sold > cases.as_of - timedelta(days=330)
        return unit.status is UnitStatus.EXCHANGED_OUT and young

    case = cases.open(5, wanted=Wanted(wanted, made=300)).begun()
    before = msgspec.structs.replace(case.cast.unit, status=UnitStatus.SOLD, exchanged_on=None)
    case.papers()
    case.judge(_by(case, RegistryState.OLD, before))


def given_in_exchange(cases: Cases) -> None:
    """A unit is exchanged; HQ tells its registry; and months of cover later the new one fails too."""
    station = cases.station(0)
    old = cases.find(station, young(cases, "tv_lcd"))
    new = cases.find(station, _never_sold(cases, old.model))
    case = cases.again(old, 20, station).judged()
    ends.certify(case, Purpose.EXCHANGE)
    ask(case, ApprovalKind.UNIT_EXCHANGE, "exchange.unit", "同一故障三次未修复，申请换机")
    grant(case, ApprovalKind.UNIT_EXCHANGE)
    case.act("exchange_unit", 50, unit_id=case.unit_id, new_model=new.model, new_serial=fold_serial(new.serial))
    day = local_day(cases.rows, station.id, case.at)
    gone = msgspec.structs.replace(old, status=UnitStatus.EXCHANGED_OUT, exchanged_on=day)
    there = msgspec.structs.replace(new, status=UnitStatus.SOLD, exchanged_on=day, exchange_of=old.serial)
    for unit in (gone, there):
        cases.units.mend(unit)
        cases.rows.know(unit)
    cases.again(there, 4, station, **customer_of(case)).judged(**papers_of(case))


def paid_repair_holds(cases: Cases) -> None:
    """A paid repair: the same fault within ninety days is mended free."""
    station = cases.station(0)
    unit = cases.find(station, _out(cases, "washing_machine", "tv_lcd", "refrigerator"))
    first = cases.again(unit, 50, station).judged().finished()
    second = cases.again(unit, 5, station, **customer_of(first)).begun()
    second.act("record_documents", 2, unit_id=second.unit_id, **papers_of(first))
    told = first.unit
    codes = {name: getattr(told, name) for name in ("condition", "symptom", "section", "defect")}
    second.act("code_fault", 9, unit_id=second.unit_id, **codes)
    second.judge()


def repaired_elsewhere(cases: Cases) -> None:
    """A unit that another station has repaired lately: HQ tells this one of it."""
    first, second = cases.neighbours()
    unit = cases.find(first, Wanted(classes=second.lines))
    done = cases.again(unit, 60, first).judged().finished()
    case = cases.again(unit, 3, second, **customer_of(done)).begun()
    repairs = tuple(own_repairs(unit.serial, cases.rows, but=case.order_id))
    put_record(cases.rows, case.order, unit.serial, repairs, (), case.at)
    case.act("record_documents", 2, unit_id=case.unit_id, **papers_of(done))
    case.judge()


def rights_of_the_customer(cases: Cases) -> None:
    """A third failure after two repairs; a repairer who took too long; a part that did not come for months."""
    station = cases.station(0)
    unit = cases.find(station, _bought_before(cases, 120, "refrigerator", "washing_machine"))
    first = cases.again(unit, 75, station).judged().finished()
    told, papers = customer_of(first), papers_of(first)
    cases.again(unit, 38, station, **told).judged(**papers).finished()
    cases.again(unit, 3, station, **told).judged(**papers)
    for days, hold in ((35, ""), (66, "wait_for_parts")):
        unit = cases.find(station, _bought_before(cases, 120, "phone" if hold else "tv_lcd"))
        slow = cases.again(unit, 82, station).judged()
        if hold:
            slow.act(hold, 10, reason="主板缺货，厂家未到料")
        slow.later(60 * 24 * days)
        if hold:
            slow.act("resume_work", 5)
        slow.finished()
        again = cases.again(unit, 6, station, **customer_of(slow)).judged(**papers_of(slow))
        if not hold:
            _at_the_repairers_cost(again)


def _bought_before(cases: Cases, days: int, *classes: str) -> Wanted:
    """Units that were bought so many days ago, or some months more."""
    first, last = cases.as_of - timedelta(days=days + 150), cases.as_of - timedelta(days=days)
    return Wanted(
        lambda unit: is_sold(unit) and unit.sold is not None and first < unit.sold < last, classes, made=days + 250
    )


def _at_the_repairers_cost(case: Case) -> None:
    """The exchange that is owed for the delay; the station bears it."""
    ends.certify(case, Purpose.EXCHANGE)
    ask(case, ApprovalKind.UNIT_EXCHANGE, "exchange.unit", "上次维修超过三十天，按规定换机")
    grant(case, ApprovalKind.UNIT_EXCHANGE)
    told: dict[str, Any] = {
        "unit_id": case.unit_id,
        "new_model": case.cast.unit.model,
        "new_serial": ends.new_serial(case),
    }
    case.act("exchange_unit", 40, rule="remedy.repairer_late", **told)


CASES: tuple[Callable[[Cases], None], ...] = (
    not_in_the_registry,
    out_of_use,
    dealers_stock,
    no_papers,
    bad_papers,
    findings_against,
    campaigned,
    contracted,
    without_the_registry,
    with_an_old_registry,
    given_in_exchange,
    paid_repair_holds,
    repaired_elsewhere,
    rights_of_the_customer,
)
