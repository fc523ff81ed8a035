"""Operations of older schemas, read as today's: one pure function per schema turns its JSON object into the next."""

from collections.abc import Callable
from typing import Any

import msgspec

from core.operations.operation import SCHEMA
from core.refusals import Refusal

#: An operation's decoded JSON object of one schema → the same operation as the next schema writes it.
Converter = Callable[[dict[str, Any]], dict[str, Any]]

#: The schema this program writes, and how many before it are still taken.
NEWEST = SCHEMA
SPAN = 3
#: Per schema the step to the next one. Arguments, ``base`` and ``touches`` are converted together.
CONVERTERS: dict[int, Converter] = {}


class _Numbered(msgspec.Struct):
    schema: int = 1


def least() -> int:
    """The oldest schema that is still taken."""
    return max(1, NEWEST - SPAN)


def schema_of(body: str | bytes) -> int | None:
    """The schema that a body says it is written in; None when it does not even say that."""
    try:
        return msgspec.json.decode(body, type=_Numbered).schema
    except (msgspec.DecodeError, UnicodeEncodeError, RecursionError):
        return None


def raised(body: str | bytes) -> bytes:
    """The operation as the newest schema writes it; what was stored and signed stays as it is.

    Raises Refusal ``schema_newer`` or ``schema_too_old``, and ``msgspec.DecodeError`` for what is no JSON object.
    """
    found = msgspec.json.decode(body, type=dict[str, Any])
    schema = schema_of(body)
    if schema is None:
        raise msgspec.ValidationError("schema is no number")
    if schema > NEWEST:
        raise Refusal("schema_newer", schema=schema, newest=NEWEST)
    if schema < least():
        raise Refusal("schema_too_old", schema=schema, least=least())
    while schema < NEWEST:
        found = _step(found, schema)
        schema += 1
        found["schema"] = schema
    return msgspec.json.encode(found)


def _step(found: dict[str, Any], schema: int) -> dict[str, Any]:
    """One converter; a body that is not what its schema says must not be its defect."""
    converter = CONVERTERS.get(schema)
    if converter is None:
        return dict(found)
    try:
        return converter(found)
    except (KeyError, TypeError, ValueError, AttributeError, IndexError) as error:
        raise msgspec.ValidationError(f"not of schema {schema}: {error!r}") from error
