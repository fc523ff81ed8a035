"""Which step of an order is the next right thing, for whom: one table, read from the top."""

from collections.abc import Callable
from typing import NamedTuple

from core.work_order import AT_WORK, ENDED, MOVES, OPEN_AT_STATION, State

STEPS = ("accept", "visit", "identify", "verdict", "repair", "sign", "done")
"""The flow of an order as the window shows it."""


class Situation(NamedTuple):
    """All that decides the next step. ``side`` is where the person may act: station, branch, or "" (only look)."""

    side: str
    state: State
    lead: bool = False  # a station lead
    on_site: bool = True
    identified: bool = False
    judged: bool = False
    covered: bool = True  # nothing of the work is the customer's to pay, as far as the verdict tells
    days_over: int | None = None
    asked: bool = False  # a request was made, decided or not
    asked_back: bool = False  # it came back with a question
    coded: bool = False
    signed: bool = False
    needs_part: bool = False  # the coded repair exchanges a part and none is put in
    untagged: int = 0
    errors: int = 0  # what the pre-flight would refuse
    started: bool = False
    job: str = "repair"
    card_missing: bool = False  # a unit of an installation lacks its card
    certified: bool = False  # an inspection certificate is there
    exchange_granted: bool = False
    held: bool = False  # a unit is in the station's hands
    lent: bool = False  # the customer has a loaner of ours
    own_window: bool = False  # completed so short a time ago that it may be opened again

    @property
    def repairs(self) -> bool:
        """Whether the unit is to be mended: judged, coded, quoted."""
        return self.job in ("repair", "exchange")

    @property
    def exchanging(self) -> bool:
        """Whether nothing is left but to hand over the new unit."""
        return self.exchange_granted and self.certified


class NextStep(NamedTuple):
    """``action`` is the primary button's ("" for none), ``say`` names its sentence, ``others`` the quiet buttons."""

    step: str
    action: str
    say: str
    others: tuple[str, ...] = ()
    more: tuple[str, ...] = ()  # what is rarely done, in the menu


class Rule(NamedTuple):
    """One line of the table: side, states, what else must hold, and the step."""

    side: str
    states: frozenset[State]
    holds: Callable[[Situation], bool]
    next: NextStep


S = State
GOODWILL_DAYS = 30
"""Up to so many days over, goodwill is worth asking for before the customer is told to pay."""
_WORK = AT_WORK | {S.REPAIRED}
_PAUSES = ("wait_for_parts", "wait_for_customer")


def _always(_: Situation) -> bool:
    return True


def _sources(action: str) -> frozenset[State]:
    """The states in which the table of moves allows the action."""
    return next(move.sources for move in MOVES if move.action == action)


def _rule(
    side: str,
    states: frozenset[State] | set[State],
    step: str,
    action: str,
    say: str,
    *others: str,
    when: Callable[[Situation], bool] = _always,
) -> Rule:
    return Rule(side, frozenset(states), when, NextStep(step, action, say, others))


def _goodwill_first(s: Situation) -> bool:
    within = s.days_over is not None and s.days_over <= GOODWILL_DAYS
    return s.repairs and s.state in AT_WORK and not s.covered and not s.asked and not s.signed and within


TABLE: tuple[Rule, ...] = (
    # the station
    _rule("station", {S.OFFERED_STATION}, "accept", "accept_order", "offered", "decline_order"),
    _rule(
        "station", {S.ACCEPTED}, "visit", "book_visit", "book", "start_work", *_PAUSES, "decline_order",
        when=lambda s: s.on_site,
    ),
    _rule("station", {S.ACCEPTED}, "visit", "start_work", "start_counter", "book_visit", *_PAUSES, "decline_order"),
    _rule(
        "station", {S.SCHEDULED}, "visit", "start_work", "start", "book_visit", "miss_visit", *_PAUSES,
        "decline_order",
    ),
    _rule("station", {S.WAITING_PARTS}, "repair", "resume_work", "waits_parts"),
    _rule("station", {S.WAITING_CUSTOMER}, "repair", "resume_work", "waits_customer", "book_visit"),
    _rule(
        "station", {S.WAITING_INSPECTION}, "repair", "issue_certificate", "certify", "resume_work",
        when=lambda s: s.identified and not s.certified,
    ),
    _rule("station", {S.WAITING_INSPECTION}, "repair", "resume_work", "waits_inspection"),
    _rule(
        "station", {S.WAITING_APPROVAL}, "verdict", "answer_question", "asked_back", "record_documents",
        when=lambda s: s.asked_back,
    ),
    _rule(
        "station", {S.WAITING_APPROVAL}, "verdict", "sign_quotation", "waits_approval_sign",
        when=lambda s: not s.signed,
    ),
    _rule("station", {S.WAITING_APPROVAL}, "verdict", "", "waits_approval"),
    _rule("station", _WORK, "identify", "identify_unit", "identify", *_PAUSES, when=lambda s: not s.identified),
    _rule(
        "station", _WORK, "repair", "record_installation", "card", *_PAUSES,
        when=lambda s: s.job == "installation" and s.card_missing,
    ),
    _rule(
        "station", _WORK, "repair", "issue_certificate", "certify", *_PAUSES,
        when=lambda s: s.job == "inspection" and not s.certified,
    ),
    _rule("station", _WORK, "verdict", "judge_warranty", "judge", "record_documents",
          when=lambda s: s.repairs and not s.judged),
    _rule("station", AT_WORK, "done", "take_back_loaner", "loaner", when=lambda s: s.exchanging and s.lent),
    _rule("station", AT_WORK, "done", "exchange_unit", "exchange", *_PAUSES, when=lambda s: s.exchanging),
    _rule(
        "station", _WORK, "verdict", "ask_approval", "goodwill", "sign_quotation", "record_documents",
        when=_goodwill_first,
    ),
    _rule(
        "station", _WORK, "repair", "code_fault", "code", "record_documents", "ask_approval", *_PAUSES,
        when=lambda s: s.repairs and not s.coded,
    ),
    _rule(
        "station", _WORK, "sign", "sign_quotation", "sign", "ask_approval", *_PAUSES,
        when=lambda s: s.job != "inspection" and not s.signed,
    ),
    _rule("station", _WORK, "repair", "use_part", "part", "wait_for_parts", when=lambda s: s.needs_part),
    _rule("station", _WORK, "repair", "tag_old_part", "tag", "use_part", when=lambda s: s.untagged > 0),
    _rule(
        "station", _WORK, "done", "mend", "mend", "record_documents", "use_part", "ask_approval",
        when=lambda s: s.errors > 0,
    ),
    _rule("station", _WORK, "done", "give_back", "give_back", "use_part", when=lambda s: s.held),
    _rule("station", _WORK, "done", "take_back_loaner", "loaner", when=lambda s: s.lent),
    _rule("station", AT_WORK, "done", "complete_order", "complete", "use_part", "finish_repair"),
    _rule("station", {S.REPAIRED}, "done", "complete_order", "complete", "use_part"),
    _rule("station", {S.DECLINED}, "accept", "", "declined"),
    # the branch
    _rule("branch", {S.OFFERED_BRANCH}, "accept", "accept_at_branch", "offered_branch", "dispatch_order",
          "decline_at_branch", "cancel_order"),
    _rule("branch", {S.AT_BRANCH, S.RECALLED}, "accept", "dispatch_order", "dispatch", "cancel_order"),
    _rule("branch", {S.DECLINED}, "accept", "dispatch_order", "dispatch_again", "recall_order", "cancel_order"),
    _rule("branch", {S.OFFERED_STATION, S.ACCEPTED, S.SCHEDULED}, "accept", "", "at_station", "recall_order",
          "cancel_order"),
    _rule("branch", {S.WAITING_APPROVAL}, "verdict", "decide_approval", "decide"),
)  # fmt: skip


class Seldom(NamedTuple):
    """Something that is done now and then: in which states, and what else must hold."""

    action: str
    states: frozenset[State]
    holds: Callable[[Situation], bool] = _always


MORE: tuple[Seldom, ...] = (
    Seldom("note_contact", OPEN_AT_STATION),
    Seldom("book_visit", _sources("book_visit")),
    Seldom("miss_visit", _sources("miss_visit")),
    Seldom("take_to_shop", _sources("take_to_shop"), lambda s: not s.held),
    Seldom("receive_unit", OPEN_AT_STATION, lambda s: not s.held),
    Seldom("give_back", OPEN_AT_STATION | ENDED, lambda s: s.held),
    Seldom("lend_loaner", OPEN_AT_STATION),
    Seldom("take_back_loaner", OPEN_AT_STATION | ENDED, lambda s: s.lent),
    Seldom("wait_for_inspection", _sources("wait_for_inspection")),
    Seldom("issue_certificate", OPEN_AT_STATION, lambda s: s.identified),
    Seldom("add_unit", OPEN_AT_STATION),
    Seldom("record_installation", OPEN_AT_STATION, lambda s: s.job == "installation"),
    Seldom("return_unrepaired", _sources("return_unrepaired")),
    Seldom("exchange_unit", _sources("exchange_unit"), lambda s: s.identified),
    Seldom("propose_refund", _sources("propose_refund"), lambda s: s.judged),
    Seldom("reopen_order", _sources("reopen_order"), lambda s: s.lead and s.own_window),
)
"""What the station may do beside the next step; the page's menu offers it in this order."""


def more_actions(situation: Situation) -> tuple[str, ...]:
    """What of the seldom things fits now; nothing but for the station."""
    if situation.side != "station":
        return ()
    return tuple(one.action for one in MORE if situation.state in one.states and one.holds(situation))


def next_step(situation: Situation) -> NextStep:
    """The first line of the table that fits; when none does, there is nothing to do here."""
    found = _next_step(situation)
    shown = (found.action, *found.others)
    return found._replace(more=tuple(name for name in more_actions(situation) if name not in shown))


def _next_step(situation: Situation) -> NextStep:
    for rule in TABLE:
        if rule.side == situation.side and situation.state in rule.states and rule.holds(situation):
            return _for_person(rule.next, situation)
    if situation.state in ENDED:
        return NextStep("", "", "ended")
    return NextStep("accept" if not situation.started else "repair", "", "elsewhere")


def _for_person(found: NextStep, situation: Situation) -> NextStep:
    """A lead may also give the order to a technician; nothing is offered that the state does not allow."""
    others = tuple(name for name in found.others if _allowed(name, situation))
    assignable = situation.lead and situation.state not in (S.OFFERED_STATION, S.DECLINED)
    return found._replace(others=(*others, "assign_technician") if assignable else others)


def _allowed(action: str, situation: Situation) -> bool:
    if action in ("ask_approval", *_PAUSES) and situation.state is S.REPAIRED:
        return False
    if action == "ask_approval":
        return situation.judged and not situation.asked and not situation.covered
    return True


def step_states(situation: Situation, now: str) -> tuple[str, ...]:
    """Per step of :data:`STEPS`: done, current or todo. ``now`` is the step of the next right thing."""
    s = situation
    done = {
        "accept": s.state not in (S.NEW, S.OFFERED_BRANCH, S.AT_BRANCH, S.OFFERED_STATION, S.DECLINED, S.RECALLED),
        "visit": s.started,
        "identify": s.identified,
        "verdict": s.judged or (s.identified and not s.repairs),
        "repair": (s.coded if s.repairs else s.identified and not s.card_missing)
        and not s.untagged
        and not s.needs_part,
        "sign": s.signed or (s.job == "inspection" and s.certified),
        "done": s.state in ENDED and s.state is not S.CANCELLED,
    }
    return tuple("current" if name == now else "done" if done[name] else "todo" for name in STEPS)
