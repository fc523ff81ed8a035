"""What is still to be read of a label, by product line."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

import resources
from core.identifiers import PlainCode, choose, format_unit, label_form, make_imei, missing, parse_patterns
from core.identifiers.expected import LABEL_FORMS

PATTERNS = parse_patterns(resources.path("patterns", "konwell.json").read_bytes())
IMEIS = make_imei("86123456", 789012), make_imei("86123456", 789013)
CODES = {
    "imei1": PlainCode(IMEIS[0], "Code128"),
    "imei2": PlainCode(IMEIS[1], "Code128"),
    "gtin": PlainCode("6901234567892", "EAN13"),
    "serial": PlainCode("K35U5523A0810472", "Code128"),
    "model": PlainCode("LED55K35U", "Code128"),
}


def left(product_class, *kinds):
    reading = choose([CODES[kind] for kind in kinds], PATTERNS, "LED55K35U") if kinds else None
    return ["/".join(need.kinds) for need in missing(label_form(product_class), reading)]


@pytest.mark.parametrize(
    ("product_class", "kinds", "rest"),
    [
        ("phone", (), ["imei1", "imei2", "serial", "gtin"]),
        ("phone", ("imei1", "gtin"), ["imei2", "serial"]),
        ("phone", ("imei1", "imei2", "serial"), ["gtin"]),
        ("phone", ("imei1", "imei2", "serial", "gtin"), []),
        ("tv_lcd", ("gtin",), ["serial"]),
        ("tv_lcd", ("serial",), ["model/gtin"]),
        ("tv_lcd", ("serial", "model"), []),
        ("tv_lcd", ("serial", "gtin"), []),
        ("something new", (), ["serial"]),
        (None, ("serial",), []),
    ],
)
def test_what_is_still_to_be_read(product_class, kinds, rest):
    assert left(product_class, *kinds) == rest


def test_a_guessed_serial_leaves_the_phones_own_missing():
    reading = choose([CODES["imei1"]], PATTERNS)
    assert reading.serial == IMEIS[0]
    assert [need.kinds for need in missing(label_form("phone"), reading)] == [("imei2",), ("serial",), ("gtin",)]


def test_our_own_unit_label_says_both():
    reading = choose([PlainCode(format_unit("LED55K35U", "K35U5523A0810472"), "QRCode")], PATTERNS)
    assert missing(label_form("tv_lcd"), reading) == ()


def test_every_shipped_product_line_has_a_form_and_a_second_imei_is_optional():
    shipped = {entry["id"] for entry in json.loads(resources.read_text("codes", "product_classes.json"))}
    assert shipped == set(LABEL_FORMS)
    assert [need.kinds for need in label_form("phone").needs if need.is_optional] == [("imei2",)]


@given(st.sampled_from(sorted(LABEL_FORMS)), st.permutations(sorted(CODES)), st.integers(0, 5))
def test_more_codes_never_leave_more_to_be_read(product_class, kinds, count):
    assert set(left(product_class, *kinds[: count + 1])) <= set(left(product_class, *kinds[:count]))
