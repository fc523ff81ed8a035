"""Choosing the serial number on a label, with the reason for every code."""

from datetime import date
from itertools import permutations

import pytest
from hypothesis import given
from hypothesis import strategies as st

import resources
from core import identifiers as ids
from core.refusals import CATALOGUE

PATTERNS = ids.parse_patterns(resources.path("patterns", "konwell.json").read_bytes())
MODEL, SERIAL, GTIN = "LED55K35U", "K35U5523A0810472", "6901234567892"
OTHER = "K50U6523B0900001"  # a serial of LED65K50U
GTINS = {"06901234567892": MODEL}
PREFIXES = {"K35U55": MODEL, "K50U65": "LED65K50U"}
IMEIS = [ids.make_imei("26053179", number) for number in (1, 2, 3)]
INVOICE = "01,10,044001900111,12345678,3298.50,20250311,1234,A1B2,"
TAG = ids.tag_of("0195d3c0-0000-7000-8000-0123456789ab")


def code(text, kind="Code128", symbology="]C0"):
    return ids.PlainCode(text, kind, symbology)


def ean(text=GTIN):
    return code(text, "EAN13", "]E0")


def read(*codes, expected=None, gtins=GTINS, prefixes=PREFIXES):
    return ids.choose(codes, PATTERNS, expected, gtins, prefixes)


def chosen(reading):
    return [(one.chosen_as, one.reason.rule) for one in reading.codes]


def test_the_label_of_the_ordered_unit():
    reading = read(code(MODEL), ean(), code(SERIAL), expected=MODEL)
    assert chosen(reading) == [
        ("model", "model_expected"), ("gtin", "gtin_of_model"), ("serial", "serial_model_agrees"),
    ]  # fmt: skip
    assert (reading.serial, reading.model, reading.gtin) == (SERIAL, MODEL, "06901234567892")
    assert reading.made == date(2023, 1, 8)
    assert reading.codes[2].reason.facts == {
        "pattern": "KW-TV-2", "prefix": "K35U55", "made": "2023-01-08", "model": MODEL,
    }  # fmt: skip
    assert reading.refusal() is None


@pytest.mark.parametrize("order", list(permutations(range(4))))
def test_the_order_of_the_codes_does_not_matter(order):
    codes = [code(MODEL), ean(), code(SERIAL), code(OTHER)]
    reading = read(*(codes[place] for place in order), expected=MODEL)
    assert reading.serial == SERIAL
    loser = next(one for one in reading.codes if one.text == OTHER)
    assert (loser.chosen_as, loser.reason.rule, loser.reason.facts) == (
        None, "other_serial_fits_better", {"serial": SERIAL},
    )  # fmt: skip


def test_without_an_order_the_labels_own_model_decides():
    assert read(ean(), code(OTHER), code(SERIAL)).serial == SERIAL
    assert read(code("LED65K50U"), code(OTHER), code(SERIAL)).serial == OTHER
    assert chosen(read(code("LED65K50U"), code(OTHER)))[1] == ("serial", "serial_label_agrees")


def test_the_makers_rule_stands_in_for_a_missing_catalogue():
    reading = read(code(SERIAL), code(OTHER), expected="LED65K50U", gtins={}, prefixes={})
    assert reading.serial == OTHER
    assert chosen(reading)[1] == ("serial", "serial_model_agrees")


def test_a_known_prefix_beats_a_form_that_merely_fits():
    stranger = "X99Y1123C0100001"
    reading = read(code(stranger), code(SERIAL))
    assert (reading.serial, reading.model) == (SERIAL, MODEL)
    assert read(code(stranger)).serial == stranger
    assert read(code(stranger)).model is None


def test_a_unit_of_another_model_is_still_told():
    reading = read(code(OTHER), expected=MODEL)
    assert reading.serial == OTHER
    assert reading.model == "LED65K50U"
    assert reading.codes[0].reason.rule == "serial_other_model"
    assert read(code(OTHER), expected=MODEL, prefixes={}).codes[0].reason.rule == "serial_other_model"
    assert read(code(OTHER), expected="UNKNOWN-1", prefixes={}).codes[0].reason.rule == "serial_pattern"


def test_before_enrolment_the_makers_rules_know_the_model():
    reading = read(code(MODEL), code(OTHER), code(SERIAL), gtins={}, prefixes={})
    assert chosen(reading)[0] == ("model", "model_pattern")
    assert (reading.serial, reading.model) == (SERIAL, MODEL)


def test_models_may_share_a_segment():
    reading = read(code(SERIAL), expected="MLED55K35U")
    assert (reading.model, reading.codes[0].reason.rule) == ("MLED55K35U", "serial_model_agrees")


def test_two_equally_good_ones_are_a_tie_for_a_person():
    second = "K35U5523A0810473"
    reading = read(code(SERIAL), code(second), code(OTHER), expected=MODEL)
    assert reading.serial is None
    assert reading.tie == (SERIAL, second)
    assert chosen(reading) == [(None, "tie"), (None, "tie"), (None, "other_serial_fits_better")]
    refusal = reading.refusal()
    assert refusal is not None
    assert (refusal.code, refusal.facts["count"]) == ("label_tie", "2")


def test_the_same_number_in_two_codes_is_no_tie():
    reading = read(code(SERIAL), code("SN:" + SERIAL, "QRCode", "]Q1"), expected=MODEL)
    assert [one.chosen_as for one in reading.codes] == ["serial", "serial"]
    assert reading.serial == SERIAL


def test_a_phones_label():
    serial = ids.make_serial(PATTERNS[1], "P30A", date(2024, 5, 1), 77)
    reading = read(ean(), code(IMEIS[0]), code(IMEIS[1]), code(serial), code("a4:5e:60:12:34:ff"), code(IMEIS[2]))
    assert [one.chosen_as for one in reading.codes] == ["gtin", "imei1", "imei2", "serial", "mac", None]
    assert reading.imeis == (IMEIS[0], IMEIS[1])
    assert reading.mac == "A4:5E:60:12:34:FF"
    assert reading.serial == serial


def test_a_phone_without_another_number_goes_by_its_imei():
    reading = read(code("IMEI1: " + IMEIS[0]), code(IMEIS[1]), code("BOX-7788"))
    assert reading.serial == IMEIS[0]
    assert chosen(reading) == [("imei1", "imei_is_serial"), ("imei2", "imei"), (None, "unknown")]


def test_an_imei_with_a_wrong_digit_is_refused_and_nothing_else_guessed():
    wrong = IMEIS[0][:-1] + str((int(IMEIS[0][-1]) + 1) % 10)
    reading = read(code(wrong), code("BOX-7788"))
    assert reading.serial is None
    assert [one.rule for one in reading.refusals] == ["imei_wrong_digit"]
    assert chosen(reading)[0] == (None, "damaged")


def test_gs1_codes():
    gs = ids.GROUP_SEPARATOR
    full = code(f"010690123456789221{SERIAL}{gs}10L1", "DataMatrix", "]d2")
    reading = read(full)
    assert (reading.serial, reading.model, reading.gtin) == (SERIAL, MODEL, "06901234567892")
    foreign = read(code(f"010950600013435221ABC-1{gs}", "Code128", "]C1"), code("X99Y1123C0100001"))
    assert foreign.serial == "ABC-1"
    assert foreign.codes[0].reason.rule == "serial_gs1"
    assert read(code(f"8002{IMEIS[0]}", "Code128", "]C1")).imeis == (IMEIS[0],)
    assert read(code("0106901234567892", "Code128", "]C1")).codes[0].chosen_as == "gtin"
    assert read(code(f"240{MODEL}", "Code128", "]C1")).codes[0].chosen_as == "model"
    assert read(code("10LOT7", "Code128", "]C1")).codes[0].reason.rule == "unknown"
    assert read(code("0106901234567892211234567890", "Code128", "]C1")).codes[0].chosen_as == "gtin"


def test_a_marked_serial_keeps_its_mark_and_learns_its_model():
    reading = read(code(f"21{OTHER}", "Code128", "]C1"))
    assert (reading.serial, reading.model, reading.codes[0].reason.rule) == (OTHER, "LED65K50U", "serial_gs1")


def test_codes_marked_in_words():
    reading = read(code("型号：ＬＥＤ55K35U"), code("S/N: zz-998877"))
    assert (reading.model, reading.serial) == (MODEL, "ZZ-998877")
    assert chosen(reading) == [("model", "model_keyed"), ("serial", "serial_keyed")]
    assert read(code("SN:1234567890")).refusals[0].rule == "serial_placeholder"


def test_only_one_code_left_is_taken_and_two_are_a_tie():
    reading = read(code("ZZ-998877"), ean("6901234567892"), gtins={})
    assert (reading.serial, chosen(reading)[0]) == ("ZZ-998877", ("serial", "serial_only_one_left"))
    assert read(code("ZZ-998877"), code("ZZ-998878")).tie == ("ZZ-998877", "ZZ-998878")
    guess = read(code("ZZ-998877"), code(SERIAL)).codes[0]
    assert (guess.chosen_as, guess.reason.rule) == (None, "unknown")


def test_a_gtin_in_another_symbology_needs_the_catalogue():
    assert read(code(GTIN)).codes[0].chosen_as == "gtin"
    assert read(code(GTIN), gtins={}).codes[0].chosen_as == "serial"
    assert read(ean("6901234567893")).codes[0].reason.rule == "unknown"
    assert read(ean(), gtins={}).codes[0].reason.rule == "gtin"


@pytest.mark.parametrize("text", ["1234567890", "0000000000", "N/A"])
def test_placeholders_are_refused(text):
    reading = read(code(text), ean())
    assert reading.serial is None
    assert [one.rule for one in reading.refusals] == ["serial_placeholder"]


def test_papers_and_slips():
    assert read(code(INVOICE, "QRCode", "]Q1")).invoice == ids.parse_invoice(INVOICE)
    assert read(code(ids.format_order("SZ-260317-0271"))).order == "SZ-260317-0271"
    assert read(code(ids.format_old_part(TAG))).old_part == TAG
    reading = read(code(ids.format_old_part_qr(TAG)), code(ids.format_old_part(TAG)))
    assert (reading.old_part, reading.refusals) == (TAG, ())
    assert read(code("FX-P:000000000001")).refusals[0].rule == "old_part_tag_wrong"
    assert read(code("01,10,x,y", "QRCode", "]Q1")).refusals[0].rule == "invoice_unreadable"


def test_our_own_unit_label():
    reading = read(code(ids.format_unit(MODEL, "ZZ1"), "QRCode", "]Q1"))
    assert (reading.serial, reading.model) == ("ZZ1", MODEL)


def test_indoor_and_outdoor_units_are_told_apart():
    indoor = ids.make_serial(PATTERNS[4], "A35K3A1", date(2023, 1, 2), 5)
    assert read(code(indoor)).part_of_unit == "indoor"
    dateless = read(code(indoor), expected="KFR-35GW/K3A1")
    assert dateless.codes[0].reason.rule == "serial_model_agrees"


def test_a_pattern_without_a_date_says_so():
    data = b"""[{"id": "D", "brand": "X", "product_class": "tv_lcd", "regex": "(?P<prefix>ZQ)(?P<number>[0-9]{6})",
      "compose": "{prefix}{number}", "prefix": "ZQ", "number_digits": 6, "made": {"precision": "none"}}]"""
    reading = ids.choose([code("ZQ000001")], ids.parse_patterns(data))
    assert reading.codes[0].reason.facts["made"] == "—"
    assert reading.made is None
    known = ids.choose([code("ZQ000001")], ids.parse_patterns(data), "ZQM", {}, {"ZQ": "ZQM"})
    assert known.codes[0].reason.sentence() == "Rule D: segment ZQ belongs to the order’s model ZQM. Made —"


def test_no_code_and_no_serial():
    assert [one.rule for one in read().refusals] == ["label_no_code"]
    reading = read(ean(), code("HELLO"))
    assert reading.refusals[0].rule == "label_no_serial"
    assert reading.codes[1].reason.rule == "unknown"
    assert read(code("AABBCCDDEE0F")).mac == "AA:BB:CC:DD:EE:0F"
    assert read(code("112233445566")).mac is None


CODES = st.builds(
    ids.PlainCode,
    st.one_of(
        st.text(max_size=40), st.sampled_from([SERIAL, OTHER, MODEL, GTIN, INVOICE, *IMEIS, "P" + TAG, "01,10,", "SN:"])
    ),
    st.sampled_from(["Code128", "EAN13", "QRCode", ""]),
    st.sampled_from(["]C0", "]C1", "]Q1", "]Q3", ""]),
)


@given(st.lists(CODES, max_size=6), st.sampled_from([None, MODEL]))
def test_any_codes_get_one_answer_each_that_can_be_said(codes, expected):
    reading = read(*codes, expected=expected)
    assert len(reading.codes) == len(codes)
    assert not (reading.serial and reading.tie)
    for one in reading.codes:
        assert one.reason.sentence()
    for refusal in reading.refusals:
        assert refusal.rule in CATALOGUE
    if reading.serial is None and not (reading.invoice or reading.order or reading.old_part):
        assert reading.refusals
