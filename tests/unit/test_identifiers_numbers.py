"""Check digits, folding, GS1, invoices and our own codes."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core import identifiers as ids
from core.identifiers.numbers import Imei
from core.refusals import Refusal

DIGITS = st.text("0123456789", min_size=1, max_size=20)
GS = ids.GROUP_SEPARATOR


def refused(call, *arguments):
    with pytest.raises(Refusal) as caught:
        call(*arguments)
    return caught.value.code


class TestFolding:
    @pytest.mark.parametrize(
        ("text", "folded"),
        [
            ("  Ｋ３５Ｕ５５－Ａ ", "K35U55-A"),
            ("机号：Ａ", "机号:A"),
            ("a\u200bb\ufeff", "ab"),
            ("K35\u2014U", "K35-U"),
            (f"{GS}10AB{GS}", f"{GS}10AB{GS}"),
        ],
    )
    def test_full_width_and_invisible_characters_become_plain(self, text, folded):
        assert ids.fold(text) == folded

    def test_a_serial_loses_blanks_and_case(self):
        assert ids.fold_serial(" k35u 5523 ａ081 0472\u3000") == "K35U5523A0810472"

    @given(st.text())
    def test_folding_twice_changes_nothing(self, text):
        assert ids.fold(ids.fold(text)) == ids.fold(text)
        assert ids.fold_serial(ids.fold_serial(text)) == ids.fold_serial(text)

    @pytest.mark.parametrize(
        "text",
        [
            "",
            "   ",
            "1234567890",
            "0987654321",
            "0000000",
            "NA",
            "n/a",
            "无",
            "XXXXXX",
            "-",
            "１２３４５６",
            "none",
            "8901234",
        ],
    )
    def test_placeholders_are_known(self, text):
        assert ids.is_placeholder(text)

    @pytest.mark.parametrize("text", ["K35U5523A0810472", "1234567809", "ABCDEF", "13579", "NAB1"])
    def test_real_numbers_are_no_placeholders(self, text):
        assert not ids.is_placeholder(text)

    def test_only_ascii_digits_count(self):
        assert ids.is_digits("0190")
        assert not ids.is_digits("12²")
        assert not ids.is_digits("١٢")
        assert not ids.is_digits("")


class TestImei:
    def test_the_check_digit_of_the_known_example_is_7(self):
        assert ids.imei_check_digit("26053179311383") == "7"

    def test_blanks_dashes_and_slashes_are_ignored(self):
        assert ids.parse_imei(" 260531-79-311383-7 ") == Imei("260531793113837")
        assert ids.parse_imei("２６０５３１ 79 311383/7").type_allocation == "26053179"

    def test_an_imeisv_gets_its_check_digit(self):
        assert ids.parse_imei("2605317931138301") == Imei("260531793113837", software="01")

    def test_a_wrong_digit_tells_the_expected_one(self):
        with pytest.raises(Refusal) as caught:
            ids.parse_imei("260531793113836")
        assert caught.value.code == "imei_wrong_digit"
        assert caught.value.facts["expected"] == "7"

    @pytest.mark.parametrize("text", ["", "2605317931138", "26053179311383712", "26053179311383X"])
    def test_other_lengths_are_refused(self, text):
        assert refused(ids.parse_imei, text) == "imei_wrong_length"

    @pytest.mark.parametrize("text", ["000000000000000", "123456789012347"])
    def test_placeholders_are_refused_though_luhn_is_right(self, text):
        assert refused(ids.parse_imei, text) == "serial_placeholder"

    @given(st.integers(10_000_000, 99_999_999), st.integers(0, 999_999), st.integers(0, 14), st.integers(1, 9))
    def test_every_single_wrong_digit_is_seen(self, allocation, number, place, shift):
        imei = ids.make_imei(str(allocation), number)
        assert ids.imei_check_digit(imei[:14]) == imei[14]
        wrong = imei[:place] + str((int(imei[place]) + shift) % 10) + imei[place + 1 :]
        assert ids.imei_check_digit(wrong[:14]) != wrong[14]

    @pytest.mark.parametrize(
        ("allocation", "number"), [("123", 1), ("1234567A", 1), ("12345678", -1), ("12345678", 10**6)]
    )
    def test_impossible_imeis_are_not_made(self, allocation, number):
        with pytest.raises(ValueError, match="no IMEI"):
            ids.make_imei(allocation, number)


class TestGtin:
    @pytest.mark.parametrize("text", ["96385074", "036000291452", "6901234567892", "09506000134352"])
    def test_right_ones_become_14_digits(self, text):
        assert ids.parse_gtin(text) == text.zfill(14)

    @pytest.mark.parametrize("text", ["6901234567893", "690123456789", "69012345678921", "69012345678 2", ""])
    def test_wrong_ones_are_refused(self, text):
        assert refused(ids.parse_gtin, text) == "gtin_wrong"

    @given(st.text("0123456789", min_size=7, max_size=13).filter(lambda body: len(body) in {7, 11, 12, 13}))
    def test_leading_zeros_do_not_change_the_digit(self, body):
        assert ids.gtin_check_digit(body) == ids.gtin_check_digit("0" + body)
        assert ids.is_gtin(body + ids.gtin_check_digit(body))

    @given(st.text("0123456789", min_size=12, max_size=12), st.integers(0, 11), st.integers(1, 9))
    def test_every_single_wrong_digit_is_seen(self, body, place, shift):
        wrong = body[:place] + str((int(body[place]) + shift) % 10) + body[place + 1 :]
        assert not ids.is_gtin(wrong + ids.gtin_check_digit(body))


class TestGs1:
    @pytest.mark.parametrize("symbology", ["]C1", "]d2", "]Q3", "]e0"])
    def test_elements_by_identifier(self, symbology):
        text = f"010950600013435221ABC{GS}10L1{GS}11230108{GS}240LED55K35U{GS}8004X1{GS}8011007"
        values = ids.parse_gs1(text, symbology)
        assert dict(values) == {
            "01": "09506000134352", "21": "ABC", "10": "L1", "11": "230108",
            "240": "LED55K35U", "8004": "X1", "8011": "007",
        }  # fmt: skip

    def test_leading_and_trailing_separators_are_ignored(self):
        assert ids.parse_gs1(f"{GS}21ABC{GS}", "]C1")["21"] == "ABC"

    def test_a_digital_link_is_read_too(self):
        assert ids.is_gs1("https://konwell.example/01/09506000134352/21/ABC", "]Q1")
        assert ids.parse_gs1("https://konwell.example/01/09506000134352/21/ABC", "]Q1")["21"] == "ABC"
        assert ids.parse_gs1("https://konwell.example/01/09506000134352/21/ABC", "]Q3")["21"] == "ABC"

    @pytest.mark.parametrize("text", ["0109506000134353", "xx", "", "https://[bad/01/x", "21" + "A" * 40])
    def test_damage_is_refused(self, text):
        symbology = "]Q1" if text.startswith("http") else "]C1"
        assert refused(ids.parse_gs1, text, symbology) == "gs1_unreadable"

    def test_a_plain_ean_or_address_is_not_gs1(self):
        assert not ids.is_gs1("9506000134352", "]E0")
        assert not ids.is_gs1("https://konwell.example/help", "]Q1")


class TestInvoice:
    def test_a_paper_invoice(self):
        invoice = ids.parse_invoice("01,10,044001900111,12345678,3298.50,20250311,12345678901234567890,A1B2,")
        assert invoice == ids.Invoice("10", "044001900111", "12345678", 329850, date(2025, 3, 11))
        assert invoice.key == "04400190011112345678"

    def test_a_fully_digital_one_has_no_code(self):
        invoice = ids.parse_invoice("01,32,,25442000000123456789,2999.00,20250311,,9F2C,")
        assert (invoice.code, invoice.number, invoice.amount_fen) == ("", "25442000000123456789", 299900)

    @pytest.mark.parametrize(("amount", "fen"), [("", None), ("5", 500), ("5.1", 510), (".05", 5), ("0.99", 99)])
    def test_amounts(self, amount, fen):
        assert ids.parse_invoice(f"01,04,,25442000000123456789,{amount},20250311").amount_fen == fen

    def test_full_width_commas_from_a_keyboard_wedge_are_folded(self):
        assert ids.parse_invoice("01，04，，25442000000123456789，5，20250311").amount_fen == 500

    @pytest.mark.parametrize(
        "text", ["01,10,044001900111,1234567,1.00,20250311", "01,10,,12345678,1.00,20250230", "01,10,,x,1.00,20250301"]
    )
    def test_damage_is_refused(self, text):
        assert ids.is_invoice(text)
        assert refused(ids.parse_invoice, text) == "invoice_unreadable"

    def test_other_texts_are_no_invoice(self):
        assert not ids.is_invoice("0109506000134352")

    @given(
        st.sampled_from(["", "0440019001", "044001900111"]),
        st.one_of(st.none(), st.integers(0, 10**11)),
        st.dates(date(1994, 1, 1), date(2099, 12, 31)),
    )
    def test_written_and_read_is_the_same(self, code, amount, issued):
        number = "12345678" if code else "25442000000123456789"
        invoice = ids.Invoice("10", code, number, amount, issued)
        assert ids.parse_invoice(ids.format_invoice(invoice)) == invoice


class TestOwnCodes:
    def test_an_order_slip(self):
        assert ids.parse_order(ids.format_order("SZ-260317-0271")) == "SZ-260317-0271"
        assert ids.parse_order("fx-o：sz-1") == "SZ-1"
        assert ids.parse_order("FX-O:") is None
        assert ids.parse_order("SZ-260317-0271") is None

    def test_a_unit_label(self):
        assert ids.parse_unit(ids.format_unit("LED55K35U", "K35U55")) == ids.UnitCode("LED55K35U", "K35U55")
        assert ids.parse_unit("FX-U:LED55K35U") is None
        assert ids.parse_unit("LED55K35U|K35U55") is None

    @given(st.uuids())
    def test_a_tag_is_read_from_all_its_forms(self, identity):
        tag = ids.tag_of(str(identity))
        assert ids.is_tag(tag)
        forms = (ids.format_old_part(tag), ids.format_old_part_qr(tag), ids.show_tag(tag), "P" + tag.lower(), tag)
        assert {ids.parse_old_part(form) for form in forms} == {tag}
        assert len(ids.format_old_part(tag)) == 13

    @given(st.uuids(), st.integers(0, 11), st.sampled_from("0123456789ABCDEFGHJKMNPQRSTVWXYZ"))
    def test_every_single_wrong_character_is_seen(self, identity, place, character):
        tag = ids.tag_of(str(identity))
        wrong = tag[:place] + character + tag[place + 1 :]
        assert ids.is_tag(wrong) == (wrong == tag)

    def test_letters_that_look_like_digits_are_read_as_digits(self):
        tag = next(ids.tag_of(f"00000000-0000-7000-8000-{n:012d}") for n in range(1, 99))
        assert ids.parse_old_part("FX-P:" + tag.replace("0", "O").replace("1", "l")) == tag

    def test_a_marked_tag_with_a_wrong_character_is_refused(self):
        assert refused(ids.parse_old_part, "FX-P:000000000001") == "old_part_tag_wrong"

    def test_other_texts_are_no_tag(self):
        assert ids.parse_old_part("K35U5523A0810472") is None
        assert ids.parse_old_part("P30AJ10010472") is None
        assert not ids.is_tag("U" * 12)
