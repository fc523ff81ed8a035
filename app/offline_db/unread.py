"""Rows of a newer HQ that this program could not read: left out, remembered, and read again after an update."""

from collections.abc import Iterable, Sequence
from typing import NamedTuple

from sqlalchemy import Connection, Engine, bindparam, delete, func, insert, select
from sqlalchemy.dialects.sqlite import insert as upsert

from app import VERSION
from app.offline_db import feed
from app.offline_db.engine import reading, writing
from app.offline_db.outbox import Key
from app.offline_db.schema import setting, unread
from core.contract import sums
from core.operations import schemas

#: The setting that remembers which program read what is here.
PROGRAM = "program"
_COUNT = select(func.count()).select_from(unread)  # built once


class Unreadable(NamedTuple):
    """A row that could not be read, and why."""

    key: Key
    version: int
    problem: str


def note(connection: Connection, scope: str, read: Iterable[Key], unreadable: Sequence[Unreadable]) -> None:
    """Remember what could not be read; what has been read now is remembered no more."""
    if unreadable or count(connection):
        gone = [{"e": entity, "r": row_id} for entity, row_id in read]
        if gone:
            where = (unread.c.entity == bindparam("e"), unread.c.row_id == bindparam("r"))
            connection.execute(delete(unread).where(*where), gone)
    for (entity, row_id), version, problem in unreadable:
        values = {"scope": scope, "version": version, "problem": problem}
        statement = upsert(unread).values(entity=entity, row_id=row_id, **values)
        key = [unread.c.entity, unread.c.row_id]
        connection.execute(statement.on_conflict_do_update(index_elements=key, set_=values))


def count(connection: Connection) -> int:
    """How many rows could not be read."""
    return connection.execute(_COUNT).scalar_one()


def program() -> dict[str, str]:
    """What this program can read: its schema of operations and the columns of all kinds of rows; and its version."""
    return {"rows": f"{schemas.NEWEST}/{sums.fingerprint()}", "version": VERSION}


def read_again_after_update(engine: Engine) -> tuple[str, ...]:
    """Where another program read what is here, have the scopes read again, so that what it left out is filled in.

    Returns these scopes. Nothing goes meanwhile: rows stay, local effects stay on them, and the next syncs bring the
    rest. Every scope when the rows are others than before, those with unread rows when only the program is.
    """
    now = program()
    with reading(engine) as connection:
        before = connection.execute(select(setting.c.value).where(setting.c.name == PROGRAM)).scalar_one_or_none()
        if before == now:
            return ()
        known = connection.execute(select(unread.c.scope).distinct()).scalars()
        scopes = set(known) if before and before["rows"] == now["rows"] else set(feed.cursors(connection))
    with writing(engine) as connection:
        for scope in sorted(scopes):
            feed.restart(connection, scope)
        connection.execute(insert(setting).prefix_with("OR REPLACE").values(name=PROGRAM, value=now))
    return tuple(sorted(scopes))
