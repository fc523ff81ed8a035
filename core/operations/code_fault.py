"""The fault and its repair are coded: condition, symptom, section, defect, repair."""

from core.operations.kernel import Action, Args, Nature, Rows
from core.operations.operation import Code, Id, Operation
from core.operations.orders import change, check_open, unit_of
from core.work_order import STATION


class CodeFault(Args, frozen=True, kw_only=True):
    """The codes of one unit; None where not known yet."""

    order_id: Id
    unit_id: Id
    condition: Code | None = None
    symptom: Code | None = None
    section: Code | None = None
    defect: Code | None = None
    repair: Code | None = None
    code_system: Code = "FX"


def check(args: CodeFault, operation: Operation, rows: Rows) -> None:
    """The order must be open; impossible pairs are refused by :mod:`core.coding`."""
    check_open(rows, args.order_id, operation)
    unit_of(rows, args.order_id, args.unit_id)


def replay(args: CodeFault, operation: Operation, rows: Rows) -> None:
    """Store the codes on the unit."""
    change(
        rows,
        unit_of(rows, args.order_id, args.unit_id),
        condition=args.condition,
        symptom=args.symptom,
        section=args.section,
        defect=args.defect,
        repair=args.repair,
        code_system=args.code_system,
    )


ACTION = Action("code_fault", CodeFault, STATION, Nature.FACT, replay, check)
