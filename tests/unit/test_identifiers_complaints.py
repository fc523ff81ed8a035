"""What people complained of in other programs, by its name: a code's meaning must not go wrong like that here."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

import resources
from core import identifiers as ids
from core.refusals import CATALOGUE, Refusal

PATTERNS = ids.parse_patterns(resources.path("patterns", "konwell.json").read_bytes())
PHONE = next(pattern for pattern in PATTERNS if pattern.id == "KW-PH-1")
MODEL, SERIAL, GTIN = "LED55K35U", "K35U5523A0810472", "06901234567892"
GS = ids.GROUP_SEPARATOR


def read(text, kind="Code128", symbology="]C0", *, gs_unproven=False, **more):
    return ids.choose([ids.PlainCode(text, kind, symbology, gs_unproven)], PATTERNS, **more)


def refusals(reading):
    return [one.rule for one in reading.refusals]


class TestLostSeparator:
    """inventree #542: the scanner drops the group separator, and one element swallows the next."""

    @pytest.mark.parametrize("kind", ["Code128", ""])
    @pytest.mark.parametrize(
        "swallowed",
        [f"01{GTIN}21ZZ9988A11240105", f"21ZZ9801{GTIN}", f"01{GTIN}10L121{SERIAL}", "21ZZ9988A17251231240X"],
    )
    def test_a_swallowed_element_is_noticed_and_no_serial_taken(self, swallowed, kind):
        reading = read(swallowed, kind, "]C1")
        assert reading.serial is None
        assert refusals(reading) == ["gs1_separator_lost"]

    def test_fixed_elements_need_no_separator(self):
        reading = read(f"01{GTIN}1124010521{SERIAL}", "", "]C1")
        assert (reading.serial, reading.gtin) == (SERIAL, GTIN)
        assert read(f"01{GTIN}1124010521ZZ9988A", "", "]C1").made == date(2024, 1, 5)
        assert read(f"01{GTIN}1124010021ZZ9988A", "", "]C1").made is None
        product = "0611240105210" + ids.gtin_check_digit("0611240105210")  # a product code with elements in its digits
        assert read(f"01{product}", "", "]C1").gtin == product

    @pytest.mark.parametrize("tail", ["10L7", "21Q8", "240X", "241X", "2507"])
    @pytest.mark.parametrize("symbology", ["]C1", "]d2", "]Q3", "]e0"])
    def test_typed_by_a_scanner_even_a_possible_element_is_doubted(self, tail, symbology):
        assert refusals(read("21ZZ9988A" + tail, "", symbology)) == ["gs1_separator_lost"]
        assert refusals(read("21ZZ9988A" + tail, "Code128", symbology, gs_unproven=True)) == ["gs1_separator_lost"]
        assert read("21ZZ9988A" + tail, "Code128", symbology).serial == "ZZ9988A" + tail

    def test_of_a_scanner_that_may_lose_separators_what_can_t_be_cut_is_taken(self):
        for whole in ("ZZ9988A", SERIAL, "10L7", f"ZZ9988A{GS}10L7"):
            reading = read(f"21{whole}", "Code128", "]C1", gs_unproven=True)
            assert (whole, reading.serial) == (whole, whole.split(GS)[0])

    def test_a_makers_pattern_says_where_the_number_ends(self):
        assert read(f"21{SERIAL}", "", "]C1").serial == SERIAL

    @pytest.mark.parametrize("separator", [GS, "\u241d", "<GS>", "{GS}", "[GS]"])
    def test_a_separator_that_came_through_in_any_spelling_parts_the_elements(self, separator):
        reading = read(f"01{GTIN}21ZZ9988A{separator}11240105", "", "]C1")
        assert (reading.serial, reading.made) == ("ZZ9988A", date(2024, 1, 5))

    def test_an_address_has_no_separators_to_lose(self):
        reading = read(f"https://konwell.example/01/{GTIN}/21/ZZ9988A11240105", "", "]Q3")
        assert reading.serial == "ZZ9988A11240105"
        assert not ids.separator_lost("21ZZ9988A11240105", "]C0", lambda _text: False)

    @given(st.text("0123456789ABCDEFGHJK", min_size=1, max_size=12), st.dates(date(2000, 1, 1), date(2049, 12, 31)))
    def test_a_day_behind_any_serial_is_always_noticed(self, serial, day):
        assert read(f"21{serial}11{day:%y%m%d}", "", "]C1").serial is None


class TestGs1:
    def test_a_component_is_not_the_unit(self):
        for text in ("80109506000ABC", f"80109506000ABC{GS}80115", "250ABC123"):
            reading = read(text, "DataMatrix", "]d2")
            assert (text, reading.serial, reading.codes[0].reason.rule) == (text, None, "gs1_component")

    def test_a_piece_of_a_set_names_the_set_s_product(self):
        assert read(f"8006{GTIN}0102", "DataMatrix", "]d2").gtin == GTIN

    def test_an_asset_number_is_a_serial_only_by_a_makers_pattern(self):
        assert read(f"8004{SERIAL}", "Code128", "]C1").serial == SERIAL
        assert read("80049506000ABC", "Code128", "]C1").serial is None

    def test_elements_without_an_identifier_are_not_gs1(self):
        assert not ids.is_gs1(f"01{GTIN}21ABC123", "]C0")


class TestImeiMisread:
    """“IMEI misread as 010…”: a product's element 01 0… passes for a phone's number."""

    @pytest.mark.parametrize("kind", ["", "Code128", "DataBar", "ITF"])
    def test_imei_misread_as_010(self, kind):
        reading = read(f"01{GTIN}", kind, "]C0")
        assert (reading.imeis, reading.serial, reading.gtin) == ((), None, GTIN)

    def test_not_even_where_a_label_calls_it_an_imei(self):
        reading = read(f"IMEI:01{GTIN}", "QRCode", "]Q1")
        assert (reading.imeis, refusals(reading)) == ((), ["imei_is_gtin"])

    @given(st.text("0123456789", min_size=12, max_size=12))
    def test_imei_misread_as_010_for_any_product(self, body):
        element = "010" + body + ids.gtin_check_digit("0" + body)
        reading = read(element, "", "")
        assert (reading.imeis, reading.serial) == ((), None)
        with pytest.raises(Refusal) as caught:
            ids.parse_imei(element)
        assert caught.value.code == "imei_is_gtin"

    def test_a_product_code_cut_to_15_digits_is_no_imei_though_luhn_fits(self):
        body = next(b for b in map("0690123456{:02d}".format, range(100)) if ids.imei_check_digit("01" + b) == "5")
        cut, gtin = "01" + body + "5", body + "5" + ids.gtin_check_digit(body + "5")
        assert ids.parse_imei(cut)
        reading = read(cut, gtins={gtin: MODEL})
        assert (reading.imeis, reading.serial, reading.codes[0].reason.rule) == ((), None, "gtin_cut")

    @pytest.mark.parametrize("kind", ["DataBar", "DataBarExp", "DataBarLtd", "EAN13", "UPCA"])
    def test_a_symbology_for_goods_never_carries_an_imei(self, kind):
        reading = read(ids.make_imei("01069012", 5), kind, "")
        assert (reading.imeis, reading.serial) == ((), None)

    def test_an_imei_that_really_begins_like_that_is_one(self):
        imei = ids.make_imei("01069012", 5)
        assert read(imei).imeis == (imei,)


class TestRetail:
    @pytest.mark.parametrize(
        ("short", "long"),
        [
            ("04252614", "042100005264"), ("01234505", "012000003455"), ("01234531", "012300000451"),
            ("01234543", "012340000053"), ("01234558", "012345000058"), ("01234592", "012345000097"),
        ],
    )  # fmt: skip
    def test_upc_e_and_upc_a_are_one_product_pyzbar_160(self, short, long):
        short = short[:7] + ids.gtin_check_digit(long[:11])
        long = long[:11] + short[7]
        assert ids.expand_upce(short) == long
        for text, kind in ((short, "UPCE"), (long, "UPCE"), (long, "UPCA"), ("0" + long, "EAN13")):
            assert read(text, kind, "]E0").gtin == long.zfill(14)
        assert read(short, "", "", gtins={long.zfill(14): MODEL}).model == MODEL

    @pytest.mark.parametrize("text", ["04252615", "24252614", "0425261", "0425261X"])
    def test_what_is_no_upc_e_is_not_expanded(self, text):
        assert ids.expand_upce(text) is None

    def test_an_upc_e_with_a_wrong_digit_is_no_product(self):
        assert read("04252615", "UPCE", "]E0").gtin is None

    def test_a_carton_code_is_a_product_code(self):
        carton = "1690123456789" + ids.gtin_check_digit("1690123456789")
        assert read(carton, "ITF", "]I0").gtin == carton

    @given(st.text("0123456789", min_size=6, max_size=6), st.sampled_from("01"))
    def test_every_upc_e_expands_to_a_upc_a_with_the_same_check_digit(self, body, system):
        digits = [system + body + check for check in "0123456789"]
        right = [text for text in digits if ids.expand_upce(text)]
        assert len(right) == 1
        assert len(ids.expand_upce(right[0])) == 12


class TestZeros:
    """Leading zeros dropped from Code 39 and Code 128: a serial is text, never a number."""

    @pytest.mark.parametrize("kind", ["Code39", "Code128", "", "QRCode"])
    def test_zeros_dropped_in_code_39_and_128(self, kind):
        for text in ("0001234509", "000K-12", f"SN:{'0001234509'}"):
            assert read(text, kind, "").serial == text.removeprefix("SN:")

    @given(st.integers(1, 6), st.text("123456789A", min_size=6, max_size=10))
    def test_no_form_of_a_code_loses_a_zero(self, zeros, rest):
        text = "0" * zeros + rest
        assert ids.fold_serial(text) == text
        for code in (text, f"SN:{text}", f'{{"sn":"{text}"}}', f"https://a.example/?sn={text}"):
            reading = read(code, "QRCode", "]Q1")
            assert reading.serial in {text, None}


class TestPlaceholders:
    @pytest.mark.parametrize(
        "text", ["1234567890", "0000000", "7777777", "9876543210", "012345678", "XXXXXXXX", "样机"]
    )
    def test_1234567890_and_its_like_are_refused(self, text):
        for form in (text, f"SN:{text}", f"机号：{text}"):
            assert refusals(read(form)) == ["serial_placeholder"]

    def test_the_sample_of_a_makers_papers_is_refused(self):
        brenvik = ids.parse_patterns(resources.path("patterns", "brenvik.json").read_bytes())
        reading = ids.choose([ids.PlainCode("BT55Q000100001", "Code128", "]C0")], brenvik)
        assert (reading.serial, refusals(reading)) == (None, ["serial_placeholder"])

    def test_full_width_digits_are_folded_before_they_are_judged(self):
        assert refusals(read("１２３４５６７８９０")) == ["serial_placeholder"]
        assert read("Ｋ３５Ｕ５５２３Ａ０８１０４７２").serial == SERIAL


class TestCode39Check:
    """python-barcode #85: the library adds Code 39's check character, and the serial gets one character too many."""

    def test_the_known_example(self):
        assert ids.code39_check_character("CODE39") == "W"
        assert ids.code39_check_character("") is None
        assert ids.code39_check_character("码") is None

    @pytest.mark.parametrize("kind", ["Code39", ""])
    def test_the_serial_without_it_is_offered_and_never_taken(self, kind):
        text = SERIAL + ids.code39_check_character(SERIAL)
        reading = read(text, kind, "]A0")
        assert (reading.serial, reading.tie) == (None, (SERIAL,))
        assert refusals(reading) == ["serial_offered"]
        assert reading.codes[0].reason.rule == "serial_without_check"
        assert text[-1] in reading.codes[0].reason.sentence()

    def test_the_same_number_in_another_code_settles_it(self):
        longer = ids.PlainCode(SERIAL + ids.code39_check_character(SERIAL), "Code39", "]A0")
        reading = ids.choose([longer, ids.PlainCode(SERIAL, "Code128", "]C0")], PATTERNS)
        assert reading.serial == SERIAL
        assert [code.reason.rule for code in reading.codes] == ["serial_without_check", "serial_pattern"]

    def test_two_such_codes_are_a_tie(self):
        second = "K35U5523A0810473"
        codes = [ids.PlainCode(one + ids.code39_check_character(one), "Code39", "]A0") for one in (SERIAL, second)]
        reading = ids.choose(codes, PATTERNS)
        assert (reading.tie, refusals(reading)) == ((SERIAL, second), ["label_tie"])

    def test_in_another_symbology_or_with_another_character_it_is_not_recognised(self):
        assert read(SERIAL + ids.code39_check_character(SERIAL)).tie == ()
        assert read(SERIAL + "X", "Code39", "]A0").tie == ()
        assert read("HELLO" + ids.code39_check_character("HELLO"), "Code39", "]A0").tie == ()


class TestMeid:
    def test_a_meid_is_known_and_never_the_serial(self):
        reading = read("A1000009296F21")
        assert (reading.meid, reading.serial) == ("A1000009296F21", None)
        assert ids.parse_meid("af 01 23 45 0A BC DE C") == "AF0123450ABCDE"

    @pytest.mark.parametrize("text", ["", "91000009296F21", "A1000009296F2", "AF0123450ABCDED", "A1000009296F21XX"])
    def test_others_are_refused(self, text):
        with pytest.raises(Refusal) as caught:
            ids.parse_meid(text)
        assert caught.value.code == "meid_wrong"


class TestTypedCorrections:
    def test_one_reading_is_offered(self):
        assert ids.corrected("K35U5523AO81O472", PATTERNS).serial == SERIAL
        serial = ids.make_serial(PHONE, "P30A", date(2024, 5, 1), 1010)
        assert ids.corrected(serial.replace("0", "O").replace("1", "I"), PATTERNS).serial == serial

    def test_what_fits_as_it_is_needs_none(self):
        assert ids.corrected(SERIAL, PATTERNS) is None

    def test_two_possible_readings_are_no_suggestion_until_the_registry_speaks(self):
        loose = ids.parse_patterns(
            b"""[{"id": "L", "brand": "X", "product_class": "tv_lcd", "prefix": "..", "number_digits": 4,
            "regex": "(?P<prefix>[A-Z0][0-9])(?P<number>[0-9]{4})", "compose": "{prefix}{number}",
            "made": {"precision": "none"}}]"""
        )
        assert ids.corrected("OI1234", loose) is None
        assert ids.corrected("OI1234", loose, lambda found: found.serial == "O11234").serial == "O11234"

    def test_a_wrong_day_or_check_character_is_no_reading(self):
        assert ids.corrected("K35U5523AO010472", PATTERNS) is None
        serial = ids.make_serial(PHONE, "P30A", date(2024, 5, 1), 77)
        assert ids.corrected(serial[:6] + "O" + serial[7:-1] + ("A" if serial[-1] != "A" else "B"), PATTERNS) is None

    def test_too_many_look_alikes_are_not_tried(self):
        assert ids.corrected("O" * 40, PATTERNS) is None

    @given(st.integers(0, 9_999_999), st.data())
    def test_a_suggestion_always_fits_and_differs_only_in_look_alikes(self, number, data):
        serial = ids.make_serial(PHONE, "P30A", date(2024, 5, 1), number)
        swaps = data.draw(st.lists(st.booleans(), min_size=len(serial), max_size=len(serial)))
        alike = {"0": "O", "O": "0", "1": "I", "I": "1"}
        typed = "".join(alike.get(c, c) if swap else c for c, swap in zip(serial, swaps, strict=True))
        found = ids.corrected(typed, PATTERNS)
        if found:
            assert ids.decode_serial(found.serial, PATTERNS) == found
            assert all(a == b or alike.get(a) == b for a, b in zip(typed, found.serial, strict=True))


def test_every_reason_and_refusal_has_its_sentence():
    for rule in ("serial_offered", "gs1_separator_lost", "serial_unclear", "imei_is_gtin", "meid_wrong"):
        assert CATALOGUE[rule].text
    for rule in ("gs1_component", "gtin_cut", "address", "meid", "serial_without_check"):
        assert ids.RULES[rule]
