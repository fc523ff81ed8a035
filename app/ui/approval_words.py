"""How requests are told: by which rule, by whom until when, and what was asked back."""

from app.i18n import N_, _
from app.queries.approvals import RequestLine, Round
from app.ui import formats
from app.ui.live import text_of
from app.ui.refusal_words import code_words

RULES = {
    "goodwill.days_over": N_("The warranty has ended; goodwill has to be approved."),
    "claim.over_limit": N_("The cost lies over the station’s limit."),
    "exchange.unit": N_("A unit is exchanged only when it is approved."),
    "visit.outside_area": N_("The customer lives outside the station’s area."),
    "visit.cancelled": N_("A fee for a visit that was cancelled."),
    "repair.second": N_("The same unit is repaired for the second time."),
    "part.local_purchase": N_("A part is bought where the station is."),
}


def rule_words(rule: str) -> str:
    """Why it has to be approved; the rule's own name where no sentence is known."""
    return _(RULES[rule]) if rule in RULES else rule


def decider_words(line: RequestLine) -> str:
    """Which level decides, and until when while it has not."""
    level = text_of(code_words("approval_level", line.level))
    if line.decided is not None or line.answer_by is None:
        return level
    until = formats.moment(line.answer_by)
    if line.escalations:
        return _("{level}, until {until}; nobody below answered in time").format(level=level, until=until)
    return _("{level}, until {until}").format(level=level, until=until)


def who_when(by: str, at: object) -> str:
    """A name and a moment in one line."""
    return " · ".join(filter(None, (by, formats.moment(at)))) if at else by  # type: ignore[arg-type]


def round_words(one: Round) -> str:
    """A question and its answer as running text."""
    asked = _("Question ({who}): {text}").format(who=who_when(one.by, one.at), text=one.question)
    if one.answer is None:
        return asked
    answered = _("Answer ({who}): {text}").format(who=who_when(one.answered_by, one.answered_at), text=one.answer)
    return f"{asked}\n{answered}"
