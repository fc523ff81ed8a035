"""The card of the test measurements: before and after the repair, limits beside, saved at once."""

from __future__ import annotations

from functools import partial

from PySide6.QtCore import Qt
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QGridLayout, QLineEdit, QWidget

from app.i18n import N_, _
from app.queries.order_measures import Figure, MeasureLine
from app.queries.order_view import OrderView
from app.ui import formats, icons
from app.ui.live import Words, bind
from app.ui.measure_words import limits_text
from app.ui.pages.order.desk import OrderDesk
from app.ui.pages.order.texts import coded, either
from app.ui.refusal_words import refusal_words
from app.ui.widgets import Card, Field, Label, Pill, empty_layout
from app.ui.widgets.text import plain_tip
from core.measurements import milli_of
from core.refusals import Refusal
from core.rows.jobs import Phase

_METER = "meter_number"
_HEADS = (N_("What"), N_("Limits"), N_("Before"), N_("After"))
_COLUMN = {Phase.BEFORE: 2, Phase.AFTER: 3}
Place = tuple[str, Phase]


class MeasureCard(Card):
    """Hidden where the product class asks for nothing. Enter stores a figure and goes on to the next one."""

    def __init__(self, desk: OrderDesk) -> None:
        super().__init__(lambda: _("Test measurements"), "measure")
        self._desk = desk
        self._unit = ""
        self._view: OrderView | None = None
        self._lines: tuple[MeasureLine, ...] = ()
        self.editors: dict[Place, QLineEdit] = {}
        self.fields: dict[Place, Field] = {}
        self._signs: dict[Place, QAction] = {}
        self._grid = QGridLayout()
        self._grid.setHorizontalSpacing(10)
        self._grid.setVerticalSpacing(4)
        self._grid.setColumnStretch(0, 1)
        self.add(self._grid)
        self.meter = QLineEdit(str(desk.bench.settings.get(_METER, "")))
        self.meter.setMaxLength(40)
        self.meter.editingFinished.connect(lambda: desk.bench.settings.set(_METER, self.meter.text().strip()))
        bind(self.meter, self.meter.setPlaceholderText, lambda: _("on its label; may be left empty"))
        self.meter_field = Field(lambda: _("Meter number"), self.meter, left=True)
        self.add(self.meter_field)

    def show_view(self, view: OrderView) -> None:
        """Show what is asked and what is there; what is being typed stays."""
        self._view = view
        self.setVisible(bool(view.measures))
        shape = [(line.code, line.asked) for line in view.measures]
        editable = view.can_edit and bool(view.job.unit_id)
        if (view.job.unit_id, editable, shape) != (self._unit, bool(self.editors), self._shape()):
            self._lines, self._unit = view.measures, view.job.unit_id
            self._build(editable=editable)
        self._lines = view.measures
        for row, line in enumerate(view.measures, 1):
            for phase in Phase:
                self._show_figure(row, line, phase)
        self.meter_field.setVisible(editable)
        self._sum(view)

    def _shape(self) -> list[tuple[str, tuple[Phase, ...]]]:
        return [(line.code, line.asked) for line in self._lines]

    def _build(self, *, editable: bool) -> None:
        empty_layout(self._grid)
        self.editors, self.fields, self._signs = {}, {}, {}
        for column, head in enumerate(_HEADS):
            side = Qt.AlignmentFlag.AlignRight if column in _COLUMN.values() else Qt.AlignmentFlag.AlignLeft
            self._grid.addWidget(Label(lambda text=head: _(text), "muted"), 0, column, side)  # type: ignore[misc]
        for row, line in enumerate(self._lines, 1):
            self._grid.addWidget(Label(either(line.zh, line.en), wrap=True), row, 0)
            self._grid.addWidget(Label(limits_text(line.low, line.high, line.symbol), "muted"), row, 1)
            for phase in line.asked if editable else ():
                self._grid.addWidget(self._editor(line, phase), row, _COLUMN[phase])

    def _editor(self, line: MeasureLine, phase: Phase) -> QWidget:
        place, name, when = (line.code, phase), either(line.zh, line.en), coded("phase", phase)
        editor = QLineEdit()
        editor.setMaxLength(16)
        editor.setFixedWidth(84)
        editor.setAlignment(Qt.AlignmentFlag.AlignRight)
        self.editors[place] = editor
        self.fields[place] = Field("", editor)
        bind(editor, editor.setAccessibleName, lambda: f"{name()}, {when()}")
        editor.textEdited.connect(lambda text: self._desk.drafts.put(self._draft(place), text))
        editor.returnPressed.connect(partial(self._go_on, place))
        editor.editingFinished.connect(partial(self._store, place))
        return self.fields[place]

    def _draft(self, place: Place) -> str:
        code, phase = place
        return f"measure/{self._unit}/{code}/{phase}"

    def _show_figure(self, row: int, line: MeasureLine, phase: Phase) -> None:
        figure, place = line.figures.get(phase), (line.code, phase)
        editor = self.editors.get(place)
        if editor is None:
            old = self._grid.itemAtPosition(row, _COLUMN[phase])
            if old is not None and (widget := old.widget()) is not None:
                self._grid.removeWidget(widget)
                widget.deleteLater()
            shown = Label(_figure(figure), tone=_tone(figure))
            self._grid.addWidget(shown, row, _COLUMN[phase], Qt.AlignmentFlag.AlignRight)
            return
        typed = self._desk.drafts.get(self._draft(place))
        if not editor.hasFocus() or not typed:
            editor.setText(typed or (formats.milli(figure.value) if figure else ""))
        self._mark(place, outside=bool(figure and figure.outside and not typed))

    def _mark(self, place: Place, *, outside: bool) -> None:
        """What lies outside has a sign in its line, and says so."""
        editor, sign = self.editors[place], self._signs.get(place)
        if outside and sign is None:
            self._signs[place] = editor.addAction(icons.icon("warn", "warn"), QLineEdit.ActionPosition.LeadingPosition)
        elif sign is not None:
            sign.setVisible(outside)
        tip: Words = (lambda: _("outside its limits")) if outside else ""
        bind(editor, lambda text: editor.setToolTip(plain_tip(text)), tip)

    def _sum(self, view: OrderView) -> None:
        places = [(line, phase) for line in view.measures for phase in line.asked]
        there = [line.figures[phase] for line, phase in places if phase in line.figures]
        wrong = any(
            figure.outside for line in view.measures for phase, figure in line.figures.items() if phase is Phase.AFTER
        )
        tone = "warn" if wrong else "ok" if len(there) == len(places) else "grey"
        done, total = len(there), len(places)
        words: Words = (
            (lambda: _("outside its limits")) if wrong else (lambda: _("{n} of {total}").format(n=done, total=total))
        )
        self.set_trailing(Pill(words, tone))

    # --- acting -----------------------------------------------------------------------------------------------

    def focus_first_empty(self) -> None:
        """Put the keyboard where the next figure is missing, before the repair first."""
        self._focus_after(None)

    def _go_on(self, place: Place) -> None:
        self._store(place)
        if not self.fields[place].refused:
            self._focus_after(place)

    def _focus_after(self, place: Place | None) -> None:
        order = sorted(self.editors, key=lambda one: list(Phase).index(one[1]))  # stable: line by line in each phase
        begin = order.index(place) + 1 if place in self.editors else 0
        empty = [one for one in (*order[begin:], *order[:begin]) if not self.editors[one].text()]
        if empty:
            self.editors[empty[0]].setFocus(Qt.FocusReason.OtherFocusReason)

    def _store(self, place: Place) -> None:
        editor, field = self.editors[place], self.fields[place]
        text = editor.text().strip()
        if not text or not self._desk.drafts.get(self._draft(place)):
            return
        try:
            value = milli_of(text)
        except Refusal as refusal:
            field.refuse(refusal_words(refusal))
            return
        field.accept()
        code, phase = place
        given = {"unit_id": self._unit, "code": code, "phase": phase.value, "value": value}
        tool = {"tool": meter} if (meter := self.meter.text().strip()) else {}
        self._desk.act(
            "record_measurement",
            given | tool,
            lambda refusal: field.refuse(refusal_words(refusal)),
            partial(self._stored, self._draft(place), self._desk.drafts.get(self._draft(place))),
        )

    def _stored(self, draft: str, text: str) -> None:
        """What was typed since stays."""
        if self._desk.drafts.get(draft) == text:
            self._desk.drafts.drop(draft)


def _figure(figure: Figure | None) -> str:
    return formats.milli(figure.value) if figure else "—"


def _tone(figure: Figure | None) -> str:
    return "warn" if figure and figure.outside else ""
