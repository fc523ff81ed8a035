"""A labelled editor with room for a hint, and for a refusal beside the very field that mends it."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QBoxLayout, QHBoxLayout, QLabel, QVBoxLayout, QWidget

from app.ui.live import Words, bind, text_of
from app.ui.widgets.text import Icon, Label, repolish


class Field(QWidget):
    """The label stands above, or left with `left`; `refuse` shows why the value cannot stay, `accept` clears that."""

    def __init__(
        self, label: Words, editor: QWidget, hint: Words = "", *, left: bool = False, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self.editor = editor
        direction = QBoxLayout.Direction.LeftToRight if left else QBoxLayout.Direction.TopToBottom
        outer = QBoxLayout(direction, self)
        outer.setContentsMargins(0, 0, 0, 0)
        outer.setSpacing(12 if left else 4)
        caption = QLabel()
        caption.setProperty("role", "muted")
        caption.setBuddy(editor)
        self._caption = caption
        self.rename(label)
        if left:
            caption.setFixedWidth(88)
            caption.setWordWrap(True)
            caption.setMinimumHeight(min(editor.sizeHint().height(), 28))
        outer.addWidget(caption, 0, Qt.AlignmentFlag.AlignTop if left else Qt.AlignmentFlag(0))
        outer.addLayout(self._column(editor, hint), 1)

    def _column(self, editor: QWidget, hint: Words) -> QVBoxLayout:
        column = QVBoxLayout()
        column.setSpacing(4)
        column.addWidget(editor)
        self._hint = Label(hint, "small", wrap=True)
        if not text_of(hint):
            self._hint.hide()  # shown, without a parent yet, it would be a window of its own
        column.addWidget(self._hint)
        self._trouble = QWidget()
        row = QHBoxLayout(self._trouble)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(6)
        self._reason = Label("", tone="bad", wrap=True)
        row.addWidget(Icon("bad", "bad", 16), 0, Qt.AlignmentFlag.AlignTop)
        row.addWidget(self._reason, 1)
        self._trouble.hide()
        column.addWidget(self._trouble)
        return column

    def rename(self, label: Words) -> None:
        """Gives the field another label."""
        bind(self._caption, self._caption.setText, label)
        if not text_of(label):
            self._caption.hide()
        bind(self.editor, self.editor.setAccessibleName, label)

    @property
    def reason(self) -> str:
        """The reason on show; empty when there is none."""
        return self._reason.text() if self.refused else ""

    def refuse(self, reason: Words) -> None:
        """Shows a reason below the editor and puts the keyboard there."""
        self._reason.say(reason)
        self._trouble.show()
        self.editor.setAccessibleDescription(text_of(reason))
        self._mark(refused=True)
        self.editor.setFocus(Qt.FocusReason.OtherFocusReason)

    def accept(self) -> None:
        """Takes the reason away."""
        self._trouble.hide()
        self.editor.setAccessibleDescription("")
        self._mark(refused=False)

    @property
    def refused(self) -> bool:
        """True while a reason is shown."""
        return not self._trouble.isHidden()

    def _mark(self, *, refused: bool) -> None:
        self.editor.setProperty("refused", refused)
        repolish(self.editor)
