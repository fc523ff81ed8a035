"""Photos and signatures waiting for their way to HQ; queued in the transaction of the operation that names them."""

from collections.abc import Iterable
from datetime import datetime
from typing import NamedTuple

from sqlalchemy import Connection, bindparam, case, insert, select, update

from app.offline_db.schema import blob_queue

THUMBNAIL = "thumbnail"
#: What is small and looked at first goes first: one large photo on a bad line keeps no signature from HQ.
_FIRST = {THUMBNAIL: 0, "signature": 1}
_RANK = case(_FIRST, value=blob_queue.c.kind, else_=len(_FIRST))


class QueuedBlob(NamedTuple):
    """A blob to upload; ``sent`` are the bytes HQ has confirmed."""

    sha256: str
    size: int  # bytes
    kind: str
    order_id: str | None = None
    media_type: str = "application/octet-stream"
    sent: int = 0


def enqueue(connection: Connection, blobs: Iterable[QueuedBlob], now: datetime) -> None:
    """Have the blobs uploaded; one that is queued or sent already stays as it is."""
    values = [
        {
            "sha256": blob.sha256,
            "kind": blob.kind,
            "order_id": blob.order_id,
            "media_type": blob.media_type,
            "bytes": blob.size,
            "sent_bytes": 0,
            "state": "waiting",
            "queued_at": now,
        }
        for blob in blobs
    ]
    if values:
        connection.execute(insert(blob_queue).prefix_with("OR IGNORE"), values)


_WAITING = (  # built once
    select(blob_queue)
    .where(blob_queue.c.state == "waiting")
    .order_by(_RANK, blob_queue.c.queued_at, blob_queue.c.sha256)
    .limit(bindparam("most"))
)


def waiting(connection: Connection, most: int = 100) -> list[QueuedBlob]:
    """The blobs still to upload: thumbnails, then signatures, then the rest, each oldest first."""
    found = connection.execute(_WAITING, {"most": most})
    return [QueuedBlob(one.sha256, one.bytes, one.kind, one.order_id, one.media_type, one.sent_bytes) for one in found]


def progressed(connection: Connection, sha256: str, sent: int) -> None:
    """HQ has confirmed ``sent`` bytes; all of them: the blob is done."""
    row = blob_queue.c.sha256 == sha256
    connection.execute(update(blob_queue).where(row).values(sent_bytes=sent))
    connection.execute(update(blob_queue).where(row, blob_queue.c.bytes <= sent).values(state="sent"))


def failed(connection: Connection, sha256: str, problem: str) -> None:
    """The blob can't be sent (its file is missing or damaged); the others go on. A person is told."""
    row = blob_queue.c.sha256 == sha256
    connection.execute(update(blob_queue).where(row).values(state="failed", problem=problem))


def send_again(connection: Connection) -> None:
    """HQ was restored and may have lost what it had confirmed: ask for all of it again; what is there goes no more."""
    sent = blob_queue.c.state == "sent"
    connection.execute(update(blob_queue).where(sent).values(state="waiting", sent_bytes=0))
