"""How makers write the day of making: the usual ways, and which day it was when the writing leaves several."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

import resources
from core import identifiers as ids
from core.identifiers.making_dates import LAST_YEAR, last_day, within
from core.refusals import Refusal

BRENVIK = ids.parse_patterns(resources.path("patterns", "brenvik.json").read_bytes())
KONWELL = ids.parse_patterns(resources.path("patterns", "konwell.json").read_bytes())
BY_ID = {pattern.id: pattern for pattern in BRENVIK}
DAYS = st.dates(date(2010, 1, 4), date(2040, 12, 28))


def serial_of(pattern, made, number=7):
    return ids.make_serial(pattern, pattern.prefix_of(pattern.examples[0]), made, number)


def test_the_two_brands_use_every_usual_way():
    rules = [pattern.made for pattern in (*KONWELL, *BRENVIK)]
    assert {rule.precision for rule in rules} == {"day", "week", "month", "year"}
    assert any("yday" in pattern.regex for pattern in BRENVIK)
    for way in ("years", "months", "days", "repeats", "turns"):
        assert any(getattr(rule, way) for rule in rules), way
    assert len({pattern.id for pattern in (*KONWELL, *BRENVIK)}) == len(KONWELL) + len(BRENVIK) >= 12


@pytest.mark.parametrize(
    ("pattern", "serial", "between", "made"),
    [
        ("BV-TV-1", "BT55Q412600731", (date(2024, 1, 1), date(2026, 1, 1)), date(2024, 5, 5)),
        ("BV-TV-1", "BT55Q412600731", (None, date(2020, 1, 1)), date(2014, 5, 6)),
        ("BV-TV-1", "BT55Q636600731", (date(2010, 1, 1), date(2030, 1, 1)), date(2016, 12, 31)),
        ("BV-AC-1", "BA35C50300001", (date(2020, 1, 1), date(2030, 1, 1)), date(2025, 1, 13)),
        ("BV-WM-1", "BW10K2A000007", (date(2023, 6, 1), date(2025, 6, 1)), date(2024, 1, 1)),
    ],
)
def test_limits_resolve_decade_and_cycle(pattern, serial, between, made):
    decoded = BY_ID[pattern].decode(serial)
    assert decoded is not None
    assert decoded.made is None
    assert len(decoded.may_be_made) > 1
    assert decoded.made_between(*between) == made
    assert decoded.made_between(None, None) is None
    assert decoded.can_be_made_on(made)
    assert not decoded.can_be_made_on(made - timedelta(days=40))


def test_a_base_36_day_and_a_year_letter_of_a_long_cycle():
    pattern = BY_ID["BV-RF-1"]
    serial = serial_of(pattern, date(2024, 10, 31))
    assert serial[:9] == "BR468NDKV"
    decoded = pattern.decode(serial)
    assert decoded.may_be_made[:2] == (date(2004, 10, 31), date(2024, 10, 31))
    assert decoded.made_between(date(2020, 1, 1), None) is None
    assert decoded.made_between(date(2020, 1, 1), date(2026, 1, 1)) == date(2024, 10, 31)


def test_the_limit_may_fall_into_the_time_of_making():
    decoded = BY_ID["BV-AC-1"].decode("BA35C50300001")
    monday = date(2025, 1, 13)
    assert decoded.made_between(monday + timedelta(days=6), date(2026, 1, 1)) == monday
    assert decoded.made_between(monday + timedelta(days=7), date(2026, 1, 1)) is None


@pytest.mark.parametrize("serial", ["BT55Q400000731", "BT55Q436700731", "BR468NAB0"])
def test_a_day_no_year_has_is_refused(serial):
    with pytest.raises(Refusal) as caught:
        ids.decode_serial(serial if len(serial) > 10 else _refrigerator_on_30_february(), BRENVIK)
    assert caught.value.code == "serial_date_impossible"


def _refrigerator_on_30_february():
    body = "BR468NABU0007"
    return body + ids.luhn36(body)


def test_a_leap_day_leaves_only_leap_years():
    pattern = BY_ID["BV-RF-1"]
    body = "BR468NDBT0007"
    assert {day.year % 4 for day in pattern.decode(body + ids.luhn36(body)).may_be_made} == {0}


@given(st.sampled_from(BRENVIK), DAYS, st.integers(0, 9999), st.data())
def test_what_is_made_is_read_by_its_own_pattern_only(pattern, made, number, data):
    prefix = pattern.prefix_of(data.draw(st.sampled_from(pattern.examples)))
    serial = ids.make_serial(pattern, prefix, made, number)
    if serial in pattern.samples:
        return
    (decoded,) = [one for one in (other.decode(serial) for other in (*KONWELL, *BRENVIK)) if one]
    assert (decoded.pattern_id, decoded.prefix, int(decoded.number)) == (pattern.id, prefix, number)
    assert decoded.can_be_made_on(made)
    assert all(first.year <= LAST_YEAR for first in decoded.may_be_made)
    near = decoded.made_between(made - timedelta(days=300), made + timedelta(days=300))
    assert near is not None
    assert near <= made <= last_day(near, decoded.precision)


@given(DAYS, st.sampled_from(["day", "week", "month", "year", "none"]))
def test_the_last_day_is_in_the_same_time_of_making(first, precision):
    last = last_day(first, precision)
    assert last >= first
    assert within([first], precision, last, first) == (first,)
    assert within([first], precision, last + timedelta(days=1)) == ()
    assert within([first], precision, None, first - timedelta(days=1)) == ()


def test_two_digits_count_from_the_first_year_on():
    rule = ids.DateRule(precision="year", first_year=1995)
    assert rule.write(date(2003, 5, 5))["year"] == "03"
    assert rule.read({"year": "03"}) == (date(2003, 1, 1),)
    assert rule.read({"year": "96"}) == (date(1996, 1, 1),)
    late = ids.DateRule(precision="year", first_year=2050)
    with pytest.raises(ValueError, match="no such day"):
        late.read({"year": "10"})
