"""A station's encrypted store with a few rows of HQ's in it, for the tests of the store and of sync."""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import msgspec
from sqlalchemy import RowMapping, select

from app.offline_db.engine import reading
from app.offline_db.profile import Profile
from app.offline_db.schema import operation
from app.offline_db.store import Store
from app.offline_db.sync_store import SyncStore
from app.security.device_key import DeviceKey
from core.contract.messages import EnrolReply, HelloReply, Line, PageEnd, ScopeState, place_scope
from core.ids import derive
from core.operations.operation import GENESIS
from core.roles import PlaceKind, Role
from core.rows import Row, name_of
from core.rows.orders import OrderUnit, WorkOrder
from core.rows.people import Person, Place
from core.rows.reference import Model, ModelPart, Part
from core.work_order import State
from tests.integration.templates import station_engine

KEY = bytes(range(32))
ROOT = "01900000-0000-7000-8000-000000000000"
NOW = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)


def named(label: str) -> str:
    """The id that belongs to ``label`` in every test."""
    return derive(ROOT, label)


BRANCH, STATION, WAREHOUSE, DEVICE = (named(label) for label in ("branch", "station", "warehouse", "device"))
WANG, LEAD, MANAGER = (named(label) for label in ("wang", "lead", "manager"))
ORDER, UNIT = named("order"), named("unit")
SCOPE = place_scope(STATION)


def place(place_id: str, kind: PlaceKind, name: str, branch: str = BRANCH) -> Place:
    """A place as HQ sends it."""
    warehouse = WAREHOUSE if kind is PlaceKind.STATION else None
    named = {"id": place_id, "code": name, "name": name, "branch_id": branch, "lines": ("tv_lcd",)}
    return Place(version=1, kind=kind, warehouse_id=warehouse, **named)  # type: ignore[arg-type]


def person(person_id: str, name: str, role: Role, at: str = STATION, branch: str = BRANCH) -> Person:
    """One of the people."""
    return Person(id=person_id, version=1, branch_id=branch, place_id=at, login=name, name=name, roles=(role,))


def order(
    order_id: str = ORDER, *, version: int = 1, state: State = State.OFFERED_STATION, **more: object
) -> WorkOrder:
    """An order offered to the station."""
    values: dict[str, object] = {
        "id": order_id,
        "version": version,
        "branch_id": BRANCH,
        "station_id": STATION,
        "number": "W" + order_id[-4:],
        "state": state,
        "product_class": "tv_lcd",
        "customer_name": "李女士",
        "customer_phone": "13800000000",
        "customer_address": "人民路 1 号",
        "fault_report": "无图像",
        "reported_at": NOW - timedelta(days=1),
    }
    return WorkOrder(**values | more)  # type: ignore[arg-type]


def unit(order_id: str = ORDER, unit_id: str = UNIT, **more: object) -> OrderUnit:
    """The order's unit."""
    values: dict[str, object] = {"id": unit_id, "version": 1, "branch_id": BRANCH, "station_id": STATION}
    return OrderUnit(**values | {"order_id": order_id} | more)  # type: ignore[arg-type]


def reference() -> list[Row]:
    """Places and a small catalogue."""
    part = {"name_zh": "屏", "name_en": "panel", "part_class": "panel", "main_part": True}
    model = {
        "brand": "K",
        "product_class": "tv_lcd",
        "name_zh": "电视",
        "name_en": "TV",
        "gtin": "1",
        "serial_prefix": "K",
    }
    return [
        place(BRANCH, PlaceKind.BRANCH, "分部"),
        place(STATION, PlaceKind.STATION, "网点"),
        place(WAREHOUSE, PlaceKind.WAREHOUSE, "旧件库", branch=WAREHOUSE),
        Model(id="KT55", version=1, price_fen=300_000, **model),  # type: ignore[arg-type]
        Part(id="P1", version=1, price_fen=90_000, transfer_fen=70_000, **part),  # type: ignore[arg-type]
        ModelPart(id="KT55/P1", version=1, model_id="KT55", part_id="P1"),
    ]


def people() -> list[Row]:
    """The station's technician and lead."""
    return [person(WANG, "王", Role.TECHNICIAN), person(LEAD, "张", Role.STATION_LEAD)]


def lines(rows: Iterable[Row], seq: int = 1) -> list[Line]:
    """The rows as lines of a pull."""
    return [
        Line(
            seq=seq + i,
            entity=name_of(type(row)),
            id=row.id,
            version=row.version,
            row=msgspec.Raw(msgspec.json.encode(row)),
        )
        for i, row in enumerate(rows)
    ]


def gone(row: Row, version: int, seq: int) -> Line:
    """The tombstone of ``row``."""
    return Line(seq=seq, entity=name_of(type(row)), id=row.id, version=version)


def page(sync: SyncStore, some: list[Line], *, scope: str = SCOPE, more: bool = False, incarnation: str = "a") -> int:
    """Apply one page where the scope's cursor stands."""
    after = sync.cursors()[scope]
    end = PageEnd(cursor=max([after, *(line.seq for line in some)]), more=more, incarnation=incarnation)
    return sync.apply_page(scope, after, some, end)


def enrol_reply(place_id: str = STATION, kind: PlaceKind = PlaceKind.STATION, branch: str = BRANCH) -> EnrolReply:
    """What HQ answers to an enrolment."""
    return EnrolReply(
        device=DEVICE,
        place=place_id,
        place_name="网点",
        place_kind=kind,
        branch_id=branch,
        epoch=1,
        hq_id="hq-1",
        hq_key="k",
        server_time=NOW,
    )


class Clock:
    """A clock that tests set."""

    def __init__(self) -> None:
        """Begin at NOW."""
        self.now = NOW

    def __call__(self) -> datetime:
        """The time, a second later at each look."""
        self.now += timedelta(seconds=1)
        return self.now


def open_store(folder: Path) -> Store:
    """The migrated store of the profile in ``folder``."""
    return Store(station_engine(Profile(folder).create(), KEY), DeviceKey(KEY), clock=Clock())


def hello_reply(*scopes: str, epoch: int = 1, received: tuple[int, str] = (0, GENESIS), inc: str = "a") -> HelloReply:
    """What HQ answers to a device's hello."""
    return HelloReply(
        hq_id="hq-1",
        incarnation=inc,
        scopes=tuple(ScopeState(scope=scope, seq=1) for scope in scopes),
        epoch=epoch,
        received_n=received[0],
        received_hash=received[1],
        server_time=NOW,
    )


def stored(store: Store) -> list[RowMapping]:
    """The operations as the table holds them, oldest first."""
    with reading(store.engine) as connection:
        return list(connection.execute(select(operation).order_by(operation.c.position)).mappings())


@contextmanager
def filled_store(folder: Path) -> Iterator[Store]:
    """An enrolled store with the catalogue, the people and the offered order."""
    store = open_store(folder)
    store.enrol("http://hq", enrol_reply())
    sync = SyncStore(store)
    sync.greeted(hello_reply(SCOPE, "reference"), 0)
    page(sync, lines(reference()), scope="reference")
    page(sync, lines([*people(), order(), unit()]))
    try:
        yield store
    finally:
        store.engine.dispose()
