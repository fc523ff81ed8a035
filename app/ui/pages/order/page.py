"""The page of one order: reads it off the thread, shows it in cards, and reads it again when its rows change."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

from PySide6.QtCore import QTimer, Signal
from PySide6.QtWidgets import QHBoxLayout, QStackedWidget, QVBoxLayout, QWidget

from app.actions.pricing import quotation
from app.i18n import _
from app.offline_db.store import LocalRows
from app.queries.order_page import order_page as read_order
from app.queries.order_view import OrderView, Viewer
from app.scanner.heard import evidence_of
from app.ui.background import Failure
from app.ui.bench import Bench, Keys
from app.ui.page import Page
from app.ui.pages.order.codes_card import CodesCard
from app.ui.pages.order.customer_card import CustomerCard
from app.ui.pages.order.desk import OrderCard, OrderDesk
from app.ui.pages.order.drafts import DraftBox
from app.ui.pages.order.fees_card import FeesCard
from app.ui.pages.order.head import OrderHeader, StepsCard
from app.ui.pages.order.job_card import JobCard
from app.ui.pages.order.known_card import KnownCard
from app.ui.pages.order.measure_card import MeasureCard
from app.ui.pages.order.next_card import NextCard
from app.ui.pages.order.paper import (
    print_approval,
    print_intake,
    print_order_label,
    print_receipt,
    print_slip,
    print_unit_label,
    print_verdict,
)
from app.ui.pages.order.parts_card import PartsCard
from app.ui.pages.order.photos_card import PhotosCard
from app.ui.pages.order.preflight_card import PreflightCard
from app.ui.pages.order.remedies_card import RemediesCard
from app.ui.pages.order.texts import ACTIONS
from app.ui.pages.order.timeline_card import TimelineCard
from app.ui.pages.order.unit_card import UnitCard
from app.ui.refusal_words import refusal_words
from app.ui.widgets import EmptyState, LoadingSkeleton, ScrollColumn
from core.judging import local_day

_ENTITIES = frozenset({
    "work_order", "order_unit", "unit_verdict", "approval_request", "approval_decision", "attachment", "quotation",
    "note", "operation", "timeline_entry", "part_line", "old_part", "stock_move", "visit", "reference_document",
    "contact", "custody", "loaner", "certificate", "order_end", "article", "job_template", "reservation",
    "part_request", "request_line",
    "measured_value", "approval_question",
})  # fmt: skip
_COALESCE_MS = 30


def order_page(bench: Bench) -> Page:
    """The page `order`; opened with ``nav.open("order", order=<id or number>)``."""
    return OrderPage(bench)


class OrderPage(Page):
    """Cards share an `OrderDesk`; this page only reads, shows, and says who mends what."""

    shown = Signal()
    """The order, as read now, is on the screen."""

    def __init__(self, bench: Bench) -> None:
        super().__init__()
        self._bench = bench
        self.order_id = ""
        self._begin_with = ""
        self.unit_id: str | None = None
        self.desk = OrderDesk(bench, self)
        self.header = OrderHeader(self._print, self._more)
        self.steps = StepsCard()
        self._make_cards()
        self._stack = QStackedWidget()
        self._trouble = EmptyState(lambda: _("No such order here"), lambda: _("Sync, or look in the list of orders."))
        for widget in (LoadingSkeleton(9), self._columns(), self._trouble):
            self._stack.addWidget(widget)
        for widget in (self.header, self.steps):
            self.body.addWidget(widget)
        self.body.addWidget(self._stack, 1)
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.setInterval(_COALESCE_MS)
        self._timer.timeout.connect(self.reload)
        self._listen()

    def _make_cards(self) -> None:
        self.unit, self.customer, self.photos = UnitCard(self.desk), CustomerCard(self.desk), PhotosCard(self.desk)
        self.remedies = RemediesCard(self.desk)
        self.codes, self.parts, self.fees = CodesCard(self.desk), PartsCard(self.desk), FeesCard(self.desk)
        self.preflight, self.timeline = PreflightCard(self.desk), TimelineCard(self.desk)
        self.job, self.known = JobCard(self.desk), KnownCard(self.desk)
        self.measures = MeasureCard(self.desk)
        self.next = NextCard(
            self.desk,
            {
                "code_fault": self.codes.begin,
                "use_part": self.parts.focus_picker,
                "tag_old_part": self.parts.focus_tag,
                "mend": self._mend_first,
                "decide_approval": lambda: self._bench.nav.open("approvals", order=self.order_id),
            },
        )
        self._cards: tuple[OrderCard, ...] = (
            self.steps, self.unit, self.remedies, self.customer, self.photos, self.codes, self.parts, self.fees,
            self.preflight, self.next, self.timeline, self.job, self.known, self.measures,
        )  # fmt: skip

    def _columns(self) -> QWidget:
        """Work and facts scroll together; the next step, what it lacks and the record have their own column."""
        whole, work, side = QWidget(), ScrollColumn(), ScrollColumn()
        work.body.addLayout(columns := QHBoxLayout(), 1)
        columns.setSpacing(10)
        columns.addLayout(_column(self.unit, self.remedies, self.customer, self.job, self.photos), 1)
        columns.addLayout(_column(self.codes, self.known, self.measures, self.parts, self.fees), 1)
        side.body.addLayout(_column(self.next, self.preflight, self.timeline), 1)
        row = QHBoxLayout(whole)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(10)
        row.addWidget(work, 10)
        row.addWidget(side, 3)
        side.setMinimumWidth(286)
        return whole

    def _listen(self) -> None:
        self._bench.news.changed.connect(self._heard)
        self.desk.reload_asked.connect(self._timer.start)
        self.desk.mend_asked.connect(self._mend)
        self.desk.unit_asked.connect(self._show_unit)

    # --- reading ----------------------------------------------------------------------------------------------

    def opened(self, **params: Any) -> None:
        """Show this order."""
        wanted = str(params.get("order", self.order_id))
        if wanted != self.order_id:
            self.order_id = wanted
            self.desk.view = None
            self.unit_id = None
            self.next.close_form()
            self._stack.setCurrentIndex(0)
        self._begin_with = str(params.get("start", ""))
        self.reload()

    def leaving(self) -> None:
        """Nothing that was typed is lost."""
        self.desk.drafts.flush()

    def retranslate(self) -> None:
        """Sentences of the rules come in the language of now."""
        if self.desk.view is not None:
            self._timer.start()

    def _show_unit(self, unit_id: str) -> None:
        self.unit_id = unit_id
        self.next.close_form()
        self.reload()

    def _heard(self, keys: Keys) -> None:
        """A hidden page reads again when it is opened."""
        if self.isVisible() and any(entity in _ENTITIES for entity, _row in keys):
            self._timer.start()

    def reload(self) -> None:
        """Read the order again."""
        if self.order_id:
            wanted, view = self.order_id, self.desk.view
            mine = view is not None and view.head.id == wanted
            planned = tuple(self.desk.drafts.get("planned", [])) if mine else None
            self._bench.read(
                partial(self._read, wanted, planned), partial(self._got, wanted), owner=self, failed=self._failed
            )

    def _read(self, wanted: str, planned: tuple[str, ...] | None, rows: LocalRows) -> tuple[OrderView, dict[str, Any]]:
        """Runs off the thread: the order, priced with the parts that are only quoted, and its draft."""
        kept = self._bench.drafts.load(DraftBox.key(wanted)) or {}
        quoted = kept.get("planned", []) if planned is None else planned
        bench, now = self._bench, self._bench.desk.now()
        roles = frozenset(role.value for role in bench.person.roles)
        today = local_day(rows, bench.place.id, now)
        viewer = Viewer(bench.person.id, roles, bench.place.id, bench.place.kind, now, today)
        return read_order(rows, wanted, viewer, quotation, quoted, self.unit_id), kept

    def _got(self, wanted: str, found: tuple[OrderView, dict[str, Any]]) -> None:
        if wanted != self.order_id:
            return
        view, kept = found
        self.order_id = view.head.id
        self.desk.drafts.take(view.head.id, kept)
        self.desk.view = view
        self.header.show_view(view, self._bench.desk.now)
        for card in self._cards:
            card.show_view(view)
        self._stack.setCurrentIndex(1)
        begin, self._begin_with = self._begin_with, ""
        if begin and begin in (view.next.action, *view.next.others, *view.next.more):
            self.next.start(begin)
        self.shown.emit()

    def _failed(self, failure: Failure) -> None:
        title = refusal_words(failure.refusal) if failure.refusal else (lambda: _("The order could not be read"))
        self._trouble.say(title, lambda: _("Sync, or look in the list of orders."))
        self._stack.setCurrentIndex(2)

    # --- doing ------------------------------------------------------------------------------------------------

    def scanned(self, text: str, source: str) -> bool:
        """A part number goes to the parts, a serial to the unit when it waits for one."""
        view = self.desk.view
        if view is None or not view.can_edit:
            return False
        if self.parts.take_scan(text):
            return True
        if view.next.action != "identify_unit":
            return False
        given = {"source": source if source != "typed" else "typed", "codes": [evidence_of(text)._asdict()]}
        self.next.open_form("identify_unit")
        self.desk.act("identify_unit", given, self.next._refuse, self.next.close_form)
        return True

    def _mend_first(self) -> None:
        view = self.desk.view
        first = next((one for one in view.missing if one.error and not one.later), None) if view else None
        if first is not None:
            self._mend(first.field)

    def _mend(self, field: str) -> None:
        """Put the keyboard where a finding is mended."""
        places: dict[str, Callable[[], object]] = {
            "codes": self.codes.begin,
            "parts": self.parts.focus_picker,
            "old_parts": self.parts.focus_tag,
            "photos": self.photos.focus_adding,
            "measurements": self.measures.focus_first_empty,
        }
        starts = {
            "serial": "identify_unit", "model": "identify_unit", "verdict": "judge_warranty",
            "approval": "ask_approval", "invoice_date": "record_documents", "invoice_number": "record_documents",
            "document_problem": "record_documents", "certificate": "issue_certificate",
            "signature": "sign_quotation", "quotation": "sign_quotation",
        }  # fmt: skip
        if field in places:
            places[field]()
        elif field in starts:
            self.next.start(starts[field])

    def _history(self) -> None:
        view = self.desk.view
        if view is not None and view.unit is not None:
            self._bench.nav.open("unit", serial=view.unit.serial, order=view.head.id)

    def _print(self) -> None:
        """The paper of the hour: the slip for the visit, the counter’s, or the receipt when the repair is finished."""
        view = self.desk.view
        if view is not None:
            begin = print_intake if view.head.at_counter else print_slip
            (print_receipt if view.head.finished else begin)(self.desk, view)

    def _more(self) -> list[tuple[str, Callable[[], object]]]:
        """What is rarely done: everything the table offers, judging and papers again, and reading anew."""
        view = self.desk.view
        if view is None:
            return []
        names = [*view.next.others, *view.next.more]
        if view.can_edit:
            names += ["identify_unit", "record_documents", "record_findings"] + (
                ["judge_warranty"] if view.unit and view.unit.serial else []
            )
        doing = [(_(ACTIONS[name]), partial(self.next.start, name)) for name in dict.fromkeys(names)]
        history = [(_("Unit history"), self._history)] if view.unit and view.unit.serial else []
        return [*doing, *self._papers(view), *history, (_("Read again"), self.reload)]

    def _papers(self, view: OrderView) -> list[tuple[str, Callable[[], object]]]:
        """What can be printed of this order as it is."""
        unit = view.unit
        there = (
            (view.head.finished or view.head.at_counter, _("Print field slip"), print_slip),
            (bool(unit and unit.verdict), _("Print warranty verdict"), print_verdict),
            (view.head.at_counter and view.head.finished, _("Print counter receipt"), print_intake),
            (view.request is not None, _("Print approval"), print_approval),
            (True, _("Print order label"), print_order_label),
            (bool(unit and unit.serial), _("Print unit label"), print_unit_label),
        )
        return [(words, partial(call, self.desk, view)) for is_there, words, call in there if is_there]


def _column(*cards: QWidget) -> QVBoxLayout:
    """Cards of their own height; the last one takes what is left, or nobody does while it is hidden."""
    box = QVBoxLayout()
    box.setSpacing(10)
    for place, card in enumerate(cards, 1):
        box.addWidget(card, 1000 if place == len(cards) else 0)
    box.addStretch(1)
    return box
