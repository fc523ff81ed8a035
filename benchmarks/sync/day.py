"""Much work of one station: orders known to HQ, and the signed operations that a device makes on them offline."""

import itertools
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

from app.offline_db import recording
from app.offline_db.engine import writing
from app.offline_db.recording import Intent
from app.offline_db.store import Store as StationStore
from core.ids import derive, new_id
from core.roles import PlaceKind, Role
from core.rows import Row
from core.rows.orders import OrderUnit, WorkOrder
from core.rows.people import Person, Place
from core.rows.reference import Model, ModelPart, Part
from core.warranty import RegisteredUnit, UnitStatus
from core.work_order import State
from hq.feed import load, load_registry, work
from hq.sample.documents import documents
from hq.store import Store

_ROOT = "019a0000-0000-7000-8000-000000000000"
NOW = datetime.now(UTC).replace(microsecond=0)
MODEL, PART = "LED55K35U", "MB-5535"
#: What is done to each order, in this order; many orders are open at once.
STEPS = (
    *("accept_order", "book_visit", "add_note", "start_work", "identify_unit"),
    *("use_part", "tag_old_part", "code_fault", "add_note", "add_note"),
)
_OPEN_AT_ONCE = 25
_PER_COMMIT = 250

Doing = tuple[str, dict[str, Any]]


def named(label: str) -> str:
    """The id that belongs to ``label``."""
    return derive(_ROOT, label)


BRANCH, STATION, TECHNICIAN = named("branch"), named("station"), named("technician")


def prepare(store: Store, orders: int) -> None:
    """Let HQ hold the places, people, products and ``orders`` orders offered to the station."""
    with work(store) as doing:
        load(doing, [*_reference(), *itertools.chain.from_iterable(map(_order, range(orders)))])
        load_registry(doing, map(_registered, range(orders)))


def record(store: StationStore, operations: int) -> int:
    """Make so many operations as the technician would, the newest at the end of the outbox; returns how many."""
    made = 0
    for some in _pieces(_doings(operations)):
        with writing(store.engine) as connection:
            for name, args in some:
                taken_out = {"old_part_id": derive(_used[args["order_id"]], "old_part")} if name == _TAG else {}
                intent = Intent(new_id(), name, args | taken_out, TECHNICIAN, {}, NOW + timedelta(seconds=made))
                done = recording.record(connection, intent, store.signer, store.registry)
                if name == "use_part":
                    _used[args["order_id"]] = done.operation.id
                made += 1
    return made


_TAG = "tag_old_part"
_used: dict[str, str] = {}


def _pieces(doings: Iterator[Doing]) -> Iterator[list[Doing]]:
    while piece := list(itertools.islice(doings, _PER_COMMIT)):
        yield piece


def _doings(most: int) -> Iterator[Doing]:
    """Steps of several orders by turns."""

    def all_of() -> Iterator[Doing]:
        for begin in range(0, -(-most // len(STEPS)) + _OPEN_AT_ONCE, _OPEN_AT_ONCE):
            for place, step in enumerate(STEPS):
                for i in range(begin, begin + _OPEN_AT_ONCE):
                    yield step, _args(step, i, place)

    return itertools.islice(all_of(), most)


def orders_for(operations: int) -> int:
    """How many orders so many operations need."""
    return -(-operations // len(STEPS)) + 2 * _OPEN_AT_ONCE


def _args(step: str, i: int, place: int) -> dict[str, Any]:
    order, unit = {"order_id": named(f"order {i}")}, {"unit_id": named(f"unit {i}")}
    at = NOW + timedelta(days=1, minutes=i)
    more: dict[str, dict[str, Any]] = {
        "book_visit": {"begins_at": at, "ends_at": at + timedelta(hours=2)},
        "add_note": {"text": f"客户说晚上七点以后在家, 门禁码 {i * 7 % 10000:04d}#, 第 {place} 条备注"},
        "identify_unit": unit | {"model": MODEL, "serial": _serial(i), "source": "wedge", "codes": [_code(_serial(i))]},
        "use_part": unit | {"part_id": PART},
        "tag_old_part": {"no_serial": True},
        "code_fault": unit | {"condition": "1", "code_system": "none"},
    }
    return order | more.get(step, {})


def _code(text: str) -> dict[str, Any]:
    return {"format": "Code128", "text": text, "raw": "SzM1VTU1MjVBMTUwMDA0Mg==", "chosen_as": "serial"}


def _serial(i: int) -> str:
    return f"K35U5525A15{i:05d}"


def _registered(i: int) -> RegisteredUnit:
    day = (NOW - timedelta(days=400)).date()
    return RegisteredUnit(
        model=MODEL, serial=_serial(i), status=UnitStatus.SOLD, made=day, shipped=day, sold=day + timedelta(days=60)
    )


def _order(i: int) -> tuple[Row, Row]:
    own: dict[str, Any] = {"branch_id": BRANCH, "station_id": STATION}
    order = WorkOrder(
        id=named(f"order {i}"),
        **own,
        number=f"SZ-261119-{i:05d}",
        state=State.OFFERED_STATION,
        product_class="tv_lcd",
        customer_name="陈女士",
        customer_phone=f"1380000{i:04d}",
        customer_address="深圳市南山区科技园南路 18 号 3 栋 1502",
        fault_report="有声音无图像",
        reported_at=NOW - timedelta(days=1),
        reported_model=MODEL,
        offered_at=NOW - timedelta(hours=3),
    )
    return order, OrderUnit(id=named(f"unit {i}"), **own, order_id=order.id)


def _reference() -> list[Row]:
    names: dict[str, Any] = {"name_zh": "主板", "name_en": "Main board", "part_class": "main_board", "main_part": False}
    warehouse = named("warehouse")
    model: dict[str, Any] = {"brand": "Konwell", "product_class": "tv_lcd", "name_zh": "液晶电视", "name_en": "TV"}
    return [
        _place(BRANCH, PlaceKind.BRANCH, "SZ", BRANCH),
        _place(STATION, PlaceKind.STATION, "SZ01", BRANCH, warehouse_id=warehouse),
        _place(warehouse, PlaceKind.WAREHOUSE, "WH", warehouse),
        Person(
            id=TECHNICIAN,
            branch_id=BRANCH,
            place_id=STATION,
            login="liwei",
            name="李伟",
            roles=(Role.TECHNICIAN, Role.STATION_LEAD),
        ),
        Model(id=MODEL, gtin="6901234567892", serial_prefix="K35U55", price_fen=329_900, **model),
        Part(id=PART, price_fen=38_000, transfer_fen=21_000, return_days=30, **names),
        ModelPart(id=named("fits"), model_id=MODEL, part_id=PART),
        *documents(NOW, NOW.date()),
    ]


def _place(place_id: str, kind: PlaceKind, code: str, branch_id: str, **more: Any) -> Place:
    return Place(id=place_id, kind=kind, code=code, name=code, branch_id=branch_id, lines=("tv_lcd",), **more)
