"""Reading the versioned reference documents (policies, tariffs, price lists, codes, patterns, calendars) from rows."""

import functools
from collections.abc import Hashable
from datetime import date
from typing import Any, TypeVar, cast

import msgspec

from core.approval_rules import ApprovalRule
from core.claims import PriceList, Tariff
from core.dispatch import DEFAULT_CRITERIA, Criteria
from core.fault_codes import FaultCatalogue
from core.identifiers import SerialPattern
from core.measurements import MeasurementList
from core.parts.policy import PartsPolicy
from core.rows.access import Rows
from core.rows.reference import DocumentKind, ReferenceDocument
from core.sla import DEFAULT_LIMITS, Limits
from core.warranty import NO_HOLIDAYS, Campaign, Holidays, Policy

T = TypeVar("T")


@functools.lru_cache(maxsize=512)
def _decoded(body: bytes, kind: Hashable) -> Any:
    """A document's body, decoded once."""
    return msgspec.json.decode(body, type=kind, strict=False)


def _documents(rows: Rows, kind: DocumentKind, form: type[T]) -> list[tuple[ReferenceDocument, T]]:
    found = rows.find(ReferenceDocument, kind=kind)
    return [(document, _decoded(bytes(document.body), cast(Hashable, form))) for document in found]


def _in_force(rows: Rows, kind: DocumentKind, form: type[T], day: date) -> T | None:
    fitting = [
        (document.in_force_from, document.revision, body)
        for document, body in _documents(rows, kind, form)
        if document.in_force_from <= day and (document.in_force_until is None or day <= document.in_force_until)
    ]
    return max(fitting, key=lambda item: item[:2])[2] if fitting else None


def policies(rows: Rows, product_class: str) -> list[Policy]:
    """Every version of every policy made for the product class."""
    found = (body for _, body in _documents(rows, DocumentKind.POLICY, Policy))
    return [policy for policy in found if policy.product_class == product_class]


def campaigns(rows: Rows, product_class: str) -> list[Campaign]:
    """Every version of every recall and goodwill campaign for the product class."""
    found = (body for _, body in _documents(rows, DocumentKind.CAMPAIGN, Campaign))
    return [campaign for campaign in found if campaign.product_class == product_class]


def tariffs(rows: Rows) -> list[Tariff]:
    """Every version of the settlement tariff."""
    return [body for _, body in _documents(rows, DocumentKind.TARIFF, Tariff)]


def tariff_in_force(rows: Rows, day: date) -> Tariff | None:
    """The settlement tariff of ``day``, the newest revision of those in force."""
    return _in_force(rows, DocumentKind.TARIFF, Tariff, day)


def price_list_in_force(rows: Rows, day: date) -> PriceList | None:
    """The customer price list of ``day``."""
    return _in_force(rows, DocumentKind.PRICE_LIST, PriceList, day)


def limits_in_force(rows: Rows, day: date) -> Limits:
    """The table of time limits of ``day``; the built-in one where HQ has none."""
    return _in_force(rows, DocumentKind.SLA, Limits, day) or DEFAULT_LIMITS


def criteria_in_force(rows: Rows, day: date) -> Criteria:
    """The table by which candidates are ranked on ``day``; the built-in one where HQ has none."""
    return _in_force(rows, DocumentKind.DISPATCH, Criteria, day) or DEFAULT_CRITERIA


def parts_policy_in_force(rows: Rows, day: date) -> PartsPolicy | None:
    """The maker's rules for parts of ``day``."""
    return _in_force(rows, DocumentKind.PARTS, PartsPolicy, day)


def measurements_in_force(rows: Rows, product_class: str, day: date) -> MeasurementList | None:
    """What is to be measured on units of the product class on ``day``; None where nothing is asked."""
    found = [
        (document.in_force_from, document.revision, body)
        for document, body in _documents(rows, DocumentKind.MEASUREMENTS, MeasurementList)
        if body.product_class == product_class and document.in_force_from <= day
    ]
    return max(found, key=lambda item: item[:2])[2] if found else None


def fault_catalogue(rows: Rows, system: str = "FX") -> FaultCatalogue | None:
    """The newest revision of a code system's catalogue."""
    found = [
        (document.in_force_from, document.revision, body)
        for document, body in _documents(rows, DocumentKind.FAULT_CODES, FaultCatalogue)
        if body.system == system
    ]
    return max(found, key=lambda item: item[:2])[2] if found else None


def serial_patterns(rows: Rows) -> list[SerialPattern]:
    """Every serial pattern of every maker."""
    form = list[SerialPattern]
    return [pattern for _, body in _documents(rows, DocumentKind.SERIAL_PATTERNS, form) for pattern in body]


def holidays(rows: Rows) -> Holidays:
    """The newest calendar of public holidays and working weekends; an empty one when there is none."""
    found = [
        (document.in_force_from, document.revision, body)
        for document, body in _documents(rows, DocumentKind.HOLIDAYS, Holidays)
    ]
    return max(found, key=lambda item: item[:2])[2] if found else NO_HOLIDAYS


def approval_rules(rows: Rows) -> tuple[ApprovalRule, ...]:
    """The rules of who decides what that nothing has replaced; none when headquarters has given none."""
    found = _documents(rows, DocumentKind.APPROVAL_RULES, tuple[ApprovalRule, ...])
    return next((rules for document, rules in found if document.in_force_until is None), ())
