"""Printing a label: choices are kept, the printer gets true millimetres, and that there is none is said honestly."""

import pypdfium2
import pytest
import zxingcpp
from PySide6.QtCore import Qt
from PySide6.QtPrintSupport import QPrinter
from PySide6.QtWidgets import QWidget

from app import i18n
from app.ui.background import AtOnce
from app.ui.components.print_window import DPI, PRINT_FOLDER, PRINTER, SIZES, PrintWindow
from app.ui.printing import LABEL, TAG, UnitLabel
from app.ui.printing.printers import Found, SystemPrinters, print_label
from core.identifiers import format_unit
from core.refusals import Refusal

UNIT = UnitLabel("LED55K35U", "K35U5523A0810472", "液晶电视", "SZ-1", "深圳", "2026-03-17")


class PaperPrinters:
    """Printers that print into a file: everything is real but the paper."""

    def __init__(self, path, *names: str, usual: str = "") -> None:
        self.path, self.known, self.opened = path, Found(names, usual), []

    def found(self) -> Found:
        """The names given."""
        return self.known

    def open(self, name: str) -> QPrinter:
        """A real QPrinter with a file for paper."""
        printer = QPrinter(QPrinter.PrinterMode.HighResolution)
        printer.setOutputFormat(QPrinter.OutputFormat.PdfFormat)
        printer.setOutputFileName(str(self.path))
        self.opened.append((name, printer))
        return printer


class Settings(dict):
    """Settings in memory."""

    def set(self, name, value):
        """Keep it."""
        self[name] = value


class Nav:
    """Hears toasts."""

    def __init__(self) -> None:
        self.toasts: list[tuple[str, str]] = []

    def toast(self, tone, title, text="", *, link="", on_link=None):
        """Keep it."""
        self.toasts.append((tone, text))


@pytest.fixture
def make(qapp, qtbot, tmp_path):
    i18n.set_language("en")
    parent = QWidget()
    qtbot.addWidget(parent)

    def window(printers, settings=None, label=UNIT):
        settings = Settings({PRINT_FOLDER: str(tmp_path / "out")}) if settings is None else settings
        made = PrintWindow(
            label, LABEL, nav=Nav(), runner=AtOnce(), settings=settings, parent=parent, printers=printers
        )
        made.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose, False)
        made.show()
        return made

    return window


def codes(path):
    document = pypdfium2.PdfDocument(str(path))
    try:
        image = document[0].render(scale=203 / 72).to_pil().convert("L")
        size = tuple(round(mm / 72 * 25.4) for mm in document[0].get_size())
    finally:
        document.close()
    return {code.text for code in zxingcpp.read_barcodes(image)}, size


def test_the_printer_gets_the_label_in_true_millimetres_and_the_choices_are_kept(make, qtbot, tmp_path):
    printers = PaperPrinters(tmp_path / "paper.pdf", "Office", "Labels", usual="Office")
    window = make(printers)
    assert window.printer.currentText() == "Office"
    window.printer.setCurrentText("Labels")
    window.size_box.setCurrentIndex(0)
    window.copies.setValue(3)
    qtbot.mouseClick(window.print_button, Qt.MouseButton.LeftButton)
    ((name, printer),) = printers.opened
    assert (name, printer.copyCount(), printer.docName()) == ("Labels", 3, UNIT.serial)
    texts, size = codes(tmp_path / "paper.pdf")
    assert (texts, size) == ({format_unit(UNIT.model, UNIT.serial)}, (50, 30))
    assert window._nav.toasts == [("ok", "Labels")]
    kept = window._settings
    assert (kept[PRINTER], kept[DPI], kept[SIZES]) == ("Labels", 203, {"UnitLabel": [50, 30]})
    again = make(printers, kept)
    assert (again.printer.currentText(), again.chosen_size) == ("Labels", TAG)


def test_without_a_printer_it_says_so_and_the_pdf_is_still_there(make, qtbot, tmp_path):
    printers = PaperPrinters(tmp_path / "paper.pdf")
    window = make(printers)
    assert "no printer" in window.trouble.text()
    assert not window.print_button.isEnabled()
    assert window.again.isVisible()
    qtbot.mouseClick(window.pdf_button, Qt.MouseButton.LeftButton)
    texts, size = codes(tmp_path / "out" / f"{UNIT.serial}.pdf")
    assert (texts, size) == ({UNIT.serial, format_unit(UNIT.model, UNIT.serial)}, (60, 40))


def test_a_printer_that_came_is_found_by_looking_again(make, qtbot, tmp_path):
    printers = PaperPrinters(tmp_path / "paper.pdf")
    window = make(printers)
    printers.known = Found(("Labels",), "")
    qtbot.mouseClick(window.again, Qt.MouseButton.LeftButton)
    assert window.print_button.isEnabled()
    assert window.printer.currentText() == "Labels"


def test_a_printer_that_left_is_named_before_and_after_the_click(make, qtbot, tmp_path):
    printers = PaperPrinters(tmp_path / "paper.pdf", "Office", usual="Office")
    window = make(printers, Settings({PRINTER: "Labels"}))
    assert "Labels is not there" in window.trouble.text()
    printers.known = Found(("Other",), "")
    qtbot.mouseClick(window.print_button, Qt.MouseButton.LeftButton)
    assert "Office is not there" in window.trouble.text()
    assert window.print_button.isEnabled()


def test_a_printer_that_does_not_take_the_page_is_told(make, qtbot, tmp_path):
    window = make(PaperPrinters(tmp_path / "no folder" / "paper.pdf", "Labels"))
    qtbot.mouseClick(window.print_button, Qt.MouseButton.LeftButton)
    assert "did not take the label" in window.trouble.text()
    assert window.isVisible()


def test_a_label_too_small_for_its_codes_is_neither_printed_nor_saved(make, tmp_path):
    window = make(PaperPrinters(tmp_path / "p.pdf", "Labels"), label=UnitLabel("M" * 600, "S" * 600))
    window.size_box.setCurrentIndex(0)
    assert "do not fit" in window.trouble.text()
    assert not window.print_button.isEnabled()
    assert not window.pdf_button.isEnabled()


def test_a_folder_that_cannot_be_written_is_told(make, qtbot, tmp_path):
    (tmp_path / "file").write_text("")
    window = make(PaperPrinters(tmp_path / "p.pdf"), Settings({PRINT_FOLDER: str(tmp_path / "file" / "x")}))
    qtbot.mouseClick(window.pdf_button, Qt.MouseButton.LeftButton)
    assert "could not be written" in window.trouble.text()


def test_the_systems_printers_are_asked_and_an_unknown_one_is_refused(qapp):
    system = SystemPrinters()
    assert isinstance(system.found().names, tuple)
    with pytest.raises(Refusal) as caught:
        system.open("no such printer at all")
    assert caught.value.code == "printer_missing"


def test_printing_without_any_printer_is_a_refusal(qapp, tmp_path):
    with pytest.raises(Refusal) as caught:
        print_label(PaperPrinters(tmp_path / "p.pdf"), "Labels", UNIT, LABEL, 203)
    assert caught.value.code == "printer_none"
