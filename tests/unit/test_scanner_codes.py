"""Codes' texts, merging of readings, and when frames agree."""

import base64

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.actions.identify_unit import read_codes, shown
from app.scanner.codes import Code, contains, decode_text, doubtful_text
from app.scanner.confirm import Confirmation
from app.scanner.engines import engines, merge
from core.identifiers import fold_serial
from core.operations.kernel import clean

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


class TestConfirmation:
    def test_a_matrix_code_is_believed_at_once(self):
        qr = code("Q", kind="QRCode")
        assert Confirmation().feed([qr], 0) == (qr,)

    def test_bars_need_two_frames_that_agree(self):
        bars, watch = code("S"), Confirmation()
        assert watch.frames_left(bars) == 2
        assert watch.feed([bars], 0) == ()
        assert watch.frames_left(bars) == 1
        assert watch.feed([bars], 40) == (bars,)
        assert watch.frames_left(bars) == 0

    def test_weak_formats_and_second_attempts_need_three(self):
        for weak in (code("S", kind="Code39"), code("S", engine="zbar/deskewed")):
            watch = Confirmation()
            assert [len(watch.feed([weak], at)) for at in (0, 40, 80)] == [0, 0, 1]

    def test_old_frames_do_not_count(self):
        watch = Confirmation()
        watch.feed([code("S")], 0)
        assert watch.feed([code("S")], 1500) == ()
        assert watch.feed([], 5000) == ()

    def test_two_texts_at_one_place_are_both_doubted(self):
        watch = Confirmation()
        watch.feed([code("S1")], 0)
        assert watch.feed([code("S2")], 30) == ()
        assert watch.feed([code("S1")], 60) == ()
        assert watch.feed([code("S1"), elsewhere("T")], 1200) == ()
        assert {one.text for one in watch.feed([code("S1"), elsewhere("T")], 1230)} == {"S1", "T"}


def test_the_doctor_sees_both_engines():
    assert engines() == {"zxing-cpp": engines()["zxing-cpp"], "pyzbar": "present"}


class TestDoubtfulText:
    @pytest.mark.parametrize(
        "raw",
        [
            b"21ABC\x1d10L1",
            "发票：深圳".encode(),
            "发票，深圳市南山区".encode("gb2312"),
            "ＡＢＣ１２３".encode(),
            "发票Ａ１".encode("gb2312"),
        ],
    )
    def test_what_is_sure(self, raw):
        assert not doubtful_text(raw)

    @pytest.mark.parametrize(
        "raw",
        [
            "模".encode("gb2312"),  # also a letter of UTF-8
            "今度のバージョン".encode("shift-jis"),
            "鬯鬻".encode("gb2312"),  # seldom characters
            b"\xff\xff\x80",  # no encoding at all
        ],
    )
    def test_what_fits_several_encodings_or_none(self, raw):
        assert doubtful_text(raw)

    def test_only_codes_that_declare_no_encoding_can_be_doubtful(self):
        raw = "模".encode("gb2312")
        qr = msgspec.structs.replace(code("x", kind="QRCode"), raw=raw, symbology_id="]Q1")
        assert qr.text_doubtful
        assert not msgspec.structs.replace(qr, symbology_id="]Q2").text_doubtful
        assert not msgspec.structs.replace(qr, format="Code128").text_doubtful

    @given(st.binary(max_size=64))
    def test_any_bytes_have_an_answer_and_ascii_never_doubts(self, raw):
        doubtful = doubtful_text(raw)
        assert not (doubtful and raw.isascii())
        assert doubtful_text(raw) == doubtful


class TestShownText:
    """inventree #542: a lost group separator joins two fields; it stays in the bytes and is seen in the text."""

    def test_separators_and_hiding_characters_are_seen(self):
        assert shown("21AB\x1d10L1\x7f") == "21AB␝10L1␡"
        assert shown("AB\u200b1\u202e2\x85") == "AB‹200B›1‹202E›2‹0085›"

    def test_full_width_is_kept_as_it_was_read_and_folded_for_its_meaning(self):
        read = read_codes([code("Ｋ３５Ｕ５５２３Ａ０８１０４７２", kind="QRCode")])[0]
        assert shown(read.text) == "Ｋ３５Ｕ５５２３Ａ０８１０４７２"
        assert base64.b64decode(read.raw or "").decode() == read.text
        assert fold_serial(read.text) == "K35U5523A0810472"

    @given(st.text(max_size=40))
    def test_nothing_that_can_be_refused_as_a_control_character_is_left(self, text):
        clean(shown(text).replace("\n", "").replace("\t", ""))


def test_how_a_code_was_read_goes_into_the_evidence():
    read = read_codes([msgspec.structs.replace(code("A1"), agreed=3, disputed=True, page=2, engine="zbar/deskewed")])[0]
    assert (read.engine, read.agreed, read.disputed, read.page, read.doubtful) == ("zbar/deskewed", 3, True, 2, False)
