"""Finds words that a person could not read whole: cut labels without a tool tip that tells the rest."""

from PySide6.QtWidgets import QAbstractButton, QLabel, QWidget

from app.ui.widgets import ElidedLabel


def cut_texts(root: QWidget) -> list[str]:
    """The texts under `root` that are visible, cut, and told nowhere else."""
    labels = [label for label in root.findChildren(QLabel) if label.isVisible() and label.text()]
    buttons = [button for button in root.findChildren(QAbstractButton) if button.isVisible() and button.text()]
    return [label.text() for label in labels if _label_is_cut(label)] + [b.text() for b in buttons if _button_is_cut(b)]


def _label_is_cut(label: QLabel) -> bool:
    if label.toolTip() == label.text():
        return False
    if label.wordWrap():
        return label.heightForWidth(label.width()) > label.height() + 2
    if isinstance(label, ElidedLabel):
        return label.fontMetrics().horizontalAdvance(label.text()) > label.width()
    return label.sizeHint().width() > label.width() + 2


def _button_is_cut(button: QAbstractButton) -> bool:
    button.grab()  # the kit's own buttons give their tool tip when they are painted
    told = button.text() in button.toolTip() or button.text() in button.accessibleName()
    return button.sizeHint().width() > button.width() + 2 and not told
