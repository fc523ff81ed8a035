"""The fault and its repair are coded: condition, symptom, section, defect, repair."""

import msgspec

from core.fault_codes import FIELDS, Coding, possible
from core.operations.kernel import Action, Args, Nature, Rows
from core.operations.operation import Code, Id, Operation
from core.operations.orders import change, check_open, unit_of
from core.reference import fault_catalogue
from core.refusals import Refusal
from core.work_order import STATION

#: Problems that later steps of the order still mend.
STILL_OPEN = frozenset({"code_missing", "repair_without_part", "part_not_in_section", "no_fault_mixed"})


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
    """The order must be open, the codes known and possible together; fields may still be missing."""
    order = check_open(rows, args.order_id, operation)
    unit_of(rows, args.order_id, args.unit_id)
    catalogue = fault_catalogue(rows, args.code_system)
    if catalogue is None:
        return
    given = {field: getattr(args, field) or "" for field in FIELDS}
    coding = msgspec.structs.replace(Coding(product_class=order.product_class), **given)
    problems = possible(coding, catalogue)
    wrong = [problem for problem in problems if problem.rule not in STILL_OPEN]
    if wrong:
        raise Refusal("codes_impossible", rule=wrong[0].rule, field=wrong[0].field, **wrong[0].facts)


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
