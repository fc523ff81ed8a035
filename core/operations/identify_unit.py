"""The unit of an order is identified: its model, serial and other codes, with the scan as evidence."""

from typing import Annotated

from msgspec import Meta

from core.ends import HOLD_DAYS, first_repair
from core.ids import derive
from core.judging import local_day
from core.operations.kernel import Action, Args, Nature, Rows
from core.operations.operation import Code, Hash, Id, Moment, Operation
from core.operations.orders import change, check_open, order_of, unit_of
from core.reference import tariff_in_force
from core.refusals import Refusal
from core.rows.orders import Job, OrderUnit, ScanEvent, ScannedCode, WorkOrder
from core.rows.reference import Model
from core.work_order import OPEN_AT_STATION, STATION


class IdentifyUnit(Args, frozen=True, kw_only=True):
    """Which unit, what it is, and how that was read (``codes`` empty and ``source`` typed when typed by hand)."""

    order_id: Id
    unit_id: Id
    model: Code
    serial: Code
    gtin: Code | None = None
    imei: Code | None = None
    source: Code  # wedge | serial | camera | picture | typed
    device_name: Annotated[str, Meta(max_length=200)] = ""
    codes: Annotated[tuple[ScannedCode, ...], Meta(max_length=40)] = ()
    picture_sha256: Hash | None = None
    scanned_at: Moment | None = None
    read_ms: Annotated[int, Meta(ge=0, le=3_600_000)] | None = None


def check(args: IdentifyUnit, operation: Operation, rows: Rows) -> None:
    """The model must exist and the order be open."""
    check_open(rows, args.order_id, operation)
    unit_of(rows, args.order_id, args.unit_id)
    if rows.get(Model, args.model) is None:
        raise Refusal("model_unknown", model=args.model)


def replay(args: IdentifyUnit, operation: Operation, rows: Rows) -> None:
    """Store the scan and what it says; an earlier verdict no longer counts when the unit is another one."""
    order = order_of(rows, args.order_id)
    unit = unit_of(rows, args.order_id, args.unit_id)
    scan_id = derive(operation.id, "scan")
    rows.put(_scan(scan_id, args, operation, order.branch_id, order.station_id))
    same = (unit.model, unit.serial) == (args.model, args.serial)
    change(
        rows,
        unit,
        model=args.model,
        serial=args.serial,
        gtin=args.gtin,
        imei=args.imei,
        identified_at=operation.made_at,
        serial_source="typed" if args.source == "typed" else "scan",
        scan_id=scan_id,
        verdict_id=unit.verdict_id if same else None,
    )
    if order.job is Job.REPAIR and order.state in OPEN_AT_STATION:
        _link(rows, order, unit, args.serial, operation)


def _link(rows: Rows, order: WorkOrder, unit: OrderUnit, serial: str, operation: Operation) -> None:
    """A second repair while the first must hold is linked to it; HQ sees those of other stations too."""
    day = local_day(rows, order.station_id, operation.made_at)
    tariff = tariff_in_force(rows, day)
    first = first_repair(order, serial, rows, day, tariff.hold_days if tariff else HOLD_DAYS)
    other_unit = unit.serial not in (None, serial)
    linked = first.id if first else None if other_unit else order.repairs_order_id
    if linked != order.repairs_order_id:
        change(rows, order, repairs_order_id=linked)


def _scan(scan_id: str, args: IdentifyUnit, operation: Operation, branch_id: str, station_id: str | None) -> ScanEvent:
    return ScanEvent(
        id=scan_id,
        branch_id=branch_id,
        station_id=station_id,
        order_id=args.order_id,
        device_kind=args.source,
        device_name=args.device_name,
        codes=args.codes,
        picture_sha256=args.picture_sha256,
        scanned_at=args.scanned_at or operation.made_at,
        scanned_by=operation.user,
        read_ms=args.read_ms,
    )


ACTION = Action("identify_unit", IdentifyUnit, STATION, Nature.FACT, replay, check)
