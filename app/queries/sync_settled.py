"""What sync has settled lately: conflicts with both values and who picked what, work merged with others' changes."""

from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import Connection, func, select

from app.offline_db.schema import operation
from app.queries.sync_issues import CONFLICTS, ORDERS, PEOPLE, conflict_columns, conflicts_joined, named

LATEST = 30


class SettledLine(NamedTuple):
    """A settled conflict: both values stay readable, with who made them, and what was picked by whom."""

    id: str
    entity: str
    field: str
    order_id: str | None
    order_number: str
    base: Any
    hq_value: Any
    place_value: Any
    person: str
    at: datetime
    hq_person: str
    hq_at: datetime | None
    picked: Any
    picked_by: str
    picked_at: datetime | None
    names: dict[str, str]


class MergedLine(NamedTuple):
    """An own operation HQ took beside others' changes; fields are ``entity.field``, ``kept`` are others' newer ones."""

    id: str
    action: str
    person: str
    order_id: str | None
    order_number: str
    made_at: datetime
    fields: tuple[str, ...]
    kept: tuple[str, ...]


class Settled(NamedTuple):
    """The last ones of each, newest first."""

    conflicts: tuple[SettledLine, ...]
    merged: tuple[MergedLine, ...]


def settled(connection: Connection) -> Settled:
    """What was settled lately at this place."""
    return Settled(_conflicts(connection), _merged(connection))


def _conflicts(connection: Connection) -> tuple[SettledLine, ...]:
    more = (
        func.coalesce(CONFLICTS.c.hq_person, ""),
        CONFLICTS.c.hq_at,
        CONFLICTS.c.picked,
        func.coalesce(CONFLICTS.c.picked_by_name, ""),
        CONFLICTS.c.picked_at,
    )
    statement = (
        select(*conflict_columns(), *more)
        .select_from(conflicts_joined())
        .where(CONFLICTS.c.state != "open")
        .order_by(CONFLICTS.c.picked_at.desc(), CONFLICTS.c.at.desc())
        .limit(LATEST)
    )
    found = []
    for row in connection.execute(statement):
        line = SettledLine._make((*row, {}))
        values = (line.base, line.hq_value, line.place_value, line.picked)
        found.append(line._replace(names=named(connection, line.field, values)))
    return tuple(found)


def _merged(connection: Connection) -> tuple[MergedLine, ...]:
    columns = (
        operation.c.id,
        operation.c.action,
        func.coalesce(PEOPLE.c.name, ""),
        operation.c.order_id,
        func.coalesce(ORDERS.c.number, ""),
        operation.c.made_at,
        operation.c.answer,
    )
    joined = operation.outerjoin(PEOPLE, PEOPLE.c.id == operation.c.person_id).outerjoin(
        ORDERS, ORDERS.c.id == operation.c.order_id
    )
    statement = (
        select(*columns)
        .select_from(joined)
        .where(operation.c.state == "answered", operation.c.outcome == "merged")
        .order_by(operation.c.position.desc())
        .limit(LATEST)
    )
    return tuple(_merged_line(row) for row in connection.execute(statement))


def _merged_line(row: Any) -> MergedLine:
    facts = (row.answer or {}).get("facts") or {}
    fields, kept = (tuple(map(str, facts.get(name) or ())) for name in ("fields", "kept"))
    return MergedLine._make((*row[:6], fields, kept))
