"""The scan page: a photographed label, a hand scanner, typing, an invoice, and what goes wrong."""

import threading
from pathlib import Path

import pytest
from PySide6.QtCore import QMimeData, Qt
from PySide6.QtGui import QGuiApplication, QImage
from PySide6.QtTest import QTest

from app.ui.pages.scan import ScanPage, scan_page
from app.ui.widgets import Banner
from core.identifiers import Invoice
from core.ids import derive
from core.rows.orders import Attachment, OrderUnit, ScanEvent, UnitVerdict
from tests.journeys.dropping import drop
from tests.journeys.places import ORDER, ROOT, UNIT, person_named, trade, units
from tools.labels import invoice_picture, phone_label, photograph, product_label

HEIC = Path(__file__).parent.parent / "data" / "label.heic"


@pytest.fixture
def label(tmp_path) -> Path:
    """The story unit's label as a phone would photograph it."""
    facts = trade().story
    file = tmp_path / "label.jpg"
    photograph(product_label(facts.model, facts.serial, facts.gtin[-13:]), tilt_deg=9, seed=3).save(file, quality=90)
    return file


def scan(at_work, login="liwei", **params) -> tuple:
    """A window on the scan page."""
    work = at_work(login, {"scan": scan_page, "settings": scan_page, "order": scan_page})
    work.shell.open("scan", **params)
    page = work.page
    assert isinstance(page, ScanPage)
    return work, page


def unit_of(work) -> OrderUnit:
    with work.opened.store.reading() as rows:
        found = rows.get(OrderUnit, UNIT)
    assert found is not None
    return found


def test_a_photographed_label_identifies_the_unit_and_judges_it(at_work, qtbot, label, every_look):
    work, page = scan(at_work, order=ORDER)
    page.take_file(label)
    qtbot.waitUntil(page.use_button.isEnabled, timeout=20_000)
    assert trade().story.serial in page.view.accessibleName()
    every_look(work.shell, "scan")
    page.setFocus()
    QTest.keyClick(page, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: unit_of(work).verdict_id is not None, timeout=10_000)
    unit = unit_of(work)
    assert (unit.serial, unit.model, unit.serial_source) == (trade().story.serial, trade().story.model, "scan")
    with work.opened.store.reading() as rows:
        event = rows.get(ScanEvent, unit.scan_id or "")
        kept = rows.find(Attachment, order_id=ORDER, kind="label")
        stored = rows.get(UnitVerdict, unit.verdict_id or "")
    assert event is not None and event.device_kind == "picture" and len(event.codes) >= 3
    assert [one.sha256 for one in kept] == [event.picture_sha256]
    assert work.bench.blobs.read(kept[0].sha256) == label.read_bytes()
    assert stored is not None and stored.outcome == "main_parts_only"
    qtbot.waitUntil(lambda: not page.use_button.isEnabled())
    assert page.verdict_card.findChildren(Banner)
    every_look(work.shell, "scan-used")


def test_a_picture_is_pasted_or_dropped_on_the_page(at_work, qtbot, label):
    _work, page = scan(at_work, order=ORDER)
    QGuiApplication.clipboard().setImage(QImage(str(label)))
    QTest.keyClick(page, Qt.Key.Key_V, Qt.KeyboardModifier.ControlModifier)
    qtbot.waitUntil(page.use_button.isEnabled, timeout=20_000)
    assert page._reading is not None and page._reading.serial == trade().story.serial
    page._clear()
    assert not page.use_button.isEnabled()
    assert drop(page, label)
    qtbot.waitUntil(page.use_button.isEnabled, timeout=20_000)
    assert page._reading is not None and page._reading.shot.picture == label.read_bytes()


def test_several_files_are_all_read_and_one_is_chosen(at_work, qtbot, label, tmp_path, every_look):
    _work, page = scan(at_work, order=ORDER)
    empty, broken, heic = tmp_path / "empty.png", tmp_path / "broken.jpg", HEIC
    QImage(200, 100, QImage.Format.Format_RGB32).save(str(empty))
    broken.write_bytes(b"no picture")
    assert drop(page, empty, label, broken, heic)
    qtbot.waitUntil(lambda: len(page.batch.batch.lines) == 4, timeout=60_000)
    said = [page.batch.list.item(row).text() for row in range(4)]
    assert [text.split()[0] for text in said] == ["empty.png", "label.jpg", "broken.jpg", "label.heic"]
    assert "No code found" in said[0] and trade().story.serial in said[1] and "not a picture" in said[2]
    qtbot.waitUntil(page.use_button.isEnabled, timeout=20_000)  # the first that says something is shown
    assert page._reading is not None and page._reading.serial == trade().story.serial
    every_look(_work.shell, "scan-several")
    page.batch.list.itemClicked.emit(page.batch.list.item(3))
    qtbot.waitUntil(lambda: page._reading is not None and page._reading.serial == "K35U5523A0810472", timeout=20_000)
    assert page._reading.shot.image is not None and page._reading.shot.image.width() == 1100, "HEIC is seen, too"
    page.batch.forget()
    assert page.batch.isHidden()


def test_reading_several_files_can_be_stopped(at_work, qtbot, label, monkeypatch):
    from app.ui.pages import scan_batch

    _work, page = scan(at_work)
    line, read, begun = scan_batch._line, [], threading.Event()

    def reading(bench, file, formats):
        read.append(file)
        assert begun.wait(20)
        page.batch.cancel()
        return line(bench, file, formats)

    monkeypatch.setattr(scan_batch, "_line", reading)
    assert drop(page, label, label, label)
    begun.set()
    qtbot.waitUntil(lambda: not page.batch.is_reading, timeout=60_000)
    assert (len(page.batch.batch.lines), page.batch.batch.left, len(read)) == (1, 2, 1)


def test_two_pictures_at_once_show_the_newest_with_its_own_codes(at_work, qtbot, label, tmp_path, monkeypatch):
    """The first one is held back until the second is on the page; its late answer changes nothing."""
    from app.ui.pages import scan as page_module

    _work, page = scan(at_work, order=ORDER)
    late, shown = threading.Event(), threading.Event()
    real = page_module.read_source

    def read_source(bench, source, formats):
        job = real(bench, source, formats)
        if source != first:
            return job

        def held(progress):
            late.wait(30)
            try:
                return job(progress)
            finally:
                shown.set()

        return held

    monkeypatch.setattr(page_module, "read_source", read_source)
    first = tmp_path / "other.png"
    product_label("LED55K35U", "K35U5522D0600002", "6930012100006").save(first)
    page.take_file(first)
    page.take_file(label)
    qtbot.waitUntil(lambda: page._reading is not None, timeout=20_000)
    size = page.view._image.size()
    late.set()
    qtbot.waitUntil(shown.is_set, timeout=20_000)
    qtbot.wait(200)
    assert page._reading.serial == trade().story.serial
    assert page.view._image.size() == size


def test_codes_scanned_in_one_breath_are_all_kept(at_work, qtbot):
    """The second is judged when the first is known, so that neither drops out of the label."""
    facts = trade().story
    _work, page = scan(at_work, order=ORDER)
    page.scanned(facts.serial, "wedge")
    page.scanned(facts.gtin[-13:], "wedge")
    qtbot.waitUntil(lambda: page._reading is not None and len(page._reading.shot.codes) == 2, timeout=10_000)
    assert page._reading.serial == facts.serial
    assert page.use_button.isEnabled()


def test_a_folder_is_left_to_the_window(at_work, tmp_path):
    _work, page = scan(at_work)
    assert not drop(page, tmp_path)


def test_an_order_of_two_units_identifies_one_after_the_other(at_work, qtbot, label):
    """An indoor and an outdoor unit: the second label goes to the second unit, and no label to both."""
    who = person_named("liwei")
    second = OrderUnit(
        id=derive(ROOT, "second unit"), version=1, branch_id=who.branch_id, station_id=who.place_id, order_id=ORDER,
        position=2,
    )  # fmt: skip
    work = at_work("liwei", {"scan": scan_page, "settings": scan_page, "order": scan_page}, rows=[second])
    work.shell.open("scan", order=ORDER)
    page = work.page
    assert isinstance(page, ScanPage)
    page.scanned(trade().story.serial, "wedge")
    qtbot.waitUntil(page.use_button.isEnabled, timeout=10_000)
    assert "unit 1 of 2" in page.header._subtitle.text()
    page.use()
    qtbot.waitUntil(lambda: page._target is not None and page._target.position == 2, timeout=10_000)
    assert not page.use_button.isEnabled(), "that serial is the first unit's"
    other = next(one.serial for one in units().values() if one.serial != trade().story.serial)
    page._clear()
    page.scanned(other, "wedge")
    qtbot.waitUntil(page.use_button.isEnabled, timeout=10_000)
    page.use()
    qtbot.waitUntil(lambda: page._target is not None and len(page._target.identified) == 2, timeout=10_000)
    with work.opened.store.reading() as rows:
        serials = [one.serial for one in sorted(rows.find(OrderUnit, order_id=ORDER), key=lambda one: one.position)]
    assert serials == [trade().story.serial, other]


def test_what_is_no_file_is_not_taken(at_work):
    _work, page = scan(at_work)
    words = QMimeData()
    words.setText("no picture")
    QGuiApplication.clipboard().setMimeData(words)
    QTest.keyClick(page, Qt.Key.Key_V, Qt.KeyboardModifier.ControlModifier)
    assert page.view.accessibleName() == ""  # nothing is said to be read


def test_an_invoice_fills_the_papers_and_the_verdict_follows(at_work, qtbot, label, tmp_path, every_look):
    work, page = scan(at_work, order=ORDER)
    page.scanned(trade().story.serial, "wedge")
    qtbot.waitUntil(page.use_button.isEnabled, timeout=10_000)
    page.use()
    qtbot.waitUntil(lambda: unit_of(work).serial is not None, timeout=10_000)
    qtbot.waitUntil(lambda: page._target is not None and page._target.serial is not None, timeout=10_000)
    facts = trade().story
    invoice = Invoice("10", "", facts.invoice_number, facts.invoice_fen, facts.invoice_date)
    file = tmp_path / "invoice.png"
    invoice_picture(invoice).save(file)
    page.take_file(file)
    qtbot.waitUntil(lambda: unit_of(work).invoice_date == facts.invoice_date, timeout=20_000)
    qtbot.waitUntil(lambda: unit_of(work).verdict_id is not None, timeout=10_000)
    assert unit_of(work).invoice_fen == facts.invoice_fen
    assert facts.invoice_date.isoformat() in page.view.accessibleName()
    every_look(work.shell, "scan-invoice")


def test_a_hand_scanner_reads_a_label_code_by_code(at_work, qtbot):
    _work, page = scan(at_work, order=ORDER)
    facts = trade().story
    assert page.scanned(facts.model, "wedge")
    qtbot.waitUntil(lambda: page._reading is not None, timeout=10_000)
    assert not page.use_button.isEnabled()
    assert page.scanned(facts.serial, "wedge")
    qtbot.waitUntil(page.use_button.isEnabled, timeout=10_000)
    assert page._reading is not None and len(page._reading.shot.codes) == 2
    assert not page.scanned("FX-O:SZ-260317-0271", "wedge")


def test_typing_tells_what_is_wrong_before_it_can_be_used(at_work, qtbot):
    work, page = scan(at_work, order=ORDER)
    qtbot.waitUntil(lambda: bool(page.typed._patterns), timeout=10_000)
    for text, words in (
        ("861234567890123", "wrong digit"),
        ("000000000000", "not a real serial"),
        ("ABC", "Too short"),
    ):
        page.typed.line.setText(text)
        assert words in page.typed.check.text(), text
        assert not page.typed.button.isEnabled()
    page.typed.line.setText(trade().story.serial.lower())
    assert page.typed.button.isEnabled()
    page.typed.offer()
    qtbot.waitUntil(page.use_button.isEnabled, timeout=10_000)
    page.use()
    qtbot.waitUntil(lambda: unit_of(work).serial == trade().story.serial, timeout=10_000)
    assert unit_of(work).serial_source == "typed"


def test_a_letter_o_typed_for_a_zero_is_asked_about_and_never_changed_silently(at_work, qtbot):
    _work, page = scan(at_work, order=ORDER)
    qtbot.waitUntil(lambda: bool(page.typed._patterns), timeout=10_000)
    serial = trade().story.serial
    typed = serial.replace("0", "O")
    assert typed != serial
    page.typed.line.setText(typed)
    qtbot.waitUntil(lambda: page.typed.meant.isVisibleTo(page), timeout=10_000)
    assert serial in page.typed.meant.text()
    assert page.typed.line.text() == typed
    qtbot.mouseClick(page.typed.meant, Qt.MouseButton.LeftButton)
    assert page.typed.line.text() == serial
    assert not page.typed.meant.isVisibleTo(page)


def test_two_serials_on_one_picture_are_a_choice(at_work, qtbot, tmp_path, every_look):
    work, page = scan(at_work)
    known = [unit for unit in trade().units if unit.model == trade().story.model][:3]
    file = tmp_path / "two.png"
    phone_label(known[1].model, known[1].serial, (known[2].serial,), trade().story.gtin[-13:]).save(file)
    page.take_file(file)
    qtbot.waitUntil(lambda: page._reading is not None, timeout=20_000)
    assert page._reading is not None and len(page._reading.label.tie) == 2
    every_look(work.shell, "scan-tie")
    page._pick(known[2].serial)
    qtbot.waitUntil(lambda: page._reading is not None and page._reading.serial == known[2].serial, timeout=10_000)
    assert page._reading is not None and page._reading.is_known


def test_a_file_without_codes_and_one_that_is_no_picture_say_so(at_work, qtbot, tmp_path):
    from PIL import Image

    _work, page = scan(at_work)
    Image.new("RGB", (400, 300), "white").save(tmp_path / "white.png")
    page.take_file(tmp_path / "white.png")
    qtbot.waitUntil(lambda: "No bar code was found" in page.view.accessibleName(), timeout=20_000)
    (tmp_path / "notes.txt").write_text("no picture")
    page.take_file(tmp_path / "notes.txt")
    qtbot.waitUntil(lambda: "is not a picture" in page.view.accessibleName(), timeout=20_000)


def test_a_unit_the_maker_never_made_is_told(at_work, qtbot, every_look):
    work, page = scan(at_work)
    page.scanned(trade().story.serial[:-2] + "99", "serial")
    qtbot.waitUntil(lambda: page._reading is not None, timeout=10_000)
    every_look(work.shell, "scan-unknown")
    assert page._reading is not None and not page._reading.is_known


def test_a_camera_reads_and_is_given_back_when_leaving(at_work, qtbot, tmp_path, label):
    import cv2

    film = tmp_path / "film.avi"
    picture = cv2.imread(str(label))
    picture = cv2.resize(picture, (1280, 720))
    out = cv2.VideoWriter(str(film), cv2.VideoWriter_fourcc(*"MJPG"), 10, (1280, 720))
    assert out.isOpened()
    for _ in range(40):
        out.write(picture)
    out.release()
    work, page = scan(at_work, order=ORDER)
    work.bench.settings.set("camera_source", str(film))
    page.camera_button.click()
    qtbot.waitUntil(lambda: page._reading is not None and page._reading.serial is not None, timeout=30_000)
    assert page._reading is not None and page._reading.shot.source == "camera"
    work.shell.open("settings")
    assert not page.camera.is_running


def test_a_camera_that_is_not_there_is_told(at_work, qtbot):
    work, page = scan(at_work)
    work.bench.settings.set("camera_source", "/nowhere/film.avi")
    page.camera_button.click()
    qtbot.waitUntil(lambda: "can’t be opened" in page.view.accessibleName(), timeout=10_000)
    assert not page.camera.is_running
