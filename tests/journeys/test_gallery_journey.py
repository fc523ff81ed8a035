"""The kit as a whole, in every language and theme: nothing cut, nothing nameless, every picture painted."""

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QVBoxLayout, QWidget

from app import i18n
from app.ui import theme
from app.ui.gallery.__main__ import demo_shell, scenes
from app.ui.gallery.login_scenes import gates
from app.ui.widgets import Label
from tests.journeys.legibility import cut_texts


@pytest.mark.parametrize("language", ["zh_CN", "en", "pseudo"])
def test_nothing_is_cut_and_nothing_is_nameless(themed, qtbot, language):
    i18n.set_language(language)
    shell = demo_shell()
    qtbot.addWidget(shell)
    with qtbot.waitActive(shell):
        shell.show()
        shell.activateWindow()
    trouble = {}
    for name, prepare in scenes(shell):
        prepare()
        themed.processEvents()
        nameless = [
            type(widget).__name__
            for widget in shell.findChildren(QWidget)
            if widget.isVisible()
            and widget.focusPolicy() & Qt.FocusPolicy.TabFocus
            and not (widget.accessibleName() or getattr(widget, "text", str)())
        ]
        trouble[name] = cut_texts(shell) + nameless
    for name, gate in gates():
        shell.set_gate(gate)
        themed.processEvents()
        trouble[name] = cut_texts(gate)
    assert {name: found for name, found in trouble.items() if found} == {}


def test_a_planted_cut_is_found(themed, qtbot):
    page = QWidget()
    qtbot.addWidget(page)
    box = QVBoxLayout(page)
    narrow, flat, whole = Label("not all of this is seen"), Label("these words " * 9, wrap=True), Label("seen")
    narrow.setFixedWidth(20)
    flat.setFixedSize(90, 12)
    for label in (narrow, flat, whole):
        box.addWidget(label)
    page.show()
    themed.processEvents()
    assert cut_texts(page) == [narrow.text(), flat.text()]


def test_light_and_dark_differ_everywhere(themed, qtbot):
    shell = demo_shell()
    qtbot.addWidget(shell)
    shell.show()
    pictures = {}
    for name in ("light", "dark"):
        theme.set_theme(name)
        shell.open("settings")
        themed.processEvents()
        pictures[name] = shell.grab().toImage()
    theme.set_theme("light")
    for x, y in ((700, 80), (300, 700), (700, 20), (300, 400)):
        assert pictures["light"].pixelColor(x, y) != pictures["dark"].pixelColor(x, y)
