"""Making one operation inside a transaction: judged, performed, signed, chained, its effect and shadows beside it."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, NamedTuple

import msgspec
from sqlalchemy import Connection

from app.offline_db import device, outbox
from app.offline_db.device import DeviceState
from app.offline_db.images import key_of
from app.offline_db.outbox import Key, Signer
from app.offline_db.rebase import note_effect
from app.offline_db.schema import ROW_TABLES
from core.merge import Change, base_of
from core.operations import action_named
from core.operations.kernel import Action, Args, authorise, clean, decode_args, decode_operation, perform
from core.operations.operation import Operation, Touch, Trust
from core.rows import TradeRow
from core.rows.orders import TimelineEntry
from rowstore.rows import Registry, SqlRows

#: A clock that differs from HQ's by more than this, or went back by more, is not trusted.
CLOCK_SLACK = timedelta(minutes=5)


class Intent(NamedTuple):
    """What a person asked for."""

    operation_id: str
    action: str
    args: Args | Mapping[str, Any]
    person_id: str
    versions: Mapping[str, str]
    now: datetime


class Recorded(NamedTuple):
    """The operation as it was stored, and what listeners are told of: itself and the rows it changed."""

    operation: Operation
    changed: frozenset[Key]


def record(connection: Connection, intent: Intent, signer: Signer, registry: Registry | None) -> Recorded:
    """Judge and perform ``intent``, and append it to the outbox; the caller commits or rolls back everything."""
    state = device.require(connection)
    action = action_named(intent.action)
    raw = _raw(intent.args)
    args = decode_args(action, raw)
    clean(msgspec.json.decode(raw))
    operation = _begun(state, action, raw, intent)
    rows = _performed(connection, action, args, operation, registry)
    branch = _branch_of(rows.changes, operation.branch_id)
    if branch != operation.branch_id:
        rows.undo()
        operation = msgspec.structs.replace(operation, branch_id=branch)
        rows = _performed(connection, action, args, operation, registry)
    rows.keep()
    operation = _with_effect(operation, rows.changes)
    note_effect(connection, operation.id, rows)
    order_id = getattr(args, "order_id", None) or _order_of(rows.changes)
    link = outbox.append(connection, operation, signer, order_id)
    decode_operation(link.body)  # what HQ would not be able to read is refused here, while the person is present
    changed = {key_of(after) for _, after in rows.changes}
    return Recorded(operation, frozenset(changed | {("operation", operation.id)}))


class _Performed(SqlRows):
    """Rows written inside a savepoint that can still be undone."""

    def __init__(self, connection: Connection, registry: Registry | None) -> None:
        super().__init__(connection, ROW_TABLES, registry)
        self._savepoint = connection.begin_nested()

    def undo(self) -> None:
        """Take everything back."""
        self._savepoint.rollback()

    def keep(self) -> None:
        """Leave it to the surrounding transaction."""
        self._savepoint.commit()


def _raw(args: Args | Mapping[str, Any]) -> bytes:
    return msgspec.json.encode(args if isinstance(args, msgspec.Struct) else dict(args))


def _begun(state: DeviceState, action: Action[Any], raw: bytes, intent: Intent) -> Operation:
    now = intent.now.astimezone(UTC).replace(microsecond=0)
    return Operation(
        id=intent.operation_id,
        device=state.id,
        epoch=state.epoch,
        n=state.last_n + 1,
        prev=state.last_hash,
        user=intent.person_id,
        place=state.place_id,
        branch_id=state.branch_id,
        action=action.name,
        made_at=now,
        utc_offset_minutes=state.utc_offset_minutes,
        trust=Trust.TRUSTED if _clock_is_right(state, now) else Trust.UNTRUSTED,
        versions=dict(intent.versions),
        args=msgspec.Raw(raw),
    )


def _clock_is_right(state: DeviceState, now: datetime) -> bool:
    """Whether HQ has confirmed this clock and it did not go back since the last operation."""
    went_back = state.last_made_at is not None and now < state.last_made_at - CLOCK_SLACK
    offset = state.clock_offset_s
    return not went_back and offset is not None and abs(offset) <= CLOCK_SLACK.total_seconds()


def _performed(
    connection: Connection, action: Action[Any], args: Args, operation: Operation, registry: Registry | None
) -> _Performed:
    rows = _Performed(connection, registry)
    authorise(action, operation, rows)
    action.check(args, operation, rows)
    perform(action, args, operation, rows)
    return rows


def _branch_of(changes: Sequence[Change], otherwise: str) -> str:
    """The branch of the trade rows touched: a warehouse clerk works on rows of the part's branch.

    A timeline entry takes its branch from the operation and says nothing about it.
    """
    branches = {
        change.after.branch_id
        for change in changes
        if isinstance(change.after, TradeRow) and not isinstance(change.after, TimelineEntry)
    }
    if len(branches) > 1:
        raise ValueError("an operation touches rows of one branch")
    return branches.pop() if branches else otherwise


def _with_effect(operation: Operation, changes: Sequence[Change]) -> Operation:
    touches = []
    for before, after in changes:
        entity, row_id = key_of(after)
        touches.append(Touch(entity=entity, id=row_id, base_version=before.version if before else 0))
    return msgspec.structs.replace(operation, touches=tuple(touches), base=base_of(changes))


def _order_of(changes: Sequence[Change]) -> str | None:
    """The order that the touched rows belong to."""
    return next((found for _, after in changes if (found := getattr(after, "order_id", None))), None)
