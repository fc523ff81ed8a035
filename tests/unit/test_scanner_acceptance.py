"""The table by which codes are believed: one line a symbology, for frames and for single pictures."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.scanner.acceptance import RULES, STRICTEST, is_sure
from app.scanner.codes import MATRIX_FORMATS, WEAK_FORMATS, Code
from app.scanner.engines import EVERY_FORMAT, STATION_FORMATS


def code(kind, text, agreed=1):
    return Code(kind, text, text.encode(), "", (), "zxing", agreed)


class TestTable:
    def test_every_format_that_is_looked_for_has_its_rule(self):
        assert set(EVERY_FORMAT) <= set(RULES)

    def test_what_a_station_looks_for_by_itself(self):
        assert {name for name, rule in RULES.items() if rule.by_default} == set(STATION_FORMATS)

    def test_weak_formats_need_more_than_checked_ones_and_these_more_than_correcting_ones(self):
        for name, rule in RULES.items():
            least = 1 if name in MATRIX_FORMATS else 3 if name in WEAK_FORMATS else 2
            assert (rule.frames, rule.renditions) == (least, least), name


class TestSure:
    @pytest.mark.parametrize(
        ("kind", "text", "agreed", "sure"),
        [
            ("QRCode", "Q", 1, True),
            ("DataMatrix", "D", 1, True),
            ("Code128", "K35U5523A0810472", 1, False),
            ("Code128", "K35U5523A0810472", 2, True),
            ("Code128", "K", 5, False),
            ("EAN13", "6901234567892", 2, True),
            ("Code39", "AB-12", 2, False),
            ("Code39", "AB-12", 3, True),
            ("Code39", "AB1", 9, False),
            ("ITF", "15400141288763", 3, True),
            ("ITF", "1540014128876", 9, False),
            ("ITF", "123456", 9, False),
            ("Codabar", "A123B", 9, False),
            ("Codabar", "A1234B", 3, True),
            ("UPCE", "01234565", 2, False),
            ("Telepen", "ABCD", 2, False),
        ],
    )
    def test_by_symbology_length_and_renditions(self, kind, text, agreed, sure):
        assert is_sure(code(kind, text, agreed)) is sure

    @given(st.sampled_from(sorted(RULES)), st.text(max_size=20), st.integers(1, 5))
    def test_one_more_rendition_never_makes_a_code_less_sure(self, kind, text, agreed):
        assert is_sure(code(kind, text, agreed)) <= is_sure(code(kind, text, agreed + 1))

    @given(st.text(max_size=20), st.integers(1, 2))
    def test_an_unknown_symbology_is_asked_for_the_most(self, text, agreed):
        assert STRICTEST.renditions == 3
        assert not is_sure(code("Unheard", text, agreed))
