"""Hears every key of the program's windows and tells a keyboard-wedge scanner's burst from typing.

Keys reach an application filter several times (window, widget, its parents; as ShortcutOverride and as KeyPress);
only the window is listened to, so that each key counts once and the focus does not matter. The characters of a
burst have already landed in the focused editor when Enter proves them to be a scan: the editor gets its text back.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from PySide6.QtCore import QEvent, QObject, Qt, QTimer, Signal
from PySide6.QtGui import QGuiApplication, QKeyEvent, QWindow
from PySide6.QtWidgets import QApplication, QLineEdit, QPlainTextEdit, QTextEdit, QWidget

from app.scanner.wedge import ENTER, BurstDetector, Input

_ENTERS = {Qt.Key.Key_Return, Qt.Key.Key_Enter}
_COMMANDS = Qt.KeyboardModifier.ControlModifier | Qt.KeyboardModifier.AltModifier | Qt.KeyboardModifier.MetaModifier
_FLUSH_MS = 60


class Detector(Protocol):
    """What the filter needs of `app.scanner.wedge.BurstDetector`."""

    @property
    def pending(self) -> bool:
        """True while keys may still become a scan."""
        ...

    def feed(self, at_ms: float, key: str) -> Input | None:
        """Takes a key at a time in milliseconds."""
        ...

    def flush(self, at_ms: float) -> Input | None:
        """Tells that it is that time now."""
        ...


@dataclass(frozen=True)
class _Remembered:
    """An editor as it was before the first key of a burst."""

    editor: QWidget
    text: str
    cursor: int

    @classmethod
    def of(cls, widget: QWidget | None) -> _Remembered | None:
        if isinstance(widget, QLineEdit):
            return cls(widget, widget.text(), widget.cursorPosition())
        if isinstance(widget, QTextEdit | QPlainTextEdit):
            return cls(widget, widget.toPlainText(), widget.textCursor().position())
        return None

    def restore(self) -> None:
        if isinstance(self.editor, QLineEdit):
            self.editor.setText(self.text)
            self.editor.setCursorPosition(self.cursor)
            self.editor.textEdited.emit(self.text)  # lists that follow the typing shrink again
        elif isinstance(self.editor, QTextEdit | QPlainTextEdit):
            self.editor.setPlainText(self.text)
            cursor = self.editor.textCursor()
            cursor.setPosition(min(self.cursor, len(self.text)))
            self.editor.setTextCursor(cursor)


def _is_scan(result: Input) -> bool:
    """A key that somebody holds down repeats as fast as a scanner types, but always the same character."""
    return result.kind == "scan" and len(set(result.text)) > 1


def _is_secret(widget: QWidget | None) -> bool:
    """A password is typed fast, or by a password manager; it is never a scan."""
    return isinstance(widget, QLineEdit) and widget.echoMode() != QLineEdit.EchoMode.Normal


def _now_ms() -> float:
    return time.monotonic() * 1000.0


class WedgeFilter(QObject):
    """`scanned` tells the text of a scan; typing goes through untouched. Keys with Ctrl, Alt or Meta never count."""

    scanned = Signal(str)

    def __init__(
        self,
        detector: Detector | None = None,
        parent: QObject | None = None,
        now_ms: Callable[[], float] = _now_ms,
    ) -> None:
        super().__init__(parent)
        self._detector: Detector = detector or BurstDetector()
        self._now_ms = now_ms
        self._before: _Remembered | None = None
        self._silence = QTimer(self)
        self._silence.setInterval(_FLUSH_MS)
        self._silence.timeout.connect(self._flush)

    def install(self, app: QGuiApplication) -> WedgeFilter:
        """Listens to all windows of the application; returns itself."""
        app.installEventFilter(self)
        return self

    def use(self, detector: Detector) -> None:
        """Takes another detector, after the scanner's settings changed."""
        self._detector = detector
        self._before = None

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """True only for the Enter of a scan: nothing else may see it."""
        if event.type() == QEvent.Type.KeyPress and isinstance(watched, QWindow) and isinstance(event, QKeyEvent):
            return self._key(event)
        return False

    def _key(self, event: QKeyEvent) -> bool:
        # A scanner's doubled character may arrive marked as auto-repeat (both presses carry one timestamp): it counts.
        if event.modifiers() & _COMMANDS or _is_secret(QApplication.focusWidget()):
            return False
        key = ENTER if event.key() in _ENTERS else event.text()
        if len(key) != 1 or not (key == ENTER or key.isprintable()):
            return False
        if not self._detector.pending:
            self._before = _Remembered.of(QApplication.focusWidget())
        # A key may end one row and begin the next: the next one starts from the editor as it is now.
        now = _Remembered.of(QApplication.focusWidget())
        result = self._detector.feed(self._now_ms(), key)
        if result is None:
            self._silence.start()
            return False
        return self._concluded(result, now, is_enter=key == ENTER)

    def _concluded(self, result: Input, now: _Remembered | None, *, is_enter: bool) -> bool:
        scan = _is_scan(result)
        if scan:
            self._take(result.text)
            now = _Remembered.of(QApplication.focusWidget())
        self._before = now if self._detector.pending else None
        if not self._detector.pending:
            self._silence.stop()
        return scan and is_enter

    def _take(self, text: str) -> None:
        if self._before is not None:
            self._before.restore()
        self._before = None
        QTimer.singleShot(0, self, lambda: self.scanned.emit(text))

    def _flush(self) -> None:
        result = self._detector.flush(self._now_ms())
        if result is not None and _is_scan(result):
            self._take(result.text)
        if not self._detector.pending:
            self._silence.stop()
            self._before = None
