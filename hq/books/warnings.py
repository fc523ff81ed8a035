"""What is no fault in the books but wants a look: differences devices found, devices that fork again and again."""

from datetime import datetime, timedelta
from typing import NamedTuple

from sqlalchemy import Connection, func, select

from core.rows.people import Place
from hq.inbox.self_checks import unexplained
from hq.store import Store
from hq.store.schema import device, device_epoch

#: So many new epochs in so many days: the disk was hardly put back that often, it runs in two machines.
FORKS = 3
FORK_DAYS = timedelta(days=30)


class Warned(NamedTuple):
    """One thing to look at: its kind, of what, how often, and since when."""

    kind: str
    where: str
    times: int

    def __str__(self) -> str:
        return f"{self.kind}: {self.where}: {self.times}"


def warnings(connection: Connection, now: datetime) -> list[Warned]:
    """All that wants a look, as it is now."""
    count = unexplained(connection)
    found = [Warned("self_checks_unexplained", "fixpoint-hq self-checks", count)] if count else []
    return found + [Warned("device_forks", device_id, forks) for device_id, forks in forking(connection, now)]


def forking(connection: Connection, now: datetime) -> list[tuple[str, int]]:
    """Devices that were granted many epochs lately, and how many: probably one identity in two machines."""
    count = func.count().label("forks")
    lately = select(device_epoch.c.device_id, count).where(device_epoch.c.granted_at >= now - FORK_DAYS)
    many = lately.group_by(device_epoch.c.device_id).having(func.count() >= FORKS).order_by(device_epoch.c.device_id)
    return [(found.device_id, found.forks) for found in connection.execute(many)]


def devices(connection: Connection, now: datetime) -> list[dict[str, object]]:
    """Every device: its place (with the code), how far it has come, and how often it forked lately."""
    lately = select(device_epoch.c.device_id, func.count().label("forks"))
    forks = lately.where(device_epoch.c.granted_at >= now - FORK_DAYS).group_by(device_epoch.c.device_id).subquery()
    columns = ("id", "place_id", "name", "app_version", "epoch", "last_n", "last_seen", "clock_offset", "revoked_at")
    joined = device.outerjoin(forks, forks.c.device_id == device.c.id)
    places = Store.tables[Place]
    joined = joined.outerjoin(places, places.c.id == device.c.place_id)
    told = (func.coalesce(places.c.code, "").label("place"), func.coalesce(forks.c.forks, 0).label("forks"))
    statement = select(*(device.c[name] for name in columns), *told)
    found = connection.execute(statement.select_from(joined).order_by(device.c.place_id, device.c.id)).mappings()
    return [dict(one) | {"forks_again": one["forks"] >= FORKS} for one in found]
