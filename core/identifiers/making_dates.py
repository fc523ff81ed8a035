"""How makers write the day of making into a serial number, and which day it was when the writing leaves several."""

from collections.abc import Iterable, Mapping
from datetime import date, timedelta
from typing import Literal

import msgspec

Precision = Literal["day", "week", "month", "year", "none"]
LAST_YEAR = 2099  # a rule without a clock has to stop somewhere


class DateRule(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """How the day of making is written: by its groups ``year``, ``month``, ``day``, ``week``, ``yday``, ``turn``.

    `years`, `months` and `days` are tables of one character per year (from `first_year`), month and day of the month;
    empty means digits: two of them, and `year_digits` for the year. `repeats` begins the years again after the last
    one, so that one character stands for several years (a single digit: every ten). A week is the ISO week; the day is
    then its Monday. ``yday`` is the day of the year in three digits. ``turn`` counts months with no year at all, by
    the table `turns`, from January of `first_year` on and round again.
    """

    precision: Precision
    years: str = ""
    first_year: int = 2000
    months: str = ""
    days: str = ""
    year_digits: Literal[1, 2] = 2
    repeats: bool = False
    turns: str = ""

    @property
    def groups(self) -> frozenset[str]:
        """The groups that a serial's regex must have for `read`, whichever way the day is written."""
        if self.turns:
            return frozenset({"turn"})
        return _GROUPS[self.precision]

    def write(self, made: date) -> dict[str, str]:
        """The groups for `made`; ValueError when the table does not hold its year."""
        iso = made.isocalendar()
        months_since = 12 * (made.year - self.first_year) + made.month - 1
        return {
            "year": "" if self.turns else self._write_year(iso.year if self.precision == "week" else made.year),
            "month": self.months[made.month - 1] if self.months else f"{made.month:02d}",
            "day": self.days[made.day - 1] if self.days else f"{made.day:02d}",
            "week": f"{iso.week:02d}",
            "yday": f"{made.timetuple().tm_yday:03d}",
            "turn": self.turns[months_since % len(self.turns)] if self.turns else "",
        }

    def read(self, groups: Mapping[str, str]) -> tuple[date, ...]:
        """The first day of each day, week, month or year that the groups can mean; ValueError when there is none."""
        found = tuple(self._read_turn(groups["turn"]) if self.turns else self._read_years(groups))
        if not found:
            raise ValueError("there is no such day")
        return found

    def _read_turn(self, text: str) -> Iterable[date]:
        months = range(self.turns.index(text), 12 * (LAST_YEAR + 1 - self.first_year), len(self.turns))
        return [date(self.first_year + month // 12, month % 12 + 1, 1) for month in months]

    def _read_years(self, groups: Mapping[str, str]) -> list[date]:
        """One day for each year the text can mean; a leap day leaves only leap years."""
        found = []
        for year in self._years_of(groups["year"]):
            try:
                found.append(self._day_in(year, groups))
            except ValueError:
                continue
        return found

    def _years_of(self, text: str) -> Iterable[int]:
        first = self.first_year + (self.years.index(text) if self.years else self._digits_after(text))
        years = range(first, LAST_YEAR + 1, self._period)
        return years if self.repeats else years[:1]

    def _digits_after(self, text: str) -> int:
        """How many years after `first_year` a year comes first whose last digits are these."""
        return (int(text) - self.first_year) % self._period

    @property
    def _period(self) -> int:
        return len(self.years) or 10**self.year_digits

    def _day_in(self, year: int, groups: Mapping[str, str]) -> date:
        if self.precision == "week":
            return date.fromisocalendar(year, int(groups["week"]), 1)
        if self.precision == "day" and "yday" in groups:
            return _day_of_year(year, int(groups["yday"]))
        month = _placed(self.months, groups["month"]) if self.precision in {"day", "month"} else 1
        return date(year, month, _placed(self.days, groups["day"]) if self.precision == "day" else 1)

    def _write_year(self, year: int) -> str:
        place = year - self.first_year
        if place < 0 or not (self.repeats or place < self._period):
            raise ValueError(f"this pattern can't write the year {year}")
        if self.years:
            return self.years[place % self._period]
        return f"{year % self._period:0{self.year_digits}d}"


_GROUPS: dict[Precision, frozenset[str]] = {
    "day": frozenset({"year", "month", "day"}),
    "week": frozenset({"year", "week"}),
    "month": frozenset({"year", "month"}),
    "year": frozenset({"year"}),
    "none": frozenset(),
}
BY_DAY_OF_YEAR = frozenset({"year", "yday"})


def last_day(first: date, precision: Precision) -> date:
    """The last day of the day, week, month or year that begins with `first`."""
    if precision == "week":
        return first + timedelta(days=6)
    if precision == "month":
        return (first.replace(day=28) + timedelta(days=4)).replace(day=1) - timedelta(days=1)
    return date(first.year, 12, 31) if precision == "year" else first


def written(first: date, precision: Precision) -> str:
    """The day, week, month or year that begins with `first`: 2024-05-31, 2024-W22, 2024-05, 2024."""
    if precision == "week":
        return f"{first:%G-W%V}"
    return first.isoformat()[: {"month": 7, "year": 4}.get(precision, 10)]


def within(
    candidates: Iterable[date], precision: Precision, not_before: date | None = None, not_after: date | None = None
) -> tuple[date, ...]:
    """Those of `candidates` whose time of making overlaps the limits, such as a shipping day or the day of today."""
    earliest, latest = not_before or date.min, not_after or date.max
    return tuple(first for first in candidates if first <= latest and last_day(first, precision) >= earliest)


def _placed(table: str, text: str) -> int:
    return table.index(text) + 1 if table else int(text)


def _day_of_year(year: int, number: int) -> date:
    found = date(year, 1, 1) + timedelta(days=number - 1)
    if found.year != year:
        raise ValueError(f"the year {year} has no day {number}")
    return found
