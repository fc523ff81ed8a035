"""Makers' serial number patterns: data that says how a serial is composed, so that it can be read, checked and made."""

import re
from collections.abc import Iterable
from datetime import date, timedelta
from functools import cached_property
from typing import Literal

import msgspec

from core.identifiers.text import fold_serial
from core.refusals import Refusal

Precision = Literal["day", "week", "month", "year", "none"]
LONGEST_SERIAL = 64

_BASE36 = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"
_ONCE = bytes(_BASE36.find(chr(byte)) % 256 for byte in range(256))
_TWICE = bytes((2 * value // 36 + 2 * value % 36) % 256 if value < 36 else 255 for value in _ONCE)


class DateRule(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """How the day of making is written: by its groups ``year``, ``month``, ``day`` and ``week``.

    `years` and `months` are tables of one character per year (from `first_year`) and per month; empty means two
    digits. A week is the ISO week; the day is then its Monday.
    """

    precision: Precision
    years: str = ""
    first_year: int = 2000
    months: str = ""

    def write(self, made: date) -> dict[str, str]:
        """The groups for `made`; ValueError when the table does not hold its year."""
        iso = made.isocalendar()
        year = iso.year if self.precision == "week" else made.year
        return {
            "year": self._write_year(year),
            "month": self.months[made.month - 1] if self.months else f"{made.month:02d}",
            "day": f"{made.day:02d}",
            "week": f"{iso.week:02d}",
        }

    def read(self, groups: dict[str, str]) -> date:
        """The first day that the groups can mean; ValueError when there is no such day."""
        year = self.first_year + (self.years.index(groups["year"]) if self.years else int(groups["year"]))
        if self.precision == "week":
            return date.fromisocalendar(year, int(groups["week"]), 1)
        month = self._read_month(groups["month"]) if self.precision in {"day", "month"} else 1
        return date(year, month, int(groups["day"]) if self.precision == "day" else 1)

    def _read_month(self, text: str) -> int:
        return self.months.index(text) + 1 if self.months else int(text)

    def _write_year(self, year: int) -> str:
        place = year - self.first_year
        if not 0 <= place < (len(self.years) or 100):
            raise ValueError(f"this pattern can't write the year {year}")
        return self.years[place] if self.years else f"{place:02d}"


class ModelRule(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """How a model's name gives the segment at the start of its serials: LED55K35U → K35U55."""

    regex: str
    prefix: str


class DecodedSerial(msgspec.Struct, frozen=True):
    """What a serial number says of itself; `made` is the first day it can mean, to the given precision."""

    serial: str
    pattern_id: str
    brand: str
    product_class: str
    part_of_unit: str
    prefix: str
    number: str
    made: date | None
    precision: Precision


class SerialPattern(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, dict=True):
    """One way in which a maker composes serials: regex groups to read it, `compose` to write it.

    Groups: prefix (the model's segment), number, and as they occur year, month, day, week, check. `part_of_unit` tells
    the indoor from the outdoor unit where one product has two serials. `number_digits` is the running number's width.
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

    def decode(self, text: str) -> DecodedSerial | None:
        """What `text` says, None when it is not of this pattern.

        Refuses `serial_check_wrong` and `serial_date_impossible` when it has the shape but can't be right.
        """
        serial = fold_serial(text)
        found = self._regex.fullmatch(serial) if serial.isascii() and len(serial) <= LONGEST_SERIAL else None
        if not found:
            return None
        groups = found.groupdict(default="?")
        if self.check and luhn36(serial[:-1]) != serial[-1]:
            raise Refusal("serial_check_wrong", serial=serial)
        return DecodedSerial(
            serial=serial,
            pattern_id=self.id,
            brand=self.brand,
            product_class=self.product_class,
            part_of_unit=self.part_of_unit,
            prefix=groups["prefix"],
            number=groups["number"],
            made=self._made(serial, groups),
            precision=self.made.precision,
        )

    def _made(self, serial: str, groups: dict[str, str]) -> date | None:
        if self.made.precision == "none":
            return None
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


_GROUPS: dict[Precision, frozenset[str]] = {
    "day": frozenset({"year", "month", "day"}),
    "week": frozenset({"year", "week"}),
    "month": frozenset({"year", "month"}),
    "year": frozenset({"year"}),
    "none": frozenset(),
}


def _prove(pattern: SerialPattern) -> None:
    """Make and read one serial per example, so that a pattern that contradicts itself never gets into use."""
    missing = (_GROUPS[pattern.made.precision] | {"prefix", "number"}) - set(re.compile(pattern.regex).groupindex)
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
