"""Why this serial number: the order page shows the scans behind it, and doubts a number whose day can't be."""

from datetime import timedelta
from pathlib import Path

import pytest
from PIL import Image
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QLabel, QWidget

from app.actions import act
from app.ui.pages.order.evidence import EvidencePopover
from app.ui.pages.order.page import OrderPage, order_page
from app.ui.pages.scan import ScanPage, scan_page
from app.ui.widgets import Banner, Link, Pill
from core.identifiers import make_serial
from core.reference import serial_patterns
from core.rows.orders import OrderUnit
from tests.journeys.places import NOW, ORDER, UNIT, trade
from tools.labels import bars, photograph, product_label

WAIT = 60_000


@pytest.fixture
def work(at_work):
    return at_work("liwei", {"scan": scan_page, "order": order_page})


def texts(widget: QWidget) -> str:
    QApplication.processEvents()
    return "\n".join(label.text() for label in widget.findChildren(QLabel) if label.isVisible())


def order_shown(work, qtbot) -> OrderPage:
    work.shell.open("order", order=ORDER)
    page = work.page
    assert isinstance(page, OrderPage)
    qtbot.waitUntil(lambda: page.desk.view is not None and page.unit.isVisible(), timeout=WAIT)
    return page


def evidence(page: OrderPage, qtbot) -> EvidencePopover:
    """Opened by its link on the unit's card."""
    link = next(one for one in page.unit.findChildren(Link) if one.isVisible() and one.text() == "Why this number")
    qtbot.mouseClick(link, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: page.unit.evidence is not None and page.unit.evidence.isVisible(), timeout=WAIT)
    assert page.unit.evidence is not None
    return page.unit.evidence


def made_on(work, day) -> str:
    """A serial of the story's model made on a day."""
    with work.opened.store.reading() as rows:
        pattern = next(one for one in serial_patterns(rows) if one.prefix_of(trade().story.model))
    return make_serial(pattern, pattern.prefix_of(trade().story.model) or "", day, 4712)


def test_the_scan_behind_a_serial_is_shown_with_its_bytes_and_picture(work, qtbot, tmp_path, every_look):
    facts = trade().story
    label = tmp_path / "label.jpg"
    photograph(product_label(facts.model, facts.serial, facts.gtin[-13:]), tilt_deg=9, seed=3).save(label, quality=90)
    act("identify_unit", {"order_id": ORDER, "serial": made_on(work, facts.made)}, work.bench.desk)
    work.shell.open("scan", order=ORDER)
    scan = work.page
    assert isinstance(scan, ScanPage)
    qtbot.waitUntil(lambda: scan._target is not None, timeout=WAIT)
    scan.take_file(label)
    qtbot.waitUntil(scan.use_button.isEnabled, timeout=WAIT)
    scan.use()
    qtbot.waitUntil(lambda: scan._target is not None and scan._target.serial == facts.serial, timeout=WAIT)

    page = order_shown(work, qtbot)
    qtbot.waitUntil(lambda: page.desk.view.unit.serial == facts.serial, timeout=WAIT)
    assert not page.unit.doubt.isVisible()
    pop = evidence(page, qtbot)
    said = texts(pop)
    assert "Read in scan 2." in said
    assert [pill.text for pill in pop.findChildren(Pill)].count("Proves the number") == 1
    assert f"Bytes: {facts.serial}" in said
    assert "zxing" in said and "Picture · label.jpg" in said
    assert "(on this computer)" in said
    assert "Scan 1" in said and "Typed" in said
    every_look(work.shell, "order-evidence")
    QTest.keyClick(pop, Qt.Key.Key_Escape)
    assert not pop.isVisible()


def test_a_typed_serial_of_a_day_to_come_is_doubted_where_it_is_read_and_on_the_order(work, qtbot, every_look):
    serial = made_on(work, (NOW + timedelta(days=400)).date())
    work.shell.open("scan", order=ORDER)
    scan = work.page
    assert isinstance(scan, ScanPage)
    qtbot.waitUntil(lambda: scan._target is not None, timeout=WAIT)
    scan.take_text(serial, "typed")
    qtbot.waitUntil(scan.use_button.isEnabled, timeout=WAIT)
    banners = [one.accessibleDescription() for one in scan.side.registry_card.findChildren(Banner)]
    assert any("still to come" in text for text in banners)
    every_look(work.shell, "scan-doubt")
    scan.use()
    qtbot.waitUntil(lambda: scan._target is not None and scan._target.serial == serial, timeout=WAIT)

    page = order_shown(work, qtbot)
    qtbot.waitUntil(page.unit.doubt.isVisible, timeout=WAIT)
    assert "still to come" in page.unit.doubt.accessibleDescription()
    pop = evidence(page, qtbot)
    assert "Typed by hand; no scan proves it." in texts(pop)
    every_look(work.shell, "order-doubt")
    pop.close_panel()


def test_a_serial_that_its_scan_does_not_hold_is_said_to_be_unproven(work, qtbot):
    facts = trade().story
    codes = [{"text": facts.gtin, "format": "EAN13"}, {"text": facts.model, "format": "Code128"}]
    given = {"order_id": ORDER, "source": "wedge", "codes": codes, "serial": facts.serial, "model": facts.model}
    act("identify_unit", given, work.bench.desk)
    with work.opened.store.reading() as rows:
        assert rows.get(OrderUnit, UNIT).serial == facts.serial
    page = order_shown(work, qtbot)
    qtbot.waitUntil(page.unit.doubt.isVisible, timeout=WAIT)
    assert "No code of its scan holds this number." in page.unit.doubt.accessibleDescription()


def test_an_order_s_form_narrows_the_files_too(work, qtbot, tmp_path):
    """A flat television's label has no ITF: the carton's code beside it is left alone, and read where no order asks."""
    label: Path = tmp_path / "label.png"
    picture = product_label(trade().story.model, trade().story.serial, trade().story.gtin[-13:])
    wide = Image.new("RGB", (picture.width, picture.height + 160), "white")
    wide.paste(picture, (0, 0))
    wide.paste(bars("itf", "12345678901231"), (60, picture.height + 40))
    wide.save(label)

    def formats_read(**params) -> set[str]:
        work.shell.open("scan", **params)
        scan = work.page
        assert isinstance(scan, ScanPage)
        scan._clear()
        qtbot.waitUntil(lambda: bool(params) == bool(scan._target), timeout=WAIT)
        scan.take_file(label)
        qtbot.waitUntil(lambda: scan._reading is not None and scan._reading.serial is not None, timeout=WAIT)
        return {code.format for code in scan._reading.shot.codes}

    assert "ITF" not in formats_read(order=ORDER)
    assert "ITF" in formats_read()
