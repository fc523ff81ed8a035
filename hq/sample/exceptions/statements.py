"""The last month's statements stand at every step between the station's word and the money."""

from datetime import datetime, timedelta

from core.roles import Role
from core.rows.settlement import Statement, StatementLine
from core.settlement import StatementState
from hq.sample.exceptions.cases import Cases
from hq.settlement.service import move_statement

_STEPS = ("approve_statement", "audit_statement", "issue_invoice", "check_invoice", "post_statement")


def play(cases: Cases) -> None:
    """One confirmed statement stays, of the others each is a step further; one station disputes two lines."""
    statements = [one for one in cases.rows.find(Statement) if one.state is not StatementState.PAID]
    confirmed = [one for one in statements if one.state is StatementState.CONFIRMED]
    for number, statement in enumerate(confirmed[1 : len(_STEPS) + 1]):
        for action in _STEPS[: number + 1]:
            move_statement(cases.rows, statement.id, action, _after(cases, statement, 1))
    first = cases.staff.stations[0].id
    drafts = [one for one in statements if one.state is StatementState.DRAFT and one.station_id != first]
    if drafts:
        _dispute(cases, drafts[0])
    if len(drafts) > 1:
        _agreed(cases, drafts[1])


def _after(cases: Cases, statement: Statement, days: int) -> datetime:
    return min(statement.made_at + timedelta(days=days), cases.now)


def _dispute(cases: Cases, statement: Statement) -> None:
    lead = cases.person(statement.station_id or "", Role.STATION_LEAD)
    lines = cases.rows.find(StatementLine, statement_id=statement.id)
    for line, reason in zip(lines, ("人工档次与维修代码不符，应为二档", "上门里程少计八公里"), strict=False):
        told = {"statement_id": statement.id, "line_id": line.id, "reason": reason}
        cases.player.act("dispute_line", lead, _after(cases, statement, 1), **told)


def _agreed(cases: Cases, statement: Statement) -> None:
    """A dispute that was answered: the statement is a draft again, its line still says what was in doubt."""
    lead = cases.person(statement.station_id or "", Role.STATION_LEAD)
    line = cases.rows.find(StatementLine, statement_id=statement.id)[0]
    told = {"statement_id": statement.id, "line_id": line.id, "reason": "与系统预览差两元"}
    cases.player.act("dispute_line", lead, _after(cases, statement, 1), **told)
    move_statement(cases.rows, statement.id, "answer_dispute", _after(cases, statement, 2))
