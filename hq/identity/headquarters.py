"""HQ's own identity: its id and key, and the incarnation of its feed."""

import base64
import secrets
from datetime import datetime
from typing import NamedTuple

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from sqlalchemy import Connection, select, update

from core.ids import new_id
from hq.store import Store
from hq.store.schema import feed_meta


class Headquarters(NamedTuple):
    """Who this HQ is; ``public_key`` is base64, ``incarnation`` changes when the feed does not continue."""

    hq_id: str
    incarnation: str
    public_key: str
    private_key: str
    registry_salt: bytes

    def __repr__(self) -> str:
        """Without the key: this may end in a log."""
        return f"Headquarters({self.hq_id}, {self.incarnation})"

    def sign(self, message: bytes) -> bytes:
        """HQ's Ed25519 signature of ``message``."""
        return Ed25519PrivateKey.from_private_bytes(base64.b64decode(self.private_key)).sign(message)


def establish(store: Store, now: datetime) -> Headquarters:
    """HQ's identity, made at the first call."""
    with store.writing() as connection:
        found = _read(connection)
        if found is None:
            found = _fresh()
            connection.execute(feed_meta.insert().values(only=1, started_at=now, **found._asdict()))
    return found


def headquarters(connection: Connection) -> Headquarters:
    """HQ's identity; ``LookupError`` (a defect) before :func:`establish`."""
    found = _read(connection)
    if found is None:
        raise LookupError("this database has no headquarters yet")
    return found


def new_incarnation(store: Store, now: datetime) -> str:
    """The feed does not continue the old one (a restored backup): every device starts its cursors anew."""
    incarnation = new_id()
    with store.writing() as connection:
        connection.execute(update(feed_meta).values(incarnation=incarnation, started_at=now))
    return incarnation


def _read(connection: Connection) -> Headquarters | None:
    columns = [feed_meta.c[name] for name in Headquarters._fields]
    found = connection.execute(select(*columns)).first()
    return None if found is None else Headquarters(*found)


def _fresh() -> Headquarters:
    key = Ed25519PrivateKey.generate()
    return Headquarters(
        hq_id=new_id(),
        incarnation=new_id(),
        public_key=base64.b64encode(key.public_key().public_bytes_raw()).decode(),
        private_key=base64.b64encode(key.private_bytes_raw()).decode(),
        registry_salt=secrets.token_bytes(16),
    )
