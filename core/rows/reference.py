"""Reference rows: products, parts and the versioned documents (policies, tariffs, codes, serial patterns)."""

from datetime import date
from enum import StrEnum

import msgspec

from core.rows.base import Row


class ProductClass(Row, frozen=True, kw_only=True):
    """A product line, e.g. ``tv_lcd``."""

    name_zh: str
    name_en: str


class Model(Row, frozen=True, kw_only=True):
    """A product model; its id is the model's code as printed on the label."""

    brand: str
    product_class: str
    name_zh: str
    name_en: str
    gtin: str
    serial_prefix: str
    price_fen: int
    tier: int = 1


class Part(Row, frozen=True, kw_only=True):
    """A spare part; its id is the part number."""

    name_zh: str
    name_en: str
    part_class: str
    main_part: bool
    price_fen: int  # what a customer pays
    transfer_fen: int  # what HQ charges a station
    serialised: bool = True
    return_days: int = 30  # days to return the old part; 0: it need not come back
    superseded_by: str | None = None
    supplier: str = ""


class ModelPart(Row, frozen=True, kw_only=True):
    """Part ``part_id`` fits model ``model_id``."""

    model_id: str
    part_id: str
    position: str = ""


class DocumentKind(StrEnum):
    """Versioned reference documents."""

    POLICY = "policy"
    TARIFF = "tariff"
    PRICE_LIST = "price_list"
    FAULT_CODES = "fault_codes"
    SERIAL_PATTERNS = "serial_patterns"
    HOLIDAYS = "holidays"
    APPROVAL_RULES = "approval_rules"
    SLA = "sla"
    DISPATCH = "dispatch"
    PARTS = "parts"
    CAMPAIGN = "campaign"
    MEASUREMENTS = "measurements"


class ReferenceDocument(Row, frozen=True, kw_only=True):
    """One version of a policy, tariff, price list, code list, pattern list or calendar; never edited.

    ``body`` is the JSON form of the rule Struct named by ``kind`` (core.warranty.Policy, core.claims.Tariff, …).
    """

    kind: DocumentKind
    name: str
    revision: str  # the version that operations and verdicts name, e.g. "2026-01"
    in_force_from: date
    in_force_until: date | None = None
    body: msgspec.Raw
