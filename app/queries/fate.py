"""What became of one operation, as far as this device knows."""

from datetime import datetime
from typing import Any, NamedTuple

import msgspec
from sqlalchemy import ColumnElement, Connection, select

from app.offline_db.schema import ROW_TABLES, operation
from core.contract.messages import Answer
from core.rows.sync import ParkedOperation

_PARKED = ROW_TABLES[ParkedOperation]


class Fate(NamedTuple):
    """``outcome`` is pending, sent (no answer yet) or HQ's; code and facts are its reason."""

    id: str
    outcome: str
    code: str | None
    facts: dict[str, Any]
    action: str = ""
    order_id: str | None = None
    made_at: datetime | None = None
    answered_at: datetime | None = None


def fate_of(connection: Connection, operation_id: str) -> Fate | None:
    """The operation in this device's own outbox; None when it is not there (another device's, or long settled)."""
    found = connection.execute(select(operation).where(operation.c.id == operation_id)).first()
    if found is None:
        return None
    answer = msgspec.convert(found.answer, Answer) if found.answer else None
    waits = connection.execute(select(_PARKED.c.code, _PARKED.c.facts).where(*_still_waits(operation_id))).first()
    reason = waits or answer  # what an operation waits for may have changed since it was answered
    return Fate(
        id=found.id,
        outcome=(found.outcome or "") if found.state == "answered" else found.state,
        code=reason.code if reason else None,
        facts=reason.facts if reason else {},
        action=found.action,
        order_id=found.order_id,
        made_at=found.made_at,
        answered_at=found.answered_at,
    )


def _still_waits(operation_id: str) -> tuple[ColumnElement[bool], ...]:
    return (_PARKED.c.id == operation_id, _PARKED.c.state == "open")


def fate_told(answer: Answer) -> Fate:
    """The same from HQ's answer."""
    return Fate(answer.id, answer.outcome.value, answer.code, answer.facts)
