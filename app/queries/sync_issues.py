"""What has not (or not as it was) reached HQ: pending and parked operations, conflicts with both values."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, Connection, FromClause, func, select

from app.offline_db.device import load as load_device
from app.offline_db.schema import ROW_TABLES, blob_queue, operation
from core.operations.resolve import is_the_branchs
from core.rows.orders import WorkOrder
from core.rows.people import Person, Place
from core.rows.sync import Conflict, ParkedOperation

ORDERS, PEOPLE = ROW_TABLES[WorkOrder], ROW_TABLES[Person]
PLACES = ROW_TABLES[Place]
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
    hq_person: str = ""
    hq_at: datetime | None = None
    stands: str | None = None  # whose value the row keeps meanwhile: hq | place
    branch_id: str = ""
    order_state: str | None = None
    #: names of the people and places whose ids are values
    names: Mapping[str, str] = {}

    def may_be_picked_at(self, place_id: str) -> bool:
        """Whether this place settles it, or the branch alone."""
        return place_id == self.branch_id or not is_the_branchs(self.entity, self.field, self.order_state)


class FailedPhoto(NamedTuple):
    """A photo or signature that can't be sent from here, with the code of the reason."""

    sha256: str
    kind: str
    order_id: str | None
    order_number: str
    problem: str


class SyncIssues(NamedTuple):
    """All of it; at most 200 of each are listed, ``pending_count`` tells how many there are."""

    pending: tuple[PendingLine, ...]
    parked: tuple[ParkedLine, ...]
    conflicts: tuple[ConflictLine, ...]
    pending_count: int
    blobs: int
    blob_bytes: int
    failed: tuple[FailedPhoto, ...] = ()
    revoked: bool = False
    last_sync_at: datetime | None = None
    place_id: str = ""

    @property
    def needs_you(self) -> int:
        """How many things wait for a person of this place."""
        picks = sum(1 for one in self.conflicts if one.may_be_picked_at(self.place_id))
        return len(self.parked) + picks + len(self.failed)


def sync_issues(connection: Connection) -> SyncIssues:
    """What is open at this device now."""
    count = connection.execute(select(func.count()).where(operation.c.state != "answered")).scalar_one()
    left = func.coalesce(func.sum(blob_queue.c.bytes - blob_queue.c.sent_bytes), 0)
    blobs = connection.execute(select(func.count(), left).where(blob_queue.c.state == "waiting")).one()
    device = load_device(connection)
    return SyncIssues(
        _pending(connection),
        _parked(connection),
        _conflicts(connection),
        count,
        blobs[0],
        blobs[1],
        _failed(connection),
        device is not None and device.revoked,
        device.last_sync_at if device else None,
        device.place_id if device else "",
    )


def _failed(connection: Connection) -> tuple[FailedPhoto, ...]:
    statement = (
        select(
            blob_queue.c.sha256,
            blob_queue.c.kind,
            blob_queue.c.order_id,
            func.coalesce(ORDERS.c.number, ""),
            func.coalesce(blob_queue.c.problem, ""),
        )
        .select_from(blob_queue.outerjoin(ORDERS, ORDERS.c.id == blob_queue.c.order_id))
        .where(blob_queue.c.state == "failed")
        .order_by(blob_queue.c.queued_at)
        .limit(MOST)
    )
    return tuple(FailedPhoto(*row) for row in connection.execute(statement))


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
    hq_person = func.coalesce(CONFLICTS.c.hq_person, "")
    columns = (hq_person, CONFLICTS.c.hq_at, CONFLICTS.c.stands, CONFLICTS.c.branch_id, ORDERS.c.state)
    statement = (
        select(*conflict_columns(), *columns)
        .select_from(conflicts_joined())
        .where(CONFLICTS.c.state == "open")
        .order_by(CONFLICTS.c.at)
        .limit(MOST)
    )
    found = []
    for row in connection.execute(statement):
        line = ConflictLine._make((*row, {}))
        values = (line.base, line.hq_value, line.place_value)
        found.append(line._replace(names=named(connection, line.field, values)))
    return tuple(found)


def conflict_columns() -> list[ColumnElement[Any]]:
    """The columns of a conflict's line up to its time, for a statement over :func:`conflicts_joined`."""
    return [
        CONFLICTS.c.id,
        CONFLICTS.c.entity,
        CONFLICTS.c.field,
        CONFLICTS.c.order_id,
        func.coalesce(ORDERS.c.number, ""),
        CONFLICTS.c.base,
        CONFLICTS.c.hq_value,
        CONFLICTS.c.place_value,
        func.coalesce(CONFLICTS.c.person_name, PEOPLE.c.name, ""),
        CONFLICTS.c.at,
    ]


def conflicts_joined() -> FromClause:
    """Conflicts with their orders and the people who made the place's values."""
    with_people = CONFLICTS.outerjoin(PEOPLE, PEOPLE.c.id == CONFLICTS.c.person_id)
    return with_people.outerjoin(ORDERS, ORDERS.c.id == CONFLICTS.c.order_id)


def named(connection: Connection, field: str, values: Iterable[Any]) -> dict[str, str]:
    """The names of the people and places whose ids are among the values of an ``…_id`` field."""
    wanted = [value for value in values if isinstance(value, str)]
    if not field.endswith("_id") or not wanted:
        return {}
    return {
        row.id: row.name
        for table in (PEOPLE, PLACES)
        for row in connection.execute(select(table.c.id, table.c.name).where(table.c.id.in_(wanted)))
    }
