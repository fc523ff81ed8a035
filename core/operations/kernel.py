"""How every operation is judged and replayed: the same functions at the station and at headquarters."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime
from enum import StrEnum
from typing import Any, Generic, TypeVar

import msgspec

from core import slas
from core.ids import derive
from core.operations import schemas
from core.operations.operation import MAX_BODY, Operation, Trust
from core.refusals import Refusal
from core.roles import Role
from core.rows.access import Rows
from core.rows.orders import TimelineEntry, WorkOrder
from core.rows.people import Person

__all__ = [
    "Action",
    "Args",
    "Nature",
    "Rows",
    "authorise",
    "clean",
    "decode_args",
    "decode_operation",
    "is_plain",
    "perform",
    "timeline_of",
]


class Args(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What an action was given; strict types, bounded sizes."""


A = TypeVar("A", bound=Args)


class Nature(StrEnum):
    """HQ never refuses a physical fact; it may refuse a decision or money."""

    FACT = "fact"
    DECISION = "decision"
    MONEY = "money"


@dataclass(frozen=True)
class Action(Generic[A]):
    """One thing a person can do.

    ``check`` raises a Refusal when it should not be done now; ``replay`` writes its effect. HQ stores a FACT whose
    check refuses all the same, and opens a task; it parks a DECISION or MONEY whose check or replay refuses.
    """

    name: str
    args: type[A]
    roles: tuple[Role, ...]
    nature: Nature
    replay: Callable[[A, Operation, Rows], None]
    check: Callable[[A, Operation, Rows], None] = lambda args, operation, rows: None
    #: codes of the check with which HQ stores a DECISION all the same: it was made, and both sides shall read it
    kept: frozenset[str] = frozenset()


def decode_operation(body: str) -> Operation:
    """The operation in ``body``, raised to this program's schema; what was signed stays as it is.

    Raises Refusal ``operation_invalid`` for anything that is not strictly one, ``schema_newer``, ``schema_too_old``.
    """
    if len(body.encode("utf-8", "surrogatepass")) > MAX_BODY:
        raise Refusal("body_too_large", limit=MAX_BODY)
    try:
        operation = _of_any_schema(body.encode())
        if not is_plain(body):
            clean(msgspec.json.decode(operation.args))
            clean(operation.base)
        return _in_utc(operation)
    except (msgspec.DecodeError, UnicodeEncodeError, RecursionError) as error:
        raise Refusal("operation_invalid", problem=str(error)) from error


def _of_any_schema(body: bytes) -> Operation:
    try:
        operation = msgspec.json.decode(body, type=Operation)
    except msgspec.ValidationError:
        if schemas.schema_of(body) == schemas.NEWEST:
            raise
    else:
        if operation.schema == schemas.NEWEST:
            return operation
    return msgspec.json.decode(schemas.raised(body), type=Operation)


_CONTROL = re.compile("[\x00-\x08\x0b-\x1f\x7f\ud800-\udfff]")
#: In JSON a control character can only be escaped; newline and tab may stand, and U+007F needs no escape.
_ESCAPED = re.compile(r"""\\[^"\\/nt]|\x7f""")


def is_plain(body: str) -> bool:
    """Whether no text inside the JSON text ``body`` can hold what :func:`clean` refuses; quick, and rarely untrue."""
    if "\\" not in body and "\x7f" not in body:  # a tenth of the time
        return True
    return _ESCAPED.search(body) is None


def clean(value: Any) -> None:
    """Refuse control characters and lone surrogates anywhere inside ``value`` (newline and tab may stand).

    PostgreSQL can't store NUL: one such text would block a whole batch.
    """
    if isinstance(value, str):
        if _CONTROL.search(value):
            raise Refusal("operation_invalid", problem="control characters")
    elif isinstance(value, dict):
        for key, item in value.items():
            clean(key)
            clean(item)
    elif isinstance(value, list | tuple):
        for item in value:
            clean(item)


#: The years that a date or time may lie in: arithmetic on it then never leaves the calendar.
FIRST_YEAR, LAST_YEAR = 1900, 2200


S = TypeVar("S", bound=msgspec.Struct)


def _in_utc(struct: S) -> S:
    """``struct`` with its times in whole seconds of UTC, as rows hold them whether or not a database lies between.

    Raises Refusal ``operation_invalid`` for a date or time outside those years.
    """
    moved = {}
    for name in struct.__struct_fields__:
        value = getattr(struct, name)
        if not isinstance(value, date):
            continue
        if not FIRST_YEAR <= value.year <= LAST_YEAR:
            raise Refusal("operation_invalid", problem="a date outside the calendar")
        if isinstance(value, datetime) and (value.tzinfo is not UTC or value.microsecond):
            moved[name] = value.astimezone(UTC).replace(microsecond=0)
    return msgspec.structs.replace(struct, **moved) if moved else struct


def decode_args(action: Action[A], raw: bytes | msgspec.Raw) -> A:
    """The action's arguments from JSON; raises Refusal ``arguments_invalid``."""
    try:
        args = msgspec.json.decode(raw, type=action.args)
    except msgspec.DecodeError as error:
        raise Refusal("arguments_invalid", action=action.name, problem=str(error)) from error
    return _in_utc(args)


def authorise(action: Action[Any], operation: Operation, rows: Rows) -> Person:
    """The person who made the operation; raises Refusal unless their role at that place allows it."""
    person = rows.get(Person, operation.user)
    if person is None or person.place_id != operation.place:
        raise Refusal("person_unknown")
    if not person.active:
        raise Refusal("person_inactive")
    if not set(person.roles) & set(action.roles):
        raise Refusal("role_not_allowed", action=action.name)
    return person


def perform(action: Action[A], args: A, operation: Operation, rows: Rows) -> None:
    """Write the operation's effect and its timeline entry; time limits stop and go on with the order's state."""
    order_id = getattr(args, "order_id", None)
    before = rows.get(WorkOrder, order_id) if order_id is not None else None
    action.replay(args, operation, rows)
    if order_id is None:
        return
    after = rows.get(WorkOrder, order_id)
    if before is not None and after is not None and before.state is not after.state:
        rows.put(slas.timed(rows, before, after, operation.made_at))
    entry = timeline_of(order_id, operation, rows)
    reason = next((said for name in _SAID if (said := getattr(args, name, ""))), "")
    rows.put(msgspec.structs.replace(entry, detail={"reason": reason}) if reason else entry)


#: Arguments in which a person says why: the timeline tells it.
_SAID = ("reason", "question", "answer")


def timeline_of(order_id: str, operation: Operation, rows: Rows) -> TimelineEntry:
    """The operation's entry in the order's timeline."""
    order = rows.get(WorkOrder, order_id)
    person = rows.get(Person, operation.user)
    return TimelineEntry(
        id=derive(operation.id, "timeline"),
        branch_id=operation.branch_id,
        station_id=order.station_id if order else None,
        order_id=order_id,
        action=operation.action,
        person_id=operation.user,
        person_name=person.name if person else "",
        at=operation.made_at,
        trusted=operation.trust is Trust.TRUSTED,
    )
