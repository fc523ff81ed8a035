"""Reading both ends at the end, and in passing: what the model demands, against what is there."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterable, Iterator
from datetime import timedelta
from typing import TYPE_CHECKING, Any, NamedTuple

import msgspec
from sqlalchemy import Connection, select

from app.offline_db import knowledge_index
from app.offline_db.engine import reading
from app.offline_db.schema import cursor, operation, shadow, touched
from core.contract.messages import REGISTRY_SCOPE
from core.identifiers import box_id
from core.ids import derive
from core.operations.operation import Operation, body_hash
from core.rows import BY_NAME, KINDS, TRADE_KINDS, Row, is_visible_to
from core.rows.boxes import Box, BoxCount
from core.rows.orders import Attachment, Note, Quotation, ScanEvent, TimelineEntry, UnitVerdict, WorkOrder
from core.rows.parts import AccountEntry, OldPart, PartLine, StockMove
from core.rows.reference import ReferenceDocument
from core.rows.supply import (
    Allocation,
    LocalPurchase,
    ReceiptLine,
    RequestLine,
    Reservation,
    ShipmentLine,
    StockCount,
)
from core.rows.sync import Conflict
from hq.books import prove
from hq.identity import headquarters
from hq.store.schema import blob, feed_meta, feed_row, inbox, scope_counter
from hq.store.schema import device as hq_device
from rowstore.rows import SqlRows
from tests.simulation.model import KEPT
from tests.simulation.world import first_rows

if TYPE_CHECKING:
    from tests.simulation.parties import Device, Hq
    from tests.simulation.run import Run

#: Outcomes whose effect stands in HQ's rows.
EFFECTIVE = frozenset({"applied", "merged", "conflict", "resolved"})
#: Rows that nothing ever changes: a second version means a second time.
_FACTS: tuple[type[Row], ...] = (
    Note, TimelineEntry, StockMove, PartLine, Attachment, ScanEvent, Quotation, UnitVerdict, AccountEntry, RequestLine,
    Allocation, ShipmentLine, ReceiptLine, Reservation, StockCount, LocalPurchase,
)  # fmt: skip
_OUTCOMES = EFFECTIVE | {"parked", "quarantined", "withdrawn"}


class Received(NamedTuple):
    """An operation as HQ has it."""

    device: str
    outcome: str
    code: str | None


_VERSIONS = " UNION ALL ".join(f"SELECT '{name}', id, version FROM {name}" for name in BY_NAME)


def days(number: float) -> timedelta:
    """So many days."""
    return timedelta(days=number)


def operations_of(device: Device) -> list[Operation]:
    """What stands in the device's outbox."""
    with reading(device.engine) as connection:
        bodies = connection.execute(select(operation.c.body).order_by(operation.c.position)).scalars().all()
    return [msgspec.json.decode(body, type=Operation) for body in bodies]


def inbox_of(hq: Hq) -> dict[str, Received]:
    """What HQ has, by the operation's id."""
    columns = (inbox.c.op_id, inbox.c.device_id, inbox.c.outcome, inbox.c.answer)
    with hq.store.reading() as connection:
        found = connection.execute(select(*columns).where(inbox.c.op_id.is_not(None))).all()
    return {one.op_id: Received(one.device_id, one.outcome, one.answer.get("code")) for one in found}


def whole_photos(hq: Hq) -> set[str]:
    """The photos HQ has whole."""
    with hq.store.reading() as connection:
        return set(connection.execute(select(blob.c.sha256).where(blob.c.complete.is_(True))).scalars())


def seq_of(connection: Connection, scope: str) -> int:
    """Where a scope stands."""
    found = connection.execute(select(scope_counter.c.seq).where(scope_counter.c.scope == scope)).scalar_one_or_none()
    return found or 0


def pulse(run: Run) -> tuple[Any, ...]:
    """What moves while anything happens: HQ's counters and inbox, the devices' cursors."""
    with run.hq.store.reading() as connection:
        counters = connection.execute(select(scope_counter.c.scope, scope_counter.c.seq)).all()
        devices = connection.execute(select(hq_device.c.id, hq_device.c.epoch, hq_device.c.last_n)).all()
    cursors = [sorted(device.sync_store.cursors().items()) for device in run.devices]
    return sorted(map(tuple, counters)), sorted(map(tuple, devices)), cursors


def is_quiet(run: Run, said: dict[str, str]) -> bool:
    """Whether every device's last turn went through with nothing left."""
    return not open_work(run) and set(said.values()) <= {"ok"}


def open_work(run: Run) -> dict[str, tuple[int, int]]:
    """Per device what still waits: operations and photos."""
    counts = {device.name: device.sync_store.counts() for device in run.devices}
    return {name: (found.pending, found.blobs) for name, found in counts.items() if found.pending or found.blobs}


class Watch:
    """Looks at devices in passing: no row goes back, no cursor stands before rows that are not here."""

    def __init__(self, run: Run) -> None:
        """Begin with nothing seen."""
        self._run = run
        self._seen: dict[str, tuple[str | None, dict[tuple[str, str], int]]] = {}

    def forget(self, device: Device) -> None:
        """The device's rows may go back: another disk is in it."""
        self._seen.pop(device.name, None)

    def look(self, device: Device) -> None:
        """Compare with what was here before, and with what HQ's feed shows up to the cursors."""
        state = device.sync_store.identity()
        with reading(device.engine) as connection:
            here = {(entity, row_id): version for entity, row_id, version in connection.exec_driver_sql(_VERSIONS)}
            below = {(one.entity, one.row_id): one.version for one in connection.execute(select(shadow))}
            cursors = connection.execute(select(cursor)).all()
            versions = here | below
        was, before = self._seen.get(device.name, (None, {}))
        refilling = any(found.refilling for found in cursors)
        if was == state.incarnation and not refilling:
            back = [key for key, version in versions.items() if version < before.get(key, 0)]
            if back:
                self._run.failures.append(f"divergent: on {device.name} went back {back[:3]}")
        # While a restored HQ is read anew, some rows still bear versions of the one before: they compare with nothing.
        self._seen[device.name] = (None, {}) if refilling else (state.incarnation, versions)
        if not refilling and not state.revoked:
            self._not_here(device, state.incarnation, {one.scope: one.seq for one in cursors}, versions)

    def _not_here(self, device: Device, incarnation: str | None, cursors: dict[str, int], here: dict[Any, int]) -> None:
        columns = (feed_row.c.scope, feed_row.c.entity, feed_row.c.row_id, feed_row.c.seq, feed_row.c.version)
        with self._run.hq.store.reading() as connection:
            if connection.execute(select(feed_meta.c.incarnation)).scalar_one() != incarnation:
                return
            wanted = (feed_row.c.scope.in_(list(cursors)), feed_row.c.deleted.is_(False))
            lines = connection.execute(select(*columns).where(*wanted)).all()
        missing = [
            (one.entity, one.row_id)
            for one in lines
            if one.seq <= cursors[one.scope] and here.get((one.entity, one.row_id), -1) < one.version
        ]
        if missing:
            self._run.failures.append(f"divergent: on {device.name} the cursor is past {missing[:3]}")


def judged(run: Run) -> list[str]:
    """Everything that is not as the model says, each with its class."""
    received = inbox_of(run.hq)
    with run.hq.store.reading() as connection:
        rows = SqlRows(connection, run.hq.store.tables)
        held = {kind: {row.id: row for row in rows.find(kind)} for kind in KINDS}
    return [
        *_operations(run, received),
        *_effects(run, received, held),
        *_parts(run, received, held),
        *_photos(run),
        *_conflicts(run, received, held),
        *_phones(run, held),
        *_devices(run, received, held),
        *_books(run),
    ]


def _operations(run: Run, received: dict[str, Received]) -> Iterator[str]:
    for op_id in sorted(run.model.demanded() - received.keys()):
        told = run.model.told[op_id].operation
        yield f"lost: {told.action} {op_id} of {told.device} is not at HQ"
    for op_id, found in received.items():
        if op_id not in run.model.told:
            yield f"doubled: HQ has {op_id}, which nobody made"
        if found.outcome not in _OUTCOMES:
            yield f"lost: {op_id} has no outcome but {found.outcome!r}"
        elif run.model.told.get(op_id) is not None:
            run.tally[f"answered {run.model.told[op_id].operation.action}"] += 1
            run.tally[f"outcome {found.outcome}"] += 1
    run.tally["lost in honesty"] += len(run.model.gone - received.keys())


def _effects(run: Run, received: dict[str, Received], held: dict[type[Row], dict[str, Any]]) -> Iterator[str]:
    """An operation on an order has exactly one entry in its timeline when it took effect, and none otherwise."""
    for op_id, found in received.items():
        told = run.model.told.get(op_id)
        if told is None or told.poison:
            continue
        args = msgspec.json.decode(told.operation.args)
        there = derive(op_id, "timeline") in held[TimelineEntry]
        if args.get("order_id") and there != (found.outcome in EFFECTIVE):
            which = "doubled" if there else "lost"
            yield f"{which}: {told.operation.action} {op_id} is {found.outcome}, effect {'' if there else 'not '}there"
        if told.operation.action == "add_note":
            count = sum(note.text == args["text"] for note in held[Note].values())
            if count != (found.outcome in EFFECTIVE):
                yield f"{'doubled' if count else 'lost'}: note {op_id} is {found.outcome} and there {count} times"
    for kind in _FACTS:
        for row in held[kind].values():
            if row.version != 1:
                yield f"doubled: {kind.__name__} {row.id} was written {row.version} times"


def _parts(run: Run, received: dict[str, Received], held: dict[type[Row], dict[str, Any]]) -> Iterator[str]:
    """What went into each unit and came back into the warehouse, from the operations alone."""
    used: Counter[tuple[str, str]] = Counter()
    back: set[str] = set()
    for op_id, found in received.items():
        told = run.model.told.get(op_id)
        if told is None or told.poison or found.outcome not in EFFECTIVE:
            continue
        args = msgspec.json.decode(told.operation.args)
        if told.operation.action == "use_part":
            used[args["unit_id"], args["part_id"]] += args["quantity"]
        elif told.operation.action == "receive_old_part":
            back.add(args["old_part_id"])
    fitted: Counter[tuple[str, str]] = Counter()
    for move in held[StockMove].values():
        if move.reason == "use_part" and move.id not in first_rows():
            fitted[move.to_location.partition(":")[2], move.part_id] += move.quantity
    for key in sorted(used.keys() | fitted.keys()):
        if used[key] != fitted[key]:
            which = "doubled" if fitted[key] > used[key] else "lost"
            yield f"{which}: part {key}: {used[key]} used, {fitted[key]} moved"
    yield from _returned(run, received, held, back)


def _returned(
    run: Run, received: dict[str, Received], held: dict[type[Row], dict[str, Any]], back: set[str]
) -> Iterator[str]:
    """What was received or counted in a box that was closed is back, once; nothing else is. A count is there once."""
    counts, closed = {}, set()
    for op_id, found in received.items():
        told = run.model.told.get(op_id)
        if told is None or told.poison or told.operation.action not in ("count_old_part", "close_count"):
            continue
        args, effective = msgspec.json.decode(told.operation.args), found.outcome in EFFECTIVE
        if told.operation.action == "close_count":
            closed |= {box_id(args["number"])} if effective else set()
        else:
            counts[derive(op_id, "count")] = effective
    for count_id in sorted(counts.keys() | held[BoxCount].keys()):
        if counts.get(count_id, False) != (count_id in held[BoxCount]):
            yield f"{'doubled' if count_id in held[BoxCount] else 'lost'}: the count {count_id} of a box"
    valid = [count for count in held[BoxCount].values() if not count.voided and count.box_id in closed]
    tags, unread = {count.tag for count in valid}, {count.part_id for count in valid if count.tag is None}
    by_tag = {old.id for old in held[OldPart].values() if old.tag in tags}
    perhaps = {old.id for old in held[OldPart].values() if old.part_id in unread}
    there = {old.id for old in held[OldPart].values() if old.received_at is not None}
    known = back & held[OldPart].keys()
    if not known | by_tag <= there <= known | by_tag | perhaps:
        yield f"lost: old parts {sorted((known | by_tag) - there)[:3]}, or doubled {sorted(there - known - by_tag)[:3]}"
    moved = Counter(move.order_id for move in held[StockMove].values() if move.reason == "receive_old_part")
    wanted = Counter(held[OldPart][old].order_id for old in there)
    if moved != wanted:
        yield f"{'doubled' if moved.total() > wanted.total() else 'lost'}: old parts received {wanted}, moved {moved}"
    run.tally["boxes closed"] += len(closed)
    run.tally["differences told"] += sum(len(box.differences) for box in held[Box].values())


def _photos(run: Run) -> Iterator[str]:
    whole = whole_photos(run.hq)
    received = inbox_of(run.hq)
    for sha256, op_id in run.model.photos.items():
        if op_id in run.model.gone or sha256 in run.model.photos_gone or op_id not in received:
            continue
        path = run.hq.folder / "blobs" / sha256[:2] / sha256
        if sha256 not in whole:
            yield f"lost: photo {sha256} of {op_id} is not at HQ"
        elif not path.exists() or hashlib.sha256(path.read_bytes()).hexdigest() != sha256:
            yield f"lost: photo {sha256} is damaged at HQ"


def _conflicts(run: Run, received: dict[str, Received], held: dict[type[Row], dict[str, Any]]) -> Iterator[str]:
    """Each operation in conflict shows both values, who and when; a later one of the same maker may go on with it."""
    shown = {conflict.row_id for conflict in held[Conflict].values()}
    for op_id, found in received.items():
        told = run.model.told.get(op_id)
        if found.outcome == "conflict" and told and not shown & {touch.id for touch in told.operation.touches}:
            yield f"lost: {op_id} is in conflict, and no values are shown"
    for conflict in held[Conflict].values():
        if conflict.hq_value == conflict.place_value or not conflict.person_id:
            yield f"lost: conflict {conflict.id} does not show both values"


def _phones(run: Run, held: dict[type[Row], dict[str, Any]]) -> Iterator[str]:
    for order, phone in run.model.phones.items():
        row = held[WorkOrder].get(order)
        if row is None or row.customer_phone not in {phone} | run.model.perhaps:
            yield f"lost: HQ's change of {order} is not there"


def _devices(run: Run, received: dict[str, Received], held: dict[type[Row], dict[str, Any]]) -> Iterator[str]:
    for device in run.devices:
        revoked = device.sync_store.identity().revoked
        with device.store.reading() as rows:
            if not revoked:
                yield from _rows_of(device, rows, held)
            connection = rows.connection
            operations = connection.execute(select(operation).order_by(operation.c.n)).mappings().all()
            left = len(connection.execute(select(shadow)).all()) + len(connection.execute(select(touched)).all())
        if left and not revoked:
            yield f"divergent: {device.name} has {left} shadows and touches left"
        yield from _answers_of(device, operations, received, revoked=revoked)
        young = {op for op in run.model.disks[device.name] if run.time.now() - run.model.told[op].at < KEPT}
        for op_id in sorted(young - {found["id"] for found in operations}):
            yield f"lost: {op_id} is not in the outbox of {device.name} any more"


def _rows_of(device: Device, rows: Any, held: dict[type[Row], dict[str, Any]]) -> Iterator[str]:
    for kind in KINDS:
        if kind is ReferenceDocument:
            continue  # nobody changes them, and their bodies are large
        here = {row.id: row for row in rows.find(kind)}
        there = {
            row_id: row
            for row_id, row in held[kind].items()
            if kind not in TRADE_KINDS or is_visible_to(row, device.spot.place)
        }
        if here != there:
            wrong = [key for key in here.keys() | there.keys() if here.get(key) != there.get(key)]
            yield f"divergent: {device.name} differs from HQ in {kind.__name__} {sorted(wrong)[:3]} ({len(wrong)})"
    if not knowledge_index.is_whole(rows.connection):
        yield f"divergent: {device.name} does not find what is published"


def _answers_of(
    device: Device, operations: Iterable[Any], received: dict[str, Received], *, revoked: bool
) -> Iterator[str]:
    before = None
    for found in operations:
        op_id = found["id"]
        there = received.get(op_id)
        if found["state"] != "answered":
            yield f"stuck: {op_id} of {device.name} was never answered"
        elif there is None:
            yield f"lost: {op_id} of {device.name} is answered, and not at HQ"
        elif found["outcome"] != there.outcome and not revoked:
            yield f"divergent: {op_id} is {found['outcome']} at {device.name}, {there.outcome} at HQ"
        if body_hash(found["body"]) != found["hash"]:
            yield f"divergent: {op_id} of {device.name} is not what its hash says"
        body = msgspec.json.decode(found["body"], type=Operation)
        if (body.epoch, body.n) != (found["epoch"], found["n"]):
            yield f"divergent: {op_id} of {device.name} stands at another number than it says"
        follows = before and (found["epoch"], found["n"]) == (before["epoch"], before["n"] + 1)
        if follows and body.prev != before["hash"]:  # an epoch goes on behind HQ's end, which may be a twin's
            yield f"divergent: the chain of {device.name} breaks at {found['n']}"
        before = found


def _books(run: Run) -> Iterator[str]:
    report = prove(run.hq.store)
    if not report.ok:
        yield f"books: {report.problems[:3]}"
    with run.hq.store.reading() as connection:
        seq = seq_of(connection, REGISTRY_SCOPE)
        incarnation = headquarters(connection).incarnation
    for device in run.devices:
        about = device.registry.about()
        if device.sync_store.identity().revoked or about is None:
            continue
        if (about.incarnation, about.at_seq) != (incarnation, seq):
            yield f"divergent: the registry of {device.name} stands at {about.at_seq}, HQ at {seq}"


def fingerprint(run: Run) -> list[str]:
    """The outcome of everything, for telling whether two runs went alike."""
    return [*sorted(f"{key} {found}" for key, found in inbox_of(run.hq).items()), *map(str, sorted(run.tally.items()))]
