"""What a restored backup does not know: work that was not sent yet is carried over from the database it replaced."""

import logging
from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple

import msgspec
import sqlcipher3.dbapi2 as driver
from sqlalchemy import Connection, select

from app.files import write_atomically
from app.offline_db import blob_queue, cipher, device, outbox
from app.offline_db.blob_queue import QueuedBlob
from app.offline_db.engine import writing
from app.offline_db.outbox import Signer
from app.offline_db.profile import Profile
from app.offline_db.rebase import Rebase
from app.offline_db.schema import operation
from app.offline_db.store import Store
from rowstore.rows import Registry

_log = logging.getLogger(__name__)
_MARK = "carry-over"
_OPERATIONS = "SELECT id, body, order_id FROM operation WHERE state <> 'answered' ORDER BY position"
_BLOBS = "SELECT sha256, bytes, kind, order_id, media_type FROM blob_queue WHERE state <> 'sent'"


class _Waiting(NamedTuple):
    """An operation that HQ has not answered."""

    id: str
    body: str
    order_id: str | None


def marked(profile: Profile) -> list[str]:
    """The folders of ``backups/`` whose database is still to be looked through."""
    mark = _mark(profile)
    return mark.read_text("utf-8").split() if mark.exists() else []


def mark(profile: Profile, aside: Path) -> None:
    """Have the next opening look through the database kept in ``aside``; on the disk when this returns."""
    write_atomically(_mark(profile), "\n".join([*marked(profile), aside.name]).encode())


def _mark(profile: Profile) -> Path:
    return profile.path / _MARK


def carry_over(profile: Profile, store: Store, key: bytes) -> int:
    """Take over what is marked, each operation once and by its id; returns how many.

    A cut leaves the mark: the next opening does it again, and finds by their ids what is there already.
    """
    carried = 0
    for name in marked(profile):
        waiting, blobs = _read(profile.backups / name / profile.database.name, key)
        with writing(store.engine) as connection:
            carried += _take(connection, waiting, store.signer, store.registry)
            blob_queue.enqueue(connection, blobs, store.clock())
    _mark(profile).unlink(missing_ok=True)
    return carried


def _read(path: Path, key: bytes) -> tuple[list[_Waiting], list[QueuedBlob]]:
    """What the replaced database had to send; nothing when it can't be read, which is why it was replaced then."""
    if not path.exists():
        return [], []
    try:
        with cipher.opened(path, key) as raw:
            waiting = [_Waiting(*found) for found in raw.execute(_OPERATIONS)]
            blobs = [QueuedBlob(*found) for found in raw.execute(_BLOBS)]
    except driver.DatabaseError as error:
        _log.warning("nothing carried over from the replaced database: %s", error)
        return [], []
    return waiting, blobs


def _take(connection: Connection, waiting: Sequence[_Waiting], signer: Signer, registry: Registry | None) -> int:
    state = device.load(connection)
    known = set(connection.execute(select(operation.c.id)).scalars())
    new = [one for one in waiting if one.id not in known]
    if state is None or not new:
        return 0
    taken = []
    for one in new:
        made = msgspec.json.decode(one.body, type=dict[str, Any])
        if made.get("device") != state.id:
            _log.warning("work of another device stays in the replaced database")
            continue
        outbox.append_again(connection, made, signer, one.order_id)
        taken.append(one.id)
    Rebase(connection, registry).replay_again(taken)
    return len(taken)
