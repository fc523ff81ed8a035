"""Mistakes that others have made in programs like this one, each planted into the real code while a test lasts."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, ExitStack, contextmanager
from typing import Any
from unittest import mock

import msgspec
from sqlalchemy import Connection, delete, update

from app.offline_db import blob_queue, cipher, feed, images, outbox, rebase
from app.offline_db import store as station_store
from app.offline_db.engine import writing
from app.offline_db.schema import cursor, operation
from app.offline_db.store import Store
from app.offline_db.sync_store import SyncStore
from core.contract.codec import join_lines
from core.contract.messages import PageEnd
from hq.api import sync as routes
from hq.feed import counters, pages
from hq.identity import headquarters
from hq.inbox import greeting, receiving, records
from hq.store import Store as HqStore
from hq.store import engines
from hq.store.schema import inbox
from tests.simulation.checks import seq_of

Plant = Callable[[], AbstractContextManager[None]]


def _patched(*changes: tuple[Any, str, Any]) -> AbstractContextManager[None]:
    @contextmanager
    def patched() -> Iterator[None]:
        with ExitStack() as stack:
            for owner, name, value in changes:
                stack.enter_context(mock.patch.object(owner, name, value))
            yield

    return patched()


def station_not_synchronous() -> AbstractContextManager[None]:
    """A station's commits stay in the computer's memory: synchronous is NORMAL."""
    settings = tuple(one.replace("synchronous = FULL", "synchronous = NORMAL") for one in cipher._SETTINGS)
    return _patched((cipher, "_SETTINGS", settings))


def hq_not_synchronous() -> AbstractContextManager[None]:
    """The same at HQ."""

    def connect(connection: Any, record: object) -> None:
        plain(connection, record)
        connection.execute("PRAGMA synchronous = NORMAL")

    plain = engines._on_connect
    return _patched((engines, "_on_connect", connect))


def cursor_apart() -> AbstractContextManager[None]:
    """A page's cursor is committed in a transaction of its own, before its rows."""
    plain = SyncStore.apply_page

    def apply_page(self: SyncStore, scope: str, after: int, lines: Any, end: PageEnd) -> int:
        with writing(self._engine) as connection:
            _move(connection, scope, seq=end.cursor)
        return plain(self, scope, after, lines, end)

    return _patched((SyncStore, "apply_page", apply_page), _taking_any_page())


def _taking_any_page() -> tuple[Any, str, Any]:
    plain = feed.apply_page

    def apply_page(
        connection: Connection, scope: str, after: int, page: Any, end: PageEnd, *rest: Any, **more: Any
    ) -> Any:
        _move(connection, scope, seq=after, incarnation=end.incarnation)
        return plain(connection, scope, after, page, end, *rest, **more)

    return feed, "apply_page", apply_page


def _move(connection: Connection, scope: str, **values: Any) -> None:
    connection.execute(update(cursor).where(cursor.c.scope == scope).values(values))


def answer_stored_apart() -> AbstractContextManager[None]:
    """HQ's inbox rows are stored in another transaction than the effects: a crash between makes it forget them."""
    waiting: list[Any] = []

    def store(_: Connection, rows: Any) -> None:
        waiting.extend(rows)

    def receive(hq: HqStore, *rest: Any) -> Any:
        waiting.clear()
        reply = plain(hq, *rest)
        with hq.writing() as connection:
            keep(connection, list(waiting))
        return reply

    plain, keep = routes.receive, records.store
    return _patched((records, "store", store), (routes, "receive", receive))


def bare_sequence() -> AbstractContextManager[None]:
    """Feed numbers come from a sequence, which shows numbers of transactions that are not committed yet."""
    last: dict[str, int] = {}

    def take(connection: Connection, counts: Mapping[str, int]) -> dict[str, int]:
        before = plain(connection, counts)
        last.update({scope: before[scope] + count for scope, count in counts.items()})
        return before

    def page(connection: Connection, scope: str, after: int, *rest: Any, **more: Any) -> Any:
        found = read(connection, scope, after, *rest, **more)
        seen = last.get(scope, 0)
        if seen <= seq_of(connection, scope):
            return found
        who = headquarters(connection)
        *lines, _ = found.lines.splitlines() if found else [b""]
        end = PageEnd(cursor=seen, more=False, incarnation=who.incarnation)
        return pages.Page(join_lines((*lines, msgspec.json.encode(end))), len(lines))

    plain, read = counters.take, routes.page
    return _patched((counters, "take", take), (routes, "page", page))


def number_used_again() -> AbstractContextManager[None]:
    """HQ takes a forked chain: what a restored or cloned disk made takes the place of what stood there."""
    forgetful = lambda *_: False  # noqa: E731 - a hello never shows a fork

    def continues(self: Any, envelope: Any) -> bool:
        head = envelope.head
        if head is not None and head.n <= self._device.last_n + 1:
            _drop_from(self._doing.connection, self._device.id, head.n)
            self._device = self._device._replace(last_n=head.n - 1, last_hash=head.prev)
            return True
        return bool(plain(self, envelope))

    plain = receiving._Batch._continues
    return _patched((greeting, "_has_forked", forgetful), (receiving._Batch, "_continues", continues))


def _drop_from(connection: Connection, device_id: str, n: int) -> None:
    connection.execute(delete(inbox).where(inbox.c.device_id == device_id, inbox.c.n >= n))


def new_ids_when_numbered_anew() -> AbstractContextManager[None]:
    """A new epoch makes new operations of the old ones, so that HQ can't tell that it has them."""
    plain = outbox.number_anew

    def number_anew(connection: Connection, signer: Any, epoch: int, n: int, prev: str) -> int:
        waiting = operation.select().where(operation.c.state != "answered")
        for found in connection.execute(waiting).mappings().all():
            fresh = station_store.new_id()
            body = found["body"].replace(found["id"], fresh)
            where = operation.c.position == found["position"]
            connection.execute(update(operation).where(where).values(id=fresh, body=body))
        return plain(connection, signer, epoch, n, prev)

    return _patched((outbox, "number_anew", number_anew))


def parked_is_dropped() -> AbstractContextManager[None]:
    """What HQ has parked leaves the outbox."""
    plain = outbox.store_answers

    def store_answers(connection: Connection, answers: Any, *rest: Any) -> None:
        some = list(answers)
        plain(connection, some, *rest)
        for answer in some:
            if answer.outcome == "parked":
                connection.execute(delete(operation).where(operation.c.id == answer.id))

    return _patched((outbox, "store_answers", store_answers))


def answered_is_dropped() -> AbstractContextManager[None]:
    """Answered operations are thrown away at once."""
    plain = SyncStore.answered

    def answered(self: SyncStore, answers: Any) -> None:
        plain(self, answers)
        with writing(self._engine) as connection:
            connection.execute(delete(operation).where(operation.c.settled.is_(True)))

    return _patched((SyncStore, "answered", answered))


def no_shadow() -> AbstractContextManager[None]:
    """HQ's image below a local effect is not kept."""
    nothing = lambda *_: None  # noqa: E731 - neither cast nor renewed
    return _patched((images, "cast_shadows", nothing), (rebase.images, "put_shadows", nothing))


def photo_queued_apart() -> AbstractContextManager[None]:
    """A photo is queued in a transaction of its own, after the order's."""
    plain = Store.record

    def record(self: Store, *args: Any, blobs: Any = (), **more: Any) -> Any:
        recorded = plain(self, *args, **more)
        with writing(self.engine) as connection:
            blob_queue.enqueue(connection, blobs, self.clock())
        return recorded

    return _patched((Store, "record", record))


def page_applied_again() -> AbstractContextManager[None]:
    """A page is applied though the cursor has moved since it was asked for: an older one goes over a newer."""
    kept: list[Any] = []
    plain = SyncStore.apply_page

    def apply_page(self: SyncStore, scope: str, after: int, lines: Any, end: PageEnd) -> int:
        some = list(lines)
        changed = plain(self, scope, after, some, end)
        for again in kept[-3:]:
            if again[0] is self._engine and again[1] == scope:
                plain(self, *again[1:])
                with writing(self._engine) as connection:
                    _move(connection, scope, seq=end.cursor)
        kept.append((self._engine, scope, after, some, end))
        return changed

    return _patched((SyncStore, "apply_page", apply_page), _taking_any_page(), (images, "_upsert", _any_version()))


def _any_version() -> Any:
    plain = images._upsert

    def upsert(connection: Connection, kind: Any, rows: Any, *, force: bool) -> None:
        plain(connection, kind, rows, force=True)

    return upsert
