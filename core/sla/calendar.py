"""Business time: the open minutes of a place between two moments, and the moment at which so many have passed."""

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from typing import Annotated, NamedTuple

import msgspec
from msgspec import Meta

from core.warranty import NO_HOLIDAYS, Holidays

_DAY = timedelta(days=1)
_SATURDAY = 5
_MIDNIGHT = 24 * 60
#: How far a limit may reach: thousands of minutes of a place that opens for a few of them each week.
_LONGEST_DAYS = 40 * 366

Minute = Annotated[int, Meta(ge=0, le=_MIDNIGHT)]


class BusinessHours(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Open stretches (from, to) in minutes after local midnight; hours past midnight go on in the next day's list."""

    weekday: tuple[tuple[Minute, Minute], ...] = ((540, 1080),)
    weekend: tuple[tuple[Minute, Minute], ...] = ((540, 1080),)
    holiday: tuple[tuple[Minute, Minute], ...] = ()


class Calendar(NamedTuple):
    """When a place works: its hours, the public holidays, and its offset from UTC (minutes, no summer time)."""

    hours: BusinessHours = BusinessHours()
    holidays: Holidays = NO_HOLIDAYS
    utc_offset_minutes: int = 480

    def used(self, begin: datetime, end: datetime) -> int:
        """Open minutes between two aware moments, each taken at its minute's beginning; 0 when end is not later."""
        first, last = self._local(begin), self._local(end)
        if last <= first:
            return 0
        if first.date() == last.date():
            return self._within(first.date(), _minute(first), _minute(last))
        whole = sum(self._within(day, 0, _MIDNIGHT) for day in _days(first.date() + _DAY, last.date()))
        return (
            self._within(first.date(), _minute(first), _MIDNIGHT) + whole + self._within(last.date(), 0, _minute(last))
        )

    def after(self, begin: datetime, minutes: int) -> datetime:
        """The first moment (aware UTC) at which so many open minutes have passed since ``begin``; 0: at once.

        The time of a place that opens neither on working days nor at weekends runs by the wall, so that a limit ends.
        """
        start = self._local(begin)
        if minutes <= 0:
            return self._utc(start)
        if not (_stretches(self.hours, "weekday") or _stretches(self.hours, "weekend")):
            return self._utc(start) + timedelta(minutes=minutes)
        left, least = minutes, _minute(start)
        for day in _days(start.date(), start.date() + _LONGEST_DAYS * _DAY):
            for opens, closes in self._open(day):
                opened = max(0, closes - max(opens, least))
                if opened >= left:
                    return self._utc(_at(day, max(opens, least) + left))
                left -= opened
            least = 0
        return self._utc(start) + timedelta(minutes=minutes)

    def _within(self, day: date, begin: int, end: int) -> int:
        return sum(max(0, min(closes, end) - max(opens, begin)) for opens, closes in self._open(day))

    def _open(self, day: date) -> tuple[tuple[int, int], ...]:
        return _stretches(self.hours, _kind(self.holidays, day))

    def _local(self, moment: datetime) -> datetime:
        here = moment.astimezone(UTC) + timedelta(minutes=self.utc_offset_minutes)
        return here.replace(second=0, microsecond=0)

    def _utc(self, here: datetime) -> datetime:
        return here - timedelta(minutes=self.utc_offset_minutes)


def _kind(holidays: Holidays, day: date) -> str:
    """A weekend that is worked in exchange is a working day, a public holiday on one is a holiday."""
    if day in holidays.worked:
        return "weekday"
    if holidays.is_public_holiday(day):
        return "holiday"
    return "weekend" if day.weekday() >= _SATURDAY else "weekday"


@lru_cache(maxsize=256)
def _stretches(hours: BusinessHours, kind: str) -> tuple[tuple[int, int], ...]:
    """The kind of day's stretches in order, those that overlap joined, so that no minute counts twice."""
    joined: list[tuple[int, int]] = []
    for opens, closes in sorted(getattr(hours, kind)):
        if joined and opens <= joined[-1][1]:
            joined[-1] = (joined[-1][0], max(joined[-1][1], closes))
        elif closes > opens:
            joined.append((opens, closes))
    return tuple(joined)


def _minute(here: datetime) -> int:
    return here.hour * 60 + here.minute


def _at(day: date, minute: int) -> datetime:
    return datetime(day.year, day.month, day.day, tzinfo=UTC) + timedelta(minutes=minute)


def _days(first: date, beyond: date) -> Iterator[date]:
    while first < beyond:
        yield first
        first += _DAY
