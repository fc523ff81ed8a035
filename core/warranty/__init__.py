"""Warranty: policy + unit + documents + history + day → verdict with its proof."""

from core.warranty.facts import (
    Case,
    DocumentProblem,
    Documents,
    Exclusion,
    RegisteredUnit,
    RegistryState,
    RepairSpan,
    SpanKind,
    UnitStatus,
)
from core.warranty.judge import judge
from core.warranty.policy import ExchangeRule, MainPart, Policy, RemedyTerms, Rung, Source
from core.warranty.remedies import depreciation
from core.warranty.sentences import REASONS
from core.warranty.term import NO_HOLIDAYS, Holidays, add_months
from core.warranty.verdict import (
    WHOLE_UNIT,
    Cover,
    Outcome,
    Payer,
    PolicyRef,
    ProofStep,
    Reason,
    Remedy,
    RemedyKind,
    Verdict,
)

__all__ = [
    "NO_HOLIDAYS",
    "REASONS",
    "WHOLE_UNIT",
    "Case",
    "Cover",
    "DocumentProblem",
    "Documents",
    "ExchangeRule",
    "Exclusion",
    "Holidays",
    "MainPart",
    "Outcome",
    "Payer",
    "Policy",
    "PolicyRef",
    "ProofStep",
    "Reason",
    "RegisteredUnit",
    "RegistryState",
    "Remedy",
    "RemedyKind",
    "RemedyTerms",
    "RepairSpan",
    "Rung",
    "Source",
    "SpanKind",
    "UnitStatus",
    "Verdict",
    "add_months",
    "depreciation",
    "judge",
]
