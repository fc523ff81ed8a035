"""Figures before and after a repair, through the order page: typed by keyboard, kept, marked, printed."""

from PySide6.QtCore import Qt
from PySide6.QtTest import QTest

from app import i18n
from app.queries.receipt_paper import receipt_facts
from app.ui.live import retranslate
from app.ui.printing.paper import Table
from app.ui.printing.repair_receipt import receipt_paper
from app.ui.widgets import Pill
from core.rows.jobs import MeasuredValue, Phase
from tests.journeys.legibility import cut_texts
from tests.journeys.places import ORDER
from tests.journeys.steps import bring_to, publish_measurements
from tests.journeys.test_order_page import after, open_page, texts

__all__ = ["open_page"]


def values(world) -> dict[tuple[str, str], int]:
    with world.store.reading() as rows:
        found = sorted(rows.find(MeasuredValue, order_id=ORDER), key=lambda one: (one.measured_at, one.id))
    return {(one.code, one.phase.value): one.value for one in found}


def opened(open_page, qtbot, world):
    """The page, with the keyboard in its window."""
    page = open_page(world)
    with qtbot.waitActive(page):
        page.activateWindow()
    return page


def test_figures_are_typed_one_after_the_other_and_what_is_wrong_is_marked(world, open_page, qtbot):
    publish_measurements(world)
    bring_to(world, "judged")
    page = opened(open_page, qtbot, world)
    card = page.measures
    assert card.isVisible() and "≤ 1 W" in texts(card) and "11.4–12.6 V" in texts(card) and "≥ 2 MΩ" in texts(card)
    assert ("INS", Phase.BEFORE) not in card.editors
    page.desk.mend_asked.emit("measurements")
    first = card.editors["PWR", Phase.BEFORE]
    assert first.hasFocus(), "before the repair comes first"
    QTest.keyClicks(first, "much")
    QTest.keyClick(first, Qt.Key.Key_Return)
    assert "is no figure" in card.fields["PWR", Phase.BEFORE].reason
    first.selectAll()
    QTest.keyClicks(first, "7.25")
    after(qtbot, page, lambda: QTest.keyClick(first, Qt.Key.Key_Return))
    second = card.editors["V12", Phase.BEFORE]
    assert second.hasFocus(), "Enter goes on"
    card.meter.setText("M-07")
    card.meter.editingFinished.emit()
    QTest.keyClicks(second, "12")
    after(qtbot, page, lambda: QTest.keyClick(second, Qt.Key.Key_Return))
    assert values(world) == {("PWR", "before"): 7_250, ("V12", "before"): 12_000}
    third = card.editors["PWR", Phase.AFTER]
    assert third.hasFocus()
    QTest.keyClicks(third, "1.001")
    after(qtbot, page, lambda: QTest.keyClick(third, Qt.Key.Key_Return))
    assert card.findChildren(Pill)[-1].text == third.toolTip() == "outside its limits"
    with world.store.reading() as rows:
        assert {one.tool for one in rows.find(MeasuredValue, order_id=ORDER)} == {"", "M-07"}
    assert "Standby power: outside its limits (after the repair)." in texts(page.preflight)
    assert "12 V rail: not measured (after the repair)." in texts(page.preflight)
    i18n.set_language("zh_CN")
    retranslate(page)
    after(qtbot, page, page.reload)
    qtbot.waitUntil(lambda: "检测数据" in texts(card), timeout=5000)
    assert "待机功耗：超出范围（维修后）。" in texts(page.preflight)
    assert cut_texts(page) == []


def test_what_is_missing_never_holds_up_the_order_and_the_receipt_shows_what_is_there(world, open_page, qtbot):
    publish_measurements(world)
    bring_to(world, "repaired")
    page = opened(open_page, qtbot, world)
    editor = page.measures.editors["INS", Phase.AFTER]
    editor.setFocus()
    QTest.keyClicks(editor, "20")
    after(qtbot, page, lambda: QTest.keyClick(editor, Qt.Key.Key_Tab))
    assert page.next.primary.text() == "Complete order", "a warning, not a dead end"
    bring_to(world, "completed")
    with world.store.reading() as rows:
        paper = receipt_paper(receipt_facts(rows, ORDER))
    (table,) = (one for one in paper.blocks if isinstance(one, Table) and one.heading == "Measured")
    assert [tuple(row) for row in table.rows] == [("Insulation resistance", "≥ 2 MΩ", "—", "20")]
    after(qtbot, page, page.reload)
    assert not page.measures.editors and "20" in texts(page.measures), "what was measured can be read, not written"


def test_the_card_is_not_there_where_the_class_asks_for_nothing(world, open_page):
    bring_to(world, "judged")
    assert not open_page(world).measures.isVisible()
