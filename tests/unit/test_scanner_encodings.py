"""Bytes of matrix codes that do not say their encoding: Chinese first, Japanese and Latin told apart or doubted."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.scanner.encodings import Reading, read_text


def guessed(text, encoding, by):
    """What we read of `text` in `encoding` when the decoder took it for `by`."""
    raw = text.encode(encoding)
    return read_text(raw, raw.decode(by, "replace"))


class TestChinese:
    @pytest.mark.parametrize("text", ["发票：深圳", "广东省深圳市南山区", "朱镕基 喆"])
    @pytest.mark.parametrize("encoding", ["utf-8", "gb18030"])
    @pytest.mark.parametrize("by", ["latin-1", "cp932", "big5"])
    def test_in_either_encoding_whatever_the_decoder_took_it_for(self, text, encoding, by):
        assert guessed(text, encoding, by).text == text

    @pytest.mark.parametrize("text", ["发票：深圳", "机号：K35U5523A0810472；型号：LED55K35U"])
    def test_without_doubt_where_the_rival_is_no_language(self, text):
        assert guessed(text, "gb18030", "cp932") == Reading(text, certain=True)
        assert guessed(text, "gb18030", "latin-1") == Reading(text, certain=True)

    def test_ascii_and_its_separators(self):
        assert read_text(b"21ABC\x1d10L1", "21ABC\x1d10L1") == Reading("21ABC\x1d10L1", certain=True)


class TestJapanese:
    @pytest.mark.parametrize("text", ["ﾃﾞｻﾞｲﾝQR\r\nhttp://d-qr.net/ex/", "*ﾀﾞﾌﾞﾙQR*", "今度のバージョンでは", "日本"])
    def test_what_the_decoder_read_is_shown_and_doubted(self, text):
        assert guessed(text, "cp932", "cp932") == Reading(text, certain=False)

    def test_kana_without_a_voicing_mark_are_chinese_but_doubted(self):
        assert guessed("ｶﾅﾓｼﾞ", "cp932", "cp932").text == "ｶﾅﾓｼﾞ"
        assert guessed("ｶﾅｱｲ", "cp932", "cp932") == Reading("ｶﾅｱｲ".encode("cp932").decode("gb2312"), certain=False)

    def test_kana_that_can_not_be_spelt_so_are_chinese(self):
        raw = bytes([0xB0, 0xDE, 0xC4, 0xCF])
        assert read_text(raw, raw.decode("cp932")) == Reading(raw.decode("gb2312"), certain=True)


class TestOthers:
    def test_latin_letters_between_others_are_doubted(self):
        assert guessed("société générale", "latin-1", "latin-1") == Reading("société générale", certain=False)

    def test_german_in_unicode_is_no_chinese(self):
        assert guessed("für Größe", "utf-8", "utf-8") == Reading("für Größe", certain=True)

    def test_unicode_that_the_decoder_took_for_chinese_is_doubted(self):
        assert guessed("ü", "utf-8", "gb2312") == Reading("ü", certain=False)

    def test_a_text_of_declared_parts_is_the_decoders(self):
        assert read_text(b"\xb6\xb6", "¶Ж") == Reading("¶Ж", certain=False)

    def test_what_fits_nothing_is_the_decoders_and_doubted(self):
        assert read_text(b"\xff\xff\x80", "guess") == Reading("guess", certain=False)
        assert read_text(b"\xff") == Reading("ÿ", certain=False)

    @given(st.binary(max_size=64), st.text(max_size=8))
    def test_any_bytes_give_a_text(self, raw, guess):
        assert isinstance(read_text(raw, guess).text, str)

    @given(st.text(max_size=30))
    def test_unicode_is_read_as_it_was_written(self, text):
        assert read_text(text.encode(), text) == Reading(text, certain=True)
