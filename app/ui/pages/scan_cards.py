"""The cards beside the scanner's picture: the registry's record, the verdict, the devices."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import NamedTuple

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QHBoxLayout

from app.i18n import N_, _
from app.queries.scanning import EarlierRepair, UnitCard
from app.queries.verdicts import part_class_name, proof_lines, reason_lines
from app.ui import formats
from app.ui.live import Words, bind, text_of
from app.ui.refusal_words import code_words, name_words
from app.ui.widgets import Banner, Card, ElidedLabel, Label, Link, Pill, empty_layout
from core.making import Making
from core.scan_lines import doubt_words
from core.warranty import Outcome, RegistryState, UnitStatus, Verdict

OUTCOME_TONES = {
    Outcome.IN_WARRANTY: "ok",
    Outcome.MAIN_PARTS_ONLY: "warn",
    Outcome.OUT_OF_WARRANTY: "warn",
    Outcome.NEEDS_REVIEW: "warn",
    Outcome.NOT_RECOGNISED: "bad",
}
STATUSES = {
    UnitStatus.PRODUCED: (N_("In the factory"), "warn"),
    UnitStatus.SHIPPED: (N_("Shipped, not sold yet"), "warn"),
    UnitStatus.SOLD: (N_("Sold"), "ok"),
    UnitStatus.EXCHANGED_OUT: (N_("Exchanged out"), "bad"),
    UnitStatus.SCRAPPED: (N_("Scrapped"), "bad"),
}
REGISTRY_STATES = {
    RegistryState.COMPLETE: (N_("Complete"), "ok"),
    RegistryState.PARTIAL: (N_("Not complete here"), "warn"),
    RegistryState.OLD: (N_("Older than it should be"), "warn"),
    RegistryState.MISSING: (N_("Not on this computer yet"), "bad"),
}


class RegistryCard(Card):
    """The maker's record of the unit, its earlier repairs and its other open orders."""

    def __init__(self, open_order: Callable[[str], object]) -> None:
        super().__init__(lambda: _("Registry"), "verdict")
        self._open = open_order
        self.show_unit(None)

    def show_unit(self, card: UnitCard | None) -> None:
        """Shows what is known; a hint for None."""
        self.clear()
        if card is None:
            self.set_trailing(None)
            self.add(
                Label(
                    lambda: _("Made, shipped, sold and repaired: shown as soon as a unit is read."), "muted", wrap=True
                )
            )
            return
        words, tone = REGISTRY_STATES[card.registry]
        self.set_trailing(None if tone == "ok" else Pill(lambda: _(words), tone))
        if card.unit is None:
            self.add(Banner("bad", lambda: _("Not in the registry"), self._not_found(card)))
        else:
            self._add_unit(card)
        self._add_making(card)
        self._add_history(card)

    @staticmethod
    def _not_found(card: UnitCard) -> Words:
        if card.registry is RegistryState.COMPLETE:
            return lambda: _("The maker has no unit {serial}. Compare it with the label.").format(serial=card.serial)
        return lambda: _("The registry here does not hold every unit; HQ looks again.")

    def _add_unit(self, card: UnitCard) -> None:
        unit = card.unit
        assert unit is not None
        status, tone = STATUSES[unit.status]
        row = QHBoxLayout()
        row.setSpacing(8)
        row.addWidget(Pill(lambda: _(status), tone))
        name = name_words(card.model_zh, card.model_en)
        row.addWidget(ElidedLabel(lambda: " · ".join(filter(None, (unit.model, text_of(name)))), "strong"), 1)
        self.add(row)
        self.add(Label(lambda: _dates(card), "muted", wrap=True))

    def _add_making(self, card: UnitCard) -> None:
        """What the serial number says of the day of making where the registry says nothing, or another day."""
        making = card.making
        if making.doubts:
            self.add(Banner("warn", lambda: _("Compare the serial number with the label"), lambda: _doubts(making)))
        elif making.made and not (card.unit and card.unit.made):
            self.add(Label(lambda: _("made {day} by its serial number").format(day=making.made), "muted", wrap=True))

    def _add_history(self, card: UnitCard) -> None:
        for repair in card.repairs[:3]:
            line = _linked(
                lambda repair=repair: _("Repaired {day}: {fault}").format(
                    day=formats.day(repair.day), fault=repair.fault
                ),  # type: ignore[misc]
                repair.number,
                lambda repair=repair: self._open(repair.order_id),  # type: ignore[misc]
            )
            self.add(line)
        for order in card.open_orders[:3]:
            words = code_words("state", order.state)
            line = _linked(
                lambda words=words: _("Other open order: {state}").format(state=text_of(words)),  # type: ignore[misc]
                order.number,
                lambda order=order: self._open(order.order_id),  # type: ignore[misc]
                tone="warn",
            )
            self.add(line)
        if card.unit is not None and not card.repairs and not card.open_orders:
            self.add(Label(lambda: _("No earlier repairs here, no other open order."), "small"))


def _doubts(making: Making) -> str:
    return " ".join(doubt_words(making.doubts, _))


def _dates(card: UnitCard) -> str:
    unit = card.unit
    assert unit is not None
    parts = []
    if unit.made:
        parts.append(_("made {day}").format(day=formats.day(unit.made)))
    if unit.shipped:
        parts.append(_("shipped {day} to {dealer}").format(day=formats.day(unit.shipped), dealer=unit.dealer or "—"))
    if unit.sold:
        parts.append(_("sold {day}").format(day=formats.day(unit.sold)))
    if unit.installed:
        parts.append(_("installed {day}").format(day=formats.day(unit.installed)))
    if unit.exchanged_on:
        parts.append(_("exchanged {day}").format(day=formats.day(unit.exchanged_on)))
    return " · ".join(parts)


def _repaired(repair: EarlierRepair) -> str:
    return _("Repaired {day}: {fault}").format(day=formats.day(repair.day), fault=repair.fault)


def _linked(words: Words, link: str, run: Callable[[], object], tone: str = "") -> QHBoxLayout:
    row = QHBoxLayout()
    row.setSpacing(8)
    label = ElidedLabel(words, "" if tone else "muted", tone=tone)
    row.addWidget(label, 1)
    row.addWidget(Link(link, run), 0, Qt.AlignmentFlag.AlignVCenter)
    return row


class VerdictCard(Card):
    """The verdict in one word with its reasons; the proof opens on demand."""

    def __init__(self) -> None:
        super().__init__(lambda: _("Warranty verdict"), "verdict")
        self._open = False
        self._verdict: Verdict | None = None
        self._recorded = False
        self.hide()

    def show_verdict(self, verdict: Verdict | None, *, recorded: bool) -> None:
        """Shows a verdict, recorded on the order or only looked up; hides the card for None."""
        self._verdict, self._recorded = verdict, recorded
        self.setVisible(verdict is not None)
        self.clear()
        if verdict is None:
            return
        self.set_trailing(Link(self._why_words, self._toggle))
        tone = OUTCOME_TONES[verdict.outcome]
        word = code_words("outcome", verdict.outcome.value)
        self.add(Banner(tone, lambda: _headline(verdict, text_of(word)), lambda: " ".join(reason_lines(verdict))))
        if not recorded:
            self.add(Label(lambda: _("Looked up only; recorded when the serial number is used."), "small", wrap=True))
        if self._open:
            for line in range(len(verdict.proof)):
                self.add(Label(lambda line=line: f"{line + 1}. {proof_lines(verdict)[line]}", "muted", wrap=True))  # type: ignore[misc]
            for cover in verdict.covers:
                self.add(Label(lambda cover=cover: _cover(cover.part, cover.to_day), "muted", wrap=True))  # type: ignore[misc]

    def _why_words(self) -> str:
        return _("Hide proof") if self._open else _("Why")

    def _toggle(self) -> None:
        self._open = not self._open
        self.show_verdict(self._verdict, recorded=self._recorded)


def _headline(verdict: Verdict, word: str) -> str:
    if verdict.days_over:
        return _("{verdict} · whole unit {n} days over").format(verdict=word, n=verdict.days_over)
    return word


def _cover(part: str, to_day: object) -> str:
    return _("{part}: covered until {day}").format(part=part_class_name(part), day=to_day)


class DeviceLine(NamedTuple):
    """One device in the card: what it is, which one, how it stands."""

    kind: Words
    name: Words
    state: Words
    tone: str
    link: Words = ""
    run: Callable[[], object] | None = None


class SourcesBar(Card):
    """Which devices can be read from, and which one read last: one line below the picture."""

    def __init__(self) -> None:
        super().__init__()
        self._row = QHBoxLayout()
        self._row.setSpacing(10)
        self.add(self._row)
        bind(self, self.setAccessibleName, lambda: _("Sources"))

    def show_devices(self, lines: Sequence[DeviceLine]) -> None:
        """Lists the devices."""
        empty_layout(self._row)
        for line in lines:
            box = QHBoxLayout()
            box.setSpacing(6)
            box.addWidget(Label(line.kind, "muted"))
            box.addWidget(ElidedLabel(line.name), 1)
            if line.run is not None:
                box.addWidget(Link(line.link, line.run), 0, Qt.AlignmentFlag.AlignVCenter)
            box.addWidget(Pill(line.state, line.tone))
            self._row.addLayout(box, 1)
