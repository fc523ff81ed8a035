"""The columns of the table of orders."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from app.i18n import _, ngettext
from app.queries.orders import OrderLine
from app.queries.ticking import Ticking
from app.ui import formats
from app.ui.pages.clock_words import clock_sort, clock_text, clock_tone
from app.ui.pages.order.states import STATE_TONES
from app.ui.widgets import Column, DataTable, EmptyState, RowsModel
from core.words import word
from core.work_order import ENDED

_OUTCOMES = {"in_warranty": "ok", "main_parts_only": "warn", "out_of_warranty": "grey", "needs_review": "warn"}
_ENDED = {state.value for state in ENDED}
_NOBODY = "—"


def orders_table(
    empty: EmptyState,
    now: Callable[[], datetime],
    ticking: Callable[[str], Ticking | None],
    *,
    station_column: bool,
) -> tuple[DataTable, RowsModel[OrderLine]]:
    """The table and its model; a branch sees the station. ``ticking`` gives an open order's clock by its id."""
    columns = [
        Column[OrderLine](lambda: _("Order"), lambda o: o.number, tone=lambda _o: "link", width=150),
        Column[OrderLine](lambda: _("State"), _state, tone=lambda o: STATE_TONES.get(o.state, "grey"), width=178),
        Column[OrderLine](
            lambda: _("Time limit"),
            lambda o: clock_text(ticking(o.id), now()),
            tone=lambda o: clock_tone(ticking(o.id), now()),
            sort=lambda o: clock_sort(ticking(o.id)),
            width=178,
        ),
        Column[OrderLine](lambda: _("Customer"), lambda o: formats.masked_name(o.customer), width=86),
        Column[OrderLine](lambda: _("Unit"), lambda o: o.model or _NOBODY, width=132),
        Column[OrderLine](lambda: _("Warranty"), _outcome, tone=_outcome_tone, width=136),
    ]
    if station_column:
        columns.append(Column[OrderLine](lambda: _("Station"), lambda o: o.station or _NOBODY, width=104))
    columns += [
        Column[OrderLine](lambda: _("Technician"), lambda o: o.technician or _NOBODY, width=92),
        Column[OrderLine](lambda: _("km"), _km, sort=lambda o: o.distance_m, number=True, width=56),
        Column[OrderLine](lambda: _("Notes"), lambda o: _note(o)[0], tone=lambda o: _note(o)[1], stretch=True),
    ]
    model = RowsModel(columns, lambda o: o.id)
    return DataTable(model, empty).name(lambda: _("Orders")).sortable(), model


def _state(line: OrderLine) -> str:
    return _(word("state", line.state))


def _outcome(line: OrderLine) -> str:
    return _(word("outcome", line.outcome)) if line.outcome else _NOBODY


def _outcome_tone(line: OrderLine) -> str:
    return _OUTCOMES.get(line.outcome, "bad") if line.outcome else "dim"


def _km(line: OrderLine) -> str:
    return f"{line.distance_m / 1000:.1f}" if line.distance_m else _NOBODY


def _note(line: OrderLine) -> tuple[str, str]:
    """The one thing worth knowing beside the state, with its tone."""
    if line.reminders and line.state not in _ENDED:
        return ngettext("{n} reminder", "{n} reminders", line.reminders).format(n=line.reminders), "bad"
    if line.decline_reason and line.state == "declined":
        return _(word("decline", line.decline_reason)), "warn"
    if line.repairs_order_id:
        return _("re-repair"), "warn"
    if line.visit_from and line.state == "scheduled":
        return _("visit {time}").format(time=formats.moment(line.visit_from)), "grey"
    return line.fault, "muted"
