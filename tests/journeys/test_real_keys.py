"""Hand scanners by real key events: an X server, a window manager, xdotool's keys, and the house's window."""

from pathlib import Path

import pytest

from app.scanner.strokes import GS, LAYOUTS
from tests.journeys.real_window import Program, Screen, needs_screen, screen

__all__ = ["screen"]
pytestmark = [needs_screen, pytest.mark.slow]

A, B, X = 38, 56, 53
SERIAL, GTIN = "K35U5523A0810472", "6901234567892"
PROGRAM = Path(__file__).with_name("wedge_program.py")
PLACES = {text: (place, shifted) for place, pair in LAYOUTS["us"].items() for shifted, text in enumerate(pair)}
PLACES |= {"\r": (28, 0), "\t": (15, 0), GS: (27, 0)}
SHIFT, CTRL, ALT = 50, 37, 64


def tapped(code: int, *with_them: int) -> list[tuple[int, bool, int]]:
    """A key with other keys, as a scanner presses it: 4 ms after the one before, for 2 ms."""
    down, up = ([(one, down, 0) for one in with_them] for down in (True, False))
    return [*down, (code, True, 4), (code, False, 2), *up]


def codes(text: str) -> list[tuple[int, bool, int]]:
    """What a scanner that is set to a US keyboard presses, by the keys' places; GS as Ctrl and ]."""
    strokes = []
    for key in text:
        place, shifted = PLACES[key]
        strokes += tapped(place + 8, *([CTRL] if key == GS else [SHIFT] if shifted else []))
    return strokes


@pytest.fixture(name="child")
def _child(screen: Screen) -> Program:
    program = screen.start(PROGRAM)
    while program.wait("window")["title"] != "Fixpoint":
        continue
    return program


@pytest.fixture(name="scan")
def _scan(screen: Screen):
    taken = [(SHIFT, True, 400), (SHIFT, False, 1)]  # as long as it takes to reach for the scanner
    return lambda text: screen.press(*taken, *codes(text + "\r"))


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
    person = [(A, True, 0), (A, False, 80), (B, True, 70), (B, False, 80)]
    screen.press(*person, (SHIFT, True, 60), (SHIFT, False, 1), *codes(SERIAL + "\r"))
    assert heard(child) == ("scan", SERIAL)
    assert child.ask("state")["line"] == "ab"


def test_a_persons_key_inside_a_scan_makes_it_refused_and_stays(screen: Screen, child: Program):
    child.ask("focus line")
    screen.press(*codes(SERIAL[:8]), (X, True, 2), *codes(SERIAL[8:14]), (X, False, 2), *codes(SERIAL[14:] + "\r"))
    assert heard(child) == ("refused", "scan_mixed")
    assert child.ask("state")["line"] == "x"


def test_two_scanners_at_once_give_no_value_but_a_sentence(screen: Screen, child: Program):
    child.ask("focus line")
    strokes = []
    for one, other in zip("35553908104720\r", "6901234567892\r\r", strict=True):
        keys = PLACES[one][0] + 8, PLACES[other][0] + 8
        strokes += [(key, down, 2) for down in (True, False) for key in dict.fromkeys(keys)]
    screen.press(*strokes)
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


F8 = tapped(74)
BY_NUMBER = [(ALT, True, 2), *tapped(90), *tapped(88), *tapped(81), (ALT, False, 2)]


@pytest.mark.parametrize("gs", [F8, BY_NUMBER], ids=["F8", "Alt and 029"])
def test_a_group_separator_as_f8_or_by_its_number_is_one(screen: Screen, child: Program, gs):
    child.ask("focus line")
    screen.press(*codes("0109506000134352"), *gs, *codes("21ABC\r"))
    assert heard(child) == ("scan", "0109506000134352" + GS + "21ABC")
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
    scan("K35UY-0810")
    assert heard(child) == ("refused", "scan_layout")
    scan(SERIAL)
    assert heard(child) == ("scan", SERIAL)
    assert child.ask("state")["line"] == ""


def test_two_hundred_characters_into_a_line(child: Program, scan):
    long = "01095060001343521021" + "ABCDEFGHIJ0123456789" * 9
    child.ask("focus line")
    scan(long)
    assert heard(child) == ("scan", long)
    assert child.ask("state")["line"] == ""
