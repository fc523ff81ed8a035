"""A small world for the rules: one branch, two stations, a warehouse, people, one TV model, in memory."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

import msgspec

from core import operations
from core.ids import derive
from core.operations import kernel
from core.operations.operation import GENESIS, Operation
from core.roles import PlaceKind, Role
from core.rows.orders import OrderUnit, WorkOrder
from core.rows.parts import Condition, StockMove
from core.rows.people import Person, Place
from core.rows.reference import Model, ModelPart, Part
from core.warranty import RegisteredUnit, UnitStatus
from core.work_order import State
from hq.sample.documents import documents
from hq.sample.memory import MemoryRows

SEED = "019a0000-0000-7000-8000-000000000000"
NOW = datetime(2026, 11, 20, 2, 0, tzinfo=UTC)
TODAY = date(2026, 11, 20)


def an_id(label: str) -> str:
    """The same id for the same label."""
    return derive(SEED, label)


BRANCH, STATION, OTHER_STATION = an_id("branch"), an_id("station"), an_id("other station")
WAREHOUSE, OTHER_BRANCH = an_id("warehouse"), an_id("other branch")
TECHNICIAN, LEAD, MANAGER, CLERK = an_id("technician"), an_id("lead"), an_id("manager"), an_id("clerk")
COLLEAGUE = an_id("colleague")
ORDER, UNIT = an_id("order"), an_id("unit")
MODEL, SERIAL, PART, PANEL = "LED55K35U", "K35U5525A1500042", "MB-5535", "PN-5535"


def place(place_id: str, kind: PlaceKind, code: str, branch_id: str, **fields: Any) -> Place:
    """A place licensed for TVs."""
    return Place(id=place_id, kind=kind, code=code, name=code, branch_id=branch_id, lines=("tv_lcd",), **fields)


def person(person_id: str, place_id: str, *roles: Role, branch_id: str = BRANCH, active: bool = True) -> Person:
    """One of the people."""
    return Person(
        id=person_id,
        branch_id=branch_id,
        place_id=place_id,
        login=person_id[-6:],
        name="李伟",
        roles=roles,
        active=active,
    )


def an_order(**fields: Any) -> WorkOrder:
    """The order under test."""
    values: dict[str, Any] = {
        "id": ORDER,
        "branch_id": BRANCH,
        "station_id": STATION,
        "number": "SZ-261119-0001",
        "state": State.ACCEPTED,
        "technician_id": TECHNICIAN,
        "product_class": "tv_lcd",
        "customer_name": "陈女士",
        "customer_phone": "13800002716",
        "customer_address": "科技园南路 18 号",
        "fault_report": "有声音无图像",
        "reported_at": NOW - timedelta(days=1),
        "accepted_at": NOW - timedelta(hours=3),
        "reported_model": MODEL,
    }
    return WorkOrder(**(values | fields))


def a_unit(**fields: Any) -> OrderUnit:
    """The order's unit."""
    values: dict[str, Any] = {"id": UNIT, "branch_id": BRANCH, "station_id": STATION, "order_id": ORDER}
    return OrderUnit(**(values | fields))


def identified(**fields: Any) -> OrderUnit:
    """The order's unit, identified and with its invoice."""
    return a_unit(model=MODEL, serial=SERIAL, invoice_date=date(2025, 11, 9), invoice_number="0123", **fields)


def registered(**fields: Any) -> RegisteredUnit:
    """The unit in the registry."""
    values: dict[str, Any] = {
        "model": MODEL,
        "serial": SERIAL,
        "status": UnitStatus.SOLD,
        "made": date(2025, 1, 15),
        "shipped": date(2025, 2, 1),
        "sold": date(2025, 11, 9),
    }
    return RegisteredUnit(**(values | fields))


def a_world(*extra: Any, units: tuple[RegisteredUnit, ...] = (registered(),)) -> MemoryRows:
    """Places, people, products, documents and one accepted order; ``extra`` rows replace or add."""
    rows = MemoryRows()
    for unit in units:
        rows.know(unit)
    for row in (*_places(), *_people(), *_products(), *documents(NOW, TODAY), an_order(), a_unit(), _opening(), *extra):
        rows.put(row)
    return rows


def _places() -> list[Place]:
    station = {"warehouse_id": WAREHOUSE}
    return [
        place(BRANCH, PlaceKind.BRANCH, "SZ", BRANCH),
        place(OTHER_BRANCH, PlaceKind.BRANCH, "GZ", OTHER_BRANCH),
        place(STATION, PlaceKind.STATION, "SZ01", BRANCH, **station),
        place(OTHER_STATION, PlaceKind.STATION, "SZ02", BRANCH, **station),
        place(WAREHOUSE, PlaceKind.WAREHOUSE, "WH", WAREHOUSE),
    ]


def _people() -> list[Person]:
    return [
        person(TECHNICIAN, STATION, Role.TECHNICIAN),
        person(COLLEAGUE, STATION, Role.TECHNICIAN),
        person(LEAD, STATION, Role.STATION_LEAD),
        person(MANAGER, BRANCH, Role.BRANCH_MANAGER),
        person(CLERK, WAREHOUSE, Role.WAREHOUSE_CLERK, branch_id=WAREHOUSE),
    ]


def _products() -> list[Any]:
    board = {"name_zh": "主板", "name_en": "Main board", "part_class": "main_board", "main_part": False}
    panel = {"name_zh": "显示屏", "name_en": "Panel", "part_class": "panel", "main_part": True}
    return [
        Model(
            id=MODEL, brand="Konwell", product_class="tv_lcd", name_zh="液晶电视", name_en="TV",
            gtin="6901234567892", serial_prefix="K35U55", price_fen=329_900,
        ),
        Part(id=PART, price_fen=38_000, transfer_fen=21_000, **board),
        Part(id=PANEL, price_fen=98_000, transfer_fen=61_000, **panel),
        ModelPart(id=an_id("mp1"), model_id=MODEL, part_id=PART),
        ModelPart(id=an_id("mp2"), model_id=MODEL, part_id=PANEL),
    ]  # fmt: skip


def _opening() -> StockMove:
    return StockMove(
        id=an_id("opening"), branch_id=BRANCH, station_id=STATION, part_id=PART, quantity=2, condition=Condition.NEW,
        from_location="opening:", to_location=f"station:{STATION}", moved_by=LEAD, moved_at=NOW,
    )  # fmt: skip


def an_operation(action: str, args: Any, *, user: str = TECHNICIAN, label: str = "", **fields: Any) -> Operation:
    """An operation of ``user`` at their own place, as a device would make it."""
    homes = {MANAGER: BRANCH, CLERK: WAREHOUSE}
    values: dict[str, Any] = {
        "id": an_id(f"operation {action} {label}"),
        "device": an_id("device"),
        "epoch": 1,
        "n": 1,
        "prev": GENESIS,
        "user": user,
        "place": homes.get(user, STATION),
        "branch_id": BRANCH,
        "action": action,
        "made_at": NOW,
        "utc_offset_minutes": 480,
        "args": msgspec.Raw(msgspec.json.encode(args)),
    }
    return Operation(**(values | fields))


def do(rows: MemoryRows, name: str, args: dict[str, Any], *, user: str = TECHNICIAN, **fields: Any) -> Operation:
    """Authorise, check and perform one operation, exactly as both ends do; raises what they raise."""
    action = operations.action_named(name)
    operation = an_operation(name, args, user=user, **fields)
    decoded = kernel.decode_args(action, operation.args)
    kernel.authorise(action, operation, rows)
    action.check(decoded, operation, rows)
    kernel.perform(action, decoded, operation, rows)
    return operation
