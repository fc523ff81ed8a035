"""The operations of this device: appending to the chain, what is still to send, what HQ answered, numbering anew."""

import base64
from collections.abc import Collection, Iterable, Mapping
from datetime import datetime, timedelta
from typing import Any, NamedTuple, Protocol

import msgspec
from sqlalchemy import ColumnElement, Connection, bindparam, delete, func, insert, or_, select, update

from app.offline_db import device
from app.offline_db.schema import operation, touched
from core.contract.messages import Answer, Outcome
from core.operations.operation import Operation, SignedOperation, body_hash, encode
from rowstore.bulk import among

#: Answered operations stay this long: a restored HQ asks for everything after its last n.
KEPT_AFTER_ANSWER = timedelta(days=90)
#: Outcomes whose effect HQ's rows do not hold.
WITHOUT_EFFECT = frozenset({Outcome.PARKED, Outcome.QUARANTINED, Outcome.WITHDRAWN})
Key = tuple[str, str]  # a row: its kind's name and its id


class Signer(Protocol):
    """The device's key."""

    def sign(self, message: bytes, /) -> bytes:
        """The Ed25519 signature of ``message``."""


class Stored(NamedTuple):
    """An operation of the outbox as far as a replay needs it."""

    id: str
    body: str
    order_id: str | None


class Chained(NamedTuple):
    """The columns that the place in the chain decides."""

    body: str
    signature: str
    hash: str


def chained(body: str, signer: Signer) -> Chained:
    """The operation's text, signature and hash."""
    return Chained(body, base64.b64encode(signer.sign(body.encode())).decode(), body_hash(body))


def append(connection: Connection, made: Operation, signer: Signer, order_id: str | None) -> Chained:
    """Add the operation at the end of the chain; the caller's transaction read the end inside it."""
    link = chained(encode(made), signer)
    connection.execute(
        insert(operation).values(
            id=made.id,
            epoch=made.epoch,
            n=made.n,
            **link._asdict(),
            action=made.action,
            person_id=made.user,
            order_id=order_id,
            made_at=made.made_at,
            state="pending",
            settled=False,
        )
    )
    device.change(connection, last_n=made.n, last_hash=link.hash, last_made_at=made.made_at)
    return link


def append_again(connection: Connection, made: Mapping[str, Any], signer: Signer, order_id: str | None) -> None:
    """Add an operation of this device that its outbox has lost at the end of the chain, as it was but for its place.

    ``made`` is its decoded JSON object, of whatever schema.
    """
    state = device.require(connection)
    place = {"epoch": state.epoch, "n": state.last_n + 1, "prev": state.last_hash}
    link = chained(msgspec.json.encode({**made, **place}).decode(), signer)
    connection.execute(
        insert(operation).values(
            id=made["id"],
            epoch=place["epoch"],
            n=place["n"],
            **link._asdict(),
            action=made["action"],
            person_id=made["user"],
            order_id=order_id,
            made_at=msgspec.convert(made["made_at"], datetime),
            state="pending",
            settled=False,
        )
    )
    device.change(connection, last_n=place["n"], last_hash=link.hash)


def touch(connection: Connection, operation_id: str, keys: Iterable[Key]) -> None:
    """Note which rows the operation's effect lies on."""
    values = [{"operation_id": operation_id, "entity": entity, "row_id": row_id} for entity, row_id in keys]
    if values:
        connection.execute(insert(touched).prefix_with("OR IGNORE"), values)


_UNSENT = (  # built once
    select(operation.c.epoch, operation.c.body, operation.c.signature)
    .where(operation.c.state != "answered")
    .order_by(operation.c.epoch, operation.c.n)
    .limit(bindparam("most"))
)


def unsent(connection: Connection, most: int, most_bytes: int) -> tuple[int, tuple[SignedOperation, ...]]:
    """The epoch and the first operations without an answer, in the order of n, within both bounds (at least one)."""
    chosen: list[SignedOperation] = []
    epoch, size = 0, 0
    for found in connection.execute(_UNSENT, {"most": most}):
        size += _wire_size(found.body, found.signature)
        if chosen and (size > most_bytes or found.epoch != epoch):
            break
        epoch = found.epoch
        chosen.append(SignedOperation(body=found.body, signature=found.signature))
    return epoch, tuple(chosen)


def _wire_size(body: str, signature: str) -> int:
    """Bytes in a push: the body travels as a JSON string, whose quotes are escaped."""
    return len(msgspec.json.encode(body)) + len(signature) + 32


def told(answer: Answer) -> dict[str, Any]:
    """The columns that an answer fills."""
    return {"outcome": str(answer.outcome), "answer": msgspec.to_builtins(answer), "seqs": dict(answer.seq)}


def store_answers(connection: Connection, answers: Iterable[Answer], now: datetime) -> None:
    """Keep HQ's answers; an answer to an operation that is not of this device changes nothing."""
    values = [{"op": answer.id, "answered_at": now, **told(answer)} for answer in answers]
    if values:
        statement = update(operation).where(operation.c.id == bindparam("op")).values(state="answered")
        connection.execute(statement, values)


def newly_settled(connection: Connection, cursors: Mapping[str, int], ids: Collection[str] | None = None) -> list[str]:
    """Unsettled operations whose effect HQ rejected, or that every followed scope's cursor has passed.

    ``ids``: only these are looked at (nothing has moved for the others).
    """
    statement = select(operation.c.id, operation.c.outcome, operation.c.seqs).where(
        operation.c.settled.is_(False), operation.c.state == "answered"
    )
    if ids is not None:
        statement = statement.where(among(connection, operation.c.id, ids))
    return [
        found.id
        for found in connection.execute(statement)
        if found.outcome in WITHOUT_EFFECT or _passed(found.seqs or {}, cursors)
    ]


def _passed(seqs: Mapping[str, int], cursors: Mapping[str, int]) -> bool:
    return all(cursors[scope] >= seq for scope, seq in seqs.items() if scope in cursors)


def settle(connection: Connection, ids: Collection[str]) -> None:
    """Take operations out of the replay; their record stays."""
    values = [{"op": found} for found in ids]
    if values:
        done = update(operation).where(operation.c.id == bindparam("op")).values(settled=True, doubtful=None)
        connection.execute(done, values)
        connection.execute(delete(touched).where(touched.c.operation_id == bindparam("op")), values)


def unsettled(connection: Connection) -> list[Stored]:
    """The operations whose effect is replayed on HQ's rows, in the order of doing."""
    statement = (
        select(operation.c.id, operation.c.body, operation.c.order_id)
        .where(operation.c.settled.is_(False))
        .order_by(operation.c.position)
    )
    return [Stored(found.id, found.body, found.order_id) for found in connection.execute(statement)]


def keys_of(connection: Connection) -> dict[str, set[Key]]:
    """Per unsettled operation the rows it touches."""
    keys: dict[str, set[Key]] = {}
    for found in connection.execute(select(touched)):
        keys.setdefault(found.operation_id, set()).add((found.entity, found.row_id))
    return keys


def mark_doubtful(connection: Connection, operation_id: str, code: str | None) -> None:
    """Note whether the local replay was refused; HQ's answer decides all the same."""
    waiting = (operation.c.id == operation_id) & (operation.c.state != "answered")
    connection.execute(update(operation).where(waiting).values(doubtful=code))


def ask_again(connection: Connection, after_n: int) -> list[str]:
    """HQ (restored) has not got these any more: they are unsent once more. Returns their ids.

    A new epoch goes on counting where the one before ended at HQ, so that n alone tells.
    """
    return unanswer(connection, (operation.c.n > after_n) & (operation.c.state == "answered"))


def unanswer(connection: Connection, lost: ColumnElement[bool]) -> list[str]:
    """These are unsent once more, as if HQ had never answered them. Returns their ids."""
    ids = list(connection.execute(select(operation.c.id).where(lost)).scalars())
    cleared: dict[str, Any] = {"state": "pending", "settled": False, "outcome": None, "answer": None, "seqs": None}
    connection.execute(update(operation).where(lost).values(cleared))
    return ids


def number_anew(connection: Connection, signer: Signer, epoch: int, n: int, prev: str) -> int:
    """Give every operation HQ has not answered a new place behind (``n``, ``prev``) of ``epoch``; ids stay.

    Returns how many. The device's chain ends with the last of them.
    """
    waiting = select(operation.c.position, operation.c.body).where(operation.c.state != "answered")
    rows = connection.execute(waiting.order_by(operation.c.position)).all()
    for found in rows:
        n += 1
        made = msgspec.json.decode(found.body, type=dict[str, Any])  # of whatever schema: only its place is another
        body = msgspec.json.encode(made | {"epoch": epoch, "n": n, "prev": prev}).decode()
        link = chained(body, signer)
        values = {"epoch": epoch, "n": n, "state": "pending", **link._asdict()}
        connection.execute(update(operation).where(operation.c.position == found.position).values(values))
        prev = link.hash
    device.change(connection, epoch=epoch, last_n=n, last_hash=prev)
    return len(rows)


def purge(connection: Connection, now: datetime) -> int:
    """Drop operations answered and settled more than 90 days ago; returns how many.

    Only the oldest go, up to the first that must stay: what is kept can be sent again without a gap.
    """
    old = (operation.c.settled.is_(True)) & (operation.c.answered_at < now - KEPT_AFTER_ANSWER)
    stays = select(func.min(operation.c.position)).where(operation.c.settled.is_(False) | ~old).scalar_subquery()
    before = or_(stays.is_(None), operation.c.position < stays)
    return connection.execute(delete(operation).where(old, before)).rowcount


def count_pending(connection: Connection) -> int:
    """Operations HQ has not answered."""
    return connection.execute(select(func.count()).where(operation.c.state != "answered")).scalar_one()
