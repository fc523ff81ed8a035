"""Devices: enrolled once for one place, known by their key, revoked when lost."""

import base64
import binascii
from datetime import datetime
from typing import NamedTuple

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from sqlalchemy import Connection, delete, select, update

from core.ids import new_id
from core.operations.operation import GENESIS
from core.refusals import Refusal
from core.rows.people import Place
from hq.identity.enrol_codes import use_enrol_code
from hq.store.schema import TABLES, device, device_epoch
from rowstore.rows import to_row


class Device(NamedTuple):
    """A device as HQ knows it: its place, its key (base64), and how far its chain of operations was received."""

    id: str
    place_id: str
    branch_id: str
    public_key: str
    epoch: int
    last_n: int
    last_hash: str
    revoked_at: datetime | None
    schema: int | None = None  # of the operations it writes, as its last hello told

    def verifies(self, message: bytes, signature: str) -> bool:
        """Whether ``signature`` (base64) is this device's Ed25519 signature of ``message``."""
        try:
            key = Ed25519PublicKey.from_public_bytes(base64.b64decode(self.public_key))
            key.verify(base64.b64decode(signature, validate=True), message)
        except (InvalidSignature, binascii.Error, ValueError):
            return False
        return True


#: Epochs behind the same operation that are remembered.
_EMPTY_EPOCHS = 30
_COLUMNS = [device.c[name] for name in Device._fields]


class EnrolledPlace(NamedTuple):
    """A new device and where it stands."""

    device: Device
    place: Place


def device_of(connection: Connection, device_id: str, *, lock: bool = False) -> Device:
    """The device; ``lock`` keeps other pushes of it waiting. Raises Refusal ``device_unknown``."""
    statement = select(*_COLUMNS).where(device.c.id == device_id)
    found = connection.execute(statement.with_for_update() if lock else statement).first()
    if found is None:
        raise Refusal("device_unknown")
    return Device(*found)


def enrol(
    connection: Connection, code: str, public_key: str, now: datetime, *, name: str = "", app_version: str = ""
) -> EnrolledPlace:
    """Enrol a device; raises Refusal ``enrol_code_wrong`` or ``public_key_wrong``."""
    _check_key(public_key)
    device_id = new_id()
    place_id = use_enrol_code(connection, code, device_id, now)
    found = connection.execute(select(TABLES[Place]).where(TABLES[Place].c.id == place_id)).mappings().one()
    place = to_row(Place, found)
    new = Device(device_id, place.id, place.branch_id, public_key, 1, 0, GENESIS, None)
    values = new._asdict() | {"name": name, "app_version": app_version, "enrolled_at": now}
    connection.execute(device.insert().values(values))
    return EnrolledPlace(new, place)


def grant_epoch(connection: Connection, old: Device, epoch: int, reason: str, now: datetime) -> Device:
    """Begin ``epoch`` after what HQ has: what it has not received is numbered anew under it."""
    _forget_empty(connection, old)
    values = {"epoch": epoch, "after_n": old.last_n, "after_hash": old.last_hash, "granted_at": now, "reason": reason}
    connection.execute(device_epoch.insert().values(device_id=old.id, **values))
    connection.execute(update(device).where(device.c.id == old.id).values(epoch=epoch))
    return old._replace(epoch=epoch)


def _forget_empty(connection: Connection, old: Device) -> None:
    """Of the epochs in which nothing has come the newest stay: a device that forks for nothing fills no table."""
    mine = (device_epoch.c.device_id == old.id, device_epoch.c.after_n == old.last_n)
    newest = select(device_epoch.c.epoch).where(*mine).order_by(device_epoch.c.epoch.desc())
    if forgotten := connection.execute(newest.offset(_EMPTY_EPOCHS - 1)).scalars().all():
        connection.execute(delete(device_epoch).where(*mine, device_epoch.c.epoch.in_(forgotten)))


def revoke(connection: Connection, device_id: str, now: datetime) -> None:
    """Trust the device no more: it pulls nothing, and what it pushes waits for a person."""
    connection.execute(update(device).where(device.c.id == device_id).values(revoked_at=now))


def _check_key(public_key: str) -> None:
    try:
        Ed25519PublicKey.from_public_bytes(base64.b64decode(public_key, validate=True))
    except (binascii.Error, ValueError) as error:
        raise Refusal("public_key_wrong") from error
