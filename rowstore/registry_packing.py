"""How one unit of the registry becomes a few bytes: the hash of its serial number, days as small differences, flags.

A file of these bytes can answer for a serial number that one has, but not list the serial numbers it knows.

False matches: a serial number that was never made is taken for a known one when its 63-bit hash meets one of n others,
which for n units happens with a chance of n / 2^63 per look-up: 1.1e-13 at one million, 1.1e-12 at ten million (a
station that asks 200 times a day would wait twelve million years for one). Two *made* units share a hash in a registry
of ten million with a chance of about n^2 / 2^64 = 5e-6; both are then returned, and their models tell them apart.
"""

import hashlib
from datetime import date
from typing import NamedTuple

from core.warranty.facts import RegisteredUnit, UnitStatus

# Days count from here: two bytes then reach from 1997 to 2042.
_DAY_ZERO = date(2020, 1, 1).toordinal()
# The order is part of the format: append, never reorder.
_STATUSES = tuple(UnitStatus(name) for name in ("produced", "shipped", "sold", "exchanged_out", "scrapped"))
_STATUS_NUMBER = {status: number for number, status in enumerate(_STATUSES)}
_STATUS_BITS = 0b111
_MORE = 0b111  # in the status' place: the next byte holds the status and says which rare things follow
_MADE, _SHIPPED, _SOLD, _REGISTERED, _INSTALLED = (1 << bit for bit in range(3, 8))
_EXCHANGED, _EXCHANGE_OF = 1, 2
_MOST_SERIAL_BYTES = 64
_MOST_VARINT_BITS = 63
SALT_BYTES = 16


class Facts(NamedTuple):
    """What is packed of a unit besides its model and dealer, which are small numbers of the file's own tables."""

    unit: RegisteredUnit
    end: int  # where the next unit's bytes begin


def key_of(serial: str, salt: bytes) -> int:
    """The 63-bit number under which ``serial`` is kept; ``salt`` is the registry's own, so that no table fits two.

    It can't be turned back. Whoever can guess serial numbers can still ask for each, which is why makers' serials
    should hold some digits that do not count up.
    """
    digest = hashlib.blake2b(serial.encode(), digest_size=8, key=salt, person=b"fixpoint serial").digest()
    return int.from_bytes(digest, "big") >> 1


def put_number(into: bytearray, number: int) -> None:
    """Append ``number`` (0 and up) in seven bits a byte, lowest first."""
    while number > 0x7F:
        into.append(number & 0x7F | 0x80)
        number >>= 7
    into.append(number)


def take_number(packed: bytes, at: int) -> tuple[int, int]:
    """The number at ``at`` and where the next thing begins; ``ValueError`` or ``IndexError`` when broken."""
    byte = packed[at]
    if byte < 0x80:
        return byte, at + 1
    number, shift = byte & 0x7F, 7
    while byte >= 0x80:
        at += 1
        byte = packed[at]
        number |= (byte & 0x7F) << shift
        shift += 7
        if shift > _MOST_VARINT_BITS:
            raise ValueError("a number of the registry does not end")
    return number, at + 1


def pack_names(model: int, dealer: int) -> bytes:
    """The bytes in front of a unit's facts: the numbers of its model and of its dealer with region."""
    packed = bytearray()
    put_number(packed, model)
    put_number(packed, dealer)
    return bytes(packed)


def pack_facts(unit: RegisteredUnit, salt: bytes) -> bytes:
    """The unit's status, days and exchange in 3 to 9 bytes as a rule; model, dealer and region are kept apart."""
    extras = (_EXCHANGED if unit.exchanged_on else 0) | (_EXCHANGE_OF if unit.exchange_of else 0)
    status, last = _STATUS_NUMBER[unit.status], _DAY_ZERO
    packed = bytearray((0, extras | status << 2)) if extras else bytearray(1)
    flags = _MORE if extras else status
    dated = (
        (_MADE, unit.made),
        (_SHIPPED, unit.shipped),
        (_SOLD, unit.sold),
        (_REGISTERED, unit.registered),
        (_INSTALLED, unit.installed),
    )
    for flag, day in dated:
        if day is not None:
            flags |= flag
            last = _put_day(packed, day, last)
    packed[0] = flags
    if unit.exchanged_on:
        _put_day(packed, unit.exchanged_on, last)
    if unit.exchange_of:
        hidden = _hidden(unit.exchange_of.encode(), unit.serial, salt)
        put_number(packed, len(hidden))
        packed += hidden
    return bytes(packed)


def unpack_facts(packed: bytes, at: int, serial: str, salt: bytes, names: tuple[str, str, str] = ("", "", "")) -> Facts:
    """The unit packed at ``at``, named ``serial``; ``ValueError`` or ``IndexError`` when the bytes are broken.

    ``names`` are those of its model, its dealer and the dealer's region.
    """
    flags, at, last = packed[at], at + 1, _DAY_ZERO
    status, extras = flags & _STATUS_BITS, 0
    if status == _MORE:
        status, extras, at = packed[at] >> 2, packed[at] & 0b11, at + 1
    days: list[date | None] = []
    for present in (
        flags & _MADE,
        flags & _SHIPPED,
        flags & _SOLD,
        flags & _REGISTERED,
        flags & _INSTALLED,
        extras & _EXCHANGED,
    ):
        if present:
            number, at = take_number(packed, at)
            last += (number >> 1) ^ -(number & 1)
            days.append(date.fromordinal(last))
        else:
            days.append(None)
    exchange_of = ""
    if extras & _EXCHANGE_OF:
        length, at = take_number(packed, at)
        exchange_of = _hidden(packed[at : at + length], serial, salt).decode()
        at += length
    made, shipped, sold, registered, installed, exchanged_on = days
    unit = RegisteredUnit(
        model=names[0], dealer=names[1], region=names[2],
        serial=serial, status=_STATUSES[status], made=made, shipped=shipped, sold=sold,
        registered=registered, installed=installed, exchanged_on=exchanged_on, exchange_of=exchange_of,
    )  # fmt: skip
    return Facts(unit, at)


def _put_day(packed: bytearray, day: date, last: int) -> int:
    """Append the signed difference to ``last`` (small numbers of either sign take one byte) and return the day."""
    ordinal = day.toordinal()
    difference = ordinal - last
    put_number(packed, difference << 1 if difference >= 0 else ~(difference << 1))
    return ordinal


def _hidden(text: bytes, serial: str, salt: bytes) -> bytes:
    """``text`` masked so that only somebody who has ``serial`` can read it; the same step unmasks it."""
    if len(text) > _MOST_SERIAL_BYTES:
        raise ValueError("a serial number has at most 64 bytes")
    mask = hashlib.blake2b(serial.encode(), digest_size=_MOST_SERIAL_BYTES, key=salt, person=b"fixpoint other").digest()
    return bytes(left ^ right for left, right in zip(text, mask, strict=False))
