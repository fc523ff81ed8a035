"""Old parts as station and warehouse see them: what is due, what is tagged, and what a scanned tag stands for."""

from collections.abc import Collection
from datetime import date, datetime
from typing import Any, NamedTuple

from sqlalchemy import Connection, Select, and_, func, select

from app.offline_db.schema import ROW_TABLES
from core.identifiers import fold_serial, parse_old_part
from core.refusals import Refusal
from core.rows.boxes import Box, BoxState
from core.rows.orders import WorkOrder
from core.rows.parts import OldPart, OldPartState
from core.rows.people import Person, Place
from core.rows.reference import Part

OLD, PARTS, ORDERS = ROW_TABLES[OldPart], ROW_TABLES[Part], ROW_TABLES[WorkOrder]
PLACES, PEOPLE, BOXES = ROW_TABLES[Place], ROW_TABLES[Person], ROW_TABLES[Box]
#: Still to be returned.
OPEN = (OldPartState.TO_TAG.value, OldPartState.TAGGED.value)
DONE = (OldPartState.RECEIVED.value, OldPartState.WRITTEN_OFF.value)
#: What a part is while its box is in that state; a closed box did not hold what is still open.
_IN_BOX = {
    BoxState.OPEN.value: "packed",
    BoxState.SEALED.value: "packed",
    BoxState.SHIPPED.value: "on_its_way",
    BoxState.COUNTING.value: "counting",
    BoxState.CLOSED.value: "not_in_box",
}


class OldPartLine(NamedTuple):
    """One old part in a list; ``order_number`` is empty where the order is not visible (at the warehouse)."""

    id: str
    tag: str
    state: str
    part_id: str
    part_zh: str
    part_en: str
    part_class: str
    serialised: bool
    worth_fen: int
    serial: str | None
    no_serial: bool
    due_on: date | None
    order_id: str
    order_number: str
    station: str
    tagged_at: datetime | None
    received_at: datetime | None
    received_by: str
    finding: str | None
    grade: str | None
    box: str  # the number of the box it lies in or was sent with
    box_state: str
    batch: str | None
    answer: str | None
    next_place: str | None

    @property
    def fate(self) -> str:
        """What has become of it: a word of the family ``part_fate``."""
        known = self.answer or ("sent" if self.batch else "")
        if known:
            return known
        if self.state in OPEN and self.box:
            return _IN_BOX[self.box_state]
        return self.grade if self.grade and self.state in DONE else self.state

    def days_left(self, today: date) -> int | None:
        """Days until it must be back, below zero when late; None without a day or when it is back."""
        return (self.due_on - today).days if self.due_on and self.state in OPEN else None


class OldPartCounts(NamedTuple):
    """How many there are per filter."""

    due: int
    overdue: int
    to_tag: int
    tagged: int
    done: int


def list_old_parts(connection: Connection, states: Collection[str], limit: int = 2_000) -> list[OldPartLine]:
    """The old parts in these states: open ones by their day, others by their receipt, newest first."""
    wanted = _lines().where(OLD.c.state.in_(list(states)))
    order = (OLD.c.received_at.desc(), OLD.c.due_on, OLD.c.id)
    return [_line(row) for row in connection.execute(wanted.order_by(*order).limit(limit))]


def counts(connection: Connection, today: date) -> OldPartCounts:
    """How many open, overdue, untagged, tagged and finished old parts there are."""
    found = connection.execute(select(OLD.c.state, func.count()).group_by(OLD.c.state))
    by_state: dict[str, int] = {row[0]: row[1] for row in found}
    late = select(func.count()).where(and_(OLD.c.state.in_(OPEN), OLD.c.due_on < today))
    to_tag, tagged = (by_state.get(state, 0) for state in OPEN)
    done = sum(by_state.get(state, 0) for state in DONE)
    return OldPartCounts(to_tag + tagged, connection.execute(late).scalar_one(), to_tag, tagged, done)


def received_since(connection: Connection, since: datetime, limit: int = 500) -> list[OldPartLine]:
    """What the warehouse received from ``since`` on, newest first."""
    wanted = _lines().where(OLD.c.received_at >= since).order_by(OLD.c.received_at.desc(), OLD.c.id)
    return [_line(row) for row in connection.execute(wanted.limit(limit))]


def by_tag(connection: Connection, text: str) -> OldPartLine:
    """The old part of a scanned or typed tag.

    Raises Refusal ``old_part_tag_wrong`` for a misread tag and ``old_part_unknown`` when none is expected here.
    """
    tag = parse_old_part(text) or fold_serial(text).replace("-", "")
    found = connection.execute(_lines().where(OLD.c.tag == tag)).first()
    if found is None:
        raise Refusal("old_part_unknown")
    return _line(found)


def one(connection: Connection, old_part_id: str) -> OldPartLine | None:
    """One old part as a line; None when it is gone."""
    found = connection.execute(_lines().where(OLD.c.id == old_part_id)).first()
    return None if found is None else _line(found)


def in_box(connection: Connection, box_id: str) -> list[OldPartLine]:
    """What lies in a box, the last packed first."""
    wanted = _lines().where(OLD.c.box_id == box_id).order_by(OLD.c.packed_at.desc(), OLD.c.id)
    return [_line(row) for row in connection.execute(wanted)]


def at_warehouse(connection: Connection, *, graded: str | None, batch: bool, limit: int = 2_000) -> list[OldPartLine]:
    """What the warehouse has received: ungraded, of one grade, or (``batch``) gone back to suppliers; newest first."""
    wanted = _lines().where(OLD.c.state.in_(DONE))
    wanted = wanted.where(OLD.c.batch.is_not(None) if batch else OLD.c.batch.is_(None))
    if not batch:
        wanted = wanted.where(OLD.c.grade.is_(None) if graded is None else OLD.c.grade == graded)
    order = (OLD.c.sent_at.desc(), OLD.c.received_at.desc(), OLD.c.id)
    return [_line(row) for row in connection.execute(wanted.order_by(*order).limit(limit))]


def _lines() -> Select[Any]:
    joined = (
        OLD.outerjoin(PARTS, PARTS.c.id == OLD.c.part_id)
        .outerjoin(ORDERS, ORDERS.c.id == OLD.c.order_id)
        .outerjoin(PLACES, PLACES.c.id == OLD.c.station_id)
        .outerjoin(PEOPLE, PEOPLE.c.id == OLD.c.received_by)
        .outerjoin(BOXES, BOXES.c.id == OLD.c.box_id)
    )
    return select(
        OLD.c.id,
        OLD.c.tag,
        OLD.c.state,
        OLD.c.part_id,
        func.coalesce(PARTS.c.name_zh, ""),
        func.coalesce(PARTS.c.name_en, ""),
        func.coalesce(PARTS.c.part_class, ""),
        func.coalesce(PARTS.c.serialised, False),
        func.coalesce(PARTS.c.transfer_fen, 0),
        OLD.c.serial,
        OLD.c.no_serial,
        OLD.c.due_on,
        OLD.c.order_id,
        func.coalesce(ORDERS.c.number, ""),
        func.coalesce(PLACES.c.name, ""),
        OLD.c.tagged_at,
        OLD.c.received_at,
        func.coalesce(PEOPLE.c.name, ""),
        OLD.c.finding,
        OLD.c.grade,
        func.coalesce(BOXES.c.number, ""),
        func.coalesce(BOXES.c.state, ""),
        OLD.c.batch,
        OLD.c.answer,
        OLD.c.next_place,
    ).select_from(joined)


def _line(row: Any) -> OldPartLine:
    return OldPartLine(*row)
