"""The one way to paper: how it will look, on which printer or as PDF, which size, how many; kept for each kind."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path

from PySide6.QtCore import Qt, QUrl
from PySide6.QtGui import QDesktopServices
from PySide6.QtWidgets import QComboBox, QDialog, QHBoxLayout, QVBoxLayout, QWidget

from app.i18n import _, language, speaking
from app.ui.background import Failure, Runner
from app.ui.bench import Bench
from app.ui.components.print_preview import Painted, PrintPreview, painted, room_for, size_words
from app.ui.live import Words, text_of
from app.ui.page import Navigator
from app.ui.printing.choices import LABEL_RESOLUTIONS, PDF, Choice, Kept, keep_choice, kept_choice, print_folder
from app.ui.printing.kinds import Print, write_print
from app.ui.printing.printers import Found, Printers, SystemPrinters, print_out
from app.ui.printing.sheet import PAPER_DPI, CodeTooLarge
from app.ui.refusal_words import refusal_words, told
from app.ui.widgets import Button, Field, Label, NumberInput, PrimaryButton
from core.refusals import Refusal

LANGUAGES = (("zh_CN", "中文"), ("en", "English"))


def offer(bench: Bench, where: QWidget, what: Print, printers: Printers | None = None) -> PrintWindow:
    """Opens the window beside the page that `where` is in, in place of the one that is open there."""
    window = where.window()
    for earlier in window.findChildren(PrintWindow):
        if not earlier.busy:
            earlier.close()
    made = PrintWindow(
        what, nav=bench.nav, runner=bench.runner, settings=bench.settings, parent=window, printers=printers
    )
    made.show()
    return made


class PrintWindow(QDialog):
    """A window of its own beside the page; nothing waits for it. Ctrl+P in it prints."""

    def __init__(
        self,
        what: Print,
        *,
        nav: Navigator,
        runner: Runner,
        settings: Kept,
        parent: QWidget,
        printers: Printers | None = None,
    ) -> None:
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.what = what
        self._nav, self._runner, self._settings = nav, runner, settings
        self._printers = printers or SystemPrinters()
        self._kept = kept_choice(settings, what.kind)
        self._found_names: tuple[str, ...] = ()
        self._fits = self._too_small = self.busy = False
        self._printer_trouble: Words = ""
        self._asked = 0
        self._make()
        self._choose_kept()
        self._lay_out()
        self.retranslate()
        self.look_for_printers()

    # --- building ---------------------------------------------------------------------------------------------

    def _make(self) -> None:
        label = self.what.kind.is_label
        self.preview = PrintPreview(*room_for(self.what.kind), enlarges=not label)
        self.preview.page_asked.connect(self._paint)
        self.printer, self.size_box, self.dpi, self.language_box = (QComboBox() for _box in range(4))
        self.printer.setMinimumWidth(200)
        self.copies = NumberInput(1, 99, 1)
        for size in self.what.kind.sizes:
            self.size_box.addItem(size_words(size), size)
        for dpi in LABEL_RESOLUTIONS if label else (PAPER_DPI,):
            self.dpi.addItem(f"{dpi} dpi", dpi)
        for code, name in LANGUAGES:
            self.language_box.addItem(name, code)
        self.trouble = Label("", tone="bad", wrap=True)
        self.trouble.hide()
        self.print_button = PrimaryButton(lambda: _("Print"), self.print, icon="print", shortcut="Ctrl+P")
        self.print_button.setDefault(True)
        self.pdf_button = Button(lambda: _("Save as PDF"), self.save, icon="download-simple")
        self.again = Button(lambda: _("Look again"), self.look_for_printers, icon="syncing")

    def _lay_out(self) -> None:
        choices = QVBoxLayout()
        choices.setSpacing(10)
        for words, editor in self._fields():
            choices.addWidget(Field(words, editor))
        choices.addWidget(self.trouble)
        choices.addStretch(1)
        top = QHBoxLayout()
        top.setSpacing(16)
        top.addWidget(self.preview)
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
        column.addLayout(foot)

    def _fields(self) -> list[tuple[Words, QWidget]]:
        """A label printer knows its own dots only; a paper can be in the other language than the window."""
        label = self.what.kind.is_label
        return [
            (lambda: _("Printer"), self.printer),
            ((lambda: _("Label size")) if label else (lambda: _("Paper size")), self.size_box),
            (lambda: _("Printer’s resolution"), self.dpi) if label else (lambda: _("Language"), self.language_box),
            (lambda: _("Copies"), self.copies),
        ]

    def retranslate(self) -> None:
        """Title, PDF's name among the printers and the paper itself follow the language."""
        self.setWindowTitle(_("Print: {kind}").format(kind=_(self.what.kind.words)))
        place = self.printer.findData(PDF)
        if place >= 0:
            self.printer.setItemText(place, _("PDF file"))
        self._paint(self.preview.page)

    # --- choices ----------------------------------------------------------------------------------------------

    def _choose_kept(self) -> None:
        kept = self._kept
        self.size_box.setCurrentIndex(self.what.kind.sizes.index(kept.size))
        self.dpi.setCurrentIndex(max(0, self.dpi.findData(kept.dpi)))
        self.language_box.setCurrentIndex(max(0, self.language_box.findData(kept.language or language())))
        for box in (self.size_box, self.dpi, self.language_box):
            box.currentIndexChanged.connect(lambda _place: self._paint(0))
        self.printer.currentIndexChanged.connect(lambda _place: self._enable())

    @property
    def choice(self) -> Choice:
        """What is chosen now; PDF for want of a printer is no choice of a person."""
        printer = self.printer.currentData() or ""
        if printer == PDF and not self._found_names:
            printer = self._kept.printer
        spoken = self.language_box.currentData()
        return Choice(
            printer=printer,
            size=self.what.kind.sizes[self.size_box.currentIndex()],
            dpi=self.dpi.currentData(),
            language="" if spoken == language() else spoken,
        )

    @property
    def to_file(self) -> bool:
        """Whether PDF stands in the place of a printer."""
        return bool(self.printer.currentData() == PDF)

    # --- preview ----------------------------------------------------------------------------------------------

    def _paint(self, page: int) -> None:
        """Paints a page off the thread; of several that were asked for the last one counts."""
        self._asked += 1
        self._runner.run(
            partial(painted, self.what, self.choice, page),
            partial(self._show, self._asked),
            partial(self._not_painted, self._asked),
            owner=self,
        )

    def _show(self, asked: int, page: Painted) -> None:
        if asked == self._asked:
            if self._too_small:
                self._say(self._printer_trouble)
            self._fits, self._too_small = True, False
            self.preview.show_page(page.image, page.page, page.pages)
            self._enable()

    def _not_painted(self, asked: int, failure: Failure) -> None:
        if asked != self._asked:
            return
        self._fits = False
        self.preview.clear()
        self._too_small = isinstance(failure.error, CodeTooLarge)
        if self._too_small:
            self._say(lambda: _("The codes do not fit on this size; choose a larger one."))
            self._enable()
        else:
            self._failed(failure)

    # --- printers ---------------------------------------------------------------------------------------------

    def look_for_printers(self) -> None:
        """Asks the system anew which printers there are."""
        self.again.hide()
        self._runner.run(lambda _progress: self._printers.found(), self._found, self._failed, owner=self)

    def _found(self, found: Found) -> None:
        self._found_names, self._printer_trouble = found.names, ""
        kept = self._kept.printer
        self.printer.clear()
        for name in found.names:
            self.printer.addItem(name, name)
        self.printer.addItem(_("PDF file"), PDF)
        wanted = kept if kept == PDF or kept in found.names else found.usual
        self.printer.setCurrentIndex(max(0, self.printer.findData(wanted)))
        self.again.setVisible(not found.names)
        if not found.names:
            self._printer_trouble = refusal_words(Refusal("printer_none"))
        elif kept and kept != PDF and kept not in found.names:
            self._printer_trouble = refusal_words(Refusal("printer_missing", printer=kept))
        if not self._too_small:
            self._say(self._printer_trouble)
        self._enable()

    def _enable(self) -> None:
        ready = self._fits and not self.busy
        self.print_button.setEnabled(ready and self.printer.count() > 0)
        self.print_button.say((lambda: _("Save as PDF")) if self.to_file else (lambda: _("Print")))
        self.pdf_button.setEnabled(ready)
        self.pdf_button.setVisible(not self.to_file)
        self.copies.setEnabled(not self.to_file)

    def _say(self, words: Words) -> None:
        self.trouble.say(words)
        self.trouble.setVisible(bool(text_of(words)))

    # --- doing ------------------------------------------------------------------------------------------------

    def print(self) -> None:
        """Prints as chosen, or writes the PDF where that is chosen."""
        if self.to_file:
            self.save()
            return
        what, printers, choice, copies = self.what, self._printers, self.choice, self.copies.value()

        def job(_progress: object) -> str:
            with speaking(choice.language):
                print_out(printers, choice.printer, what, choice.size, choice.dpi, copies)
            return choice.printer

        self._begin(job, self._printed, self._not_printed)

    def save(self) -> None:
        """Writes the PDF into the folder for papers."""
        what, settings, choice = self.what, self._settings, self.choice

        def job(_progress: object) -> Path:
            with speaking(choice.language):
                return write_print(what, print_folder(settings) / what.file_name, choice.size, choice.dpi)

        self._begin(job, self._saved, self._not_saved)

    def _begin(
        self, job: Callable[[object], object], done: Callable[..., None], failed: Callable[[Failure], None]
    ) -> None:
        """Keeps the choices and does the job; nothing else can be begun meanwhile."""
        self._kept = self.choice
        keep_choice(self._settings, self.what.kind, self._kept)
        self.busy = True
        self._enable()
        self._runner.run(job, done, failed, owner=self)

    def _printed(self, name: str) -> None:
        self._nav.toast("ok", lambda: _("Sent to the printer"), name)
        self._close()

    def _saved(self, path: Path) -> None:
        show: Callable[[], object] = lambda: QDesktopServices.openUrl(QUrl.fromLocalFile(str(path)))  # noqa: E731
        self._nav.toast("ok", lambda: _("Saved as PDF"), str(path), link=lambda: _("Open file"), on_link=show)
        self._close()

    def _close(self) -> None:
        self.busy = False
        self.accept()

    def _not_printed(self, failure: Failure) -> None:
        """What the printer did not take can still be had as PDF: the keyboard goes there."""
        self._failed(failure)
        self.pdf_button.setFocus(Qt.FocusReason.OtherFocusReason)

    def _not_saved(self, failure: Failure) -> None:
        if isinstance(failure.error, OSError):
            self.busy = False
            why = failure.error.strerror or ""
            self._say(lambda: " ".join(filter(None, (_("The PDF could not be written"), why and f"({why})"))))
            self._enable()
        else:
            self._failed(failure)

    def _failed(self, failure: Failure) -> None:
        self.busy = False
        self._say(told(failure))
        self._enable()
