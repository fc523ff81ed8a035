"""The window itself: places by role, back, scans from anywhere, sync panel, lock, language and theme at once."""

from datetime import UTC, datetime

import pytest
from PySide6.QtCore import QEvent, Qt
from PySide6.QtGui import QKeyEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QLabel, QLineEdit, QPlainTextEdit, QPushButton, QWidget

from app import i18n
from app.scanner.wedge import BurstDetector, WedgeSettings
from app.ui import theme
from app.ui.components.idle_watch import IdleWatch
from app.ui.components.person_badge import Person
from app.ui.components.sync_chip import SyncItem, SyncState
from app.ui.page import Page, PageSpec
from app.ui.wedge_filter import WedgeFilter
from app.ui.widgets import Button, Label


class Notes(Page):
    """A page with two editors and a button; takes scans that begin with K."""

    made = 0

    def __init__(self, nav):
        super().__init__()
        Notes.made += 1
        self.nav, self.seen, self.params, self.left = nav, [], [], 0
        self.line, self.text, self.fired = QLineEdit(), QPlainTextEdit(), []
        self.button = Button(lambda: i18n._("Clear"), lambda: self.fired.append(1), shortcut="F8")
        for widget in (Label(lambda: i18n._("Orders"), "h1"), self.line, self.text, self.button):
            self.body.addWidget(widget)

    def opened(self, **params):
        self.params.append(params)

    def leaving(self):
        self.left += 1

    def scanned(self, text, source):
        self.seen.append((text, source))
        return text.startswith("K")


def specs():
    return [
        PageSpec("orders", "orders", "Orders", Notes),
        PageSpec("order", "orders", "Order", Notes, in_rail=False, lit_as="orders"),
        PageSpec("approvals", "approvals", "Approvals", Notes, roles=frozenset({"branch_manager"})),
        PageSpec("settings", "settings", "Settings", Notes, at_bottom=True),
    ]


@pytest.fixture
def shell(make_shell):
    Notes.made = 0
    return make_shell(specs())


def places(shell):
    return [w.text() for w in shell.rail.findChildren(QWidget) if hasattr(w, "set_badge") and not w.isHidden()]


def test_only_the_places_of_the_role_are_there_and_pages_are_made_when_opened(shell, qtbot):
    assert places(shell) == ["Orders", "Settings"]
    assert Notes.made == 1
    with pytest.raises(KeyError):
        shell.open("approvals")
    shell.enter(Person("p2", "王芳", "Manager", frozenset({"branch_manager"})))
    qtbot.waitUntil(lambda: places(shell) == ["Orders", "Approvals", "Settings"])
    assert Notes.made == 2


def test_back_leads_where_one_came_from(shell):
    shell.open("order", order="7")
    shell.open("settings")
    QTest.keyClick(shell, Qt.Key.Key_Left, Qt.KeyboardModifier.AltModifier)
    assert shell.page.params[-1] == {"order": "7"}
    QTest.keyClick(shell, Qt.Key.Key_Left, Qt.KeyboardModifier.AltModifier)
    QTest.keyClick(shell, Qt.Key.Key_Left, Qt.KeyboardModifier.AltModifier)
    assert shell.page.params == [{}, {}]
    assert shell.page.left == 1


def test_the_box_runs_commands_finds_and_hands_texts_on(shell, qtbot):
    QTest.keyClick(shell, Qt.Key.Key_K, Qt.KeyboardModifier.ControlModifier)
    assert shell.box.hasFocus()
    QTest.keyClicks(shell.box, "settings")
    QTest.keyClick(shell.box, Qt.Key.Key_Down)
    QTest.keyClick(shell.box, Qt.Key.Key_Return)
    assert shell.rail.findChildren(QPushButton) == []
    assert shell.stack.currentIndex() == 1
    with qtbot.waitSignal(shell.text_taken) as taken:
        QTest.keyClicks(shell.box, "SZ-260317-0271")
        QTest.keyClick(shell.box, Qt.Key.Key_Return)
    assert taken.args == ["SZ-260317-0271", "typed"]
    assert shell.box.text() == ""


@pytest.fixture
def wedge(themed, shell):
    times = iter(range(0, 100_000, 5))
    made = WedgeFilter(now_ms=lambda: float(next(times))).install(themed)
    made.scanned.connect(lambda text: shell.take_text(text, "wedge"))
    yield made
    themed.removeEventFilter(made)


@pytest.mark.parametrize("where", ["line", "text", "button"])
def test_a_scan_goes_to_the_page_and_leaves_what_was_typed(shell, wedge, type_keys, qtbot, where):
    page = shell.page
    page.line.setText("half")
    page.line.setCursorPosition(2)
    page.text.setPlainText("note")
    getattr(page, where).setFocus()
    with qtbot.waitSignal(wedge.scanned):
        type_keys(shell, "K35U5523A0810472\r")
    assert page.seen == [("K35U5523A0810472", "wedge")]
    assert (page.line.text(), page.text.toPlainText(), page.fired) == ("half", "note", [])
    if where == "line":
        assert page.line.cursorPosition() == 2


def test_a_second_scan_comes_through_as_well(shell, wedge, type_keys, qtbot):
    shell.page.line.setFocus()
    for text in ("K11111111", "X22222222"):
        with qtbot.waitSignal(wedge.scanned):
            type_keys(shell, text + "\r")
    assert [text for text, _source in shell.page.seen] == ["K11111111", "X22222222"]
    assert shell.page.line.text() == ""


def test_a_person_who_types_keeps_text_and_enter(themed, shell, type_keys, qtbot):
    times = iter(range(0, 100_000, 180))
    slow = WedgeFilter(now_ms=lambda: float(next(times))).install(themed)
    heard, entered = [], []
    slow.scanned.connect(heard.append)
    shell.page.line.returnPressed.connect(lambda: entered.append(1))
    shell.page.line.setFocus()
    type_keys(shell, "12345678\r")
    themed.removeEventFilter(slow)
    assert (shell.page.line.text(), entered, heard) == ("12345678", [1], [])


def _press(window, key, *, repeated):
    event = QKeyEvent(QEvent.Type.KeyPress, 0, Qt.KeyboardModifier.NoModifier, key, repeated)
    if key == "\r":
        event = QKeyEvent(QEvent.Type.KeyPress, Qt.Key.Key_Return, Qt.KeyboardModifier.NoModifier, key)
    QApplication.sendEvent(window.windowHandle(), event)


def test_a_doubled_character_marked_as_repeated_is_part_of_the_scan(shell, wedge, qtbot):
    shell.page.line.setFocus()
    with qtbot.waitSignal(wedge.scanned) as heard:
        for place, key in enumerate(text := "K35U5523A\r"):
            _press(shell, key, repeated=place > 0 and text[place - 1] == key)
    assert heard.args == ["K35U5523A"]


def test_a_key_held_down_is_no_scan(shell, wedge, qtbot):
    shell.page.line.setFocus()
    heard = []
    wedge.scanned.connect(heard.append)
    for place, key in enumerate("aaaaaaaaaa\r"):
        _press(shell, key, repeated=place > 0)
    assert shell.page.line.text() == "a" * 10
    assert heard == []


def test_a_password_typed_by_a_password_manager_is_no_scan(shell, wedge, type_keys):
    page, heard = shell.page, []
    wedge.scanned.connect(heard.append)
    page.line.setEchoMode(QLineEdit.EchoMode.Password)
    page.line.setFocus()
    type_keys(shell, "fixpoint-demo\r")
    assert (page.line.text(), heard) == ("fixpoint-demo", [])


def test_a_scanner_without_enter_is_heard_by_its_silence(themed, shell, type_keys, qtbot):
    clock = {"ms": 0.0}

    def now():
        clock["ms"] += 5
        return clock["ms"]

    detector = BurstDetector(WedgeSettings(enters=0))
    silent = WedgeFilter(detector, now_ms=now).install(themed)
    shell.page.line.setText("half")
    shell.page.line.setFocus()
    with qtbot.waitSignal(silent.scanned) as heard:
        type_keys(shell, "K35U5523A0810472")
        clock["ms"] += 1_000
    themed.removeEventFilter(silent)
    assert heard.args == ["K35U5523A0810472"]
    assert shell.page.line.text() == "half"


def test_a_locked_window_takes_nothing_and_keeps_everything(shell, wedge, type_keys, qtbot):
    shell.page.line.setText("half")
    with qtbot.waitSignal(shell.locked):
        QTest.keyClick(shell, Qt.Key.Key_F12)
    shell.set_gate(QLabel("locked"))
    assert shell.is_covered
    with qtbot.waitSignal(wedge.scanned):
        type_keys(shell, "K35U5523A0810472\r")
    QTest.keyClick(shell, Qt.Key.Key_F8)
    page = shell.stack.widget(0)
    assert (page.seen, page.fired) == ([], [])
    shell.enter(Person("p1", "李伟", "Technician", frozenset({"technician"})))
    assert shell.page is page
    assert page.line.text() == "half"
    QTest.keyClick(shell, Qt.Key.Key_F8)
    assert page.fired == [1]


def test_the_sync_chip_tells_and_its_panel_mends(shell, qtbot):
    mended = []
    at = datetime(2026, 3, 17, 1, 12, tzinfo=UTC)
    items = [SyncItem("bad", "Parked", "because", (("Open order", lambda: mended.append(1)),))]
    shell.sync.show(SyncState("offline", at, pending=3), items)
    assert shell.chip.text().endswith("· 3 to send")
    shell.sync.show(SyncState("attention", attention=1), items)
    assert shell.chip.text() == "1 needs you"
    QTest.mouseClick(shell.chip, Qt.MouseButton.LeftButton)
    panel = shell.findChild(QWidget, "sync_panel")
    assert panel.isVisible()
    link = next(b for b in panel.findChildren(QPushButton) if b.text() == "Open order")
    QTest.mouseClick(link, Qt.MouseButton.LeftButton)
    assert mended == [1]
    with qtbot.waitSignal(shell.sync.sync_asked):
        button = next(b for b in panel.findChildren(QPushButton) if b.text() == "Sync now")
        QTest.mouseClick(button, Qt.MouseButton.LeftButton)
    QTest.keyClick(panel, Qt.Key.Key_Escape)
    assert not panel.isVisible()


def test_f1_lists_what_can_be_pressed_here(shell):
    QTest.keyClick(shell, Qt.Key.Key_F1)
    sheet = shell.findChild(QWidget, "key_sheet")
    words = {label.text() for label in sheet.findChildren(QLabel)}
    assert {"Lock", "Back", "Clear", "Keyboard shortcuts"} <= words
    QTest.keyClick(shell, Qt.Key.Key_F1)
    assert not sheet.isVisible()


def test_language_and_theme_change_at_once_and_lose_nothing(shell, qtbot):
    shell.page.line.setText("half")
    i18n.set_language("zh_CN")
    assert places(shell) == ["工单", "设置"]
    assert shell.page.button.text() == "清除"
    before = shell.grab().toImage()
    theme.set_theme("dark")
    after = shell.grab().toImage()
    assert after.pixelColor(700, 400).lightness() < 80 < before.pixelColor(700, 400).lightness()
    assert shell.page.line.text() == "half"


def test_toasts_stack_and_the_oldest_goes(shell):
    for number in range(6):
        shell.toast("ok", f"saved {number}")
    assert shell.toasts.texts() == ["saved 2", "saved 3", "saved 4", "saved 5"]


def test_the_flash_goes_by_itself_and_lets_clicks_through(shell, qtbot):
    shell.flash("ok", "Serial read")
    flash = next(w for w in shell.findChildren(QWidget) if w.accessibleName() == "Serial read")
    assert flash.isVisible()
    QTest.mouseClick(shell.page.button, Qt.MouseButton.LeftButton)
    assert shell.page.fired == [1]
    qtbot.waitUntil(lambda: not flash.isVisible())


def test_closing_lets_the_page_keep_its_fields_and_ends_the_work(shell):
    ended = []
    shell.on_close.append(lambda: ended.append(shell.page.left))
    shell.close()
    assert ended == [1]


def test_nobody_at_the_window_is_noticed(themed, shell, qtbot):
    watch = IdleWatch(themed, minutes=0.002, parent=shell)
    with qtbot.waitSignal(watch.idle):
        QTest.keyClick(shell, Qt.Key.Key_A)
    themed.removeEventFilter(watch)


@pytest.mark.parametrize("language", ["zh_CN", "en", "pseudo"])
def test_everything_that_takes_the_keyboard_has_a_name(shell, language):
    i18n.set_language(language)
    nameless = [
        type(w).__name__
        for w in shell.findChildren(QWidget)
        if w.focusPolicy() & Qt.FocusPolicy.TabFocus and w.isVisible() and w not in {shell.page.line, shell.page.text}
        and not (w.accessibleName() or getattr(w, "text", str)())
    ]  # fmt: skip
    assert nameless == []
