"""The program under the keys of test_real_keys: the house's window with a page of editors, and a pinyin stand-in."""

import json
import sys
from typing import Any

from PySide6.QtCore import QAbstractNativeEventFilter, QSocketNotifier, Qt
from PySide6.QtGui import QInputMethodEvent
from PySide6.QtWidgets import QApplication, QDialog, QLineEdit, QMenu, QPlainTextEdit, QPushButton, QVBoxLayout, QWidget

from app.scanner.strokes import LAYOUTS
from app.ui import live, none_guard, theme
from app.ui.components.person_badge import Person
from app.ui.native_keys import _x_key
from app.ui.page import Page, PageSpec
from app.ui.shell import Shell
from app.ui.wedge_filter import WedgeFilter


class Notes(Page):
    """Two editors and a button."""

    def __init__(self, _nav: object) -> None:
        super().__init__()
        self.line, self.text, self.button = QLineEdit(), QPlainTextEdit(), QPushButton("Button")
        self.fired: list[str] = []
        self.button.clicked.connect(lambda: self.fired.append("button"))
        self.line.returnPressed.connect(lambda: self.fired.append("enter"))
        for widget in (self.line, self.text, self.button):
            self.body.addWidget(widget)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)


class Pinyin(QAbstractNativeEventFilter):
    """Stands where an input method stands: it gets keys before Qt makes events of them, and swallows letters."""

    def __init__(self) -> None:
        super().__init__()
        self.on, self.composing = False, ""

    def nativeEventFilter(self, kind: object, message: int) -> object:
        """Letters compose, a digit chooses a candidate, Enter commits the letters; only where text is wanted."""
        key, focus = _x_key(int(message)), QApplication.focusWidget()
        wanted = (
            self.on and isinstance(focus, QWidget) and focus.testAttribute(Qt.WidgetAttribute.WA_InputMethodEnabled)
        )
        if key is None or not key.down or not wanted or key.command:
            return False, 0
        letter = LAYOUTS["us"].get(key.position, ("\r" if key.position == 28 else "", ""))[0]
        if letter.isalpha():
            self.composing += letter
            return self._send(focus, self.composing, ""), 0
        if not self.composing or letter == "":
            return False, 0
        commit, self.composing = (self.composing if letter == "\r" else "中"), ""
        return self._send(focus, "", commit), 0

    def _send(self, focus: QWidget, composing: str, commit: str) -> bool:
        event = QInputMethodEvent(composing, [])
        event.setCommitString(commit)
        QApplication.sendEvent(focus, event)
        return True


class Child:
    """Does what it is asked by lines on its standard input and says what happens on its standard output."""

    def __init__(self, app: QApplication) -> None:
        self.app, self.pinyin = app, Pinyin()
        app.installNativeEventFilter(self.pinyin)  # native filters are asked from the last to the first
        self.wedge = WedgeFilter().install(app)
        self.wedge.heard.connect(self._heard)
        self.shell = Shell([PageSpec("notes", "orders", "Orders", Notes)])
        self.shell.enter(Person("p", "李伟", "T", frozenset({"technician"})))
        self.shell.show()
        self.page: Notes = self.shell.page  # type: ignore[assignment]
        self.menu, self.dialog, self.second = QMenu(self.shell), QDialog(self.shell), QWidget()
        for letter in "K35U":
            self.menu.addAction(f"&{letter}", lambda letter=letter: self.page.fired.append(f"menu {letter}"))
        button = QPushButton("&K")
        button.clicked.connect(lambda: self.page.fired.append("dialog"))
        QVBoxLayout(self.dialog).addWidget(button)
        self.other = QLineEdit()
        QVBoxLayout(self.second).addWidget(self.other)
        self._notifier = QSocketNotifier(sys.stdin.fileno(), QSocketNotifier.Type.Read)
        self._notifier.activated.connect(self._asked)
        app.focusWindowChanged.connect(lambda window: say("window", title=window.title() if window else ""))

    def _heard(self, heard: Any) -> None:
        say(
            "heard", what=heard.kind, text=heard.text, rule=heard.rule, mended=list(heard.mended),
            symbology=heard.symbology_id, median=heard.median_ms,
        )  # fmt: skip

    def _asked(self) -> None:
        word, _, rest = sys.stdin.readline().strip().partition(" ")
        if not word:
            self.app.quit()
            return
        getattr(self, f"do_{word}")(rest)
        say("answer", **self._state())

    def _state(self) -> dict[str, Any]:
        line = self.page.line
        focus = QApplication.focusWidget()
        return {
            "line": line.text(), "selected": line.selectedText(), "cursor": line.cursorPosition(),
            "text": self.page.text.toPlainText(), "fired": self.page.fired, "other": self.other.text(),
            "focus": type(focus).__name__, "menu": self.menu.isVisible(), "composing": self.pinyin.composing,
        }  # fmt: skip

    def do_state(self, _rest: str) -> None:
        """Only asks."""

    def do_focus(self, name: str) -> None:
        """Puts the keyboard into a widget of the page, or onto the page itself."""
        self.shell.activateWindow()
        (getattr(self.page, name) if name else self.page).setFocus()

    def do_select(self, rest: str) -> None:
        """Selects in the line."""
        start, length = map(int, rest.split())
        self.page.line.setSelection(start, length)

    def do_undo(self, name: str) -> None:
        """Undoes once."""
        getattr(self.page, name).undo()

    def do_menu(self, _rest: str) -> None:
        """Opens the menu."""
        self.menu.popup(self.shell.mapToGlobal(self.shell.rect().center()))

    def do_dialog(self, _rest: str) -> None:
        """Opens the dialog, which takes all keys for itself."""
        self.dialog.setModal(True)
        self.dialog.setWindowTitle("dialog")
        self.dialog.show()

    def do_second(self, _rest: str) -> None:
        """Puts the main window away; another one of ours is worked in."""
        self.shell.showMinimized()
        self.second.setWindowTitle("second")
        self.second.show()
        self.second.activateWindow()
        self.other.setFocus()

    def do_pinyin(self, _rest: str) -> None:
        """Switches the input method on."""
        self.pinyin.on = True


def say(kind: str, **facts: Any) -> None:
    """One line for the test."""
    print(json.dumps({"kind": kind, **facts}), flush=True)  # noqa: T201 - the parent reads it


if __name__ == "__main__":
    none_guard.apply()
    application = QApplication(sys.argv)
    theme.install(application, "light")
    live.install(application)
    child = Child(application)
    sys.exit(application.exec())
