"""The warranty verdict as a page for the customer: what is covered, what is not and why, and what it rests on."""

from __future__ import annotations

from collections.abc import Iterable

from app.i18n import N_, _, language
from app.queries.verdict_paper import AddedDays, DatedPaper, VerdictFacts
from app.queries.verdicts import part_class_name, proof_lines, reason_lines
from app.ui import formats
from app.ui.live import text_of
from app.ui.printing.paper import Block, Column, Facts, Notice, Paper, Signatures, Table, Words
from app.ui.refusal_words import code_words, name_words
from core.identifiers import format_order
from core.warranty import REASONS, WHOLE_UNIT, Cover, Outcome, Remedy, Verdict

_SOURCES = {"law": N_("by law"), "promise": N_("by the maker’s promise")}
_STARTS = {
    "start.exchange": N_("from the exchange"),
    "start.installation": N_("from the end of installation"),
    "start.invoice": N_("from the invoice date"),
    "start.warranty_card": N_("from the warranty card’s date"),
    "start.registration": N_("from the online registration"),
    "start.dealer_sale": N_("from the sale the dealer reported"),
    "start.shipped": N_("from shipping, for want of a paper"),
    "start.made": N_("from manufacture, for want of a paper"),
}
_PAPERS = {
    "invoice": N_("Invoice"),
    "card": N_("Warranty card"),
    "installation": N_("Installation card"),
    "registry.made": N_("Maker’s registry: made"),
    "registry.shipped": N_("Maker’s registry: shipped"),
    "registry.sold": N_("Maker’s registry: sold, as the dealer reported"),
    "registry.registered": N_("Maker’s registry: registered online"),
    "registry.installed": N_("Maker’s registry: installed"),
    "registry.exchanged": N_("Maker’s registry: exchanged"),
}
_PROBLEMS = {"altered": N_("The papers were altered."), "mismatch": N_("The papers do not belong to this unit.")}
_REGISTRY = {
    "complete": N_("The maker’s registry was complete and current."),
    "partial": N_("The maker’s registry was not complete here; headquarters judges again."),
    "old": N_("The maker’s registry was not current here; headquarters judges again."),
    "missing": N_("The maker’s registry was not at hand here; headquarters judges again."),
}
_SPANS = {"repair": N_("In repair"), "waiting_parts": N_("Waiting for parts")}
_TRUE_DATES = (Outcome.IN_WARRANTY, Outcome.MAIN_PARTS_ONLY)


def verdict_paper(facts: VerdictFacts, printed: str = "") -> Paper:
    """The page in the language of now."""
    verdict = facts.verdict
    return Paper(
        title=_("Warranty verdict"),
        number=facts.number,
        code=format_order(facts.number),
        maker=facts.issuer.maker,
        place=" · ".join(filter(None, (facts.issuer.station, facts.issuer.address))),
        blocks=(
            Facts(_unit_rows(facts)),
            Notice(_outcome(facts), "\n".join(_first_sentences(facts))),
            _covers(verdict),
            _added(facts.stretches),
            _not_covered(verdict),
            _remedies(verdict.remedies),
            _papers(facts),
            Words("\n".join(f"· {line}" for line in proof_lines(verdict)), _("How it was worked out"), points=7.5),
        ),
        signatures=Signatures((_("Station’s stamp, day"), _("Customer has read it, day"))),
        footnote=_small_print(facts),
        printed=printed,
    )


def _unit_rows(facts: VerdictFacts) -> list[tuple[str, str]]:
    unit = facts.unit
    name = text_of(name_words(*unit.model_name))
    return [
        (_("Customer"), unit.customer),
        (_("Unit"), " · ".join(filter(None, (facts.verdict.model or unit.model, name)))),
        (_("Serial number"), facts.verdict.serial),
        (_("Judged for the day"), formats.day(facts.verdict.day)),
    ]


def _outcome(facts: VerdictFacts) -> str:
    outcome = text_of(code_words("outcome", facts.verdict.outcome.value))
    return _("{outcome}, and goodwill was granted").format(outcome=outcome) if facts.goodwill else outcome


def _first_sentences(facts: VerdictFacts) -> list[str]:
    said = reason_lines(facts.verdict)
    if facts.hq_outcome and facts.hq_outcome != facts.verdict.outcome.value:
        hq = text_of(code_words("outcome", facts.hq_outcome))
        said.append(_("Headquarters judged otherwise since: {outcome}. Its verdict counts.").format(outcome=hq))
    return said


# --- covers --------------------------------------------------------------------------------------------------------


def _covers(verdict: Verdict) -> Block:
    """A row for the whole unit, then one for all main parts of the same term, by their last day."""
    groups: dict[tuple[object, ...], list[Cover]] = {}
    ordered = sorted(verdict.covers, key=lambda one: (one.part != WHOLE_UNIT, one.to_day, one.part))
    for cover in ordered:
        key = (cover.part == WHOLE_UNIT, cover.from_day, cover.to_day, cover.days_added, _why(verdict, cover))
        groups.setdefault(key, []).append(cover)
    columns = (
        Column(_("What"), 30),
        Column(_("From"), whole=True),
        Column(_("To, that day included"), whole=True),
        Column(_("Days added"), whole=True, right=True),
        Column(_("Reason"), 36),
    )
    rows = [_cover_row(verdict, covers) for covers in groups.values()]
    return Table(columns, rows, _("What is covered, and how long"), empty=_("No cover could be worked out."))


def _cover_row(verdict: Verdict, covers: list[Cover]) -> tuple[str, ...]:
    first = covers[0]
    return (
        _names(covers),
        formats.day(first.from_day),
        formats.day(first.to_day),
        str(first.days_added) if first.days_added else "0",
        _why(verdict, first),
    )


def _names(covers: Iterable[Cover]) -> str:
    return _(", ").join(part_class_name(cover.part) for cover in covers)


def _why(verdict: Verdict, cover: Cover) -> str:
    """Months and source of the policy that gave the cover, and the day it was counted from."""
    start = _(_STARTS[cover.why]) if cover.why in _STARTS else ""
    for step in verdict.proof:
        kind, _dot, source = step.rule.partition(".")
        facts = step.facts
        same_part = facts.get("part", WHOLE_UNIT) == cover.part
        same_policy = (facts.get("policy"), facts.get("version")) == (cover.policy.id, cover.policy.version)
        if kind in ("term", "part_term") and same_part and same_policy:
            words = _("{months} months {source}, {start}")
            return words.format(months=facts["months"], source=_(_SOURCES[source]), start=start)
    return start


def _added(stretches: tuple[AddedDays, ...]) -> Block:
    columns = (
        Column(_("Earlier order")),
        Column(_("Reason")),
        Column(_("From"), whole=True),
        Column(_("To"), whole=True),
    )
    rows = [
        (one.number, _(_SPANS.get(one.kind, one.kind)), formats.day(one.from_day), formats.day(one.to_day))
        for one in stretches
    ]
    return Table(columns, rows, _("Days you were without the unit, which are added")) if rows else Facts(())


# --- what is not covered -------------------------------------------------------------------------------------------


def _not_covered(verdict: Verdict) -> Block:
    """What the customer has to pay for, and why; open while somebody still has to decide."""
    heading = _("What is not covered, and why")
    if verdict.outcome is Outcome.NEEDS_REVIEW:
        heading = _("What is not decided yet, and why")
    columns = (Column(_("What"), 30), Column(_("Reason"), 75))
    rows = [*_ended(verdict), (_("Always"), _("Damage by misuse, by opening without authority or by force majeure."))]
    return Table(columns, rows, heading)


def _ended(verdict: Verdict) -> list[tuple[str, str]]:
    if verdict.outcome not in _TRUE_DATES:
        return [(_("Whole unit and all parts"), _joined(*reason_lines(verdict)))]
    by_day: dict[str, list[Cover]] = {}
    for cover in sorted(verdict.covers, key=lambda one: (one.part != WHOLE_UNIT, one.to_day, one.part)):
        if cover.to_day < verdict.day:
            by_day.setdefault(formats.day(cover.to_day), []).append(cover)
    return [(_names(covers), _over(covers[0], verdict)) for covers in by_day.values()]


def _over(cover: Cover, verdict: Verdict) -> str:
    days = (verdict.day - cover.to_day).days
    said = _(REASONS["expired"]).format(to_day=formats.day(cover.to_day), days=days)
    main_parts = cover.part == WHOLE_UNIT and verdict.outcome is Outcome.MAIN_PARTS_ONLY
    return _joined(said, _("Main parts whose cover goes on are free all the same.") if main_parts else "")


def _remedies(remedies: tuple[Remedy, ...]) -> Block:
    lines = [_(REASONS[one.rule]).format(until=formats.day(one.until) if one.until else "") for one in remedies]
    return Words("\n".join(f"· {line}" for line in lines), _("What you can ask for")) if lines else Facts(())


# --- what it rests on ----------------------------------------------------------------------------------------------


def _papers(facts: VerdictFacts) -> Block:
    columns = (Column(_("Paper or entry")), Column(_("Number"), whole=True), Column(_("Day"), whole=True))
    rows = [_paper_row(one) for one in facts.papers]
    return Table(columns, rows, _("What the verdict rests on"), empty=_("No paper was shown and no date is known."))


def _paper_row(one: DatedPaper) -> tuple[str, str, str]:
    return (_(_PAPERS.get(one.kind, one.kind)), one.number, formats.day(one.day))


def _small_print(facts: VerdictFacts) -> str:
    verdict = facts.verdict
    rules = _(", ").join(f"{policy.id} v{policy.version}" for policy in verdict.policies) or "—"
    return _joined(
        _(_PROBLEMS[facts.problem]) if facts.problem in _PROBLEMS else "",
        _(_REGISTRY[verdict.registry.value]),
        _("Rules: {rules}.").format(rules=rules),
        _("Judged {moment} by {person}; verdict {id}.").format(
            moment=formats.moment(facts.judged_at), person=facts.judged_by or "—", id=facts.verdict_id
        ),
        _("The verdict was kept with its evidence and does not change when rules change later."),
    )


def _joined(*sentences: str) -> str:
    """Sentences one after the other; Chinese has no space between them."""
    return ("" if language() == "zh_CN" else " ").join(filter(None, sentences))
