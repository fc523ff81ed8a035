"""The settings' card of printers: for each kind of paper its printer and size, and where PDFs are put."""

from __future__ import annotations

from dataclasses import replace
from typing import NamedTuple

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QComboBox, QFileDialog, QGridLayout, QHBoxLayout

from app.i18n import _
from app.ui.background import Failure
from app.ui.bench import Bench
from app.ui.components.print_preview import size_words
from app.ui.live import bind, text_of
from app.ui.printing.choices import FOLDER, LABEL_RESOLUTIONS, PDF, Choice, keep_choice, kept_choice, named_folder
from app.ui.printing.kinds import KINDS, Kind
from app.ui.printing.printers import Found, Printers, SystemPrinters
from app.ui.refusal_words import refusal_words, told
from app.ui.widgets import Card, ElidedLabel, Label, Link
from core.refusals import Refusal


class _Row(NamedTuple):
    kind: Kind
    printer: QComboBox
    size: QComboBox


class PrintersCard(Card):
    """What is chosen here is what the print window begins with; what is chosen there is shown here."""

    def __init__(self, bench: Bench, printers: Printers | None = None) -> None:
        self.again = Link(lambda: _("Look again"), self.load)
        super().__init__(lambda: _("Printers"), "print", self.again)
        self._bench, self._printers = bench, printers or SystemPrinters()
        self._filling = False
        self._names: tuple[str, ...] = ()
        self.trouble = Label("", tone="warn", wrap=True)
        self.trouble.hide()
        self.add(self.trouble)
        grid = QGridLayout()
        grid.setHorizontalSpacing(12)
        grid.setVerticalSpacing(6)
        grid.setColumnStretch(1, 1)
        self.rows = [self._build_row(grid, place, kind) for place, kind in enumerate(KINDS.values())]
        self.add(grid)
        self._build_resolution(grid, len(self.rows))
        self._build_folder()

    def _build_row(self, grid: QGridLayout, place: int, kind: Kind) -> _Row:
        row = _Row(kind, QComboBox(), QComboBox())
        row.printer.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
        row.printer.setMinimumContentsLength(12)
        for size in kind.sizes:
            row.size.addItem(size_words(size), size)
        for box, words in (
            (row.printer, lambda: _("Printer for: {kind}").format(kind=_(kind.words))),
            (row.size, lambda: _("Size of: {kind}").format(kind=_(kind.words))),
        ):
            bind(box, box.setAccessibleName, words)
            box.currentIndexChanged.connect(lambda _place, r=row: self._keep(r))
        label = Label(lambda: _(kind.words), "muted")
        label.setMinimumWidth(96)
        grid.addWidget(label, place, 0)
        grid.addWidget(row.printer, place, 1)
        grid.addWidget(row.size, place, 2)
        return row

    def _build_resolution(self, grid: QGridLayout, place: int) -> None:
        self.dpi = QComboBox()
        for dpi in LABEL_RESOLUTIONS:
            self.dpi.addItem(f"{dpi} dpi", dpi)
        bind(self.dpi, self.dpi.setAccessibleName, lambda: _("Dots of label printers"))
        self.dpi.currentIndexChanged.connect(lambda _place: self._keep_dpi())
        grid.addWidget(Label(lambda: _("Dots of label printers"), "muted"), place, 0, 1, 2)
        grid.addWidget(self.dpi, place, 2)

    def _build_folder(self) -> None:
        row = QHBoxLayout()
        row.setSpacing(12)
        self.folder = ElidedLabel("")
        self.folder.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        row.addWidget(Label(lambda: _("PDFs go to"), "muted"))
        row.addWidget(self.folder, 1)
        row.addWidget(Link(lambda: _("Change…"), self._choose_folder))
        self.add(row)

    # --- showing ----------------------------------------------------------------------------------------------

    def load(self) -> None:
        """Shows what is kept, and asks the system which printers there are."""
        self._show(())
        self._bench.runner.run(lambda _progress: self._printers.found(), self._found, self._failed, owner=self)

    def retranslate(self) -> None:
        """The words among the printers follow the language."""
        self._show(self._names)

    def _found(self, found: Found) -> None:
        self._show(found.names)
        self.trouble.setVisible(not found.names)
        if not found.names:
            self.trouble.say(refusal_words(Refusal("printer_none")))

    def _failed(self, failure: Failure) -> None:
        self.trouble.say(told(failure))
        self.trouble.show()

    def _show(self, names: tuple[str, ...]) -> None:
        self._names, self._filling = names, True
        for row in self.rows:
            kept = kept_choice(self._bench.settings, row.kind)
            self._fill(row, names, kept)
        labels = next(row.kind for row in self.rows if row.kind.is_label)
        self.dpi.setCurrentIndex(self.dpi.findData(kept_choice(self._bench.settings, labels).dpi))
        self.folder.say(str(named_folder(self._bench.settings)))
        self._filling = False

    @staticmethod
    def _fill(row: _Row, names: tuple[str, ...], kept: Choice) -> None:
        """The system's usual printer, PDF, those that are there, and a kept one that is not."""
        row.printer.clear()
        row.printer.addItem(_("System’s usual printer"), "")
        row.printer.addItem(_("PDF file"), PDF)
        for name in names:
            row.printer.addItem(name, name)
        if row.printer.findData(kept.printer) < 0:
            row.printer.addItem(_("{printer} (not there)").format(printer=kept.printer), kept.printer)
        row.printer.setCurrentIndex(row.printer.findData(kept.printer))
        row.size.setCurrentIndex(row.kind.sizes.index(kept.size))

    # --- keeping ----------------------------------------------------------------------------------------------

    def _keep(self, row: _Row) -> None:
        if self._filling:
            return
        kept = kept_choice(self._bench.settings, row.kind)
        size = row.kind.sizes[row.size.currentIndex()]
        keep_choice(self._bench.settings, row.kind, replace(kept, printer=row.printer.currentData(), size=size))

    def _keep_dpi(self) -> None:
        if self._filling:
            return
        for row in self.rows:
            if row.kind.is_label:
                kept = kept_choice(self._bench.settings, row.kind)
                keep_choice(self._bench.settings, row.kind, replace(kept, dpi=self.dpi.currentData()))

    def _choose_folder(self) -> None:
        folder = QFileDialog.getExistingDirectory(self, _("Folder for PDFs"), text_of(self.folder.text()))
        if folder:
            self.set_folder(folder)

    def set_folder(self, folder: str) -> None:
        """Puts PDFs there from now on."""
        self._bench.settings.set(FOLDER, folder)
        self.folder.say(folder)
