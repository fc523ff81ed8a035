"""The page of one approval: what was asked and why, by which rule and level, questions, who decided when, the hash."""

from __future__ import annotations

from app.i18n import _
from app.queries.approval_paper import ApprovalFacts
from app.ui import formats
from app.ui.approval_words import decider_words, rule_words, who_when
from app.ui.live import text_of
from app.ui.printing.paper import Block, Column, Facts, Notice, Paper, Table, Words
from app.ui.refusal_words import code_words, name_words
from core.identifiers import format_order


def approval_paper(facts: ApprovalFacts, printed: str = "") -> Paper:
    """The approval in the language of now."""
    return Paper(
        title=_("Approval"),
        number=facts.number,
        code=format_order(facts.number),
        maker=facts.issuer.maker,
        place=" · ".join(filter(None, (facts.issuer.station, facts.issuer.address))),
        blocks=(
            _answer(facts),
            Facts(_order(facts), _("Order")),
            Facts(_asked(facts), _("What was asked")),
            *((_rounds(facts),) if facts.line.rounds else ()),
            *((Facts(_decision(facts), _("Decision")),) if facts.line.decided else ()),
            Words(_("What was decided on, as a hash (SHA-256): {hash}").format(hash=_grouped(_hash(facts))), points=8),
        ),
        footnote=_("The hash names the kind, the sum, the days and the unit as they were decided on."),
        printed=printed,
    )


def _hash(facts: ApprovalFacts) -> str:
    return facts.decided_hash or facts.line.subject_hash


def _grouped(text: str) -> str:
    """In eights, so that it can be compared by eye and broken into lines."""
    return " ".join(text[place : place + 8] for place in range(0, len(text), 8))


def _answer(facts: ApprovalFacts) -> Block:
    line = facts.line
    kind = text_of(code_words("approval", line.kind))
    if line.decided is None:
        state = _("Sent back with a question") if line.asked_back else _("Not decided yet")
    else:
        state = _("Approved") if line.decided.approved else _("Refused")
    return Notice(f"{kind} · {state}", rule_words(line.rule))


def _order(facts: ApprovalFacts) -> list[tuple[str, str]]:
    unit, outcome = facts.unit, text_of(code_words("outcome", facts.outcome)) if facts.outcome else ""
    verdict = " · ".join(filter(None, (outcome, formats.day(facts.day) if facts.day else "")))
    return [
        (_("Order"), facts.number),
        (_("Customer"), unit.customer),
        (_("Unit"), " · ".join(filter(None, (unit.model, text_of(name_words(*unit.model_name)))))),
        (_("Serial number"), unit.serial),
        (_("Reported fault"), facts.fault),
        (_("Warranty verdict"), verdict),
    ]


def _asked(facts: ApprovalFacts) -> list[tuple[str, str]]:
    line = facts.line
    return [
        (_("What"), text_of(code_words("approval", line.kind))),
        (_("Amount"), formats.money(line.amount_fen)),
        (_("Days over"), str(line.days_over) if line.days_over else "—"),
        (_("Their reason"), line.reason),
        (_("Asked by"), who_when(line.asked_by, line.asked_at)),
        (_("Decides"), decider_words(line)),
        (_("Photo"), _("one, kept with the order") if line.photo_sha256 else "—"),
    ]


def _rounds(facts: ApprovalFacts) -> Block:
    columns = (Column(_("Question"), 1), Column(_("Their answer"), 1))
    rows = [
        (
            f"{one.question} ({who_when(one.by, one.at)})",
            f"{one.answer} ({who_when(one.answered_by, one.answered_at)})" if one.answer is not None else "—",
        )
        for one in facts.line.rounds
    ]
    return Table(columns, rows, _("Asked back"))


def _decision(facts: ApprovalFacts) -> list[tuple[str, str]]:
    made = facts.line.decided
    assert made is not None
    return [
        (_("Decision"), _("Approved") if made.approved else _("Refused")),
        (_("Reason"), made.reason),
        (_("Decided by"), made.by),
        (_("Decided at"), formats.moment(made.at)),
        (_("Clock"), _clock(facts)),
        (_("Headquarters"), _("has it") if facts.sent else _("does not have it yet: decided offline")),
    ]


def _clock(facts: ApprovalFacts) -> str:
    if facts.trusted is None:
        return "—"
    return _("checked against headquarters’ clock") if facts.trusted else _("clock not trusted")
