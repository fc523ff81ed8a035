"""Money in integer fen and the one rule by which an amount is rounded."""

BASIS_POINTS = 10_000
_FEN_PER_YUAN = 100


def divide(numerator: int, denominator: int) -> int:
    """Return numerator / denominator rounded to the nearest integer, halves away from zero.

    Halves go away from zero on both sides, so that the reversal of a line is always its exact negative.
    Raises ZeroDivisionError for a denominator of 0 and ValueError for a negative one.
    """
    if denominator < 0:
        raise ValueError("denominator must be positive")
    size = (2 * abs(numerator) + denominator) // (2 * denominator)
    return -size if numerator < 0 else size


def scaled(unit_fen: int, quantity: int, *coefficients_bp: int) -> int:
    """Return unit_fen × quantity × each coefficient (basis points, 10,000 = 1) in fen, rounded once at the end."""
    product = unit_fen * quantity
    for coefficient in coefficients_bp:
        product *= coefficient
    return divide(product, BASIS_POINTS ** len(coefficients_bp))


def yuan_text(fen: int) -> str:
    """Return fen as plain yuan with two decimals, e.g. 27000 → '270.00' (for files; windows format by locale)."""
    sign = "-" if fen < 0 else ""
    yuan, rest = divmod(abs(fen), _FEN_PER_YUAN)
    return f"{sign}{yuan}.{rest:02d}"


def parse_yuan(text: str) -> int:
    """Return the fen of a typed amount such as '12', '12.5', '1,200.00' or '¥12.50'.

    Raises ValueError when it is no amount, has more than two decimals or more than eleven digits of yuan.
    """
    plain = text.strip().removeprefix("¥").removeprefix("¥").replace(",", "").strip()
    sign = -1 if plain.startswith("-") else 1
    whole, point, decimals = plain.removeprefix("-").partition(".")
    digits = whole + decimals
    if not whole or not digits.isascii() or not digits.isdigit() or len(decimals) > 2 or (point and not decimals):
        raise ValueError("not an amount in yuan")
    if len(whole) > 11:
        raise ValueError("amount too large")
    return sign * (int(whole) * _FEN_PER_YUAN + int(decimals.ljust(2, "0")))
