"""Pre-flight of a claim: every reason for which HQ would reject it, as a table of rules that both ends share."""

from collections.abc import Callable, Iterable
from typing import NamedTuple

from core.preflight import checks
from core.preflight.facts import (
    EarlierRepair,
    Finding,
    Papers,
    PreflightFacts,
    PreflightPart,
    Rules,
    Severity,
)
from core.preflight.sentences import SENTENCES

__all__ = [
    "RULES",
    "SENTENCES",
    "EarlierRepair",
    "Finding",
    "Papers",
    "PreflightFacts",
    "PreflightPart",
    "Rule",
    "Rules",
    "Severity",
    "blocks",
    "preflight",
]


class Rule(NamedTuple):
    """One rule: its severity, the field that mends it, and its check."""

    id: str
    severity: Severity
    field: str
    check: Callable[[PreflightFacts], checks.Found]


def _rule(severity: Severity, field: str, check: Callable[[PreflightFacts], checks.Found]) -> Rule:
    return Rule(check.__name__, severity, field, check)


_E, _W = Severity.ERROR, Severity.WARNING

RULES: tuple[Rule, ...] = (
    # the unit
    _rule(_E, "serial", checks.serial_missing),
    _rule(_E, "serial", checks.serial_placeholder),
    _rule(_E, "serial", checks.serial_not_recognised),
    _rule(_E, "model", checks.model_mismatch),
    _rule(_E, "serial", checks.unit_retired),
    # the warranty
    _rule(_E, "verdict", checks.verdict_missing),
    _rule(_W, "verdict", checks.verdict_open),
    _rule(_E, "approval", checks.not_covered),
    # the papers
    _rule(_E, "invoice_date", checks.document_missing),
    _rule(_E, "invoice_date", checks.document_after_fault),
    _rule(_E, "invoice_date", checks.document_before_manufacture),
    _rule(_E, "document_problem", checks.document_altered),
    _rule(_W, "invoice_date", checks.document_changed),
    _rule(_W, "invoice_number", checks.invoice_reused),
    # the codes
    _rule(_E, "codes", checks.codes_missing),
    _rule(_E, "codes", checks.codes_impossible),
    # the measurements
    _rule(_W, "measurements", checks.measurement_missing),
    _rule(_W, "measurements", checks.measurement_outside),
    # the parts
    _rule(_E, "parts", checks.part_not_of_model),
    _rule(_W, "parts", checks.part_superseded),
    _rule(_E, "parts", checks.part_not_covered),
    _rule(_E, "parts", checks.part_serial_missing),
    _rule(_W, "parts", checks.part_without_stock),
    _rule(_E, "old_parts", checks.old_part_untagged),
    _rule(_E, "old_parts", checks.old_part_serial_missing),
    _rule(_E, "old_parts", checks.old_part_same_serial),
    _rule(_W, "old_parts", checks.old_part_overdue),
    # the claim
    _rule(_E, "order", checks.repaired_recently),
    _rule(_E, "completed_at", checks.claim_late),
    _rule(_E, "order", checks.claim_duplicate),
    _rule(_E, "signature", checks.signature_missing),
    _rule(_E, "quotation", checks.quotation_missing),
    _rule(_E, "photos", checks.photos_missing),
    _rule(_E, "approval", checks.outside_area),
    _rule(_E, "technician", checks.technician_not_licensed),
    _rule(_E, "station", checks.station_not_licensed),
    _rule(_E, "approval", checks.over_limit),
    _rule(_E, "approval", checks.exchange_not_approved),
    _rule(_E, "certificate", checks.certificate_missing),
    _rule(_E, "approval", checks.wasted_visit_not_approved),
    _rule(_W, "tariff", checks.rate_missing),
)


def preflight(facts: PreflightFacts) -> list[Finding]:
    """Return everything to mend before the claim is sent, in the order of the rules; empty when it would pass."""
    return [
        Finding(rule=rule.id, severity=rule.severity, field=rule.field, facts=found)
        for rule in RULES
        for found in rule.check(facts)
    ]


def blocks(findings: Iterable[Finding]) -> bool:
    """Tell whether any finding is an error, so that the claim cannot be sent."""
    return any(finding.severity is Severity.ERROR for finding in findings)
