"""A device of a station or branch without a window: its store, benches of its people, a navigator that listens."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

import msgspec

from app.actions.desk import Desk
from app.actions.log_in import Colleague
from app.offline_db import device
from app.offline_db.blobs import BlobStore
from app.offline_db.engine import writing
from app.offline_db.kept import Drafts, Settings
from app.offline_db.schema import ROW_TABLES
from app.offline_db.store import Store
from app.security.device_key import DeviceKey
from app.ui.background import AtOnce, Runner
from app.ui.bench import Bench, Place, RowNews
from app.ui.page import Navigator
from core.ids import derive
from core.roles import PlaceKind, Role
from core.rows.orders import WorkOrder
from core.rows.people import Person
from core.rows.people import Place as PlaceRow
from core.work_order import State
from rowstore.rows import SqlRows, insert_rows
from tests.journeys.places import KEY, NOW, ORDER, ROOT, SampleRegistry, open_copy, place_with, story_offered, trade


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
    story = trade().story
    place = place_with(story.station_id if at == "station" else story.branch_id)
    profile, engine = open_copy(folder, place.id, *story_offered())
    with writing(engine) as connection:
        device.change(connection, clock_offset_s=0, last_sync_at=NOW)
    clock = Clock()
    store = Store(engine, DeviceKey(KEY), SampleRegistry(), clock=clock)
    blobs = BlobStore(profile.blobs, KEY)
    return World(store, blobs, Drafts(engine, clock), Settings(engine), place, clock, folder)


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
        SqlRows(connection, ROW_TABLES).put(msgspec.structs.replace(order, **changes))
    world.store.tell([("work_order", order.id)])


def more_stations(world: World) -> list[PlaceRow]:
    """Three more stations of the branch: a near one with a senior, one that is frozen, one without a licence."""
    with world.store.reading() as rows:
        first = rows.find(PlaceRow, branch_id=world.place.id, kind=PlaceKind.STATION)[0]
        someone = next(one for one in rows.find(Person, place_id=first.id) if Role.TECHNICIAN in one.roles)
    made: list[PlaceRow] = []
    people: list[Person] = []
    for number, (name, changes) in enumerate(_STATIONS.items(), 7):
        place_id = derive(ROOT, f"station {number}")
        made.append(msgspec.structs.replace(first, id=place_id, code=f"SZ{number:02d}", name=name, **changes))
        hired = {"id": derive(ROOT, f"technician {number}"), "place_id": place_id, "login": f"t{number}", "grade": 2}
        people.append(msgspec.structs.replace(someone, **hired))
    with writing(world.store.engine) as connection:
        insert_rows(connection, ROW_TABLES, [*made, *people])
    return made


_STATIONS: dict[str, dict[str, object]] = {
    "后海维修站": {"areas": ()},
    "前海维修站": {"frozen": True},
    "蛇口维修站": {"lines": ("phone",), "areas": ("蛇口",)},
}
