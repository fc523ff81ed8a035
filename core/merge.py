"""Three-way merge of what a place changed with what HQ holds: by field, with the values the person had seen."""

from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

import msgspec

from core.rows import Row, name_of

#: Fields whose two values need no person: they follow the moves and counters of the row.
FOLLOWING = frozenset({"version", "held_from"})


class Change(NamedTuple):
    """A row before and after a replay; ``before`` is None for a new row."""

    before: Row | None
    after: Row


class Clash(NamedTuple):
    """One field that both sides changed to different values."""

    row: Row
    field: str
    base: Any
    hq_value: Any
    place_value: Any


class Merged(NamedTuple):
    """The row to store, and the fields that clashed (these keep HQ's value)."""

    row: Row
    clashes: tuple[Clash, ...]
    merged: bool  # other fields had been changed at HQ meanwhile


def key_of(row: Row) -> str:
    """The row's key in an operation's ``base``."""
    return f"{name_of(type(row))}/{row.id}"


def base_of(changes: Iterable[Change]) -> dict[str, dict[str, Any]]:
    """What the person had seen: per changed row the old values of the fields the operation changes."""
    base: dict[str, dict[str, Any]] = {}
    for before, after in changes:
        if before is not None:
            base[key_of(after)] = {field: old for field, (old, _) in changed_fields(before, after).items()}
    return base


def changed_fields(before: Row, after: Row) -> dict[str, tuple[Any, Any]]:
    """Per changed field its old and new value, as JSON builtins."""
    old, new = msgspec.to_builtins(before), msgspec.to_builtins(after)
    return {field: (old[field], new[field]) for field in old if old[field] != new[field] and field not in FOLLOWING}


def merge(change: Change, base: Mapping[str, Mapping[str, Any]]) -> Merged:
    """Judge a replayed change against the values the person had seen.

    A field whose HQ value is still the one seen takes the new value; a field HQ changed since clashes when the two
    new values differ, keeps HQ's value and is reported.
    """
    before, after = change
    seen = base.get(key_of(after), {})
    if before is None or not seen:
        return Merged(after, (), merged=False)
    clashes = tuple(
        Clash(before, field, seen[field], hq_value, place_value)
        for field, (hq_value, place_value) in changed_fields(before, after).items()
        if field in seen and seen[field] != hq_value
    )
    kept = {clash.field: getattr(before, clash.field) for clash in clashes}
    return Merged(msgspec.structs.replace(after, **kept), clashes, merged=bool(clashes))
