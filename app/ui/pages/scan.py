"""Scan: read a label by picture, camera, hand scanner or serial port, see what it says, and use it for an order."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any, TypeVar

from PySide6.QtCore import Qt
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout

from app.i18n import _
from app.queries.scanning import ScanTarget, stored_verdict, suggestion, target, unit_card
from app.scanner.heard import device_of
from app.ui import keys
from app.ui.background import Failure
from app.ui.bench import Bench
from app.ui.page import Page
from app.ui.pages.in_order import InOrder
from app.ui.pages.picture_intake import PictureIntake
from app.ui.pages.scan_batch import BatchCard
from app.ui.pages.scan_devices import Seen
from app.ui.pages.scan_port import PortReader
from app.ui.pages.scan_shot import COLLECTING, Reading, Shot, read_text
from app.ui.pages.scan_side import Known, ScanSide
from app.ui.pages.scan_sources import ScanSources
from app.ui.pages.scan_words import Strip, Teller, live_outlines, outlines_of, strip_of
from app.ui.pages.scan_work import Used, judged, known, read_source, use_invoice, use_reading
from app.ui.refusal_words import refusal_words, told
from app.ui.widgets import Button, ImageView, PageHeader
from core.identifiers import OLD_PART_PREFIX, label_form, parse_order
from core.reference import serial_patterns
from core.refusals import Refusal
from core.rows.access import Rows

T = TypeVar("T")


def scan_page(bench: Bench, port: PortReader | None = None) -> Page:
    """The scan page; `port` is the window's serial-port reader (the page makes its own when there is none)."""
    return ScanPage(bench, port)


class ScanPage(Page):
    """Opened with `order` it identifies that order's unit, without it looks units up; `text` is judged at once."""

    def __init__(self, bench: Bench, port: PortReader | None = None) -> None:
        super().__init__()
        self._bench = bench
        self._reading: Reading | None = None
        self._known = Known()
        self._busy = False
        self._asked = 0  # pictures asked for so far: only the newest one counts
        self._shots = InOrder(self._judge)  # each joins what is known by then
        self.sources = ScanSources(bench, port, self._clear, self)
        self.camera, self.camera_button = self.sources.camera, self.sources.button
        self.side = ScanSide(
            pick=self._pick,
            clear=self._clear,
            open_order=lambda order: bench.nav.open("order", order=order),
            use=self.use,
        )
        self.typed, self.use_button, self.verdict_card = self.side.typed, self.side.use_button, self.side.verdict_card
        self._intake = PictureIntake(self, lambda: _("Read pictures"), several=True)
        self.batch = BatchCard(bench)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self._build()
        self._connect()

    # --- building ---------------------------------------------------------------------------------------------

    def _build(self) -> None:
        self.header = PageHeader(lambda: _("Look up a unit"))
        self.header.add_button(
            Button(lambda: _("Picture or PDF…"), self._intake.choose, icon="photo", shortcut="Ctrl+O")
        )
        self.header.add_button(self.sources.button)
        self.body.addWidget(self.header)
        self.view = ImageView(
            lambda: _("Scan the label with the hand scanner, drop or paste a picture, or start the camera.")
        )
        self._teller = Teller(self.view, self._bench)
        row = QHBoxLayout()
        row.setSpacing(10)
        left = QVBoxLayout()
        left.setSpacing(10)
        left.addWidget(self.view, 1)
        left.addWidget(self.sources.camera_bar)
        left.addWidget(self.batch)
        left.addWidget(self.sources.bar)
        row.addLayout(left, 1)
        row.addWidget(self.side)
        self.body.addLayout(row, 1)

    def _connect(self) -> None:
        keys.bind_keys(
            self, "Ctrl+V", lambda: _("Read the picture in the clipboard"), self._intake.paste, whole_window=False
        )
        self._intake.brought.connect(self.take_file)
        self._intake.many.connect(lambda files: self.batch.read(files, self.sources.formats))
        self.batch.chosen.connect(self.take_file)
        self.typed.offered.connect(self._take_typed)
        self.typed.doubted.connect(self._think_of)
        self.camera.seen.connect(self._camera_saw)
        self.camera.failed.connect(self._camera_failed)
        self.sources.stopped.connect(self._camera_stopped)
        self.sources.text_read.connect(lambda text: self.take_text(text, "serial"))

    # --- coming and going -------------------------------------------------------------------------------------

    def opened(self, order: str = "", text: str = "", source: str = "typed", **_params: Any) -> None:
        """Loads the order, wakes the devices, and gives the page the keyboard."""
        if order != (self._target.order_id if self._target else ""):
            self._forget()
            self._known = Known()
        self.setFocus(Qt.FocusReason.OtherFocusReason)
        self.sources.wake()
        self._bench.read(serial_patterns, self.typed.know, owner=self)
        if order:
            self._load(order)
        else:
            self.sources.narrow(())
        self._show()
        if text:
            self.take_text(text, source)

    def _load(self, order: str) -> None:
        today = self._bench.desk.today
        self._bench.read(lambda rows: _order(rows, order, today(rows)), self._loaded, owner=self)

    def _loaded(self, known: Known) -> None:
        self._known = known
        self.sources.narrow(label_form(known.target.product_class).formats if known.target else ())
        if known.target is None:
            self._teller.say(Strip("bad", lambda: _("No such order"), lambda: _("It is not at this place any more.")))
        self._show()

    @property
    def _target(self) -> ScanTarget | None:
        return self._known.target

    def leaving(self) -> None:
        """Gives camera and port back; what was read stays on the page."""
        self.sources.rest()

    def retranslate(self) -> None:
        """Renews what is painted with words."""
        self._show()

    # --- what devices bring -----------------------------------------------------------------------------------

    def scanned(self, text: str, source: str) -> bool:
        """Takes every code but our own order slips and old-part tags, which lead elsewhere."""
        if parse_order(text) or text.upper().startswith(OLD_PART_PREFIX):
            return False
        self.take_text(text, source)
        return True

    def take_text(self, text: str, source: str) -> None:
        """A code's text came from a scanner or was typed."""
        self._take(Shot(source, device_of(text), (read_text(text),), self._bench.desk.now()))

    def _think_of(self, typed: str) -> None:
        self._bench.read(
            lambda rows: suggestion(rows, typed), lambda meant: self.typed.suggest(typed, meant), owner=self
        )

    def _take_typed(self, serial: str) -> None:
        self.take_text(serial, "typed")
        self.setFocus(Qt.FocusReason.OtherFocusReason)

    def take_file(self, source: Path | bytes) -> None:
        """Reads a picture or PDF, instead of the one that is still being read."""
        self._busy = True
        self._teller.say(Strip("warn", lambda: _("Reading…"), ""))
        self._asked += 1
        read = read_source(self._bench, source, self.sources.formats)
        self._bench.runner.run(read, self._if_newest(self._take), self._if_newest(self._failed), owner=self)

    def _if_newest(self, then: Callable[[T], None]) -> Callable[[T], None]:
        asked = self._asked
        return lambda answer: then(answer) if asked == self._asked else None

    def _take(self, shot: Shot) -> None:
        self._busy = False
        self.camera.shown()
        self._shots.add(shot)

    def _judge(self, shot: Shot) -> None:
        earlier = self._reading.shot if self._reading and shot.source in COLLECTING else None
        self._bench.read(
            judged(self._bench, shot, self._target, earlier),
            lambda reading: self._tell(shot, lambda: self._judged(reading)),
            failed=lambda failure: self._tell(shot, lambda: self._failed(failure)),
            owner=self,
        )

    def _tell(self, shot: Shot, how: Callable[[], None]) -> None:
        """Tells what came of a shot, unless the page was cleared meanwhile (telling may clear it too)."""
        if self._shots.is_on(shot):
            how()
        if self._shots.is_on(shot):
            self._shots.ended()

    def _camera_saw(self, seen: Seen) -> None:
        self.view.show_image(seen.image)
        self.view.set_outlines(live_outlines(seen, self._reading))
        self.sources.camera_bar.tell(seen)
        if seen.shot is not None:
            self._take(seen.shot)
        self.camera.shown()

    def _camera_failed(self, refusal: Refusal) -> None:
        self._teller.say(Strip("bad", lambda: _("No camera picture"), refusal_words(refusal)))
        self.sources.show()

    def _camera_stopped(self) -> None:
        """Shows the picture the codes were read from, in place of whatever came last."""
        image = self._reading.shot.image if self._reading else None
        if image is not None:
            self.view.show_image(image)
        self.view.set_outlines(outlines_of(self._reading))

    def _failed(self, failure: Failure) -> None:
        self._busy = False
        self._teller.say(Strip("bad", lambda: _("Not read"), told(failure)))
        self._teller.alarm("bad")

    # --- what it means ----------------------------------------------------------------------------------------

    def _judged(self, reading: Reading) -> None:
        if reading.label.order and not reading.serial:
            self._bench.nav.open("order", order=reading.label.order)
            return
        self._reading = reading
        if reading.shot.image is not None and not self.camera.is_running:
            self.view.show_image(reading.shot.image)
        if reading.label.invoice and not reading.serial:
            self._take_invoice(reading)
            return
        self._teller.tell(reading, self._known.rest(reading))
        self._show()

    def _take_invoice(self, reading: Reading) -> None:
        self._teller.say(strip_of(reading))
        self._show()
        if self._target is not None:
            job = use_invoice(self._bench, reading, self._target)
            self._bench.runner.run(job, lambda used: self._used(used, invoice=True), self._refused, owner=self)

    def _pick(self, serial: str) -> None:
        reading = self._reading
        if reading is None:
            return
        picked = Reading(reading.shot, reading.label, picked=serial)
        self._bench.read(lambda rows: known(self._bench, rows, picked, self._target), self._judged, owner=self)
        self.setFocus(Qt.FocusReason.OtherFocusReason)

    # --- using it ---------------------------------------------------------------------------------------------

    def use(self) -> None:
        """Identifies the order's unit by what was read."""
        is_free = not (self._busy or self._shots.busy) and self.use_button.isEnabled()
        if not is_free or self._reading is None or self._target is None:
            return
        self._busy = True
        job = use_reading(self._bench, self._reading, self._target)
        self._bench.runner.run(job, lambda used: self._used(used, invoice=False), self._refused, owner=self)

    def _used(self, used: Used, *, invoice: bool) -> None:
        self._busy = False
        title = (lambda: _("Invoice recorded")) if invoice else (lambda: _("Unit identified"))
        order = self._target.order_id if self._target else ""
        self._bench.nav.toast(
            "ok", title, lambda: _("Kept here; sent to HQ by itself."),
            link=lambda: _("To the order"), on_link=lambda: self._bench.nav.open("order", order=order),
        )  # fmt: skip
        if used.left_out is not None:
            self._bench.nav.toast("warn", lambda: _("The picture was not kept"), refusal_words(used.left_out))
        self._load(order)
        if not invoice:
            self.side.show_button(self._reading, self._target, done=True)

    def _refused(self, failure: Failure) -> None:
        self._busy = False
        self._teller.say(Strip("bad", lambda: _("Not recorded"), told(failure)))
        self._teller.alarm("bad")

    # --- showing ----------------------------------------------------------------------------------------------

    def _forget(self) -> None:
        self._reading = None
        self._asked += 1
        self._busy = False
        self._shots.clear()
        self._teller.say(Strip())
        self.view.show_image(None)
        self.typed.line.clear()

    def _clear(self) -> None:
        self._forget()
        self._show()

    def _show(self) -> None:
        self._show_head()
        reading = self._reading
        self.sources.read_last(reading.shot.source if reading else "")
        self.side.show_reading(reading, self._known)
        if not self.camera.is_running:
            self.view.set_outlines(outlines_of(reading))
        self._teller.again()

    def _show_head(self) -> None:
        found = self._target
        if found is None:
            self.header.say(lambda: _("Look up a unit"), lambda: _("Registry, history and warranty of any unit"))
        else:
            self.header.say(lambda: _("Identify unit"), lambda: _subtitle(found))

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Enter uses what was read; a shortcut would take Enter from the search box above."""
        if event.key() in {Qt.Key.Key_Return, Qt.Key.Key_Enter}:
            self.use()
            return
        super().keyPressEvent(event)


def _order(rows: Rows, order_id: str, today: date) -> Known:
    found = target(rows, order_id)
    card = unit_card(rows, found.serial, today, but=order_id) if found and found.serial else None
    return Known(found, stored_verdict(rows, order_id, found.unit_id if found else None), card)


def _subtitle(found: ScanTarget) -> str:
    which = _("unit {n} of {of}").format(n=found.position, of=found.units) if found.units > 1 else ""
    named = " · ".join(filter(None, (found.number, found.model or "", which)))
    return _("Order {number}").format(number=named)
