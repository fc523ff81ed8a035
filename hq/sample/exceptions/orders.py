"""Orders that go another way: offers nobody answers, reminders, duplicates, visits in vain, second repairs."""

from datetime import timedelta
from typing import Any

from core import slas
from core.identifiers import certificate_number, fold_serial
from core.judging import local_day
from core.reference import price_list_in_force
from core.roles import Role
from core.rows.jobs import Certificate, FindingOf, Measured, Purpose
from core.rows.orders import Job, ServiceType
from core.rows.people import Place
from core.sla import Clock, ClockName
from core.warranty import RegisteredUnit
from hq.dispatch.messages import Customer, NewOrder
from hq.dispatch.offers import dispatch_directly
from hq.dispatch.service import remind
from hq.dispatch.timeouts import branch_silent, expire
from hq.sample import ends, signatures
from hq.sample.dice import id_at
from hq.sample.exceptions.cases import Case, Cases, NoSuchUnit, Wanted, derived, is_sold, young
from hq.sample.mending import complete, mend_with


def _clock(case: Case, name: ClockName) -> Clock:
    """The running clock of that name, when its limit has passed."""
    clocks = slas.clocks(case.player.rows, case.order, case.at)
    found = next((one for one in clocks if one.name is name and one.breached and not one.stopped), None)
    if found is None:
        raise NoSuchUnit("no limit has passed")
    return found


def nobody_answers(cases: Cases) -> None:
    """A station lets an offer lie, and HQ takes it back; a branch is silent, and HQ's dispatcher is told."""
    case = cases.open(6).taken_in()
    case.act("accept_at_branch", 12, by=case.cast.crew.manager)
    case.act("dispatch_order", 9, by=case.cast.crew.manager, station_id=case.cast.crew.station.id)
    case.later(60 * 24 * 4)
    expire(cases.rows, case.order, _clock(case, ClockName.OFFER_STATION), case.at)
    silent = cases.open(6).taken_in()
    silent.later(60 * 24 * 4)
    branch_silent(cases.rows, silent.order, _clock(silent, ClockName.OFFER_BRANCH), silent.at)


def given_back(cases: Cases) -> None:
    """A branch gives an order back to HQ; another one is recalled from its station."""
    case = cases.open(2).taken_in()
    case.act("decline_at_branch", 40, by=case.cast.crew.manager, reason="该区域暂无网点有此产品授权")
    recalled = cases.open(2).accepted()
    recalled.act("recall_order", 60, by=recalled.cast.crew.manager, reason="用户要求换一家网点")


def given_to_another(cases: Cases) -> None:
    """A station declines, and the branch finds another."""
    first, second = cases.neighbours()
    unit = cases.find(first, Wanted(classes=second.lines))
    case = cases.again(unit, 3, first).booked()
    case.act("decline_order", 30, reason="工程师全部外出，两天内无法上门")
    case.act("dispatch_order", 20, by=case.cast.crew.manager, station_id=second.id)
    lead, technician = cases.person(second.id, Role.STATION_LEAD), cases.person(second.id, Role.TECHNICIAN)
    case.act("accept_order", 25, by=lead)
    case.act("assign_technician", 5, by=lead, technician_id=technician.id)


def straight_from_hq(cases: Cases) -> None:
    """HQ offers an order to a station itself, where the branch lets it."""
    direct = {one.id for one in cases.staff.branches if one.direct_dispatch}
    station = next((one for one in cases.staff.stations if one.branch_id in direct), None)
    if station is None:
        raise NoSuchUnit("no station of such a branch")
    case = cases.open(1, station).taken_in()
    dispatch_directly(cases.rows, case.order, station.id, case.later(15))


#: How often customers remind, and by which hold their orders wait meanwhile.
_REMINDED = ((1, ""), (2, "wait_for_parts"), (3, "wait_for_customer"))
_REASONS = {"wait_for_parts": "压缩机缺货，等总部发货", "wait_for_customer": "用户出差，下周再约"}


def reminded(cases: Cases) -> None:
    """Customers ask again: once, twice, three times; two of the orders wait before anybody has come."""
    for times, hold in _REMINDED:
        case = cases.open(4)
        case = case.booked() if hold == "wait_for_customer" else case.accepted()
        if hold:
            case.act(hold, 15, reason=_REASONS[hold])
        for number in range(times):
            case.later(60 * 9)
            remind(cases.rows, case.order, _report(case, number), case.at)


def _report(case: Case, number: int) -> NewOrder:
    told = case.order
    customer = Customer(name=told.customer_name, phone=told.customer_phone, address=told.customer_address)
    return NewOrder(external_id=f"{told.external_id}-{number + 1}", customer=customer, fault=told.fault_report)


def in_the_shop(cases: Cases) -> None:
    """A unit is mended in the shop and brought back, and the loaner returned; another one there waits for a part."""
    case = cases.open(8, wanted=Wanted(classes=("tv_lcd",))).judged()
    ends.to_shop(case)
    case.later(60 * 24)
    case.finished()
    case = cases.open(5, wanted=Wanted(classes=("tv_lcd",))).judged()
    ends.to_shop(case)
    case.act("wait_for_parts", 20, reason="屏组件缺货，已申请")


def two_reports_of_one(cases: Cases) -> None:
    """A unit that was reported is brought to the counter: its two orders become one."""
    station = cases.station(0)
    unit = cases.find(station)
    case = cases.again(unit, 3, station, reported_serial=unit.serial).taken_in()
    _at_the_counter(cases, case, station)


def two_counters(cases: Cases) -> None:
    """The same unit stands in the books of two counters: people must say which order goes on."""
    first, second = cases.neighbours()
    unit = cases.find(first, Wanted(classes=second.lines))
    case = cases.again(unit, 2, first)
    _at_the_counter(cases, case, first)
    case.later(60 * 5)
    _at_the_counter(cases, case, second)


def _at_the_counter(cases: Cases, case: Case, place: Place) -> None:
    lead, at = cases.person(place.id, Role.STATION_LEAD), case.later(90)
    cases.player.act(
        "open_order",
        lead,
        at,
        order_id=id_at(at, f"counter/{place.code}/{case.cast.unit.serial}"),
        customer_name="孙建华",
        customer_phone="10021147305",
        fault="用户自行送修，同一故障",
        product_class=case.cast.model.product_class,
        model=case.cast.model.id,
        serial=fold_serial(case.cast.unit.serial),
    )


def visits_in_vain(cases: Cases) -> None:
    """Nobody is at home, and the branch cancels; who bears the visit it says each time."""
    for payer in ("customer", "maker", "station"):
        case = cases.open(9, wanted=Wanted(classes=("refrigerator",))).booked()
        visit = case.order.visit_from
        assert visit is not None
        case.at = visit
        evidence = case.show("photo", "door")
        words: dict[str, Any] = {"reason": "敲门无人应答，拍照留证", "evidence_sha256": evidence}
        case.act("miss_visit", 20, missed_by="customer", **words)
        case.act("cancel_order", 300, by=case.cast.crew.manager, reason="用户不再需要维修", visit_payer=payer)


def repaired_again(cases: Cases) -> None:
    """The fault comes back within thirty days: at the same station, and at another one of the branch."""
    station = cases.station(1)
    _twice(cases, cases.find(station), station, station)
    first, second = cases.neighbours()
    unit = cases.find(first, Wanted(classes=second.lines))
    _twice(cases, unit, first, second)


def _twice(cases: Cases, unit: RegisteredUnit, first: Place, second: Place) -> None:
    done = cases.again(unit, 24, first).judged().finished()
    cases.again(unit, 9, second, **customer_of(done)).judged(**papers_of(done)).finished()


def customer_of(case: Case) -> dict[str, Any]:
    """The customer of an order, for another one of theirs."""
    told = case.order
    return {name: getattr(told, name) for name in ("customer_name", "customer_phone", "customer_address")}


def papers_of(case: Case) -> dict[str, Any]:
    """The papers that were shown for an order's unit, for another order of it."""
    return {name: getattr(case.unit, name) for name in ("invoice_number", "invoice_date", "invoice_fen")}


def reopened(cases: Cases) -> None:
    """A completed order is opened again, and its claim withdrawn; work goes on."""
    case = cases.open(6, wanted=young(cases)).judged().finished()
    case.act("reopen_order", 60 * 20, by=case.cast.crew.lead, reason="用户反映异响未消除")


def by_mail(cases: Cases) -> None:
    """A telephone comes by one carrier and goes back by another; a second one goes back unrepaired."""
    for mended in (True, False):
        case = cases.open(11, wanted=Wanted(classes=("phone",)), service_type=ServiceType.MAIL_IN)
        case.judged()
        case.show("signature")
        way: dict[str, Any] = {"carrier": "JD", "tracking": f"JD{case.cast.planned.rank:013d}"}
        name = case.order.customer_name
        if mended:
            mend_with(case, None)
            case.act("give_back", 20, unit_id=case.unit_id, to_name=name, **way)
            complete(case)
        else:
            case.act("return_unrepaired", 50, reason="no_part", note="主板停产，原机寄回", to_name=name, **way)


def several_units(cases: Cases) -> None:
    """A split air conditioner is installed: two units, each identified, with one card."""

    fits = Wanted(lambda one: is_sold(one) and one.installed is None, classes=("air_conditioner",))
    station = cases.station(0)
    case = cases.open(8, station, fits, job=Job.INSTALLATION, fault_report="新机安装").begun()
    outdoor = cases.find(station, fits)
    cases.rows.know(outdoor)
    added = case.act("add_unit", 4, half="outdoor", pair=1)
    other = derived(added, "unit")
    for unit_id, half in ((case.unit_id, "indoor"), (other, "outdoor")):
        day = local_day(cases.rows, station.id, case.at)
        case.act("record_installation", 9, unit_id=unit_id, installed_on=day, place="客厅", half=half, pair=1)
    case.act(
        "identify_unit", 3, unit_id=other, model=outdoor.model, serial=fold_serial(outdoor.serial), source="serial"
    )
    case.judge()
    sign_nothing(case)
    complete(case)


def sign_nothing(case: Case) -> None:
    """The customer signs that there is nothing to pay."""
    prices = price_list_in_force(case.player.rows, local_day(case.player.rows, case.order.station_id, case.at))
    assert prices is not None
    signed: dict[str, Any] = {
        "signed_by": case.order.customer_name,
        "signature_sha256": signatures.sha256_of(case.cast.planned.rank),
    }
    case.act("sign_quotation", 3, lines=(), total_fen=0, price_list=prices.version, **signed)


#: What inspections find, and what was measured.
_FOUND = (
    (FindingOf.NO_FAULT, Purpose.DOA, "送检称不启动，连续开机八小时未再现故障"),
    (FindingOf.MISUSE, Purpose.REFUND, "机内有进液痕迹，主板腐蚀，非产品质量问题"),
)


def inspections(cases: Cases) -> None:
    """Orders for an inspection alone: one finds nothing, one finds misuse."""
    for finding, purpose, fault in _FOUND:
        case = cases.open(7, job=Job.INSPECTION, fault_report="申请鉴定").judged()
        certify(case, purpose, finding, fault)
        ends.give_back(case)
        complete(case)


def certify(case: Case, purpose: Purpose, finding: FindingOf, fault: str) -> None:
    """Write a certificate with what was measured."""
    station = case.cast.crew.station
    written = len(case.player.rows.find(Certificate, station_id=station.id))
    case.act(
        "issue_certificate",
        45,
        unit_id=case.unit_id,
        number=certificate_number(station.code, case.cast.crew.technician.place_id, written),
        purpose=purpose,
        finding=finding,
        fault=fault,
        measured=(Measured(name="通电试机", value="八小时"), Measured(name="电源电压", value="219 V")),
        photos=(case.show("photo"),),
        signed_by=case.cast.crew.technician.name,
        signature_sha256=signatures.sha256_of(case.cast.planned.rank),
    )


def exchange_order(cases: Cases) -> None:
    """An order that was an exchange from the start: found faulty, granted, a new unit handed over."""
    case = cases.open(10, job=Job.EXCHANGE, fault_report="多次维修未好，用户要求换机").judged()
    ends.exchange(case)


def late_entered(cases: Cases) -> None:
    """What happened at the customer's is entered in the evening."""
    case = cases.open(4).booked()
    visit = case.order.visit_from
    assert visit is not None
    case.at = visit + timedelta(hours=8)
    case.act("note_contact", 1, reached=True, note="上门前已电话确认")
    case.act("start_work", 2, began_at=visit)


CASES = (
    nobody_answers,
    given_back,
    given_to_another,
    straight_from_hq,
    reminded,
    in_the_shop,
    two_reports_of_one,
    two_counters,
    visits_in_vain,
    repaired_again,
    reopened,
    by_mail,
    several_units,
    inspections,
    exchange_order,
    late_entered,
)
