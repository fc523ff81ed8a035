"""The golden warranty cases as rows of an order, so that either end can judge them."""

import csv
import json
from datetime import UTC, date, datetime
from pathlib import Path
from typing import NamedTuple

import msgspec

import resources
from core.rows import Row
from core.rows.orders import OrderUnit, WorkOrder
from core.rows.reference import DocumentKind, Model, ReferenceDocument
from core.rows.units import PastRepair, UnitRecord
from core.warranty import Contract, RegisteredUnit, UnitStatus
from core.work_order import State
from tests.integration import station_kit as kit

FOLDER = Path(__file__).parent / "data" / "warranty_golden"
_AT = datetime(2030, 1, 1, tzinfo=UTC)


class Golden(NamedTuple):
    """One case: what is told of it, and what is expected."""

    case: str
    told: dict[str, str]

    @property
    def day(self) -> date:
        return date.fromisoformat(self.told["day"])

    @property
    def serial(self) -> str:
        return f"GOLD{self.case}"

    def get(self, name: str) -> str:
        """A cell; "" for a column that the table does not have."""
        return self.told.get(name) or ""

    def date(self, name: str) -> date | None:
        """A cell with a day."""
        text = self.get(name)
        return date.fromisoformat(text) if text not in ("", "-") else None


def cases() -> list[Golden]:
    """Every case of every table."""
    found = []
    for table in sorted(FOLDER.glob("*.csv")):
        with table.open(encoding="utf-8", newline="") as file:
            found += [Golden(line["case"], line) for line in csv.DictReader(file)]
    return found


def units(golden: Golden) -> list[RegisteredUnit]:
    """The registry's entries of a case."""
    dates = {name: golden.date(name) for name in ("made", "shipped", "sold", "registered", "installed")}
    exchanged = {"exchanged_on": golden.date("exchanged_on"), "exchange_of": ""}
    found = []
    if golden.get("exchange_of"):
        old = f"{golden.serial}OLD"
        exchanged["exchange_of"] = old
        found.append(
            RegisteredUnit(
                model=_model(golden),
                serial=old,
                status=UnitStatus.EXCHANGED_OUT,
                made=date(2024, 1, 10),
                shipped=date(2024, 2, 1),
                sold=date(2024, 3, 2),
                exchanged_on=golden.date("exchanged_on"),
            )
        )
    status = UnitStatus(golden.get("status"))
    found.append(RegisteredUnit(model=_model(golden), serial=golden.serial, status=status, **dates, **exchanged))  # type: ignore[arg-type]
    return found


def _model(golden: Golden) -> str:
    return f"{golden.get('class')}-{golden.get('brand') or 'plain'}"


def order(golden: Golden) -> WorkOrder:
    """The order in which it is judged."""
    at = datetime.combine(golden.day, datetime.min.time(), UTC)
    return kit.order(
        kit.named(f"order {golden.case}"),
        state=State.ACCEPTED,
        number=golden.case,
        product_class=golden.get("class"),
        reported_at=at,
    )


def unit(golden: Golden) -> OrderUnit:
    """The order's unit with what was found and shown."""
    return kit.unit(
        kit.named(f"order {golden.case}"),
        kit.named(f"unit {golden.case}"),
        model=_model(golden),
        serial=golden.serial,
        invoice_date=golden.date("invoice"),
        invoice_fen=int(golden.get("price_fen")) if golden.get("price_fen") else None,
        warranty_card_date=golden.date("card"),
        installation_date=golden.date("installation_card"),
        document_problem=golden.get("problem") or None,
        held_by="dealer" if golden.get("dealer_stock") else None,
        exclusions=(golden.get("found"),) if golden.get("found") else None,
        symptom=golden.get("fault") or None,
    )


def record(golden: Golden) -> UnitRecord:
    """What HQ told of the unit: its repairs and contracts."""
    return UnitRecord(
        id=kit.named(f"record {golden.case}"),
        version=1,
        branch_id=kit.BRANCH,
        station_id=kit.STATION,
        serial=golden.serial,
        repairs=tuple(_repairs(golden)),
        contracts=tuple(_contracts(golden)),
        as_of=_AT,
    )


def _stretch(text: str) -> tuple[date, date]:
    begin, end = text.split("..")
    return date.fromisoformat(begin), date.fromisoformat(end)


def _repairs(golden: Golden) -> list[PastRepair]:
    waits = tuple(_stretch(text) for text in golden.get("waits").split(";") if text)
    found = []
    for number, text in enumerate(filter(None, golden.get("repairs").split(";"))):
        told, _, part = text.partition("+")
        days, *more = told.split("/")
        begin, end = _stretch(days)
        found.append(
            PastRepair(
                order_id=kit.named(f"earlier {golden.case} {number}"),
                number=f"{golden.case}-{number}",
                station="X1",
                job="repair",
                state="settled",
                from_day=begin,
                to_day=end,
                waits=waits if number == 0 else (),
                fault=next((one for one in more if one != "paid"), ""),
                paid="paid" in more,
                parts=(part,) if part else (),
            )
        )
    return found


def _contracts(golden: Golden) -> list[Contract]:
    text, _, part = golden.get("contract").partition(":")
    if not text:
        return []
    begin, end = _stretch(text)
    parts = (part,) if part else ()
    return [Contract(id=f"C-{golden.case}", name="延保", from_day=begin, to_day=end, parts=parts)]


def reference() -> list[Row]:
    """The policies, the campaigns, the calendar and a model for each class and brand."""
    found: list[Row] = []
    for source in ("law", "promises"):
        found += map(_policy, json.loads(resources.read_text("policies", f"{source}.json")))
    found += map(_policy, json.loads((FOLDER / "policies.json").read_text(encoding="utf-8")))
    for body in json.loads((FOLDER / "campaigns.json").read_text(encoding="utf-8")):
        found.append(_document(DocumentKind.CAMPAIGN, body["id"], body))
    found.append(_document(DocumentKind.HOLIDAYS, "cn", json.loads(resources.read_text("holidays", "cn.json"))))
    wanted = sorted({(golden.get("class"), golden.get("brand")) for golden in cases()})
    return [*found, *(_product(product_class, brand) for product_class, brand in wanted)]


def _policy(body: dict[str, object]) -> ReferenceDocument:
    return _document(DocumentKind.POLICY, str(body["id"]), body)


def _document(kind: DocumentKind, name: str, body: object) -> ReferenceDocument:
    return ReferenceDocument(
        id=kit.named(f"document {name}"),
        version=1,
        kind=kind,
        name=name,
        revision="1",
        in_force_from=date(1990, 1, 1),
        body=msgspec.Raw(msgspec.json.encode(body)),
    )


def _product(product_class: str, brand: str) -> Model:
    return Model(
        id=f"{product_class}-{brand or 'plain'}",
        version=1,
        brand=brand,
        product_class=product_class,
        name_zh="机器",
        name_en="unit",
        gtin="1",
        serial_prefix="",
        price_fen=100_000,
    )
