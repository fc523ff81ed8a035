"""The other ends of an order and what surrounds them: units in the shop, loaners, certificates, visits in vain."""

from collections.abc import Callable
from typing import Any

from core.ends import MAKER, UNREPAIRED, verdict_of
from core.identifiers import certificate_number, make_serial
from core.reference import serial_patterns
from core.rows.jobs import Certificate, Custody, CustodyKind, FindingOf, Loaner, Measured, OrderEnd, Purpose
from core.rows.orders import ApprovalKind, Job, OrderUnit, ServiceType
from core.warranty import RemedyKind
from core.work_order import State
from hq.claims.service import on_ended, on_exchanged, on_reopened
from hq.sample import signatures
from hq.sample.dice import Dice
from hq.sample.mending import ask, complete, grant, with_preview
from hq.sample.way import Way

#: A customer who asks for the price back has bought the unit so many days before they call.
REFUND_DAYS = 4
_CARRIERS = ("SF", "JD", "EMS")
_ACCESSORIES = ("遥控器、电源线", "充电器、数据线", "电源适配器", "无附件")
_CONDITIONS = ("外观完好", "左下角有划痕", "底座螺丝缺一颗", "屏幕边框轻微磕碰")
_MEASURED: dict[str, tuple[Measured, ...]] = {
    "tv_lcd": (Measured(name="背光供电", value="0.3 V（应为 36 V）"), Measured(name="主板 12 V", value="12.1 V")),
    "refrigerator": (Measured(name="冷藏室温度", value="14 ℃（4 小时后）"), Measured(name="压缩机电流", value="0.1 A")),
    "air_conditioner": (Measured(name="出风温差", value="2 ℃"), Measured(name="低压侧压力", value="0.2 MPa")),
}
_ELSE_MEASURED = (Measured(name="通电试机", value="三次均不启动"), Measured(name="电源电压", value="221 V"))
#: Models that stations lend, by product class.
_LENT = {"phone": "备用机", "computer": "备用机", "tv_lcd": "代用电视"}


def _own(way: Way) -> Dice:
    """Dice of its own, so that a new exception here leaves the rest of the sample as it is."""
    return Dice("ends", way.cast.planned.rank)


def call(way: Way) -> None:
    """Ring the customer before the visit is booked; some are reached at the second try only."""
    dice = _own(way)
    if dice.chance(15):
        way.act("note_contact", 3, reached=False, note="无人接听")
        way.act("note_contact", 40, reached=True)
    elif dice.chance(40):
        way.act("note_contact", 4, reached=True, note="已核对地址和故障")


def miss(way: Way) -> bool:
    """Now and then a booked visit does not take place: mostly nobody is at home; tells whether it was so."""
    dice = Dice("missed", way.cast.planned.rank)
    order = way.player.order(way.order_id)
    if order.visit_from is None or order.service_type is not ServiceType.ON_SITE or not dice.chance(5):
        return False
    way.at = order.visit_from
    customer = dice.chance(75)
    words = "敲门无人应答，电话未接" if customer else "前一单延误，未能按时上门"
    way.act("miss_visit", 20, missed_by="customer" if customer else "technician", reason=words)
    return True


def take_in(way: Way) -> None:
    """A unit that is carried or mailed in is received with a receipt before anybody opens it."""
    order = way.player.order(way.order_id)
    if order.service_type is ServiceType.ON_SITE:
        return
    dice, mailed = _own(way), order.service_type is ServiceType.MAIL_IN
    way.act(
        "receive_unit",
        2,
        unit_id=way.unit_id,
        kind=CustodyKind.MAILED_IN if mailed else CustodyKind.CARRIED_IN,
        carrier=dice.pick(_CARRIERS) if mailed else None,
        tracking=f"SF{way.cast.planned.rank:012d}" if mailed else None,
        **_receipt(way, dice),
    )


def give_back(way: Way) -> None:
    """What is in the station's hands goes back to its owner, what was lent comes back first."""
    for loaner in way.player.rows.find(Loaner, order_id=way.order_id, back_at=None):
        way.act("take_back_loaner", 6, loaner_id=loaner.id, condition="完好，已恢复出厂设置")
    for one in way.player.rows.find(Custody, order_id=way.order_id, returned_at=None):
        way.act("give_back", 3, unit_id=one.unit_id, to_name=one.from_name)


def to_shop(way: Way) -> None:
    """A unit that cannot be mended at home is taken along; some customers get a loaner meanwhile."""
    way.act("take_to_shop", 35, unit_id=way.unit_id, **_receipt(way, _own(way)))
    lend(way)


def lend(way: Way) -> None:
    """Lend what the station has of that kind."""
    name = _LENT.get(way.cast.model.product_class)
    if name is not None:
        serial = f"LN{way.cast.crew.station.code}{way.cast.planned.rank:04d}"
        way.act("lend_loaner", 5, model=way.cast.model.id, serial=serial, condition=f"{name}，外观完好")


def _receipt(way: Way, dice: Dice) -> dict[str, Any]:
    return {
        "accessories": dice.pick(_ACCESSORIES),
        "condition": dice.pick(_CONDITIONS),
        "from_name": way.player.order(way.order_id).customer_name,
        "signature_sha256": signatures.sha256_of(way.cast.planned.rank),
    }


def install(way: Way) -> None:
    """An installation at work: the indoor half has its card, the outdoor half is still to be identified."""
    if way.player.order(way.order_id).job is not Job.INSTALLATION:
        return
    way.act("add_unit", 4, half="outdoor", pair=1)
    way.act(
        "record_installation",
        25,
        unit_id=way.unit_id,
        installed_on=way.at.date(),
        place="主卧",
        half="indoor",
        pair=1,
    )


def reopen(way: Way) -> None:
    """Now and then the fault comes back within days: the lead opens the order again, and it is completed anew."""
    order = way.player.order(way.order_id)
    if order.state is not State.COMPLETED or not Dice("reopened", way.cast.planned.rank).chance(30):
        return
    done = way.act("reopen_order", 60 * 26, by=way.cast.crew.lead, reason="用户反映故障再次出现，重新检查")
    on_reopened(way.player.rows, done)
    complete(way)


def return_unrepaired(way: Way) -> None:
    """The unit goes back as it came, by each reason in turn."""
    order, reasons = way.player.order(way.order_id), sorted(UNREPAIRED)
    reason = reasons[_ended(way, State.RETURNED_UNREPAIRED) % len(reasons)]
    pays = 0 if UNREPAIRED[reason] == MAKER else 5_000
    give_back(way)
    done = way.act("return_unrepaired", 25, reason=reason, to_name=order.customer_name, customer_fen=pays)
    on_ended(way.player.rows, with_preview(way, done))


def _ended(way: Way, end: State) -> int:
    """How many orders of the sample have come to that end so far."""
    return len(way.player.rows.find(OrderEnd, end=end))


def certify(way: Way, purpose: Purpose) -> None:
    """Inspect and write the certificate, numbered by the place as a device numbers it."""
    station, rows = way.cast.crew.station, way.player.rows
    device = way.cast.crew.technician.place_id
    written = len(rows.find(Certificate, station_id=station.id))
    way.act(
        "issue_certificate",
        40,
        unit_id=way.unit_id,
        number=certificate_number(station.code, device, written),
        purpose=purpose,
        finding=FindingOf.FAULTY,
        fault=way.player.order(way.order_id).fault_report,
        measured=_MEASURED.get(way.cast.model.product_class, _ELSE_MEASURED),
        signed_by=way.cast.crew.technician.name,
        signature_sha256=signatures.sha256_of(way.cast.planned.rank),
    )


def exchange(way: Way) -> None:
    """The branch grants the exchange of a unit that an inspection found faulty; the customer has the new one."""
    purposes = (Purpose.EXCHANGE, Purpose.DOA, Purpose.DEALER_STOCK)
    certify(way, purposes[_ended(way, State.EXCHANGED) % len(purposes)])
    ask(way, ApprovalKind.UNIT_EXCHANGE, "exchange.unit", "多次检修仍不能排除故障，申请换机")
    grant(way, ApprovalKind.UNIT_EXCHANGE)
    give_back(way)
    done = way.act(
        "exchange_unit",
        60,
        unit_id=way.unit_id,
        new_model=way.cast.model.id,
        new_serial=new_serial(way),
        rule=_right(way, RemedyKind.EXCHANGE),
    )
    on_exchanged(way.player.rows, with_preview(way, done))


def new_serial(way: Way) -> str:
    """A serial number of the model, made on the day of the exchange."""
    model, rows = way.cast.model, way.player.rows
    pattern = next(one for one in serial_patterns(rows) if one.product_class == model.product_class)
    made = way.at.date()
    return make_serial(pattern, model.serial_prefix, made, (9_000 + way.cast.planned.rank) % 10**pattern.number_digits)


def refund(way: Way) -> None:
    """A unit that failed within days of its sale: the customer wants the price back, and HQ is to pay it."""
    certify(way, Purpose.REFUND)
    give_back(way)
    rows, unit = way.player.rows, way.player.rows.get(OrderUnit, way.unit_id)
    assert unit is not None
    done = way.act(
        "propose_refund",
        30,
        unit_id=way.unit_id,
        rule=_right(way, RemedyKind.REFUND) or _right(way, RemedyKind.EXCHANGE),
        price_fen=unit.invoice_fen or way.cast.model.price_fen,
        day=way.at.date(),
        note="用户要求退货，同型号无现货",
    )
    on_ended(rows, with_preview(way, done))


def _right(way: Way, kind: RemedyKind) -> str:
    """The rule of the verdict's right of that kind; empty when it gives none."""
    unit = way.player.rows.get(OrderUnit, way.unit_id)
    verdict = verdict_of(unit, way.player.rows) if unit else None
    return next((one.rule for one in (verdict.remedies if verdict else ()) if one.kind is kind), "")


#: How an order comes to each state that is reached before its unit is mended.
BEFORE_MENDING: dict[State, Callable[[Way], object]] = {
    State.IN_PROGRESS: install,
    State.IN_SHOP: to_shop,
    State.WAITING_PARTS: lambda way: way.act("wait_for_parts", 20, reason="主板缺货，已申请配件"),
    State.WAITING_CUSTOMER: lambda way: way.act("wait_for_customer", 15, reason="用户考虑是否维修"),
    State.WAITING_APPROVAL: ask,
    State.WAITING_INSPECTION: lambda way: way.act("wait_for_inspection", 30, reason="送检中心鉴定"),
    State.RETURNED_UNREPAIRED: return_unrepaired,
    State.EXCHANGED: exchange,
    State.REFUND_PROPOSED: refund,
}
