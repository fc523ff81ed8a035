"""The device's store: reading rows, recording what a person does, and telling the views which rows changed."""

import logging
import threading
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any, NamedTuple

from sqlalchemy import Connection, Engine

from app.offline_db import blob_queue, device, outbox, recording, unread
from app.offline_db.blob_queue import QueuedBlob
from app.offline_db.device import DeviceState
from app.offline_db.engine import reading, writing
from app.offline_db.outbox import Key, Signer
from app.offline_db.recording import Intent, Recorded
from app.offline_db.schema import ROW_TABLES
from core.contract.messages import EnrolReply
from core.ids import new_id
from core.operations.kernel import Args
from rowstore.rows import Registry, SqlRows

log = logging.getLogger(__name__)
Listener = Callable[[frozenset[Key]], None]


def utc_now() -> datetime:
    """The computer's clock, aware UTC in whole seconds."""
    return datetime.now(UTC).replace(microsecond=0)


class Asked(NamedTuple):
    """One of several things to be done together."""

    action: str
    args: Args | Mapping[str, Any]
    versions: Mapping[str, str] = {}


class LocalRows(SqlRows):
    """The device's rows as one unchanging state; ``connection`` serves the lists' own statements."""

    def __init__(self, connection: Connection, registry: Registry | None) -> None:
        """Read through ``connection``."""
        super().__init__(connection, ROW_TABLES, registry)
        self.connection = connection


class Store:
    """All that the program's rooms do with the device's database goes through here; safe for several threads."""

    def __init__(
        self,
        engine: Engine,
        signer: Signer,
        registry: Registry | None = None,
        *,
        clock: Callable[[], datetime] = utc_now,
        ids: Callable[[], str] = new_id,
    ) -> None:
        """``signer`` is the device key; ``clock`` gives aware UTC."""
        self.engine = engine
        self.signer = signer
        self.registry = registry
        self.clock = clock
        self._ids = ids
        self._listeners: list[Listener] = []
        self._lock = threading.Lock()

    @contextmanager
    def reading(self) -> Iterator[LocalRows]:
        """The rows as they are now; they do not change while the block runs, and no writer is kept waiting."""
        with reading(self.engine) as connection:
            yield LocalRows(connection, self.registry)

    def record(
        self,
        action_name: str,
        args: Args | Mapping[str, Any],
        person_id: str,
        *,
        versions: Mapping[str, str] | None = None,
        blobs: Iterable[QueuedBlob] = (),
    ) -> Recorded:
        """Do what a person asked: operation, effect and queued blobs are one durable transaction.

        Raises the Refusal of the arguments, of the person's role, of the action's check or of the disk; then nothing
        has happened.
        """
        intent = Intent(self._ids(), action_name, args, person_id, versions or {}, self.clock())
        with writing(self.engine) as connection:
            recorded = recording.record(connection, intent, self.signer, self.registry)
            blob_queue.enqueue(connection, blobs, intent.now)
        self.tell(recorded.changed)
        return recorded

    def record_together(self, asked: Iterable[Asked], person_id: str) -> tuple[Recorded, ...]:
        """Do several things one after the other in one durable transaction: all of them or, with a Refusal, none."""
        with writing(self.engine) as connection:
            done = []
            for one in asked:
                intent = Intent(self._ids(), one.action, one.args, person_id, one.versions, self.clock())
                done.append(recording.record(connection, intent, self.signer, self.registry))
        self.tell({key for one in done for key in one.changed})
        return tuple(done)

    def device(self) -> DeviceState | None:
        """Who this device is; None before enrolment."""
        with reading(self.engine) as connection:
            return device.load(connection)

    def enrol(self, hq_url: str, reply: EnrolReply) -> DeviceState:
        """Keep what enrolment gave; raises Refusal ``already_enrolled``."""
        with writing(self.engine) as connection:
            return device.enrol(connection, hq_url, reply)

    def pending(self) -> int:
        """Operations HQ has not answered yet."""
        with reading(self.engine) as connection:
            return outbox.count_pending(connection)

    def unread(self) -> int:
        """Rows of a newer HQ that this program could not read; an update brings them."""
        with reading(self.engine) as connection:
            return unread.count(connection)

    def subscribe(self, listener: Listener) -> Callable[[], None]:
        """Have ``listener`` called after each commit, in the committing thread, with the keys of the changed rows.

        Returns the function that ends it.
        """
        with self._lock:
            self._listeners.append(listener)
        return lambda: self._unsubscribe(listener)

    def tell(self, changed: Iterable[Key]) -> None:
        """Tell the listeners; called after a commit, never inside a transaction."""
        keys = frozenset(changed)
        with self._lock:
            listeners = tuple(self._listeners)
        for listener in listeners if keys else ():
            listener(keys)

    def _unsubscribe(self, listener: Listener) -> None:
        with self._lock:
            if listener in self._listeners:
                self._listeners.remove(listener)
