"""The card of what stands around the repair: calls, visits, where the unit is, certificates, the end's facts."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from PySide6.QtWidgets import QHBoxLayout, QSizePolicy, QWidget

from app.i18n import N_, _
from app.queries.order_view import OrderView
from app.ui import formats
from app.ui.live import Words
from app.ui.pages.order.desk import OrderDesk
from app.ui.pages.order.paper import print_certificate, print_custody, print_loaner
from app.ui.pages.order.texts import coded
from app.ui.widgets import Card, KeyValueGrid, Label, Link
from core.rows.jobs import Certificate, Custody, Loaner, OrderEnd
from core.rows.orders import Visit

Value = Words | QWidget
_VISITS = {
    "booked": N_("{from_}, booked"),
    "moved": N_("{from_}, moved"),
    "made": N_("{at}, made"),
    "missed": N_("{at}: {who}"),
}


class JobCard(Card):
    """Hidden while there is nothing to tell."""

    def __init__(self, desk: OrderDesk) -> None:
        super().__init__(lambda: _("Visits and whereabouts"), "clock")
        self._desk = desk
        self._grid = KeyValueGrid()
        self.add(self._grid)

    def show_view(self, view: OrderView) -> None:
        """Show what there is, each kind in the order it came about."""
        job = view.job
        rows: list[tuple[Words, Value]] = []
        if job.contacts:
            last = job.contacts[-1]
            reached = N_("{at}, reached") if last.reached else N_("{at}, not reached")
            rows.append((lambda: _("Called"), lambda: _(reached).format(at=formats.moment(last.at))))
        rows += [(lambda: _("Visit"), _visit(one)) for one in job.visits]
        for stay in job.custody:
            rows += _custody(stay, partial(print_custody, self._desk, view, stay))
        rows += [
            (lambda: _("Loaner"), _with_print(_loaner(one), partial(print_loaner, self._desk, view, one)))
            for one in job.loaners
        ]
        rows += [
            (
                lambda: _("Certificate"),
                _with_print(_certificate(one), partial(print_certificate, self._desk, view, one)),
            )
            for one in job.certificates
        ]
        rows += _end(job.end) if job.end else []
        self._grid.set_rows(rows)
        self.setVisible(bool(rows))


def _with_print(words: Words, paper: Callable[[], object]) -> QWidget:
    """Words with a link to their paper."""
    line = QWidget()
    line.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Minimum)
    row = QHBoxLayout(line)
    row.setContentsMargins(0, 0, 0, 0)
    row.setSpacing(8)
    row.addWidget(Label(words, wrap=True).selectable(), 1)
    row.addWidget(Link(lambda: _("Print"), paper))
    return line


def _certificate(one: Certificate) -> Words:
    finding = coded("inspection", one.finding)
    return lambda: f"{one.number} · {finding()}"


def _visit(one: Visit) -> Words:
    at = one.made_at or one.begins_at
    who = coded("missed_by", one.missed_by or "customer")
    words = _VISITS[one.state]

    def said() -> str:
        text = _(words).format(from_=formats.moment(one.begins_at), at=formats.moment(at), who=who())
        return " · ".join(filter(None, (text, one.reason or "")))

    return said


def _custody(one: Custody, paper: Callable[[], object]) -> list[tuple[Words, Value]]:
    """How it came, and how it went back; the paper of now stands beside the last of them."""
    came = coded("custody", one.kind)

    def here() -> str:
        what = _(", ").join(filter(None, (one.condition, one.accessories, one.tracking_in or "")))
        return f"{formats.moment(one.received_at)} · {what}"

    at = one.returned_at
    if at is None:
        return [(came, _with_print(here, paper))]

    def back() -> str:
        return " · ".join(filter(None, (formats.moment(at), one.to_name or "", one.tracking_out or "")))

    return [(came, here), (lambda: _("Given back"), _with_print(back, paper))]


def _loaner(one: Loaner) -> Words:
    def said() -> str:
        back = formats.moment(one.back_at) if one.back_at else _("still lent")
        return f"{one.model} {one.serial} · {formats.moment(one.lent_at)} → {back}"

    return said


def _end(one: OrderEnd) -> list[tuple[Words, Value]]:
    rows: list[tuple[Words, Value]] = [(lambda: _("Ended"), coded("state", one.end))]
    if one.reason:
        rows.append((lambda: _("Reason"), coded("unrepaired", one.reason)))
    if one.rule:
        rows.append((lambda: _("By which right"), coded("remedy_rule", one.rule)))
    if one.new_serial:
        rows.append((lambda: _("New unit"), f"{one.new_model} {one.new_serial}"))
    if one.price_fen is not None:
        back = one.price_fen - one.deduction_fen
        rows.append((lambda: _("Refund"), lambda: formats.money(back)))
    if one.customer_fen:
        rows.append((lambda: _("Customer pays"), lambda: formats.money(one.customer_fen)))
    rows.append((lambda: _("Paid by"), coded("payer", one.payer)))
    return rows
