"""The stock ledger: balances as sums of moves, reversals, what is below zero; and the old parts' duty to return."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from datetime import date, datetime, timedelta
from typing import NamedTuple

import msgspec

from core.refusals import Refusal
from core.rows.parts import Condition, LocationKind, StockMove

UNBOUNDED = frozenset(
    {
        LocationKind.SUPPLIER,
        LocationKind.HQ,  # its own stock stands in the ERP's books
        LocationKind.OPENING,
        LocationKind.UNIT,
        LocationKind.COUNT,
        LocationKind.GRADED,
    }
)
"""Where parts come from without having been counted in: a balance below zero means nothing there."""


class StockKey(NamedTuple):
    """What a balance is kept for: a part in one condition at one location (`kind:id`)."""

    part_id: str
    location: str
    condition: Condition


def location(kind: LocationKind, id_: str = "") -> str:
    """Return the name of a location, e.g. `station:0198…`."""
    return f"{kind}:{id_}"


def kind_of(name: str) -> LocationKind:
    """Return the kind of a location; ValueError when it is none."""
    return LocationKind(name.partition(":")[0])


def balance(moves: Iterable[StockMove], part_id: str, place: str, condition: Condition = Condition.NEW) -> int:
    """Return the quantity of a part in one condition at a location: what came in less what went out."""
    return balances(moves)[StockKey(part_id, place, condition)]


def balances(moves: Iterable[StockMove]) -> Mapping[StockKey, int]:
    """Return every balance at once; a key that never moved reads 0. All balances of a part always add up to 0."""
    totals: defaultdict[StockKey, int] = defaultdict(int)
    for move in moves:
        totals[StockKey(move.part_id, move.from_location, move.condition)] -= move.quantity
        totals[StockKey(move.part_id, move.to_location, move.condition)] += move.quantity
    return totals


def below_zero(totals: Mapping[StockKey, int]) -> list[tuple[StockKey, int]]:
    """Return the balances below zero that a person must explain, sorted; sources without a count are left out."""
    short = [(key, quantity) for key, quantity in totals.items() if quantity < 0]
    return sorted((key, quantity) for key, quantity in short if kind_of(key.location) not in UNBOUNDED)


def falls_below_zero(totals: Mapping[StockKey, int], move: StockMove) -> bool:
    """Tell whether a move that is about to be made takes its source below zero (allowed, and flagged)."""
    if kind_of(move.from_location) in UNBOUNDED:
        return False
    return totals.get(StockKey(move.part_id, move.from_location, move.condition), 0) < move.quantity


def check(move: StockMove) -> None:
    """Refuse what can be no move: a quantity below 1, or from a location to itself (Refusal `stock_move_invalid`)."""
    if move.quantity < 1 or move.from_location == move.to_location:
        raise Refusal("stock_move_invalid", part=move.part_id)


def reversal(move: StockMove, id_: str, by: str, at: datetime) -> StockMove:
    """Return the move that undoes `move`: the same quantity back. A mistake is never edited.

    A reversal cannot itself be reversed: the first move is made again instead (Refusal `stock_move_reversed`).
    """
    if move.reverses_id is not None:
        raise Refusal("stock_move_reversed", part=move.part_id)
    return msgspec.structs.replace(
        move,
        id=id_,
        version=0,
        from_location=move.to_location,
        to_location=move.from_location,
        reason="reversal",
        reverses_id=move.id,
        moved_by=by,
        moved_at=at,
    )


def reversed_ids(moves: Iterable[StockMove]) -> frozenset[str]:
    """Return the ids of the moves that have been undone."""
    return frozenset(move.reverses_id for move in moves if move.reverses_id is not None)


def whereabouts(moves: Iterable[StockMove], part_id: str, serial: str) -> str | None:
    """Return where a serialised part is by its last move (`moved_at`, then id), None when it never moved."""
    own = [move for move in moves if move.part_id == part_id and move.serial == serial]
    last = max(own, key=lambda move: (move.moved_at, move.id), default=None)
    return last.to_location if last else None


class DutyRule(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How long the old part of a part class may take to come back, in days; 0: it need not come back."""

    part_class: str
    days: int


def due_on(
    taken_out: date, part_class: str, payer: str, rules: Iterable[DutyRule], default_days: int = 30
) -> date | None:
    """Return the last day for an old part's return, None when nothing is due.

    An old part of a paid repair (`payer` customer) belongs to the customer.
    """
    if payer != "maker":
        return None
    days = next((rule.days for rule in rules if rule.part_class == part_class), default_days)
    return taken_out + timedelta(days=days) if days > 0 else None


class Duty(NamedTuple):
    """One old part owed: its id, when it is due, and whether it has come back."""

    old_part_id: str
    due: date | None
    returned: bool


def overdue(duties: Iterable[Duty], today: date) -> Iterator[tuple[str, int]]:
    """Yield id and days over of each old part whose last day is past; the last day itself is in time."""
    for duty in duties:
        if duty.due is not None and not duty.returned and duty.due < today:
            yield duty.old_part_id, (today - duty.due).days
