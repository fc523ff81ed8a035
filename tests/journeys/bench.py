"""A window with one person in it, at a real encrypted database of that person's place."""

import os
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

import pytest
from PySide6.QtWidgets import QWidget
from sqlalchemy import Engine

from app.actions.desk import Desk
from app.actions.log_in import Colleague, colleagues
from app.offline_db.blobs import BlobStore
from app.offline_db.engine import writing
from app.offline_db.kept import Drafts, Settings
from app.offline_db.profile import Profile
from app.offline_db.schema import ROW_TABLES
from app.offline_db.store import Store
from app.security.device_key import DeviceKey
from app.ui.background import Background
from app.ui.bench import Bench, Place, RowNews
from app.ui.components import person_badge
from app.ui.page import Navigator, Page, PageSpec
from app.ui.shell import Shell
from core.rows import Row
from core.words import word
from rowstore.rows import insert_rows
from tests.journeys.places import KEY, NOW, SampleRegistry, open_copy, person_named, place_with, story_at_work


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


def open_place(folder: Path, login: str) -> Opened:
    """The profile of the person's place, with the story's order in it."""
    where = place_with(person_named(login).place_id)
    profile, engine = open_copy(folder, where.id, *story_at_work())
    store = Store(engine, DeviceKey(KEY), SampleRegistry(), clock=lambda: NOW)
    with store.reading() as rows:
        person = next(one for one in colleagues(rows, where.id) if one.login == login)
    place = Place(where.id, where.name, where.kind.value, where.branch_id, where.utc_offset_minutes)
    return Opened(profile, engine, store, person, place, Background(2), RowNews(store), lambda: NOW)


@pytest.fixture
def at_place(tmp_path: Path) -> Iterator[Callable[[str], Opened]]:
    """Opens the profile of a person's place; everything is closed at the end."""
    opened: list[Opened] = []

    def make(login: str) -> Opened:
        opened.append(open_place(tmp_path / login, login))
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
            PageSpec(
                name,
                _ICONS.get(name, name),
                _TITLES.get(name, name),
                lambda nav, f=factory: f(opened.bench(nav)),
                takes_files=name == "phone",
            )
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


_ICONS = {
    "order": "orders",
    "sync_issues": "sync",
    "phone": "photo",
    "boxes": "box",
    "grading": "check-square",
    "unit": "verdict",
}
_TITLES = {
    "today": "Today",
    "orders": "Orders",
    "order": "Order",
    "scan": "Scan",
    "old_parts": "Old parts",
    "parts": "Spares",
    "boxes": "Boxes",
    "grading": "Grading",
    "approvals": "Approvals",
    "settlement": "Settlement",
    "settings": "Settings",
    "sync_issues": "Sync with headquarters",
    "phone": "Pictures of a phone",
    "unit": "Unit history",
    "knowledge": "Knowledge",
}


LOOKS = [("light", "zh_CN"), ("light", "en"), ("dark", "zh_CN"), ("dark", "en")]
PICTURES = "FIXPOINT_PICTURES"
"""The environment's variable that names the folder for pictures (`make pictures`); without it none are taken."""


@pytest.fixture
def every_look(themed, qtbot) -> Iterator[Callable[[QWidget, str], None]]:
    """``every_look(shell, "scan")`` writes a picture per look and language, where pictures are wanted."""
    from app import i18n
    from app.ui import theme

    folder = os.environ.get(PICTURES)

    def paint(shell: QWidget, name: str) -> None:
        if folder is None:
            return
        if isinstance(shell, Shell):
            qtbot.waitUntil(shell._flash.isHidden, timeout=5_000)
        for look, language in LOOKS:
            i18n.set_language(language)
            theme.set_theme(look)
            qtbot.wait(60)  # let deferred layouts and repaints happen before the picture is taken
            assert shell.grab().save(str(Path(folder) / f"{name}-{look}-{language}.png"))
        theme.set_theme("light")
        i18n.set_language("en")

    yield paint
    theme.set_theme("light")
    i18n.set_language("en")
