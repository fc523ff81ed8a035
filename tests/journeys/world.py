"""A station's (or branch's) real, encrypted database full of sample rows, and the bench of a person at it."""

import functools
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import msgspec

from app.actions.desk import Desk
from app.actions.log_in import Colleague
from app.offline_db import device
from app.offline_db.blobs import BlobStore
from app.offline_db.engine import open_engine, writing
from app.offline_db.kept import Drafts, Settings
from app.offline_db.migrate import upgrade
from app.offline_db.profile import Profile
from app.offline_db.schema import ROW_TABLES
from app.offline_db.store import Store
from app.security.device_key import DeviceKey
from app.ui.background import AtOnce, Runner
from app.ui.bench import Bench, Place, RowNews
from app.ui.page import Navigator
from core.contract.messages import EnrolReply
from core.ids import derive
from core.roles import Role
from core.rows import REFERENCE_KINDS, Row
from core.rows.kinds import is_visible_to
from core.rows.orders import OrderUnit, WorkOrder
from core.rows.people import Credential, Person
from core.rows.people import Place as PlaceRow
from core.warranty import RegisteredUnit, RegistryState
from core.work_order import State
from hq.sample import Sample, sample
from rowstore.rows import insert_rows

AS_OF = date(2026, 3, 17)
NOW = datetime(2026, 3, 17, 2, 40, tzinfo=UTC)
KEY = bytes(range(32))
ORDER = derive("01900000-0000-7000-8000-000000000000", "journey order")
UNIT = derive(ORDER, "unit")


@functools.cache
def the_sample() -> Sample:
    """The sample, made once."""
    return sample(AS_OF, stations=3, units=1500, orders=150)


class Registered:
    """The registry of the sample's units."""

    def __init__(self, units: dict[str, RegisteredUnit]) -> None:
        self._units = units

    def look_up(self, serial: str, /) -> tuple[RegistryState, RegisteredUnit | None]:
        return RegistryState.COMPLETE, self._units.get(serial)


class Clock:
    """A clock that goes on a second at each look."""

    def __init__(self) -> None:
        self.now = NOW

    def __call__(self) -> datetime:
        self.now += timedelta(seconds=1)
        return self.now


@dataclass
class World:
    """One device: its store and what benches are made of."""

    store: Store
    blobs: BlobStore
    drafts: Drafts
    settings: Settings
    place: PlaceRow
    clock: Clock
    folder: Path
    news: RowNews | None = None

    def person(self, role: Role) -> Person:
        """The first person of the place with the role."""
        with self.store.reading() as rows:
            return next(one for one in rows.find(Person, place_id=self.place.id) if role in one.roles)

    def bench(self, nav: Navigator, role: Role = Role.TECHNICIAN, runner: Runner | None = None) -> Bench:
        """The bench of that person."""
        one = self.person(role)
        return Bench(
            nav=nav,
            runner=runner or AtOnce(),
            store=self.store,
            blobs=self.blobs,
            drafts=self.drafts,
            settings=self.settings,
            news=self._heard(),
            desk=Desk(self.store, self.blobs, one.id, self.place.id, self.clock),
            person=Colleague(one.id, one.login, one.name, one.roles, needs_first_password=False),
            place=Place(self.place.id, self.place.name, self.place.kind.value, self.place.branch_id, 480),
        )

    def _heard(self) -> RowNews:
        """One for all benches, ended with the world."""
        if self.news is None:
            self.news = RowNews(self.store)
        return self.news

    def order(self, order_id: str = ORDER) -> WorkOrder:
        """An order as it stands."""
        with self.store.reading() as rows:
            found = rows.get(WorkOrder, order_id)
        assert found is not None
        return found

    def first_in(self, *states: State) -> WorkOrder:
        """The first order in one of the states at this place."""
        with self.store.reading() as rows:
            for state in states:
                found = [
                    one for one in rows.find(WorkOrder, state=state) if self.place.id in (one.station_id, one.branch_id)
                ]
                if found:
                    return found[0]
        raise LookupError(states)

    def close(self) -> None:
        """Let go of the database."""
        if self.news is not None:
            self.news.stop()
        self.store.engine.dispose()


def make_world(folder: Path, *, at: str = "station") -> World:
    """A device at the story's station or branch, with everything that place sees and one new offer."""
    made = the_sample()
    place_id = made.story.station_id if at == "station" else made.story.branch_id
    profile = Profile(folder).create()
    engine = open_engine(profile, KEY)
    upgrade(engine, profile, NOW)
    clock = Clock()
    registry = Registered({unit.serial: unit for unit in made.units})
    store = Store(engine, DeviceKey(KEY), registry, clock=clock)
    place = next(row for row in made.rows if isinstance(row, PlaceRow) and row.id == place_id)
    store.enrol("http://127.0.0.1:9", _reply(place))
    rows = [row for row in made.rows if type(row) in REFERENCE_KINDS or _seen(row, place_id)]
    with writing(engine) as connection:
        device.change(connection, clock_offset_s=0, last_sync_at=NOW)
        insert_rows(connection, ROW_TABLES, [*rows, *_offer(made)])
    blobs = BlobStore(profile.blobs, KEY)
    return World(store, blobs, Drafts(engine, clock), Settings(engine), place, clock, folder)


def _seen(row: Row, place_id: str) -> bool:
    return is_visible_to(row, place_id) and (not isinstance(row, Credential) or row.place_id == place_id)


def _reply(place: PlaceRow) -> EnrolReply:
    return EnrolReply(
        device=derive(ORDER, "device"),
        place=place.id,
        place_name=place.name,
        place_kind=place.kind,
        branch_id=place.branch_id,
        epoch=1,
        hq_id="hq-1",
        hq_key="k",
        server_time=NOW,
    )


def _offer(made: Sample) -> list[Row]:
    """The order of the story, offered to its station this morning."""
    story = made.story
    order = WorkOrder(
        id=ORDER,
        version=1,
        branch_id=story.branch_id,
        station_id=story.station_id,
        number="SZ-260317-0271",
        state=State.OFFERED_STATION,
        product_class=story.product_class,
        customer_name=story.customer_name,
        customer_phone=story.customer_phone,
        customer_address=story.customer_address,
        distance_m=6200,
        fault_report=story.fault,
        reported_model=story.model,
        reported_at=NOW - timedelta(hours=3),
        due_at=NOW + timedelta(hours=5, minutes=20),
        offered_at=NOW - timedelta(hours=1),
        reminders=1,
        warranty_guess="out_of_warranty",
    )
    unit = OrderUnit(id=UNIT, version=1, branch_id=story.branch_id, station_id=story.station_id, order_id=ORDER)
    return [order, unit]


class Navigation:
    """A navigator that keeps what it was told."""

    def __init__(self) -> None:
        self.opened: list[tuple[str, dict[str, object]]] = []
        self.toasts: list[tuple[str, str]] = []
        self.badges: dict[str, int] = {}

    def open(self, page_id: str, **params: object) -> None:
        self.opened.append((page_id, params))

    def back(self) -> None:
        self.opened.append(("back", {}))

    def toast(
        self,
        tone: str,
        title: object,
        text: object = "",
        *,
        link: object = "",
        on_link: Callable[[], object] | None = None,
    ) -> None:
        self.toasts.append((tone, title() if callable(title) else str(title)))

    def flash(self, tone: str, word: object) -> None:
        self.toasts.append((tone, word() if callable(word) else str(word)))

    def set_badge(self, page_id: str, count: int) -> None:
        self.badges[page_id] = count


def with_state(world: World, order: WorkOrder, **changes: object) -> None:
    """Put an order into another shape, as HQ's feed would."""
    with writing(world.store.engine) as connection:
        from rowstore.rows import SqlRows

        SqlRows(connection, ROW_TABLES).put(msgspec.structs.replace(order, **changes))
    world.store.tell([("work_order", order.id)])
