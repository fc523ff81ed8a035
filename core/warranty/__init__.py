"""Warranty: policy + unit + documents + history + day → verdict with its proof."""

from core.warranty.adviser import Advice, Advised, advise
from core.warranty.campaign import Campaign, CampaignKind, SerialRange
from core.warranty.facts import (
    Case,
    Contract,
    DocumentProblem,
    Documents,
    Exclusion,
    FittedPart,
    Holder,
    RegisteredUnit,
    RegistryState,
    RepairSpan,
    SpanKind,
    UnitStatus,
)
from core.warranty.judge import judge
from core.warranty.policy import ExchangeRule, MainPart, NoDocument, Policy, RemedyTerms, Rung, Source
from core.warranty.remedies import Standing, depreciation
from core.warranty.sentences import REASONS
from core.warranty.term import NO_HOLIDAYS, Holidays, add_months
from core.warranty.verdict import (
    WHOLE_UNIT,
    Cover,
    Grantor,
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
    "Advice",
    "Advised",
    "Campaign",
    "CampaignKind",
    "Case",
    "Contract",
    "Cover",
    "DocumentProblem",
    "Documents",
    "ExchangeRule",
    "Exclusion",
    "FittedPart",
    "Grantor",
    "Holder",
    "Holidays",
    "MainPart",
    "NoDocument",
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
    "SerialRange",
    "Source",
    "SpanKind",
    "Standing",
    "UnitStatus",
    "Verdict",
    "add_months",
    "advise",
    "depreciation",
    "judge",
]
