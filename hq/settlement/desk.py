"""Settling through the feed: a month over all branches, and the moves that HQ's people make on a statement."""

from datetime import datetime, timedelta

import msgspec

from core.refusals import Refusal
from core.roles import PlaceKind
from core.rows.access import Rows
from core.rows.people import Place
from core.rows.reference import Part
from core.rows.settlement import Statement, StatementLine
from hq import outbox
from hq.feed import Work, work
from hq.settlement.service import Settled, last_day, settle_branch
from hq.store import Store
from rowstore.rows import SqlRows

STATEMENT = "statement"
_EASTMOST = timedelta(hours=14)


class DocumentLine(msgspec.Struct, frozen=True, kw_only=True):
    """One line of a statement as other systems get it; money in fen."""

    order: str
    kind: str
    part: str
    part_name: str
    quantity: int
    amount_fen: int
    tariff: str


class StatementDocument(msgspec.Struct, frozen=True, kw_only=True):
    """A statement as other systems get it."""

    id: str
    month: str
    run: int
    branch: str
    station: str
    station_name: str
    made_at: datetime
    total_fen: int
    lines: tuple[DocumentLine, ...]


class SettledMonth(msgspec.Struct, frozen=True, kw_only=True):
    """What a settlement did: statements of the month, how many of them it made or changed, their sum in fen."""

    month: str
    statements: int
    changed: int
    orders: int
    total_fen: int


def branches_of(store: Store) -> list[Place]:
    """All branches."""
    with store.reading() as connection:
        return list(SqlRows(connection, store.tables).find(Place, kind=PlaceKind.BRANCH))


def settle(store: Store, month: str, now: datetime) -> SettledMonth:
    """Settle the month of every branch, each in a transaction of its own; again is safe.

    Raises Refusal ``month_invalid``, also for a month that has begun nowhere on earth yet.
    """
    if last_day(month).replace(day=1) > (now + _EASTMOST).date():
        raise Refusal("month_invalid", month=month)
    settled: list[Settled] = []
    for branch in branches_of(store):
        with work(store) as doing:
            found = settle_branch(doing.rows(branch.id), month, now)
            for item in found:
                if item.changed:
                    publish(doing, doing.rows(branch.id), item.statement, item.lines, now)
            settled += found
    orders = {line.order_id for item in settled for line in item.lines}
    return SettledMonth(
        month=month,
        statements=len(settled),
        changed=sum(item.changed for item in settled),
        orders=len(orders),
        total_fen=sum(item.statement.total_fen for item in settled),
    )


def publish(doing: Work, rows: Rows, statement: Statement, lines: tuple[StatementLine, ...], now: datetime) -> None:
    """Put a statement's document into the outbox, in the transaction that made it."""
    text = msgspec.json.encode(document_of(rows, statement, lines)).decode()
    outbox.add(doing.connection, outbox.Document(statement.branch_id, statement.id, STATEMENT, text), now)


def document_of(rows: Rows, statement: Statement, lines: tuple[StatementLine, ...]) -> StatementDocument:
    """The statement with the names other systems know."""
    station, branch = rows.get(Place, statement.station_id or ""), rows.get(Place, statement.branch_id)
    return StatementDocument(
        id=statement.id,
        month=statement.month,
        run=statement.run,
        branch=branch.code if branch else "",
        station=station.code if station else "",
        station_name=station.name if station else "",
        made_at=statement.made_at,
        total_fen=statement.total_fen,
        lines=tuple(_line(rows, line) for line in sorted(lines, key=lambda line: (line.order_number, line.id))),
    )


def _line(rows: Rows, line: StatementLine) -> DocumentLine:
    part = rows.get(Part, line.part_id) if line.part_id else None
    return DocumentLine(
        order=line.order_number,
        kind=line.kind,
        part=line.part_id or "",
        part_name=part.name_zh if part else "",
        quantity=line.quantity,
        amount_fen=line.amount_fen,
        tariff=line.tariff,
    )
