"""One parked operation as a person mends it: each detail with its kind, and whether it may be changed."""

import enum
import types
from datetime import date, datetime
from typing import Any, Literal, NamedTuple, Union, get_args, get_origin

import msgspec
from sqlalchemy import Connection

from app.offline_db.parked import given_to
from core.operations import action_named
from core.refusals import Refusal

#: Details that name rows and files: another one would be another operation.
_FIXED = ("_id", "_ids", "sha256")


class Detail(NamedTuple):
    """One argument: ``kind`` is text, number, yes_no, day, time, choice or other; ``choices`` belong to choice."""

    name: str
    kind: str
    value: Any
    required: bool
    may_change: bool
    choices: tuple[str, ...] = ()


class Mendable(NamedTuple):
    """The action and its details; none when what was given is not known here (then it can only be withdrawn)."""

    id: str
    action: str
    details: tuple[Detail, ...]
    can_redo: bool


def mendable(connection: Connection, parked_id: str) -> Mendable:
    """What was given to a parked operation, to be changed; raises Refusal ``operation_not_parked``."""
    given = given_to(connection, parked_id)
    try:
        kind = action_named(given.action).args
    except Refusal:
        return Mendable(parked_id, given.action, (), False)
    if given.args is None:
        return Mendable(parked_id, given.action, (), False)
    details = tuple(_detail(field, given.args) for field in msgspec.structs.fields(kind))
    return Mendable(parked_id, given.action, details, True)


def _detail(field: msgspec.structs.FieldInfo, args: dict[str, Any]) -> Detail:
    kind, choices = _kind(field.type)
    fixed = field.name.endswith(_FIXED)
    return Detail(field.name, kind, args.get(field.name), field.required, not fixed and kind != "other", choices)


def _kind(annotation: Any) -> tuple[str, tuple[str, ...]]:
    """How a person gives a value of this type."""
    plain = _without_none(annotation)
    if get_origin(plain) is Literal:
        return "choice", tuple(map(str, get_args(plain)))
    if isinstance(plain, type) and issubclass(plain, enum.Enum):
        return "choice", tuple(str(one.value) for one in plain)
    kinds: dict[Any, str] = {str: "text", int: "number", float: "number", bool: "yes_no", date: "day", datetime: "time"}
    return kinds.get(plain, "other"), ()


def _without_none(annotation: Any) -> Any:
    """The type without its bounds and without the None of something that may be left out."""
    if hasattr(annotation, "__metadata__"):
        return _without_none(annotation.__origin__)
    if get_origin(annotation) in (Union, types.UnionType):
        parts = [part for part in get_args(annotation) if part is not type(None)]
        return _without_none(parts[0]) if len(parts) == 1 else annotation
    return annotation
