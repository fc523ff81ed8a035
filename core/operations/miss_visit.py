"""A booked visit did not happen: the customer was not there, or the technician did not come."""

from typing import Literal

from core.operations.kernel import Action, Args, Nature, Rows
from core.operations.note_contact import not_later
from core.operations.operation import Hash, Id, Moment, Operation, OptionalText
from core.operations.orders import change, check_move, move, order_of
from core.refusals import Refusal
from core.rows.orders import Visit
from core.work_order import roles_for


class MissVisit(Args, frozen=True, kw_only=True):
    """Whose doing it was, since when somebody was there (None: now), and a photo's hash as evidence."""

    order_id: Id
    missed_by: Literal["customer", "technician"]
    at: Moment | None = None
    reason: OptionalText = ""
    evidence_sha256: Hash | None = None


def check(args: MissVisit, operation: Operation, rows: Rows) -> None:
    """A visit must be booked, and nobody can have missed one that is still to come."""
    check_move(rows, args.order_id, "miss_visit", operation)
    not_later(args.at, operation)
    if not rows.find(Visit, order_id=args.order_id, state="booked"):
        raise Refusal("no_visit_booked")


def replay(args: MissVisit, operation: Operation, rows: Rows) -> None:
    """The visit is missed; the order waits for another booking."""
    for visit in rows.find(Visit, order_id=args.order_id, state="booked"):
        change(
            rows,
            visit,
            state="missed",
            missed_by=args.missed_by,
            reason=args.reason or None,
            made_at=args.at or operation.made_at,
            entered_at=operation.made_at,
            evidence_sha256=args.evidence_sha256,
        )
    move(rows, order_of(rows, args.order_id), "miss_visit", visit_from=None, visit_to=None)


ACTION = Action("miss_visit", MissVisit, roles_for("miss_visit"), Nature.DECISION, replay, check)
