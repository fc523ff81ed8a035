"""Rescue files coming in: a device's own signed operations, handed in by another device of its branch or by HQ.

What continues the device's chain takes its place there, as a push would have. What does not fit any more (another
epoch was granted since, something between is missing) is kept beside the chain: epoch 0 of the inbox, numbered and
bound by hashes of its own, so that the chain stays what the device signed.
"""

import hashlib
from collections import Counter
from collections.abc import Sequence
from datetime import datetime
from typing import Any, NamedTuple

import msgspec
from sqlalchemy import Connection, delete, insert, select, tuple_, update

from core.contract.messages import Answer, Outcome
from core.contract.rescue import (
    RescueBegun,
    RescuedBlob,
    RescueManifest,
    RescueReply,
    SignedManifest,
    signed_text,
)
from core.ids import new_id
from core.merge import Change
from core.operations.operation import GENESIS
from core.refusals import Refusal
from hq.feed import Work, thorough
from hq.identity import Device, device_of, headquarters
from hq.inbox import expected, parking, records, releasing, writers
from hq.inbox.judging import TAKEN, Judgement, branches_of, judge
from hq.inbox.messages import Envelope, Readable, open_envelope
from hq.store import Store
from hq.store.schema import beside, blocked
from hq.store.schema import device as device_table
from hq.store.schema import rescue as rescue_table

#: Manifests that are kept of one device; older ones make room (what came with them stays).
_KEPT_FILES = 30


class Handed(NamedTuple):
    """A rescue file that was begun: whose it is and what its device signed."""

    device: Device
    manifest: RescueManifest


class Mark(NamedTuple):
    """Where the work beside a device's chain ends; each hash is over the one before and the operation's."""

    last_n: int = 0
    last_hash: str = GENESIS

    def then(self, operation_hash: str) -> "Mark":
        """The mark behind one more operation."""
        return Mark(self.last_n + 1, hashlib.sha256((self.last_hash + operation_hash).encode()).hexdigest())


def begin(store: Store, signed: SignedManifest, by: Device | None, now: datetime) -> RescueBegun:
    """Take a rescue file's manifest; ``by`` is the device that hands it in, None for HQ itself.

    Raises Refusal ``rescue_damaged``, ``rescue_forged``, ``rescue_other_hq``, ``rescue_not_yours``,
    ``device_unknown``; the same file again is welcome.
    """
    manifest = _read(signed.text)
    with store.writing() as connection:
        if manifest.hq_id != headquarters(connection).hq_id:
            raise Refusal("rescue_other_hq", place=manifest.place_name)
        device = device_of(connection, manifest.device)
        if not device.verifies(signed_text(signed.text), signed.signature):
            raise Refusal("rescue_forged")
        _check_sender(device, by)
        known = connection.execute(select(rescue_table.c.manifest).where(rescue_table.c.id == manifest.id)).scalar()
        if known is None:
            _note(connection, manifest, signed, by, now)
        elif known != signed.text:
            raise Refusal("rescue_forged")
    return RescueBegun(id=manifest.id, device=device.id, revoked=device.revoked_at is not None)


def _read(text: str) -> RescueManifest:
    try:
        return msgspec.json.decode(text, type=RescueManifest)
    except (msgspec.DecodeError, UnicodeEncodeError, RecursionError) as error:
        raise Refusal("rescue_damaged", problem="manifest") from error


def _check_sender(device: Device, by: Device | None) -> None:
    if by is not None and by.branch_id != device.branch_id:
        raise Refusal("rescue_not_yours")


def _note(
    connection: Connection, manifest: RescueManifest, signed: SignedManifest, by: Device | None, now: datetime
) -> None:
    newest = select(rescue_table.c.id).where(rescue_table.c.device_id == manifest.device)
    newest = newest.order_by(rescue_table.c.received_at.desc(), rescue_table.c.id.desc())
    if forgotten := connection.execute(newest.offset(_KEPT_FILES - 1)).scalars().all():
        connection.execute(delete(rescue_table).where(rescue_table.c.id.in_(forgotten)))
    values = {"id": manifest.id, "branch_id": manifest.branch_id, "device_id": manifest.device}
    texts = {"manifest": signed.text, "signature": signed.signature, "handed_in_by": by.id if by else ""}
    connection.execute(insert(rescue_table).values(received_at=now, **values, **texts))


def handed(connection: Connection, rescue_id: str, by: Device | None) -> Handed:
    """A file that was begun; raises Refusal ``rescue_unknown`` or ``rescue_not_yours``."""
    found = connection.execute(select(rescue_table).where(rescue_table.c.id == rescue_id)).mappings().first()
    if found is None:
        raise Refusal("rescue_unknown")
    device = device_of(connection, found["device_id"])
    _check_sender(device, by)
    return Handed(device, _read(found["manifest"]))


def blob_of(connection: Connection, rescue_id: str, sha256: str, by: Device | None) -> tuple[Device, RescuedBlob]:
    """The device that signed for this photo, and what it is; raises Refusal ``blob_unknown`` when it did not."""
    device, manifest = handed(connection, rescue_id, by)
    for one in manifest.blobs:
        if one.sha256 == sha256:
            return device, one
    raise Refusal("blob_unknown")


def take(store: Store, rescue_id: str, by: Device | None, raw: Sequence[msgspec.Raw], now: datetime) -> RescueReply:
    """Take operations of a file that was begun, each exactly once, as its device's; all of them or none.

    Raises Refusal ``rescue_unknown``, ``rescue_not_yours``, ``signature_invalid`` or ``body_invalid``.
    """

    def do(doing: Work) -> RescueReply:
        device = handed(doing.beside, rescue_id, by).device
        taking = _Taking(doing, device_of(doing.beside, device.id, lock=True), now)
        taking.take_all(raw)
        taking.finish()
        return taking.reply()

    return thorough(store, do)


class _Taken(NamedTuple):
    """An operation that was taken now, with what it changed."""

    device: Device  # with the epoch it is kept under
    envelope: Envelope
    answer: Answer
    changes: tuple[Change, ...]


class _Taking:
    """One request under way."""

    def __init__(self, doing: Work, device: Device, now: datetime) -> None:
        self._doing = doing
        self._device = device
        self._now = now
        self._mark = mark_of(doing.connection, device.id)
        self._known_count = 0
        self._taken: list[_Taken] = []

    def take_all(self, raw: Sequence[msgspec.Raw]) -> None:
        """Take what HQ does not have yet."""
        envelopes = [self._opened(one) for one in raw]
        self._known = records.Known(self._doing.beside, self._device, envelopes)
        readables = [e.content for e in envelopes if isinstance(e.content, Readable)]
        self._doing.lock(*branches_of(self._doing, self._device, readables))
        expected.expect(self._doing, envelopes)
        for envelope in envelopes:
            if self._is_known(envelope):
                self._known_count += 1
            else:
                self._take(envelope)

    def finish(self) -> None:
        """Stamp the feed, then store the inbox rows, the chain's end and the mark."""
        doing, connection = self._doing, self._doing.beside
        doing.stamp()
        writers.remember(connection, (c for t in self._taken for c in t.changes), doing.versions, self._device.id)
        rows = [records.record(t.device, t.envelope, self._final(t), self._now) for t in self._taken]
        records.store(connection, rows)
        for taken in self._taken:
            if taken.answer.outcome not in releasing.WAITING and isinstance(taken.envelope.content, Readable):
                releasing.withdrawn(doing, taken.envelope.content)
        values = {"last_n": self._device.last_n, "last_hash": self._device.last_hash}
        connection.execute(update(device_table).where(device_table.c.id == self._device.id).values(values))
        _set_mark(connection, self._device.id, self._mark)

    def reply(self) -> RescueReply:
        """What the sender is told."""
        outcomes = Counter(taken.answer.outcome.value for taken in self._taken)
        return RescueReply(known=self._known_count, taken=len(self._taken), outcomes=dict(outcomes))

    def _opened(self, raw: msgspec.Raw) -> Envelope:
        envelope = open_envelope(raw)
        foreign = envelope.head is not None and envelope.head.device != self._device.id
        if foreign or not self._device.verifies(envelope.sent.body.encode(), envelope.sent.signature):
            raise Refusal("signature_invalid")
        return envelope

    def _is_known(self, envelope: Envelope) -> bool:
        by_id = envelope.head is not None and envelope.head.id in self._known.by_id
        return by_id or envelope.hash in self._known.by_hash or envelope.hash in self._known.beside

    def _take(self, envelope: Envelope) -> None:
        head, device = envelope.head, self._device
        place = (head.epoch, head.n, head.prev) if head else None
        if place == (device.epoch, device.last_n + 1, device.last_hash):
            self._device = device._replace(last_n=device.last_n + 1, last_hash=envelope.hash)
            self._new(envelope, self._device.epoch, self._device.last_n)
        else:
            self._mark = self._mark.then(envelope.hash)
            self._new(envelope, records.BESIDE, self._mark.last_n)

    def _new(self, envelope: Envelope, epoch: int, n: int) -> None:
        is_taken = self._known.is_taken(envelope)
        judgement = TAKEN if is_taken else self._judge(envelope)
        op_id = envelope.head.id if envelope.head and not is_taken else new_id()
        waits = judgement.outcome in releasing.WAITING
        answer = records.answer_of(op_id, n, judgement.outcome, judgement.refusal if waits else None)
        if waits:
            parking.show(self._doing, self._device, envelope, answer, self._now)
            self._block(envelope, answer.id)
        self._known.by_hash[envelope.hash] = self._known.by_id[op_id] = answer
        self._taken.append(_Taken(self._device._replace(epoch=epoch), envelope, answer, judgement.changes))

    def _judge(self, envelope: Envelope) -> Judgement:
        content = envelope.content
        if isinstance(content, Refusal):
            return Judgement(Outcome.PARKED, content)
        touched = parking.touched_by(content)
        if parking.is_held_back(self._doing.beside, self._device, touched, _place_of(content)):
            return Judgement(Outcome.PARKED, Refusal("waits_behind"))
        return judge(self._doing, self._device, content)

    def _block(self, envelope: Envelope, op_id: str) -> None:
        """Hold back later operations on the same rows, from the place the operation was made for.

        After a fork another operation may wait at the very same place; then that one's hold stands for both.
        """
        if isinstance(envelope.content, Refusal):
            return
        connection, at = self._doing.beside, _place_of(envelope.content)
        touched = parking.touched_by(envelope.content)
        key = tuple_(blocked.c.entity, blocked.c.row_id)
        here = (blocked.c.branch_id == self._device.branch_id, blocked.c.device_id == self._device.id)
        same = (*here, blocked.c.epoch == at.epoch, blocked.c.n == at.n, key.in_(sorted(touched)))
        taken = {tuple(found) for found in connection.execute(select(blocked.c.entity, blocked.c.row_id).where(*same))}
        parking.block(connection, self._device, touched - taken, at, op_id)

    def _final(self, taken: _Taken) -> Answer:
        return msgspec.structs.replace(taken.answer, seq=self._doing.seq_of(taken.changes))


def _place_of(readable: Readable) -> parking.Position:
    return parking.Position(readable.operation.epoch, readable.operation.n)


def mark_of(connection: Connection, device_id: str) -> Mark:
    """Where the work beside a device's chain ends."""
    found = connection.execute(select(beside).where(beside.c.device_id == device_id)).first()
    return Mark(found.last_n, found.last_hash) if found else Mark()


def _set_mark(connection: Connection, device_id: str, mark: Mark) -> None:
    if mark == Mark():
        return
    values: dict[str, Any] = mark._asdict()
    done = connection.execute(update(beside).where(beside.c.device_id == device_id).values(values))
    if not done.rowcount:
        connection.execute(insert(beside).values(device_id=device_id, **values))
