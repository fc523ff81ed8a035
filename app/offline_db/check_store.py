"""The self-check as the sync loop sees it: which scopes are due, their sums, setting right, and what came of it."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any
from zlib import crc32

from sqlalchemy import Connection, select
from sqlalchemy.dialects.sqlite import insert as upsert

from app.offline_db import device, feed, self_check
from app.offline_db.engine import reading, writing
from app.offline_db.feed import CHECKED
from app.offline_db.schema import setting
from app.offline_db.self_check import Found, Held
from app.offline_db.store import Store
from core.contract import sums
from core.contract.messages import Line, RangeEnd, ScopeSums, SumsReply

#: The next check of a scope is due after 20 to 28 hours: not every station's in the same minute of the morning.
_LEAST = timedelta(hours=20)
_SPREAD_S = 8 * 3600


class CheckStore:
    """Remembers per scope when it was checked last, under what circumstances, and what was found."""

    def __init__(self, store: Store) -> None:
        """Work on ``store``'s database."""
        self._store = store

    @property
    def no_difference(self) -> Found:
        """Nothing found."""
        return Found()

    def due(self, now: datetime, *, asked: bool = False) -> dict[str, str]:
        """The scopes to be checked and why: a day has passed, it was read anew, HQ or this profile was put back, …"""
        with reading(self._store.engine) as connection:
            state = device.require(connection)
            if state.revoked:
                return {}
            marks = _marks(connection)
            circumstances = _circumstances(state)
            why = {
                scope: "asked" if asked else _reason(marks.get(scope), circumstances, now)
                for scope in feed.cursors(connection)
            }
        return {scope: reason for scope, reason in why.items() if reason}

    def add_up(self, scope: str, reason: str) -> ScopeSums | None:
        """What is held of the scope; None while it is incomplete."""
        return self_check.add_up(self._store, scope, reason)

    def held(self, checked: ScopeSums, mask: str) -> Held:
        """What is held of the ranges that differ."""
        return self_check.held(self._store, checked, mask)

    def mend(self, here: Held, after: str, lines: tuple[Line, ...], end: RangeEnd, *, by_content: bool) -> Found | None:
        """Set right what a page shows to be wrong; None when the scope has moved on meanwhile."""
        return self_check.mend(self._store, here, after, lines, end, by_content=by_content)

    def checked(self, of: ScopeSums, reply: SumsReply, found: Found, now: datetime) -> None:
        """Remember what a check has found, for the next one and for people."""
        with writing(self._store.engine) as connection:
            state = device.require(connection)
            mark = {
                **_circumstances(state),
                "at": now.isoformat(),
                "next": (now + _wait(state.id, of.scope, now)).isoformat(),
                "reason": of.reason,
                "seq": of.seq,
                "rows": sum(of.counts),
                "ranges": sum(1 for _ in sums.ranges_in(reply.differing)),
                "left_out": reply.left_out,
                "by_content": reply.contents,
                **found._asdict(),
                "examples": list(found.examples),
            }
            statement = upsert(setting).values(name=CHECKED + of.scope, value=mark)
            newer = {"value": statement.excluded.value}
            connection.execute(statement.on_conflict_do_update(index_elements=["name"], set_=newer))
            self_check.forget_old(connection, now)

    def last(self) -> dict[str, dict[str, Any]]:
        """Per scope the last check: when, why, how many rows, and what was found."""
        with reading(self._store.engine) as connection:
            return _marks(connection)


def _marks(connection: Connection) -> dict[str, dict[str, Any]]:
    found = connection.execute(select(setting).where(setting.c.name.startswith(CHECKED, autoescape=True)))
    return {one.name.removeprefix(CHECKED): one.value for one in found if isinstance(one.value, dict)}


def _circumstances(state: device.DeviceState) -> dict[str, Any]:
    """What makes an earlier check worthless when it changes: the feed, the chain's epoch, the kinds of rows known."""
    return {"incarnation": state.incarnation, "epoch": state.epoch, "known": sums.fingerprint()}


def _reason(mark: Mapping[str, Any] | None, circumstances: Mapping[str, Any], now: datetime) -> str:
    """Why a scope is due; empty when it is not."""
    if mark is None:
        return "read anew"
    for name, value in circumstances.items():
        if mark.get(name) != value:
            return f"another {name}"
    left = datetime.fromisoformat(mark["next"]) - now
    return "" if timedelta(0) < left <= 2 * _LEAST else "daily"  # a clock that was set back does not put it off


def _wait(device_id: str, scope: str, now: datetime) -> timedelta:
    roll = crc32(f"{device_id} {scope} {now.isoformat()}".encode()) / 2**32
    return _LEAST + timedelta(seconds=round(roll * _SPREAD_S))
