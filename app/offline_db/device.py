"""Who this device is and where its chain of operations stands: the one row of table ``device``."""

from datetime import datetime, timedelta
from typing import Any

import msgspec
from sqlalchemy import Connection, insert, select, update

from app.offline_db.schema import device
from core.contract.messages import EnrolReply
from core.operations.operation import GENESIS
from core.refusals import Refusal


class DeviceState(msgspec.Struct, frozen=True, kw_only=True):
    """What enrolment gave and the last hello told; ``last_n`` and ``last_hash`` are the end of the own chain."""

    id: str
    place_id: str
    place_name: str
    place_kind: str
    branch_id: str
    epoch: int
    last_n: int = 0
    last_hash: str = GENESIS
    last_made_at: datetime | None = None
    hq_url: str
    hq_id: str
    hq_key: str
    ca_pem: str | None = None
    utc_offset_minutes: int = 480
    incarnation: str | None = None
    clock_offset_s: int | None = None
    last_sync_at: datetime | None = None
    revoked: bool = False


_LOAD = select(device)  # built once: building costs more than asking


def load(connection: Connection) -> DeviceState | None:
    """The device, or None before enrolment."""
    found = connection.execute(_LOAD).mappings().first()
    return None if found is None else DeviceState(**{name: found[name] for name in DeviceState.__struct_fields__})


def require(connection: Connection) -> DeviceState:
    """The device; raises Refusal ``not_enrolled``."""
    state = load(connection)
    if state is None:
        raise Refusal("not_enrolled")
    return state


def hq_time(connection: Connection, at: datetime) -> datetime:
    """What HQ's clock shows when this one shows ``at``, by the last hello: how long something is kept goes by it."""
    return at + timedelta(seconds=require(connection).clock_offset_s or 0)


def change(connection: Connection, **values: Any) -> None:
    """Write some of the device's columns."""
    connection.execute(update(device).values(values))


def enrol(connection: Connection, hq_url: str, reply: EnrolReply) -> DeviceState:
    """Keep what enrolment gave; raises Refusal ``already_enrolled`` when this profile is a device already."""
    before = load(connection)
    if before is not None:
        raise Refusal("already_enrolled", place=before.place_name)
    state = DeviceState(
        id=reply.device,
        place_id=reply.place,
        place_name=reply.place_name,
        place_kind=reply.place_kind,
        branch_id=reply.branch_id,
        epoch=reply.epoch,
        hq_url=hq_url,
        hq_id=reply.hq_id,
        hq_key=reply.hq_key,
        ca_pem=reply.ca_pem,
        utc_offset_minutes=reply.utc_offset_minutes,
    )
    connection.execute(insert(device).values(only=1, **msgspec.structs.asdict(state)))
    return state
