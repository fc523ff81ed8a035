"""A push: each operation taken once, in the order of its device's chain, its answer stored with its effect."""

from datetime import datetime
from typing import Any, NamedTuple

import msgspec
from sqlalchemy import update

from core.contract.messages import Answer, Outcome, PushReply
from core.ids import new_id
from core.merge import Change
from core.refusals import Refusal
from hq.feed import Work, thorough
from hq.identity import Device, device_of, grant_epoch
from hq.inbox import expected, parking, records, releasing, writers
from hq.inbox.judging import TAKEN, Judgement, branches_of, judge
from hq.inbox.messages import Envelope, LoosePush, Readable
from hq.inbox.opening import open_all
from hq.store import Store
from hq.store.schema import device as device_table


def receive(store: Store, device_id: str, push: LoosePush, now: datetime) -> PushReply:
    """Take what continues the device's chain, and answer each operation that was taken now or before.

    It stops without an error at a gap, at a fork of the chain (a new epoch is granted) and at an operation whose
    signature is wrong; the reply tells how far HQ has come. Raises Refusal ``signature_invalid`` or ``body_invalid``
    when that is the first operation of the push, ``too_many_requests`` while too much of a revoked device waits.
    """

    def take(doing: Work) -> PushReply:
        batch = _Batch(doing, device_of(doing.beside, device_id, lock=True), now)
        batch.take_all(push)
        batch.finish()
        return batch.reply()

    return thorough(store, take)


class _Taken(NamedTuple):
    """An operation that was taken now, with what it changed."""

    device: Device  # as it stood then: a fork later in the push begins another epoch
    envelope: Envelope
    answer: Answer
    changes: tuple[Change, ...]


class _Batch:
    """One push under way."""

    def __init__(self, doing: Work, device: Device, now: datetime) -> None:
        self._doing = doing
        self._device = device
        self._now = now
        self._answers: list[Answer] = []
        self._taken: list[_Taken] = []
        self._repeats: list[dict[str, Any]] = []
        self._told_as: dict[str, str] = {}  # kept under another id than the device knows it by
        self._holds = False  # whether anything of this device waits, so that others may have to wait behind it

    def take_all(self, push: LoosePush) -> None:
        """Take operations until one does not continue the chain."""
        envelopes = open_all(self._device, push.operations)
        self._known = records.Known(self._doing.beside, self._device, envelopes)
        if self._device.revoked_at is not None and any(one.hash not in self._known.by_hash for one in envelopes):
            parking.check_room(self._doing.beside, self._device)
        readables = [e.content for e in envelopes if isinstance(e.content, Readable)]
        self._doing.lock(*branches_of(self._doing, self._device, readables))
        expected.expect(self._doing, envelopes)
        if push.epoch > self._device.epoch:
            self._grant(push.epoch + 1, "later epoch than known")
        self._holds = parking.holds_any(self._doing.beside, self._device)
        is_current, is_older = push.epoch == self._device.epoch, push.epoch < self._device.epoch
        for envelope in envelopes:
            if not self._take(envelope, is_current=is_current):
                if is_older and self._is_own(envelope):  # HQ (restored) has lost it: numbered anew it can come
                    self._grant(self._device.epoch + 1, "work of an earlier epoch that is not here")
                break

    def finish(self) -> None:
        """Stamp the feed, then store the inbox rows with the seqs at which each effect shows."""
        doing, connection = self._doing, self._doing.beside
        doing.stamp()
        writers.remember(connection, (c for t in self._taken for c in t.changes), doing.versions, self._device.id)
        final = {taken.answer.id: self._final(taken) for taken in self._taken}
        self._answers = [final.get(answer.id, answer) for answer in self._answers]
        rows = [records.record(t.device, t.envelope, final[t.answer.id], self._now) for t in self._taken]
        records.store(connection, rows + self._repeats)
        for taken in self._taken:
            if taken.answer.outcome not in releasing.WAITING and isinstance(taken.envelope.content, Readable):
                releasing.withdrawn(doing, taken.envelope.content)
        values = {"last_n": self._device.last_n, "last_hash": self._device.last_hash, "last_seen": self._now}
        connection.execute(update(device_table).where(device_table.c.id == self._device.id).values(values))

    def reply(self) -> PushReply:
        """What the device is told."""
        device = self._device
        told = tuple(msgspec.structs.replace(one, id=self._told_as.get(one.id, one.id)) for one in self._answers)
        return PushReply(answers=told, received_n=device.last_n, received_hash=device.last_hash, epoch=device.epoch)

    def _take(self, envelope: Envelope, *, is_current: bool) -> bool:
        stored = self._known.by_hash.get(envelope.hash)
        if stored is not None:
            self._tell(envelope, stored)
            return True
        if not (is_current and self._continues(envelope)):
            return False
        n = self._device.last_n + 1
        self._device = self._device._replace(last_n=n, last_hash=envelope.hash)
        before = self._known.by_id.get(envelope.head.id) if envelope.head else None
        rescued = self._known.beside.get(envelope.hash)
        if rescued is not None:
            self._repeat(envelope, msgspec.structs.replace(rescued, n=n))
        elif before is not None and (isinstance(envelope.content, Readable) or self._is_own(envelope)):
            self._repeat(envelope, msgspec.structs.replace(before, n=n))
        else:
            self._new(envelope, n)
        return True

    def _continues(self, envelope: Envelope) -> bool:
        """Whether the operation is the next one of the chain; at a fork a new epoch is granted."""
        device, head = self._device, envelope.head
        if head is None or head.device != device.id:
            return True  # unreadable, but signed: it takes its place and waits for a person
        if head.epoch != device.epoch or head.n > device.last_n + 1:
            return False
        if head.n == device.last_n + 1 and head.prev == device.last_hash:
            return True
        self._grant(device.epoch + 1, f"another operation under number {head.n}")
        return False

    def _grant(self, epoch: int, reason: str) -> None:
        self._device = grant_epoch(self._doing.beside, self._device, epoch, reason, self._now)

    def _tell(self, envelope: Envelope, answer: Answer) -> None:
        if envelope.head and self._is_own(envelope) and envelope.head.id != answer.id:
            self._told_as[answer.id] = envelope.head.id
        self._answers.append(answer)

    def _repeat(self, envelope: Envelope, answer: Answer) -> None:
        self._tell(envelope, answer)
        self._known.by_hash[envelope.hash] = answer
        self._repeats.append(records.record(self._device, envelope, answer, self._now, repeats=answer.id))

    def _new(self, envelope: Envelope, n: int) -> None:
        head, is_own = envelope.head, self._is_own(envelope)  # a foreign one takes nobody's id away
        is_taken = is_own and self._known.is_taken(envelope)
        judgement = TAKEN if is_taken else self._judge(envelope, n)
        op_id = head.id if head and is_own and not is_taken and head.id not in self._known.by_id else new_id()
        refusal = judgement.refusal if judgement.outcome in releasing.WAITING else None
        answer = records.answer_of(op_id, n, judgement.outcome, refusal, judgement.facts)
        if judgement.outcome in releasing.WAITING:
            self._park(envelope, answer)
        self._known.by_hash[envelope.hash] = self._known.by_id[op_id] = answer
        self._tell(envelope, answer)
        self._taken.append(_Taken(self._device, envelope, answer, judgement.changes))

    def _is_own(self, envelope: Envelope) -> bool:
        return envelope.head is not None and envelope.head.device == self._device.id

    def _judge(self, envelope: Envelope, n: int) -> Judgement:
        content = envelope.content
        if isinstance(content, Refusal):
            return Judgement(Outcome.PARKED, content)
        here = parking.Position(self._device.epoch, n)
        touched = parking.touched_by(content)
        if self._holds and parking.is_held_back(self._doing.beside, self._device, touched, here):
            return Judgement(Outcome.PARKED, Refusal("waits_behind"))
        return judge(self._doing, self._device, content)

    def _park(self, envelope: Envelope, answer: Answer) -> None:
        parking.show(self._doing, self._device, envelope, answer, self._now)
        if isinstance(envelope.content, Readable):
            here = parking.Position(self._device.epoch, answer.n)
            touched = parking.touched_by(envelope.content)
            self._holds = True
            parking.block(self._doing.beside, self._device, touched, here, answer.id)

    def _final(self, taken: _Taken) -> Answer:
        return msgspec.structs.replace(taken.answer, seq=self._doing.seq_of(taken.changes))
