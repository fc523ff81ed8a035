"""Statements of a station, recomputed here line by line and compared with HQ's."""

import csv
import io
from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import date, datetime
from typing import NamedTuple

from core import reference
from core.claiming import claim_facts, preview
from core.judging import local_day
from core.rows.access import Rows
from core.rows.orders import WorkOrder
from core.rows.parts import OldPart, OldPartState
from core.rows.people import Person, Place
from core.rows.reference import Part
from core.rows.settlement import Claim, Statement, StatementLine
from core.settlement import Difference, OwnClaim, StatementFigure, recompute

#: A cell that begins like this would be a formula to a spreadsheet program.
_FORMULA = ("=", "+", "-", "@", "\t", "\r")


class StatementRow(NamedTuple):
    """One statement in the list; run 1 holds sound claims, run 2 those that had a problem. Money in fen."""

    id: str
    month: str
    run: int
    state: str
    total_fen: int
    lines: int
    station: str
    tariff: str
    made_at: datetime
    confirmed_at: datetime | None
    confirmed_by: str


class LineRow(NamedTuple):
    """One line: HQ's figure beside the own one; ``class_`` is the difference's class, empty where they agree."""

    id: str
    line_id: str | None
    order_id: str | None
    order_number: str
    day: date | None
    kind: str
    part_id: str | None
    part_zh: str
    part_en: str
    quantity: int
    hq_fen: int
    own_fen: int
    class_: str
    disputed: bool
    dispute_reason: str


class StatementView(NamedTuple):
    """A statement with every line; ``hq_fen - own_fen`` is what the differences are worth."""

    statement: StatementRow
    lines: tuple[LineRow, ...]
    hq_fen: int
    own_fen: int

    @property
    def differences(self) -> tuple[LineRow, ...]:
        """The lines on which the two figures are not equal."""
        return tuple(line for line in self.lines if line.class_)


def statements(rows: Rows) -> list[StatementRow]:
    """All statements here, the newest month first."""
    places = {place.id: place.name for place in rows.find(Place)}
    people = {person.id: person.name for person in rows.find(Person)}
    found = [_row(one, places, people) for one in rows.find(Statement)]
    return sorted(found, key=lambda row: (row.month, -row.run, row.station), reverse=True)


def _row(one: Statement, places: dict[str, str], people: dict[str, str]) -> StatementRow:
    return StatementRow(
        id=one.id,
        month=one.month,
        run=one.run,
        state=one.state.value,
        total_fen=one.total_fen,
        lines=one.lines,
        station=places.get(one.station_id or "", ""),
        tariff=one.tariff,
        made_at=one.made_at,
        confirmed_at=one.confirmed_at,
        confirmed_by=people.get(one.confirmed_by or "", ""),
    )


def statement_view(rows: Rows, statement_id: str) -> StatementView | None:
    """The statement with its lines recomputed; None when it is not here."""
    statement = rows.get(Statement, statement_id)
    if statement is None:
        return None
    hq_lines = rows.find(StatementLine, statement_id=statement_id)
    own = own_claims(rows, statement, hq_lines)
    found = recompute(map(_figure, hq_lines), own, reference.tariffs(rows))
    lines = _lines(rows, hq_lines, found)
    head = next(row for row in statements(rows) if row.id == statement_id)
    return StatementView(head, lines, sum(line.hq_fen for line in lines), sum(line.own_fen for line in lines))


def own_claims(rows: Rows, statement: Statement, lines: Iterable[StatementLine]) -> list[OwnClaim]:
    """The station's own figure of every order on the statement, and of the month's rejected ones."""
    wanted = {line.order_id for line in lines if line.order_id}
    return [claim for order_id in sorted(wanted | _rejected(rows, statement)) if (claim := _own(rows, order_id))]


def _rejected(rows: Rows, statement: Statement) -> set[str]:
    """Orders of the month whose claim HQ rejected; told once, on the last run of the month."""
    same = [one for one in rows.find(Statement, station_id=statement.station_id) if one.month == statement.month]
    if statement.run != max(one.run for one in same):
        return set()
    claims = rows.find(Claim, station_id=statement.station_id, state="rejected")
    return {claim.order_id for claim in claims if f"{claim.completed_on:%Y-%m}" == statement.month}


def _own(rows: Rows, order_id: str) -> OwnClaim | None:
    order = rows.get(WorkOrder, order_id)
    if order is None:
        return None
    claims = rows.find(Claim, order_id=order_id)
    claim = claims[0] if claims else None
    day = claim.completed_on if claim else _ended_on(rows, order)
    if day is None:
        return None
    missing = [
        old.part_id
        for old in rows.find(OldPart, order_id=order_id)
        if old.state in (OldPartState.TO_TAG, OldPartState.TAGGED)
    ]
    return OwnClaim(
        order_id=order_id,
        lines=preview(order, rows, day),
        facts=claim_facts(order, rows),
        rejection=claim.rejection if claim else None,
        old_parts_missing=tuple(missing),
    )


def _ended_on(rows: Rows, order: WorkOrder) -> date | None:
    return local_day(rows, order.station_id, order.completed_at) if order.completed_at else None


def _figure(line: StatementLine) -> StatementFigure:
    return StatementFigure(
        line_id=line.id,
        order_id=line.order_id,
        kind=line.kind,
        part_id=line.part_id,
        quantity=line.quantity,
        amount_fen=line.amount_fen,
        tariff=line.tariff,
    )


def _lines(rows: Rows, lines: Sequence[StatementLine], found: Sequence[Difference]) -> tuple[LineRow, ...]:
    """HQ's lines by order, each with its difference; then what only the station has."""
    by_line: dict[str, Difference] = {one.line_id: one for one in found if one.line_id}
    built = [_line(rows, line, by_line.get(line.id)) for line in lines]
    only_own = [one for one in found if one.line_id is None]
    built += [_own_line(rows, one, place) for place, one in enumerate(only_own)]
    return tuple(sorted(built, key=lambda line: (line.order_number or "~", line.kind, line.id)))


def _line(rows: Rows, line: StatementLine, difference: Difference | None) -> LineRow:
    part = rows.get(Part, line.part_id) if line.part_id else None
    order = rows.get(WorkOrder, line.order_id) if line.order_id else None
    return LineRow(
        id=line.id,
        line_id=line.id,
        order_id=line.order_id,
        order_number=line.order_number or (order.number if order else ""),
        day=_ended_on(rows, order) if order else None,
        kind=line.kind,
        part_id=line.part_id,
        part_zh=part.name_zh if part else "",
        part_en=part.name_en if part else "",
        quantity=line.quantity,
        hq_fen=line.amount_fen,
        own_fen=difference.own_fen if difference else line.amount_fen,
        class_=difference.class_.value if difference else "",
        disputed=line.disputed,
        dispute_reason=line.dispute_reason or "",
    )


def _own_line(rows: Rows, difference: Difference, place: int) -> LineRow:
    order = rows.get(WorkOrder, difference.order_id) if difference.order_id else None
    part = rows.get(Part, difference.part_id) if difference.part_id else None
    return LineRow(
        id=f"own/{place}",
        line_id=None,
        order_id=difference.order_id,
        order_number=order.number if order else "",
        day=_ended_on(rows, order) if order else None,
        kind=difference.kind,
        part_id=difference.part_id,
        part_zh=part.name_zh if part else "",
        part_en=part.name_en if part else "",
        quantity=1,
        hq_fen=0,
        own_fen=difference.own_fen,
        class_=difference.class_.value,
        disputed=False,
        dispute_reason="",
    )


def by_order(lines: Iterable[LineRow]) -> dict[str, list[LineRow]]:
    """The lines grouped by order number, in their order."""
    groups: defaultdict[str, list[LineRow]] = defaultdict(list)
    for line in lines:
        groups[line.order_number].append(line)
    return dict(groups)


def as_csv(table: Iterable[Sequence[str]]) -> str:
    """The table as CSV text; a cell that a spreadsheet would take for a formula gets an apostrophe in front.

    Amounts (digits with a minus in front) stay numbers.
    """
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerows([[_safe(cell) for cell in row] for row in table])
    return out.getvalue()


def _safe(cell: str) -> str:
    is_number = (
        cell.removeprefix("-").replace(".", "", 1).isascii() and cell.removeprefix("-").replace(".", "", 1).isdigit()
    )
    return f"'{cell}" if cell.startswith(_FORMULA) and not is_number else cell
