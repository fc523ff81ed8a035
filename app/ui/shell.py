"""The main window: rail, scan box, sync chip, pages made when first opened, toasts, flash, lock and shortcuts."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from PySide6.QtCore import Signal
from PySide6.QtGui import QCloseEvent, QResizeEvent
from PySide6.QtWidgets import QFrame, QGridLayout, QHBoxLayout, QMainWindow, QStackedWidget, QWidget

from app.i18n import _
from app.ui import icons, keys, live
from app.ui.components.key_sheet import KeySheet
from app.ui.components.overlays import Flash, Toasts
from app.ui.components.person_badge import Person, PersonBadge
from app.ui.components.rail import Rail
from app.ui.components.scan_box import ScanBox, Suggestion
from app.ui.components.status_line import StatusLine
from app.ui.components.sync_chip import SyncChip, SyncModel
from app.ui.components.sync_panel import SyncPanel
from app.ui.live import Words
from app.ui.page import Page, PageSpec
from app.ui.page_stack import PageStack
from app.ui.window_drops import WindowDrops

SIZE = (1366, 768)


class Shell(QMainWindow):
    """Implements `Navigator`. Made once per process; `enter` shows the work place of a person, `lock` covers it."""

    text_taken = Signal(str, str)
    """A text typed or scanned that the shown page did not take: text, source ("typed", "wedge", "serial" …)."""
    locked = Signal()
    person_change_asked = Signal()
    page_shown = Signal(str)

    def __init__(self, specs: Sequence[PageSpec], sync: SyncModel | None = None) -> None:
        super().__init__()
        self.setWindowIcon(icons.app_icon())
        self.resize(*SIZE)
        self.setMinimumSize(960, 600)
        self._person: Person | None = None
        self.on_close: list[Callable[[], object]] = []
        self.sync = sync or SyncModel(self)
        self.rail, self.box, self.badge = Rail(), ScanBox(), PersonBadge()
        self.status, self.stack = StatusLine(), PageStack(specs, self)
        self.chip = SyncChip(self.sync)
        self._root, self._house = QStackedWidget(), self._build_house()
        self._root.addWidget(self._house)
        self.setCentralWidget(self._root)
        self._sync_panel, self._key_sheet = SyncPanel(self._house, self.sync), KeySheet(self._house)
        self.toasts, self._flash = Toasts(self._house), Flash(self._house)
        self._connect()
        self._drops = WindowDrops(self, self.take_files)
        live.bind(self, self.setWindowTitle, lambda: _("Fixpoint"))

    def _build_house(self) -> QWidget:
        house = QWidget()
        house.setProperty("surface", "bg")
        grid = QGridLayout(house)
        grid.setContentsMargins(0, 0, 0, 0)
        grid.setSpacing(0)
        grid.addWidget(self.rail, 0, 0, 3, 1)
        grid.addWidget(self._build_top(), 0, 1)
        grid.addWidget(self.stack, 1, 1)
        grid.addWidget(self.status, 2, 1)
        grid.setRowStretch(1, 1)
        grid.setColumnStretch(1, 1)
        return house

    def _build_top(self) -> QFrame:
        top = QFrame()
        top.setProperty("kind", "top")
        top.setFixedHeight(52)
        row = QHBoxLayout(top)
        row.setContentsMargins(16, 0, 16, 0)
        row.setSpacing(12)
        row.addWidget(self.box, 3)
        row.addStretch(1)
        row.addWidget(self.chip)
        row.addWidget(self.badge)
        return top

    def _connect(self) -> None:
        self.rail.chosen.connect(self.open)
        self.stack.shown.connect(self._page_shown)
        self.box.commands = self._commands
        self.box.entered.connect(lambda text: self.take_text(text, "typed"))
        self.chip.clicked.connect(lambda: self._sync_panel.show_below(self.chip))
        self.badge.lock_asked.connect(self.lock)
        self.badge.change_asked.connect(self.person_change_asked.emit)
        for sequence, words, call in (
            ("Ctrl+K", lambda: _("Scan, search or run a command"), self.box.ask),
            ("Alt+Left", lambda: _("Back"), self.back),
            ("F1", lambda: _("Keyboard shortcuts"), self.show_keys),
            ("F12", lambda: _("Lock"), self.lock),
        ):
            keys.bind_keys(self._house, sequence, words, call)

    # --- people -----------------------------------------------------------------------------------------------

    def enter(self, person: Person, page_id: str | None = None) -> None:
        """Shows the places of this person; another person's pages are thrown away first.

        The same person comes back (after a lock) to the page as it was left, unless `page_id` asks for another.
        """
        known = self._person
        same = known is not None and (known.id, known.roles) == (person.id, person.roles)
        self._person = person
        self.badge.set_person(person)
        wanted = self.stack.start(person.roles, afresh=not same)
        self._root.setCurrentWidget(self._house)
        if same and self.page is not None and page_id is None:
            return
        self.rail.set_pages([spec for spec in self.stack.specs() if spec.in_rail])
        self.open(page_id or wanted)

    def set_gate(self, gate: QWidget) -> None:
        """The widget that covers the work place: log-in or lock screen; replaces the one before."""
        while self._root.count() > 1:
            old = self._root.widget(1)
            if old is not None:
                self._root.removeWidget(old)
                old.deleteLater()
        self._root.addWidget(gate)
        self._root.setCurrentWidget(gate)
        gate.setFocus()

    @property
    def is_covered(self) -> bool:
        """True while a gate covers the work place."""
        return self._root.currentWidget() is not self._house

    def lock(self) -> None:
        """Asks for the lock screen; what was typed stays as it is."""
        if not self.is_covered:
            self.locked.emit()

    # --- navigation -------------------------------------------------------------------------------------------

    def open(self, page_id: str, **params: Any) -> None:
        """See Navigator.open."""
        self.stack.open(page_id, params)

    def back(self) -> None:
        """See Navigator.back; on the first page it does nothing."""
        self.stack.back()

    @property
    def page(self) -> Page | None:
        """The page that is shown."""
        return self.stack.page

    def _page_shown(self, spec: PageSpec) -> None:
        self.rail.light(spec.lit_as or spec.id)
        self.page_shown.emit(spec.id)

    def show_keys(self) -> None:
        """Opens or closes the sheet of shortcuts."""
        self._key_sheet.show_centred()

    def _commands(self) -> list[Suggestion]:
        goes = [self._go_to(spec) for spec in self.stack.specs() if spec.in_rail]
        lock = Suggestion(lambda: _("Lock"), self.lock, keywords="lock F12")
        sync = Suggestion(lambda: _("Sync now"), self.sync.sync_asked.emit, keywords="sync")
        here = self.page.commands() if self.page is not None else ()
        return [*here, *goes, sync, lock]

    def _go_to(self, spec: PageSpec) -> Suggestion:
        def words() -> str:
            return _("Go to {place}").format(place=_(spec.title))

        return Suggestion(words, lambda: self.open(spec.id), keywords=spec.id)

    # --- what pages and devices say ---------------------------------------------------------------------------

    def take_text(self, text: str, source: str) -> None:
        """A text was scanned or typed: the page may take it, else `text_taken` tells it. Ignored while covered."""
        if self.is_covered:
            return
        page = self.page
        if page is None or not page.scanned(text, source):
            self.text_taken.emit(text, source)

    def take_files(self, files: list[Path]) -> bool:
        """Files or folders were dropped where no page took them: True when this person has a page for them."""
        page = next((spec.id for spec in self.stack.specs() if spec.takes_files), None)
        if page is None or self.is_covered:
            return False
        self.open(page, files=files)
        return True

    def toast(
        self,
        tone: str,
        title: Words,
        text: Words = "",
        *,
        link: Words = "",
        on_link: Callable[[], object] | None = None,
    ) -> None:
        """See Navigator.toast."""
        self.toasts.show(tone, title, text, link=link, on_link=on_link)

    def flash(self, tone: str, word: Words) -> None:
        """See Navigator.flash."""
        self._flash.flash(tone, word)

    def set_badge(self, page_id: str, count: int) -> None:
        """See Navigator.set_badge."""
        self.rail.set_badge(page_id, count)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """The flash covers whatever size the window has."""
        super().resizeEvent(event)
        self._flash.setGeometry(self._house.rect())

    def closeEvent(self, event: QCloseEvent) -> None:
        """Lets the page keep what is typed, then ends background work."""
        if self.page is not None:
            self.page.leaving()
        for call in self.on_close:
            call()
        super().closeEvent(event)
