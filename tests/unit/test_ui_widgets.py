"""The kit's controls: worked by keyboard, spoken to a screen reader, and never cut by long texts."""

from io import BytesIO

import pytest
from PIL import Image
from PySide6.QtCore import QMimeData, QPointF, Qt, QUrl
from PySide6.QtGui import QGuiApplication, QImage
from PySide6.QtTest import QAbstractItemModelTester, QTest
from PySide6.QtWidgets import QLineEdit, QVBoxLayout, QWidget

from app import i18n
from app.ui import keys, live
from app.ui.widgets import (
    Button,
    Check,
    Checklist,
    Chip,
    Choice,
    Column,
    ComboSearch,
    DataTable,
    EmptyState,
    Field,
    FilterChips,
    KeyValueGrid,
    Label,
    Photo,
    PhotoStrip,
    Pill,
    ProgressLine,
    RowsModel,
    ScrollColumn,
    SignaturePad,
    Step,
    StepBar,
)
from app.ui.widgets.combo_search import find
from app.ui.widgets.rows_model import IdRole, ToneRole

LONG = "Donaudampfschifffahrtselektrizitätenhauptbetriebswerkbauunterbeamtengesellschaft " * 3


@pytest.fixture
def show(qtbot):
    def shown(widget, width=400, height=300):
        qtbot.addWidget(widget)
        widget.resize(width, height)
        with qtbot.waitActive(widget):
            widget.show()
            widget.activateWindow()
        return widget

    return shown


# --- buttons and labels ---------------------------------------------------------------------------------------------


def test_a_button_fires_by_its_shortcut_and_shows_it(show, qtbot):
    page = show(QWidget())
    fired = []
    button = Button(lambda: i18n._("Lock"), lambda: fired.append(1), shortcut="F8", parent=page)
    button.show()
    QTest.keyClick(page, Qt.Key.Key_F8)
    assert fired == [1]
    assert keys.hints(page) == [keys.KeyHint("F8", "Lock")]
    i18n.set_language("zh_CN")
    live.retranslate(page)
    QTest.keyClick(page, Qt.Key.Key_F8)
    assert fired == [1, 1]
    assert button.accessibleName() == "锁定"


@pytest.mark.parametrize("widget", [lambda: Pill(LONG, "warn", "clock"), lambda: Button(LONG, icon="print")])
def test_long_words_never_widen_the_window(qtbot, widget):
    made = widget()
    qtbot.addWidget(made)
    assert made.minimumSizeHint().width() <= 64
    made.resize(120, 32)
    assert not made.grab().isNull()


def test_a_pill_tells_its_whole_text_where_it_is_cut(show):
    pill = show(Pill(LONG, "ok"), width=120, height=22)
    pill.grab()
    assert pill.toolTip() == LONG
    pill.say("short", "bad")
    pill.grab()
    assert (pill.toolTip(), pill.tone, pill.accessibleName()) == ("", "bad", "short")


# --- steps, key values, checklist -----------------------------------------------------------------------------------


def test_the_steps_speak_where_one_is(show):
    bar = show(StepBar([Step("Accept", "done"), Step("Visit", "current"), Step(LONG)]), 700, 30)
    assert bar.accessibleName() == "Step 2 of 3: Visit"
    bar.set_steps([Step("Accept", "done"), Step("Visit", "done")])
    assert bar.accessibleName() == "2 of 2 steps done"
    bar.resize(60, 30)
    assert not bar.grab().isNull()


def test_key_values_wrap_and_are_spoken_together(show, qtbot):
    grid = show(KeyValueGrid([("Model", LONG), ("Ends", "2026-03-06", "bad")]), 300, 300)
    values = [label for label in grid.findChildren(Label) if label.wordWrap()]
    assert values[1].accessibleName() == "Ends: 2026-03-06"
    assert values[0].width() <= 300
    grid.set_rows([("Model", "T55")])
    qtbot.waitUntil(lambda: [x.text() for x in grid.findChildren(Label) if x.isVisible()] == ["Model", "T55"])


def test_a_check_is_mended_by_its_link(show):
    mended = []
    checks = [Check("ok", "fine"), Check("bad", "no serial", "Scan", lambda: mended.append(1))]
    checklist = show(Checklist(checks))
    link = next(b for b in checklist.findChildren(QWidget) if b.property("link"))
    link.setFocus()
    QTest.keyClick(link, Qt.Key.Key_Space)
    assert mended == [1]


# --- fields ----------------------------------------------------------------------------------------------------------


def test_a_refusal_stands_at_its_field_and_takes_the_keyboard(show):
    line, other = QLineEdit(), QLineEdit()
    page = QWidget()
    box = QVBoxLayout(page)
    field = Field("Serial", line)
    box.addWidget(field)
    box.addWidget(other)
    show(page)
    other.setFocus()
    field.refuse("The last figure should be 7.")
    assert field.refused
    assert (line.hasFocus(), line.accessibleName()) == (True, "Serial")
    assert line.accessibleDescription() == field.reason == "The last figure should be 7."
    field.accept()
    assert (field.reason, line.accessibleDescription()) == ("", "")


CHOICES = [
    Choice("134", "无图像，有声音", "no picture sound"),
    Choice("211", "不通电", "no power"),
    Choice("34", "花屏", "distorted"),
]


@pytest.mark.parametrize(
    ("typed", "ids"),
    [
        ("34", ["34", "134"]),
        ("btd", ["211"]),
        ("butongdian", ["211"]),
        ("wtx sound", ["134"]),
        ("p", ["134", "211", "34"]),
        ("h", ["34"]),
        ("图像", ["134"]),
        ("NO P", ["134", "211"]),
        ("zz", []),
        ("", ["134", "211", "34"]),
    ],
)
def test_choices_are_found_by_code_either_language_and_pinyin(typed, ids):
    assert [choice.id for choice in find(CHOICES, typed)] == ids


def test_a_choice_is_taken_by_keyboard_alone(show, qtbot):
    combo = show(ComboSearch(CHOICES))
    picked = []
    combo.picked.connect(picked.append)
    combo.setFocus()
    QTest.keyClicks(combo, "no")
    QTest.keyClick(combo, Qt.Key.Key_Down)
    QTest.keyClick(combo, Qt.Key.Key_Return)
    assert picked == ["211"]
    assert combo.text().startswith("211")
    QTest.keyClicks(combo, "garbage")
    QTest.keyClick(combo, Qt.Key.Key_Escape)
    combo.clearFocus()
    assert combo.current_id() == "211"
    assert combo.text() == "211  不通电"
    combo.clear()
    assert picked == ["211", ""]


def test_what_is_no_choice_does_not_stay(show):
    page = QWidget()
    combo, other = ComboSearch(CHOICES), QLineEdit()
    box = QVBoxLayout(page)
    box.addWidget(combo)
    box.addWidget(other)
    show(page)
    combo.setFocus()
    QTest.keyClicks(combo, "not there")
    other.setFocus()
    assert (combo.text(), combo.current_id()) == ("", "")


# --- chips and table --------------------------------------------------------------------------------------------------


def test_chips_are_exclusive_walked_by_arrows_and_keep_their_choice(show):
    chips = show(FilterChips([Chip("all", "All", 1284), Chip("late", "Overdue", 6, "bad")]))
    seen = []
    chips.changed.connect(seen.append)
    assert chips.active() == ["all"]
    first, second = chips.findChildren(QWidget)[:2]
    first.setFocus()
    QTest.keyClick(first, Qt.Key.Key_Right)
    assert second.hasFocus()
    QTest.keyClick(second, Qt.Key.Key_Space)
    assert seen == [["late"]]
    chips.set_chips([Chip("all", "All", 1283), Chip("late", "Overdue", 5, "bad")])
    assert chips.active() == ["late"]


def test_several_chips_may_be_on_where_that_is_meant(show):
    chips = show(FilterChips([Chip("a", "A"), Chip("b", "B")], exclusive=False))
    chips.activate("a")
    chips.activate("b")
    assert chips.active() == ["a", "b"]


def _model(count):
    columns = [
        Column("Order", lambda n: f"SZ-{n}", tone=lambda _n: "link", sort=int),
        Column(lambda: i18n._("Fees"), lambda n: f"{n} fen", tone=lambda n: "bad" if n % 2 else "ok", number=True),
    ]
    return RowsModel(columns, str, list(range(count)))


def test_the_model_keeps_qts_contract_while_rows_change(qapp):
    model = _model(5)
    tester = QAbstractItemModelTester(model, QAbstractItemModelTester.FailureReportingMode.Fatal)
    model.sort(0, Qt.SortOrder.DescendingOrder)
    assert [model.row_at(n) for n in range(5)] == [4, 3, 2, 1, 0]
    model.set_rows([7, 9, 8])
    assert [model.row_at(n) for n in range(3)] == [9, 8, 7]
    assert model.set_row(9)
    assert not model.set_row(100)
    assert model.index(0, 0).data(IdRole) == "9"
    assert model.index(0, 1).data(ToneRole) == "bad"
    del tester


def test_the_table_tells_ids_by_keyboard(show):
    table = show(DataTable(_model(100_000)).sortable().name("Orders"))
    chosen, opened = [], []
    table.chosen.connect(chosen.append)
    table.opened.connect(opened.append)
    table.setFocus()
    assert table.current_id() == "0"
    QTest.keyClick(table, Qt.Key.Key_Down)
    QTest.keyClick(table, Qt.Key.Key_Return)
    assert (chosen, opened) == (["1"], ["1"])
    assert table.select_id("99999")
    assert table.current_id() == "99999"
    assert table.accessibleName() == "Orders"


def test_the_cursor_stays_on_its_id_when_rows_are_sorted_or_replaced(show):
    model = _model(50)
    table = show(DataTable(model))
    table.select_id("7")
    chosen = []
    table.chosen.connect(chosen.append)
    model.sort(0, Qt.SortOrder.DescendingOrder)
    assert (table.current_id(), table.currentIndex().row()) == ("7", 42)
    model.set_rows([5, 6, 7])
    assert (table.current_id(), table.currentIndex().row()) == ("7", 0)
    assert chosen == []


def test_the_whole_row_under_the_pointer_is_marked(show):
    table = show(DataTable(_model(5)))
    QTest.mouseMove(table.viewport(), table.visualRect(table.model().index(2, 0)).center())
    assert table.hovered == 2


def test_an_empty_table_says_what_belongs_there(show):
    empty = EmptyState("No orders yet", "They come with the next sync.")
    model = _model(0)
    table = show(DataTable(model, empty))
    assert empty.isVisible()
    assert empty.parent() is table.viewport()
    model.set_rows([1])
    assert not empty.isVisible()


def test_column_titles_follow_the_language(show):
    table = show(DataTable(_model(1)))
    i18n.set_language("zh_CN")
    assert table.model().headerData(1, Qt.Orientation.Horizontal) == "费用"


# --- signature, photos, progress, scrolling ---------------------------------------------------------------------------


def _dark(png):
    return sum(1 for value in Image.open(BytesIO(png)).convert("L").tobytes() if value < 128)


def test_a_signature_is_drawn_undone_and_given_as_a_picture(show):
    pad = show(SignaturePad(), 480, 240)
    assert pad.png() is None
    paper = pad.paper
    QTest.mousePress(paper, Qt.MouseButton.LeftButton, pos=QPointF(40, 40).toPoint())
    QTest.mouseMove(paper, QPointF(200, 60).toPoint())
    QTest.mouseRelease(paper, Qt.MouseButton.LeftButton, pos=QPointF(200, 60).toPoint())
    first = pad.png()
    assert first is not None
    assert Image.open(BytesIO(first)).size == (900, 300)
    assert _dark(first) > 100
    pad.undo()
    assert not pad.signed


def test_a_typed_name_signs_too(show):
    pad = show(SignaturePad())
    line = pad.findChild(QLineEdit)
    QTest.keyClicks(line, "Chen")
    assert (pad.signed, pad.typed_name) == (True, "Chen")
    assert _dark(pad.png()) > 100
    pad.clear()
    assert pad.png() is None


def test_photos_are_added_by_paste_and_drop(show, qtbot, tmp_path):
    strip = show(PhotoStrip())
    image = QImage(8, 8, QImage.Format.Format_RGB32)
    image.fill(Qt.GlobalColor.red)
    strip.set_photos([Photo("a", "front", image)])
    with qtbot.waitSignal(strip.image_pasted) as pasted:
        QGuiApplication.clipboard().setImage(image)
        QTest.keyClick(strip, Qt.Key.Key_V, Qt.KeyboardModifier.ControlModifier)
    assert Image.open(BytesIO(pasted.args[0])).size == (8, 8)
    data = QMimeData()
    data.setUrls([QUrl.fromLocalFile(str(tmp_path / name)) for name in ("a.JPG", "b.txt")])
    QGuiApplication.clipboard().setMimeData(data)
    with qtbot.waitSignal(strip.files_added) as added:
        QTest.keyClick(strip, Qt.Key.Key_V, Qt.KeyboardModifier.ControlModifier)
    assert added.args[0] == [str(tmp_path / "a.JPG")]
    with qtbot.waitSignal(strip.opened) as opened:
        thumb = next(w for w in strip.findChildren(QWidget) if w.accessibleName() == "front")
        QTest.mouseClick(thumb, Qt.MouseButton.LeftButton)
    assert opened.args == ["a"]


def test_progress_tells_an_honest_figure_and_can_be_cancelled(show, qtbot):
    line = show(ProgressLine("Downloading"))
    line.advance(31_200, 50_000)
    assert "31,200 of 50,000" in [label.text() for label in line.findChildren(Label)]
    with qtbot.waitSignal(line.cancelled):
        link = next(w for w in line.findChildren(QWidget) if w.property("link"))
        QTest.mouseClick(link, Qt.MouseButton.LeftButton)


def test_a_column_scrolls_only_when_its_wrapped_words_need_it(show, qtbot):
    column = ScrollColumn()
    column.body.addWidget(Label("word " * 60, wrap=True))
    show(column, 500, 300)
    bar = column.verticalScrollBar()
    assert bar.maximum() == 0
    column.body.addWidget(Label("word " * 2000, wrap=True))
    qtbot.waitUntil(lambda: bar.maximum() > 0)
