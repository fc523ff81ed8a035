"""Codes' texts, and merging of readings."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.scanner.codes import Code, contains, decode_text
from app.scanner.engines import engines, merge

SQUARE = ((0.0, 0.0), (100.0, 0.0), (100.0, 20.0), (0.0, 20.0))


def code(text, kind="Code128", engine="zxing", corners=SQUARE):
    return Code(kind, text, text.encode(), "]C0", corners, engine)


def elsewhere(text, **kinds):
    return code(text, corners=tuple((x + 500, y) for x, y in SQUARE), **kinds)


class TestText:
    @pytest.mark.parametrize("encoding", ["utf-8", "gb2312", "gb18030"])
    def test_chinese_in_either_encoding(self, encoding):
        assert decode_text("发票：深圳".encode(encoding), "諦誧") == "发票：深圳"

    def test_characters_beyond_gb2312(self):
        assert decode_text("朱镕基 喆".encode("gb18030")) == "朱镕基 喆"

    def test_group_separators_are_kept(self):
        assert decode_text(b"21ABC\x1d10L1") == "21ABC\x1d10L1"

    def test_japanese_as_the_decoder_read_it(self):
        text = "今度のバージョンでは"
        assert decode_text(text.encode("shift-jis"), text) == text

    def test_what_is_neither_is_the_decoders_reading(self):
        assert decode_text(b"\xff\xff\x80", "guess") == "guess"
        assert decode_text(b"\xff") == "ÿ"

    @given(st.binary(max_size=64), st.text(max_size=8))
    def test_any_bytes_give_a_text(self, raw, guess):
        assert isinstance(decode_text(raw, guess), str)


class TestPlaces:
    def test_inside_near_and_far(self):
        slanted = ((0.0, 0.0), (100.0, 100.0), (90.0, 110.0), (-10.0, 10.0))
        assert contains(slanted, (45, 55))
        assert contains(tuple(reversed(slanted)), (45, 55))
        assert not contains(slanted, (90, 10))
        assert contains(SQUARE, (50, 25), margin=5)
        assert not contains(SQUARE, (50, 26), margin=5)

    def test_a_point_or_nothing_at_all(self):
        assert contains(((5.0, 5.0), (5.0, 5.0)), (5, 6), margin=2)
        assert not contains((), (5, 6))
        assert code("A", corners=()).centre == (0, 0)


class TestMerging:
    def test_the_first_reading_of_a_place_stays(self):
        known = [code("RIGHT")]
        assert [one.text for one in merge(known, [code("WRONG", engine="zbar"), elsewhere("OTHER")])] == [
            "RIGHT",
            "OTHER",
        ]

    def test_upc_a_and_its_ean_are_one(self):
        assert len(merge([code("036000291452", kind="UPCA")], [elsewhere("0036000291452", kind="EAN13")])) == 1


def test_the_doctor_sees_both_engines():
    assert engines() == {"zxing-cpp": engines()["zxing-cpp"], "pyzbar": "present"}
