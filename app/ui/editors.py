"""An editor as it was before a burst of keys, brought back with what can be undone still undoable."""

from __future__ import annotations

from dataclasses import dataclass

from PySide6.QtGui import QTextCursor
from PySide6.QtWidgets import (
    QAbstractSpinBox,
    QApplication,
    QComboBox,
    QLineEdit,
    QMenu,
    QPlainTextEdit,
    QTextEdit,
    QWidget,
)
from shiboken6 import isValid

Editor = QLineEdit | QTextEdit | QPlainTextEdit
_MOST_UNDO = 3


@dataclass(frozen=True)
class Remembered:
    """Text, cursor and selection (`anchor` is its other end) of an editor at one moment."""

    editor: Editor
    text: str
    cursor: int
    anchor: int

    @classmethod
    def of(cls, editor: Editor) -> Remembered:
        """The editor as it is."""
        if isinstance(editor, QLineEdit):
            cursor, start = editor.cursorPosition(), editor.selectionStart()
            anchor = cursor if start < 0 else editor.selectionEnd() if cursor == start else start
            return cls(editor, editor.text(), cursor, anchor)
        place = editor.textCursor()
        return cls(editor, editor.toPlainText(), place.position(), place.anchor())

    def restore(self) -> None:
        """Brings text, cursor and selection back: by undoing what came since, else by one edit of what differs."""
        if not isValid(self.editor):
            return
        if self._text() != self.text and not self._undo():
            self._mend()
        self._select()
        if isinstance(self.editor, QLineEdit):
            self.editor.textEdited.emit(self.text)  # lists that follow the typing shrink again

    def _text(self) -> str:
        return self.editor.text() if isinstance(self.editor, QLineEdit) else self.editor.toPlainText()

    def _undo(self) -> bool:
        """Undoes up to three steps; does them again when that led elsewhere, as when typing and scan are one step."""
        for step in range(_MOST_UNDO):
            self.editor.undo()
            if self._text() == self.text:
                return True
            if len(self._text()) < len(self.text):
                for _again in range(step + 1):
                    self.editor.redo()
                return False
        for _again in range(_MOST_UNDO):
            self.editor.redo()
        return False

    def _mend(self) -> None:
        now = self._text()
        same = _alike(now, self.text)
        tail = _alike(now[same:][::-1], self.text[same:][::-1])
        wanted = self.text[same : len(self.text) - tail]
        if isinstance(self.editor, QLineEdit):
            self.editor.setSelection(same, len(now) - tail - same)
            self.editor.insert(wanted)
            return
        place = QTextCursor(self.editor.document())
        place.setPosition(same)
        place.setPosition(len(now) - tail, QTextCursor.MoveMode.KeepAnchor)
        place.insertText(wanted)

    def _select(self) -> None:
        if isinstance(self.editor, QLineEdit):
            self.editor.setCursorPosition(self.cursor)
            if self.anchor != self.cursor:
                self.editor.setSelection(self.anchor, self.cursor - self.anchor)
            return
        place = self.editor.textCursor()
        place.setPosition(self.anchor)
        place.setPosition(self.cursor, QTextCursor.MoveMode.KeepAnchor)
        self.editor.setTextCursor(place)


def _alike(one: str, other: str) -> int:
    """How many characters are the same from the beginning."""
    pairs = enumerate(zip(one, other, strict=False))
    return next((place for place, (this, that) in pairs if this != that), min(len(one), len(other)))


def editor_in_use() -> Editor | None:
    """The editor that keys go to; None when they go elsewhere, as to an open menu."""
    focus = QApplication.focusWidget()
    if isinstance(focus, QComboBox):
        focus = focus.lineEdit()
    elif isinstance(focus, QAbstractSpinBox):
        focus = focus.findChild(QLineEdit)
    if isinstance(QApplication.activePopupWidget(), QMenu) or not isinstance(focus, Editor):
        return None
    return None if focus.isReadOnly() else focus


def is_secret(widget: QWidget | None) -> bool:
    """Whether it is a password's line, which is typed fast, or by a password manager; never by a scanner."""
    return isinstance(widget, QLineEdit) and widget.echoMode() != QLineEdit.EchoMode.Normal


def is_beside_secret() -> bool:
    """Whether the active window asks for a password: a manager types the name into its other line just as fast."""
    window = QApplication.activeWindow()
    return window is not None and any(is_secret(line) and line.isVisible() for line in window.findChildren(QLineEdit))


def type_into(text: str) -> None:
    """Puts what a person typed back into the editor in use."""
    editor = editor_in_use()
    if isinstance(editor, QLineEdit):
        editor.insert(text)
    elif editor is not None:
        editor.insertPlainText(text)
