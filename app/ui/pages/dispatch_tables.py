"""The two tables of the board: orders with their limit and why they came back, and the load of each candidate."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from app.i18n import _, ngettext
from app.queries.dispatch_board import BoardLine, LoadLine
from app.ui.pages.clock_words import clock_sort, clock_text, clock_tone
from app.ui.pages.order.states import STATE_TONES
from app.ui.widgets import Column, DataTable, EmptyState, RowsModel
from core.words import word

_COUNT = 80
"""The width of a column of counts."""


def orders_table(now: Callable[[], datetime], *, is_branch: bool) -> tuple[DataTable, RowsModel[BoardLine]]:
    """Orders; a branch sees their station, a station the technician."""
    columns = [
        Column[BoardLine](lambda: _("Order"), lambda line: line.number, tone=lambda _l: "link", width=150),
        Column[BoardLine](
            lambda: _("State"),
            lambda line: _(word("state", line.state)),
            tone=lambda line: STATE_TONES.get(line.state, "grey"),
            width=158,
        ),
        Column[BoardLine](
            lambda: _("Time limit"),
            lambda line: clock_text(line.ticking, now()),
            tone=lambda line: clock_tone(line.ticking, now()),
            sort=lambda line: clock_sort(line.ticking),
            width=180,
        ),
        Column[BoardLine](
            lambda: _("Station") if is_branch else _("Technician"), lambda line: line.holder or "—", width=84
        ),
        Column[BoardLine](lambda: _("Notes"), note, tone=_note_tone, width=140),
        Column[BoardLine](lambda: _("Address"), lambda line: line.address or "—", second=_unit, stretch=True),
    ]
    empty = EmptyState(
        lambda: _("Nothing to give out"), lambda: _("Choose another filter to see all open orders."), icon="ok"
    )
    model = RowsModel(columns, lambda line: line.id)
    return DataTable(model, empty).name(lambda: _("Orders")).sortable(), model


def note(line: BoardLine) -> str:
    """The one thing worth knowing: why it came back, how far it was raised, reminders."""
    if line.reason:
        return _(word("decline", line.reason))
    if line.escalated_to:
        return _("raised to {level}").format(level=_(word("level", line.escalated_to)))
    if line.reminders:
        return ngettext("{n} reminder", "{n} reminders", line.reminders).format(n=line.reminders)
    return ""


def _note_tone(line: BoardLine) -> str:
    return "warn" if line.reason else "bad" if line.escalated_to or line.reminders else "dim"


def _unit(line: BoardLine) -> str:
    return f"{line.unit} {line.fault}"


def loads_table(*, is_branch: bool) -> tuple[DataTable, RowsModel[LoadLine]]:
    """Who has how much to do."""
    columns = [
        Column[LoadLine](
            lambda: _("Station") if is_branch else _("Technician"),
            lambda line: line.name,
            second=lambda line: line.code if is_branch else "",
            stretch=True,
        ),
        _count(lambda: _("Open"), lambda line: line.open),
        _count(lambda: _("Today"), lambda line: line.today),
        _count(lambda: _("No answer"), lambda line: line.unanswered, "warn"),
        _count(lambda: _("Overdue"), lambda line: line.late, "bad"),
        _count(lambda: _("Reminders"), lambda line: line.reminders, "warn"),
    ]
    if is_branch:
        columns.append(_count(lambda: _("Gave back"), lambda line: line.gave_back, "warn"))
    columns += [
        Column[LoadLine](lambda: _("First-time fix"), _fix, sort=_fix_sort, width=128),
        Column[LoadLine](lambda: _("Notes"), _closed, tone=lambda line: "bad" if line.excluded else "dim", width=132),
    ]
    empty = EmptyState(lambda: _("Nobody here yet"), lambda: _("Stations and people come from HQ."), icon="people")
    model = RowsModel(columns, lambda line: line.id)
    return DataTable(model, empty).name(lambda: _("Load")).sortable(), model


def _count(title: Callable[[], str], figure: Callable[[LoadLine], int], tone: str = "") -> Column[LoadLine]:
    def toned(line: LoadLine) -> str:
        return (tone if figure(line) else "dim") if tone else ""

    said = lambda line: str(figure(line))  # noqa: E731
    return Column[LoadLine](title, said, tone=toned, sort=figure, number=not tone, width=_COUNT)


def _fix(line: LoadLine) -> str:
    return _("{percent} % of {n}").format(percent=round(line.fixed * 100 / line.finished), n=line.finished) if (
        line.finished
    ) else "—"  # fmt: skip


def _fix_sort(line: LoadLine) -> float:
    return line.fixed / line.finished if line.finished else -1.0


def _closed(line: LoadLine) -> str:
    return _("; ").join(_(word("excluded", code)) for code in line.excluded)
