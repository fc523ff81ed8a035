"""Importing versioned documents: policies, tariffs, price lists, codes and patterns; a version is never rewritten."""

from collections.abc import Callable
from datetime import date, datetime
from typing import Any, TypeVar

import msgspec

from core.approval_rules import ApprovalRule
from core.claims import PriceList, Tariff
from core.dispatch import Criteria
from core.fault_codes import FaultCatalogue
from core.identifiers import parse_patterns
from core.ids import new_id
from core.measurements import MeasurementList
from core.parts.policy import PartsPolicy
from core.refusals import Refusal
from core.rows.reference import DocumentKind, ReferenceDocument
from core.sla import Limits
from core.warranty import Campaign, Policy
from hq.feed import Work
from hq.imports.reading import Reading

T = TypeVar("T")
_Named = Callable[[Any], tuple[str, str, date]]
Writer = Callable[[], None]


def tariff(reading: Reading, doing: Work, now: datetime) -> Writer:
    """Settlement tariffs."""
    return _import(
        reading, doing, DocumentKind.TARIFF, Tariff, lambda body: ("tariff", body.version, body.in_force_from)
    )


def price_list(reading: Reading, doing: Work, now: datetime) -> Writer:
    """Customer price lists."""
    return _import(
        reading,
        doing,
        DocumentKind.PRICE_LIST,
        PriceList,
        lambda body: ("price_list", body.version, body.in_force_from),
    )


def sla(reading: Reading, doing: Work, now: datetime) -> Writer:
    """Tables of time limits."""
    return _import(reading, doing, DocumentKind.SLA, Limits, lambda body: ("sla", body.version, body.in_force_from))


def dispatch(reading: Reading, doing: Work, now: datetime) -> Writer:
    """Tables by which candidates are ranked."""
    return _import(
        reading, doing, DocumentKind.DISPATCH, Criteria, lambda body: ("dispatch", body.version, body.in_force_from)
    )


def parts_policy(reading: Reading, doing: Work, now: datetime) -> Writer:
    """The rules for parts: what may be bought near by, and how stations are supplied."""
    return _import(
        reading, doing, DocumentKind.PARTS, PartsPolicy, lambda body: ("parts", body.version, body.in_force_from)
    )


def policy(reading: Reading, doing: Work, now: datetime) -> Writer:
    """Warranty policies."""
    return _import(
        reading, doing, DocumentKind.POLICY, Policy, lambda body: (body.id, str(body.version), body.in_force_from)
    )


def approval_rules(reading: Reading, doing: Work, now: datetime) -> Writer:
    """One file with all rules of who decides what, in the place of those there are."""
    rules = [msgspec.to_builtins(rule) for _, rule in reading.each(ApprovalRule)]
    earlier = doing.reference().find(ReferenceDocument, kind=DocumentKind.APPROVAL_RULES)
    revision = str(max((int(one.revision) for one in earlier), default=0) + 1)
    row = _document(DocumentKind.APPROVAL_RULES, "approval_rules", revision, now.date(), rules)
    return lambda: _replace(doing, list(earlier), row)


def campaign(reading: Reading, doing: Work, now: datetime) -> Writer:
    """Recalls and goodwill campaigns."""
    return _import(
        reading, doing, DocumentKind.CAMPAIGN, Campaign, lambda body: (body.id, str(body.version), body.from_day)
    )


def fault_codes(reading: Reading, doing: Work, now: datetime) -> Writer:
    """Catalogues of fault codes; in force from now on."""
    return _import(
        reading, doing, DocumentKind.FAULT_CODES, FaultCatalogue, lambda body: (body.system, body.version, now.date())
    )


def measurements(reading: Reading, doing: Work, now: datetime) -> Writer:
    """What is measured on units of a product class before and after a repair."""
    return _import(
        reading,
        doing,
        DocumentKind.MEASUREMENTS,
        MeasurementList,
        lambda body: (body.product_class, body.version, body.in_force_from),
    )


def serial_patterns(reading: Reading, doing: Work, now: datetime) -> Writer:
    """One file of serial patterns, proved as a whole; it becomes one document named by its first brand."""
    bodies = [row for _, row in reading.rows]
    try:
        patterns = parse_patterns(msgspec.json.encode(bodies))
    except Refusal as refusal:
        for number, _ in reading.rows[:1]:
            reading.wrong(number, refusal.sentence())
        return _nothing
    rows = doing.reference()
    name = patterns[0].brand.lower() if patterns else "patterns"
    earlier = rows.find(ReferenceDocument, kind=DocumentKind.SERIAL_PATTERNS, name=name)
    revisions = [int(document.revision) for document in earlier if document.revision.isdigit()]
    row = _document(DocumentKind.SERIAL_PATTERNS, name, str(max(revisions, default=0) + 1), now.date(), bodies)
    return lambda: _replace(doing, list(earlier), row)


def _replace(doing: Work, earlier: list[ReferenceDocument], row: ReferenceDocument) -> None:
    """The new list takes the place of the earlier ones of its name, which end the day it begins."""
    rows = doing.reference()
    for document in earlier:
        rows.put(msgspec.structs.replace(document, in_force_until=row.in_force_from))
    rows.put(row)


def _nothing() -> None:
    """Write nothing."""


def _import(reading: Reading, doing: Work, kind: DocumentKind, form: type[Any], named: _Named) -> Writer:
    """Prove each body and that its version is new, or the same as the one that is there."""
    rows = doing.reference()
    known = {(document.name, document.revision): document for document in rows.find(ReferenceDocument, kind=kind)}
    new: list[ReferenceDocument] = []
    raw = dict(reading.rows)
    for number, body in reading.each(form):
        name, revision, day = named(body)
        there = known.get((name, revision))
        if there is not None and _differs(there, form, body):
            reading.wrong(number, f"version {revision} of {name} exists with another content")
        elif there is None:
            document = _document(kind, name, revision, day, raw[number])
            known[name, revision] = document
            new.append(document)

    def write() -> None:
        for document in new:
            rows.put(document)

    return write


def _differs(document: ReferenceDocument, form: type[Any], body: Any) -> bool:
    return bool(msgspec.json.decode(document.body, type=form, strict=False) != body)


def _document(kind: DocumentKind, name: str, revision: str, day: date, body: Any) -> ReferenceDocument:
    return ReferenceDocument(
        id=new_id(),
        kind=kind,
        name=name,
        revision=revision,
        in_force_from=day,
        body=msgspec.Raw(msgspec.json.encode(body)),
    )
