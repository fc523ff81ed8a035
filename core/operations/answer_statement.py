"""The station confirms its statement or disputes a line of it."""

from core import settlement
from core.operations.kernel import Action, Args, Nature, Rows
from core.operations.operation import Id, Operation, Text
from core.operations.orders import change
from core.refusals import Refusal
from core.roles import Role
from core.rows.settlement import Statement, StatementLine


class ConfirmStatement(Args, frozen=True, kw_only=True):
    """Which statement."""

    statement_id: Id


class DisputeLine(Args, frozen=True, kw_only=True):
    """Which line and why."""

    statement_id: Id
    line_id: Id
    reason: Text


def _statement(rows: Rows, statement_id: str, operation: Operation) -> Statement:
    statement = rows.get(Statement, statement_id)
    if statement is None or statement.station_id != operation.place:
        raise Refusal("statement_unknown")
    return statement


def check_confirm(args: ConfirmStatement, operation: Operation, rows: Rows) -> None:
    """The statement must be open to the station's answer."""
    settlement.apply(_statement(rows, args.statement_id, operation).state, "confirm_statement")


def confirm(args: ConfirmStatement, operation: Operation, rows: Rows) -> None:
    """Move the statement."""
    statement = _statement(rows, args.statement_id, operation)
    state = settlement.apply(statement.state, "confirm_statement")
    change(rows, statement, state=state, confirmed_at=operation.made_at, confirmed_by=operation.user)


def _line(rows: Rows, args: DisputeLine) -> StatementLine:
    line = rows.get(StatementLine, args.line_id)
    if line is None or line.statement_id != args.statement_id:
        raise Refusal("statement_unknown")
    return line


def check_dispute(args: DisputeLine, operation: Operation, rows: Rows) -> None:
    """The statement must be open to the station's answer, the line be one of it."""
    settlement.apply(_statement(rows, args.statement_id, operation).state, "dispute_line")
    _line(rows, args)


def dispute(args: DisputeLine, operation: Operation, rows: Rows) -> None:
    """Mark the line; the statement is disputed."""
    statement = _statement(rows, args.statement_id, operation)
    change(rows, _line(rows, args), disputed=True, dispute_reason=args.reason)
    change(rows, statement, state=settlement.apply(statement.state, "dispute_line"))


LEAD = (Role.STATION_LEAD,)
CONFIRM = Action("confirm_statement", ConfirmStatement, LEAD, Nature.MONEY, confirm, check_confirm)
DISPUTE = Action("dispute_line", DisputeLine, LEAD, Nature.MONEY, dispute, check_dispute)
