"""One box at its station: its paper, its carrier, and how the warehouse found it."""

from __future__ import annotations

from typing import Any

from PySide6.QtWidgets import QHBoxLayout, QLineEdit

from app.actions.seal_box import ShipAsked
from app.i18n import _, language
from app.offline_db.store import LocalRows
from app.queries.boxes import BoxRow, manifest
from app.ui import formats, theme
from app.ui.background import Failure
from app.ui.bench import Bench
from app.ui.components.print_window import offer
from app.ui.live import bind
from app.ui.pages.boxes_words import box_tone, box_words, difference_columns, difference_id
from app.ui.printing import KINDS, BoxItem, BoxLabel, box_list_paper, label_print, paper_print
from app.ui.refusal_words import code_words, told
from app.ui.widgets import (
    Banner,
    Button,
    Card,
    DataTable,
    EmptyState,
    Field,
    KeyValueGrid,
    Pill,
    PrimaryButton,
    RowsModel,
    table_card,
)
from core.identifiers import format_box
from core.rows.boxes import BoxDifference
from core.rows.people import Place


class BoxCard(Card):
    """Facts, paper and carrier of the chosen box; its differences once it was counted."""

    def __init__(self, bench: Bench) -> None:
        super().__init__(lambda: _("Box"), "box")
        self._bench = bench
        self._box: BoxRow | None = None
        self.number_line: QLineEdit | None = None
        self.carrier_line: QLineEdit | None = None
        self._field: Field | None = None
        self.differences: RowsModel[BoxDifference] | None = None
        self.show_box(None)

    @property
    def takes_number(self) -> bool:
        """Whether the box waits for the number of its waybill."""
        return self.number_line is not None

    def show_box(self, box: BoxRow | None) -> None:
        """Shows a box; what is typed into its lines stays while it is the same one in the same state."""
        if self._box is not None and box == self._box:
            return
        self._box, self.number_line, self._field, self.differences = box, None, None, None
        self.clear()
        if box is None:
            self.set_title(lambda: _("Box"))
            self.add(EmptyState(lambda: _("Choose a box"), lambda: _("Its list, carrier and result are shown here.")))
            return
        self.set_title(box.number)
        self.set_trailing(Pill(lambda: box_words(box), box_tone(box)))
        self.add(KeyValueGrid(_facts(box), label_width=100))
        if box.state != "open":
            self._add_paper()
        if box.state == "sealed" and self._bench.place.kind == "station":
            self._add_carrier()
        if box.state == "closed":
            self._add_result(box)
        else:
            self.body.addStretch(1)

    def _add_paper(self) -> None:
        row = QHBoxLayout()
        row.setSpacing(8)
        row.addWidget(Button(lambda: _("Box list"), self.print_list, icon="print"))
        row.addWidget(Button(lambda: _("Print box label"), self.print_label, icon="print", shortcut="Ctrl+P"))
        row.addStretch(1)
        self.add(row)

    def _add_carrier(self) -> None:
        self.number_line, self.carrier_line = QLineEdit(), QLineEdit()
        self.number_line.setMaxLength(40)
        self.number_line.setFont(theme.mono_font(14))
        self.carrier_line.setMaxLength(40)
        bind(self.number_line, self.number_line.setPlaceholderText, lambda: _("Scan the waybill’s bar code"))
        self.number_line.returnPressed.connect(self.ship)
        row = QHBoxLayout()
        row.setSpacing(8)
        self._field = Field(lambda: _("Carrier number"), self.number_line)
        row.addWidget(self._field, 3)
        row.addWidget(Field(lambda: _("Carrier"), self.carrier_line), 2)
        self.add(row)
        self.add(PrimaryButton(lambda: _("Given to the carrier"), self.ship, icon="send", shortcut="F9"))

    def _add_result(self, box: BoxRow) -> None:
        if not box.differences:
            text = lambda: _("{n} counted, as listed.").format(n=box.counted)  # noqa: E731 - follows the language
            self.add(Banner("ok", lambda: _("Everything arrived"), text))
            self.body.addStretch(1)
            return
        self.differences = RowsModel[BoxDifference](difference_columns(tags=False), difference_id)
        table = DataTable(self.differences).name(lambda: _("Differences"))
        self.differences.set_rows(list(box.differences))
        self.add(table_card(table), 1)

    # --- the carrier ------------------------------------------------------------------------------------------

    def take_number(self, text: str) -> None:
        """Puts a scanned waybill's number in and records it."""
        if self.number_line is not None:
            self.number_line.setText(text)
            self.ship()

    def ship(self) -> None:
        """Records that the carrier has the box."""
        box, number, carrier = self._box, self.number_line, self.carrier_line
        if box is None or number is None or carrier is None:
            return
        asked = ShipAsked(number=box.number, carrier_number=number.text(), carrier=carrier.text())
        self._bench.act("ship_box", asked, lambda _done: self._shipped(), self._refused, owner=self)

    def _shipped(self) -> None:
        self._bench.nav.flash("ok", lambda: _("In transit"))

    def _refused(self, failure: Failure) -> None:
        self._bench.nav.flash("bad", lambda: _("Stop"))
        if self._field is not None:
            self._field.refuse(told(failure))

    # --- paper ------------------------------------------------------------------------------------------------

    def print_label(self) -> None:
        """Offers to print the label of the box's outside."""
        self._with_paper(lambda label, _items: offer(self._bench, self, label_print(KINDS["box_label"], label)))

    def print_list(self) -> None:
        """Offers to print the list of what is in the box."""
        self._with_paper(
            lambda label, items: offer(
                self._bench, self, paper_print(KINDS["box_list"], label.number, lambda: box_list_paper(label, items))
            )
        )

    def _with_paper(self, use: Any) -> None:
        box = self._box
        if box is not None:
            query = lambda rows: paper_of(rows, box.number, self._bench.place.id)  # noqa: E731 - asked once
            self._bench.read(query, lambda paper: use(*paper), owner=self, failed=self._not_written)

    def _not_written(self, failure: Failure) -> None:
        self._bench.nav.toast("bad", lambda: _("The list could not be written"), told(failure))


def paper_of(rows: LocalRows, number: str, place_id: str) -> tuple[BoxLabel, list[BoxItem]]:
    """Label and list of a sealed box; raises Refusal ``box_not_sealed``."""
    box, lines, parts = manifest(rows, number)
    station = rows.get(Place, place_id)
    warehouse = rows.get(Place, station.warehouse_id) if station and station.warehouse_id else None
    chinese = language() == "zh_CN"
    label = BoxLabel(
        number=number,
        code=format_box(number),
        from_place=box.station,
        to_place=warehouse.name if warehouse else "",
        count=len(lines),
        packed_on=formats.day(formats.local(box.sealed_at).date()) if box.sealed_at else "",
    )
    items = []
    for line in lines:
        part = parts.get(line.part_id)
        name = (part.name_zh if chinese else part.name_en) if part else ""
        items.append(BoxItem(line.tag, line.part_id, name, line.serial or "", ""))
    return label, items


def _facts(box: BoxRow) -> list[Any]:
    facts: list[Any] = [(lambda: _("Old parts"), str(box.parts), "strong")]
    if box.station:
        facts.append((lambda: _("Station"), box.station))
    if box.sealed_at:
        facts.append((code_words("box", "sealed"), formats.moment(box.sealed_at)))
    if box.shipped_at:
        carrier = " · ".join(filter(None, (box.carrier, box.carrier_number)))
        facts.append((code_words("box", "shipped"), f"{formats.moment(box.shipped_at)} · {carrier}"))
    if box.closed_at:
        facts.append((code_words("box", "closed"), formats.moment(box.closed_at)))
    return facts
