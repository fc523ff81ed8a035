"""A unit at the counter: who brings what; the scanner fills the serial, the order is open at once, offline too."""

from __future__ import annotations

from functools import partial
from typing import Any

from PySide6.QtCore import QTimer, Signal
from PySide6.QtWidgets import QGridLayout, QLineEdit, QWidget

from app.actions.desk import Recorded
from app.actions.open_order import model_of
from app.i18n import _, language
from app.offline_db.store import LocalRows
from app.queries.find import find_target
from app.ui.background import Failure, report_defect
from app.ui.bench import Bench
from app.ui.live import Words, bind
from app.ui.page import Page
from app.ui.refusal_words import refusal_words
from app.ui.widgets import (
    Button,
    Card,
    Choice,
    ComboSearch,
    Field,
    Label,
    PageHeader,
    PrimaryButton,
)
from core.identifiers import OLD_PART_PREFIX, parse_order
from core.judging import typed_serial
from core.refusals import Refusal
from core.rows.orders import WorkOrder
from core.rows.reference import ProductClass

DRAFT = "counter"
_PAUSE_MS = 250
_HOMES = {
    "order_open_already": "serial", "serial_empty": "serial", "serial_placeholder": "serial",
    "imei_wrong_digit": "serial", "model_unknown": "model", "model_missing": "product_class",
    "product_class_unknown": "product_class",
}  # fmt: skip
"""The field that mends a refusal; all others stand at the fault."""


def counter_page(bench: Bench) -> Page:
    """The page `counter`."""
    return CounterPage(bench)


class CounterPage(Page):
    """One form; what is typed is kept at once and given back after a restart."""

    opened_order = Signal(str)
    """The id of the order that was opened."""
    known = Signal()
    """What the serial tells is on the screen."""

    def __init__(self, bench: Bench) -> None:
        super().__init__(scrolls=True)
        self._bench = bench
        self._looked_up = ""
        self._open_elsewhere = ""
        self.fields: dict[str, Field] = {}
        self.body.addWidget(PageHeader(lambda: _("Unit at the counter")))
        self._build_unit()
        self._build_customer()
        self.button = PrimaryButton(lambda: _("Open the order"), self.submit, icon="add", shortcut="F9")
        self.body.addWidget(self.button)
        self.body.addStretch(1)
        self._build_timers()

    def _build_unit(self) -> None:
        card = Card(lambda: _("Unit"), "scan")
        self.serial = self._line("serial", lambda: _("Serial number"), lambda: _("scan the label, or type it"))
        self.model = self._line("model", lambda: _("Model"), lambda: _("is filled in where the registry knows it"))
        self.product_class = ComboSearch([], lambda: _("Product line…"))
        self.fields["product_class"] = Field(lambda: _("Product line"), self.product_class)
        self.product_class.picked.connect(lambda _id: self._typed())
        self.fault = self._line("fault", lambda: _("Fault"), lambda: _("in the customer’s words"))
        self.told = Label("", "muted", wrap=True)
        self.told.hide()
        self.go_there = Button(lambda: _("Go to that order"), self._go_there, icon="orders")
        self.go_there.hide()
        card.add(_grid(*(self.fields[name] for name in ("serial", "model", "product_class", "fault"))))
        card.add(self.told)
        card.add(self.go_there)
        self.body.addWidget(card)

    def _build_customer(self) -> None:
        card = Card(lambda: _("Customer"), "customer")
        self.name = self._line("customer_name", lambda: _("Name"))
        self.phone = self._line("customer_phone", lambda: _("Telephone"))
        self.address = self._line("customer_address", lambda: _("Address"), lambda: _("if it may be needed"))
        card.add(_grid(*(self.fields[name] for name in ("customer_name", "customer_phone", "customer_address"))))
        self.body.addWidget(card)

    def _build_timers(self) -> None:
        self._keeping, self._looking = QTimer(self), QTimer(self)
        for timer, call in ((self._keeping, self._keep), (self._looking, self._look_up)):
            timer.setSingleShot(True)
            timer.setInterval(_PAUSE_MS)
            timer.timeout.connect(call)

    def _line(self, name: str, label: Words, hint: Words = "") -> QLineEdit:
        editor = QLineEdit()
        editor.setMaxLength(300)
        bind(editor, editor.setPlaceholderText, hint)
        self.fields[name] = Field(label, editor)
        editor.textEdited.connect(lambda _text: self._typed())
        editor.returnPressed.connect(self.submit)
        if name == "serial":
            editor.textChanged.connect(lambda _text: self._looking.start())
        return editor

    # --- keeping what is typed --------------------------------------------------------------------------------

    def opened(self, **params: Any) -> None:
        """Give back what was typed; `serial` may come along."""
        self._bench.read(_classes, self._take_classes, owner=self)
        kept = self._bench.drafts
        self._bench.runner.run(lambda _p: kept.load(DRAFT) or {}, partial(self._restore, params), owner=self)

    def leaving(self) -> None:
        """Nothing that was typed is lost."""
        self._keep()

    def _restore(self, params: dict[str, Any], values: dict[str, Any]) -> None:
        for name, editor in self._editors().items():
            if not editor.text():
                editor.setText(str(values.get(name, "")))
        if values.get("product_class"):
            self.product_class.pick(str(values["product_class"]))
        if params.get("serial"):
            self.serial.setText(str(params["serial"]))
        first = next((editor for editor in self._editors().values() if not editor.text()), self.serial)
        first.setFocus()

    def _take_classes(self, lines: list[ProductClass]) -> None:
        picked = self.product_class.current_id()
        named = [(one.id, one.name_zh if language() == "zh_CN" else one.name_en, one) for one in lines]
        self.product_class.set_choices([Choice(i, text, f"{one.name_zh} {one.name_en}") for i, text, one in named])
        self.product_class.pick(picked)

    def retranslate(self) -> None:
        """The names of the lines follow the language."""
        self._bench.read(_classes, self._take_classes, owner=self)

    def _editors(self) -> dict[str, QLineEdit]:
        return {
            "serial": self.serial, "model": self.model, "fault": self.fault, "customer_name": self.name,
            "customer_phone": self.phone, "customer_address": self.address,
        }  # fmt: skip

    def _typed(self) -> None:
        for field in self.fields.values():
            field.accept()
        self._keeping.start()

    def _keep(self) -> None:
        self._keeping.stop()
        values = {name: editor.text() for name, editor in self._editors().items() if editor.text()}
        if self.product_class.current_id():
            values["product_class"] = self.product_class.current_id()
        drafts = self._bench.drafts
        save = (lambda _p: drafts.save(DRAFT, values)) if values else (lambda _p: drafts.drop(DRAFT))
        self._bench.runner.run(save, lambda _done: None, owner=self)

    # --- the serial -------------------------------------------------------------------------------------------

    def scanned(self, text: str, source: str) -> bool:
        """A code goes to the serial; our own slips and tags lead elsewhere."""
        if parse_order(text) or text.upper().startswith(OLD_PART_PREFIX):
            return False
        self.serial.setText(text.strip())
        self._typed()
        (self.fault if not self.fault.text() else self.name).setFocus()
        return True

    def _look_up(self) -> None:
        text = self.serial.text().strip()
        if text != self._looked_up:
            self._looked_up = text
            self._bench.read(partial(_known, text), partial(self._show_known, text), owner=self)

    def _show_known(self, text: str, found: tuple[str, str, str, str]) -> None:
        """The registry's model, and an order that is open already: nobody makes a second one."""
        if text != self.serial.text().strip():
            return
        model, product_class, order_id, number = found
        if model and not self.model.text():
            self.model.setText(model)
        if product_class:
            self.product_class.pick(product_class)
        self._open_elsewhere = order_id
        self.go_there.setVisible(bool(order_id))
        said = lambda: _("{number} is open for this unit already.").format(number=number)  # noqa: E731
        self.told.say(said if order_id else "")
        self.told.setVisible(bool(order_id))
        self.known.emit()

    def _go_there(self) -> None:
        self._bench.nav.open("order", order=self._open_elsewhere)

    # --- doing ------------------------------------------------------------------------------------------------

    def submit(self) -> None:
        """Open the order, or say beside the field what is missing."""
        wanted = (("fault", self.fault), ("customer_name", self.name), ("customer_phone", self.phone))
        for name, editor in wanted:
            if not editor.text().strip():
                self.fields[name].refuse(lambda: _("This is needed."))
                return
        asked = {name: editor.text().strip() for name, editor in self._editors().items()}
        asked["product_class"] = self.product_class.current_id()
        self.button.setEnabled(False)
        self._bench.act("open_order", asked, self._opened, self._failed, owner=self)

    def _opened(self, recorded: Recorded) -> None:
        self.button.setEnabled(True)
        order_id = next(touch.id for touch in recorded.operation.touches if touch.entity == "work_order")
        for editor in self._editors().values():
            editor.clear()
        self.product_class.clear()
        self._keep()
        self._bench.nav.toast(
            "ok", lambda: _("The order is open"), lambda: _("Print its label and the customer’s receipt.")
        )
        self._bench.nav.open("order", order=order_id)
        self.opened_order.emit(order_id)

    def _failed(self, failure: Failure) -> None:
        self.button.setEnabled(True)
        if failure.refusal is None:
            report_defect(failure)
            return
        self._refuse(failure.refusal)

    def _refuse(self, refusal: Refusal) -> None:
        self.fields[_HOMES.get(refusal.code, "fault")].refuse(refusal_words(refusal))


def _classes(rows: LocalRows) -> list[ProductClass]:
    return list(rows.find(ProductClass))


def _known(text: str, rows: LocalRows) -> tuple[str, str, str, str]:
    """Model and product line by the registry, and the id and number of an order that is open; empty texts otherwise."""
    try:
        serial = typed_serial(text)
    except Refusal:
        return "", "", "", ""
    model = model_of(rows, "", serial)
    target = find_target(rows, serial)
    order = rows.get(WorkOrder, target.params["order"]) if target and target.page == "order" else None
    still_open = order if order is not None and order.completed_at is None else None
    known = (model.id, model.product_class) if model else ("", "")
    return (*known, still_open.id, still_open.number) if still_open else (*known, "", "")


def _grid(*fields: QWidget) -> QGridLayout:
    """Fields in two columns."""
    grid = QGridLayout()
    grid.setHorizontalSpacing(16)
    grid.setVerticalSpacing(10)
    for place, field in enumerate(fields):
        grid.addWidget(field, place // 2, place % 2)
    grid.setColumnStretch(0, 1)
    grid.setColumnStretch(1, 1)
    return grid
