"""What HQ tidies up once a day: tombstones that every device has had time to read, and beginnings nobody finishes."""

import logging
from datetime import date, datetime, timedelta
from typing import NamedTuple

from sqlalchemy import Connection, delete, func, insert, select, text
from sqlalchemy.dialects import postgresql, sqlite

from core.contract.messages import REGISTRY_SCOPE
from hq.feed.blobs import Blobs
from hq.feed.counters import prune
from hq.store import Store
from hq.store.schema import enrol_code, scope_counter, scope_mark, self_check, setting

log = logging.getLogger(__name__)
#: A device that was away longer reads its scopes anew.
KEPT = timedelta(days=90)
_LAST = "housekeeping"
_ALONE = text("SELECT pg_try_advisory_xact_lock(hashtextextended('fixpoint housekeeping', 0))")


class Tidied(NamedTuple):
    """What one run did; ``done`` is False when another worker had done or was doing it."""

    done: bool
    marked: int = 0
    tombstones: int = 0
    uploads: int = 0
    enrol_codes: int = 0
    reports: int = 0


def tidy_daily(store: Store, blobs: Blobs, now: datetime) -> Tidied:
    """Tidy up unless it was done today already, by this worker or another one."""
    return tidy(store, blobs, now) if _claimed(store, now.date()) else Tidied(done=False)


def tidy(store: Store, blobs: Blobs, now: datetime) -> Tidied:
    """Note where the scopes stand today, and forget what is older than 90 days. Doing it again is safe."""
    marked = _mark(store, now.date())
    before = now - KEPT
    tombstones = sum(_prune(store, scope, seq) for scope, seq in _old_marks(store, before.date()).items())
    uploads = blobs.forget_unfinished(before)
    with store.writing() as connection:
        codes = connection.execute(delete(enrol_code).where(enrol_code.c.expires_at < before)).rowcount
        settled = (self_check.c.explained != "", self_check.c.at < before)
        reports = connection.execute(delete(self_check).where(*settled)).rowcount
    done = Tidied(True, marked, tombstones, uploads, codes, reports)
    log.info("housekeeping: %s", done)
    return done


def _claimed(store: Store, today: date) -> bool:
    """Whether this worker is the one that tidies up today: the day is noted before the work, by one of all workers.

    A run that is cut off is made up for by tomorrow's.
    """
    with store.writing() as connection:
        if not store.is_sqlite and not connection.execute(_ALONE).scalar_one():
            return False
        last = connection.execute(select(setting.c.value).where(setting.c.name == _LAST)).scalar_one_or_none()
        if last == today.isoformat():
            return False
        upsert = sqlite.insert(setting) if store.is_sqlite else postgresql.insert(setting)
        values = {"value": today.isoformat()}
        noted = upsert.values(name=_LAST, **values)
        connection.execute(noted.on_conflict_do_update(index_elements=["name"], set_=values))
    return True


def _mark(store: Store, today: date) -> int:
    """Note each scope's seq once a day, before what follows; returns how many were noted."""
    with store.writing() as connection:
        noted = select(scope_mark.c.scope).where(scope_mark.c.day == today)
        wanted = (scope_counter.c.scope != REGISTRY_SCOPE, scope_counter.c.scope.not_in(noted))
        found = connection.execute(select(scope_counter.c.scope, scope_counter.c.seq).where(*wanted)).all()
        if found:
            values = [{"scope": one.scope, "day": today, "seq": one.seq} for one in found]
            connection.execute(insert(scope_mark), values)
    return len(found)


def _old_marks(store: Store, day: date) -> dict[str, int]:
    """Per scope the seq of the newest mark that is at least 90 days old."""
    newest = select(scope_mark.c.scope, func.max(scope_mark.c.seq)).where(scope_mark.c.day <= day)
    with store.reading() as connection:
        return {found[0]: found[1] for found in connection.execute(newest.group_by(scope_mark.c.scope))}


def _prune(store: Store, scope: str, seq: int) -> int:
    """One scope in a transaction of its own: its counter is locked shortly."""
    with store.writing() as connection:
        gone = prune(connection, scope, seq)
        _forget_marks(connection, scope, seq)
    return gone


def _forget_marks(connection: Connection, scope: str, seq: int) -> None:
    """Of the marks that were used the last one stays, so that a quiet scope is not pruned again and again."""
    older = (scope_mark.c.scope == scope, scope_mark.c.seq <= seq)
    last = select(func.max(scope_mark.c.day)).where(*older).scalar_subquery()
    connection.execute(delete(scope_mark).where(*older, scope_mark.c.day < last))
