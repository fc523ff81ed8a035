"""Proves the station's own books: its chain of operations, what lies on HQ's rows, and the photos still to send."""

import base64
from collections import Counter
from collections.abc import Callable, Iterator

import msgspec
from sqlalchemy import Connection, RowMapping, func, select

from app.offline_db import device
from app.offline_db.blobs import BlobStore
from app.offline_db.outbox import Key
from app.offline_db.schema import ROW_TABLES, blob_queue, cursor, operation, shadow, stock_total, touched
from core.contract.messages import Answer
from core.findings import Findings
from core.operations.operation import body_hash
from core.parts_ledger import StockKey, kind_of
from core.refusals import Refusal
from core.rows import BY_NAME, KINDS, Row, name_of
from core.rows.parts import LocationKind, StockMove
from rowstore.rows import to_row

_PIECE = 2_000
#: Whether a signature (64 bytes) over a message is the device's own.
IsSigned = Callable[[bytes, bytes], bool]


class _Placed(msgspec.Struct):
    """Where an operation of whatever schema stands."""

    id: str
    epoch: int
    n: int
    prev: str


def prove(connection: Connection, is_signed: IsSigned, blobs: BlobStore) -> Findings:
    """Check everything on one state of the database; reads it all, changes nothing, never raises for what is wrong."""
    findings = Findings()
    unsettled = _operations(connection, is_signed, findings)
    bound = _effects(connection, unsettled, findings)
    _rows(connection, bound, findings)
    _totals(connection, findings)
    _cursors(connection, findings)
    _blobs(connection, blobs, findings)
    return findings


def _operations(connection: Connection, is_signed: IsSigned, findings: Findings) -> set[str]:
    """Every kept operation is what it was when it was signed, stands in its place and has an answer or waits for one.

    Returns the ids of those whose effect lies on local rows.
    """
    state = device.load(connection)
    unsettled: set[str] = set()
    last: RowMapping | None = None
    statement = select(operation).order_by(operation.c.epoch, operation.c.n)
    for found in connection.execution_options(yield_per=_PIECE).execute(statement).mappings():
        findings.counts["operations"] += 1
        for problem in _problems(found, last, is_signed):
            findings.wrong("operations", found["id"], problem)
        if not found["settled"]:
            unsettled.add(found["id"])
        last = found
    if last is not None and state is not None and last["state"] != "answered":
        end = (last["epoch"], last["n"], last["hash"])
        if end != (state.epoch, state.last_n, state.last_hash):
            findings.wrong("operations", last["id"], f"is the last one, the device has noted {state.last_n}")
    return unsettled


def _problems(found: RowMapping, before: RowMapping | None, is_signed: IsSigned) -> Iterator[str]:
    if body_hash(found["body"]) != found["hash"]:
        yield "the body is not what its hash says"
    elif not is_signed(found["body"].encode(), _from_base64(found["signature"])):
        yield "the signature does not fit"
    try:
        made = msgspec.json.decode(found["body"], type=_Placed)
    except msgspec.DecodeError as error:
        yield f"can't be read: {error}"
        return
    if (made.id, made.epoch, made.n) != (found["id"], found["epoch"], found["n"]):
        yield "stands in another place than it was signed for"
    follows = before is not None and (before["epoch"], before["n"] + 1) == (found["epoch"], found["n"])
    if follows and before is not None and made.prev != before["hash"]:
        yield "does not continue the chain"
    yield from _answer_problems(found)


def _answer_problems(found: RowMapping) -> Iterator[str]:
    if found["state"] != "answered":
        if found["settled"]:
            yield "left the replay without an answer"
        return
    try:
        answer = msgspec.convert(found["answer"], Answer)
    except msgspec.ValidationError:
        yield "its answer can't be read"
        return
    if answer.id != found["id"]:
        yield "has the answer of another"


def _from_base64(text: str) -> bytes:
    try:
        return base64.b64decode(text, validate=True)
    except ValueError:
        return b""


def _effects(connection: Connection, unsettled: set[str], findings: Findings) -> set[Key]:
    """Each row with local effects keeps HQ's image, and each image kept has an effect over it; returns these rows."""
    kept = {(found.entity, found.row_id): found for found in connection.execute(select(shadow))}
    findings.counts["shadows"] = len(kept)
    bound: set[Key] = set()
    for found in connection.execute(select(touched)):
        key = (found.entity, found.row_id)
        bound.add(key)
        if found.operation_id not in unsettled:
            findings.wrong("effects", found.operation_id, f"is done with, yet bound to {'/'.join(key)}")
        if key not in kept:
            findings.wrong("effects", "/".join(key), "HQ's image under the local change is missing")
    for key, image in kept.items():
        if key not in bound:
            findings.wrong("effects", "/".join(key), "HQ's image is kept for no operation")
        if image.payload is not None and (problem := _image_problem(key, image.version, image.payload)):
            findings.wrong("effects", "/".join(key), problem)
    return bound


def _image_problem(key: Key, version: int, payload: bytes) -> str:
    kind = BY_NAME.get(key[0])
    if kind is None:
        return "of an unknown kind"
    try:
        row = msgspec.json.decode(payload, type=kind)
    except msgspec.DecodeError as error:
        return f"HQ's image can't be read: {error}"
    return "" if (row.id, row.version) == (key[1], version) else "HQ's image is of another row or version"


def _rows(connection: Connection, bound: set[Key], findings: Findings) -> None:
    for kind in KINDS:
        _rows_of(connection, kind, bound, findings)


def _rows_of(connection: Connection, kind: type[Row], bound: set[Key], findings: Findings) -> None:
    name = name_of(kind)
    rows = connection.execution_options(yield_per=_PIECE).execute(select(ROW_TABLES[kind])).mappings()
    for columns in rows:
        findings.counts["rows"] += 1
        try:
            row = to_row(kind, columns)
        except (msgspec.ValidationError, ValueError) as error:
            findings.wrong("rows", f"{name}/{columns['id']}", str(error))
            continue
        if row.version == 0 and (name, row.id) not in bound:
            findings.wrong("rows", f"{name}/{row.id}", "was never at HQ and belongs to no operation")


def _totals(connection: Connection, findings: Findings) -> None:
    """What is told to lie somewhere is the sum of the ledger's lines."""
    kept = {
        StockKey(one.part_id, one.location, one.condition): one.quantity
        for one in connection.execute(select(stock_total))
    }
    moves = ROW_TABLES[StockMove].c
    summed: Counter[StockKey] = Counter()
    for column, sign in ((moves.to_location, 1), (moves.from_location, -1)):
        keys = (column, moves.part_id, moves.condition)
        for where, part_id, condition, pieces in connection.execute(
            select(*keys, func.sum(moves.quantity)).group_by(*keys)
        ):
            summed[StockKey(part_id, where, condition)] += sign * int(pieces)
    of_stock = {key: pieces for key, pieces in summed.items() if kind_of(key.location) is not LocationKind.UNIT}
    for key in sorted(of_stock.keys() | kept.keys()):
        told, right = kept.get(key, 0), of_stock.get(key, 0)
        if told != right:
            findings.wrong("totals", f"{key.part_id} {key.condition} at {key.location}", f"{told} told, {right} moved")


def _cursors(connection: Connection, findings: Findings) -> None:
    state = device.load(connection)
    for found in connection.execute(select(cursor)):
        if found.seq < 0 or (state and found.incarnation not in ("", state.incarnation)):
            findings.wrong("cursors", found.scope, f"stands at {found.seq} of a feed that is not HQ's")


def _blobs(connection: Connection, blobs: BlobStore, findings: Findings) -> None:
    """What waits to be sent is here and whole."""
    for found in connection.execute(select(blob_queue).where(blob_queue.c.state != "sent")):
        findings.counts["blobs"] += 1
        try:
            size = sum(map(len, blobs.chunks(found.sha256)))
        except Refusal as refusal:
            findings.wrong("blobs", found.sha256, refusal.code)
            continue
        if size != found.bytes:
            findings.wrong("blobs", found.sha256, f"{size} bytes, {found.bytes} were noted")
