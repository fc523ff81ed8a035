"""What the page of one approval says, from its rows: what was asked, the rule and level, who decided and how surely."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from sqlalchemy import select

from app.offline_db.schema import operation
from app.offline_db.store import LocalRows
from app.queries.approvals import RequestLine, request_line
from app.queries.papers import Issuer, UnitNamed, issuer_of, named, order_of, unit_of
from core.ids import derive
from core.refusals import Refusal
from core.rows.access import Rows
from core.rows.orders import ApprovalDecision, ApprovalRequest, TimelineEntry, UnitVerdict


@dataclass(frozen=True)
class ApprovalFacts:
    """What the page says. ``trusted``: the clock that was decided by (None: not told); ``sent``: HQ has it."""

    issuer: Issuer
    number: str
    unit: UnitNamed
    fault: str
    line: RequestLine
    outcome: str
    day: date | None
    """Of the verdict that the request rests on, with its outcome."""
    trusted: bool | None
    sent: bool
    decided_hash: str


def approval_facts(rows: LocalRows, request_id: str, person_id: str, day: date) -> ApprovalFacts:
    """One request with its answer; refuses `approval_unknown`."""
    request = rows.get(ApprovalRequest, request_id)
    if request is None:
        raise Refusal("approval_unknown")
    order = order_of(rows, request.order_id)
    unit = unit_of(rows, order)
    stored = rows.get(UnitVerdict, unit.verdict_id) if unit and unit.verdict_id else None
    line = request_line(rows, request, person_id, day)
    made = _decision(rows, line)
    return ApprovalFacts(
        issuer=issuer_of(rows, order),
        number=order.number,
        unit=named(rows, order, unit),
        fault=order.fault_report,
        line=line,
        outcome=stored.outcome if stored else "",
        day=stored.verdict.day if stored else None,
        trusted=_trusted(rows, made),
        sent=made is None or not _waits(rows, made),
        decided_hash=made.subject_hash if made else "",
    )


def _decision(rows: Rows, line: RequestLine) -> ApprovalDecision | None:
    if line.decided is None:
        return None
    found = rows.find(ApprovalDecision, request_id=line.id)
    return next((one for one in found if one.subject_hash == line.subject_hash), None)


def _trusted(rows: Rows, made: ApprovalDecision | None) -> bool | None:
    """As the order's timeline tells of that very moment."""
    entries = rows.find(TimelineEntry, order_id=made.order_id, action="decide_approval") if made else ()
    return next((one.trusted for one in entries if made and one.at == made.decided_at), None)


def _waits(rows: LocalRows, made: ApprovalDecision) -> bool:
    """Whether the decision was made here and headquarters has not answered it."""
    waiting = select(operation.c.id).where(operation.c.order_id == made.order_id, operation.c.state != "answered")
    return made.id in {derive(found, "decision") for found in rows.connection.execute(waiting).scalars()}
