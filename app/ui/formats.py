"""Money, days and times as people of the chosen language write them; customer data masked."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta, timezone

from app.i18n import _, language
from core.measurements import figure_text

_MINUTE, _HOUR, _DAY = 60, 3_600, 86_400


def money(fen: int) -> str:
    """Integer fen as yuan: 123450 → "¥1,234.50"; below zero with a minus in front."""
    sign = "-" if fen < 0 else ""
    yuan, rest = divmod(abs(fen), 100)
    return f"{sign}¥{yuan:,}.{rest:02d}"


def number(value: int) -> str:
    """A count with thousands marks."""
    return f"{value:,}"


def milli(value: int) -> str:
    """A figure in thousandths: 1250 → "1.25"."""
    return figure_text(value)


class _Zone:
    """Where the window stands; None: wherever the machine says it is."""

    here: timezone | None = None


def set_place(utc_offset_minutes: int | None) -> None:
    """Show all times of the clock as the place's own, whatever zone the machine is set to."""
    _Zone.here = None if utc_offset_minutes is None else timezone(timedelta(minutes=utc_offset_minutes))


def zone() -> timezone | None:
    """The place's zone; None: the machine's."""
    return _Zone.here


def local(moment: datetime) -> datetime:
    """An aware moment in the place's zone; ValueError for a naive one."""
    if moment.tzinfo is None:
        raise ValueError("a moment without its zone")
    return moment.astimezone(_Zone.here)


def day(value: date) -> str:
    """2026-03-17: the same in both languages, unmistakable and sortable."""
    return value.isoformat()[:10]


def clock(moment: datetime) -> str:
    """Hours and minutes here: 09:12."""
    return local(moment).strftime("%H:%M")


def moment(value: datetime) -> str:
    """Day and clock here: 2026-03-17 09:12."""
    return local(value).strftime("%Y-%m-%d %H:%M")


def short_day(value: date) -> str:
    """A day without its year: "3月17日", "17 Mar"."""
    if language() == "zh_CN":
        return f"{value.month}月{value.day}日"
    return f"{value.day} {_MONTHS[value.month - 1]}"


_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


def when(value: datetime, now: datetime) -> str:
    """How a timeline tells a moment: 10:41 today, "yesterday 17:30", else the day and the clock."""
    here, today = local(value), local(now).date()
    if here.date() == today:
        return clock(value)
    if here.date() == today - timedelta(days=1):
        return _("yst. {time}").format(time=clock(value))
    return f"{short_day(here.date())} {clock(value)}" if here.year == today.year else moment(value)


def duration(seconds: float) -> str:
    """A length in its two largest units: "5 h 20 m", "1 d 3 h", "40 m"."""
    whole = int(abs(seconds))
    if whole >= _DAY:
        return _("{d} d {h} h").format(d=whole // _DAY, h=whole % _DAY // _HOUR)
    if whole >= _HOUR:
        return _("{h} h {m} m").format(h=whole // _HOUR, m=whole % _HOUR // _MINUTE)
    return _("{m} m").format(m=whole // _MINUTE)


def due(limit: datetime, now: datetime) -> str:
    """A time limit seen from now: "5 h 20 m left" or "overdue 1 h 05 m"."""
    left = (limit - now).total_seconds()
    text = _("{time} left") if left >= 0 else _("overdue {time}")
    return text.format(time=duration(left))


def due_tone(limit: datetime, now: datetime, warn_hours: float = 4.0) -> str:
    """Bad when it is over, warn when less than `warn_hours` are left, else grey."""
    left = (limit - now).total_seconds()
    return "bad" if left < 0 else "warn" if left < warn_hours * _HOUR else "grey"


def utc_now() -> datetime:
    """The clock of the window; pages take it as a parameter where a test must set it."""
    return datetime.now(UTC)


def masked_phone(phone: str) -> str:
    """138 **** 2716: enough to recognise, not enough to call."""
    digits = "".join(c for c in phone if c.isdigit())
    if len(digits) < 7:
        return "*" * len(digits)
    return f"{digits[:3]} **** {digits[-4:]}"


def masked_name(name: str) -> str:
    """陈小明 → 陈 **; Wang Fang → W. ***."""
    clean = name.strip()
    if not clean:
        return ""
    return f"{clean[0]}. ***" if clean[0].isascii() else f"{clean[0]} **"


def bytes_size(count: int) -> str:
    """Bytes for people: "3.4 MB"."""
    if count < 1_000:
        return f"{count} B"
    size, unit = (1e3, "kB") if count < 1_000_000 else (1e6, "MB") if count < 1_000_000_000 else (1e9, "GB")
    return f"{count / size:,.1f} {unit}"
