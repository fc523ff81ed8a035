"""What this device is and where its data lies, for the settings page."""

from pathlib import Path
from typing import NamedTuple

from sqlalchemy import Connection

from app.offline_db import device
from app.offline_db.backup import Backup, list_backups
from app.offline_db.device import DeviceState
from app.offline_db.profile import Profile


class DeviceFacts(NamedTuple):
    """The enrolled device (None before), its folder, the free bytes of that disk, and the backups, newest first."""

    device: DeviceState | None
    folder: Path
    free_bytes: int
    database_bytes: int
    backups: tuple[Backup, ...]


def profile_of(connection: Connection) -> Profile:
    """The profile whose database this connection has open."""
    file = connection.exec_driver_sql("PRAGMA database_list").all()[0][2]
    return Profile(Path(str(file)).parent)


def device_facts(connection: Connection) -> DeviceFacts:
    """What there is now."""
    profile = profile_of(connection)
    size = profile.database.stat().st_size
    return DeviceFacts(device.load(connection), profile.path, profile.free_bytes(), size, tuple(list_backups(profile)))
