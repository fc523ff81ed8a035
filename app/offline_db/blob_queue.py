"""Photos and signatures waiting for their way to HQ; queued in the transaction of the operation that names them."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import NamedTuple

from sqlalchemy import Connection, bindparam, case, delete, exists, insert, literal, select, update

from app.offline_db.schema import ROW_TABLES, blob_queue, setting
from core.rows.orders import Attachment

THUMBNAIL = "thumbnail"
#: The setting that has the files on the disk looked through once.
LOOK = "look_for_blobs"
_PHOTO = ("photo", None, "image/jpeg")
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


def look(connection: Connection) -> None:
    """The queue may be older than the files (a restored backup): they are to be looked through."""
    connection.execute(insert(setting).prefix_with("OR REPLACE").values(name=LOOK, value=True))


def is_to_look(connection: Connection) -> bool:
    """Whether the files are to be looked through."""
    return connection.execute(select(exists().where(setting.c.name == LOOK))).scalar_one()


def unknown(connection: Connection, names: Iterable[str]) -> list[str]:
    """Those of the files ``names`` that the queue does not know."""
    known = set(connection.execute(select(blob_queue.c.sha256)).scalars())
    return sorted(set(names) - known)


def found(connection: Connection, sizes: Mapping[str, int], now: datetime) -> None:
    """Queue files that lay on the disk with their sizes (bytes), as what the order's row tells; all was looked at."""
    told = _told(connection) if sizes else {}
    enqueue(connection, (_queued(name, size, told.get(name, _PHOTO)) for name, size in sizes.items()), now)
    connection.execute(delete(setting).where(setting.c.name == LOOK))


def _queued(sha256: str, size: int, what: tuple[str, str | None, str]) -> QueuedBlob:
    kind, order_id, media_type = what
    return QueuedBlob(sha256, size, kind, order_id, media_type)


def _told(connection: Connection) -> dict[str, tuple[str, str | None, str]]:
    """By its name what an attachment is, and its thumbnail."""
    table = ROW_TABLES[Attachment].c
    whole = select(table.sha256, table.kind, table.order_id, table.media_type)
    small = select(table.thumbnail_sha256, literal(THUMBNAIL), table.order_id, literal("image/jpeg"))
    small = small.where(table.thumbnail_sha256.is_not(None))
    return {one[0]: (one[1], one[2], one[3]) for some in (small, whole) for one in connection.execute(some)}
