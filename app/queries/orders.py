"""The list of orders: one statement over indexed columns, so that 100,000 orders filter as a person types."""

from collections.abc import Collection
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import Connection, Select, and_, func, or_, select

from app.offline_db.schema import ROW_TABLES
from core.rows.orders import OrderUnit, UnitVerdict, WorkOrder
from core.rows.people import Person, Place
from core.work_order import ENDED, State

ORDERS, UNITS, VERDICTS = ROW_TABLES[WorkOrder], ROW_TABLES[OrderUnit], ROW_TABLES[UnitVerdict]
PEOPLE, PLACES = ROW_TABLES[Person], ROW_TABLES[Place]


_MOST_WORDS, _LONGEST_WORD = 8, 64  # more would be neither typed nor found, and SQLite bounds a statement


class OrderLine(NamedTuple):
    """One order in a list; times aware UTC."""

    id: str
    number: str
    state: str
    due_at: datetime | None
    visit_from: datetime | None
    customer: str
    phone: str
    address: str
    model: str | None
    serial: str | None
    outcome: str | None
    station: str | None
    technician: str | None
    distance_m: int
    reminders: int
    fault: str
    reported_at: datetime
    decline_reason: str | None = None
    repairs_order_id: str | None = None


class OrderFilter(NamedTuple):
    """Which orders: by states (none: all), words anywhere, one technician, or those that matter on a day."""

    states: Collection[str] = ()
    text: str = ""
    technician_id: str | None = None
    open_only: bool = False
    visit_between: tuple[datetime, datetime] | None = None
    limit: int = 1000
    offset: int = 0


def list_orders(connection: Connection, wanted: OrderFilter) -> list[OrderLine]:
    """The orders, newest report first; ended ones last only by their date."""
    statement = lines_of().where(*_conditions(wanted)).order_by(ORDERS.c.reported_at.desc(), ORDERS.c.id.desc())
    return [OrderLine(*row) for row in connection.execute(statement.limit(wanted.limit).offset(wanted.offset))]


def count_by_state(connection: Connection, wanted: OrderFilter) -> dict[str, int]:
    """How many orders fit, per state."""
    statement = select(ORDERS.c.state, func.count()).where(*_conditions(wanted)).group_by(ORDERS.c.state)
    return {row[0]: row[1] for row in connection.execute(statement)}


def lines_of() -> Select[Any]:
    """The statement whose rows are order lines; the caller narrows and sorts it."""
    first_unit = and_(UNITS.c.order_id == ORDERS.c.id, UNITS.c.position == 1)
    joined = (
        ORDERS.outerjoin(UNITS, first_unit)
        .outerjoin(VERDICTS, VERDICTS.c.id == UNITS.c.verdict_id)
        .outerjoin(PEOPLE, PEOPLE.c.id == ORDERS.c.technician_id)
        .outerjoin(PLACES, PLACES.c.id == ORDERS.c.station_id)
    )
    return select(
        ORDERS.c.id,
        ORDERS.c.number,
        ORDERS.c.state,
        ORDERS.c.due_at,
        ORDERS.c.visit_from,
        ORDERS.c.customer_name,
        ORDERS.c.customer_phone,
        ORDERS.c.customer_address,
        func.coalesce(UNITS.c.model, ORDERS.c.reported_model),
        func.coalesce(UNITS.c.serial, ORDERS.c.reported_serial),
        func.coalesce(VERDICTS.c.outcome, ORDERS.c.warranty_guess),
        PLACES.c.name,
        PEOPLE.c.name,
        ORDERS.c.distance_m,
        ORDERS.c.reminders,
        ORDERS.c.fault_report,
        ORDERS.c.reported_at,
        ORDERS.c.decline_reason,
        ORDERS.c.repairs_order_id,
    ).select_from(joined)


def _conditions(wanted: OrderFilter) -> list[Any]:
    conditions: list[Any] = []
    if wanted.states:
        conditions.append(ORDERS.c.state.in_(list(wanted.states)))
    if wanted.open_only:
        conditions.append(ORDERS.c.state.in_([state.value for state in State if state not in ENDED]))
    if wanted.technician_id:
        conditions.append(ORDERS.c.technician_id == wanted.technician_id)
    if wanted.visit_between:
        begin, end = wanted.visit_between
        conditions += [ORDERS.c.visit_from >= begin, ORDERS.c.visit_from < end]
    return conditions + [anywhere(word) for word in words_of(wanted.text)]


def words_of(text: str) -> list[str]:
    """The words a person looks for: bounded in number and length, without what no stored text can hold."""
    plain = "".join(char if char.isprintable() else " " for char in text[: _MOST_WORDS * (_LONGEST_WORD + 1)])
    return [word[:_LONGEST_WORD] for word in plain.split()[:_MOST_WORDS]]


def anywhere(word: str) -> Any:
    """A word anywhere a person would look for it."""
    columns = (
        ORDERS.c.number,
        ORDERS.c.customer_name,
        ORDERS.c.customer_phone,
        ORDERS.c.customer_address,
        ORDERS.c.reported_model,
        ORDERS.c.reported_serial,
    )
    by_unit = select(UNITS.c.order_id).where(
        or_(UNITS.c.serial.contains(word, autoescape=True), UNITS.c.model.contains(word, autoescape=True))
    )
    return or_(*(column.contains(word, autoescape=True) for column in columns), ORDERS.c.id.in_(by_unit))
