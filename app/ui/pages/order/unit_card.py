"""The card of the unit: what it is, how its serial was read, the verdict and the proof behind it."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QSignalBlocker
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from app.i18n import _
from app.offline_db.store import LocalRows
from app.queries.order_job import UnitChoice
from app.queries.order_view import OrderView, Unit
from app.queries.verdicts import part_class_name, proof_lines, reason_lines
from app.ui import formats
from app.ui.live import Words, bind
from app.ui.pages.order.desk import OrderDesk
from app.ui.pages.order.evidence import EvidencePopover
from app.ui.pages.order.paper import print_verdict
from app.ui.pages.order.texts import coded, either
from app.ui.widgets import Banner, Card, Chip, FilterChips, KeyValueGrid, Label, Link, Pill
from core.rows.orders import WorkOrder
from core.scan_evidence import OrderScans, SerialProof, order_scans
from core.scan_lines import doubt_words, proof_words
from core.words import word

_TONES = {
    "in_warranty": "ok",
    "main_parts_only": "warn",
    "out_of_warranty": "bad",
    "needs_review": "warn",
    "not_recognised": "bad",
}
_ICONS = {"in_warranty": "verdict", "needs_review": "search"}
_MOST_COVERS = 4
Row = tuple[Words, Words | QWidget] | tuple[Words, Words | QWidget, str]


class UnitCard(Card):
    """Verdict as a banner, facts below, the proof when asked for."""

    def __init__(self, desk: OrderDesk) -> None:
        self._desk = desk
        self._why = Link(lambda: _("Why"), self._toggle)
        self.print = Link(lambda: _("Print"), self._print)
        bind(self.print, self.print.setToolTip, lambda: _("The verdict as a page for the customer"))
        super().__init__(lambda: _("Unit and warranty"), "verdict", _beside(self._why, self.print))
        self.banner = Banner("grey", "")
        self.doubt = Banner("warn", "")
        self.doubt.hide()
        self._grid = KeyValueGrid()
        self.evidence: EvidencePopover | None = None
        self._proof = Label("", "muted", wrap=True).selectable()
        self._proof.hide()
        self._units = FilterChips()
        self._units.changed.connect(lambda ids: desk.unit_asked.emit(ids[0]))
        for widget in (self._units, self.banner, self._proof, self.doubt, self._grid):
            self.add(widget)
        self.body.addStretch(1)

    def show_view(self, view: OrderView) -> None:
        """Show unit and verdict."""
        unit = view.unit
        self._show_units(view)
        for link in (self._why, self.print):
            link.setVisible(bool(unit and unit.verdict))
        if unit is None:
            self.banner.say("grey", lambda: _("This order names no unit"))
            self.doubt.hide()
            self._grid.set_rows([])
            return
        self._show_doubt(unit.proof)
        self.banner.say(_TONES.get(unit.outcome, "grey"), _title(unit), _sentence(unit), _ICONS.get(unit.outcome))
        self._grid.set_rows(_rows(unit, self.show_evidence, lambda: self._history(view)))
        verdict = unit.verdict
        if verdict is None:
            self._proof.hide()
        else:
            self._proof.say(
                lambda: "\n".join(f"· {line}" for line in (*reason_lines(verdict)[1:], *proof_lines(verdict)))
            )

    def _show_doubt(self, proof: SerialProof) -> None:
        """A number that can't be this unit's, or that no code holds, is said before the facts."""
        unproven = proof.how == "unproven"
        self.doubt.setVisible(bool(proof.doubts) or unproven)
        self.doubt.say(
            "warn",
            lambda: _("Compare the serial number with the label"),
            lambda: " ".join((*([proof_words(proof, _)] if unproven else []), *doubt_words(proof.doubts, _))),
        )

    def show_evidence(self) -> None:
        """Reads the order's scans and shows them over the page."""
        view = self._desk.view
        if view is None:
            return
        order_id, bench = view.head.id, self._desk.bench

        def read(rows: LocalRows) -> OrderScans | None:
            order = rows.get(WorkOrder, order_id)
            return order_scans(order, rows, bench.desk.now(), bench.blobs.has) if order else None

        bench.read(read, self._evidence_read, owner=self)

    def _evidence_read(self, found: OrderScans | None) -> None:
        if found is None:
            return
        if self.evidence is None:
            self.evidence = EvidencePopover(self.window())
        self.evidence.tell(found)
        if not self.evidence.isVisible():
            self.evidence.show_centred()

    def _history(self, view: OrderView) -> None:
        if view.unit is not None:
            self._desk.bench.nav.open("unit", serial=view.unit.serial, order=view.head.id)

    def _show_units(self, view: OrderView) -> None:
        """A chip for each of several units; what is complete has a tick."""
        several = view.job.units if len(view.job.units) > 1 else ()
        self._units.setVisible(bool(several))
        self._units.set_chips([Chip(one.id, _unit_words(one)) for one in several])
        with QSignalBlocker(self._units):
            self._units.activate(view.job.unit_id)

    def _toggle(self) -> None:
        self._proof.setVisible(self._proof.isHidden())

    def _print(self) -> None:
        if self._desk.view is not None:
            print_verdict(self._desk, self._desk.view)


def _beside(*links: QWidget) -> QWidget:
    line = QWidget()
    row = QHBoxLayout(line)
    row.setContentsMargins(0, 0, 0, 0)
    row.setSpacing(12)
    for link in links:
        row.addWidget(link)
    return line


def _unit_words(one: UnitChoice) -> Words:
    def said() -> str:
        half = _(word("half", one.half)) if one.half else _("Unit")
        name = f"{half} {one.pair or one.position}"
        return " · ".join(filter(None, (name, one.serial[-4:], "✓" if one.done else "")))

    return said


def _title(unit: Unit) -> Words:
    if not unit.outcome:
        return lambda: _("Warranty not judged yet")

    def said() -> str:
        text = coded("outcome", unit.outcome)()
        over = _("unit {n} days over").format(n=unit.days_over) if unit.days_over else ""
        return " · ".join(filter(None, (text, over)))

    return said


def _sentence(unit: Unit) -> Words:
    verdict = unit.verdict
    if verdict is not None:
        return lambda: next(iter(reason_lines(verdict)), "")
    if unit.guess:
        return lambda: _("At intake HQ expected: {outcome}.").format(outcome=coded("outcome", unit.guess)())
    return ""


def _rows(unit: Unit, why: Callable[[], object], history: Callable[[], object]) -> list[Row]:
    rows: list[Row] = [
        (lambda: _("Model"), _model(unit)),
        (lambda: _("Serial number"), _serial(unit, why, history) if unit.serial else _unread(unit)),
    ]
    if unit.start:
        rows.append((lambda: _("Starts"), formats.day(unit.start)))
    rows += [row for row in (_added(unit), _end(unit), _papers(unit), _found(unit)) if row]
    return rows + _parts_covered(unit)


def _model(unit: Unit) -> Words:
    name = either(*unit.model_name)
    model = unit.model or unit.reported_model
    return lambda: " · ".join(filter(None, (model, name()))) or "—"


def _serial(unit: Unit, why: Callable[[], object], history: Callable[[], object]) -> QWidget:
    whole = QWidget()
    column = QVBoxLayout(whole)
    column.setContentsMargins(0, 0, 0, 0)
    column.setSpacing(2)
    row = QHBoxLayout()
    row.setSpacing(8)
    row.addWidget(Label(unit.serial).selectable())
    typed = unit.source == "typed"
    source: Callable[[], str] = coded("scan", unit.source) if unit.source != "scan" else (lambda: _("Scanned"))
    row.addWidget(Pill(lambda: " · ".join(filter(None, (source(), unit.device))), "warn" if typed else "ok"))
    row.addWidget(Link(lambda: _("History"), history))
    row.addStretch(1)
    column.addLayout(row)
    column.addWidget(Link(lambda: _("Why this number"), why))
    return whole


def _found(unit: Unit) -> tuple[Words, Words, str] | None:
    """What was found that the warranty depends on."""
    codes = [("exclusion", one) for one in unit.exclusions]
    codes += [("holder", unit.held_by)] if unit.held_by == "dealer" else []
    if not codes:
        return None

    def said() -> str:
        named = _(", ").join(coded(family, code)() for family, code in codes)
        return " · ".join(filter(None, (named, unit.finding)))

    return (lambda: _("Findings"), said, "bad" if unit.exclusions else "")


def _unread(unit: Unit) -> Words:
    if unit.reported_serial:
        return lambda: _("not read yet; reported as {serial}").format(serial=unit.reported_serial)
    return lambda: _("not read yet")


def _added(unit: Unit) -> tuple[Words, Words] | None:
    days = unit.covers[0].days_added if unit.covers else 0
    if not days:
        return None
    return (lambda: _("Added"), lambda: _("{n} days in repair or waiting for parts").format(n=days))


def _end(unit: Unit) -> tuple[Words, Words, str] | None:
    whole = next((one for one in unit.covers if one.part == "whole_unit"), None)
    if whole is None:
        return None
    until = formats.day(whole.until)
    tone = "bad" if unit.days_over else "ok"

    def said() -> str:
        by = coded("grantor", whole.by)() if whole.by else ""
        return " · ".join(filter(None, (_("{day} (that day included)").format(day=until), by)))

    return (lambda: _("Unit until"), said, tone)


def _parts_covered(unit: Unit) -> list[tuple[Words, Words]]:
    """Main parts that are covered longer than the unit, in one line per last day."""
    by_day: dict[str, list[str]] = {}
    for cover in unit.covers:
        if cover.part != "whole_unit":
            by_day.setdefault(formats.day(cover.until), []).append(cover.part)

    def said(parts: list[str], day: str) -> Callable[[], str]:
        return lambda: _("{parts} until {day}").format(
            parts=_(", ").join(part_class_name(part) for part in parts[:_MOST_COVERS])
            + ("…" if len(parts) > _MOST_COVERS else ""),
            day=day,
        )

    return [(lambda: _("Main parts"), said(parts, day)) for day, parts in by_day.items()]


def _papers(unit: Unit) -> tuple[Words, Words] | None:
    days = {
        "invoice": unit.invoice_date,
        "card": unit.warranty_card_date,
        "installation": unit.installation_date,
    }

    def said() -> str:
        names = {"invoice": _("Invoice"), "card": _("Warranty card"), "installation": _("Installation card")}
        return _(", ").join(f"{names[kind]} {formats.day(day)}" for kind, day in days.items() if day)

    return (lambda: _("Papers"), said) if any(days.values()) else None
