"""The unit of the demonstration: a flat television whose whole-unit warranty ended eleven days ago."""

from datetime import date, timedelta
from typing import NamedTuple

from core.identifiers import Invoice, SerialPattern, format_invoice, make_serial
from core.rows.people import Place
from core.rows.reference import Model, ModelPart, Part
from core.warranty import Holidays, RegisteredUnit, UnitStatus, add_months
from hq.sample.names import CITIES

MODEL, PART_CLASS, DAYS_OVER = "LED55K35U", "main_board", 11


class Story(NamedTuple):
    """Facts of the demonstration's unit, its invoice, its customer and the part it needs. Money in fen."""

    serial: str
    model: str
    gtin: str
    product_class: str
    made: date
    invoice_number: str
    invoice_date: date
    invoice_fen: int
    invoice_qr: str
    days_over: int
    part_id: str
    customer_name: str
    customer_phone: str
    customer_address: str
    fault: str
    branch_id: str
    branch_code: str
    station_id: str
    station_code: str


def story(
    as_of: date,
    model: Model,
    fitting: list[ModelPart],
    parts: list[Part],
    pattern: SerialPattern,
    holidays: Holidays,
    station: Place,
) -> tuple[Story, RegisteredUnit]:
    """The facts and the unit. When the wanted last day is a holiday the nearest later number of days over is taken."""
    bought, over = _bought(as_of, holidays)
    made = bought - timedelta(days=64)
    serial = make_serial(pattern, model.serial_prefix, made, 4711)
    number, classes = "24117000000612345678", {part.id: part.part_class for part in parts}
    part_id = next(f.part_id for f in fitting if f.model_id == model.id and classes[f.part_id] == PART_CLASS)
    unit = RegisteredUnit(
        model=model.id, serial=serial, status=UnitStatus.SOLD, made=made, shipped=made + timedelta(days=9),
        dealer="苏宁易购", region=CITIES[0].region, sold=bought,
    )  # fmt: skip
    facts = Story(
        serial=serial,
        model=model.id,
        gtin=model.gtin,
        product_class=model.product_class,
        made=made,
        invoice_number=number,
        invoice_date=bought,
        invoice_fen=model.price_fen,
        invoice_qr=_qr(number, bought, model.price_fen),
        days_over=over,
        part_id=part_id,
        customer_name="陈静",
        customer_phone="10013800138",
        customer_address="深圳市南山区海德一道88号6栋1203室",
        fault="不开机，指示灯不亮",
        branch_id=station.branch_id,
        branch_code=CITIES[0].code,
        station_id=station.id,
        station_code=station.code,
    )
    return facts, unit


def _bought(as_of: date, holidays: Holidays) -> tuple[date, int]:
    """The day of purchase whose twelve months ended so many days before ``as_of``, and that number of days."""
    for over in range(DAYS_OVER, DAYS_OVER + 30):
        wanted = as_of - timedelta(days=over)
        for back in range(12):
            bought = add_months(wanted, -12) - timedelta(days=back)
            if holidays.roll(add_months(bought, 12)) == wanted:
                return bought, over
    raise ValueError(f"no day of purchase for {as_of}")


def _qr(number: str, day: date, fen: int) -> str:
    return format_invoice(Invoice("10", "", number, fen, day))
