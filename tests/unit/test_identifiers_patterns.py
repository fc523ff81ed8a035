"""Makers' serial number patterns: reading, making, proving."""

from datetime import date, timedelta

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

import resources
from core import identifiers as ids
from core.refusals import Refusal

PATTERNS = ids.parse_patterns(resources.path("patterns", "konwell.json").read_bytes())
BY_ID = {pattern.id: pattern for pattern in PATTERNS}
TV = BY_ID["KW-TV-2"]
PHONE = BY_ID["KW-PH-1"]
DAYS = st.dates(date(2015, 1, 1), date(2037, 12, 31))


def pattern_json(**changes):
    base = {
        "id": "X", "brand": "X", "product_class": "tv_lcd", "regex": r"(?P<prefix>X)(?P<year>\d\d)(?P<number>\d{3})",
        "compose": "{prefix}{year}{number}", "prefix": "X", "number_digits": 3, "made": {"precision": "year"},
    }  # fmt: skip
    return msgspec.json.encode([{**base, **changes}])


def first_day(day, precision):
    return {
        "day": day,
        "week": day - timedelta(days=day.weekday()),
        "month": day.replace(day=1),
    }[precision]


def test_every_sample_class_has_a_pattern():
    classes = {pattern.product_class for pattern in PATTERNS}
    assert classes == {"tv_lcd", "phone", "refrigerator", "washing_machine", "air_conditioner", "computer"}


def test_the_serial_of_the_manual_is_read():
    decoded = ids.decode_serial(" k35u5523 a0810472", PATTERNS)
    assert decoded is not None
    assert (decoded.pattern_id, decoded.prefix, decoded.number) == ("KW-TV-2", "K35U55", "10472")
    assert decoded.made == date(2023, 1, 8)
    assert ids.make_serial(TV, "K35U55", date(2023, 1, 8), 10472) == "K35U5523A0810472"


def test_the_models_name_gives_the_prefix():
    assert TV.prefix_of("LED55K35U") == "K35U55"
    assert TV.prefix_of("BCD-502WK5") is None
    assert msgspec.structs.replace(TV, model=None).prefix_of("LED55K35U") is None
    assert ids.fits(TV, "K35U55")
    assert not ids.fits(TV, "K35U5")


@given(st.sampled_from(PATTERNS), DAYS, st.integers(0, 9999), st.data())
def test_what_is_made_is_read_by_its_own_pattern_only(pattern, made, number, data):
    prefix = pattern.prefix_of(data.draw(st.sampled_from(pattern.examples)))
    if pattern.made.first_year == 2010:
        made = min(made, date(2033, 12, 31))
    serial = ids.make_serial(pattern, prefix, made, number)
    readers = []
    for other in PATTERNS:
        decoded = other.decode(serial)
        if decoded:
            readers.append(decoded)
    assert [decoded.pattern_id for decoded in readers] == [pattern.id]
    assert (readers[0].prefix, int(readers[0].number)) == (prefix, number)
    assert readers[0].made == first_day(made, pattern.made.precision)
    assert readers[0].part_of_unit == pattern.part_of_unit


@given(st.integers(0, 9_999_999), st.integers(0, 13), st.sampled_from("0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"))
def test_a_check_character_sees_every_single_wrong_one(number, place, character):
    serial = ids.make_serial(PHONE, "P30A", date(2024, 5, 1), number)
    wrong = serial[:place] + character + serial[place + 1 :]
    assert (ids.luhn36(wrong[:-1]) == wrong[-1]) == (wrong == serial)


def test_a_wrong_check_character_is_refused():
    serial = ids.make_serial(PHONE, "P30A", date(2024, 5, 1), 77)
    wrong = serial[:-2] + "8" + serial[-1]
    with pytest.raises(Refusal) as caught:
        ids.decode_serial(wrong, PATTERNS)
    assert caught.value.code == "serial_check_wrong"


@pytest.mark.parametrize("serial", ["K35U5523B3010472", "K35U5523A0010472"])
def test_a_day_that_does_not_exist_is_refused(serial):
    with pytest.raises(Refusal) as caught:
        ids.decode_serial(serial, PATTERNS)
    assert caught.value.code == "serial_date_impossible"


def test_a_second_pattern_of_the_same_shape_may_still_fit():
    looser = msgspec.structs.replace(
        PHONE, id="LOOSE", check="", number_digits=8, regex=PHONE.regex.replace("{7}", "{7}")
    )
    serial = ids.make_serial(PHONE, "P30A", date(2024, 5, 1), 77)
    wrong = serial[:-2] + "8" + serial[-1]
    decoded = ids.decode_serial(wrong, [PHONE, looser])
    assert decoded is not None
    assert decoded.pattern_id == "LOOSE"


@pytest.mark.parametrize("text", ["", "HELLO", "K35U55٢٣A0810472", "K" * 500, "机号"])
def test_other_texts_are_of_no_pattern(text):
    assert ids.decode_serial(text, PATTERNS) is None


def test_numbers_and_years_out_of_range_are_not_made():
    with pytest.raises(ValueError, match="running number"):
        ids.make_serial(TV, "K35U55", date(2023, 1, 8), 100_000)
    with pytest.raises(ValueError, match="running number"):
        ids.make_serial(TV, "K35U55", date(2023, 1, 8), -1)
    with pytest.raises(ValueError, match="year 1999"):
        ids.make_serial(TV, "K35U55", date(1999, 1, 8), 1)
    with pytest.raises(ValueError, match="year 2040"):
        ids.make_serial(PHONE, "P30A", date(2040, 1, 8), 1)


def test_years_only_and_no_date_at_all():
    (yearly,) = ids.parse_patterns(pattern_json())
    decoded = yearly.decode("X23007")
    assert decoded is not None
    assert (decoded.made, decoded.precision) == (date(2023, 1, 1), "year")
    (dateless,) = ids.parse_patterns(
        pattern_json(regex=r"(?P<prefix>X)(?P<number>\d+)", compose="{prefix}{number}", made={"precision": "none"})
    )
    decoded = dateless.decode("X7")
    assert decoded is not None
    assert decoded.made is None


def test_an_absent_optional_group_is_no_date():
    (pattern,) = ids.parse_patterns(
        pattern_json(regex=r"(?P<prefix>X)(?P<year>[AB])?(?P<number>\d+)", made={"precision": "year", "years": "AB"})
    )
    with pytest.raises(Refusal) as caught:
        pattern.decode("X7")
    assert caught.value.code == "serial_date_impossible"


CHECKED = r"(?P<prefix>X)(?P<year>\d\d)(?P<number>\d{3})(?P<check>.)"
MODEL = {"regex": r"M(?P<p>X)", "prefix": "{p}"}


@pytest.mark.parametrize(
    "data",
    [
        b"not json",
        b"{}",
        pattern_json(unheard_of=1),
        pattern_json(regex="("),
        pattern_json(regex="X(?P<number>1)"),
        pattern_json(made={"precision": "day"}),
        pattern_json(examples=["MX"]),
        pattern_json(examples=["MX"], model={**MODEL, "prefix": "{q}"}),
        pattern_json(examples=["MX"], model={**MODEL, "prefix": "Y"}),
        pattern_json(examples=["MX"], model=MODEL, compose="{prefix}{number}"),
        pattern_json(examples=["MX"], model=MODEL, compose="{prefix}{unheard_of}"),
        pattern_json(examples=["MX"], model=MODEL, check="luhn36", compose="{prefix}{year}{number}7", regex=CHECKED),
    ],
)  # fmt: skip
def test_contradictory_patterns_are_refused(data):
    with pytest.raises(Refusal) as caught:
        ids.parse_patterns(data)
    assert caught.value.code == "patterns_damaged"


def test_a_pattern_that_proves_itself_is_taken():
    assert ids.parse_patterns(pattern_json(examples=["MX"], model=MODEL))[0].prefix_of("MX") == "X"
