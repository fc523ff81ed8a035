"""What has not (or not as it was) reached HQ: pending and parked operations, conflicts with both values."""

from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import Connection, func, select

from app.offline_db.schema import ROW_TABLES, blob_queue, operation
from core.rows.orders import WorkOrder
from core.rows.people import Person
from core.rows.sync import Conflict, ParkedOperation

ORDERS, PEOPLE = ROW_TABLES[WorkOrder], ROW_TABLES[Person]
PARKED, CONFLICTS = ROW_TABLES[ParkedOperation], ROW_TABLES[Conflict]
MOST = 200


class PendingLine(NamedTuple):
    """An operation HQ has not answered; ``doubtful`` is the code of a refusal its last local replay met."""

    id: str
    action: str
    person: str
    order_id: str | None
    order_number: str
    made_at: datetime
    doubtful: str | None


class ParkedLine(NamedTuple):
    """An operation HQ refused, with the refusal's code and facts."""

    id: str
    action: str
    person: str
    order_id: str | None
    order_number: str
    made_at: datetime
    code: str
    facts: dict[str, Any]


class ConflictLine(NamedTuple):
    """A field with two values, both kept until a person picks."""

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


class SyncIssues(NamedTuple):
    """All of it; at most 200 of each are listed, ``pending_count`` tells how many there are."""

    pending: tuple[PendingLine, ...]
    parked: tuple[ParkedLine, ...]
    conflicts: tuple[ConflictLine, ...]
    pending_count: int
    blobs: int
    blob_bytes: int


def sync_issues(connection: Connection) -> SyncIssues:
    """What is open at this device now."""
    count = connection.execute(select(func.count()).where(operation.c.state != "answered")).scalar_one()
    left = func.coalesce(func.sum(blob_queue.c.bytes - blob_queue.c.sent_bytes), 0)
    blobs = connection.execute(select(func.count(), left).where(blob_queue.c.state == "waiting")).one()
    return SyncIssues(_pending(connection), _parked(connection), _conflicts(connection), count, blobs[0], blobs[1])


def _pending(connection: Connection) -> tuple[PendingLine, ...]:
    joined = operation.outerjoin(PEOPLE, PEOPLE.c.id == operation.c.person_id).outerjoin(
        ORDERS, ORDERS.c.id == operation.c.order_id
    )
    statement = (
        select(
            operation.c.id,
            operation.c.action,
            func.coalesce(PEOPLE.c.name, ""),
            operation.c.order_id,
            func.coalesce(ORDERS.c.number, ""),
            operation.c.made_at,
            operation.c.doubtful,
        )
        .select_from(joined)
        .where(operation.c.state != "answered")
        .order_by(operation.c.position)
        .limit(MOST)
    )
    return tuple(PendingLine(*row) for row in connection.execute(statement))


def _parked(connection: Connection) -> tuple[ParkedLine, ...]:
    joined = PARKED.outerjoin(PEOPLE, PEOPLE.c.id == PARKED.c.person_id).outerjoin(
        operation, operation.c.id == PARKED.c.id
    )
    statement = (
        select(
            PARKED.c.id,
            PARKED.c.action,
            func.coalesce(PEOPLE.c.name, ""),
            operation.c.order_id,
            PARKED.c.touches,
            PARKED.c.made_at,
            PARKED.c.code,
            PARKED.c.facts,
        )
        .select_from(joined)
        .where(PARKED.c.state == "open")
        .order_by(PARKED.c.made_at)
        .limit(MOST)
    )
    found = []
    for row in connection.execute(statement):
        order_id = row.order_id or _touched_order(row.touches)
        number = _number(connection, order_id)
        shown = order_id if number else None
        found.append(ParkedLine(row.id, row.action, row[2], shown, number, row.made_at, row.code, row.facts or {}))
    return tuple(found)


def _touched_order(touches: list[str] | None) -> str | None:
    """The order among the touched rows (``work_order/<id>``)."""
    names = (touch.partition("/") for touch in touches or ())
    return next((row_id for entity, _, row_id in names if entity == "work_order"), None)


def _number(connection: Connection, order_id: str | None) -> str:
    found = connection.execute(select(ORDERS.c.number).where(ORDERS.c.id == order_id)).scalar_one_or_none()
    return found or ""


def _conflicts(connection: Connection) -> tuple[ConflictLine, ...]:
    joined = CONFLICTS.outerjoin(PEOPLE, PEOPLE.c.id == CONFLICTS.c.person_id).outerjoin(
        ORDERS, ORDERS.c.id == CONFLICTS.c.order_id
    )
    statement = (
        select(
            CONFLICTS.c.id,
            CONFLICTS.c.entity,
            CONFLICTS.c.field,
            CONFLICTS.c.order_id,
            func.coalesce(ORDERS.c.number, ""),
            CONFLICTS.c.base,
            CONFLICTS.c.hq_value,
            CONFLICTS.c.place_value,
            func.coalesce(PEOPLE.c.name, ""),
            CONFLICTS.c.at,
        )
        .select_from(joined)
        .where(CONFLICTS.c.state == "open")
        .order_by(CONFLICTS.c.at)
        .limit(MOST)
    )
    return tuple(ConflictLine._make(row) for row in connection.execute(statement))
