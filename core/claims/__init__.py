"""Claims: tariff + ended order → claim lines; price list → quotation; pre-flight rules."""

from core.claims.lines import NO_RATE, ClaimFacts, ClaimLine, ClaimPart, claim_lines, total_fen
from core.claims.price_list import (
    ClassPrices,
    PriceList,
    QuoteFacts,
    QuoteLine,
    QuotePart,
    if_goodwill,
    quote,
    total_to_pay,
    visit_cost,
)
from core.claims.tariff import ClassFees, DistanceBand, LabourRate, SlaTerms, Tariff, tariff_in_force

__all__ = [
    "NO_RATE",
    "ClaimFacts",
    "ClaimLine",
    "ClaimPart",
    "ClassFees",
    "ClassPrices",
    "DistanceBand",
    "LabourRate",
    "PriceList",
    "QuoteFacts",
    "QuoteLine",
    "QuotePart",
    "SlaTerms",
    "Tariff",
    "claim_lines",
    "if_goodwill",
    "quote",
    "tariff_in_force",
    "total_fen",
    "total_to_pay",
    "visit_cost",
]
