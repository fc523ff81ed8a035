"""The print window: choices are kept for each kind, printers get true millimetres, trouble is told and PDF offered."""

from functools import partial

import pypdfium2
import pytest
import zxingcpp
from PySide6.QtCore import Qt
from PySide6.QtPrintSupport import QPrinter
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QWidget

from app import i18n
from app.ui.background import AtOnce
from app.ui.components.print_window import PrintWindow, offer
from app.ui.live import retranslate
from app.ui.printing import A4, A5, KINDS, LABEL, TAG, UnitLabel, label_print, paper_print
from app.ui.printing.box import BoxItem, BoxLabel, box_list_paper
from app.ui.printing.choices import CHOICES, FOLDER, PDF, kept_choice
from app.ui.printing.printers import Found, SystemPrinters, print_out
from core.identifiers import format_unit
from core.refusals import Refusal

UNIT = UnitLabel("LED55K35U", "K35U5523A0810472", "液晶电视", "SZ-1", "深圳", "2026-03-17")
LABEL_PRINT = label_print(KINDS["unit_label"], UNIT)
BOX = BoxLabel("SZ-B-1", "FX-B:SZ-B-1", "深圳南山维修站", "旧件库", 90)
ITEMS = [BoxItem(f"TAG{place:09d}", "BL-1", "背光灯条", "", "SZ-1") for place in range(90)]
LIST = paper_print(KINDS["box_list"], BOX.number, lambda: box_list_paper(BOX, ITEMS))


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
def parent(qapp, qtbot):
    """A page's window."""
    made = QWidget()
    qtbot.addWidget(made)
    made.show()
    return made


@pytest.fixture
def make(parent, tmp_path):
    """Opens the window over the page's."""

    def window(printers, settings=None, what=LABEL_PRINT):
        settings = Settings({FOLDER: str(tmp_path / "out")}) if settings is None else settings
        made = PrintWindow(what, nav=Nav(), runner=AtOnce(), settings=settings, parent=parent, printers=printers)
        made.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose, False)
        made.show()
        return made

    return window


def pages(path):
    """Codes, size in mm and text of each page."""
    document = pypdfium2.PdfDocument(str(path))
    try:
        return [
            (
                {code.text for code in zxingcpp.read_barcodes(page.render(scale=203 / 72).to_pil().convert("L"))},
                tuple(round(mm / 72 * 25.4) for mm in page.get_size()),
                page.get_textpage().get_text_range(),
            )
            for page in document
        ]
    finally:
        document.close()


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
    ((texts, size, _words),) = pages(tmp_path / "paper.pdf")
    assert (texts, size) == ({format_unit(UNIT.model, UNIT.serial)}, (50, 30))
    assert window._nav.toasts == [("ok", "Labels")]
    again = make(printers, window._settings)
    assert (again.printer.currentText(), again.choice.size, again.choice.dpi) == ("Labels", TAG, 203)


def test_each_kind_keeps_its_own_choice(make, tmp_path):
    printers = PaperPrinters(tmp_path / "paper.pdf", "Office", "Labels", usual="Office")
    first = make(printers)
    first.printer.setCurrentText("Labels")
    first.print()
    paper = make(printers, first._settings, LIST)
    assert (paper.printer.currentText(), paper.choice.size) == ("Office", A4)
    paper.size_box.setCurrentIndex(1)
    paper.print()
    kept = first._settings
    assert set(kept[CHOICES]) == {"unit_label", "box_list"}
    assert kept_choice(kept, KINDS["unit_label"]).printer == "Labels"
    assert (kept_choice(kept, KINDS["box_list"]).printer, kept_choice(kept, KINDS["box_list"]).size) == ("Office", A5)


def test_a_kept_size_that_is_no_more_is_the_usual_one():
    kept = Settings({CHOICES: {"unit_label": {"printer": "Labels", "size": [9, 9], "dpi": 1}}})
    choice = kept_choice(kept, KINDS["unit_label"])
    assert (choice.printer, choice.size, choice.dpi, choice.language) == ("Labels", LABEL, 203, "")


def test_pdf_is_one_of_the_choices_and_is_kept(make, qtbot, tmp_path):
    printers = PaperPrinters(tmp_path / "paper.pdf", "Office", usual="Office")
    window = make(printers)
    window.printer.setCurrentIndex(window.printer.findData(PDF))
    assert window.print_button.text() == "Save as PDF"
    assert not window.pdf_button.isVisible()
    qtbot.mouseClick(window.print_button, Qt.MouseButton.LeftButton)
    assert not printers.opened
    ((texts, size, _words),) = pages(tmp_path / "out" / f"{UNIT.serial}-unit-label.pdf")
    assert (texts, size) == ({UNIT.serial, format_unit(UNIT.model, UNIT.serial)}, (60, 40))
    assert make(printers, window._settings).to_file


def test_without_a_printer_it_says_so_and_offers_pdf_without_keeping_that(make, qtbot, tmp_path):
    printers = PaperPrinters(tmp_path / "paper.pdf")
    window = make(printers)
    assert "no printer" in window.trouble.text()
    assert window.to_file
    assert window.again.isVisible()
    qtbot.mouseClick(window.print_button, Qt.MouseButton.LeftButton)
    assert (tmp_path / "out" / f"{UNIT.serial}-unit-label.pdf").exists()
    printers.known = Found(("Labels",), "Labels")
    assert make(printers, window._settings).printer.currentText() == "Labels"


def test_a_printer_that_came_is_found_by_looking_again(make, qtbot, tmp_path):
    printers = PaperPrinters(tmp_path / "paper.pdf")
    window = make(printers)
    printers.known = Found(("Labels",), "")
    qtbot.mouseClick(window.again, Qt.MouseButton.LeftButton)
    assert window.print_button.text() == "Print"
    assert window.printer.currentText() == "Labels"
    assert not window.trouble.isVisible()


def test_a_printer_that_left_is_named_before_and_after_the_click(make, qtbot, tmp_path):
    printers = PaperPrinters(tmp_path / "paper.pdf", "Office", usual="Office")
    window = make(printers, Settings({CHOICES: {"unit_label": {"printer": "Labels", "size": [60, 40], "dpi": 203}}}))
    assert "Labels is not there" in window.trouble.text()
    printers.known = Found(("Other",), "")
    qtbot.mouseClick(window.print_button, Qt.MouseButton.LeftButton)
    assert "Office is not there" in window.trouble.text()
    assert window.print_button.isEnabled()


def test_what_a_printer_does_not_take_is_told_and_can_be_had_as_pdf(make, qtbot, tmp_path):
    window = make(PaperPrinters(tmp_path / "no folder" / "paper.pdf", "Labels"))
    qtbot.mouseClick(window.print_button, Qt.MouseButton.LeftButton)
    assert "did not take the page" in window.trouble.text()
    assert window.isVisible()
    assert window.focusWidget() is window.pdf_button
    QTest.keyClick(window.pdf_button, Qt.Key.Key_Space)
    assert (tmp_path / "out" / f"{UNIT.serial}-unit-label.pdf").exists()


def test_a_label_too_small_for_its_codes_is_neither_printed_nor_saved(make, tmp_path):
    what = label_print(KINDS["unit_label"], UnitLabel("M" * 600, "S" * 600))
    window = make(PaperPrinters(tmp_path / "p.pdf", "Labels"), what=what)
    window.size_box.setCurrentIndex(0)
    assert "do not fit" in window.trouble.text()
    assert not window.print_button.isEnabled()
    assert not window.pdf_button.isEnabled()


def test_that_there_is_no_printer_stays_told_when_the_preview_comes_later(parent, tmp_path):
    class PaintsLater(AtOnce):
        later: list = []

        def run(self, job, done, failed=None, *, owner, progress=None):
            go = partial(super().run, job, done, failed, owner=owner)
            self.later.append(go) if isinstance(job, partial) else go()

    printers, runner = PaperPrinters(tmp_path / "p.pdf"), PaintsLater()
    window = PrintWindow(LABEL_PRINT, nav=Nav(), runner=runner, settings=Settings(), parent=parent, printers=printers)
    assert not window.print_button.isEnabled()
    for paint in runner.later:
        paint()
    assert "no printer" in window.trouble.text()
    assert window.print_button.isEnabled()


def test_a_size_that_is_large_enough_brings_back_what_was_told_of_printers(make, tmp_path):
    what = label_print(KINDS["unit_label"], UnitLabel("M" * 600, "S" * 600))
    window = make(PaperPrinters(tmp_path / "p.pdf"), what=what)
    window.size_box.setCurrentIndex(0)
    assert "do not fit" in window.trouble.text()
    window.size_box.setCurrentIndex(window.size_box.count() - 1)
    assert "no printer" in window.trouble.text()
    assert window.print_button.isEnabled()


def test_a_folder_that_cannot_be_written_is_told(make, tmp_path):
    (tmp_path / "file").write_text("")
    window = make(PaperPrinters(tmp_path / "p.pdf"), Settings({FOLDER: str(tmp_path / "file" / "x")}))
    window.save()
    assert "could not be written" in window.trouble.text()
    assert window.pdf_button.isEnabled()


def test_the_preview_turns_the_pages_of_a_paper(make, qtbot, tmp_path):
    window = make(PaperPrinters(tmp_path / "p.pdf", "Office"), what=LIST)
    preview = window.preview
    assert (preview.count.text(), preview.before.isEnabled(), preview.after.isEnabled()) == ("1/3", False, True)
    first = preview.picture.pixmap().toImage()
    qtbot.mouseClick(preview.after, Qt.MouseButton.LeftButton)
    qtbot.mouseClick(preview.after, Qt.MouseButton.LeftButton)
    assert (preview.count.text(), preview.after.isEnabled()) == ("3/3", False)
    assert preview.picture.pixmap().toImage() != first
    narrow = preview.picture.pixmap().width()
    qtbot.mouseClick(preview.zoom, Qt.MouseButton.LeftButton)
    assert preview.picture.pixmap().width() > narrow


def test_a_paper_comes_in_the_language_chosen_for_it_and_the_window_stays_in_its_own(make, tmp_path):
    window = make(PaperPrinters(tmp_path / "p.pdf", "Office"), what=LIST)
    window.language_box.setCurrentIndex(window.language_box.findData("zh_CN"))
    window.print()
    assert "装箱单" in pages(tmp_path / "p.pdf")[0][2]
    assert i18n.language() == "en"
    again = make(PaperPrinters(tmp_path / "q.pdf", "Office"), window._settings, LIST)
    assert again.language_box.currentData() == "zh_CN"
    again.language_box.setCurrentIndex(again.language_box.findData("en"))
    again.print()
    assert "Box list" in pages(tmp_path / "q.pdf")[0][2]
    i18n.set_language("zh_CN")
    retranslate(window)
    assert window.windowTitle() == "打印：装箱单"


def test_one_window_at_a_time_stands_beside_a_page(parent, qtbot, tmp_path):
    class Bench:
        nav, runner, settings = Nav(), AtOnce(), Settings()

    page = QWidget(parent)
    printers = PaperPrinters(tmp_path / "p.pdf", "Office")
    offer(Bench, page, LABEL_PRINT, printers)
    offer(Bench, page, LIST, printers)
    qtbot.waitUntil(lambda: [one.what for one in parent.findChildren(PrintWindow)] == [LIST])


def test_the_systems_printers_are_asked_and_an_unknown_one_is_refused(qapp):
    system = SystemPrinters()
    assert isinstance(system.found().names, tuple)
    with pytest.raises(Refusal) as caught:
        system.open("no such printer at all")
    assert caught.value.code == "printer_missing"


def test_printing_without_any_printer_is_a_refusal(qapp, tmp_path):
    with pytest.raises(Refusal) as caught:
        print_out(PaperPrinters(tmp_path / "p.pdf"), "Labels", LABEL_PRINT, LABEL, 203)
    assert caught.value.code == "printer_none"
