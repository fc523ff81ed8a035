"""The feed: in every scope that may see a row stands exactly what the row is now."""

from typing import Any, NamedTuple

import msgspec
from sqlalchemy import Connection, select

from core.findings import Findings
from core.rows import KINDS, Row, name_of
from hq.feed.stamps import scopes_of
from hq.store import Store
from hq.store.schema import feed_row
from rowstore.rows import to_row

_PIECE = 2_000
CHECK = "feed"


class _Line(NamedTuple):
    scopes: frozenset[str]
    version: int
    payload: str


def prove_feed(connection: Connection, findings: Findings) -> None:
    """Compare every kind's rows with their lines in the feed."""
    for kind in KINDS:
        _prove_kind(connection, kind, findings)


def _prove_kind(connection: Connection, kind: type[Row], findings: Findings) -> None:
    name, lines = name_of(kind), _lines(connection, name_of(kind), findings)
    rows = connection.execution_options(yield_per=_PIECE).execute(select(Store.tables[kind])).mappings()
    for columns in rows:
        findings.counts["rows"] += 1
        where = f"{name}/{columns['id']}"
        try:
            row = to_row(kind, columns)
        except msgspec.ValidationError as error:
            findings.wrong("rows", where, str(error))
            lines.pop(columns["id"], None)
            continue
        line = lines.pop(row.id, None)
        problem = _problem(row, line)
        if problem:
            findings.wrong(CHECK, where, problem)
    for row_id in lines:
        findings.wrong(CHECK, f"{name}/{row_id}", "the feed shows a row that is not there")


def _lines(connection: Connection, entity: str, findings: Findings) -> dict[str, _Line]:
    columns = feed_row.c
    wanted = (columns.entity == entity, columns.deleted.is_(False))
    statement = select(columns.row_id, columns.scope, columns.version, columns.payload).where(*wanted)
    found: dict[str, _Line] = {}
    for row_id, scope, version, payload in connection.execute(statement):
        findings.counts["feed_lines"] += 1
        before = found.get(row_id)
        if before is not None and (before.version, before.payload) != (version, payload):
            findings.wrong(CHECK, f"{entity}/{row_id}", f"differs between scopes ({scope})")
        scopes = before.scopes if before else frozenset()
        found[row_id] = _Line(scopes | {scope}, version, payload)
    return found


def _problem(row: Row, line: _Line | None) -> str:
    """What is wrong between a row and its line; empty when they agree."""
    wanted = scopes_of(row)
    if line is None:
        return "not in the feed" if wanted else ""
    if line.scopes != wanted:
        return "shown in other scopes than may see it"
    if line.version != row.version:
        return f"version {row.version}, in the feed {line.version}"
    own = msgspec.json.encode(row)
    if own.decode() != line.payload and _plain(own) != _as_now(line.payload, type(row)):
        return "its content differs from the feed"
    return ""


def _plain(text: bytes) -> Any:
    return msgspec.json.decode(text)


def _as_now(payload: str, kind: type[Row]) -> Any:
    """The line's content; a column that did not exist yet when it was stamped has its default."""
    try:
        return _plain(msgspec.json.encode(msgspec.json.decode(payload, type=kind)))
    except msgspec.DecodeError:
        return None
