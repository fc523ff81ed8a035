"""Writing the feed: a changed row's newest state in each scope that sees it, a tombstone where it left."""

from collections.abc import Iterable, Iterator
from typing import NamedTuple

import msgspec
from sqlalchemy import Connection

from core.contract.messages import REFERENCE_SCOPE, place_scope
from core.merge import Change
from core.rows import REFERENCE_KINDS, Row, name_of, places_of
from hq.feed import counters
from hq.store.schema import feed_row
from rowstore.bulk import write_many

_encode = msgspec.json.Encoder().encode


class FeedRow(msgspec.Struct, frozen=True):
    """A line as the feed's table holds it."""

    scope: str
    entity: str
    row_id: str
    seq: int
    version: int
    deleted: bool
    payload: str


class Stamp(NamedTuple):
    """One row's line in one scope; ``payload`` is empty for a tombstone."""

    scope: str
    row: Row
    payload: str


def scopes_of(row: Row) -> frozenset[str]:
    """The scopes in which ``row`` shows."""
    if type(row) in REFERENCE_KINDS:
        return frozenset((REFERENCE_SCOPE,))
    return frozenset(map(place_scope, places_of(row)))


def stamps_of(change: Change) -> Iterator[Stamp]:
    """The lines a change writes, in sorted order of scopes; ``change.after`` carries its new version."""
    before, after = change
    payload = _encode(after).decode()
    now = scopes_of(after)
    for scope in sorted(now):
        yield Stamp(scope, after, payload)
    for scope in sorted(scopes_of(before) - now if before is not None else ()):
        yield Stamp(scope, after, "")


class Stamped(NamedTuple):
    """Where lines were written: the new seq of every scope, and per row and scope its line's seq."""

    scopes: dict[str, int]
    lines: dict[tuple[type[Row], str], dict[str, int]]


def write(connection: Connection, changes: Iterable[Change]) -> Stamped:
    """Stamp ``changes`` into their scopes within the caller's transaction."""
    stamps = [stamp for change in changes for stamp in stamps_of(change)]
    counts: dict[str, int] = {}
    for stamp in stamps:
        counts[stamp.scope] = counts.get(stamp.scope, 0) + 1
    at = counters.take(connection, counts)
    lines: dict[tuple[type[Row], str], dict[str, int]] = {}
    values = []
    for scope, row, payload in stamps:
        at[scope] += 1
        lines.setdefault((type(row), row.id), {})[scope] = at[scope]
        values.append(FeedRow(scope, name_of(type(row)), row.id, at[scope], row.version, not payload, payload))
    write_many(connection, feed_row, values, replace=True)
    return Stamped(at, lines)
