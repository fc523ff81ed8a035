"""What proves a serial number: the code that holds it, whatever the station said it chose; and nothing invisible."""

import base64
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.rows.orders import ScanEvent, ScannedCode
from core.scan_evidence import OrderScans, order_scans
from core.scan_lines import scan_lines
from core.visible import shown, shown_bytes
from tests.unit import world as w

SERIAL = ScannedCode(format="Code128", text=w.SERIAL, raw="SzM1", symbology_id="]C0", chosen_as="serial")
MODEL = ScannedCode(format="Code39", text=w.MODEL, raw="TEVE", chosen_as="model")
HASH = "ab" * 32


def a_scan(label: str, *codes: ScannedCode, **fields) -> ScanEvent:
    values = {
        "id": w.an_id(label), "branch_id": w.BRANCH, "station_id": w.STATION, "order_id": w.ORDER,
        "device_kind": "picture", "codes": codes, "scanned_at": w.NOW, "scanned_by": w.TECHNICIAN,
    }  # fmt: skip
    return ScanEvent(**(values | fields))


def seen(*scans: ScanEvent, unit=None, here=frozenset()) -> OrderScans:
    unit = unit or w.identified(serial_source="scan", scan_id=scans[0].id if scans else None)
    return order_scans(w.an_order(), w.a_world(unit, *scans), w.NOW, here.__contains__)


def told(found: OrderScans) -> str:
    return "\n".join(scan_lines(found, str))


def test_the_code_that_holds_the_serial_proves_it():
    found = seen(a_scan("one", MODEL, SERIAL, device_name="DSC_1.jpg", read_ms=140, picture_sha256=HASH), here={HASH})
    proof = found.units[0]
    assert (proof.how, proof.scan, proof.code, proof.serial) == ("read", 1, 1, w.SERIAL)
    scan = found.scans[0]
    assert (scan.person, scan.device_kind, scan.device_name, scan.picture_here) == (
        "李伟",
        "picture",
        "DSC_1.jpg",
        True,
    )
    assert scan.codes[1].raw == "K35"
    said = told(found)
    assert "Read in scan 1." in said
    assert "K35U5525A1500042  (Code128 ]C0)  chosen as: Serial number" in said
    assert f"picture {HASH}: at hand" in said


@pytest.mark.parametrize(
    ("code", "how"),
    [
        ({"chosen_as": "serial"}, "read"),
        ({"chosen_as": "imei1"}, "read"),
        ({"chosen_as": None}, "picked"),
        ({"chosen_as": "serial", "text": f"21{w.SERIAL}␝1125"}, "read"),
        ({"chosen_as": "serial", "text": f"https://a.example/21/{w.SERIAL}?x=%2F"}, "read"),
        ({"chosen_as": "serial", "text": w.SERIAL.lower()}, "read"),
        ({"chosen_as": "serial", "text": "K35U5525A1500043"}, "unproven"),
    ],
)
def test_a_code_that_does_not_hold_the_number_proves_nothing_whatever_it_was_chosen_as(code, how):
    values = {"format": "QRCode", "text": w.SERIAL, "raw": ""} | code
    assert seen(a_scan("one", ScannedCode(**values))).units[0].how == how


def test_typed_unread_and_a_scan_that_is_not_here():
    typed = w.identified(serial_source="typed", scan_id=w.an_id("one"))
    found = seen(a_scan("one", device_kind="typed"), unit=typed)
    assert (found.units[0].how, found.units[0].scan) == ("typed", 1)
    assert "Typed by hand; no scan proves it." in told(found)
    assert "no code: typed by hand" in told(found)
    assert seen(unit=w.a_unit()).units[0].how == "unread"
    assert "This order has no scan." in told(seen(unit=w.a_unit()))
    assert seen(unit=w.identified(serial_source="scan", scan_id=w.an_id("gone"))).units[0].how == "unproven"


def test_scans_are_numbered_by_time_and_a_number_before_others_proves():
    late = a_scan("late", SERIAL, scanned_at=w.NOW + timedelta(minutes=5), scanned_by=w.an_id("nobody"))
    early = a_scan("early", SERIAL, read_ms=7)
    found = seen(late, early)
    assert [(scan.number, scan.read_ms) for scan in found.scans] == [(1, 7), (2, None)]
    assert found.units[0].scan == 2
    assert found.scans[1].person == ""
    assert w.an_id("nobody") in told(found)
    both = seen(a_scan("both", ScannedCode(format="QRCode", text=f"SN:{w.SERIAL}", raw=""), SERIAL))
    assert both.units[0].code == 1


def test_what_speaks_against_a_code_is_told():
    weak = {"engine": "zbar/deskewed", "agreed": 2, "disputed": True, "doubtful": True, "page": 3}
    code = ScannedCode(format="", text=w.SERIAL, raw="", **weak)
    said = told(seen(a_scan("one", code, picture_sha256=HASH)))
    for expected in ("zbar/deskewed, 2 renditions", "another text was read", "text uncertain", "page 3", "(?)",
                     f"picture {HASH}: not here"):  # fmt: skip
        assert expected in said


def test_a_serial_whose_day_can_t_be_is_doubted():
    found = seen(a_scan("one", SERIAL), unit=w.identified(serial_source="scan", scan_id=w.an_id("one")))
    assert (found.units[0].doubts, found.units[0].made) == ((), "2025-01-15")
    other = "K35U5527A1500042"
    unit = w.identified(scan_id=w.an_id("one"), serial_source="scan")
    future = seen(a_scan("one", SERIAL), unit=unit.__class__(**{**_fields(unit), "serial": other}))
    assert [doubt.rule for doubt in future.units[0].doubts] == ["made_in_future"]
    assert "still to come" in told(future)


def _fields(row):
    return {name: getattr(row, name) for name in row.__struct_fields__}


# --- nothing is invisible


def test_control_characters_are_pictures_and_hiding_ones_are_spelt_out():
    assert shown("21A\x1d10\x7f\u202eB\u200b") == "21A␝10␡‹202E›B‹200B›"
    assert shown_bytes(b"21A\x1d\x7f\xe6") == "21A␝␡‹E6›"


@given(st.binary(max_size=40))
def test_bytes_are_shown_whole_and_no_two_alike(raw):
    text = shown_bytes(raw)
    assert text.isprintable()
    back = bytearray()
    rest = text
    while rest:
        if rest.startswith("‹"):
            back.append(int(rest[1:3], 16))
            rest = rest[4:]
        else:
            code = ord(rest[0])
            back.append(0x7F if rest[0] == "␡" else code - 0x2400 if code >= 0x2400 else code)
            rest = rest[1:]
    assert bytes(back) == raw


@given(st.text(max_size=30), st.binary(max_size=20), st.text(max_size=10))
def test_what_a_station_sends_comes_out_printable(text, raw, name):
    codes = (
        ScannedCode(format=name, text=text, raw=base64.b64encode(raw).decode(), chosen_as=name or None, engine=name),
        ScannedCode(format="Code128", text="A", raw=text),
    )
    found = seen(a_scan("one", *codes, device_name=name, device_kind=name or "x"))
    for line in scan_lines(found, str):
        assert not any(ord(character) < 0x20 or character in "\x7f\u202e" for character in line)
