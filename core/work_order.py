"""The work order's states and its table of moves: which action takes which state where, and who may make it."""

from collections.abc import Iterable
from enum import StrEnum
from typing import NamedTuple

from core.refusals import Refusal
from core.roles import Role


class State(StrEnum):
    """Where an order stands; the order of the members is the order of work."""

    NEW = "new"
    OFFERED_BRANCH = "offered_branch"
    AT_BRANCH = "at_branch"
    OFFERED_STATION = "offered_station"
    ACCEPTED = "accepted"
    SCHEDULED = "scheduled"
    IN_PROGRESS = "in_progress"
    IN_SHOP = "in_shop"
    WAITING_PARTS = "waiting_parts"
    WAITING_CUSTOMER = "waiting_customer"
    WAITING_APPROVAL = "waiting_approval"
    WAITING_INSPECTION = "waiting_inspection"
    REPAIRED = "repaired"
    COMPLETED = "completed"
    VERIFIED = "verified"
    SETTLED = "settled"
    CLOSED = "closed"
    DECLINED = "declined"
    RECALLED = "recalled"
    CANCELLED = "cancelled"
    RETURNED_UNREPAIRED = "returned_unrepaired"
    EXCHANGED = "exchanged"
    REFUND_PROPOSED = "refund_proposed"
    CLAIM_HELD = "claim_held"
    CLAIM_REJECTED = "claim_rejected"


S, R = State, Role

HOLDS = frozenset({S.WAITING_PARTS, S.WAITING_CUSTOMER, S.WAITING_APPROVAL, S.WAITING_INSPECTION})
AT_WORK = frozenset({S.IN_PROGRESS, S.IN_SHOP})
#: states in which facts about the repair may still be added
OPEN_AT_STATION = frozenset({S.ACCEPTED, S.SCHEDULED, S.IN_PROGRESS, S.IN_SHOP, S.REPAIRED}) | HOLDS
FINISHED = frozenset({S.COMPLETED, S.RETURNED_UNREPAIRED, S.EXCHANGED, S.REFUND_PROPOSED})
ENDED = FINISHED | {S.VERIFIED, S.SETTLED, S.CLOSED, S.CANCELLED, S.CLAIM_HELD, S.CLAIM_REJECTED}

STATION = (R.TECHNICIAN, R.STATION_LEAD)
LEAD = (R.STATION_LEAD,)
BRANCH = (R.BRANCH_MANAGER,)
HQ_DISPATCH = (R.DISPATCHER, R.ADMINISTRATOR)


class Move(NamedTuple):
    """``action`` takes an order from any of ``sources`` to ``target`` (None: back to the state a hold left)."""

    action: str
    sources: frozenset[State]
    target: State | None
    roles: tuple[Role, ...]


def _move(action: str, sources: Iterable[State], target: State | None, roles: tuple[Role, ...]) -> Move:
    return Move(action, frozenset(sources), target, roles)


MOVES: tuple[Move, ...] = (
    _move("offer_to_branch", {S.NEW, S.RECALLED}, S.OFFERED_BRANCH, HQ_DISPATCH),
    _move("accept_at_branch", {S.OFFERED_BRANCH}, S.AT_BRANCH, BRANCH),
    _move("decline_at_branch", {S.OFFERED_BRANCH}, S.NEW, BRANCH),
    _move("dispatch_order", {S.OFFERED_BRANCH, S.AT_BRANCH, S.DECLINED, S.RECALLED}, S.OFFERED_STATION, BRANCH),
    _move("direct_dispatch", {S.NEW, S.OFFERED_BRANCH, S.RECALLED}, S.OFFERED_STATION, HQ_DISPATCH),
    _move("expire_offer", {S.OFFERED_STATION}, S.DECLINED, HQ_DISPATCH),
    _move("accept_order", {S.OFFERED_STATION}, S.ACCEPTED, STATION),
    _move("decline_order", {S.OFFERED_STATION, S.ACCEPTED, S.SCHEDULED}, S.DECLINED, STATION),
    _move("recall_from_branch", {S.OFFERED_BRANCH, S.AT_BRANCH}, S.RECALLED, HQ_DISPATCH),
    _move("recall_order", {S.OFFERED_STATION, S.ACCEPTED, S.SCHEDULED, S.DECLINED}, S.AT_BRANCH, BRANCH),
    _move(
        "book_visit",
        {S.ACCEPTED, S.SCHEDULED, S.IN_PROGRESS, S.WAITING_CUSTOMER, S.WAITING_PARTS},
        S.SCHEDULED,
        STATION,
    ),
    _move("miss_visit", {S.SCHEDULED}, S.ACCEPTED, STATION),
    _move("start_work", {S.ACCEPTED, S.SCHEDULED}, S.IN_PROGRESS, STATION),
    _move("take_to_shop", {S.IN_PROGRESS}, S.IN_SHOP, STATION),
    _move("wait_for_parts", {S.ACCEPTED, S.SCHEDULED} | AT_WORK, S.WAITING_PARTS, STATION),
    _move("wait_for_customer", {S.ACCEPTED, S.SCHEDULED} | AT_WORK, S.WAITING_CUSTOMER, STATION),
    _move("wait_for_inspection", AT_WORK, S.WAITING_INSPECTION, STATION),
    _move("ask_approval", AT_WORK, S.WAITING_APPROVAL, STATION),
    _move("resume_work", {S.WAITING_PARTS, S.WAITING_CUSTOMER, S.WAITING_INSPECTION}, None, STATION),
    _move("decide_approval", {S.WAITING_APPROVAL}, None, (R.STATION_LEAD, *BRANCH)),
    _move("finish_repair", AT_WORK, S.REPAIRED, STATION),
    _move("complete_order", AT_WORK | {S.REPAIRED}, S.COMPLETED, STATION),
    _move("return_unrepaired", AT_WORK | {S.WAITING_CUSTOMER, S.WAITING_PARTS}, S.RETURNED_UNREPAIRED, STATION),
    _move("exchange_unit", AT_WORK, S.EXCHANGED, STATION),
    _move("propose_refund", AT_WORK, S.REFUND_PROPOSED, STATION),
    _move("reopen_order", {S.COMPLETED}, S.IN_PROGRESS, LEAD),
    _move(
        "cancel_order",
        {S.NEW, S.OFFERED_BRANCH, S.AT_BRANCH, S.OFFERED_STATION, S.ACCEPTED, S.SCHEDULED, S.DECLINED, S.RECALLED},
        S.CANCELLED,
        BRANCH + HQ_DISPATCH,
    ),
    _move("verify_order", FINISHED | {S.CANCELLED, S.CLAIM_HELD}, S.VERIFIED, (R.CALLBACK_AGENT, R.ADMINISTRATOR)),
    _move("hold_claim", FINISHED | {S.CANCELLED, S.VERIFIED}, S.CLAIM_HELD, (R.CALLBACK_AGENT, R.SETTLEMENT_AUDITOR)),
    _move("reject_claim", {S.CLAIM_HELD, S.VERIFIED}, S.CLAIM_REJECTED, (R.SETTLEMENT_AUDITOR,)),
    _move("settle_order", {S.VERIFIED}, S.SETTLED, (R.SETTLEMENT_AUDITOR, R.ADMINISTRATOR)),
    _move(
        "close_order",
        FINISHED | {S.SETTLED, S.CLAIM_REJECTED, S.CANCELLED},
        S.CLOSED,
        (R.SETTLEMENT_AUDITOR, R.CALLBACK_AGENT, R.ADMINISTRATOR),
    ),
)
_BY_ACTION = {move.action: move for move in MOVES}

#: Work has begun; and: it is done, and no money has moved yet.
BEGUN = AT_WORK | HOLDS | {S.REPAIRED}
DONE = FINISHED | {S.VERIFIED, S.CLAIM_HELD}
#: How an order can end, and the moves that end it, for orders that have gone on to verification since.
ENDS = FINISHED | {S.CANCELLED}
ENDED_BY: dict[str, State] = {move.action: move.target for move in MOVES if move.target in ENDS}
#: Moves by which a station takes an order on and works on it (giving it back is none of them).
WORK_MOVES = frozenset(
    move.action for move in MOVES if move.roles in (STATION, LEAD) and move.action != "decline_order"
)
#: Moves that exclude the state HQ holds by now: neither wins silently, a person of the branch picks.
CONTESTED: dict[str, frozenset[State]] = dict.fromkeys(sorted(WORK_MOVES), frozenset({S.CANCELLED}))
CONTESTED |= {"cancel_order": BEGUN | DONE, "recall_order": BEGUN}
#: Moves that want what has come about already.
MOOT: dict[str, frozenset[State]] = {
    "accept_at_branch": frozenset({S.AT_BRANCH, S.OFFERED_STATION}),
    "cancel_order": frozenset({S.CANCELLED}),
    "recall_order": frozenset({S.AT_BRANCH}),
    "decline_order": frozenset({S.DECLINED, S.CANCELLED}),
}


def roles_for(action: str) -> tuple[Role, ...]:
    """Who may make the move ``action``; ``KeyError`` when it is not a move."""
    return _BY_ACTION[action].roles


def possible(state: State, action: str) -> bool:
    """Whether ``action`` may be made on an order in ``state``."""
    move = _BY_ACTION.get(action)
    return move is not None and state in move.sources


def target_of(action: str) -> State | None:
    """Where ``action`` leads; None when it is no move, or leads back to where a hold began."""
    move = _BY_ACTION.get(action)
    return None if move is None else move.target


def apply(state: State, held_from: State | None, action: str) -> tuple[State, State | None]:
    """The state and the hold's return state after ``action``.

    Raises :class:`Refusal` ``move_not_allowed`` when the table has no such move.
    """
    move = _BY_ACTION[action]
    if state not in move.sources:
        raise Refusal("move_not_allowed", state=state.value, action=action)
    if move.target is None:
        return held_from or State.IN_PROGRESS, None
    return move.target, state if move.target in HOLDS else None
