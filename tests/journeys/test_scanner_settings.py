"""The scanner's settings and test bench: why a scan counts, the test scan, and a serial port by a real terminal."""

import os
import random

import numpy as np
import pytest
import zxingcpp
from PySide6.QtGui import QGuiApplication, QImage

from app.scanner.calibration import BARS_TEXT, MATRIX_TEXT, calibrate
from app.scanner.heard import ScannedText, evidence_of, heard_keys
from app.scanner.strokes import ENTER, GS, LAYOUTS, Stroke
from app.scanner.wedge import GS_AS_ITSELF, BurstDetector, WedgeSettings
from app.ui.hearing import Hearing
from app.ui.pages.scan_port import PortReader
from app.ui.pages.settings import SettingsPage, settings_page
from app.ui.pages.settings_calibration import CodeView
from app.ui.wedge_filter import WedgeFilter
from app.window.scanners import Scanners
from tests.journeys.bench import AtWork
from tests.unit.rhythms import SCANNERS, play, strokes_of

WAIT = 20_000


@pytest.fixture(name="settings")
def _settings(at_work, themed, qtbot):
    """The settings' page of a window that listens to a keyboard and to a serial port."""
    made: list[Hearing] = []

    def page(bench):
        wedge = WedgeFilter(BurstDetector(WedgeSettings.kept(bench.settings.get("wedge", {}))))
        made.append(Hearing(wedge, PortReader(bench.runner)))
        return settings_page(bench, None, None, made[-1])

    work: AtWork = at_work("liwei", {"settings": page})
    shown = work.page
    assert isinstance(shown, SettingsPage)
    yield work, shown, made[0]
    assert made[0].port is not None
    made[0].port.stop()


def row_of(text, *, layout="us", caps=False, ends=ENTER):
    """The keys of a scan at a computer with that layout."""
    events = strokes_of(text + ends, SCANNERS[1], random.Random(1))
    for _at, stroke, down in events:
        if down and stroke.text >= " ":
            pair = LAYOUTS[layout].get(stroke.position, (stroke.text, stroke.text))
            stroke.text = pair[stroke.shift ^ caps if pair[0].isalpha() else stroke.shift]
            stroke.caps = caps
    (row,) = play(events)
    return row


def test_the_bench_tells_what_was_accepted_and_why(settings, every_look):
    work, page, _hearing = settings
    page.scanned(ScannedText.of(heard_keys(row_of("]C1K35U5525A0104711"), WedgeSettings())), "wedge")
    bench = page.test
    assert (bench.kind.text, bench.result.text()) == ("Scan accepted", "K35U5525A0104711")
    assert "Code 128 ]C1" in bench.source.text()
    assert "rhythm of a scanner" in bench.rule.text() and "19 keys" in bench.rule.text()
    assert bench.raw.text().startswith("5D 43 31 4B")
    every_look(work.shell, "settings-scanner")


def test_what_the_code_means_is_told_by_the_makers_patterns(settings, qtbot):
    _work, page, _hearing = settings
    page.scanned("1234567890", "typed")
    qtbot.waitUntil(lambda: "no number" in page.test.meaning.text(), timeout=WAIT)


def test_refusals_and_typing_that_was_nearly_a_scan_are_told(settings, qtbot):
    _work, page, hearing = settings
    slow = strokes_of("12345678", SCANNERS[1], random.Random(1))
    hearing.wedge.heard.emit(heard_keys(play(slow, WedgeSettings(prefix="#"))[0], WedgeSettings()))
    assert page.test.kind.text == "Typing"
    assert "prefix or suffix is not there" in page.test.rule.text()
    mixed = row_of("K35U5525A0104711")._replace(kind="refused", rule="scan_mixed")
    hearing.wedge.heard.emit(heard_keys(mixed, WedgeSettings()))
    assert page.test.kind.text == "Scan refused"
    assert "Two came at once" in page.test.rule.text()


def test_the_last_twenty_are_kept_copied_and_cleared(settings):
    _work, page, _hearing = settings
    for number in range(25):
        page.scanned(f"SN{number:06}", "wedge")
    bench = page.test
    assert bench.history.count() == 20
    bench.history.setCurrentRow(19)
    assert bench.result.text() == "SN000005"
    bench.copy()
    lines = QGuiApplication.clipboard().text().splitlines()
    assert len(lines) == 20
    assert "SN000024" in lines[0] and lines[0].endswith("53 4E 30 30 30 30 32 34")
    bench.clear_history()
    assert (bench.history.count(), bench.copy_button.isEnabled()) == (0, False)


def image_of(view):
    grey = view.grab().toImage().convertToFormat(QImage.Format.Format_Grayscale8)
    rows = np.frombuffer(bytes(grey.constBits()), np.uint8).reshape(grey.height(), grey.bytesPerLine())
    return np.ascontiguousarray(rows[:, : grey.width()])


def test_the_codes_on_the_screen_can_be_read_and_say_the_test_text(settings):
    _work, page, _hearing = settings
    page.test.calibrate_button.click()
    read = {
        bytes(code.bytes).decode()
        for view in page.findChildren(CodeView)
        for code in zxingcpp.read_barcodes(image_of(view))
    }
    assert read == {BARS_TEXT, MATRIX_TEXT}


def test_a_test_scan_is_understood_and_taken_over(settings, every_look):
    work, page, hearing = settings
    page.test.calibrate_button.click()
    panel = page.test.calibration
    hearing.wedge.row_over.emit(row_of("#]Q3" + MATRIX_TEXT.replace(GS, "~") + "%", layout="de", caps=True))
    assert panel.use_button.isVisible()
    every_look(work.shell, "settings-test-scan")
    panel.use_button.click()
    kept = work.bench.settings.get("wedge")
    assert kept == {
        "prefix": "#", "suffix": "%", "gs": "~", "layout": "us", "caps": "swap", "enters": 1, "shortest": 6,
    }  # fmt: skip
    assert (page.scanner.prefix.text(), page.scanner.gs.text(), page.scanner.layout_box.currentData()) == (
        "#",
        "~",
        "us",
    )
    assert not panel.waits


def test_something_else_is_no_test_scan(settings):
    _work, page, hearing = settings
    page.test.calibrate_button.click()
    hearing.wedge.row_over.emit(row_of("K35U5525A0104711"))
    assert page.test.calibration.result.accessibleName().startswith("That was not one of the test codes")
    assert not page.test.calibration.use_button.isVisible()
    page.leaving()
    assert not page.test.calibration.waits


@pytest.mark.parametrize(
    ("row", "expected"),
    [
        (row_of(BARS_TEXT), WedgeSettings(layout="us")),
        (row_of("]C0" + BARS_TEXT), WedgeSettings(layout="us")),
        (row_of(BARS_TEXT, layout="fr"), WedgeSettings(layout="us")),
        (row_of(BARS_TEXT, ends=""), WedgeSettings(layout="us", enters=0)),
        (row_of(BARS_TEXT, ends="\r\r")._replace(kind="refused"), WedgeSettings(layout="us", enters=2)),
        (row_of(BARS_TEXT.swapcase(), caps=True), WedgeSettings(layout="us", caps="keep")),
        (row_of(BARS_TEXT[1:]), None),
        (row_of(MATRIX_TEXT), WedgeSettings(layout="us", gs=GS_AS_ITSELF)),
    ],
)
def test_what_a_test_scan_reveals(row, expected):
    found = calibrate(row)
    assert (found.settings if found else None) == expected


def test_a_scanner_on_another_keyboard_than_the_usual_is_known_by_its_test_scan():
    french = {text: (place, bool(shift)) for place, pair in LAYOUTS["fr"].items() for shift, text in enumerate(pair)}
    keys = tuple(
        Stroke(8.0 * at, LAYOUTS["us"][french[key][0]][french[key][1]], *french[key])
        for at, key in enumerate(BARS_TEXT)
    )
    found = calibrate(row_of(BARS_TEXT)._replace(strokes=keys))
    assert found is not None and found.settings.layout == "fr"


@pytest.mark.skipif(not hasattr(os, "openpty"), reason="pseudo-terminals exist on POSIX systems only")
def test_a_serial_port_is_typed_connected_and_its_speed_found(settings, qtbot):
    work, page, hearing = settings
    end, other = os.openpty()
    name, fields = os.ttyname(other), page.scanner.serial
    fields.port.setEditText(name)
    fields.keep_typed()
    assert work.bench.settings.get("serial_port") == name
    from app.ui.pages.scan_port import kept_line

    hearing.port.listen(kept_line(work.bench.settings))
    qtbot.waitUntil(lambda: fields.state.text == "connected", timeout=WAIT)
    with qtbot.waitSignal(hearing.port.heard, timeout=WAIT) as heard:
        os.write(end, b"]C1K35U5525A0104711\r")
    assert (heard.args[0].text, heard.args[0].symbology_id, heard.args[0].device) == ("K35U5525A0104711", "]C1", name)
    fields.find_speed()
    qtbot.waitUntil(lambda: fields.said.text().endswith("scan any code."), timeout=WAIT)
    os.write(end, b"K35U5525A0104711\r")
    qtbot.waitUntil(lambda: "once more" in fields.said.text(), timeout=WAIT)
    os.write(end, b"K35U5525A0104711\r")
    qtbot.waitUntil(lambda: work.bench.settings.get("serial_baud") == 9600, timeout=WAIT)
    qtbot.waitUntil(lambda: fields.state.text == "connected", timeout=WAIT)
    os.close(end)
    qtbot.waitUntil(lambda: fields.state.text == "being looked for", timeout=WAIT)
    assert "was unplugged" in fields.said.text() or "can’t be opened" in fields.said.text()
    hearing.port.stop()
    os.close(other)


def test_every_control_of_the_scanner_has_a_name(settings):
    _work, page, _hearing = settings
    page.test.calibrate_button.click()
    controls = [
        page.scanner.prefix, page.scanner.suffix, page.scanner.gs, page.scanner.layout_box, page.scanner.ends,
        page.scanner.serial.port, page.scanner.serial.speed, page.scanner.serial.parity, page.test.line,
        page.test.history, *page.findChildren(CodeView),
    ]  # fmt: skip
    assert all(control.accessibleName() for control in controls)


def test_the_window_hands_scans_on_with_their_evidence_and_tells_refusals(settings, themed, qtbot):
    work, _page, _hearing = settings
    work.bench.settings.set("wedge", {"prefix": "#", "suffix": ""})  # as an older version of the program keeps it
    scanners = Scanners(work.bench.settings, work.bench.runner)
    scanners.listen(themed)
    hearing = scanners.hearing()
    kept = WedgeSettings.kept(work.bench.settings.get("wedge"))
    row = row_of("#]C1K35U5525A0104711")
    with qtbot.waitSignal(scanners.read, timeout=WAIT) as read:
        hearing.wedge.heard.emit(heard_keys(row, kept))
    text, source = read.args
    assert (text, source, evidence_of(text).symbology_id) == ("K35U5525A0104711", "wedge", "]C1")
    with qtbot.waitSignal(scanners.refused, timeout=WAIT) as refused:
        hearing.wedge.heard.emit(heard_keys(row._replace(kind="refused", rule="scan_mixed"), kept))
    assert refused.args[0].code == "scan_mixed"
    scanners.stop()
