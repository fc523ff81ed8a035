"""Money, times and masked data as people read them."""

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app import i18n
from app.ui import formats

NOON = datetime(2026, 3, 17, 12, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("fen", "text"),
    [(0, "¥0.00"), (5, "¥0.05"), (123450, "¥1,234.50"), (-8600, "-¥86.00"), (100_000_000, "¥1,000,000.00")],
)
def test_money(fen, text):
    assert formats.money(fen) == text


@given(st.integers(-(10**12), 10**12))
def test_money_loses_no_fen(fen):
    plain = formats.money(fen).replace("¥", "").replace(",", "").replace(".", "")
    assert int(plain) == fen


@pytest.mark.parametrize(
    ("minutes", "text", "tone"),
    [
        (320, "5 h 20 m left", "grey"),
        (40, "40 m left", "warn"),
        (-65, "overdue 1 h 5 m", "bad"),
        (1620, "1 d 3 h left", "grey"),
    ],
)
def test_due(minutes, text, tone):
    limit = NOON + timedelta(minutes=minutes)
    assert formats.due(limit, NOON) == text
    assert formats.due_tone(limit, NOON) == tone


def test_due_in_chinese():
    i18n.set_language("zh_CN")
    assert formats.due(NOON + timedelta(minutes=320), NOON) == "剩 5 小时 20 分"


def test_when_is_short_for_what_is_near():
    here = formats.local(NOON)
    assert formats.when(NOON, NOON) == here.strftime("%H:%M")
    assert formats.when(NOON - timedelta(days=1), NOON) == "yst. " + here.strftime("%H:%M")
    assert formats.when(NOON - timedelta(days=9), NOON).startswith("8 Mar ")
    assert formats.when(NOON - timedelta(days=400), NOON).startswith("2025-")


def test_a_naive_moment_is_a_defect():
    with pytest.raises(ValueError, match="zone"):
        formats.clock(datetime(2026, 3, 17, 9, 0))  # noqa: DTZ001 - what must be refused


def test_days():
    assert formats.day(date(2026, 3, 6)) == "2026-03-06"
    assert formats.short_day(date(2026, 3, 6)) == "6 Mar"
    i18n.set_language("zh_CN")
    assert formats.short_day(date(2026, 3, 6)) == "3月6日"


@given(st.text(alphabet="0123456789 -+", max_size=20))
def test_a_masked_phone_never_shows_more_than_seven_digits(phone):
    assert sum(c.isdigit() for c in formats.masked_phone(phone)) in {0, 7}


@pytest.mark.parametrize(("name", "masked"), [("陈小明", "陈 **"), ("Wang Fang", "W. ***"), ("", "")])
def test_masked_names(name, masked):
    assert formats.masked_name(name) == masked


def test_sizes_and_counts():
    sizes = [formats.bytes_size(n) for n in (12, 3_400, 3_400_000, 82_068_400_000)]
    assert sizes == ["12 B", "3.4 kB", "3.4 MB", "82.1 GB"]
    assert formats.number(10_412_377) == "10,412,377"
