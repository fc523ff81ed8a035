"""Settling a month of one branch, and the moves of its statements; on rows alone."""

import calendar
from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import date, datetime
from typing import NamedTuple

import msgspec

from core import settlement, work_order
from core.ids import derive
from core.refusals import Refusal
from core.rows.access import Rows
from core.rows.orders import TimelineEntry, WorkOrder
from core.rows.settlement import Claim, Statement, StatementLine
from core.settlement import StatementState


class Settled(NamedTuple):
    """A statement as it now stands with its lines, and whether this settlement changed it."""

    statement: Statement
    lines: tuple[StatementLine, ...]
    changed: bool


def last_day(month: str) -> date:
    """The last day of a month 'YYYY-MM'; Refusal ``month_invalid`` when it is none."""
    try:
        year, number = map(int, month.split("-"))
        day = date(year, number, calendar.monthrange(year, number)[1])
    except (ValueError, IndexError) as error:
        raise Refusal("month_invalid", month=month) from error
    if f"{day.year:04d}-{day.month:02d}" != month:
        raise Refusal("month_invalid", month=month)
    return day


def settle_branch(rows: Rows, month: str, at: datetime) -> list[Settled]:
    """Settle every verified claim of the branch completed by the month's end; claims of earlier months come along.

    Each station gets a statement for its sound claims (run 1) and one for those that once were held (run 2). Settling
    again adds what was verified since to a draft, and otherwise changes nothing.
    """
    end, groups = last_day(month), defaultdict(list)
    for claim in rows.find(Claim, state="verified"):
        if claim.completed_on <= end and claim.station_id:
            had_problem = bool(claim.signals or claim.rejection)
            groups[claim.station_id, settlement.run_of(had_problem=had_problem)].append(claim)
    known = {statement.id: statement for statement in rows.find(Statement, month=month)}
    settled = [_settle(rows, month, run, station, claims, at) for (station, run), claims in sorted(groups.items())]
    done = {item.statement.id for item in settled if item}
    rest = [Settled(known[key], _lines_of(rows, key), changed=False) for key in sorted(known) if key not in done]
    return [item for item in settled if item] + rest


def move_statement(rows: Rows, statement_id: str, action: str, at: datetime) -> Statement:
    """Make HQ's or the branch's move of a statement (``approve_statement``, ``audit_statement``, …).

    Raises Refusal ``statement_unknown`` and ``statement_not_open``. A paid statement closes its orders.
    """
    statement = rows.get(Statement, statement_id)
    if statement is None:
        raise Refusal("statement_unknown")
    moved = msgspec.structs.replace(statement, state=settlement.apply(statement.state, action))
    rows.put(moved)
    if moved.state is StatementState.PAID:
        for order_id in dict.fromkeys(line.order_id for line in _lines_of(rows, statement_id)):
            _move_order(rows, order_id, "close_order", statement_id, at)
    return moved


def _settle(rows: Rows, month: str, run: int, station_id: str, claims: Sequence[Claim], at: datetime) -> Settled | None:
    """The station's statement with these claims; None when it is no longer a draft: they wait for the next month."""
    statement_id = derive(station_id, f"statement/{month}/{run}")
    before = rows.get(Statement, statement_id)
    if before is not None and before.state is not StatementState.DRAFT:
        return None
    added = [line for claim in claims for line in _claim_lines(claim, statement_id)]
    lines = (*_lines_of(rows, statement_id), *added)
    statement = Statement(
        id=statement_id,
        version=before.version if before else 0,
        branch_id=claims[0].branch_id,
        station_id=station_id,
        month=month,
        run=run,
        state=StatementState.DRAFT,
        total_fen=sum(line.amount_fen for line in lines),
        lines=len(lines),
        tariff=max(line.tariff for line in lines),
        made_at=before.made_at if before else at,
    )
    rows.put(statement)
    _store(rows, added)
    for claim in claims:
        rows.put(msgspec.structs.replace(claim, state="settled"))
        _move_order(rows, claim.order_id, "settle_order", statement_id, at)
    return Settled(statement, lines, changed=True)


def _claim_lines(claim: Claim, statement_id: str) -> Iterable[StatementLine]:
    for index, line in enumerate(claim.lines):
        yield StatementLine(
            id=derive(statement_id, f"{claim.id}/{index}"),
            branch_id=claim.branch_id,
            station_id=claim.station_id,
            statement_id=statement_id,
            claim_id=claim.id,
            order_id=claim.order_id,
            order_number=claim.order_number,
            kind=line.kind,
            part_id=line.part_id,
            quantity=line.quantity,
            amount_fen=line.amount_fen,
            tariff=line.tariff_version,
        )


def _store(rows: Rows, lines: Iterable[StatementLine]) -> None:
    for line in lines:
        rows.put(line)


def _lines_of(rows: Rows, statement_id: str) -> tuple[StatementLine, ...]:
    return tuple(rows.find(StatementLine, statement_id=statement_id))


def _move_order(rows: Rows, order_id: str | None, action: str, statement_id: str, at: datetime) -> None:
    order = rows.get(WorkOrder, order_id) if order_id else None
    if order is None or not work_order.possible(order.state, action):
        return
    state, held_from = work_order.apply(order.state, order.held_from, action)
    rows.put(msgspec.structs.replace(order, state=state, held_from=held_from))
    rows.put(
        TimelineEntry(
            id=derive(statement_id, f"timeline/{action}/{order.id}"),
            branch_id=order.branch_id,
            station_id=order.station_id,
            order_id=order.id,
            action=action,
            person_id=None,
            person_name="HQ",
            at=at,
        )
    )
