"""One device of the tour: a profile, its real window, and a person's hands on it."""

import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import TypeVar

from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QAbstractButton, QApplication, QLineEdit, QWidget

from app import i18n
from app.bootstrap import open_station
from app.offline_db.profile import Profile
from app.ui.enrol import EnrolPage
from app.ui.login import LoginPage
from app.ui.widgets.toast import Toast
from app.window.start import apply_settings
from app.window.window import Window

W = TypeVar("W", bound=QWidget)
PATIENCE_SECONDS = 60.0


def wait_until(what: str, is_so: Callable[[], bool], seconds: float = PATIENCE_SECONDS) -> None:
    """Let the windows live until it is so; raises TimeoutError naming ``what``."""
    until = time.monotonic() + seconds
    while not is_so():
        if time.monotonic() > until:
            raise TimeoutError(what)
        QTest.qWait(10)


class Device:
    """A window at a place, worked by clicking and typing."""

    def __init__(self, app: QApplication, data: Path) -> None:
        """Open the profile and its window; it asks for enrolment first."""
        profile = Profile(data).create()
        profile.lock_window()
        self.station = open_station(profile)
        apply_settings(self.station, "zh_CN")
        self.window = Window(app, self.station, wedge=False)
        self.window.open()
        self.shell = self.window.shell

    # --- the first start --------------------------------------------------------------------------------------

    def enrol(self, address: str, code: str) -> None:
        """Fill the first start's page."""
        gate = self.only(EnrolPage)
        self.type(gate.address, address)
        self.type(gate.code, code)
        self.click(gate.button)
        wait_until("enrolment", lambda: self.shell.findChild(LoginPage) is not None)

    def log_in(self, person: str, password: str) -> None:
        """Choose the person with this name and type the password."""
        gate = self.only(LoginPage)
        rows = range(gate.people.count())
        gate.people.setCurrentRow(next(row for row in rows if gate.people.item(row).text().startswith(person)))
        self.type(gate.form.password, password)
        QTest.keyClick(gate.form.password, Qt.Key.Key_Return)
        wait_until("log-in", lambda: not self.shell.is_covered)

    # --- hands ------------------------------------------------------------------------------------------------

    def only(self, kind: type[W], where: QWidget | None = None) -> W:
        """The one visible widget of this kind."""
        found = [widget for widget in (where or self.shell).findChildren(kind) if widget.isVisible()]
        if not found:
            raise LookupError(kind.__name__)
        return found[0]

    def click(self, button: QWidget) -> None:
        """Click the middle of a widget that is enabled."""
        wait_until(f"enabled: {button.accessibleName()}", button.isEnabled)
        QTest.mouseClick(button, Qt.MouseButton.LeftButton, pos=QPoint(button.width() // 2, button.height() // 2))

    def type(self, field: QLineEdit, text: str) -> None:
        """Put the text into a field as if typed over what was there."""
        field.setFocus()
        field.selectAll()
        QTest.keyClicks(field, text) if text.isascii() else field.insert(text)

    def button(self, words: str, where: QWidget | None = None) -> QAbstractButton:
        """The visible button whose text or name begins with ``words`` (in the language shown)."""
        shown = [widget for widget in (where or self.shell).findChildren(QAbstractButton) if widget.isVisible()]
        for widget in shown:
            if words in (widget.text(), widget.accessibleName()):
                return widget
        raise LookupError(f"{words} is none of {[widget.text() for widget in shown]}")

    @property
    def last_n(self) -> int:
        """The number of this device's newest operation."""
        device = self.station.store.device()
        return device.last_n if device else 0

    # --- line -------------------------------------------------------------------------------------------------

    def sync(self) -> None:
        """Ask for a sync as a person does, and wait until it went through with nothing left to send."""
        loop = self.window.loop
        if loop is None:
            raise RuntimeError("not enrolled")
        wait_until("an earlier sync", lambda: not loop.status.syncing)
        asked, until = datetime.now(UTC), time.monotonic() + PATIENCE_SECONDS
        while time.monotonic() < until:
            if not loop.status.syncing:
                self.shell.sync.sync_asked.emit()
            QTest.qWait(150)
            status, left = loop.status, self.station.store.pending()
            idle = not status.syncing and not left and not status.pending and not status.blobs
            if idle and status.last_sync_at is not None and status.last_sync_at > asked:
                return
        raise TimeoutError(f"sync: {loop.status.problem}")

    def settle(self) -> None:
        """Let answers of the background arrive and be painted."""
        QTest.qWait(200)
        QApplication.processEvents()

    # --- pictures ---------------------------------------------------------------------------------------------

    def picture(self, folder: Path, name: str) -> str:
        """The window as it is, in Chinese and in English; returns the Chinese picture's name."""
        for toast in self.shell.findChildren(Toast):
            toast.hide()  # they tell of steps before this one
        for language in ("en", "zh_CN"):
            i18n.set_language(language)
            QTest.qWait(900)  # sentences of rules are read again in the other language
            self.settle()
            self.shell.grab().save(str(folder / f"{name}.{language}.png"))
        return f"{name}.zh_CN.png"

    def close(self) -> None:
        """Close the window and let go of the profile."""
        self.shell.close()
        self.station.close()
        self.station.profile.unlock_window()
