"""Photos and signatures: taken in pieces at a known offset, verified by their hash, kept once, shown to who may see."""

import os
import threading
from collections import OrderedDict
from collections.abc import Collection
from datetime import datetime
from pathlib import Path
from typing import NamedTuple

from sqlalchemy import ColumnElement, Connection, RowMapping, delete, exists, insert, or_, select, text, update

from core.operations.add_attachment import MAX_BLOB
from core.refusals import Refusal
from core.rows import Row
from core.rows.boxes import BoxCount
from core.rows.knowledge import ArticlePicture, ProposalPicture
from core.rows.orders import ApprovalQuestion, ApprovalRequest, Attachment, Quotation, ScanEvent
from core.rows.people import Person
from core.rows.supply import LocalPurchase
from core.rows.units import UnitCorrection
from hq.feed.snapshots import sha256_of
from hq.feed.spent import Spent
from hq.store import Store
from hq.store.schema import TABLES, blob, blob_ref, device

#: Which rows name a blob, in which column, and where the person is told who made the row (None: one of the station).
_NAMED_IN: tuple[tuple[type[Row], str, str | None], ...] = (
    (Attachment, "sha256", "added_by"),
    (Attachment, "thumbnail_sha256", "added_by"),
    (ApprovalRequest, "photo_sha256", "asked_by"),
    (ApprovalQuestion, "photo_sha256", "answered_by"),
    (Quotation, "signature_sha256", None),
    (ScanEvent, "picture_sha256", "scanned_by"),
    (LocalPurchase, "photo_sha256", "bought_by"),
    (BoxCount, "photo_sha256", "counted_by"),
    (UnitCorrection, "photo_sha256", "proposed_by"),
    (ProposalPicture, "sha256", "added_by"),
)
_REFER = text("INSERT INTO blob_ref (sha256, device_id) VALUES (:sha256, :device_id) ON CONFLICT DO NOTHING")

_PUBLISHED = TABLES[ArticlePicture]
_PEOPLE = TABLES[Person]
_PLACE_OF_PERSON = select(_PEOPLE.c.place_id)

#: Blobs that one device may have begun; beyond it the oldest are forgotten and begin anew.
MOST_UNFINISHED = 32
_MOST_PROOFS = 10_000
#: Whose blobs came with HQ's own rows.
HQ_ITSELF = ""


class BlobState(NamedTuple):
    """How much of a blob is here."""

    received: int
    total: int
    complete: bool


class Reader(NamedTuple):
    """Who asks for a blob: a device, and the place and branch whose rows it sees."""

    device_id: str
    place_id: str
    branch_id: str


class _Proofs:
    """How far devices have shown that they hold a blob which HQ has already: naming its hash proves nothing."""

    def __init__(self) -> None:
        self._shown: OrderedDict[tuple[str, str], int] = OrderedDict()
        self._lock = threading.Lock()

    def offset(self, key: tuple[str, str]) -> int:
        with self._lock:
            return self._shown.get(key, 0)

    def move(self, key: tuple[str, str], offset: int) -> None:
        with self._lock:
            self._shown.pop(key, None)
            self._shown[key] = offset
            if len(self._shown) > _MOST_PROOFS:
                self._shown.popitem(last=False)


class Blobs:
    """The blob files in ``folder``; the table ``blob`` says which are whole."""

    def __init__(self, store: Store, folder: Path, *, limit: int = MAX_BLOB, a_day: int | None = None) -> None:
        """``folder`` is made when it is missing; ``limit`` in bytes per blob, ``a_day`` per device and this process."""
        self._store = store
        self._folder = folder
        self.limit = limit
        self._proofs = _Proofs()
        self._spent = Spent(a_day)
        folder.mkdir(parents=True, exist_ok=True)

    def state(self, sha256: str, device_id: str) -> BlobState:
        """How much is here of what the device sends; raises Refusal ``blob_unknown``."""
        with self._store.reading() as connection:
            state = _state(_known(connection, sha256))
            if _has_sent(connection, sha256, device_id):
                return state
        if not state.complete:
            return BlobState(0, state.total, False)
        return BlobState(self._proofs.offset((device_id, sha256)), state.total, False)

    def append(
        self, sha256: str, piece: bytes, *, offset: int, total: int, media_type: str, device_id: str, now: datetime
    ) -> BlobState:
        """Store ``piece`` at ``offset`` of a blob of ``total`` bytes; of a blob that is whole it is only compared.

        Raises Refusal ``blob_too_large``, ``too_many_requests``, ``blob_offset_wrong`` (with where to go on), or
        ``blob_hash_wrong`` when the last piece shows that what arrived is not what was named; all of it is forgotten
        then.
        """
        if not 1 <= total <= self.limit or offset + len(piece) > total:
            raise Refusal("blob_too_large", limit=self.limit)
        self._spent.add(device_id, len(piece), now.date())
        with self._store.writing() as connection:
            state = self._begun(connection, sha256, total, media_type, now)
            if state.complete:
                return self._compare(connection, sha256, piece, offset, device_id)
            if not _has_sent(connection, sha256, device_id):
                state = BlobState(
                    0, state.total, False
                )  # another's beginning: who sends its end has not shown the rest
            if not piece:
                raise Refusal("blob_offset_wrong", offset=state.received)
            if offset == 0 and (state.total != total or not state.received):
                state = BlobState(0, total, False)  # begun by somebody else, or with its hash named wrongly
                connection.execute(delete(blob_ref).where(_is(sha256)))
            connection.execute(_REFER, {"sha256": sha256, "device_id": device_id})
            self._forget_oldest(connection, device_id, sha256)
            if state.received != offset or state.total != total:
                raise Refusal("blob_offset_wrong", offset=state.received)
            state = self._write(sha256, piece, state)
            values = {"bytes": state.total, "received": state.received, "complete": state.complete}
            connection.execute(update(blob).where(blob.c.sha256 == sha256).values(values))
            if not state.received:
                connection.execute(delete(blob_ref).where(_is(sha256)))
        if state.total == offset + len(piece) and not state.complete:
            raise Refusal("blob_hash_wrong")
        return state

    def forget_unfinished(self, before: datetime) -> int:
        """Forget what was begun before a time and never finished; returns how many. Its device begins it anew."""
        old = select(blob.c.sha256).where(blob.c.complete.is_(False), blob.c.begun_at < before)
        with self._store.writing() as connection:
            found = connection.execute(old).scalars().all()
            for sha256 in found:
                self._forget(connection, sha256)
        return len(found)

    def file_for(self, sha256: str, reader: Reader) -> tuple[Path, str]:
        """The whole blob's file and media type, for one who may see it; raises Refusal ``blob_unknown`` otherwise."""
        with self._store.reading() as connection:
            known = _known(connection, sha256)
            if not known["complete"] or not _may_see(connection, sha256, reader):
                raise Refusal("blob_unknown")
        return self._path(sha256), str(known["media_type"])

    def whole(self, sha256: str) -> tuple[Path, str] | None:
        """A whole blob's file and media type, for HQ's own people; None when it has not come."""
        with self._store.reading() as connection:
            statement = select(blob.c.media_type).where(blob.c.sha256 == sha256, blob.c.complete)
            media_type = connection.execute(statement).scalar_one_or_none()
        return None if media_type is None else (self._path(sha256), media_type)

    def _compare(self, connection: Connection, sha256: str, piece: bytes, offset: int, device_id: str) -> BlobState:
        """A device that shows every byte of a blob which is here has it too; raises Refusal ``blob_offset_wrong``."""
        state = _state(_known(connection, sha256))
        if _has_sent(connection, sha256, device_id):
            return state
        key = (device_id, sha256)
        at = self._proofs.offset(key)
        with self._path(sha256).open("rb") as file:
            file.seek(offset)
            if offset != at or not piece or file.read(len(piece)) != piece:
                raise Refusal("blob_offset_wrong", offset=at)
        at += len(piece)
        self._proofs.move(key, at % state.total)
        if at < state.total:
            return BlobState(at, state.total, False)
        connection.execute(_REFER, {"sha256": sha256, "device_id": device_id})
        return state

    def _forget_oldest(self, connection: Connection, device_id: str, spared: str) -> None:
        """Keep the newest unfinished blobs of a device and ``spared``, so that none fills the disk with beginnings."""
        mine = exists().where(blob_ref.c.sha256 == blob.c.sha256, blob_ref.c.device_id == device_id)
        unfinished = select(blob.c.sha256).where(blob.c.complete.is_(False), mine, blob.c.sha256 != spared)
        newest_first = unfinished.order_by(blob.c.begun_at.desc(), blob.c.sha256)
        for sha256 in connection.execute(newest_first.offset(MOST_UNFINISHED - 1)).scalars().all():
            self._forget(connection, sha256)

    def _forget(self, connection: Connection, sha256: str) -> None:
        connection.execute(delete(blob_ref).where(_is(sha256)))
        connection.execute(delete(blob).where(blob.c.sha256 == sha256))
        self._path(sha256).unlink(missing_ok=True)

    def _begun(self, connection: Connection, sha256: str, total: int, media_type: str, now: datetime) -> BlobState:
        found = connection.execute(select(blob).where(blob.c.sha256 == sha256).with_for_update()).mappings().first()
        if found is not None:
            return _state(found)
        values = {"sha256": sha256, "bytes": total, "received": 0, "complete": False, "media_type": media_type}
        connection.execute(insert(blob).values(begun_at=now, **values))
        return BlobState(0, total, False)

    def _write(self, sha256: str, piece: bytes, state: BlobState) -> BlobState:
        """Write durably; the last piece is followed by the check of the whole."""
        path = self._path(sha256)
        path.parent.mkdir(exist_ok=True)
        with path.open("r+b" if path.exists() else "w+b") as file:
            file.seek(state.received)
            file.write(piece)
            file.truncate()
            file.flush()
            os.fsync(file.fileno())
        received = state.received + len(piece)
        if received < state.total:
            return BlobState(received, state.total, False)
        if sha256_of(path) == sha256:
            return BlobState(received, state.total, True)
        path.unlink()
        return BlobState(0, state.total, False)

    def _path(self, sha256: str) -> Path:
        return self._folder / sha256[:2] / sha256


def held(connection: Connection, hashes: Collection[str]) -> frozenset[str]:
    """Those of the SHA-256 whose blobs are here whole."""
    whole = select(blob.c.sha256).where(blob.c.sha256.in_(hashes), blob.c.complete)
    return frozenset(connection.execute(whole).scalars())


def sent_from(connection: Connection, hashes: Collection[str], place_id: str) -> frozenset[str]:
    """Those of the SHA-256 whose blobs are here whole, sent by a device of the place or come with HQ's rows."""
    if not hashes:
        return frozenset()
    senders = select(blob.c.sha256).join(blob_ref, blob_ref.c.sha256 == blob.c.sha256)
    senders = senders.outerjoin(device, device.c.id == blob_ref.c.device_id)
    own = or_(device.c.place_id == place_id, blob_ref.c.device_id == HQ_ITSELF)
    return frozenset(connection.execute(senders.where(blob.c.sha256.in_(hashes), blob.c.complete, own)).scalars())


def _is_published(connection: Connection, sha256: str) -> bool:
    """Whether it is a picture of an article, which every place may read."""
    return connection.execute(select(exists().where(_PUBLISHED.c.sha256 == sha256))).scalar_one()


def _known(connection: Connection, sha256: str) -> RowMapping:
    found = connection.execute(select(blob).where(blob.c.sha256 == sha256)).mappings().first()
    if found is None:
        raise Refusal("blob_unknown")
    return found


def _state(found: RowMapping) -> BlobState:
    return BlobState(found["received"], found["bytes"], found["complete"])


def _is(sha256: str) -> ColumnElement[bool]:
    return blob_ref.c.sha256 == sha256


def _has_sent(connection: Connection, sha256: str, device_id: str) -> bool:
    own = (_is(sha256), blob_ref.c.device_id == device_id)
    return connection.execute(select(blob_ref.c.sha256).where(*own)).first() is not None


def _may_see(connection: Connection, sha256: str, reader: Reader) -> bool:
    """Whether this device sent it, HQ published it, or its place sees a row that names it and that its senders see too.

    A row alone is not enough: a place could name a foreign photo's hash in a row of its own. A row that somebody of
    the asking place made shows only what the place itself has sent.
    """
    if _has_sent(connection, sha256, reader.device_id) or _is_published(connection, sha256):
        return True
    senders = select(blob_ref.c.device_id, device.c.place_id).outerjoin(device, device.c.id == blob_ref.c.device_id)
    sent_by = {found.device_id: found.place_id for found in connection.execute(senders.where(_is(sha256)))}
    for kind, column, maker in _NAMED_IN:
        table = TABLES[kind]
        made_at = (
            _PLACE_OF_PERSON.where(_PEOPLE.c.id == table.c[maker]).scalar_subquery() if maker else table.c.station_id
        )
        mine = or_(table.c.station_id == reader.place_id, table.c.branch_id == reader.place_id)
        where = (table.c.branch_id == reader.branch_id, table.c[column] == sha256, mine)
        columns = (table.c.station_id, table.c.branch_id, made_at.label("made_at"))
        for found in connection.execute(select(*columns).where(*where).distinct()):
            shown_by = {reader.place_id} if found.made_at == reader.place_id else {found.station_id, found.branch_id}
            if kind is BoxCount:  # only a warehouse's clerks make these
                shown_by.add(found.made_at)
            by_hq = HQ_ITSELF in sent_by and found.made_at != reader.place_id
            if by_hq or shown_by & set(sent_by.values()):
                return True
    return False
