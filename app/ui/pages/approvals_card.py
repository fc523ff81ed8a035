"""A request that waits for the branch: what the decision rests on, the decision, or a question back."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

from PySide6.QtCore import Qt
from PySide6.QtGui import QImage, QKeyEvent
from PySide6.QtWidgets import QHBoxLayout, QLineEdit

from app.actions.ask_back import AskedBack
from app.actions.decide_approval import DecisionAsked
from app.i18n import _
from app.offline_db.store import LocalRows
from app.queries.approval_paper import ApprovalFacts, approval_facts
from app.queries.approvals import RequestDetail, RequestLine, detail
from app.queries.verdicts import reason_lines
from app.ui import formats
from app.ui.approval_words import decider_words, round_words, rule_words
from app.ui.background import Failure
from app.ui.bench import Bench
from app.ui.components.print_window import offer
from app.ui.live import Words, bind
from app.ui.pages.key_buttons import KeyButton
from app.ui.pages.scan_cards import OUTCOME_TONES
from app.ui.printing import KINDS, paper_print
from app.ui.printing.approval_page import approval_paper
from app.ui.refusal_words import code_words, refusal_words, told
from app.ui.widgets import (
    Banner,
    Card,
    DataTable,
    EmptyState,
    Field,
    KeyValueGrid,
    Label,
    Link,
    ScrollColumn,
)

_PHOTO = 110


class RequestCard(Card):
    """One request with its evidence, the two decisions, and the way back with a question."""

    def __init__(self, bench: Bench, table: DataTable) -> None:
        self.print_link = Link(lambda: _("Print"), self.print_request)
        super().__init__(lambda: _("Request"), "approvals", self.print_link)
        self._bench, self._table = bench, table
        self._line: RequestLine | None = None
        self.column = ScrollColumn()
        self.column.body.setSpacing(8)
        self.add(self.column, 1)
        self.reason = QLineEdit()
        self.reason.setMaxLength(400)
        bind(self.reason, self.reason.setPlaceholderText, lambda: _("Told to the station; needed for a refusal"))
        self.field = Field(lambda: _("Reason or question"), self.reason)
        self._enter = self.refuse
        self.reason.returnPressed.connect(lambda: self._enter())
        self.add(self.field)
        self.approve_button = KeyButton(
            lambda: _("Approve"), self.approve, icon="check", shortcut="A", primary=True, big=True
        )
        self.refuse_button = KeyButton(lambda: _("Refuse"), self.begin_refusal, shortcut="R", danger=True, big=True)
        self.ask_button = KeyButton(lambda: _("Ask back"), self.begin_question, shortcut="Q", big=True)
        row = QHBoxLayout()
        row.setSpacing(8)
        row.addWidget(self.approve_button, 6)
        row.addWidget(self.refuse_button, 4)
        row.addWidget(self.ask_button, 5)
        self.add(row)
        self.show_request(None)

    def show_request(self, line: RequestLine | None) -> None:
        """Shows a request at once, and its evidence when it is read."""
        changed = line is None or self._line is None or line.id != self._line.id
        self._line = line
        if changed:
            self.reason.clear()
        self.field.accept()
        self.print_link.setVisible(line is not None)
        waiting = line is not None and line.decided is None
        for widget in (self.field, self.approve_button, self.refuse_button, self.ask_button):
            widget.setVisible(waiting)
            widget.setEnabled(waiting and line is not None and line.barred is None)
        if line is not None and line.asked_back:
            self.ask_button.setEnabled(False)
        if changed:
            self._show_evidence(None, None)
        if line is not None:
            self._bench.read(
                lambda rows: self._evidence(rows, line), lambda found: self._found(line, *found), owner=self
            )

    def _evidence(self, rows: LocalRows, line: RequestLine) -> tuple[RequestDetail, bytes | None]:
        blobs, sha256 = self._bench.blobs, line.photo_sha256
        photo = blobs.read(sha256) if sha256 and blobs.has(sha256) else None
        return detail(rows, line, self._bench.desk.now()), photo

    def _found(self, line: RequestLine, found: RequestDetail, photo: bytes | None) -> None:
        if self._line is None or self._line.id != line.id:
            return
        self._show_evidence(found, photo)
        if photo is None and line.photo_sha256:
            self._bench.photo(
                line.photo_sha256, line.photo_bytes, lambda fetched: self._brought(line, found, fetched), owner=self
            )

    def _brought(self, line: RequestLine, found: RequestDetail, photo: bytes) -> None:
        if self._line is not None and self._line.id == line.id:
            self._show_evidence(found, photo)

    def _show_evidence(self, found: RequestDetail | None, photo: bytes | None) -> None:
        from app.ui.widgets import empty_layout

        body, line = self.column.body, self._line
        empty_layout(body)
        if line is None:
            body.addWidget(EmptyState(lambda: _("Choose a request"), lambda: _("What it rests on is shown here.")))
            return
        body.addWidget(self._banner(line))
        if line.decided is None and line.barred is not None:
            body.addWidget(Banner("info", refusal_words(line.barred)))
        if line.decided is None and line.asked_back:
            text = line.rounds[-1].question if line.rounds else ""
            body.addWidget(Banner("blue", lambda: _("Sent back with a question"), text))
        body.addWidget(KeyValueGrid(self._facts(line), label_width=84))
        self._add_photo(line, photo)
        if found is not None:
            self._add_history(line, found)
        body.addStretch(1)

    @staticmethod
    def _banner(line: RequestLine) -> Banner:
        if line.decided is not None:
            answer = line.decided
            words: Words = (lambda: _("Approved")) if answer.approved else (lambda: _("Refused"))
            text = " · ".join(filter(None, (answer.by, formats.moment(answer.at), answer.reason)))
            return Banner("ok" if answer.approved else "bad", words, text)
        return Banner("warn", code_words("approval", line.kind), lambda: rule_words(line.rule))

    def _facts(self, line: RequestLine) -> list[Any]:
        link = Link(line.order_number, lambda: self._bench.nav.open("order", order=line.order_id))
        asked = f"{line.asked_by} · {line.station}"
        return [
            (lambda: _("Order"), link),
            (lambda: _("Unit"), " · ".join(filter(None, (line.model, line.serial))) or "—"),
            (lambda: _("Customer"), formats.masked_name(line.customer)),
            (lambda: _("Days over"), str(line.days_over or "—"), "strong"),
            (lambda: _("Amount"), formats.money(line.amount_fen), "strong"),
            (lambda: _("Their reason"), line.reason),
            (lambda: _("Asked by"), asked),
            (lambda: _("Decides"), lambda: decider_words(line)),
        ]

    def _add_history(self, line: RequestLine, found: RequestDetail) -> None:
        body, verdict = self.column.body, found.verdict
        if line.rounds:
            body.addWidget(Label(lambda: _("Questions and answers"), "strong"))
        for one in line.rounds:
            body.addWidget(Label(lambda said=one: round_words(said), wrap=True))  # type: ignore[misc]
        if verdict is not None:
            word = code_words("outcome", verdict.outcome.value)
            body.addWidget(Banner(OUTCOME_TONES[verdict.outcome], word, lambda: " ".join(reason_lines(verdict))))
        body.addWidget(Label(lambda: _("History of the unit"), "strong"))
        for repair in found.repairs[:4]:
            body.addWidget(Label(f"{formats.day(repair.day)}  {repair.number}  {repair.fault}", "muted", wrap=True))
        if not found.repairs:
            body.addWidget(Label(lambda: _("No earlier repair of this unit is known here."), "muted", wrap=True))
        body.addWidget(Label(lambda: _("The station’s other requests in 90 days"), "strong"))
        body.addWidget(Label(lambda: _station_words(found), "muted", wrap=True))

    def _add_photo(self, line: RequestLine, photo: bytes | None) -> None:
        if photo is not None:
            from app.ui.pages.approvals_photo import PhotoView

            image = QImage.fromData(photo)
            if not image.isNull():
                self.column.body.addWidget(PhotoView(image, _PHOTO))
                return
        words: Words = (
            (lambda: _("The photo is still on its way.")) if line.photo_sha256 else (lambda: _("No photo was given."))
        )
        self.column.body.addWidget(Label(words, "small", wrap=True))

    # --- deciding ---------------------------------------------------------------------------------------------

    def approve(self) -> None:
        """Says yes to exactly what is shown."""
        self._decide(approved=True)

    def begin_refusal(self) -> None:
        """Refuses when a reason is there, else asks for it."""
        self._begin(self.refuse, self.refuse_button)

    def begin_question(self) -> None:
        """Sends the request back when a question is there, else asks for it."""
        self._begin(self.ask_back, self.ask_button)

    def _begin(self, call: Callable[[], None], button: KeyButton) -> None:
        """Do it when the line has its text; else type it, and Enter does it."""
        if not button.isEnabled():
            return
        self._enter = call
        if self.reason.text().strip():
            call()
        else:
            self.reason.setFocus(Qt.FocusReason.ShortcutFocusReason)

    def refuse(self) -> None:
        """Says no, with the reason."""
        self._decide(approved=False)

    def ask_back(self) -> None:
        """Sends the request back to who asked, with the question."""
        line, question = self._line, self.reason.text().strip()
        if line is None or not self.ask_button.isEnabled() or not question:
            return
        asked = AskedBack(order_id=line.order_id, request_id=line.id, question=question, subject_hash=line.subject_hash)
        self._lock(locked=True)
        words: Words = lambda: _("Sent back with a question")  # noqa: E731
        self._bench.act("ask_back", asked, lambda _d: self._done(line, "ok", words), self._refused, owner=self)

    def print_request(self) -> None:
        """Offers the page of the request on show."""
        line, desk = self._line, self._bench.desk
        if line is None:
            return
        printed = formats.moment(desk.now())

        def have(facts: ApprovalFacts) -> None:
            make = partial(approval_paper, facts, printed)
            offer(self._bench, self, paper_print(KINDS["approval"], line.order_number, make))

        self._bench.read(
            lambda rows: approval_facts(rows, line.id, self._bench.person.id, desk.today(rows)), have, owner=self
        )

    def _decide(self, *, approved: bool) -> None:
        line = self._line
        if line is None or not self.approve_button.isEnabled():
            return
        asked = DecisionAsked(
            order_id=line.order_id,
            request_id=line.id,
            approved=approved,
            reason=self.reason.text().strip(),
            subject_hash=line.subject_hash,
        )
        self._lock(locked=True)
        words: Words = (lambda: _("Approved")) if approved else (lambda: _("Refused"))
        tone = "ok" if approved else "warn"
        self._bench.act("decide_approval", asked, lambda _d: self._done(line, tone, words), self._refused, owner=self)

    def _lock(self, *, locked: bool) -> None:
        for button in (self.approve_button, self.refuse_button, self.ask_button):
            button.setEnabled(not locked)

    def _done(self, line: RequestLine, tone: str, words: Words) -> None:
        self._bench.nav.toast(tone, words, line.order_number)
        self.reason.clear()
        self._enter = self.refuse
        self._table.setFocus(Qt.FocusReason.OtherFocusReason)

    def _refused(self, failure: Failure) -> None:
        self._lock(locked=False)
        self.field.refuse(told(failure))

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Escape gives the keyboard back to the queue; keys typed in the line stay there."""
        if event.key() == Qt.Key.Key_Escape:
            self._table.setFocus(Qt.FocusReason.OtherFocusReason)
            return
        if self.reason.hasFocus():
            return
        super().keyPressEvent(event)


def _station_words(found: RequestDetail) -> str:
    granted = formats.money(found.granted_fen)
    return _("{asked} asked, {granted} approved ({amount}), {refused} refused").format(
        asked=found.asked, granted=found.granted, amount=granted, refused=found.refused
    )
