"""The warehouse clerk's side: scan a tag, compare, say what was found, go on to the next."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from PySide6.QtCore import Qt
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QHBoxLayout, QLineEdit

from app.actions.receive_old_part import ReceiptAsked
from app.i18n import _
from app.offline_db.store import LocalRows
from app.queries.boxes import find_unread
from app.queries.old_parts import OldPartLine, by_tag, one
from app.ui import formats, theme
from app.ui.background import Failure
from app.ui.bench import Bench
from app.ui.live import bind
from app.ui.page import Page
from app.ui.pages.old_parts_card import part_name
from app.ui.pages.old_parts_today import GRADES, ReceivedToday, grade_words
from app.ui.pages.picture_intake import PictureIntake
from app.ui.pages.scan_shot import read_picture_file
from app.ui.refusal_words import code_words, refusal_words, told
from app.ui.widgets import (
    Banner,
    Button,
    Card,
    Chip,
    Field,
    FilterChips,
    KeyValueGrid,
    Label,
    PageHeader,
    PrimaryButton,
)
from core.identifiers import OLD_PART_PREFIX, parse_old_part, show_tag
from core.refusals import Refusal
from core.rows.parts import OldPartState
from core.rows.people import Place

FINDINGS = ("ok", "wrong_part", "wrong_serial", "damaged")


class ReceivePage(Page):
    """One tag at a time; what was received today is listed below."""

    def __init__(self, bench: Bench) -> None:
        super().__init__()
        self._bench = bench
        self._line: OldPartLine | None = None
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self._intake = PictureIntake(self, lambda: _("Read a tag"))
        self._intake.brought.connect(self.take_file)
        self.header = PageHeader(lambda: _("Receive old parts"))
        self.header.add_button(
            Button(lambda: _("Picture or PDF…"), self._intake.choose, icon="photo", shortcut="Ctrl+O")
        )
        self.body.addWidget(self.header)
        row = QHBoxLayout()
        row.setSpacing(10)
        row.addWidget(self._build_scan(), 5)
        row.addWidget(self._build_finding(), 4)
        self.body.addLayout(row)
        self.today = ReceivedToday(bench)
        self.today.counted.connect(self._count)
        self.model = self.today.model
        self.body.addWidget(self.today, 1)
        self._show(None)

    def _build_scan(self) -> Card:
        card = Card(code_words("chosen_as", "old_part"), "scan")
        self.line = QLineEdit()
        self.line.setMaxLength(60)
        self.line.setFont(theme.mono_font(16))
        bind(self.line, self.line.setPlaceholderText, lambda: _("Scan the tag, or type its twelve characters"))
        self.line.returnPressed.connect(lambda: self.look(self.line.text()))
        unread = lambda: _("If it can’t be read: part, serial number and station, with blanks between.")  # noqa: E731
        self.field = Field(lambda: _("Tag number"), self.line, unread)
        card.add(self.field)
        self.banner = Banner("grey", "")
        card.add(self.banner)
        self.facts = KeyValueGrid(label_width=110)
        card.add(self.facts)
        card.body.addStretch(1)
        return card

    def _build_finding(self) -> Card:
        card = Card(lambda: _("What was found"), "faults")
        self.findings = FilterChips([Chip(code, code_words("finding", code)) for code in FINDINGS])
        self.findings.setAccessibleName("finding")
        self.findings.changed.connect(lambda _ids: self._offer())
        self.grades = FilterChips([Chip(code, grade_words(code)) for code, _name in GRADES])
        card.add(Label(lambda: _("Finding"), "muted"))
        card.add(self.findings)
        card.add(Label(lambda: _("Grade"), "muted"))
        card.add(self.grades)
        self.effect = Label("", "small", wrap=True)
        card.add(self.effect)
        card.body.addStretch(1)
        self.button = PrimaryButton(lambda: _("Receive"), self.receive, icon="check", shortcut="F8")
        card.add(self.button)
        return card

    # --- reading a tag ----------------------------------------------------------------------------------------

    def opened(self, **_params: Any) -> None:
        """Gives the tag's line the keyboard and reads the day's receipts."""
        self.line.setFocus(Qt.FocusReason.OtherFocusReason)
        self.today.load()

    def scanned(self, text: str, source: str) -> bool:
        """Takes every code: at this desk only tags are scanned."""
        self.look(text)
        return True

    def look(self, text: str) -> None:
        """Shows the old part of a tag."""
        if not text.strip():
            return
        self.field.accept()
        self._bench.read(lambda rows: _meant(rows, text), self._found, owner=self, failed=self._unknown)

    def _found(self, line: OldPartLine) -> None:
        self._show(line)
        self.findings.activate("ok")
        if line.state in {OldPartState.RECEIVED.value, OldPartState.WRITTEN_OFF.value}:
            self._stop(Refusal("old_part_received"))
        elif line.state != OldPartState.TAGGED.value:
            self._stop(Refusal("old_part_not_tagged"))
        else:
            self._bench.nav.flash("ok", line.part_id)
            self.button.setFocus(Qt.FocusReason.OtherFocusReason)

    def _unknown(self, failure: Failure) -> None:
        self._show(None)
        self.banner.say("bad", lambda: _("Not expected here"), told(failure))
        self.banner.show()
        self._bench.nav.flash("bad", lambda: _("Unknown tag"))
        self._again()

    def _stop(self, refusal: Refusal) -> None:
        self.button.setEnabled(False)
        self.banner.say("warn", lambda: _("Can’t be received"), refusal_words(refusal))
        self.banner.show()
        self._bench.nav.flash("warn", lambda: _("Stop"))
        self._again()

    def _again(self) -> None:
        self.line.setFocus(Qt.FocusReason.OtherFocusReason)
        self.line.selectAll()

    def _show(self, line: OldPartLine | None) -> None:
        self._line = line
        self.button.setEnabled(line is not None)
        self.banner.setVisible(line is None)
        if line is None:
            self.banner.say(
                "grey", lambda: _("Ready for the next tag"), lambda: _("A picture or PDF of it serves too.")
            )
            self.facts.set_rows([])
        else:
            self.facts.set_rows(_facts(line))
        self._offer()

    def _offer(self) -> None:
        good = (self.findings.active() or ["ok"])[0] == "ok"
        worth = formats.money(self._line.worth_fen) if self._line else ""
        if self._line is None:
            self.effect.say("")
        elif good:
            self.effect.say(
                lambda: _("The duty is written off and {amount} credited to the station.").format(amount=worth)
            )
        else:
            self.effect.say(lambda: _("It is received with a difference; nothing is credited until it is settled."))

    # --- receiving --------------------------------------------------------------------------------------------

    def receive(self) -> None:
        """Records the receipt of the part on show."""
        if self._line is None or not self.button.isEnabled():
            return
        self.button.setEnabled(False)
        finding = (self.findings.active() or ["ok"])[0]
        asked = ReceiptAsked(tag=self._line.id, finding=finding, grade=next(iter(self.grades.active()), None))
        self._bench.act("receive_old_part", asked, lambda _done: self._received(finding), self._refused, owner=self)

    def _received(self, finding: str) -> None:
        tone = "ok" if finding == "ok" else "warn"
        self._bench.nav.flash(tone, lambda: _("Received"))
        self.line.clear()
        self._show(None)
        self.findings.activate("ok")
        self._again()
        self.today.load()

    def _refused(self, failure: Failure) -> None:
        self.banner.say("bad", lambda: _("Not received"), told(failure))
        self.banner.show()
        self._bench.nav.flash("bad", lambda: _("Not received"))
        self._again()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """1 to 4 choose the finding while no line has the keyboard; Enter receives."""
        digit = event.text()
        if digit.isascii() and digit.isdigit() and 1 <= int(digit) <= len(FINDINGS):
            self.findings.activate(FINDINGS[int(digit) - 1])
            return
        if event.key() in {Qt.Key.Key_Return, Qt.Key.Key_Enter} and not self.line.hasFocus():
            self.receive()
            return
        super().keyPressEvent(event)

    def _count(self, count: int) -> None:
        self.header.say(lambda: _("Receive old parts"), lambda: _("{n} received today").format(n=count))

    # --- pictures ---------------------------------------------------------------------------------------------

    def take_file(self, source: Path | bytes) -> None:
        """Reads a tag from a picture or PDF."""

        def job(_progress: Any) -> str:
            shot = read_picture_file(source, self._bench.desk.now())
            if not shot.codes:
                raise Refusal("label_no_code")
            return next((code.text for code in shot.codes if _is_tag(code.text)), shot.codes[0].text)

        self._bench.runner.run(job, self.look, self._unknown, owner=self)


def _meant(rows: LocalRows, text: str) -> OldPartLine:
    """The old part of a tag; where that can't be read, of part and serial number (and the station's code) in a row."""
    told = text.split()
    if len(told) < 2 or _is_tag(text):
        return by_tag(rows.connection, text)
    stations = rows.find(Place, code=told[2].upper()) if len(told) > 2 else ()
    old = find_unread(rows, told[0], told[1], stations[0].id if stations else None)
    line = one(rows.connection, old.id)
    if line is None:
        raise Refusal("old_part_unknown")
    return line


def _is_tag(text: str) -> bool:
    if text.upper().startswith(OLD_PART_PREFIX):
        return True
    return parse_old_part(text) is not None


def _facts(line: OldPartLine) -> list[Any]:
    expected = line.serial or (lambda: _("bears none") if line.no_serial else "—")
    facts: list[Any] = [
        (lambda: _("Tag number"), show_tag(line.tag), "strong"),
        (lambda: _("Part"), lambda: f"{line.part_id} · {part_name(line)}", "strong"),
        (lambda: _("Expected serial"), expected, "strong"),
        (lambda: _("Station"), line.station or "—"),
    ]
    if line.order_number:
        facts.append((lambda: _("Order"), line.order_number))
    if line.due_on:
        facts.append((lambda: _("Return by"), formats.day(line.due_on)))
    if line.received_at:
        by = " · ".join(filter(None, (formats.moment(line.received_at), line.received_by)))
        facts.append((lambda: _("Received"), by))
    return facts
