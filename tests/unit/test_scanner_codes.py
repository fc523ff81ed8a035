"""Codes' texts, and merging of readings."""

import base64

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.actions.identify_unit import read_codes
from app.scanner.codes import Code, contains
from app.scanner.engines import engines, merge
from core.identifiers import expand_upce, fold_serial
from core.operations.kernel import clean
from core.visible import shown

SQUARE = ((0.0, 0.0), (100.0, 0.0), (100.0, 20.0), (0.0, 20.0))


def code(text, kind="Code128", engine="zxing", corners=SQUARE):
    return Code(kind, text, text.encode(), "]C0", corners, engine)


def elsewhere(text, **kinds):
    return code(text, corners=tuple((x + 500, y) for x, y in SQUARE), **kinds)


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

    @pytest.mark.parametrize("ghost", [("EAN8", "12345670"), ("UPCE", "01234565"), ("ITF", "123456")])
    def test_a_weak_format_inside_a_stronger_one_is_its_ghost(self, ghost):
        whole = code("6901234567892", kind="EAN13")
        inside = code(ghost[1], kind=ghost[0], corners=((20.0, 5.0), (60.0, 5.0), (60.0, 9.0), (20.0, 9.0)))
        for together in ([inside, whole], [whole, inside]):
            assert merge([], together) == [whole]

    def test_a_matrix_code_in_the_middle_of_another_is_no_ghost(self):
        outer, inner = code("OUTER", kind="QRCode"), code("INNER", kind="QRCode")
        assert merge([], [outer, inner]) == [outer, inner]
        assert merge([outer], [code("INNER", kind="QRCode", engine="zbar")]) == [outer]

    @pytest.mark.parametrize(
        ("short", "long"),
        [("01234565", "012345000065"), ("04252614", "042100005264"), ("01278907", "012000007897"),
         ("01234531", "012300000451"), ("01234543", "012340000053"), ("01234596", "012345000096")],
    )  # fmt: skip
    def test_a_upc_e_and_the_upc_a_it_stands_for_are_one(self, short, long):
        assert expand_upce(short) == long
        assert code(short, kind="UPCE").identity == code(long, kind="UPCA").identity

    def test_upc_a_and_its_ean_are_one(self):
        assert len(merge([code("036000291452", kind="UPCA")], [elsewhere("0036000291452", kind="EAN13")])) == 1


def test_the_doctor_sees_both_engines():
    assert engines() == {"zxing-cpp": engines()["zxing-cpp"], "pyzbar": "present"}


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
