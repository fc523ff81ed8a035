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
    """One rule: its severity, the field that mends it, its English sentence and its check."""

    id: str
    severity: Severity
    field: str
    sentence: str
    check: Callable[[PreflightFacts], checks.Found]


def _rule(severity: Severity, field: str, check: Callable[[PreflightFacts], checks.Found], sentence: str) -> Rule:
    return Rule(check.__name__, severity, field, sentence, check)


_E, _W = Severity.ERROR, Severity.WARNING

RULES: tuple[Rule, ...] = (
    # the unit
    _rule(_E, "serial", checks.serial_missing, "The serial number is missing. Scan the unit."),
    _rule(_E, "serial", checks.serial_placeholder, "{serial} is no real serial number. Scan the unit."),
    _rule(_E, "serial", checks.serial_not_recognised, "The registry knows no unit {serial}. Scan the unit again."),
    _rule(_E, "model", checks.model_mismatch, "The serial number belongs to model {registered}, not {model}."),
    _rule(_E, "serial", checks.unit_retired, "Unit {serial} was exchanged or scrapped; no claim is paid for it."),
    # the warranty
    _rule(_E, "verdict", checks.verdict_missing, "The warranty was not judged."),
    _rule(_W, "verdict", checks.verdict_open, "The verdict needs a review; the claim waits for HQ."),
    _rule(_E, "approval", checks.not_covered, "Out of warranty. Ask for goodwill, or let the customer pay."),
    # the papers
    _rule(_E, "invoice_date", checks.document_missing, "The date of the invoice or warranty card is missing."),
    _rule(_E, "invoice_date", checks.document_after_fault, "A paper of {day} is later than the fault, {fault_on}."),
    _rule(_E, "invoice_date", checks.document_before_manufacture, "A paper of {day} is older than the unit, {made}."),
    _rule(_E, "document_problem", checks.document_altered, "The papers are altered or belong to another unit."),
    _rule(_W, "invoice_date", checks.document_changed, "The invoice date {day} differs from the recorded {known}."),
    _rule(_W, "invoice_number", checks.invoice_reused, "Invoice {number} was shown for unit {serial} before."),
    # the codes
    _rule(_E, "codes", checks.codes_missing, "A fault code is missing ({field})."),
    _rule(_E, "codes", checks.codes_impossible, "The fault codes do not go together ({field})."),
    # the parts
    _rule(_E, "parts", checks.part_not_of_model, "Part {part} does not belong to model {model}."),
    _rule(_W, "parts", checks.part_superseded, "Part {part} was replaced by {successor}."),
    _rule(_E, "parts", checks.part_not_covered, "Part {part} is not covered. Ask for goodwill or payment."),
    _rule(_E, "parts", checks.part_serial_missing, "The serial number of the new part {part} is missing."),
    _rule(_W, "parts", checks.part_without_stock, "Part {part} was not in stock when it was used. Explain it."),
    _rule(_E, "old_parts", checks.old_part_untagged, "The old part {part} has no tag. Print one."),
    _rule(_E, "old_parts", checks.old_part_serial_missing, "The old part’s serial number is missing ({part})."),
    _rule(_E, "old_parts", checks.old_part_same_serial, "Old and new part {part} bear the same serial {serial}."),
    # the claim
    _rule(_E, "order", checks.repaired_recently, "Order {order} repaired this unit on {day}; link it as a re-repair."),
    _rule(_E, "completed_at", checks.claim_late, "The claim comes {days} days after the work; {limit} are allowed."),
    _rule(_E, "order", checks.claim_duplicate, "Order {order} already claims this work."),
    _rule(_E, "signature", checks.signature_missing, "The customer’s signature is missing."),
    _rule(_E, "quotation", checks.quotation_missing, "The customer has not signed what the work costs."),
    _rule(_E, "photos", checks.photos_missing, "{photos} of {wanted} photos are there."),
    _rule(_E, "approval", checks.outside_area, "The customer is {metres} m away; the station’s area ends at {area} m."),
    _rule(_E, "technician", checks.technician_not_licensed, "The technician has no licence for {product_class}."),
    _rule(_E, "station", checks.station_not_licensed, "The station has no licence for {product_class} on that day."),
    _rule(_E, "approval", checks.over_limit, "The claim is above the limit. Ask the branch for approval."),
    _rule(_E, "approval", checks.exchange_not_approved, "The exchange was not approved by the branch."),
    _rule(_E, "certificate", checks.certificate_missing, "The number of the inspection certificate is missing."),
    _rule(_E, "approval", checks.wasted_visit_not_approved, "The fee of the cancelled visit was not approved."),
    _rule(_W, "tariff", checks.rate_missing, "The tariff has no rate for {product_class}; HQ must add it."),
)

SENTENCES: dict[str, str] = {rule.id: rule.sentence for rule in RULES}
"""English sentence of every rule; translated by gettext."""


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
