"""The column beside the scanner's picture: the label's codes, verdict, registry, and how to use or type a serial."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from PySide6.QtWidgets import QVBoxLayout, QWidget

from app.i18n import _
from app.queries.scanning import ScanTarget, UnitCard
from app.ui.pages.key_buttons import KeyButton
from app.ui.pages.scan_cards import RegistryCard, VerdictCard
from app.ui.pages.scan_label import LabelCard
from app.ui.pages.scan_shot import Reading
from app.ui.pages.scan_typed import TypedSerial
from app.ui.widgets import Card, ScrollColumn
from core.identifiers import LabelForm, Need, label_form, missing
from core.warranty import Verdict

_WIDTH = 430
Call = Callable[[], object]
Take = Callable[[str], object]


@dataclass(frozen=True)
class Known:
    """What is known of the order on show: the order itself, its recorded verdict, its unit's record."""

    target: ScanTarget | None = None
    verdict: Verdict | None = None
    card: UnitCard | None = None

    def form(self, reading: Reading | None) -> LabelForm:
        """What is to be read of the label: of the order's product line, or of a phone's where an IMEI was read."""
        if self.target is not None:
            return label_form(self.target.product_class)
        return label_form("phone" if reading and reading.label.imeis else None)

    def rest(self, reading: Reading | None) -> tuple[Need, ...]:
        """What is still to be read; nothing where no label is looked for (an invoice, a typed or picked serial)."""
        if reading is None and self.target is None:
            return ()
        if reading and (reading.label.invoice or reading.picked or reading.shot.source == "typed"):
            return ()
        return missing(self.form(reading), reading.label if reading else None)


class ScanSide(QWidget):
    """Shows a reading beside what is known of the order."""

    def __init__(self, *, pick: Take, clear: Call, open_order: Take, use: Call) -> None:
        super().__init__()
        self.setFixedWidth(_WIDTH)
        self.label_card = LabelCard(pick, clear)
        self.registry_card = RegistryCard(open_order)
        self.verdict_card = VerdictCard()
        column = ScrollColumn()
        for card in (self.label_card, self.verdict_card, self.registry_card):
            column.body.addWidget(card)
        column.body.addStretch(1)
        side = QVBoxLayout(self)
        side.setContentsMargins(0, 0, 0, 0)
        side.setSpacing(10)
        side.addWidget(column, 1)
        side.addWidget(self._build_entry(use))

    def _build_entry(self, use: Call) -> Card:
        entry = Card()
        self.typed = TypedSerial()
        self.use_button = KeyButton(lambda: _("Use this serial number"), use, shortcut="Enter", primary=True, big=True)
        entry.add(self.use_button)
        entry.add(self.typed)
        return entry

    def show_reading(self, reading: Reading | None, known: Known) -> None:
        """Shows all of it anew."""
        self.label_card.show_reading(reading, known.rest(reading))
        self.registry_card.show_unit((reading.card if reading else None) or known.card)
        self._show_verdict(reading, known.verdict)
        self.show_button(reading, known.target)

    def _show_verdict(self, reading: Reading | None, recorded: Verdict | None) -> None:
        """The recorded verdict while it is about the unit that was read, else what the look-up says."""
        seen = reading.serial if reading else None
        if recorded is not None and seen in {None, recorded.serial}:
            self.verdict_card.show_verdict(recorded, recorded=True)
        else:
            self.verdict_card.show_verdict(reading.verdict if reading else None, recorded=False)

    def show_button(self, reading: Reading | None, target: ScanTarget | None, *, done: bool = False) -> None:
        """The button works while there is something new to use."""
        self.use_button.setVisible(target is not None)
        same = bool(target and reading and reading.serial in target.identified)
        ready = bool(target and target.is_open and reading and reading.serial and not done and not same)
        self.use_button.setEnabled(ready)
