"""The inbox table: what was received, and the answer that every repetition of it gets."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

import msgspec
from sqlalchemy import ColumnElement, Connection, RowMapping, select, update

from core.contract.messages import Answer, KnownReply, Outcome
from core.refusals import Refusal
from hq.identity import Device, device_of
from hq.inbox.messages import Envelope, harmless
from hq.store.schema import inbox
from rowstore.bulk import among, write_many

#: The epoch of what did not fit its device's chain any more when a rescue file brought it.
BESIDE = 0


class Known:
    """What of a push the inbox already holds, asked in few queries; kept up to date as the push is taken."""

    def __init__(self, connection: Connection, device: Device, envelopes: Sequence[Envelope]) -> None:
        """Ask for the push's operations by hash and by id."""
        self.by_hash: dict[str, Answer] = {}
        #: by hash what a rescue file brought and stands beside the chain: sent again it takes its place in it
        self.beside: dict[str, Answer] = {}
        self.by_id: dict[str, Answer] = {}
        #: ids under which other devices of the branch have sent something
        self.of_others: set[str] = set()
        mine = (inbox.c.branch_id == device.branch_id, inbox.c.device_id == device.id)
        hashes = [envelope.hash for envelope in envelopes]
        same = list(_asked(connection, inbox.c.hash, hashes, mine))
        first = _first_answers(connection, same, mine)
        for found in same:
            known = self.beside if found["epoch"] == BESIDE else self.by_hash
            answer = to_answer(found)
            known[found["hash"]] = msgspec.structs.replace(first.get(found["repeats"], answer), n=answer.n)
        ids = [envelope.head.id for envelope in envelopes if envelope.head]
        for found in _asked(connection, inbox.c.op_id, ids, mine[:1]):
            if found["device_id"] == device.id:
                self.by_id[found["op_id"]] = to_answer(found)
            else:
                self.of_others.add(found["op_id"])

    def is_taken(self, envelope: Envelope) -> bool:
        """Whether another device has used the operation's id: it must neither pass for that one nor be lost."""
        return envelope.head is not None and envelope.head.id in self.of_others


def _first_answers(
    connection: Connection, found: Iterable[RowMapping], where: tuple[ColumnElement[bool], ...]
) -> dict[str, Answer]:
    """The answers, as they stand now, of what came before under another number: only those are kept up to date."""
    repeated = sorted({one["repeats"] for one in found if one["repeats"]})
    originals = _asked(connection, inbox.c.op_id, repeated, where) if repeated else ()
    return {one["op_id"]: to_answer(one) for one in originals}


def _asked(
    connection: Connection, column: ColumnElement[Any], values: Sequence[str], where: tuple[ColumnElement[bool], ...]
) -> Iterable[RowMapping]:
    columns = (inbox.c.device_id, inbox.c.epoch, inbox.c.hash, inbox.c.op_id, inbox.c.repeats, inbox.c.answer)
    return connection.execute(select(*columns).where(*where, among(connection, column, values))).mappings()


def to_answer(found: RowMapping) -> Answer:
    """The stored answer."""
    return msgspec.convert(found["answer"], Answer)


def answer_of(
    op_id: str, n: int, outcome: Outcome, refusal: Refusal | None = None, facts: Mapping[str, Any] | None = None
) -> Answer:
    """A new answer; ``seq`` is filled in when it is known. ``facts`` tell what an effect was (merged fields)."""
    told = harmless(refusal.facts if refusal else dict(facts or {}))
    return Answer(id=op_id, n=n, outcome=outcome, code=refusal.code if refusal else None, facts=told)


def store(connection: Connection, records: Iterable[dict[str, Any]]) -> None:
    """Insert new rows of the inbox."""
    write_many(connection, inbox, list(records))


def record(
    device: Device, envelope: Envelope, answer: Answer, now: datetime, *, repeats: str | None = None
) -> dict[str, Any]:
    """The inbox row of an operation; ``repeats`` names the operation when it came before under another number."""
    held = answer.outcome is Outcome.QUARANTINED and repeats is None
    return {
        "branch_id": device.branch_id,
        "device_id": device.id,
        "epoch": device.epoch,
        "n": answer.n,
        "op_id": None if repeats else answer.id,
        "repeats": repeats,
        "body": envelope.sent.body.encode(),
        "signature": harmless(envelope.sent.signature),
        "hash": envelope.hash,
        "received_at": now,
        "outcome": answer.outcome.value,
        "answer": answer,
        "quarantine": answer.code if held else None,
    }


def change_answer(connection: Connection, branch_id: str, op_id: str, answer: Answer) -> None:
    """What became of a parked operation later on."""
    values = {"outcome": answer.outcome.value, "answer": msgspec.to_builtins(answer), "quarantine": None}
    where = (inbox.c.branch_id == branch_id, inbox.c.op_id == op_id)
    connection.execute(update(inbox).where(*where).values(values))


def answer_to(connection: Connection, device: Device, op_id: str) -> Answer:
    """What became of an operation of the device's place (a branch asks for its stations' too).

    Raises Refusal ``operation_unknown``.
    """
    found = received(connection, device.branch_id, op_id)
    is_branch = device.place_id == device.branch_id
    if not is_branch and device_of(connection, found["device_id"]).place_id != device.place_id:
        raise Refusal("operation_unknown")
    return to_answer(found)


def known(connection: Connection, device: Device, ids: Sequence[str]) -> KnownReply:
    """What became of the device's own operations, those beside its chain too, and which of ``ids`` are not here."""
    mine = (inbox.c.branch_id == device.branch_id, inbox.c.device_id == device.id)
    found = {one["op_id"]: to_answer(one) for one in _asked(connection, inbox.c.op_id, ids, mine)}
    return KnownReply(answers=tuple(found.values()), missing=tuple(one for one in ids if one not in found))


def received(connection: Connection, branch_id: str, op_id: str) -> RowMapping:
    """The inbox row of an operation; raises Refusal ``operation_unknown``."""
    where = (inbox.c.branch_id == branch_id, inbox.c.op_id == op_id)
    found = connection.execute(select(inbox).where(*where)).mappings().first()
    if found is None:
        raise Refusal("operation_unknown")
    return found
