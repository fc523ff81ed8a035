"""The warranty verdict of a unit, stored with its proof and the versions it was judged by."""

from datetime import date

from core.ids import derive
from core.operations.kernel import Action, Args, Nature, Rows
from core.operations.operation import Id, Operation
from core.operations.orders import change, check_open, order_of, unit_of
from core.refusals import Refusal
from core.rows.orders import UnitVerdict
from core.warranty import Verdict
from core.work_order import STATION


class JudgeWarranty(Args, frozen=True, kw_only=True):
    """Which unit, on which day, and what the station's rules said."""

    order_id: Id
    unit_id: Id
    day: date
    verdict: Verdict


def check(args: JudgeWarranty, operation: Operation, rows: Rows) -> None:
    """The unit must be identified."""
    check_open(rows, args.order_id, operation)
    if unit_of(rows, args.order_id, args.unit_id).serial is None:
        raise Refusal("unit_not_identified")


def replay(args: JudgeWarranty, operation: Operation, rows: Rows) -> None:
    """Store the verdict beside the earlier ones; the unit points to the newest."""
    order = order_of(rows, args.order_id)
    unit = unit_of(rows, args.order_id, args.unit_id)
    verdict_id = derive(operation.id, "verdict")
    rows.put(
        UnitVerdict(
            id=verdict_id,
            branch_id=order.branch_id,
            station_id=order.station_id,
            order_id=order.id,
            unit_id=unit.id,
            serial=unit.serial or "",
            model=unit.model or "",
            day=args.day,
            outcome=args.verdict.outcome.value,
            verdict=args.verdict,
            judged_by=operation.user,
            judged_at=operation.made_at,
        )
    )
    change(rows, unit, verdict_id=verdict_id)


ACTION = Action("judge_warranty", JudgeWarranty, STATION, Nature.FACT, replay, check)
