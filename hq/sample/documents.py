"""The shipped policies, tariffs, price lists, codes, patterns and holidays as reference rows."""

import json
from collections.abc import Iterator
from datetime import date, datetime, timedelta
from typing import Any

import msgspec

import resources
from core.rows.reference import DocumentKind, ProductClass, ReferenceDocument
from hq.sample.dice import id_at

#: The classes of the sample's products, in the order of `domain.md`; the shipped policies know more.
CLASSES = ("tv_lcd", "refrigerator", "washing_machine", "air_conditioner", "phone", "computer")


def product_classes() -> list[ProductClass]:
    """The product classes, with their names in both languages."""
    known = {entry["id"]: entry for entry in _read("codes", "product_classes.json")}
    return [ProductClass(id=name, name_zh=known[name]["zh"], name_en=known[name]["en"]) for name in CLASSES]


def part_class_names() -> dict[str, tuple[str, str]]:
    """The Chinese and the English name of every part class."""
    return {entry["id"]: (entry["zh"], entry["en"]) for entry in _read("codes", "part_classes.json")}


def documents(made_at: datetime, as_of: date) -> list[ReferenceDocument]:
    """Every shipped document as one row; the oldest of each kind is in force a year before ``as_of`` at the latest."""
    begin = as_of - timedelta(days=365)
    return [
        *(
            _document(made_at, kind, name, revision, body, min(day, begin))
            for kind, name, revision, body, day in _old()
        ),
        *(_document(made_at, *new) for new in _later()),
    ]


def _old() -> Iterator[tuple[DocumentKind, str, str, Any, date]]:
    for file in ("law.json", "promises.json"):
        for policy in _read("policies", file):
            day = date.fromisoformat(policy["in_force_from"])
            yield DocumentKind.POLICY, policy["id"], str(policy["version"]), policy, day
    for campaign in _read("policies", "campaigns.json"):
        day = date.fromisoformat(campaign["from_day"])
        yield DocumentKind.CAMPAIGN, campaign["id"], str(campaign["version"]), campaign, day
    codes, calendar = _read("codes", "fx.json"), _read("holidays", "cn.json")
    beginning = date(2010, 1, 1)
    yield DocumentKind.FAULT_CODES, codes["system"], codes["version"], codes, beginning
    for one in _read("codes", "measurements.json"):
        day = date.fromisoformat(one["in_force_from"])
        yield DocumentKind.MEASUREMENTS, one["product_class"], one["version"], one, day
    yield DocumentKind.HOLIDAYS, "cn", str(max(calendar["years"])), calendar, beginning
    for file in sorted(path.name for path in resources.path("patterns").glob("*.json")):
        brand = file.removesuffix(".json")
        yield DocumentKind.SERIAL_PATTERNS, brand, "1", _read("patterns", file), beginning
    yield DocumentKind.APPROVAL_RULES, "approval_rules", "1", _read("approvals", "rules.json"), beginning
    parts = _read("parts", "policy.json")
    yield DocumentKind.PARTS, "parts", parts["version"], parts, date.fromisoformat(parts["in_force_from"])
    yield _priced(DocumentKind.TARIFF, _names("tariff-")[0])
    yield _priced(DocumentKind.PRICE_LIST, _names("prices-")[0])
    for kind, folder, file in (
        (DocumentKind.SLA, "sla", "limits-2026-01"),
        (DocumentKind.DISPATCH, "dispatch", "criteria-2026-01"),
    ):
        table = _read(folder, f"{file}.json")
        yield kind, kind.value, table["version"], table, date.fromisoformat(table["in_force_from"])


def _later() -> Iterator[tuple[DocumentKind, str, str, Any, date]]:
    for name in _names("tariff-")[1:]:
        yield _priced(DocumentKind.TARIFF, name)
    for name in _names("prices-")[1:]:
        yield _priced(DocumentKind.PRICE_LIST, name)


def _priced(kind: DocumentKind, file: str) -> tuple[DocumentKind, str, str, Any, date]:
    body = _read("tariffs", file)
    return kind, kind.value, body["version"], body, date.fromisoformat(body["in_force_from"])


def _names(begin: str) -> list[str]:
    return sorted(path.name for path in resources.path("tariffs").glob(f"{begin}*.json"))


def _read(*parts: str) -> Any:
    return json.loads(resources.read_text(*parts))


def _document(
    made_at: datetime, kind: DocumentKind, name: str, revision: str, body: Any, day: date
) -> ReferenceDocument:
    return ReferenceDocument(
        id=id_at(made_at, f"document/{kind}/{name}/{revision}"),
        kind=kind,
        name=name,
        revision=revision,
        in_force_from=day,
        body=msgspec.Raw(msgspec.json.encode(body)),
    )
