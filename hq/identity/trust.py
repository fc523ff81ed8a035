"""Whom HQ trusts no more: a lost device, a person who has left. What they signed before is still taken, and waits."""

from datetime import datetime
from typing import NamedTuple

from sqlalchemy import Connection, or_, select

from core.refusals import Refusal
from core.rows.people import Person, Place
from hq.identity.devices import revoke
from hq.store.schema import TABLES, device
from rowstore.rows import to_row


class Known(NamedTuple):
    """A device by the names a person tells it by."""

    id: str
    name: str
    place: str  # its code
    place_name: str
    revoked_at: datetime | None


def device_named(connection: Connection, text: str) -> Known:
    """The device with this id or name; raises Refusal ``device_named_wrong`` or ``device_ambiguous``."""
    place = TABLES[Place]
    columns = (device.c.id, device.c.name, place.c.code, place.c.name, device.c.revoked_at)
    named = or_(device.c.id == text, device.c.name == text)
    found = connection.execute(
        select(*columns).join_from(device, place, place.c.id == device.c.place_id).where(named).order_by(device.c.id)
    ).all()
    if not found:
        raise Refusal("device_named_wrong", name=text[:200])
    if len(found) > 1:
        raise Refusal("device_ambiguous", name=text[:200], count=len(found), ids=", ".join(one[0] for one in found))
    return Known(*found[0])


def revoke_named(connection: Connection, text: str, now: datetime) -> Known:
    """Trust a device no more; one that was revoked before keeps its day."""
    known = device_named(connection, text)
    if known.revoked_at is not None:
        return known
    revoke(connection, known.id, now)
    return known._replace(revoked_at=now)


def person_named(connection: Connection, text: str) -> Person:
    """The person with this id or log-in name, an active one first.

    Raises Refusal ``login_unknown`` or ``login_ambiguous`` when several people log in so at different places.
    """
    table = TABLES[Person]
    statement = select(table).where(or_(table.c.id == text, table.c.login == text)).order_by(table.c.id)
    found = [to_row(Person, columns) for columns in connection.execute(statement).mappings()]
    chosen = [one for one in found if one.active] or found
    if not chosen:
        raise Refusal("login_unknown", login=text[:200])
    if len(chosen) > 1:
        ids = ", ".join(one.id for one in chosen)
        raise Refusal("login_ambiguous", login=text[:200], count=len(chosen), ids=ids)
    return chosen[0]
