"""What customers and devices wrote is shown as it is written, never as markup."""

import ast
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QTextDocument
from PySide6.QtWidgets import QLabel

import app.ui
from app.ui.widgets import Label, Pill
from app.ui.widgets.text import ElidedLabel, plain_tip

NASTY = [
    "<b>bold</b> and a very long rest that has no room in this label",
    '<img src="file:///etc/passwd"> a very long rest that has no room',
    "<a href='x'>a very long link that has no room in this label</a>",
    "<!-- hidden --> a very long rest that has no room in this label",
]
FOLDER = Path(app.ui.__file__).parent


def shown(tip: str) -> str:
    """A tool tip as Qt shows it."""
    from PySide6.QtGui import Qt as GuiQt

    if not GuiQt.mightBeRichText(tip):
        return tip
    document = QTextDocument()
    document.setHtml(tip)
    return document.toPlainText()


@pytest.mark.parametrize("text", [*NASTY, "a < b & c > d", "ordinary", ""])
def test_a_tool_tip_shows_the_text_itself(qtbot, text):
    assert shown(plain_tip(text)) == text


@pytest.mark.parametrize("text", NASTY)
@pytest.mark.parametrize("kind", [Label, ElidedLabel])
def test_labels_show_the_text_itself(qtbot, kind, text):
    label = kind(text)
    qtbot.addWidget(label)
    label.resize(30, 20)
    label.show()
    assert label.textFormat() is Qt.TextFormat.PlainText
    assert shown(label.toolTip()) in ("", text)


@pytest.mark.parametrize("text", NASTY)
def test_a_pill_s_tool_tip_shows_the_text_itself(qtbot, text):
    pill = Pill(text)
    qtbot.addWidget(pill)
    pill.resize(44, 20)
    pill.show()
    pill.grab()
    assert shown(pill.toolTip()) == text


def test_no_page_makes_a_label_that_guesses_its_format():
    guessing = [
        file.name
        for file in FOLDER.rglob("*.py")
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8")))
        if isinstance(node, ast.Call) and getattr(node.func, "id", "") == QLabel.__name__
    ]
    assert guessing == ["field.py"], "a caption of the program’s own words"
