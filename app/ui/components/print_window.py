"""Printing a label: how it will look, on which printer, on which label size, how many; all of it kept for the next."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any, Protocol

from PySide6.QtCore import QStandardPaths, Qt, QUrl
from PySide6.QtGui import QDesktopServices, QPixmap
from PySide6.QtWidgets import QComboBox, QDialog, QHBoxLayout, QVBoxLayout, QWidget

from app.i18n import _
from app.ui.background import Failure, Runner
from app.ui.live import Words, bind, text_of
from app.ui.page import Navigator
from app.ui.printing import LABEL_DPI, LABEL_SIZES, Labelled, PaperSize, paint_label, write_label
from app.ui.printing.printers import Found, Printers, SystemPrinters, print_label
from app.ui.refusal_words import refusal_words, told
from app.ui.widgets import Button, Field, Label, NumberInput, PrimaryButton
from core.refusals import Refusal

PRINTER, DPI, SIZES = "label_printer", "label_dpi", "label_sizes"
"""The settings that keep what was chosen; sizes by the kind of label."""
PRINT_FOLDER = "print_folder"
"""The setting that names where PDFs are put; the documents folder otherwise."""
RESOLUTIONS = (LABEL_DPI, 300, 600)
_PREVIEW = (440, 300)


class Kept(Protocol):
    """Settings of this device."""

    def get(self, name: str, otherwise: Any = None) -> Any:
        """The value, or `otherwise`."""
        ...

    def set(self, name: str, value: Any) -> None:
        """Keep a value."""
        ...


def print_folder(settings: Kept) -> Path:
    """Where PDFs are put, made when it is not there; OSError when it can't be."""
    given = settings.get(PRINT_FOLDER)
    where = QStandardPaths.writableLocation(QStandardPaths.StandardLocation.DocumentsLocation)
    folder = Path(given) if given else Path(where) / "Fixpoint"
    folder.mkdir(parents=True, exist_ok=True)
    return folder


class PrintWindow(QDialog):
    """A window of its own beside the page; nothing waits for it."""

    def __init__(
        self,
        label: Labelled,
        usual: PaperSize,
        *,
        nav: Navigator,
        runner: Runner,
        settings: Kept,
        parent: QWidget,
        printers: Printers | None = None,
    ) -> None:
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowTitle(_("Print label"))
        self._label, self._usual = label, usual
        self._nav, self._runner, self._settings = nav, runner, settings
        self._printers = printers or SystemPrinters()
        self._fits = False
        self._build()
        self._choose_kept()
        self._preview()
        self.look_for_printers()

    # --- building ---------------------------------------------------------------------------------------------

    def _build(self) -> None:
        self.picture = Label()
        self.picture.setFixedSize(*_PREVIEW)
        self.picture.setAlignment(Qt.AlignmentFlag.AlignCenter)
        bind(self.picture, self.picture.setAccessibleName, lambda: _("How the label will look"))
        self.printer, self.size_box, self.dpi = QComboBox(), QComboBox(), QComboBox()
        self.printer.setMinimumWidth(200)
        self.copies = NumberInput(1, 99, 1)
        for size in LABEL_SIZES:
            self.size_box.addItem(f"{size.width:g} × {size.height:g} mm", size)
        for dpi in RESOLUTIONS:
            self.dpi.addItem(f"{dpi} dpi", dpi)
        for box in (self.size_box, self.dpi):
            box.currentIndexChanged.connect(lambda _place: self._preview())
        self.trouble = Label("", tone="bad", wrap=True)
        self.print_button = PrimaryButton(lambda: _("Print"), self.print, icon="print")
        self.pdf_button = Button(lambda: _("Save as PDF"), self.save)
        self.again = Button(lambda: _("Look again"), self.look_for_printers, icon="syncing")
        self._lay_out()

    def _lay_out(self) -> None:
        choices = QVBoxLayout()
        choices.setSpacing(10)
        for words, editor in self._fields():
            choices.addWidget(Field(words, editor))
        choices.addStretch(1)
        top = QHBoxLayout()
        top.setSpacing(16)
        top.addWidget(self.picture)
        top.addLayout(choices, 1)
        foot = QHBoxLayout()
        foot.setSpacing(8)
        foot.addWidget(self.again)
        foot.addStretch(1)
        foot.addWidget(self.pdf_button)
        foot.addWidget(self.print_button)
        column = QVBoxLayout(self)
        column.setContentsMargins(16, 16, 16, 16)
        column.setSpacing(12)
        column.addLayout(top)
        column.addWidget(self.trouble)
        column.addLayout(foot)

    def _fields(self) -> tuple[tuple[Words, QWidget], ...]:
        return (
            (lambda: _("Printer"), self.printer),
            (lambda: _("Label size"), self.size_box),
            (lambda: _("Printer’s resolution"), self.dpi),
            (lambda: _("Copies"), self.copies),
        )

    # --- choices ----------------------------------------------------------------------------------------------

    @property
    def _kind(self) -> str:
        return type(self._label).__name__

    def _choose_kept(self) -> None:
        kept = self._settings.get(SIZES, {}).get(self._kind)
        sizes = [[size.width, size.height] for size in LABEL_SIZES]
        self.size_box.setCurrentIndex(sizes.index(kept) if kept in sizes else LABEL_SIZES.index(self._usual))
        dpi = self._settings.get(DPI, LABEL_DPI)
        self.dpi.setCurrentIndex(RESOLUTIONS.index(dpi) if dpi in RESOLUTIONS else 0)

    def _keep(self) -> None:
        size = self.chosen_size
        sizes = {**self._settings.get(SIZES, {}), self._kind: [size.width, size.height]}
        for name, value in ((SIZES, sizes), (DPI, self.chosen_dpi), (PRINTER, self.printer.currentText())):
            self._settings.set(name, value)

    @property
    def chosen_size(self) -> PaperSize:
        """The label size that is chosen."""
        return LABEL_SIZES[self.size_box.currentIndex()]

    @property
    def chosen_dpi(self) -> int:
        """The printer's dots per inch that are chosen."""
        return RESOLUTIONS[self.dpi.currentIndex()]

    def _preview(self) -> None:
        try:
            image = paint_label(self._label, self.chosen_size, self.chosen_dpi)
        except ValueError:
            self._fits = False
            self.picture.clear()
            self._say(lambda: _("The codes do not fit on this label; choose a larger one."))
        else:
            self._fits = True
            smooth = Qt.TransformationMode.SmoothTransformation
            self.picture.setPixmap(
                QPixmap.fromImage(image).scaled(*_PREVIEW, Qt.AspectRatioMode.KeepAspectRatio, smooth)
            )
            self._say("")
        self._enable()

    # --- printers ---------------------------------------------------------------------------------------------

    def look_for_printers(self) -> None:
        """Asks the system anew which printers there are."""
        self.again.hide()
        self._runner.run(lambda _progress: self._printers.found(), self._found, self._failed, owner=self)

    def _found(self, found: Found) -> None:
        self.printer.clear()
        self.printer.addItems(found.names)
        kept = self._settings.get(PRINTER, "")
        wanted = kept if kept in found.names else found.usual
        self.printer.setCurrentIndex(found.names.index(wanted) if wanted in found.names else -1 + bool(found.names))
        self.again.setVisible(not found.names)
        if not found.names:
            self._say(refusal_words(Refusal("printer_none")))
        elif kept and kept not in found.names:
            self._say(refusal_words(Refusal("printer_missing", printer=kept)))
        self._enable()

    def _enable(self) -> None:
        self.print_button.setEnabled(self._fits and self.printer.count() > 0)
        self.pdf_button.setEnabled(self._fits)

    def _say(self, words: Words) -> None:
        self.trouble.say(words)
        self.trouble.setVisible(bool(text_of(words)))

    # --- doing ------------------------------------------------------------------------------------------------

    def print(self) -> None:
        """Prints as chosen, and keeps the choices."""
        self._keep()
        name, copies, size, dpi = self.printer.currentText(), self.copies.value(), self.chosen_size, self.chosen_dpi

        def job(_progress: object) -> str:
            print_label(self._printers, name, self._label, size, dpi, copies)
            return name

        self.print_button.setEnabled(False)
        self._runner.run(job, self._printed, self._failed, owner=self)

    def _printed(self, name: str) -> None:
        self._nav.toast("ok", lambda: _("Sent to the printer"), name)
        self.accept()

    def save(self) -> None:
        """Writes the label as PDF into the folder for papers."""
        size, dpi, title = self.chosen_size, self.chosen_dpi, self._label.label().title
        name = "".join(c if c.isalnum() or c in "-_." else "_" for c in title)

        def job(_progress: object) -> Path:
            return write_label(self._label, print_folder(self._settings) / f"{name}.pdf", size, dpi)

        self._runner.run(job, self._saved, self._not_saved, owner=self)

    def _saved(self, path: Path) -> None:
        show: Callable[[], object] = lambda: QDesktopServices.openUrl(QUrl.fromLocalFile(str(path)))  # noqa: E731
        self._nav.toast("ok", lambda: _("Label saved as PDF"), str(path), link=lambda: _("Open file"), on_link=show)
        self.accept()

    def _not_saved(self, failure: Failure) -> None:
        if isinstance(failure.error, OSError):
            self._say(lambda: _("The PDF could not be written"))
        else:
            self._failed(failure)

    def _failed(self, failure: Failure) -> None:
        self._say(told(failure))
        self._enable()
