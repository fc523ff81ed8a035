"""What would be lost with this device, counted, and written into a rescue file that another machine can hand in."""

import base64
import hashlib
import os
from collections.abc import Callable, Iterator
from datetime import datetime
from pathlib import Path
from typing import NamedTuple, Protocol

import msgspec
from sqlalchemy import Connection, Engine, func, select

from app.files import disk_refusals, move_into_place, open_private
from app.offline_db import device
from app.offline_db.blobs import BlobStore
from app.offline_db.device import DeviceState
from app.offline_db.engine import reading
from app.offline_db.schema import blob_queue, operation
from core.contract.rescue import (
    MAX_RESCUED_BLOBS,
    MAX_RESCUED_OPERATIONS,
    RescuedBlob,
    RescueManifest,
    SignedManifest,
    signed_text,
)
from core.ids import new_id
from core.operations.operation import SignedOperation
from core.refusals import Refusal
from rowstore.rescue_format import LEAST_PASSPHRASE, BlobContent, in_batches, seal

_AT_ONCE = 500
#: Called with the bytes of photos done and the bytes in all.
Progress = Callable[[int, int], None]


class Key(Protocol):
    """The device's key."""

    @property
    def public_bytes(self) -> bytes:
        """The 32 bytes of the public half."""

    def sign(self, message: bytes, /) -> bytes:
        """The Ed25519 signature of ``message``."""


class Unsent(NamedTuple):
    """What HQ does not have: operations it has not answered, photos and signatures still to go (and their bytes)."""

    operations: int
    photos: int
    photo_bytes: int

    @property
    def any(self) -> bool:
        """Whether anything would be lost."""
        return bool(self.operations or self.photos)


class Exported(NamedTuple):
    """What a rescue file holds; ``missing`` photos were queued but their files are gone or damaged."""

    file: Path
    bytes: int
    operations: int
    unanswered: int
    photos: int
    missing: int


def unsent_work(connection: Connection) -> Unsent:
    """What would be lost with this device now."""
    waiting = select(func.count()).where(operation.c.state != "answered")
    photos = select(func.count(), func.coalesce(func.sum(blob_queue.c.bytes), 0)).where(blob_queue.c.state != "sent")
    count, size = connection.execute(photos).one()
    return Unsent(connection.execute(waiting).scalar_one(), count, size)


def export_rescue(
    engine: Engine, blobs: BlobStore, key: Key, path: Path, passphrase: str, now: datetime, progress: Progress
) -> Exported:
    """Write every operation this device keeps and every photo still to go, sealed and signed; all of it or no file.

    Refuses with ``file_exists``, ``passphrase_too_short``, ``not_enrolled``, ``rescue_too_large`` and those of the
    disk. Nothing changes at this device.
    """
    if path.exists():
        raise Refusal("file_exists", file=str(path))
    if len(passphrase) < LEAST_PASSPHRASE:
        raise Refusal("passphrase_too_short", least=LEAST_PASSPHRASE)
    temporary = path.with_name(f".{path.name}.{os.getpid()}.new")
    try:
        with disk_refusals(path.parent), reading(engine) as connection:
            found, missing = _photos(connection, blobs)
            manifest = _manifest(connection, device.require(connection), key, now, found, missing)
            with os.fdopen(open_private(temporary), "wb") as file:
                signed = _signed(manifest, key)
                seal(file, passphrase, signed, in_batches(_kept(connection)), _contents(blobs, found, progress))
                file.flush()
                os.fsync(file.fileno())
            move_into_place(temporary, path)
    except FileNotFoundError as error:
        raise Refusal("file_missing", file=str(path.parent)) from error
    finally:
        temporary.unlink(missing_ok=True)
    counts = (manifest.operations, manifest.unanswered, len(found), len(missing))
    return Exported(path, path.stat().st_size, *counts)


def _photos(connection: Connection, blobs: BlobStore) -> tuple[tuple[RescuedBlob, ...], tuple[str, ...]]:
    """The photos still to go that can be read to their end, and the names of those that can't."""
    found: list[RescuedBlob] = []
    missing: list[str] = []
    queued = select(blob_queue).where(blob_queue.c.state != "sent").order_by(blob_queue.c.queued_at)
    for one in connection.execute(queued).all():
        if _is_whole(blobs, one.sha256):
            found.append(RescuedBlob(sha256=one.sha256, bytes=one.bytes, media_type=one.media_type))
        else:
            missing.append(one.sha256)
    if len(found) > MAX_RESCUED_BLOBS or len(missing) > MAX_RESCUED_BLOBS:
        raise Refusal("rescue_too_large")
    return tuple(found), tuple(missing)


def _is_whole(blobs: BlobStore, sha256: str) -> bool:
    try:
        for _ in blobs.chunks(sha256):
            pass
    except Refusal:
        return False
    return True


def _manifest(
    connection: Connection,
    state: DeviceState,
    key: Key,
    now: datetime,
    found: tuple[RescuedBlob, ...],
    missing: tuple[str, ...],
) -> RescueManifest:
    digest, count, unanswered = hashlib.sha256(), 0, 0
    statement = select(operation.c.hash, operation.c.state).order_by(operation.c.position)
    for one in connection.execution_options(yield_per=_AT_ONCE).execute(statement):
        digest.update(one.hash.encode())
        count += 1
        unanswered += one.state != "answered"
    if count > MAX_RESCUED_OPERATIONS:
        raise Refusal("rescue_too_large")
    return RescueManifest(
        id=new_id(),
        hq_id=state.hq_id,
        device=state.id,
        public_key=base64.b64encode(key.public_bytes).decode(),
        place=state.place_id,
        place_name=state.place_name,
        branch_id=state.branch_id,
        made_at=now,
        operations=count,
        unanswered=unanswered,
        digest=digest.hexdigest(),
        blobs=found,
        missing=missing,
    )


def _signed(manifest: RescueManifest, key: Key) -> SignedManifest:
    text = msgspec.json.encode(manifest).decode()
    return SignedManifest(text=text, signature=base64.b64encode(key.sign(signed_text(text))).decode())


def _kept(connection: Connection) -> Iterator[SignedOperation]:
    statement = select(operation.c.body, operation.c.signature).order_by(operation.c.position)
    for one in connection.execution_options(yield_per=_AT_ONCE).execute(statement):
        yield SignedOperation(body=one.body, signature=one.signature)


def _contents(blobs: BlobStore, found: tuple[RescuedBlob, ...], progress: Progress) -> Iterator[BlobContent]:
    done, total = 0, sum(one.bytes for one in found)
    for one in found:
        yield BlobContent(one, blobs.chunks(one.sha256))
        done += one.bytes
        progress(done, total)
