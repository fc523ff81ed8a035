"""Hand scanners by real key events: an X server, a window manager, xdotool's keys, and the house's window."""

from pathlib import Path

import pytest

from app.scanner.strokes import GS, LAYOUTS
from tests.journeys.real_window import Program, Screen, needs_screen, screen

__all__ = ["screen"]
pytestmark = [needs_screen, pytest.mark.slow]

SERIAL, GTIN = "K35U5523A0810472", "6901234567892"
PROGRAM = Path(__file__).with_name("wedge_program.py")
PLACES = {
    text: (place, shifted) for place, pair in reversed(LAYOUTS["us"].items()) for shifted, text in enumerate(pair)
}
NAMES = {"\r": "Return", "\t": "Tab", GS: "ctrl+bracketright", " ": "space", "-": "minus", "]": "bracketright",
         ":": "colon", "ß": "ssharp"}  # fmt: skip


def codes(text: str, computer: str = "us") -> list[str]:
    """What a scanner with a US keyboard presses, as xdotool names these keys at that computer; GS as Ctrl and ]."""
    names = []
    for key in text:
        place, shifted = PLACES.get(key, (0, 0))
        here = LAYOUTS[computer][place][shifted] if place else key
        names.append(NAMES.get(here, here))
    return names


@pytest.fixture(name="child")
def _child(screen: Screen) -> Program:
    program = screen.start(PROGRAM)
    while program.wait("window")["title"] != "Fixpoint":
        continue
    return program


@pytest.fixture(name="scan")
def _scan(screen: Screen):
    return lambda text, computer="us": screen.keys("key", "--delay", "4", *codes(text + "\r", computer))


def heard(child: Program) -> tuple[str, str]:
    """What comes next that is no typing."""
    while (line := child.wait("heard"))["what"] == "typing":
        continue
    return line["what"], line["text"] if line["what"] == "scan" else line["rule"]


def test_a_scan_into_a_line_gives_text_selection_and_undo_back(screen: Screen, child: Program, scan):
    child.ask("focus line")
    screen.keys("type", "--delay", "90", "half a note")
    child.ask("select 5 1")
    scan(SERIAL)
    assert heard(child) == ("scan", SERIAL)
    state = child.ask("state")
    assert (state["line"], state["selected"], state["fired"]) == ("half a note", "a", [])
    assert child.ask("undo line")["line"] == ""
    scan(GTIN)
    assert heard(child) == ("scan", GTIN)
    assert child.ask("state")["line"] == ""


def test_a_scan_into_a_note_keeps_what_was_typed(screen: Screen, child: Program, scan):
    child.ask("focus text")
    screen.keys("type", "--delay", "90", "panel flickers")
    scan("]C1" + SERIAL)
    line = child.wait("heard")
    while line["what"] != "scan":
        line = child.wait("heard")
    assert (line["text"], line["symbology"]) == (SERIAL, "]C1")
    assert child.ask("state")["text"] == "panel flickers"


@pytest.mark.parametrize("where", ["", "button"])
def test_a_scan_without_an_editor_presses_nothing(child: Program, scan, where):
    child.ask(f"focus {where}")
    scan("K35U 5523")  # a blank would press the button
    assert heard(child) == ("scan", "K35U 5523")
    assert child.ask("state")["fired"] == []


def test_a_persons_blank_presses_the_button_all_the_same(screen: Screen, child: Program):
    child.ask("focus button")
    screen.keys("key", "space", "sleep", "0.2", "key", "1")
    while child.ask("state")["fired"] != ["button"]:
        continue


def test_a_scan_with_a_menu_open_chooses_nothing(child: Program, scan):
    child.ask("focus line")
    child.ask("menu")
    scan(SERIAL)
    assert heard(child) == ("scan", SERIAL)
    state = child.ask("state")
    assert (state["fired"], state["menu"], state["line"]) == ([], True, "")


def test_a_scan_with_a_dialog_open_is_heard(child: Program, scan):
    child.ask("dialog")
    while child.wait("window")["title"] != "dialog":
        continue
    scan(SERIAL)
    assert heard(child) == ("scan", SERIAL)
    assert child.ask("state")["fired"] == []


def test_a_scan_is_heard_while_another_window_of_ours_is_worked_in(child: Program, scan):
    child.ask("second")
    while child.wait("window")["title"] != "second":
        continue
    scan(SERIAL)
    assert heard(child) == ("scan", SERIAL)
    assert child.ask("state")["other"] == ""


def test_a_scan_between_a_persons_keys_leaves_these(screen: Screen, child: Program):
    child.ask("focus line")
    person = ["keydown", "--delay", "70", "a", "keyup", "--delay", "60", "a", "keydown", "--delay", "70", "b", "keyup"]
    screen.keys(*person, "--delay", "60", "b", "key", "--delay", "4", *codes(SERIAL + "\r"))
    assert heard(child) == ("scan", SERIAL)
    assert child.ask("state")["line"] == "ab"


def test_a_persons_key_inside_a_scan_makes_it_refused_and_stays(screen: Screen, child: Program):
    child.ask("focus line")
    words = codes(SERIAL + "\r")
    screen.keys("key", "--delay", "4", *words[:8], "keydown", "x", "key", "--delay", "4", *words[8:12], "keyup", "x",
                "key", "--delay", "4", *words[12:])  # fmt: skip
    assert heard(child) == ("refused", "scan_mixed")
    assert child.ask("state")["line"] == "x"


def test_two_scanners_at_once_give_no_value_but_a_sentence(screen: Screen, child: Program):
    child.ask("focus line")
    words = []
    for one, other in zip(codes("35553908104720\r"), codes("6901234567892\r\r"), strict=False):
        words += ["keydown", "--delay", "2", one, "keydown", "--delay", "2", other]
        words += ["keyup", "--delay", "2", one, "keyup", "--delay", "2", other]
    screen.keys(*words)
    assert heard(child) == ("refused", "scan_mixed")
    assert child.ask("state")["line"] == ""


def test_pinyin_input_swallows_no_letters_as_in_flutter_122510(screen: Screen, child: Program, scan):
    child.ask("focus line")
    screen.keys("type", "--delay", "90", "123 ")
    child.ask("pinyin")
    scan("yyydsds123456date")
    line = child.wait("heard")
    while line["what"] != "scan":
        line = child.wait("heard")
    assert (line["text"], line["mended"]) == ("yyydsds123456date", ["input_method"])
    assert child.ask("state")["line"] == "123 "


@pytest.mark.parametrize("text", ["0109506000134352\x1d21ABC", "]d20109506000134352\x1d21abc"])
def test_group_separators_come_through_as_in_inventree_542(child: Program, scan, text):
    child.ask("focus line")
    scan(text)
    assert heard(child) == ("scan", text.removeprefix("]d2"))
    assert child.ask("state")["line"] == ""


def test_caps_lock_is_put_right(screen: Screen, child: Program, scan):
    child.ask("focus line")
    screen.keys("key", "Caps_Lock")
    scan("K35u5523A")
    line = child.wait("heard")
    assert (line["text"], line["mended"]) == ("K35u5523A", ["caps"])


def test_a_scanner_on_another_keyboard_is_refused_when_that_matters(screen: Screen, child: Program, scan):
    screen.layout("de")
    child.ask("focus line")
    scan("K35UY-0810", "de")
    assert heard(child) == ("refused", "scan_layout")
    scan(SERIAL, "de")
    assert heard(child) == ("scan", SERIAL)
    assert child.ask("state")["line"] == ""


def test_two_hundred_characters_into_a_line(child: Program, scan):
    long = "01095060001343521021" + "ABCDEFGHIJ0123456789" * 9
    child.ask("focus line")
    scan(long)
    assert heard(child) == ("scan", long)
    assert child.ask("state")["line"] == ""
