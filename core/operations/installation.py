"""An installation: further units, the halves of a split unit, and what the installation card says of each."""

from datetime import date
from typing import Annotated, Literal

from msgspec import Meta

from core.ids import derive
from core.judging import local_day
from core.operations.kernel import Action, Args, Nature, Rows
from core.operations.operation import Id, Name, Operation
from core.operations.orders import change, check_open, order_of, unit_of
from core.refusals import Refusal
from core.rows.orders import OrderUnit
from core.work_order import STATION

Half = Literal["indoor", "outdoor"]
Pair = Annotated[int, Meta(ge=1, le=99)]
#: An order may cover so many units.
MOST_UNITS = 40


class AddUnit(Args, frozen=True, kw_only=True):
    """One more unit of the order; ``half`` and ``pair`` when it is a half of a split unit."""

    order_id: Id
    half: Half | None = None
    pair: Pair | None = None


class RecordInstallation(Args, frozen=True, kw_only=True):
    """What the card says of one unit: the day, the place in the home, and which half of which pair it is."""

    order_id: Id
    unit_id: Id
    installed_on: date
    place: Name
    half: Half | None = None
    pair: Pair | None = None


def check_add(args: AddUnit, operation: Operation, rows: Rows) -> None:
    """The order must be open, and not have more units than a job can."""
    check_open(rows, args.order_id, operation)
    if len(rows.find(OrderUnit, order_id=args.order_id)) >= MOST_UNITS:
        raise Refusal("units_too_many", limit=MOST_UNITS)


def add(args: AddUnit, operation: Operation, rows: Rows) -> None:
    """It stands after the others; two who add one at once make two."""
    order = order_of(rows, args.order_id)
    others = rows.find(OrderUnit, order_id=order.id)
    rows.put(
        OrderUnit(
            id=derive(operation.id, "unit"),
            branch_id=order.branch_id,
            station_id=order.station_id,
            order_id=order.id,
            position=max((one.position for one in others), default=0) + 1,
            half=args.half,
            pair=args.pair,
        )
    )


def check_record(args: RecordInstallation, operation: Operation, rows: Rows) -> None:
    """The day may not lie ahead; no other unit is the same half of the same pair."""
    check_open(rows, args.order_id, operation)
    unit = unit_of(rows, args.order_id, args.unit_id)
    if args.installed_on > local_day(rows, operation.place, operation.made_at):
        raise Refusal("document_in_future", day=args.installed_on.isoformat())
    if args.half is None:
        return
    for other in rows.find(OrderUnit, order_id=args.order_id, half=args.half):
        if other.id != unit.id and other.pair == args.pair:
            raise Refusal("half_taken", half=args.half)


def record(args: RecordInstallation, operation: Operation, rows: Rows) -> None:
    """Write it on the unit; a verdict judged by another day no longer counts."""
    unit = unit_of(rows, args.order_id, args.unit_id)
    same = unit.installation_date == args.installed_on
    change(
        rows,
        unit,
        installation_date=args.installed_on,
        installation_place=args.place,
        half=args.half,
        pair=args.pair,
        verdict_id=unit.verdict_id if same else None,
    )


ADD_UNIT = Action("add_unit", AddUnit, STATION, Nature.FACT, add, check_add)
RECORD_INSTALLATION = Action("record_installation", RecordInstallation, STATION, Nature.FACT, record, check_record)
