"""Both themes have the same tokens and are legible; colours and words follow a change at once."""

from itertools import product

import pytest
from PySide6.QtGui import QColor, QPalette

from app import i18n
from app.ui import icons, live, theme
from app.ui.widgets import Label

TEXT_ON = [
    *product(("ink", "ink2", "ink3", "accent", "ok", "warn", "bad"), ("panel", "bg")),
    *product(("ink", "ink2"), ("hover", "select")),
    ("accent", "accent_soft"), ("ok", "ok_soft"), ("warn", "warn_soft"), ("bad", "bad_soft"), ("ink2", "hover"),
    ("accent_ink", "accent"), ("accent_ink", "accent_hover"), ("accent_ink", "accent_press"), ("ok_ink", "ok"),
    ("rail_ink", "rail"), ("rail_on_ink", "rail_on"), ("badge_ink", "badge"), ("tip_ink", "tip"), ("ink", "line"),
    ("canvas_ink", "canvas"), ("paper_ink", "paper"), ("ink3", "hover"), ("accent", "hover"),
]  # fmt: skip


def _luminance(colour: str) -> float:
    parts = (QColor(colour).redF(), QColor(colour).greenF(), QColor(colour).blueF())
    linear = [c / 12.92 if c <= 0.03928 else ((c + 0.055) / 1.055) ** 2.4 for c in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def _contrast(one: str, other: str) -> float:
    light, dark = sorted((_luminance(one), _luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


@pytest.mark.parametrize("name", ["light", "dark"])
def test_every_text_has_contrast_enough(name):
    tokens = theme.tokens(name)
    poor = {
        (a, b): round(_contrast(tokens[a], tokens[b]), 2) for a, b in TEXT_ON if _contrast(tokens[a], tokens[b]) < 4.5
    }
    assert poor == {}


def test_both_themes_know_the_same_tokens():
    assert theme.tokens("light").keys() == theme.tokens("dark").keys()


@pytest.mark.parametrize("name", ["light", "dark"])
def test_the_style_sheet_needs_no_unknown_token_and_uses_real_pictures(name):
    sheet = theme.style_sheet(name)
    assert "$" not in sheet
    assert theme.tokens(name)["panel"] in sheet


def test_a_change_of_theme_reaches_palette_colours_and_listeners(qapp, qtbot):
    theme.install(qapp, "light")
    before = theme.color("panel").name()
    with qtbot.waitSignal(theme.notice().changed):
        theme.set_theme("dark")
    assert (theme.shown(), theme.wanted()) == ("dark", "dark")
    assert theme.color("panel").name() != before
    assert qapp.palette().color(QPalette.ColorRole.Base) == theme.color("panel")
    theme.set_theme("light")


def test_an_icon_takes_the_colour_of_the_theme_in_force(qapp):
    theme.install(qapp, "light")
    icon = icons.icon("scan", "ink")
    light = icon.pixmap(24, 24).toImage()
    theme.set_theme("dark")
    dark = icon.pixmap(24, 24).toImage()
    theme.set_theme("light")
    assert light != dark
    assert light.pixelColor(12, 12) != QColor("transparent") or any(
        light.pixelColor(x, y).alpha() for x in range(24) for y in range(24)
    )


@pytest.mark.parametrize("name", sorted(icons.NAMES))
def test_every_icon_of_the_kit_exists_in_the_set(name):
    assert len(icons.glyph(name)) == 1


def test_words_follow_the_language_and_data_does_not(qtbot):
    root = Label(lambda: i18n._("Cancel"))
    data = Label("Cancel", parent=root)
    qtbot.addWidget(root)
    i18n.set_language("zh_CN")
    live.retranslate(root)
    assert (root.text(), data.text()) == ("取消", "Cancel")
