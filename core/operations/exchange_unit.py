"""The unit is exchanged for a new one: approved by the branch, found faulty, the new serial scanned."""

from typing import Literal

from core.claiming import approvals_of
from core.ends import MAKER, STATION, certificate_for, remedy_of, verdict_of
from core.ids import derive
from core.operations.kernel import Action, Args, Nature, Rows
from core.operations.loaners import lent
from core.operations.operation import Code, Fen, Id, Operation, OptionalText
from core.operations.orders import check_move, move, order_of, unit_of
from core.refusals import Refusal
from core.rows.jobs import OrderEnd
from core.rows.orders import OrderUnit
from core.rows.reference import Model
from core.warranty import Payer, RemedyKind
from core.work_order import State, roles_for

_OWED = frozenset({RemedyKind.EXCHANGE})


class ExchangeUnit(Args, frozen=True, kw_only=True):
    """Which unit for which; ``rule`` names the verdict's remedy by which it is owed (empty: by approval alone)."""

    order_id: Id
    unit_id: Id
    new_model: Code
    new_serial: Code
    source: Literal["scan", "typed"] = "scan"
    rule: OptionalText = ""
    note: OptionalText = ""
    preview_fen: Fen | None = None
    tariff: Code | None = None


def bears_it(rule: str, unit: OrderUnit, rows: Rows) -> bool:
    """Whether the repairer bears the remedy of that rule, because it is owed for their delay."""
    verdict = verdict_of(unit, rows)
    return any(one.rule == rule and one.payer is Payer.REPAIRER for one in (verdict.remedies if verdict else ()))


def check(args: ExchangeUnit, operation: Operation, rows: Rows) -> None:
    """Identified, found faulty, approved, and really another unit."""
    check_move(rows, args.order_id, "exchange_unit", operation)
    unit = unit_of(rows, args.order_id, args.unit_id)
    if unit.serial is None:
        raise Refusal("unit_not_identified")
    if args.new_serial == unit.serial:
        raise Refusal("same_unit", serial=args.new_serial)
    if rows.get(Model, args.new_model) is None:
        raise Refusal("model_unknown", model=args.new_model)
    if args.rule:
        remedy_of(verdict_of(unit, rows), args.rule, _OWED)
    if certificate_for(args.order_id, rows, State.EXCHANGED, unit.id) is None:
        raise Refusal("certificate_missing")
    if "unit_exchange" not in approvals_of(args.order_id, rows):
        raise Refusal("exchange_not_approved")
    if lent(rows, args.order_id):
        raise Refusal("loaner_not_back")


def replay(args: ExchangeUnit, operation: Operation, rows: Rows) -> None:
    """Keep both serials; the order has ended. A remedy owed for the repairer's delay is at the station's cost."""
    order = order_of(rows, args.order_id)
    unit = unit_of(rows, args.order_id, args.unit_id)
    certificate = certificate_for(order.id, rows, State.EXCHANGED, unit.id)
    rows.put(
        OrderEnd(
            id=derive(operation.id, "end"),
            branch_id=order.branch_id,
            station_id=order.station_id,
            order_id=order.id,
            unit_id=unit.id,
            end=State.EXCHANGED,
            note=args.note,
            payer=STATION if bears_it(args.rule, unit, rows) else MAKER,
            certificate_id=certificate.id if certificate else None,
            rule=args.rule,
            old_serial=unit.serial,
            new_model=args.new_model,
            new_serial=args.new_serial,
            serial_source=args.source,
            made_by=operation.user,
            made_at=operation.made_at,
        )
    )
    move(rows, order, "exchange_unit", completed_at=operation.made_at)


ACTION = Action("exchange_unit", ExchangeUnit, roles_for("exchange_unit"), Nature.DECISION, replay, check)
