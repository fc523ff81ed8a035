"""Keys of other systems (call centre, ERP): each with a name and the rights it carries."""

from collections.abc import Iterable
from datetime import datetime

from sqlalchemy import Connection, select

from core.refusals import Refusal
from hq.identity.secret_texts import fingerprint, spoken
from hq.store.schema import api_key


def issue_api_key(connection: Connection, name: str, rights: Iterable[str], now: datetime) -> str:
    """A new key (120 random bits) that is shown once; only its hash is kept."""
    key = spoken(groups=6)
    values = {"hash": fingerprint(key), "name": name, "rights": sorted(rights), "made_at": now}
    connection.execute(api_key.insert().values(values))
    return key


def check_api_key(connection: Connection, key: str, right: str) -> str:
    """The name of the key's owner; raises Refusal ``api_key_wrong`` or ``right_missing``."""
    wanted = (api_key.c.hash == fingerprint(key), api_key.c.revoked_at.is_(None))
    found = connection.execute(select(api_key.c.name, api_key.c.rights).where(*wanted)).first()
    if found is None:
        raise Refusal("api_key_wrong")
    if right not in found.rights:
        raise Refusal("right_missing", right=right)
    return str(found.name)
