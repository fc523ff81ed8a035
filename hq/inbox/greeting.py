"""The hello: where a device and HQ stand with each other, settled in one round trip."""

from datetime import datetime
from typing import NamedTuple

from sqlalchemy import ColumnElement, Connection, ScalarSelect, bindparam, literal, select, true, update

from core.contract.messages import (
    MAX_EPOCH,
    REFERENCE_SCOPE,
    REGISTRY_SCOPE,
    Hello,
    HelloReply,
    ScopeState,
    place_scope,
)
from core.operations import schemas
from core.refusals import Refusal
from hq.identity import Device, device_of, grant_epoch
from hq.inbox.messages import harmless
from hq.store import Store
from hq.store.schema import device as device_table
from hq.store.schema import feed_meta, scope_counter

_NOTED_SECONDS = 60
_NOTED_OFFSET = 5


def _seq(scope: ColumnElement[str]) -> ScalarSelect[int]:
    return select(scope_counter.c.seq).where(scope_counter.c.scope == scope).scalar_subquery()


#: The columns of :class:`_Found`, in one row.
_LOOK = (
    select(
        *(device_table.c[name] for name in Device._fields),
        device_table.c.last_seen,
        device_table.c.clock_offset,
        device_table.c.app_version,
        feed_meta.c.hq_id,
        feed_meta.c.incarnation,
        _seq(literal(place_scope("")) + device_table.c.place_id),
        _seq(literal(REFERENCE_SCOPE)),
        _seq(literal(REGISTRY_SCOPE)),
    )
    .select_from(device_table)
    .join(feed_meta, true())
    .where(device_table.c.id == bindparam("wanted"))
)


def scopes_for(place_id: str) -> tuple[str, ...]:
    """The scopes a place's devices receive."""
    return place_scope(place_id), REFERENCE_SCOPE, REGISTRY_SCOPE


def greet(store: Store, device_id: str, hello: Hello, now: datetime) -> HelloReply:
    """Answer a hello. A device that has lost what it had sent (a restored backup, a cloned disk) gets a new epoch."""
    with store.asking() as connection:
        found = _look(connection, device_id)
    device = found.device
    if _has_forked(device, hello):
        device = _fork(store, device, hello, now)
    _note(store, found, hello, now)
    seqs = zip(scopes_for(device.place_id), (found.place_seq, found.reference_seq, found.registry_seq), strict=True)
    return HelloReply(
        hq_id=found.hq_id,
        incarnation=found.incarnation,
        scopes=tuple(ScopeState(scope=scope, seq=seq or 0) for scope, seq in seqs),
        snapshots=(REGISTRY_SCOPE,),
        epoch=device.epoch,
        received_n=device.last_n,
        received_hash=device.last_hash,
        server_time=now,
        least_schema=schemas.least(),
        revoked=device.revoked_at is not None,
    )


class _Found(NamedTuple):
    """All that HQ must know to answer: the device, what it told last, HQ itself, and where the scopes stand."""

    device: Device
    last_seen: datetime | None
    clock_offset: int | None
    app_version: str
    hq_id: str
    incarnation: str
    place_seq: int | None
    reference_seq: int | None
    registry_seq: int | None


def _look(connection: Connection, device_id: str) -> _Found:
    """One question: an idle hello is little more than a round trip. Raises Refusal ``device_unknown``."""
    row = connection.execute(_LOOK, {"wanted": device_id}).first()
    if row is None:
        raise Refusal("device_unknown")
    width = len(Device._fields)
    return _Found(Device(*row[:width]), *row[width:])


def _has_forked(device: Device, hello: Hello) -> bool:
    if hello.epoch != device.epoch:
        return hello.epoch > device.epoch  # of an epoch that a restored HQ has forgotten
    same_place_other_past = hello.last_n == device.last_n and hello.last_hash != device.last_hash
    return hello.last_n < device.last_n or same_place_other_past or _has_gap(device, hello)


def _has_gap(device: Device, hello: Hello) -> bool:
    """Whether HQ (restored to long ago) lacks operations that the device does not keep any more.

    They are lost; what the device still has goes on in a new epoch.
    """
    return hello.oldest_n is not None and device.last_n < hello.oldest_n - 1


def _fork(store: Store, seen: Device, hello: Hello, now: datetime) -> Device:
    with store.writing() as connection:
        device = device_of(connection, seen.id, lock=True)
        if not _has_forked(device, hello):
            return device
        epoch = max(device.epoch, hello.epoch) + 1
        if epoch > MAX_EPOCH:  # no device comes so far; it could not even say so in its next hello
            raise Refusal("body_invalid", problem=f"epoch {hello.epoch}")
        reason = f"hello at {hello.epoch}/{hello.last_n}"
        if _has_gap(device, hello):
            reason = f"{hello.oldest_n} is the first number the device still keeps"
        return grant_epoch(connection, device, epoch, reason, now)


def _note(store: Store, found: _Found, hello: Hello, now: datetime) -> None:
    """Keep when the device was last seen; written only when it tells something, so that an idle hello stays cheap."""
    version = harmless(hello.app_version)
    offset = round((hello.clock - now).total_seconds())
    fresh = found.last_seen is not None and (now - found.last_seen).total_seconds() < _NOTED_SECONDS
    same = found.clock_offset is not None and abs(found.clock_offset - offset) <= _NOTED_OFFSET
    if fresh and same and (found.app_version, found.device.schema) == (version, hello.schema):
        return
    values = {"last_seen": now, "clock_offset": offset, "app_version": version, "schema": hello.schema}
    with store.writing() as connection:
        connection.execute(update(device_table).where(device_table.c.id == found.device.id).values(values))
