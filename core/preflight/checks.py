"""The pre-flight's checks: each gets the facts and yields, per thing to mend, the facts of its sentence."""

from collections.abc import Iterator
from datetime import date, timedelta

from core.measurements import Shortfall
from core.preflight.facts import PreflightFacts, PreflightPart
from core.warranty import Outcome, UnitStatus

Facts = dict[str, str | int]
Found = Iterator[Facts]


def serial_missing(facts: PreflightFacts) -> Found:
    """No serial number; a visit in vain saw no unit."""
    if not facts.serial and facts.end != "cancelled":
        yield {}


def serial_placeholder(facts: PreflightFacts) -> Found:
    """A serial that stands for none, such as 1234567890."""
    if facts.serial and facts.serial_placeholder:
        yield {"serial": facts.serial}


def serial_not_recognised(facts: PreflightFacts) -> Found:
    """The registry is complete and has no such unit."""
    if facts.outcome is Outcome.NOT_RECOGNISED:
        yield {"serial": facts.serial}


def model_mismatch(facts: PreflightFacts) -> Found:
    """The serial belongs to another model."""
    if facts.registered_model and facts.registered_model != facts.model:
        yield {"model": facts.model, "registered": facts.registered_model}


def unit_retired(facts: PreflightFacts) -> Found:
    """The unit was exchanged out or scrapped."""
    if facts.status in (UnitStatus.EXCHANGED_OUT, UnitStatus.SCRAPPED):
        yield {"serial": facts.serial}


def _is_repair(facts: PreflightFacts) -> bool:
    """Whether work on the unit is claimed: not an installation or inspection, nor a unit that was not mended."""
    return facts.end == "completed" and facts.job in ("repair", "exchange")


def verdict_missing(facts: PreflightFacts) -> Found:
    """The warranty was not judged, although who pays hangs on it."""
    if facts.outcome is None and facts.job in ("repair", "exchange") and facts.end != "cancelled":
        yield {}


def verdict_open(facts: PreflightFacts) -> Found:
    """The verdict needs a person's review."""
    if facts.outcome is Outcome.NEEDS_REVIEW:
        yield {}


def not_covered(facts: PreflightFacts) -> Found:
    """The maker is to pay, but the unit is out of warranty and no goodwill was granted."""
    if facts.maker_pays and facts.outcome is Outcome.OUT_OF_WARRANTY and "goodwill" not in facts.approvals:
        yield {}


def document_missing(facts: PreflightFacts) -> Found:
    """The policy asks for a dated document and there is none."""
    papers = facts.papers
    if papers.required and papers.invoice_date is None and papers.warranty_card_date is None:
        yield {}


def _paper_dates(facts: PreflightFacts) -> list[date]:
    papers = facts.papers
    installed = None if facts.job == "installation" else papers.installation_date  # of this very job
    dates = (papers.invoice_date, papers.warranty_card_date, installed)
    return [day for day in dates if day is not None]


def document_after_fault(facts: PreflightFacts) -> Found:
    """A document is dated after the fault was reported."""
    for day in _paper_dates(facts):
        if facts.fault_on is not None and day > facts.fault_on:
            yield {"day": day.isoformat(), "fault_on": facts.fault_on.isoformat()}


def document_before_manufacture(facts: PreflightFacts) -> Found:
    """A document is dated before the unit was made."""
    for day in _paper_dates(facts):
        if facts.made is not None and day < facts.made:
            yield {"day": day.isoformat(), "made": facts.made.isoformat()}


def document_altered(facts: PreflightFacts) -> Found:
    """The papers were found altered or belong to another unit."""
    if facts.maker_pays and facts.papers.problem and "goodwill" not in facts.approvals:
        yield {}


def document_changed(facts: PreflightFacts) -> Found:
    """An earlier order of the unit stored another invoice date."""
    papers = facts.papers
    known, now = papers.recorded_invoice_date, papers.invoice_date
    if known is not None and now is not None and known != now:
        yield {"day": now.isoformat(), "known": known.isoformat()}


def invoice_reused(facts: PreflightFacts) -> Found:
    """The invoice number was shown for another unit."""
    if facts.papers.number_used_for:
        yield {"number": facts.papers.invoice_number, "serial": facts.papers.number_used_for}


def codes_missing(facts: PreflightFacts) -> Found:
    """A condition, symptom, section, defect or repair code is missing."""
    for problem in facts.code_problems if _is_repair(facts) else ():
        if problem.rule == "code_missing":
            yield {"field": problem.field}


def codes_impossible(facts: PreflightFacts) -> Found:
    """A code is unknown, or codes do not go together."""
    for problem in facts.code_problems if _is_repair(facts) else ():
        if problem.rule != "code_missing":
            yield {"field": problem.field}


def measurement_missing(facts: PreflightFacts) -> Found:
    """The product class asks for a figure that was not taken."""
    for one in facts.shortfalls if _is_repair(facts) else ():
        if one.missing:
            yield _of(one)


def measurement_outside(facts: PreflightFacts) -> Found:
    """A figure taken after the repair is still not right."""
    for one in facts.shortfalls if _is_repair(facts) else ():
        if not one.missing:
            yield _of(one)


def _of(one: Shortfall) -> Facts:
    """The code for whoever has no list; windows say the name in their language."""
    what = one.measurement
    return {"measurement": what.code, "zh": what.zh, "en": what.en, "phase": one.phase.value}


def _claimed(facts: PreflightFacts) -> Iterator[PreflightPart]:
    return (part for part in facts.parts if part.payer == "maker")


def part_not_of_model(facts: PreflightFacts) -> Found:
    """A part is not in the model's list."""
    for part in facts.parts:
        if not part.fits_model:
            yield {"part": part.part_id, "model": facts.model}


def part_superseded(facts: PreflightFacts) -> Found:
    """A part was replaced by a newer one."""
    for part in facts.parts:
        if part.superseded_by:
            yield {"part": part.part_id, "successor": part.superseded_by}


def part_not_covered(facts: PreflightFacts) -> Found:
    """The maker is to pay for a part that the verdict does not cover."""
    for part in _claimed(facts):
        if facts.maker_pays and not part.covered and "goodwill" not in facts.approvals:
            yield {"part": part.part_id}


def part_serial_missing(facts: PreflightFacts) -> Found:
    """A serialised part went in without its serial."""
    for part in facts.parts:
        if part.serialised and not part.new_serial:
            yield {"part": part.part_id}


def part_without_stock(facts: PreflightFacts) -> Found:
    """A part was used that the stock did not show."""
    for part in facts.parts:
        if part.below_zero:
            yield {"part": part.part_id}


def old_part_untagged(facts: PreflightFacts) -> Found:
    """An old part that must come back has no tag."""
    for part in facts.parts:
        if part.old_due and not part.old_tagged:
            yield {"part": part.part_id}


def old_part_serial_missing(facts: PreflightFacts) -> Found:
    """A serialised old part has neither a serial nor the statement that it bears none."""
    for part in facts.parts:
        if part.old_due and part.serialised and not part.old_serial and not part.old_without_serial:
            yield {"part": part.part_id}


def old_part_same_serial(facts: PreflightFacts) -> Found:
    """The part taken out bears the serial of the one put in."""
    for part in facts.parts:
        if part.new_serial and part.new_serial == part.old_serial:
            yield {"part": part.part_id, "serial": part.new_serial}


def old_part_overdue(facts: PreflightFacts) -> Found:
    """An old part of this order is past its day and has not come back: the station's parts account is frozen."""
    for part in facts.parts:
        if part.old_overdue_days > 0:
            yield {"part": part.part_id, "days": part.old_overdue_days}


def repaired_recently(facts: PreflightFacts) -> Found:
    """The same unit was repaired within the days a repair must hold, and this order is not linked to that one."""
    if facts.re_repair_linked:
        return
    first = facts.day - timedelta(days=facts.rules.hold_days)
    for repair in facts.earlier:
        if repair.completed_on >= first:
            yield {"order": repair.order_number, "day": repair.completed_on.isoformat()}


def claim_late(facts: PreflightFacts) -> Found:
    """The claim comes too many days after the work ended."""
    if facts.completed_on is None:
        return
    days = (facts.day - facts.completed_on).days
    if days > facts.rules.claim_days:
        yield {"days": days, "limit": facts.rules.claim_days}


def claim_duplicate(facts: PreflightFacts) -> Found:
    """Another order already claims this unit for this day."""
    if facts.claimed_by:
        yield {"order": facts.claimed_by}


def signature_missing(facts: PreflightFacts) -> Found:
    """The customer has not signed and the policy asks for it."""
    wanted = facts.end == "completed" and facts.job != "inspection"
    if wanted and facts.rules.signature and not facts.signed:
        yield {}


def quotation_missing(facts: PreflightFacts) -> Found:
    """What the work costs was not signed before it."""
    if not facts.quotation_signed and facts.end == "completed" and facts.job != "inspection":
        yield {}


def photos_missing(facts: PreflightFacts) -> Found:
    """Fewer photos than the policy asks for."""
    if facts.photos < facts.rules.photos:
        yield {"photos": facts.photos, "wanted": facts.rules.photos}


def outside_area(facts: PreflightFacts) -> Found:
    """The customer lives beyond the station's area and the visit was not approved."""
    on_site = facts.service_type == "on_site" and facts.visited
    if on_site and facts.distance_m > facts.area_m and "outside_area" not in facts.approvals:
        yield {"metres": facts.distance_m, "area": facts.area_m}


def technician_not_licensed(facts: PreflightFacts) -> Found:
    """The technician has no licence for the product line."""
    if facts.product_class not in facts.technician_lines:
        yield {"product_class": facts.product_class}


def station_not_licensed(facts: PreflightFacts) -> Found:
    """The station has no licence for the product line, or it has run out."""
    ended = facts.licence_until is not None and facts.licence_until < (facts.completed_on or facts.day)
    if ended or facts.product_class not in facts.station_lines:
        yield {"product_class": facts.product_class}


def over_limit(facts: PreflightFacts) -> Found:
    """The claim is above the amount that needs approval."""
    limit = facts.rules.approval_limit_fen
    if limit is not None and facts.claim_fen > limit and "over_limit" not in facts.approvals:
        yield {"amount_fen": facts.claim_fen, "limit_fen": limit}


def exchange_not_approved(facts: PreflightFacts) -> Found:
    """The unit was exchanged without approval."""
    if facts.end == "exchanged" and "unit_exchange" not in facts.approvals:
        yield {}


def certificate_missing(facts: PreflightFacts) -> Found:
    """An exchange or refund without the inspection certificate's number."""
    ended = facts.end in ("exchanged", "refund_proposed") or facts.job == "inspection"
    if ended and facts.rules.inspection_for_exchange and not facts.inspection_certificate:
        yield {}


def wasted_visit_not_approved(facts: PreflightFacts) -> Found:
    """The fee of a visit that was cancelled needs approval."""
    if facts.end == "cancelled" and facts.visited and "cancelled_visit" not in facts.approvals:
        yield {}


def rate_missing(facts: PreflightFacts) -> Found:
    """The tariff has no rate for this work: HQ must mend it."""
    if facts.no_rate:
        yield {"product_class": facts.product_class}
