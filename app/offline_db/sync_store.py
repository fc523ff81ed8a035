"""The store as the sync loop sees it: where this device stands, what is to send, HQ's answers and pages coming in."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import NamedTuple

from sqlalchemy import Connection, update

from app.offline_db import blob_queue, collector, comparing, device, feed, outbox, page_lines, standing, unread
from app.offline_db.blob_queue import QueuedBlob
from app.offline_db.comparing import Compared
from app.offline_db.device import DeviceState
from app.offline_db.engine import reading, writing
from app.offline_db.outbox import Key
from app.offline_db.rebase import Rebase
from app.offline_db.schema import operation
from app.offline_db.standing import Counts, Standing
from app.offline_db.store import Store
from app.offline_db.unread import Unreadable
from core.contract.messages import REGISTRY_SCOPE, Answer, Hello, HelloReply, KnownReply, PageEnd, PulledLine
from core.operations import schemas
from core.operations.operation import SignedOperation

_NOTED_EVERY = timedelta(minutes=1)
#: HQ's answers that one transaction keeps.
_ANSWERS_AT_ONCE = 125
#: Measured offsets of one clock differ by so many seconds.
_SAME_CLOCK_S = 2


class Greeted(NamedTuple):
    """What a hello led to."""

    numbered_anew: int
    asked_again: int
    cursors: Mapping[str, int]  # how far each followed scope has been read


class SyncStore:
    """Each method is one transaction; listeners of the store are told after it."""

    def __init__(self, store: Store) -> None:
        """Work on ``store``'s database with its key and clock."""
        self._store = store
        self._engine = store.engine
        self._said: Standing | None = None  # where this device stood at the last hello
        self._noted_at: datetime | None = None

    def identity(self) -> DeviceState:
        """Who this device is; raises Refusal ``not_enrolled``."""
        with reading(self._engine) as connection:
            return device.require(connection)

    def hello(self, app_version: str) -> Hello:
        """Where this device stands."""
        said = self._said = standing.standing(self._engine)
        return Hello(
            incarnation=said.incarnation,
            cursors=dict(said.cursors),
            epoch=said.epoch,
            last_n=said.last_n,
            last_hash=said.last_hash,
            schema=schemas.NEWEST,
            app_version=app_version,
            clock=self._store.clock(),
            oldest_n=said.oldest_n,
        )

    def greeted(self, reply: HelloReply, clock_offset_s: int) -> Greeted:
        """Take HQ's answer to a hello: follow its scopes, number anew or send again what it asks for."""
        if self._said is not None and _is_old_news(self._said, reply, clock_offset_s):
            return Greeted(0, 0, self._said.cursors)
        with writing(self._engine) as connection:
            state = device.require(connection)
            if state.incarnation not in (None, reply.incarnation):
                self._other_incarnation(connection)
                comparing.begin(connection, reply.incarnation)
            feed.follow(connection, _followed(reply))
            device.change(
                connection, incarnation=reply.incarnation, clock_offset_s=clock_offset_s, revoked=reply.revoked
            )
            rebase = Rebase(connection, self._store.registry)
            greeted = self._renumbered(connection, state, reply, rebase)
        self._store.tell(rebase.changed)
        return greeted

    def to_compare(self, after: int) -> Compared | None:
        """After HQ was restored: answered operations behind position ``after``; None: nothing is to be compared."""
        with reading(self._engine) as connection:
            return comparing.page(connection, after)

    def compared(self, page: Compared, reply: KnownReply) -> int:
        """Keep what HQ has of the page now, and send again what it has lost; returns how many those are.

        The last page ends the comparison. One that began with an earlier incarnation changes nothing.
        """
        with writing(self._engine) as connection:
            if comparing.marked(connection) != page.incarnation:
                return 0
            lost = comparing.put_back(connection, reply.missing)
            comparing.confirm(connection, reply.answers)
            rebase = Rebase(connection, self._store.registry)
            rebase.apply({}, settled=feed.settled_now(connection, page.ids))
            rebase.replay_again(lost)
            if page.is_last:
                comparing.end(connection)
        self._store.tell(rebase.changed | {("operation", found) for found in page.ids})
        return len(lost)

    def unsent(self, most: int, most_bytes: int) -> tuple[int, tuple[SignedOperation, ...]]:
        """The epoch and the next operations to push."""
        with reading(self._engine) as connection:
            return outbox.unsent(connection, most, most_bytes)

    def answered(self, answers: Sequence[Answer]) -> None:
        """Keep HQ's answers; what it parked leaves the local rows, its record stays with the reason.

        Some at a time: a person who works meanwhile waits for no lock. What a crash leaves unanswered is sent again.
        """
        for begin in range(0, len(answers), _ANSWERS_AT_ONCE):
            self._keep_answers(answers[begin : begin + _ANSWERS_AT_ONCE])

    def _keep_answers(self, answers: Sequence[Answer]) -> None:
        ids = [answer.id for answer in answers]
        with writing(self._engine) as connection:
            outbox.store_answers(connection, answers, device.hq_time(connection, self._store.clock()))
            rebase = Rebase(connection, self._store.registry)
            rebase.apply({}, settled=feed.settled_now(connection, ids))
        self._store.tell(rebase.changed | {("operation", answer_id) for answer_id in ids})

    def cursors(self) -> dict[str, int]:
        """How far each followed scope has been read."""
        with reading(self._engine) as connection:
            return feed.cursors(connection)

    def base(self, scope: str) -> int:
        """Where HQ stood when the scope's reading from the beginning began."""
        with reading(self._engine) as connection:
            return feed.base(connection, scope)

    def apply_page(self, scope: str, after: int, lines: Iterable[PulledLine], end: PageEnd) -> int:
        """Write one page with its cursor; returns how many rows may look different."""
        some = tuple(lines)
        with collector.paused():
            try:
                changed = self._apply(scope, after, some, end, one_by_one=False)
            except OverflowError:  # a number that no column takes; nothing was written
                changed = self._apply(scope, after, some, end, one_by_one=True)
        self._store.tell(changed)
        return len(changed)

    def _apply(
        self, scope: str, after: int, lines: tuple[PulledLine, ...], end: PageEnd, *, one_by_one: bool
    ) -> set[Key]:
        unreadable: list[Unreadable] = []
        page = page_lines.newest(lines, unreadable, one_by_one=one_by_one)  # read before the write lock is taken
        with writing(self._engine) as connection:
            keep = tuple(one.key for one in unreadable)
            changed = feed.apply_page(connection, scope, after, page, end, self._store.registry, keep=keep)
            unread.note(connection, scope, page, unreadable)
        return changed

    def restart(self, scope: str) -> None:
        """HQ can't continue this scope: read it again from the beginning."""
        with writing(self._engine) as connection:
            feed.restart(connection, scope)

    def waiting_blobs(self) -> list[QueuedBlob]:
        """Photos and signatures to send, oldest first."""
        with reading(self._engine) as connection:
            return blob_queue.waiting(connection)

    def is_to_look_for_blobs(self) -> bool:
        """Whether the queue may be older than the files on the disk."""
        with reading(self._engine) as connection:
            return blob_queue.is_to_look(connection)

    def unknown_blobs(self, names: Iterable[str]) -> list[str]:
        """Those of the files ``names`` that are not queued and were never sent."""
        with reading(self._engine) as connection:
            return blob_queue.unknown(connection, names)

    def found_blobs(self, sizes: Mapping[str, int]) -> None:
        """Queue files that lay on the disk, with their sizes (bytes); the disk was looked through."""
        with writing(self._engine) as connection:
            blob_queue.found(connection, sizes, self._store.clock())

    def blob_progressed(self, sha256: str, sent: int) -> None:
        """HQ has confirmed ``sent`` bytes."""
        with writing(self._engine) as connection:
            blob_queue.progressed(connection, sha256, sent)

    def blob_failed(self, sha256: str, problem: str) -> None:
        """The blob can't be sent from here."""
        with writing(self._engine) as connection:
            blob_queue.failed(connection, sha256, problem)

    def finished(self, at: datetime) -> None:
        """A sync went through: note when (to the minute), and drop operations answered long ago."""
        if self._noted_at is None:
            self._noted_at = self.identity().last_sync_at
        if self._noted_at is not None and timedelta(0) <= at - self._noted_at < _NOTED_EVERY:
            return
        with writing(self._engine) as connection:
            device.change(connection, last_sync_at=at)
            outbox.purge(connection, device.hq_time(connection, at))
        self._noted_at = at
        self._store.tell([("device", "")])

    def counts(self) -> Counts:
        """What is still open."""
        return standing.counts(self._engine)

    def _other_incarnation(self, connection: Connection) -> None:
        """HQ was restored: cursors and the answers' places in the old feed mean nothing any more."""
        for scope in feed.cursors(connection):
            feed.restart(connection, scope)
        connection.execute(update(operation).where(operation.c.settled.is_(False)).values(seqs={}))
        blob_queue.send_again(connection)

    def _renumbered(self, connection: Connection, state: DeviceState, reply: HelloReply, rebase: Rebase) -> Greeted:
        again = outbox.ask_again(connection, reply.received_n)
        count = 0
        if reply.epoch != state.epoch:
            blob_queue.look(connection)  # a restored backup's queue is older than the photos on the disk
            end = (reply.received_n, reply.received_hash)
            count = outbox.number_anew(connection, self._store.signer, reply.epoch, *end)
        rebase.replay_again(again)
        return Greeted(count, len(again), feed.cursors(connection))


def _followed(reply: HelloReply) -> set[str]:
    """The scopes that are read by pages: the registry comes as a file."""
    return {found.scope for found in reply.scopes} - {REGISTRY_SCOPE}


def _is_old_news(said: Standing, reply: HelloReply, clock_offset_s: int) -> bool:
    """Whether HQ's answer tells nothing new, so that an idle sync writes nothing.

    Judged by what was said in the hello: a difference is looked at again before anything is written.
    """
    same = (said.incarnation, said.epoch, said.revoked) == (reply.incarnation, reply.epoch, reply.revoked)
    known = said.cursors.keys() == _followed(reply)
    offset = said.clock_offset_s
    steady = offset is not None and abs(offset - clock_offset_s) <= _SAME_CLOCK_S
    return same and known and steady and reply.received_n >= said.last_n
