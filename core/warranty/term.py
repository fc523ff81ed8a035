"""The calendar of a term: months with clamped ends, public holidays, and days that repairs add."""

import calendar
from collections.abc import Iterable, Sequence
from datetime import date, timedelta

import msgspec

from core.warranty.facts import RepairSpan

_DAY = timedelta(days=1)
_SATURDAY = 5


class Holidays(msgspec.Struct, frozen=True, kw_only=True):
    """Public holidays: `days` off and `worked` weekend days of the listed `years`; `fixed` 'MM-DD' days elsewhere."""

    years: frozenset[int] = frozenset()
    days: frozenset[date] = frozenset()
    worked: frozenset[date] = frozenset()
    fixed: frozenset[str] = frozenset()

    def is_public_holiday(self, day: date) -> bool:
        """Tell whether the day is a public holiday (an ordinary weekend is none)."""
        if day.year in self.years:
            return day in self.days
        return f"{day:%m-%d}" in self.fixed

    def is_working_day(self, day: date) -> bool:
        """Tell whether people work on the day: no holiday, and no weekend unless it is worked in exchange."""
        if day in self.worked:
            return True
        return day.weekday() < _SATURDAY and not self.is_public_holiday(day)

    def roll(self, day: date) -> date:
        """Return the next working day for a public holiday, else the day itself."""
        if not self.is_public_holiday(day):
            return day
        while not self.is_working_day(day):
            day += _DAY
        return day


NO_HOLIDAYS = Holidays()


def add_months(day: date, months: int) -> date:
    """Return the same day so many months later, clamped to the month's end (01-31 + 1 month → 02-28 or 02-29)."""
    year, month0 = divmod(day.year * 12 + day.month - 1 + months, 12)
    last = calendar.monthrange(year, month0 + 1)[1]
    return date(year, month0 + 1, min(day.day, last))


def merged(spans: Iterable[RepairSpan], today: date) -> list[tuple[date, date]]:
    """Return the spans up to `today` as sorted stretches without overlap, so that no day counts twice.

    An open span lasts until `today`; spans that begin later, or end before they begin, are left out.
    """
    ends = sorted((span.from_day, min(span.to_day or today, today)) for span in spans)
    stretches: list[tuple[date, date]] = []
    for begin, end in ends:
        if begin > end:
            continue
        if stretches and begin <= stretches[-1][1] + _DAY:
            stretches[-1] = (stretches[-1][0], max(end, stretches[-1][1]))
        else:
            stretches.append((begin, end))
    return stretches


def days_of(stretch: tuple[date, date]) -> int:
    """Return the number of days of a stretch, both ends counted (in and out the same day is one day)."""
    return (stretch[1] - stretch[0]).days + 1


def end_of_term(
    start: date, months: int, stretches: Sequence[tuple[date, date]], holidays: Holidays
) -> tuple[date, int]:
    """Return the last covered day and the days added to a term of `months` from `start`.

    A stretch adds all its days from `start` on when it begins while the term, as extended so far, still runs.
    """
    end, added = add_months(start, months), 0
    for begin, last in stretches:
        counted = (max(begin, start), last)
        if counted[0] <= min(last, holidays.roll(end)):
            end += _DAY * days_of(counted)
            added += days_of(counted)
    return holidays.roll(end), added
