"""Codes that hold several things at once: taken apart, each field judged, and never a wrong serial."""

import json
from urllib.parse import quote, urlencode

import pytest
from hypothesis import given
from hypothesis import strategies as st

import resources
from core import identifiers as ids

PATTERNS = ids.parse_patterns(resources.path("patterns", "konwell.json").read_bytes())
MODEL, SERIAL, GTIN = "LED55K35U", "K35U5523A0810472", "6901234567892"
IMEI, IMEI2 = ids.make_imei("26053179", 1), ids.make_imei("26053179", 2)


def read(text, kind="QRCode", symbology="]Q1", **more):
    return ids.choose([ids.PlainCode(text, kind, symbology)], PATTERNS, **more)


def split(text):
    return [(field.key, field.text) for field in ids.split_fields(text)]


@pytest.mark.parametrize(
    "text",
    [
        f"SN:{SERIAL};IMEI:{IMEI}",
        f"IMEI={IMEI},SN={SERIAL}",
        f"S/N: {SERIAL}\r\nIMEI1: {IMEI}\r\n",
        f"机号：{SERIAL}；串号：{IMEI}",
        f"序列号={SERIAL}|串码={IMEI}",
        f"Serial No.: {SERIAL} IMEI: {IMEI}",
        json.dumps({"imei": IMEI, "unit": {"serialNumber": SERIAL}}),
        json.dumps({"型号": None, "IMEI": [IMEI], "sn": SERIAL}, ensure_ascii=False),
        f"https://service.example/u?sn={SERIAL}&imei={IMEI}",
        f"https://service.example/u#sn={SERIAL}&imei={IMEI}",
    ],
)
def test_each_form_gives_serial_and_imei(text):
    reading = read(text)
    assert (reading.serial, reading.imeis) == (SERIAL, (IMEI,))
    (code,) = reading.codes
    assert (code.text, code.value, code.chosen_as, code.reason.rule) == (text, SERIAL, "serial", "serial_keyed")
    assert {field.chosen_as for field in code.fields} >= {"serial", "imei1"}


def test_every_field_is_told_with_its_reason():
    text = f"型号：{MODEL}；序列号：{SERIAL}；IMEI1：{IMEI}；IMEI2：{IMEI2}；EAN：{GTIN}；"
    text += "MAC：a45e601234ff；产地：中国；MEID:A1000009296F21"
    reading = read(text)
    assert [(field.chosen_as, field.reason.rule) for field in reading.codes[0].fields] == [
        ("model", "model_keyed"), ("serial", "serial_label_agrees"), ("imei1", "imei"), ("imei2", "imei"),
        ("gtin", "gtin"), ("mac", "mac"), ("meid", "meid"),
    ]  # fmt: skip
    assert (reading.serial, reading.model, reading.gtin) == (SERIAL, MODEL, GTIN.zfill(14))
    assert (reading.imeis, reading.mac, reading.meid) == ((IMEI, IMEI2), "A4:5E:60:12:34:FF", "A1000009296F21")


def test_one_wrong_field_does_not_take_the_others_along():
    wrong = IMEI[:-1] + str((int(IMEI[-1]) + 1) % 10)
    reading = read(f"SN:{SERIAL};IMEI:{wrong};MAC:nonsense;GTIN:6901234567893;MEID:123")
    assert reading.serial == SERIAL
    assert [field.reason.rule for field in reading.codes[0].fields] == [
        "serial_keyed", "damaged", "unknown", "damaged", "damaged",
    ]  # fmt: skip
    assert [one.rule for one in read(f"SN:1234567890;IMEI:{wrong}").refusals] == [
        "serial_placeholder", "imei_wrong_digit",
    ]  # fmt: skip


def test_a_tie_inside_one_code_is_still_a_tie():
    reading = read(f"SN:{SERIAL};S/N:K35U5523A0810473")
    assert (reading.serial, reading.tie) == (None, (SERIAL, "K35U5523A0810473"))
    assert reading.codes[0].reason.rule == "tie"


@pytest.mark.parametrize(
    ("text", "serial"),
    [
        (f"SN: {SERIAL} Made in China", SERIAL),
        ("SN: K35U 5523 A081 0472", SERIAL),
        (f"SN: Rev2 {SERIAL}", SERIAL),
        ("SN: ABC-123 made in China", "ABC-123"),
        ("S/N. ZZ998877", "ZZ998877"),
        ("SN:0012345098", "0012345098"),
    ],
)
def test_what_stands_beside_a_marked_serial_is_not_part_of_it(text, serial):
    assert read(text).serial == serial


@pytest.mark.parametrize("text", ["SN: ABC123 220V", "SN: NOT GIVEN HERE", "SN: see ABC123", "SN: ★1293"])
def test_a_marked_serial_that_is_not_clear_is_refused(text):
    reading = read(text)
    assert reading.serial is None
    assert [one.rule for one in reading.refusals] == ["serial_unclear"]


@pytest.mark.parametrize(
    ("text", "rule"),
    [
        ("https://label.example/energy/qr/81726354", "address"),
        ("http://label.example/?id=81726354&t=2", "unknown"),
        ("WWW.konwell.example/K35U5523A0810472", "address"),
        ("http://[broken", "address"),
        ('{"imei": ', "unknown"),
        ('{"text": {"a": {"b": {"c": {"d": 1}}}}}', "unknown"),
        ('{"a1":' * 600, "unknown"),
        ("SN:" + "A" * 5000, "unknown"),
    ],
)
def test_energy_labels_pages_and_damaged_texts_give_no_serial(text, rule):
    reading = read(text)
    assert (reading.serial, reading.codes[0].reason.rule) == (None, rule)
    assert reading.refusals


def test_under_a_foreign_key_only_a_makers_pattern_makes_a_serial():
    reading = read(f"https://label.example/q?code={SERIAL}&x=ZZ998877")
    assert reading.serial == SERIAL
    assert reading.codes[0].fields[0].reason.rule == "serial_pattern"
    assert read("https://label.example/q?code=ZZ998877").serial is None


def test_numbers_in_json_keep_every_digit():
    assert split('{"sn": 901234567890123456789012, "n": true}') == [
        ("serial", "901234567890123456789012"), ("other", "true"),
    ]  # fmt: skip
    assert split('{"sn": "00012345"}') == [("serial", "00012345")]


def test_a_plain_number_has_no_fields():
    assert split(SERIAL) == split("MODEL") == split("SN") == split("") == []
    assert split("BSN:123456") == []


def test_the_same_field_twice_is_one():
    assert split(f"SN:{SERIAL};sn:{SERIAL};SN:") == [("serial", SERIAL)]


VALUES = st.text("0123456789ABCDEFGHJKLMNPQRSTUVWXYZ-", min_size=6, max_size=20).filter(
    lambda text: any(c.isdigit() for c in text) and not ids.is_placeholder(text) and text[0] != "-"
)


@given(VALUES, st.sampled_from(["{0};{1}", "{0},{1}", "{0}\n{1}", "{1}\t{0}", "{1} {0}", "{0}|{1}", "{0}&{1}"]))
def test_a_serial_goes_in_and_comes_out_whatever_parts_the_fields(value, form):
    reading = read(form.format(f"SN:{value}", f"IMEI:{IMEI}"))
    assert (reading.serial, reading.imeis) == (value, (IMEI,)) or reading.refusals


@given(VALUES)
def test_json_and_addresses_give_back_what_was_put_in(value):
    assert split(json.dumps({"SN": value, "IMEI": IMEI})) == [("serial", value), ("imei", IMEI)]
    assert split("https://a.example/?" + urlencode({"sn": value})) == [("serial", value)]
    assert split("https://a.example/?序列号=" + quote(value)) == [("serial", value)]


@given(st.text(max_size=200), st.sampled_from(["", "{", '{"SN":', "http://", "SN:", "https://x/?sn="]))
def test_no_text_breaks_the_splitting(text, head):
    assert isinstance(ids.split_fields(head + text), tuple)
    reading = read(head + text)
    assert reading.serial or reading.tie or reading.refusals or reading.invoice or reading.order or reading.old_part
