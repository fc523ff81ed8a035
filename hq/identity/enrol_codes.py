"""One-time codes that enrol a device for a place: 15 minutes, single use."""

from datetime import datetime, timedelta

from sqlalchemy import Connection, select, update

from core.refusals import Refusal
from core.rows.people import Place
from hq.identity.secret_texts import fingerprint, spoken
from hq.store.schema import TABLES, enrol_code

LIFETIME = timedelta(minutes=15)


def issue_enrol_code(connection: Connection, place_id: str, now: datetime) -> str:
    """A new code for the place; raises Refusal ``place_unknown``."""
    place = TABLES[Place]
    if connection.execute(select(place.c.id).where(place.c.id == place_id)).first() is None:
        raise Refusal("place_unknown", place=place_id)
    code = spoken()
    connection.execute(enrol_code.insert().values(hash=fingerprint(code), place_id=place_id, expires_at=now + LIFETIME))
    return code


def use_enrol_code(connection: Connection, code: str, device_id: str, now: datetime) -> str:
    """Use ``code`` up and return its place; raises Refusal ``enrol_code_wrong``, the same for every reason."""
    known = enrol_code.c.hash == fingerprint(code)
    usable = (known, enrol_code.c.used_at.is_(None), enrol_code.c.expires_at > now)
    used = update(enrol_code).where(*usable).values(used_at=now, device_id=device_id).returning(enrol_code.c.place_id)
    place_id = connection.execute(used).scalar_one_or_none()
    if place_id is None:
        raise Refusal("enrol_code_wrong")
    return str(place_id)
