"""Settlement: a statement's states and moves, its month, and the differences a station finds when it recomputes it."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from enum import StrEnum
from typing import NamedTuple

import msgspec

from core.claims import ClaimFacts, ClaimLine, Tariff, claim_lines
from core.refusals import Refusal
from core.roles import Role


class StatementState(StrEnum):
    """Where a station's monthly statement stands; the order of the members is the order of work."""

    DRAFT = "draft"
    DISPUTED = "disputed"
    CONFIRMED = "confirmed"
    BRANCH_APPROVED = "branch_approved"
    AUDITED = "audited"
    INVOICED = "invoiced"
    INVOICE_CHECKED = "invoice_checked"
    POSTED = "posted"
    PAID = "paid"


class StatementMove(NamedTuple):
    """`action` takes a statement from any of `sources` to `target`; one of `roles` must make it."""

    action: str
    sources: frozenset[StatementState]
    target: StatementState
    roles: tuple[Role, ...]


_S = StatementState
_BRANCH = (Role.BRANCH_MANAGER,)
_STATION = (Role.STATION_LEAD,)
_AUDIT = (Role.SETTLEMENT_AUDITOR, Role.ADMINISTRATOR)

MOVES: tuple[StatementMove, ...] = (
    StatementMove("confirm_statement", frozenset({_S.DRAFT}), _S.CONFIRMED, _STATION),
    StatementMove("dispute_line", frozenset({_S.DRAFT, _S.DISPUTED}), _S.DISPUTED, _STATION),
    StatementMove("answer_dispute", frozenset({_S.DISPUTED}), _S.DRAFT, _BRANCH + _AUDIT),
    StatementMove("approve_statement", frozenset({_S.CONFIRMED}), _S.BRANCH_APPROVED, _BRANCH),
    StatementMove("return_statement", frozenset({_S.CONFIRMED, _S.BRANCH_APPROVED}), _S.DRAFT, _BRANCH + _AUDIT),
    StatementMove("audit_statement", frozenset({_S.BRANCH_APPROVED}), _S.AUDITED, _AUDIT),
    StatementMove("issue_invoice", frozenset({_S.AUDITED}), _S.INVOICED, _STATION),
    StatementMove("return_invoice", frozenset({_S.INVOICED}), _S.AUDITED, _AUDIT),
    StatementMove("check_invoice", frozenset({_S.INVOICED}), _S.INVOICE_CHECKED, _AUDIT),
    StatementMove("post_statement", frozenset({_S.INVOICE_CHECKED}), _S.POSTED, _AUDIT),
    StatementMove("pay_statement", frozenset({_S.POSTED}), _S.PAID, _AUDIT),
)
_BY_ACTION = {move.action: move for move in MOVES}


def apply(state: StatementState, action: str) -> StatementState:
    """Return the state after `action`.

    Raises Refusal `statement_not_open` when the table has no such move from `state`, KeyError for an unknown action.
    """
    move = _BY_ACTION[action]
    if state not in move.sources:
        raise Refusal("statement_not_open", state=state.value)
    return move.target


def roles_for(action: str) -> tuple[Role, ...]:
    """Return who may make the move; KeyError when it is none."""
    return _BY_ACTION[action].roles


def settlement_month(day: date, closing_day: int = 31) -> str:
    """Return the month 'YYYY-MM' in whose statement a claim verified on `day` belongs.

    After the closing day it is the next month's; a closing day of 31 is the calendar month.
    """
    if day.day <= closing_day:
        return f"{day:%Y-%m}"
    year, month0 = divmod(day.year * 12 + day.month, 12)
    return f"{year:04d}-{month0 + 1:02d}"


def run_of(*, had_problem: bool) -> int:
    """Return the run a claim is settled in: sound claims in 1, those that were held or corrected in 2."""
    return 2 if had_problem else 1


class DifferenceClass(StrEnum):
    """Why a line of HQ's statement is not the station's own figure."""

    TARIFF_VERSION = "tariff_version"
    REJECTED = "rejected"
    OLD_PART_MISSING = "old_part_missing"
    DUPLICATE = "duplicate"
    LATE = "late"
    PENALTY = "penalty"
    MISSING = "missing"
    AMOUNT = "amount"


class StatementFigure(msgspec.Struct, frozen=True, kw_only=True):
    """One line of HQ's statement as far as it is compared."""

    line_id: str
    order_id: str | None = None
    kind: str
    part_id: str | None = None
    quantity: int = 1
    amount_fen: int
    tariff: str = ""


class OwnClaim(msgspec.Struct, frozen=True, kw_only=True):
    """A station's own figure for one order of the month, and what it knows of HQ's view of it.

    `facts` allow it to be computed again under another tariff. `rejection` is HQ's reason, `late` that it was filed
    after the tariff's limit, `old_parts_missing` the part ids whose old parts HQ has not received.
    """

    order_id: str
    lines: tuple[ClaimLine, ...]
    facts: ClaimFacts | None = None
    rejection: str | None = None
    late: bool = False
    old_parts_missing: tuple[str, ...] = ()


class Difference(msgspec.Struct, frozen=True, kw_only=True, rename={"class_": "class"}):
    """One difference. `line_id` is None when HQ has no such line; `hq_fen - own_fen` is what it is worth."""

    line_id: str | None
    order_id: str | None
    kind: str
    part_id: str | None
    class_: DifferenceClass
    hq_fen: int
    own_fen: int


class _Key(NamedTuple):
    order_id: str | None
    kind: str
    part_id: str | None


OTHER_KINDS = frozenset({"penalty", "deduction", "carried_over"})
"""Kinds of lines that rest on no claim."""


def recompute(
    lines: Iterable[StatementFigure], own: Iterable[OwnClaim], tariffs: Iterable[Tariff] = ()
) -> list[Difference]:
    """Return every difference between HQ's lines and the station's own claims, each with its class.

    Lines are matched by order, kind and part; what HQ has beyond that is a duplicate, what it lacks is explained by
    what is known of the claim. The differences' worth adds up to HQ's total less the own total.
    """
    claims = {claim.order_id: claim for claim in own}
    versions = {tariff.version: tariff for tariff in tariffs}
    theirs = _grouped(lines)
    ours = _own_lines(claims.values())
    found: list[Difference] = []
    for key in sorted({*theirs, *ours}, key=lambda key: (key.order_id or "", key.kind, key.part_id or "")):
        claim = claims.get(key.order_id or "")
        found += _compare(key, theirs.get(key, []), ours.get(key, []), claim, versions)
    return found


def _grouped(lines: Iterable[StatementFigure]) -> dict[_Key, list[StatementFigure]]:
    groups: defaultdict[_Key, list[StatementFigure]] = defaultdict(list)
    for line in lines:
        groups[_Key(line.order_id, line.kind, line.part_id)].append(line)
    return dict(groups)


def _own_lines(claims: Iterable[OwnClaim]) -> dict[_Key, list[ClaimLine]]:
    groups: defaultdict[_Key, list[ClaimLine]] = defaultdict(list)
    for claim in claims:
        for line in claim.lines:
            groups[_Key(claim.order_id, line.kind, line.part_id)].append(line)
    return dict(groups)


def _compare(
    key: _Key,
    theirs: Sequence[StatementFigure],
    ours: Sequence[ClaimLine],
    claim: OwnClaim | None,
    tariffs: Mapping[str, Tariff],
) -> list[Difference]:
    """Compare the lines of one key pair by pair, equal amounts first, then what is left over on either side."""
    if claim is None:
        return [_difference(key, line, _class_of_extra(key, ours), 0) for line in theirs]
    left, right = _without_equal(theirs, ours)
    pairs = min(len(left), len(right))
    found = [
        _difference(key, line, _class_of_pair(key, line, mine, claim, tariffs), mine.amount_fen)
        for line, mine in zip(left, right, strict=False)
    ]
    found += [_difference(key, line, _class_of_extra(key, ours), 0) for line in left[pairs:]]
    found += [_difference(key, None, _known_reason(key, claim), mine.amount_fen) for mine in right[pairs:]]
    return found


def _without_equal(
    theirs: Sequence[StatementFigure], ours: Sequence[ClaimLine]
) -> tuple[list[StatementFigure], list[ClaimLine]]:
    left, right = [], list(ours)
    for line in theirs:
        same = next((mine for mine in right if mine.amount_fen == line.amount_fen), None)
        if same is None:
            left.append(line)
        else:
            right.remove(same)
    return left, right


def _difference(key: _Key, line: StatementFigure | None, class_: DifferenceClass, own_fen: int) -> Difference:
    return Difference(
        line_id=line.line_id if line else None,
        order_id=key.order_id,
        kind=key.kind,
        part_id=key.part_id,
        class_=class_,
        hq_fen=line.amount_fen if line else 0,
        own_fen=own_fen,
    )


def _class_of_pair(
    key: _Key, line: StatementFigure, mine: ClaimLine, claim: OwnClaim, tariffs: Mapping[str, Tariff]
) -> DifferenceClass:
    if line.amount_fen == 0:
        reason = _known_reason(key, claim)
        return DifferenceClass.AMOUNT if reason is DifferenceClass.MISSING else reason
    if line.tariff != mine.tariff_version and _agrees_under(key, line, claim, tariffs.get(line.tariff)):
        return DifferenceClass.TARIFF_VERSION
    return DifferenceClass.AMOUNT


def _agrees_under(key: _Key, line: StatementFigure, claim: OwnClaim, tariff: Tariff | None) -> bool:
    """Tell whether HQ's amount is what the order earns under HQ's tariff; unknown facts or tariff count as yes."""
    if claim.facts is None or tariff is None:
        return True
    again = claim_lines(claim.facts, tariff)
    return any((one.kind, one.part_id, one.amount_fen) == (key.kind, key.part_id, line.amount_fen) for one in again)


def _class_of_extra(key: _Key, ours: Sequence[ClaimLine]) -> DifferenceClass:
    if key.kind in OTHER_KINDS:
        return DifferenceClass.PENALTY
    return DifferenceClass.DUPLICATE if ours else DifferenceClass.MISSING


def _known_reason(key: _Key, claim: OwnClaim) -> DifferenceClass:
    """Return why HQ pays nothing for a line, as far as the station was told."""
    if claim.rejection:
        return DifferenceClass.REJECTED
    if key.part_id in claim.old_parts_missing:
        return DifferenceClass.OLD_PART_MISSING
    return DifferenceClass.LATE if claim.late else DifferenceClass.MISSING
