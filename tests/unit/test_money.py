"""The one rounding rule, and amounts as text."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.money import divide, parse_yuan, scaled, yuan_text

FEN = st.integers(-(10**12), 10**12)


@pytest.mark.parametrize(
    ("numerator", "denominator", "result"),
    [
        (5, 2, 3),
        (-5, 2, -3),
        (4, 2, 2),
        (1, 3, 0),
        (2, 3, 1),
        (-2, 3, -1),
        (0, 7, 0),
        (10049, 10000, 1),
        (15000, 10000, 2),
    ],
)
def test_halves_go_away_from_zero(numerator, denominator, result):
    assert divide(numerator, denominator) == result


def test_a_denominator_must_be_positive():
    with pytest.raises(ValueError, match="positive"):
        divide(1, -2)
    with pytest.raises(ZeroDivisionError):
        divide(1, 0)


@given(FEN, st.integers(1, 10**6))
def test_a_reversal_is_the_exact_negative_and_the_error_at_most_a_half(numerator, denominator):
    assert divide(-numerator, denominator) == -divide(numerator, denominator)
    assert abs(2 * (divide(numerator, denominator) * denominator - numerator)) <= denominator


def test_several_coefficients_are_rounded_once():
    assert scaled(333, 1, 15_000, 15_000) == 749  # 749.25; rounding twice would give 750
    assert scaled(1050, 3) == 3150
    assert scaled(-1000, 1, 10_500) == -1050


@given(FEN)
def test_text_and_amount_are_inverse(fen):
    assert parse_yuan(yuan_text(fen)) == fen


@pytest.mark.parametrize(
    ("text", "fen"),
    [("12", 1200), ("12.5", 1250), ("1,200.00", 120000), ("¥12.50", 1250), ("¥3", 300), (" -0.01 ", -1), ("0", 0)],
)
def test_typed_amounts(text, fen):
    assert parse_yuan(text) == fen


@pytest.mark.parametrize("text", ["", "-", "x", "1.234", "1.", ".5", "١٢", "²", "--1", "1e3", "123456789012"])
def test_what_is_no_amount_is_refused(text):
    with pytest.raises(ValueError, match="amount"):
        parse_yuan(text)
