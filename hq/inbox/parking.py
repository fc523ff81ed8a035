"""Operations that wait for a person: shown to their place, and holding back later ones on the same rows only."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any, NamedTuple

import msgspec
from sqlalchemy import ColumnElement, Connection, and_, delete, func, insert, or_, select, tuple_

from core.contract.messages import Answer, Outcome
from core.operations.operation import Operation
from core.refusals import Refusal
from core.rows.sync import ParkedOperation
from hq.feed import Work
from hq.identity import Device
from hq.inbox.messages import Envelope, Readable, harmless
from hq.store.schema import TABLES, blocked

Touched = tuple[str, str]
_SECRET = frozenset({"change_password"})
#: Operations of a device that is trusted no more; beyond them a person of HQ looks first. It keeps the others itself.
MOST_OF_REVOKED = 20_000
_COME_AGAIN_S = 3_600
_MOST_SHOWN = 16 * 1024  # bytes


class Position(NamedTuple):
    """Where an operation stands in its device's chain."""

    epoch: int
    n: int


def touched_by(readable: Readable) -> frozenset[Touched]:
    """The rows an operation is about; everything in an order also counts as the order."""
    rows = {(touch.entity, touch.id) for touch in readable.operation.touches}
    order_id = getattr(readable.args, "order_id", None)
    return frozenset(rows | ({("work_order", order_id)} if order_id else set()))


def holds_any(connection: Connection, device: Device) -> bool:
    """Whether any operation of this device waits."""
    return connection.execute(select(blocked.c.op_id).where(*_of(device)).limit(1)).first() is not None


def check_room(connection: Connection, device: Device) -> None:
    """Raises Refusal ``too_many_requests`` while as many operations of a revoked device wait as HQ keeps."""
    shown = TABLES[ParkedOperation]
    mine = (shown.c.branch_id == device.branch_id, shown.c.device_id == device.id, shown.c.state == "open")
    waiting = select(shown.c.id).where(*mine).limit(MOST_OF_REVOKED).subquery()
    if connection.execute(select(func.count()).select_from(waiting)).scalar_one() >= MOST_OF_REVOKED:
        raise Refusal("too_many_requests", seconds=_COME_AGAIN_S)


def is_held_back(connection: Connection, device: Device, touched: Iterable[Touched], before: Position) -> bool:
    """Whether an earlier operation of this device that waits is about one of these rows."""
    rows = sorted(touched)
    if not rows:
        return False
    same = tuple_(blocked.c.entity, blocked.c.row_id).in_(rows)
    found = select(blocked.c.op_id).where(*_of(device), same, _earlier(before)).limit(1)
    return connection.execute(found).first() is not None


def _of(device: Device) -> tuple[ColumnElement[bool], ...]:
    return blocked.c.branch_id == device.branch_id, blocked.c.device_id == device.id


def _earlier(before: Position) -> ColumnElement[bool]:
    return or_(blocked.c.epoch < before.epoch, and_(blocked.c.epoch == before.epoch, blocked.c.n < before.n))


def block(connection: Connection, device: Device, touched: Iterable[Touched], at: Position, op_id: str) -> None:
    """Hold back later operations of the device on these rows."""
    values = [
        {
            "branch_id": device.branch_id,
            "device_id": device.id,
            "entity": entity,
            "row_id": row_id,
            "epoch": at.epoch,
            "n": at.n,
            "op_id": op_id,
        }
        for entity, row_id in sorted(touched)
    ]
    if values:
        connection.execute(insert(blocked), values)


def unblock(connection: Connection, branch_id: str, op_id: str) -> None:
    """The operation holds nothing back any more."""
    connection.execute(delete(blocked).where(blocked.c.branch_id == branch_id, blocked.c.op_id == op_id))


def show(doing: Work, device: Device, envelope: Envelope, answer: Answer, now: datetime) -> None:
    """Store the waiting operation where everyone of its place sees it, with its reason."""
    operation = envelope.content.operation if isinstance(envelope.content, Readable) else None
    with doing.trial(device.branch_id) as rows:
        rows.put(_row(device, envelope, operation, answer, now))


def _row(
    device: Device, envelope: Envelope, operation: Operation | None, answer: Answer, now: datetime
) -> ParkedOperation:
    head = envelope.head
    return ParkedOperation(
        id=answer.id,
        branch_id=device.branch_id,
        place_id=device.place_id,
        device_id=device.id,
        n=answer.n,
        action=harmless(head.action)[:200] if head else "",
        person_id=operation.user if operation else "",
        made_at=operation.made_at if operation else now,
        code=answer.code or "",
        facts=answer.facts,
        touches=tuple(f"{touch.entity}/{touch.id}" for touch in operation.touches) if operation else (),
        args=_shown(operation) if operation else None,
        outcome=answer.outcome.value,
    )


def _shown(operation: Operation) -> dict[str, Any] | None:
    """What the action was given, for the next person at the place; no secrets, and nothing that swells the feed."""
    if operation.action in _SECRET or len(bytes(operation.args)) > _MOST_SHOWN:
        return None
    return dict(msgspec.json.decode(operation.args))


def close(
    doing: Work, branch_id: str, op_id: str, outcome: Outcome, by: str | None, *, facts: dict[str, Any] | None = None
) -> None:
    """It no longer waits, ``outcome`` is its answer now; ``facts`` takes the place of its reason's."""
    state = "withdrawn" if outcome is Outcome.WITHDRAWN else "resolved"
    with doing.trial(branch_id) as rows:
        parked = rows.get(ParkedOperation, op_id)
        if parked is not None and parked.state == "open":
            shown = parked.facts if facts is None else facts
            told = {"state": state, "outcome": outcome.value, "resolved_by": by, "facts": shown}
            rows.put(msgspec.structs.replace(parked, **told))


def wait_on(parked: ParkedOperation, answer: Answer) -> ParkedOperation:
    """It waits on, with the reason of now."""
    told = {"outcome": answer.outcome.value, "code": answer.code or "", "facts": answer.facts}
    return msgspec.structs.replace(parked, **told)
