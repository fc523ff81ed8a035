"""A person's work place for journeys: a real encrypted database filled with the sample as that place receives it."""

import shutil
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from functools import cache
from pathlib import Path

import msgspec
import pytest
from sqlalchemy import Engine

from app.actions.desk import Desk
from app.actions.log_in import Colleague, colleagues
from app.offline_db.blobs import BlobStore
from app.offline_db.engine import open_engine, writing
from app.offline_db.kept import Drafts, Settings
from app.offline_db.migrate import upgrade
from app.offline_db.profile import Profile
from app.offline_db.schema import ROW_TABLES
from app.offline_db.store import Store
from app.security.device_key import DeviceKey
from app.ui.background import Background
from app.ui.bench import Bench, Place, RowNews
from app.ui.components import person_badge
from app.ui.page import Navigator, Page, PageSpec
from app.ui.shell import Shell
from core.contract.messages import EnrolReply
from core.ids import derive
from core.rows import Row, is_visible_to
from core.rows import people as people_rows
from core.rows.orders import OrderUnit, WorkOrder
from core.warranty import RegisteredUnit, RegistryState
from core.words import word
from core.work_order import State
from hq.sample import Sample, sample
from rowstore.rows import insert_rows

AS_OF = date(2026, 3, 17)
NOW = datetime(2026, 3, 17, 2, 46, tzinfo=UTC)
KEY = bytes(range(32))
ROOT = "01900000-0000-7000-8000-000000000000"
STORY_ORDER = derive(ROOT, "story order")
STORY_UNIT = derive(ROOT, "story unit")
STORY_NUMBER = "SZ-260317-0271"


@cache
def trade() -> Sample:
    """The sample all journeys share."""
    return sample(AS_OF, stations=3, units=4_000, orders=240)


@cache
def units() -> dict[str, RegisteredUnit]:
    """The sample's registry by serial number."""
    return {unit.serial: unit for unit in trade().units}


class SampleRegistry:
    """The registry as if it had come down whole."""

    def look_up(self, serial: str, /) -> tuple[RegistryState, RegisteredUnit | None]:
        """What is known of ``serial``."""
        return RegistryState.COMPLETE, units().get(serial)


def person_named(login: str) -> people_rows.Person:
    """One of the sample's people: liwei (technician), liyong (lead), wangfang (branch), luojie2 (warehouse)."""
    return next(row for row in trade().rows if isinstance(row, people_rows.Person) and row.login == login)


def story_rows() -> list[Row]:
    """The demonstration's order: a television at the first station, in repair, not yet identified."""
    facts, owner = trade().story, person_named("liwei")
    shared = {"version": 1, "branch_id": facts.branch_id, "station_id": facts.station_id}
    order = WorkOrder(
        id=STORY_ORDER,
        **shared,  # type: ignore[arg-type]
        number=STORY_NUMBER,
        state=State.IN_PROGRESS,
        technician_id=owner.id,
        product_class=facts.product_class,
        customer_name=facts.customer_name,
        customer_phone=facts.customer_phone,
        customer_address=facts.customer_address,
        distance_m=6_200,
        fault_report=facts.fault,
        reported_model=facts.model,
        reported_at=NOW - timedelta(days=1),
        accepted_at=NOW - timedelta(hours=18),
        started_at=NOW - timedelta(minutes=40),
        due_at=NOW + timedelta(hours=5, minutes=20),
    )
    return [order, OrderUnit(id=STORY_UNIT, **shared, order_id=STORY_ORDER)]  # type: ignore[arg-type]


def _fill(folder: Path, place: people_rows.Place) -> None:
    profile = Profile(folder).create()
    engine = open_engine(profile, KEY)
    upgrade(engine, profile, NOW)
    seen = [row for row in (*trade().rows, *story_rows()) if is_visible_to(row, place.id)]
    with writing(engine) as connection:
        insert_rows(connection, ROW_TABLES, [msgspec.structs.replace(row, version=1) for row in seen])
    Store(engine, DeviceKey(KEY)).enrol("https://hq.example.org", _reply(place))
    engine.dispose()


def _reply(place: people_rows.Place) -> EnrolReply:
    return EnrolReply(
        device=derive(ROOT, f"device {place.code}"),
        place=place.id,
        place_name=place.name,
        place_kind=place.kind,
        branch_id=place.branch_id,
        epoch=1,
        hq_id="hq-1",
        hq_key="k",
        server_time=NOW,
    )


@dataclass
class Opened:
    """A place's opened profile and the person who works there."""

    profile: Profile
    engine: Engine
    store: Store
    person: Colleague
    place: Place
    runner: Background
    news: RowNews
    clock: Callable[[], datetime]
    _benches: dict[int, Bench] = field(default_factory=dict)

    def bench(self, nav: Navigator) -> Bench:
        """The bench in that window."""
        if id(nav) not in self._benches:
            blobs = BlobStore(self.profile.blobs, KEY)
            self._benches[id(nav)] = Bench(
                nav=nav,
                runner=self.runner,
                store=self.store,
                blobs=blobs,
                drafts=Drafts(self.engine, self.clock),
                settings=Settings(self.engine),
                news=self.news,
                desk=Desk(self.store, blobs, self.person.id, self.place.id, self.clock),
                person=self.person,
                place=self.place,
            )
        return self._benches[id(nav)]

    def put(self, rows: Iterable[Row]) -> None:
        """Let rows come down from HQ."""
        given = list(rows)
        with writing(self.engine) as connection:
            insert_rows(connection, ROW_TABLES, given)

    def close(self) -> None:
        """Stop the threads and give the files back."""
        self.news.stop()
        self.runner.shutdown()
        self.engine.dispose()


def open_place(folder: Path, login: str, templates: Path) -> Opened:
    """The profile of the person's place, filled once per test run and copied into ``folder``."""
    who = person_named(login)
    where = next(row for row in trade().rows if isinstance(row, people_rows.Place) and row.id == who.place_id)
    template = templates / where.code
    if not template.exists():
        _fill(template, where)
    shutil.copytree(template, folder, dirs_exist_ok=True)
    profile = Profile(folder).create()
    engine = open_engine(profile, KEY)
    store = Store(engine, DeviceKey(KEY), SampleRegistry(), clock=lambda: NOW)
    with store.reading() as rows:
        person = next(one for one in colleagues(rows, where.id) if one.login == login)
    place = Place(where.id, where.name, where.kind.value, where.branch_id, where.utc_offset_minutes)
    return Opened(profile, engine, store, person, place, Background(2), RowNews(store), lambda: NOW)


@pytest.fixture(scope="session")
def place_templates(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where filled databases lie to be copied."""
    return tmp_path_factory.mktemp("places")


@pytest.fixture
def at_place(tmp_path: Path, place_templates: Path) -> Iterator[Callable[[str], Opened]]:
    """Opens the profile of a person's place; everything is closed at the end."""
    opened: list[Opened] = []

    def make(login: str) -> Opened:
        opened.append(open_place(tmp_path / login, login, place_templates))
        return opened[-1]

    yield make
    for one in opened:
        one.close()


@dataclass
class AtWork:
    """A window with one person in it."""

    shell: Shell
    opened: Opened

    @property
    def bench(self) -> Bench:
        """The bench all pages of the window share."""
        return self.opened.bench(self.shell)

    @property
    def page(self) -> Page:
        """The page that is shown."""
        assert self.shell.page is not None
        return self.shell.page


@pytest.fixture
def at_work(themed, qtbot, at_place) -> Iterator[Callable[..., AtWork]]:
    """``at_work("liwei", {"scan": scan_page})`` shows a window with these pages to that person."""
    shells: list[Shell] = []

    def make(login: str, pages: dict[str, Callable[[Bench], Page]], *, rows: Sequence[Row] = ()) -> AtWork:
        opened = at_place(login)
        opened.put(rows)
        specs = [
            PageSpec(name, _ICONS.get(name, name), _TITLES.get(name, name), lambda nav, f=factory: f(opened.bench(nav)))
            for name, factory in pages.items()
        ]
        shell = Shell(specs)
        shells.append(shell)
        qtbot.addWidget(shell)
        role = opened.person.roles[0].value
        roles = frozenset(one.value for one in opened.person.roles)
        from app.i18n import _

        badge = person_badge.Person(opened.person.id, opened.person.name, lambda: _(word("role", role)), roles)
        shell.status.say("place", opened.place.name)
        with qtbot.waitActive(shell):
            shell.show()
            shell.activateWindow()
        shell.enter(badge)
        return AtWork(shell, opened)

    yield make
    for shell in shells:
        shell.close()


_ICONS = {"order": "orders", "sync_issues": "sync"}
_TITLES = {
    "today": "Today",
    "orders": "Orders",
    "order": "Order",
    "scan": "Scan",
    "old_parts": "Old parts",
    "approvals": "Approvals",
    "settlement": "Settlement",
    "settings": "Settings",
    "sync_issues": "Sync with headquarters",
}


def picture(shell: Shell, name: str, folder: Path = Path("build/pictures")) -> Path:
    """Writes what the window shows to ``build/pictures``."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{name}.png"
    assert shell.grab().save(str(path))
    return path


LOOKS = [("light", "zh_CN"), ("light", "en"), ("dark", "zh_CN"), ("dark", "en")]


@pytest.fixture
def every_look(themed, qtbot) -> Iterator[Callable[[Shell, str], None]]:
    """``every_look(shell, "scan")`` writes four pictures: light and dark, Chinese and English."""
    from app import i18n
    from app.ui import theme

    def paint(shell: Shell, name: str) -> None:
        qtbot.waitUntil(shell._flash.isHidden, timeout=5_000)
        for look, language in LOOKS:
            i18n.set_language(language)
            theme.set_theme(look)
            qtbot.wait(60)  # let deferred layouts and repaints happen before the picture is taken
            picture(shell, f"{name}-{look}-{language}")

    yield paint
    theme.set_theme("light")
    i18n.set_language("en")
