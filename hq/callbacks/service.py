"""What a call-back found: the claim is verified, corrected or rejected, and the order moves with it."""

from datetime import datetime
from enum import StrEnum

import msgspec

from core.claiming import preview
from core.claims import total_fen
from core.ids import derive, new_id
from core.refusals import Refusal
from core.rows.access import Rows
from core.rows.orders import TimelineEntry, WorkOrder
from core.rows.settlement import Claim
from core.work_order import FINISHED, State, apply


class Result(StrEnum):
    """What the customer said of the order."""

    VALID = "valid"
    CORRECTED = "corrected"
    REJECTED = "rejected"


_MAY_BE_CALLED = FINISHED | {State.CANCELLED, State.CLAIM_HELD}


def answer(
    rows: Rows, order_id: str, result: Result, reason: str, at: datetime, source: str | None = None
) -> WorkOrder:
    """Move a finished order by its call-back; the same answer given twice changes nothing.

    Raises Refusal ``order_unknown``, ``move_not_allowed``, and ``reason_missing`` for a rejection without one.
    """
    order = rows.get(WorkOrder, order_id)
    if order is None:
        raise Refusal("order_unknown", order=order_id)
    claim = next(iter(rows.find(Claim, order_id=order.id)), None)
    if _is_done(order, result):
        return order
    if order.state not in _MAY_BE_CALLED:
        raise Refusal("move_not_allowed", state=order.state.value, action="callback")
    if result is Result.REJECTED and not reason.strip():
        raise Refusal("reason_missing")
    source = source or new_id()
    if claim is None:
        return _moved(rows, order, ("close_order",), result, reason, at, source)
    if result is Result.REJECTED:
        rows.put(msgspec.structs.replace(claim, state="rejected", rejection=reason))
        held = () if order.state is State.CLAIM_HELD else ("hold_claim",)
        return _moved(rows, order, (*held, "reject_claim"), result, reason, at, source)
    rows.put(_verified(rows, order, claim, result))
    return _moved(rows, order, ("verify_order",), result, reason, at, source)


def _is_done(order: WorkOrder, result: Result) -> bool:
    if result is Result.REJECTED:
        return order.state is State.CLAIM_REJECTED
    return order.state in (State.VERIFIED, State.SETTLED)


def _verified(rows: Rows, order: WorkOrder, claim: Claim, result: Result) -> Claim:
    """A corrected claim is computed anew from the order as it stands, and settled in the second run."""
    if result is Result.VALID:
        return msgspec.structs.replace(claim, state="verified")
    lines = preview(order, rows, claim.completed_on)
    signals = tuple(dict.fromkeys((*claim.signals, "callback_corrected")))
    return msgspec.structs.replace(claim, state="verified", lines=lines, total_fen=total_fen(lines), signals=signals)


def _moved(
    rows: Rows, order: WorkOrder, actions: tuple[str, ...], result: Result, reason: str, at: datetime, source: str
) -> WorkOrder:
    for action in actions:
        state, held_from = apply(order.state, order.held_from, action)
        order = msgspec.structs.replace(order, state=state, held_from=held_from)
    rows.put(order)
    rows.put(
        TimelineEntry(
            id=derive(source, f"timeline/callback/{order.id}"),
            branch_id=order.branch_id,
            station_id=order.station_id,
            order_id=order.id,
            action=actions[-1],
            person_id=None,
            person_name="HQ",
            at=at,
            detail={"result": result.value} | ({"reason": reason} if reason.strip() else {}),
        )
    )
    return order
