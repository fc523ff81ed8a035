"""Makers' serial number patterns: data that says how a serial is composed, so that it can be read, checked and made."""

import re
from collections.abc import Iterable
from datetime import date, timedelta
from functools import cached_property
from typing import Literal

import msgspec

from core.identifiers.making_dates import BY_DAY_OF_YEAR, DateRule, Precision, last_day, within, written
from core.identifiers.text import fold_serial
from core.refusals import Refusal

LONGEST_SERIAL = 64

_BASE36 = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"
_ONCE = bytes(_BASE36.find(chr(byte)) % 256 for byte in range(256))
_TWICE = bytes((2 * value // 36 + 2 * value % 36) % 256 if value < 36 else 255 for value in _ONCE)


class ModelRule(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """How a model's name gives the segment at the start of its serials: LED55K35U → K35U55."""

    regex: str
    prefix: str


class DecodedSerial(msgspec.Struct, frozen=True):
    """What a serial number says of itself; `made` is the first day it can mean, to the given precision.

    Where the maker's writing begins again every few years, `may_be_made` holds all first days it can mean and `made`
    is None until :meth:`made_between` is told the limits.
    """

    serial: str
    pattern_id: str
    brand: str
    product_class: str
    part_of_unit: str
    prefix: str
    number: str
    made: date | None
    precision: Precision
    may_be_made: tuple[date, ...] = ()

    def made_between(self, not_before: date | None, not_after: date | None) -> date | None:
        """The one first day within the limits (no limit: None); None when none or several are left."""
        found = within(self.may_be_made, self.precision, not_before, not_after)
        return found[0] if len(found) == 1 else None

    def nearest(self, day: date) -> date:
        """Of the first days it can mean, the one nearest to ``day``; a serial that names none has none (ValueError)."""
        return min(self.may_be_made, key=lambda first: abs(first - day))

    def written(self, first: date) -> str:
        """The day, week, month or year that begins with ``first``, as exactly as the serial says it."""
        return written(first, self.precision)

    def can_be_made_on(self, day: date) -> bool:
        """Whether the serial can be of a unit made that day; one that names no day can be of any."""
        return not self.may_be_made or any(
            first <= day <= last_day(first, self.precision) for first in self.may_be_made
        )


class SerialPattern(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, dict=True):
    """One way in which a maker composes serials: regex groups to read it, `compose` to write it.

    Groups: prefix (the model's segment), number, and as they occur year, month, day, week, yday, turn, check.
    `part_of_unit` tells the indoor from the outdoor unit where one product has two serials. `number_digits` is the
    running number's width. `samples` are serials of the maker's papers and pictures, which no unit has.
    """

    id: str
    brand: str
    product_class: str
    regex: str
    compose: str
    prefix: str
    number_digits: int
    made: DateRule
    check: Literal["", "luhn36"] = ""
    part_of_unit: str = ""
    model: ModelRule | None = None
    examples: tuple[str, ...] = ()
    samples: tuple[str, ...] = ()

    @cached_property
    def _regex(self) -> re.Pattern[str]:
        return re.compile(self.regex)

    @cached_property
    def _dates(self) -> dict[date, dict[str, str]]:
        """Groups by day already written: makers make many units a day."""
        return {}

    def prefix_of(self, model: str) -> str | None:
        """The serial segment of `model` by this pattern's rule, None when the rule does not know such a model."""
        found = self.model and re.fullmatch(self.model.regex, model)
        return self.model.prefix.format(**found.groupdict()) if self.model and found else None

    def fits_shape(self, text: str) -> bool:
        """Whether `text` looks like one of this pattern's serials, right or wrong."""
        serial = fold_serial(text)
        return serial.isascii() and len(serial) <= LONGEST_SERIAL and self._regex.fullmatch(serial) is not None

    def decode(self, text: str) -> DecodedSerial | None:
        """What `text` says, None when it is not of this pattern.

        Refuses `serial_check_wrong`, `serial_date_impossible` and `serial_placeholder` (a sample) when it has the shape
        but can't be right.
        """
        serial = fold_serial(text)
        found = self._regex.fullmatch(serial) if self.fits_shape(serial) else None
        if not found:
            return None
        groups = found.groupdict(default="?")
        if serial in self.samples:
            raise Refusal("serial_placeholder", serial=serial)
        if self.check and luhn36(serial[:-1]) != serial[-1]:
            raise Refusal("serial_check_wrong", serial=serial)
        may_be_made = self._made(serial, groups)
        return DecodedSerial(
            serial=serial,
            pattern_id=self.id,
            brand=self.brand,
            product_class=self.product_class,
            part_of_unit=self.part_of_unit,
            prefix=groups["prefix"],
            number=groups["number"],
            made=may_be_made[0] if len(may_be_made) == 1 else None,
            precision=self.made.precision,
            may_be_made=may_be_made,
        )

    def _made(self, serial: str, groups: dict[str, str]) -> tuple[date, ...]:
        if self.made.precision == "none":
            return ()
        try:
            return self.made.read(groups)
        except (ValueError, OverflowError) as error:
            raise Refusal("serial_date_impossible", serial=serial) from error

    def written(self, made: date) -> dict[str, str]:
        """The date groups for `made`, kept from call to call."""
        known = self._dates.get(made)
        if known is None:
            known = self._dates[made] = self.made.write(made)
        return known


def make_serial(pattern: SerialPattern, prefix: str, made: date, number: int) -> str:
    """The serial of unit `number` of the model with this serial prefix, made that day; ValueError out of range.

    Does not check the prefix; a catalogue does that once with :func:`fits`.
    """
    digits = f"{number:0{pattern.number_digits}d}"
    if len(digits) > pattern.number_digits or number < 0:
        raise ValueError(f"running number {number} does not fit {pattern.number_digits} digits")
    body = pattern.compose.format(prefix=prefix, number=digits, **pattern.written(made))
    return body + luhn36(body) if pattern.check else body


def fits(pattern: SerialPattern, prefix: str) -> bool:
    """Whether `prefix` can stand at the start of this pattern's serials."""
    return re.fullmatch(pattern.prefix, prefix) is not None


def luhn36(body: str) -> str:
    """The Luhn mod 36 check character of 0–9 and A–Z (every single wrong character changes it)."""
    raw = body.encode("ascii")
    return _BASE36[-(sum(raw[::-2].translate(_TWICE)) + sum(raw[-2::-2].translate(_ONCE))) % 36]


def decode_serial(text: str, patterns: Iterable[SerialPattern]) -> DecodedSerial | None:
    """What the first fitting pattern says of `text`, None when none fits.

    Refuses as :meth:`SerialPattern.decode` when the only patterns of that shape find it wrong.
    """
    wrong: Refusal | None = None
    for pattern in patterns:
        try:
            decoded = pattern.decode(text)
        except Refusal as refusal:
            wrong = wrong or refusal
            continue
        if decoded:
            return decoded
    if wrong:
        raise wrong
    return None


def parse_patterns(data: bytes) -> list[SerialPattern]:
    """The patterns of a JSON file (a list); refuses `patterns_damaged` naming what is wrong."""
    try:
        patterns = msgspec.json.decode(data, type=list[SerialPattern])
        for pattern in patterns:
            _prove(pattern)
    except (msgspec.DecodeError, re.error, ValueError, KeyError, IndexError, Refusal) as error:
        raise Refusal("patterns_damaged", problem=str(error)[:200]) from error
    return patterns


def _prove(pattern: SerialPattern) -> None:
    """Make and read one serial per example, so that a pattern that contradicts itself never gets into use."""
    named = set(re.compile(pattern.regex).groupindex)
    by_year = pattern.made.precision == "day" and "yday" in named
    missing = ((BY_DAY_OF_YEAR if by_year else pattern.made.groups) | {"prefix", "number"}) - named
    if missing:
        raise ValueError(f"{pattern.id}: the regex has no group {min(missing)}")
    made = date(pattern.made.first_year, 1, 1) + timedelta(days=400)
    for model in pattern.examples:
        prefix = pattern.prefix_of(model)
        if prefix is None or not fits(pattern, prefix):
            raise ValueError(f"{pattern.id}: no prefix for the example {model}")
        decoded = pattern.decode(make_serial(pattern, prefix, made, 7))
        if decoded is None or (decoded.prefix, int(decoded.number)) != (prefix, 7):
            raise ValueError(f"{pattern.id}: a serial of {model} can't be read back")
