"""Numbers that prove themselves by a check digit: IMEI and IMEISV of phones, GTIN of products."""

import msgspec

from core.identifiers.text import fold, is_digits, is_placeholder
from core.refusals import Refusal

_DOUBLED = str.maketrans("0123456789", "0246813579")
_GTIN_LENGTHS = (8, 12, 13, 14)


class Imei(msgspec.Struct, frozen=True):
    """A phone's IMEI: 15 digits, and the software version when it came as a 16-digit IMEISV."""

    number: str
    software: str = ""

    @property
    def type_allocation(self) -> str:
        """The first eight digits, which name the model (TAC)."""
        return self.number[:8]


def imei_check_digit(body: str) -> str:
    """The Luhn digit of an IMEI's first 14 digits (3GPP TS 23.003): 26053179311383 → 7."""
    doubled = body[1::2].translate(_DOUBLED)
    return str(-sum(map(int, body[::2] + doubled)) % 10)


def parse_imei(text: str) -> Imei:
    """The IMEI in `text`; an IMEISV of 16 digits gets its check digit computed.

    Refuses `imei_wrong_length`, `imei_wrong_digit` and `serial_placeholder`.
    """
    digits = fold(text).translate({ord("-"): None, ord(" "): None, ord("/"): None})
    if not is_digits(digits) or len(digits) not in {15, 16}:
        raise Refusal("imei_wrong_length", imei=fold(text)[:40], length=len(digits))
    body = digits[:14]
    if is_placeholder(body):
        raise Refusal("serial_placeholder", serial=digits)
    expected = imei_check_digit(body)
    if len(digits) == 16:
        return Imei(body + expected, software=digits[14:])
    if digits[14] != expected:
        raise Refusal("imei_wrong_digit", imei=digits, expected=expected)
    return Imei(digits)


def make_imei(type_allocation: str, number: int) -> str:
    """The IMEI of the unit `number` (0 to 999,999) under an eight-digit type allocation code."""
    if len(type_allocation) != 8 or not is_digits(type_allocation) or not 0 <= number <= 999_999:
        raise ValueError(f"no IMEI for {type_allocation!r} and {number}")
    body = f"{type_allocation}{number:06d}"
    return body + imei_check_digit(body)


def gtin_check_digit(body: str) -> str:
    """The mod 10 digit of a GTIN's other digits (GS1 General Specifications 7.9), for any length."""
    backwards = body[::-1]
    return str(-(3 * sum(map(int, backwards[::2])) + sum(map(int, backwards[1::2]))) % 10)


def is_gtin(text: str) -> bool:
    """Whether `text` is 8, 12, 13 or 14 digits with the right last one."""
    return len(text) in _GTIN_LENGTHS and is_digits(text) and gtin_check_digit(text[:-1]) == text[-1]


def parse_gtin(text: str) -> str:
    """The GTIN in `text` as 14 digits, the one form to compare and store; refuses `gtin_wrong`."""
    digits = fold(text)
    if not is_gtin(digits):
        raise Refusal("gtin_wrong", gtin=digits[:40])
    return digits.zfill(14)
