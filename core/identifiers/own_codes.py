"""The codes this program prints itself: order slips, unit labels, old-part tags, boxes; written and read here only.

An old-part tag is 50 × 30 mm. At 203 dpi that is 400 dots across; with two dots per module and quiet zones a Code 128
may be 180 modules wide, which is 13 characters (35 + 11 each). So the tag's bar code is ``P`` and 12 characters:
11 of Crockford's base 32 (55 bits of the old part's id) and a check character. Its QR code, and the wider slips,
spell the prefix out.

A box's number leads with its station's code, so that whoever opens the box knows whose it is even when nothing else
of it has been heard of: ``SZ01-7K2M9QXGQ`` is 35 random bits and two check characters behind the code. One would not
do: a code's characters are more than 32, and by one check character ``S`` and ``3`` can't be told apart.
"""

from datetime import date
from typing import NamedTuple
from uuid import UUID

from core.identifiers.text import fold, fold_serial
from core.ids import derive
from core.refusals import Refusal

ORDER_PREFIX = "FX-O:"
OLD_PART_PREFIX = "FX-P:"
UNIT_PREFIX = "FX-U:"
BOX_PREFIX = "FX-B:"
TAG_LENGTH = 12
_BOX_LENGTH = 9
_BOX_MODULUS = 1021
#: All boxes' ids derive from it.
_BOXES = "01900000-0000-7000-8000-00000000b0c5"

_ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
_VALUES = {character: value for value, character in enumerate(_ALPHABET)}
_READ_AS = str.maketrans("OIL", "011", "-")


class UnitCode(NamedTuple):
    """What a printed unit label says: the model and the serial number."""

    model: str
    serial: str


def format_order(number: str) -> str:
    """The bar code text of an order slip."""
    return ORDER_PREFIX + number


def parse_order(text: str) -> str | None:
    """The order's number on a scanned slip, None when it is no slip."""
    found = fold(text).upper()
    return found.removeprefix(ORDER_PREFIX) or None if found.startswith(ORDER_PREFIX) else None


def format_unit(model: str, serial: str) -> str:
    """The QR text of a unit label; its bar code is the bare serial number."""
    return f"{UNIT_PREFIX}{model}|{serial}"


def parse_unit(text: str) -> UnitCode | None:
    """Model and serial number of a unit label, None when it is none."""
    found = fold(text)
    if not found.upper().startswith(UNIT_PREFIX):
        return None
    model, separator, serial = found[len(UNIT_PREFIX) :].partition("|")
    return UnitCode(model, fold_serial(serial)) if separator and serial else None


def tag_of(old_part_id: str) -> str:
    """The 12-character tag of an old part, from the random end of its UUIDv7; same id, same tag."""
    bits = UUID(old_part_id).int
    body = "".join(_ALPHABET[(bits >> shift) & 31] for shift in range(50, -1, -5))
    return body + _check_character(body)


def format_old_part(tag: str) -> str:
    """The Code 128 text of an old-part tag: 13 characters."""
    return "P" + tag


def format_old_part_qr(tag: str) -> str:
    """The QR text of an old-part tag."""
    return OLD_PART_PREFIX + tag


def counter_number(station: str, day: date, order_id: str) -> str:
    """The number of an order opened at a counter, e.g. SZ01-261130-7K2M9Q, from the random end of its UUIDv7.

    No count: two devices of a station, or one whose disk was put back, would count the same number twice.
    """
    bits = UUID(order_id).int
    return f"{station}-{day:%y%m%d}-" + "".join(_ALPHABET[(bits >> shift) & 31] for shift in range(25, -1, -5))


def show_tag(tag: str) -> str:
    """The tag in groups of four, for people to read and type: 7K2M-9QX4-H3TD."""
    return "-".join(tag[start : start + 4] for start in range(0, len(tag), 4))


def parse_old_part(text: str) -> str | None:
    """The tag in a scanned or typed code, None when it is no old-part tag.

    Refuses `old_part_tag_wrong` when it is marked as one and a character is wrong.
    """
    found = fold_serial(text)
    marked = found.startswith(OLD_PART_PREFIX)
    tag = found.removeprefix(OLD_PART_PREFIX).translate(_READ_AS)
    if not marked and len(tag) == TAG_LENGTH + 1 and tag.startswith("P"):
        tag = tag[1:]
    if is_tag(tag):
        return tag
    if marked:
        raise Refusal("old_part_tag_wrong", tag=tag[:40])
    return None


def certificate_prefix(place_code: str, device_id: str) -> str:
    """What every certificate's number of one device begins with: its place, and 30 bits of its random id."""
    bits = UUID(device_id).int
    return f"JD-{place_code}-" + "".join(_ALPHABET[(bits >> shift) & 31] for shift in range(25, -1, -5)) + "-"


def certificate_number(place_code: str, device_id: str, written: int) -> str:
    """The number after ``written`` certificates of this device: two devices never give the same one."""
    return f"{certificate_prefix(place_code, device_id)}{written + 1:04d}"


def is_tag(tag: str) -> bool:
    """Whether `tag` is 12 characters with the right last one."""
    return len(tag) == TAG_LENGTH and all(c in _VALUES for c in tag) and _check_character(tag[:-1]) == tag[-1]


def box_number(station_code: str, seed: str) -> str:
    """A new box's number, from its station's code and a fresh UUIDv7."""
    bits = UUID(seed).int
    code = fold(station_code).upper()
    body = "".join(_ALPHABET[(bits >> shift) & 31] for shift in range(30, -1, -5))
    return f"{code}-{body}{_box_check(code, body)}"


def box_id(number: str) -> str:
    """The id of the box with that number: a box's row is the same one for its station and its warehouse."""
    return derive(_BOXES, f"box/{number}")


def station_of_box(number: str) -> str:
    """The code of the station whose box it is."""
    return number.rpartition("-")[0]


def format_box(number: str) -> str:
    """The bar code and QR text of a box and its list."""
    return BOX_PREFIX + number


def parse_box(text: str) -> str | None:
    """The box's number in a scanned or typed code, None when it is no box's.

    Refuses `box_number_wrong` when it is marked as one and a character is wrong.
    """
    found = fold(text).upper()
    marked = found.startswith(BOX_PREFIX)
    code, dash, body = found.removeprefix(BOX_PREFIX).rpartition("-")
    body = body.translate(_READ_AS)
    shaped = bool(code and dash) and len(body) == _BOX_LENGTH and all(c in _VALUES for c in body)
    if shaped and _box_check(code, body[:-2]) == body[-2:]:
        return f"{code}-{body}"
    if marked:
        raise Refusal("box_number_wrong", number=found.removeprefix(BOX_PREFIX)[:40])
    return None


def _box_check(code: str, body: str) -> str:
    """Over the station's code too, in any letters. A prime modulus: every single wrong character and every swap is seen
    (of letters beyond Latin ones, all but one in a thousand)."""
    values = [*map(ord, code), *(_VALUES[c] for c in body)]
    high, low = divmod(sum(weight * value for weight, value in enumerate(values, 1)) % _BOX_MODULUS, 32)
    return _ALPHABET[high] + _ALPHABET[low]


def _check_character(body: str) -> str:
    """Weights 1, 3, 5 …, all odd and so invertible mod 32: every single wrong character is seen."""
    return _ALPHABET[sum((2 * place + 1) * _VALUES[character] for place, character in enumerate(body)) % 32]
