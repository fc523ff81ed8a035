"""One window on one profile: first start, log-in and lock, pages, sync, scanner's keys; and a clean end."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

from PySide6.QtCore import QObject, QTimer
from PySide6.QtWidgets import QApplication

from app import pinyin
from app.actions.log_in import Colleague
from app.bootstrap import Station
from app.i18n import _
from app.offline_db.backup import back_up_when_due
from app.offline_db.device import DeviceState
from app.offline_db.engine import reading
from app.offline_db.rescue import Exported, Unsent, export_rescue, unsent_work
from app.offline_db.store import utc_now
from app.queries.find import Target, find_target
from app.queries.order_search import OrderSearch
from app.sync.lane import Moving
from app.sync.loop import SyncLoop
from app.sync.self_check import ScopeChecked
from app.sync.status import SyncStatus
from app.ui import formats
from app.ui.background import Background, Progress
from app.ui.bench import Bench, Place, RowNews
from app.ui.care import Care
from app.ui.components.idle_watch import IdleWatch
from app.ui.enrol import EnrolPage, Told
from app.ui.login import LockScreen, LoginPage
from app.ui.page import Navigator
from app.ui.refusal_words import refusal_words
from app.ui.shell import Shell
from app.ui.sync_presenter import SyncPresenter
from app.ui.widgets import Label
from app.window.first import first_words, registry_words
from app.window.pages import page_specs
from app.window.people import OwnPassword, PlaceAuthenticator, badge_of, listed
from app.window.scanners import Scanners
from core.refusals import Refusal

#: Minutes without a touch after which the window locks itself, unless the settings say otherwise.
IDLE_MINUTES = 15
#: The daily backup reads the whole database: the first screen and the first sync go before it.
BACKUP_AFTER_MS = 60_000
#: The first screen is painted before the first exchange takes the processor.
SYNC_AFTER_MS = 400


class Window(QObject):
    """Owns the shell and everything that lives as long as it; ``open`` shows it, closing ends it."""

    def __init__(self, app: QApplication, station: Station, *, wedge: bool = True) -> None:
        """``wedge`` listens to keyboard scanners application-wide."""
        super().__init__()
        self.station = station
        self.background = Background()
        self.news = RowNews(station.store, self)
        self.orders = OrderSearch()
        self.scanners = Scanners(station.settings, self.background, self)
        extras: dict[str, Callable[[], dict[str, Any]]] = {
            "scan": lambda: {"port": self.scanners.port},
            "settings": lambda: {
                "on_change": self._setting_changed,
                "care": Care(self._check, self._rescue),
                "hearing": self.scanners.hearing(),
            },
            "sync_issues": lambda: {"sync": self.shell.sync},
        }
        self.shell = Shell(page_specs(self._bench, extras))
        self.person: Colleague | None = None
        self.loop: SyncLoop | None = None
        self.presenter: SyncPresenter | None = None
        self._coming = Moving()  # how far the registry's file is
        self._note: Label | None = None
        self._app = app
        self._idle = IdleWatch(app, float(station.settings.get("idle_minutes", IDLE_MINUTES)), self)
        self._connect(wedge=wedge)
        self.closed = False

    def _connect(self, *, wedge: bool) -> None:
        self.shell.locked.connect(self._lock)
        self.shell.person_change_asked.connect(self.change_person)
        self.shell.text_taken.connect(self._follow)
        self.shell.on_close.append(self._end)
        self._idle.idle.connect(self.shell.lock)
        self.scanners.read.connect(self.shell.take_text)
        self.scanners.refused.connect(self._scan_refused)
        if wedge:
            self.scanners.listen(self._app)

    def _setting_changed(self, name: str) -> None:
        """What listens to devices takes a changed setting at once."""
        self.scanners.changed(name)
        if name == "idle_minutes":
            self._idle.set_minutes(float(self.station.settings.get(name, IDLE_MINUTES)))

    def _check(self) -> list[ScopeChecked]:
        """Compare all rows with HQ's; runs off the thread."""
        assert self.loop is not None, "settings are shown after the start of the sync"
        return self.loop.check_now()

    def _rescue(self, path: Path, passphrase: str, told: Callable[[int, int], None]) -> Exported:
        """Write a rescue file; runs off the thread."""
        one = self.station
        return export_rescue(one.engine, one.blobs, one.keys.device_key, path, passphrase, utc_now(), told)

    # --- people -----------------------------------------------------------------------------------------------

    def open(self) -> None:
        """Show the window: the first start, or the log-in."""
        if self.station.store.device() is None:
            gate = EnrolPage(self._enrol, self.background)
            gate.enrolled.connect(self._enrolled)
            self.shell.set_gate(gate)
        else:
            self._enrolled()
        self.shell.show()

    def _enrol(self, address: str, code: str, told: Told) -> None:
        if self.station.store.device() is None:
            self.station.enrol(address, code)
        self.station.syncer(with_registry=False).sync_once(
            told
        )  # orders and stock: the registry comes behind the log-in

    def _enrolled(self) -> None:
        formats.set_place(self._device().utc_offset_minutes)
        self._start_sync()
        if not self._went_on():
            self.show_login()
        QTimer.singleShot(BACKUP_AFTER_MS, self, self._back_up_if_due)

    def _back_up_if_due(self) -> None:
        self.background.run(self._back_up, lambda _backup: None, owner=self)

    def _back_up(self, _progress: Progress) -> object:
        return back_up_when_due(self.station.engine, self.station.profile, utc_now())

    def _device(self) -> DeviceState:
        device = self.station.store.device()
        assert device is not None, "people log in on enrolled devices only"
        return device

    def change_person(self) -> None:
        """Whoever works here now is done: the session ends, another person may log in; told what is still to send."""
        self.station.sessions.end()
        with reading(self.station.engine) as connection:
            unsent = unsent_work(connection)
        self.show_login(unsent)

    def show_login(self, unsent: Unsent | None = None) -> None:
        """Ask who works here; ``unsent`` work of whoever left goes on being sent."""
        device = self._device()
        gate = LoginPage(PlaceAuthenticator(self.station, device), self.background, device.place_name)
        if unsent is not None and unsent.any:
            more = {"operations": unsent.operations, "photos": unsent.photos}
            text = "Still to send from this computer: {operations} steps, {photos} photos or signatures."
            gate.tell(lambda: _(text).format_map(more))
        self._note = gate.tell("")
        self._show_registry()
        gate.entered.connect(self.enter)
        self.shell.set_gate(gate)

    def enter(self, person_id: str) -> None:
        """Show the work place of a person whose password was right; a handed-out password is replaced first."""
        self._note = None  # it goes with the log-in
        people = PlaceAuthenticator(self.station, self._device())
        person = people.colleague(person_id)
        if person.needs_first_password:
            gate = LoginPage(OwnPassword(self.station, self._device(), person), self.background, person.name)
            gate.entered.connect(self.enter)
            self.shell.set_gate(gate)
            return
        changed = self.person is None or self.person.id != person.id
        self.person = person
        if changed:
            self._present()
        self.shell.enter(badge_of(person))

    def _present(self) -> None:
        """Chip and panel speak to this person: what they may mend is done in their name."""
        if self.presenter is not None:
            self.presenter.deleteLater()
        self.presenter = SyncPresenter(self._bench(self.shell), self.shell.sync, self)
        if self.loop is not None:
            self.presenter.take(self.loop.status)

    def _went_on(self) -> bool:
        """Who logged in by the command line within the last hours goes on here without a second password."""
        try:
            person_id = self.station.sessions.current().person
        except Refusal:
            return False
        known = any(one.id == person_id for one in PlaceAuthenticator(self.station, self._device()).people())
        if known:
            self.enter(person_id)
        return known

    def _lock(self) -> None:
        if self.person is None:
            return
        screen = LockScreen(PlaceAuthenticator(self.station, self._device()), self.background, listed(self.person))
        screen.entered.connect(self.enter)
        screen.change_asked.connect(self.change_person)
        self.shell.set_gate(screen)

    def _bench(self, nav: Navigator) -> Bench:
        device, person = self._device(), self.person
        assert person is not None, "pages are made for somebody"
        return Bench(
            nav=nav,
            runner=self.background,
            store=self.station.store,
            blobs=self.station.blobs,
            drafts=self.station.drafts,
            settings=self.station.settings,
            news=self.news,
            fetch=self.station.fetch_blob,
            ask_unit=self.station.ask_unit,
            orders=self.orders,
            desk=self.station.desk(person.id),
            person=person,
            place=Place(
                device.place_id, device.place_name, device.place_kind, device.branch_id, device.utc_offset_minutes
            ),
        )

    # --- sync -------------------------------------------------------------------------------------------------

    def _start_sync(self) -> None:
        self.loop = loop = self.station.sync_loop(
            lambda status: self.background.call_soon(lambda: self._show_status(status), owner=self.shell)
        )
        self.shell.sync.sync_asked.connect(loop.ask)
        self.news.changed.connect(self._rows_changed)
        self.shell.status.say("place", self._device().place_name)
        self._show_registry()
        QTimer.singleShot(SYNC_AFTER_MS, self, self._begin_sync)

    def _begin_sync(self) -> None:
        self.background.run(lambda _progress: pinyin.load(), lambda _none: None, owner=self)
        if self.loop is not None and not self.closed:
            self.loop.start()

    def _show_status(self, status: SyncStatus) -> None:
        if self.presenter is not None:
            self.presenter.take(status)
        if status.registry != self._coming:
            self._coming = status.registry
            self._show_registry()
        at = formats.clock(status.last_sync_at) if status.last_sync_at else "—"
        if status.offline_since is not None:
            self.shell.status.say("hq", lambda: _("HQ: offline (last sync {time})").format(time=at))
        elif status.last_sync_at is not None:
            self.shell.status.say("hq", lambda: _("HQ: connected ({time})").format(time=at))

    def _rows_changed(self, keys: frozenset[tuple[str, str]]) -> None:
        self.orders.heard(keys)
        if self.loop is not None and any(entity == "operation" for entity, _row in keys):
            self.loop.changed()
        if any(entity == "device" for entity, _row in keys):
            self._show_registry()

    def _show_registry(self) -> None:
        """How much of the registry is here: below the window, and above the people at the log-in."""
        about = self.station.registry.about()
        rows, coming = (about.rows if about else 0), self._coming
        self.shell.status.say("registry", lambda: registry_words(rows, coming))
        if self._note is not None:
            self._note.setVisible(not rows)
            self._note.say(lambda: first_words(coming))

    # --- what is scanned or typed -----------------------------------------------------------------------------

    def _follow(self, text: str, _source: str) -> None:
        def job(_progress: Progress) -> Target | None:
            with self.station.store.reading() as rows:
                return find_target(rows, text, self.orders)

        self.background.run(job, lambda target: self._go(target, text), owner=self)

    def _scan_refused(self, refusal: Refusal) -> None:
        if not self.shell.is_covered:
            self.shell.toast("warn", lambda: _("Not a scan that can be believed"), refusal_words(refusal))

    def _go(self, target: Target | None, text: str) -> None:
        pages = {spec.id for spec in self.shell.stack.specs()}
        if target is None or target.page not in pages:
            self.shell.toast("warn", lambda: _("Nothing found for “{text}”").format(text=text[:60]))
        else:
            self.shell.open(target.page, **target.params)

    # --- the end ----------------------------------------------------------------------------------------------

    def _end(self) -> None:
        """Let a request that is out end by itself, then let go of everything."""
        if self.closed:
            return
        self.closed = True
        if self.loop is not None:
            self.loop.stop()
        self.news.stop()
        self.scanners.stop()
        self.background.shutdown()


def on_closed(window: Window, call: Callable[[], None]) -> None:
    """Have ``call`` called when the window closes, after its own end."""
    window.shell.on_close.append(call)
