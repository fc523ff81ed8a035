"""Numbers with a form of their own: IMEI, IMEISV and MEID of phones, GTIN of products, network addresses."""

import re

import msgspec

from core.identifiers.text import fold, is_digits, is_placeholder
from core.refusals import Refusal

_DOUBLED = str.maketrans("0123456789", "0246813579")
_GTIN_LENGTHS = (8, 12, 13, 14)
_MEID = re.compile(r"[A-F][0-9A-F]{13}[0-9A-F]?")
_MAC = re.compile(r"([0-9A-F]{2})([:-]?)(?:[0-9A-F]{2}\2){4}[0-9A-F]{2}")


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

    Refuses `imei_wrong_length`, `imei_wrong_digit`, `imei_is_gtin` and `serial_placeholder`.
    """
    digits = fold(text).translate({ord("-"): None, ord(" "): None, ord("/"): None})
    if not is_digits(digits) or len(digits) not in {15, 16}:
        raise Refusal("imei_wrong_length", imei=fold(text)[:40], length=len(digits))
    if gtin_of_element(digits):
        raise Refusal("imei_is_gtin", gtin=digits[2:])
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


def parse_meid(text: str) -> str:
    """The 14 hexadecimal digits of a MEID, which begins with a letter; a 15th, its check digit, must be right.

    Refuses `meid_wrong`.
    """
    digits = fold(text).upper().replace("-", "").replace(" ", "")
    if not is_meid(digits):
        raise Refusal("meid_wrong", meid=digits[:40])
    return digits[:14]


def is_meid(text: str) -> bool:
    """Whether `text` is a MEID of 14 digits, or of 15 with the right last one."""
    return _MEID.fullmatch(text) is not None and text[14:] in {"", meid_check_digit(text[:14])}


def meid_check_digit(body: str) -> str:
    """The Luhn digit of a MEID's 14 digits, in base 16 (3GPP2 S.R0048)."""
    total = sum(int(digit, 16) for digit in body[::2])
    total += sum(sum(divmod(2 * int(digit, 16), 16)) for digit in body[1::2])
    return f"{-total % 16:X}"


def parse_mac(text: str) -> str | None:
    """A network address with colons, None when `text` is none; twelve digits alone are a number like others."""
    found = fold(text).upper()
    if not _MAC.fullmatch(found) or is_digits(found):
        return None
    return ":".join(re.findall("..", found.replace(":", "").replace("-", "")))


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


def gtin_of_element(digits: str) -> str | None:
    """The GTIN in a bare GS1 element, 01 and 14 digits (a DataBar read by a scanner that sends no identifier).

    Its 16 digits look like an IMEISV, which is the way in which products became phones.
    """
    return digits[2:] if len(digits) == 16 and digits.startswith("01") and is_gtin(digits[2:]) else None


def expand_upce(digits: str) -> str | None:
    """The UPC-A of a UPC-E's eight digits (GS1 General Specifications 5.2.2.4.2), None when it is none.

    Both name the same product: 04252614 is 042100005264.
    """
    if len(digits) != 8 or not is_digits(digits) or digits[0] not in "01":
        return None
    system, body, last, check = digits[0], digits[1:6], digits[6], digits[7]
    if last in "012":
        body = f"{body[:2]}{last}0000{body[2:]}"
    elif last == "3":
        body = f"{body[:3]}00000{body[3:]}"
    elif last == "4":
        body = f"{body[:4]}00000{body[4]}"
    else:
        body = f"{body}0000{last}"
    expanded = system + body + check
    return expanded if is_gtin(expanded) else None


_CODE39 = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ-. $/+%"


def code39_check_character(text: str) -> str | None:
    """The mod 43 character of a Code 39 text, None when it holds characters that Code 39 has not."""
    if not text or any(character not in _CODE39 for character in text):
        return None
    return _CODE39[sum(map(_CODE39.index, text)) % 43]
