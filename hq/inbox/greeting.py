"""The hello: where a device and HQ stand with each other, settled in one round trip."""

from datetime import datetime
from typing import NamedTuple

from sqlalchemy import Connection, bindparam, literal, select, true, update

from core.contract.messages import (
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
_TOLD = ("last_seen", "clock_offset", "app_version", "schema")
_LOOK = (
    select(
        *(device_table.c[name] for name in (*Device._fields, *_TOLD)),
        feed_meta.c.hq_id,
        feed_meta.c.incarnation,
        scope_counter.c.scope,
        scope_counter.c.seq,
    )
    .select_from(device_table)
    .join(feed_meta, true())
    .outerjoin(
        scope_counter,
        scope_counter.c.scope.in_([REFERENCE_SCOPE, REGISTRY_SCOPE])
        | (scope_counter.c.scope == literal(place_scope("")) + device_table.c.place_id),
    )
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
    scopes = scopes_for(device.place_id)
    return HelloReply(
        hq_id=found.hq_id,
        incarnation=found.incarnation,
        scopes=tuple(ScopeState(scope=scope, seq=found.seqs.get(scope, 0)) for scope in scopes),
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
    told: tuple[datetime | None, int | None, str, int | None]
    hq_id: str
    incarnation: str
    seqs: dict[str, int]


def _look(connection: Connection, device_id: str) -> _Found:
    """One question: an idle hello is little more than a round trip. Raises Refusal ``device_unknown``."""
    rows = connection.execute(_LOOK, {"wanted": device_id}).all()
    if not rows:
        raise Refusal("device_unknown")
    first = rows[0]
    width = len(Device._fields)
    return _Found(
        device=Device(*first[:width]),
        told=tuple(first[width : width + len(_TOLD)]),
        hq_id=first.hq_id,
        incarnation=first.incarnation,
        seqs={found.scope: found.seq for found in rows if found.scope is not None},
    )


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
        reason = f"hello at {hello.epoch}/{hello.last_n}"
        if _has_gap(device, hello):
            reason = f"{hello.oldest_n} is the first number the device still keeps"
        return grant_epoch(connection, device, epoch, reason, now)


def _note(store: Store, found: _Found, hello: Hello, now: datetime) -> None:
    """Keep when the device was last seen; written only when it tells something, so that an idle hello stays cheap."""
    version = harmless(hello.app_version)
    offset = round((hello.clock - now).total_seconds())
    seen, known_offset, known_version, schema = found.told
    fresh = seen is not None and (now - seen).total_seconds() < _NOTED_SECONDS
    same = known_offset is not None and abs(known_offset - offset) <= _NOTED_OFFSET
    if fresh and same and (known_version, schema) == (version, hello.schema):
        return
    values = {"last_seen": now, "clock_offset": offset, "app_version": version, "schema": hello.schema}
    with store.writing() as connection:
        connection.execute(update(device_table).where(device_table.c.id == found.device.id).values(values))
