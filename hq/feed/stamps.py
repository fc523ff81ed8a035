"""Writing the feed: a changed row's newest state in each scope that sees it, a tombstone where it left."""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from typing import Any, NamedTuple

import msgspec
from sqlalchemy import Connection, text

from core.contract.messages import REFERENCE_SCOPE, place_scope
from core.merge import Change
from core.rows import REFERENCE_KINDS, Row, name_of, places_of
from hq.feed import counters
from hq.store.schema import feed_row
from rowstore.bulk import write_many

_encode = msgspec.json.Encoder().encode
#: One statement takes at most so many rows.
_AT_ONCE = 2_000
#: Each row travels once for all its scopes; a JSON value keeps its text as it is.
_STORE = text(
    "INSERT INTO feed_row (scope, entity, row_id, seq, version, deleted, payload)"
    " SELECT line.scope, stamp.entity, stamp.row_id, line.seq, stamp.version, line.deleted,"
    " CASE WHEN line.deleted THEN '' ELSE CAST(stamp.payload AS text) END"
    " FROM json_to_recordset(CAST(:stamps AS json))"
    " AS stamp(entity text, row_id text, version bigint, payload json, lines json),"
    " json_to_recordset(stamp.lines) AS line(scope text, seq bigint, deleted boolean)"
    " ON CONFLICT (scope, entity, row_id) DO UPDATE SET seq = excluded.seq, version = excluded.version,"
    " deleted = excluded.deleted, payload = excluded.payload"
)


class Place(msgspec.Struct, frozen=True):
    """Where a row has a line: with its newest state, or (``deleted``) a tombstone."""

    scope: str
    seq: int
    deleted: bool


class Stamp(msgspec.Struct, frozen=True):
    """A changed row with all its lines; ``payload`` is its JSON text."""

    entity: str
    row_id: str
    version: int
    payload: msgspec.Raw
    lines: tuple[Place, ...]


def scopes_of(row: Row) -> frozenset[str]:
    """The scopes in which ``row`` shows."""
    if type(row) in REFERENCE_KINDS:
        return frozenset((REFERENCE_SCOPE,))
    return frozenset(map(place_scope, places_of(row)))


def places_of_change(change: Change) -> Iterator[tuple[str, bool]]:
    """The scopes a change writes to, and whether the row has left them; sorted, those it has left last."""
    before, after = change
    now = scopes_of(after)
    for scope in sorted(now):
        yield scope, False
    if before is not None:
        for scope in sorted(scopes_of(before) - now):
            yield scope, True


class Stamped(NamedTuple):
    """Where lines were written: the new seq of every scope, and per row and scope its line's seq."""

    scopes: dict[str, int]
    lines: dict[tuple[type[Row], str], dict[str, int]]


def write(connection: Connection, changes: Iterable[Change]) -> Stamped:
    """Stamp ``changes``, whose rows carry their new versions, into their scopes within the caller's transaction."""
    placed = [(change.after, list(places_of_change(change))) for change in changes]
    counts = Counter(scope for _, scopes in placed for scope, _ in scopes)
    at = counters.take(connection, counts)
    lines: dict[tuple[type[Row], str], dict[str, int]] = {}
    stamps: list[Stamp] = []
    for row, scopes in placed:
        mine = []
        for scope, deleted in scopes:
            at[scope] += 1
            mine.append(Place(scope, at[scope], deleted))
        lines[type(row), row.id] = {line.scope: line.seq for line in mine}
        stamps.append(Stamp(name_of(type(row)), row.id, row.version, msgspec.Raw(_encode(row)), tuple(mine)))
    _store(connection, stamps)
    return Stamped(at, lines)


def _store(connection: Connection, stamps: Sequence[Stamp]) -> None:
    if connection.dialect.name != "postgresql":
        write_many(connection, feed_row, [values for stamp in stamps for values in _values(stamp)], replace=True)
        return
    for begin in range(0, len(stamps), _AT_ONCE):
        connection.execute(_STORE, {"stamps": _encode(stamps[begin : begin + _AT_ONCE]).decode()})


def _values(stamp: Stamp) -> Iterator[dict[str, Any]]:
    payload = bytes(stamp.payload).decode()
    for scope, seq, deleted in map(msgspec.structs.astuple, stamp.lines):
        yield {
            "scope": scope,
            "entity": stamp.entity,
            "row_id": stamp.row_id,
            "seq": seq,
            "version": stamp.version,
            "deleted": deleted,
            "payload": "" if deleted else payload,
        }
