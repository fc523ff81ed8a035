"""How a time limit is said: which one, and the business time that is left, counting at each look."""

from __future__ import annotations

from datetime import datetime

from app.i18n import _
from app.queries.ticking import Ticking
from app.ui import formats
from core.words import word

TICK_MS = 20_000
"""How often a shown limit is painted anew; it counts in minutes."""
_ROUGH_HOURS = 10


def clock_text(ticking: Ticking | None, now: datetime) -> str:
    """ "Visit · 2 h 10 m left"; a clock that stands still says so."""
    if ticking is None:
        return "—"
    name = _(word("clock_short", ticking.clock.name.value))
    return f"{name} · {_('paused') if ticking.clock.paused else left_text(ticking.left(now))}"


def left_text(minutes: int) -> str:
    """Business minutes as hours and minutes, for a day of business has no 24 hours."""
    text = _("{time} left") if minutes > 0 else _("overdue {time}")
    return text.format(time=business(minutes))


def business(minutes: int) -> str:
    """A length of business time; beyond half a day nobody counts the minutes."""
    hours, rest = divmod(abs(minutes), 60)
    if hours >= _ROUGH_HOURS:
        return _("{h} h").format(h=hours)
    return _("{h} h {m} m").format(h=hours, m=rest) if hours else _("{m} m").format(m=rest)


def clock_tone(ticking: Ticking | None, now: datetime) -> str:
    """The tone of a cell."""
    return "dim" if ticking is None else ticking.tone(now)


def clock_tip(ticking: Ticking) -> str:
    """The whole limit, for a tool tip."""
    clock = ticking.clock
    name = _(word("clock", clock.name.value))
    text = _("{name}: {limit} of business time since {begun}, due {due}")
    times = {"begun": formats.moment(clock.begun), "due": formats.moment(clock.due)}
    return text.format(name=name, limit=business(clock.limit), **times)


def clock_sort(ticking: Ticking | None) -> tuple[bool, int]:
    """What runs out first comes first; what stands still or has no limit last."""
    far = 10**9
    return (True, far) if ticking is None or ticking.clock.paused else (False, ticking.clock.left)
