"""An order waits for parts, the customer or an inspection, and work goes on again: the SLA clock stops in between."""

from core.operations.kernel import Action, Args, Nature, Rows
from core.operations.operation import Id, Operation, OptionalText
from core.operations.orders import check_move, move, order_of
from core.work_order import roles_for


class Waiting(Args, frozen=True, kw_only=True):
    """Which order; what it waits for."""

    order_id: Id
    reason: OptionalText = ""


def _action(name: str) -> Action[Waiting]:
    def check(args: Waiting, operation: Operation, rows: Rows) -> None:
        check_move(rows, args.order_id, name, operation)

    def replay(args: Waiting, operation: Operation, rows: Rows) -> None:
        move(rows, order_of(rows, args.order_id), name)

    return Action(name, Waiting, roles_for(name), Nature.DECISION, replay, check)


WAIT_FOR_PARTS = _action("wait_for_parts")
WAIT_FOR_CUSTOMER = _action("wait_for_customer")
WAIT_FOR_INSPECTION = _action("wait_for_inspection")
RESUME_WORK = _action("resume_work")
FINISH_REPAIR = _action("finish_repair")
