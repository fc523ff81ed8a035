"""The cards beside the scanner's picture: codes of the label, the registry's record, the verdict, the devices."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import NamedTuple

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from app.actions.identify_unit import ReadCode, shown
from app.i18n import N_, _
from app.queries.scanning import EarlierRepair, UnitCard
from app.queries.verdicts import part_class_name, proof_lines, reason_lines
from app.ui import formats, theme
from app.ui.live import Words, bind, text_of
from app.ui.pages.scan_shot import Reading
from app.ui.refusal_words import code_words, name_words
from app.ui.widgets import Banner, Button, Card, ElidedLabel, Label, Link, Pill, Rule, empty_layout
from core.identifiers import RULES, JudgedCode
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


def meaning_words(code: JudgedCode) -> Words:
    """What a code was chosen as, or that it is only a code; one of several equally good serials is a serial."""
    if code.reason.rule == "tie":
        return code_words("chosen_as", "serial")
    return code_words("chosen_as", code.chosen_as) if code.chosen_as else lambda: _("Other code")


def rule_words(code: JudgedCode) -> Words:
    """Why a code was chosen, or not."""
    template = RULES.get(code.reason.rule)
    if template is None:
        return ""
    return lambda: _(template).format_map(code.reason.facts)


class _CodeRow(QWidget):
    """One code: what it is, its text, and a pill; below it the reason, and what to know of how it was read."""

    def __init__(self, code: JudgedCode, read: ReadCode | None, *, is_serial: bool, pill: QWidget) -> None:
        super().__init__()
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 2, 0, 2)
        column.setSpacing(1)
        line = QHBoxLayout()
        line.setSpacing(8)
        key = ElidedLabel(meaning_words(code), "strong" if is_serial else "muted")
        key.setFixedWidth(100)
        value = ElidedLabel(
            shown(code.text if code.chosen_as == "gtin" else code.value or code.text), "strong" if is_serial else ""
        )
        value.setFont(theme.mono_font(13, 600 if is_serial else 400))
        line.addWidget(key)
        line.addWidget(value, 1)
        line.addWidget(pill)
        column.addLayout(line)
        why = Label(lambda: " · ".join(filter(None, (text_of(rule_words(code)), *_notes(read)))), "small", wrap=True)
        why.setContentsMargins(108, 0, 0, 0)
        why.setVisible(bool(why.text()))
        column.addWidget(why)
        self.setAccessibleName(f"{key.text()} {value.text()} {why.text()}")


def _notes(read: ReadCode | None) -> list[str]:
    """The page of a document it stands on; a text that is one of several readings of its bytes."""
    notes = [_("page {n}").format(n=read.page)] if read and read.page else []
    return [*notes, _("Text uncertain: its bytes fit several encodings")] if read and read.doubtful else notes


class LabelCard(Card):
    """All codes of a label, the chosen one first."""

    def __init__(self, pick: Callable[[str], object], clear: Callable[[], object]) -> None:
        super().__init__(lambda: _("Codes on the label"))
        self._pick, self._clear = pick, clear
        self.show_reading(None)

    def show_reading(self, reading: Reading | None) -> None:
        """Lists a reading's codes; what to do when there is none."""
        self.clear()
        if reading is None or not reading.label.codes:
            self.set_trailing(None)
            hint = Label(lambda: _("Scan the label: every code on it is shown here, and which one counts."), "muted")
            hint.setWordWrap(True)
            self.add(hint)
            return
        self.set_trailing(Link(lambda: _("Clear"), self._clear))
        ranked = _once(sorted(reading.label.codes, key=lambda code: self._rank(code, reading)))
        for place, code in enumerate(ranked[:8]):
            if place:
                self.add(Rule())
            self.add(self._row(code, reading))

    @staticmethod
    def _rank(code: JudgedCode, reading: Reading) -> int:
        if code.value == reading.serial or code.value in reading.label.tie:
            return 0
        return 1 if code.chosen_as else 2

    def _row(self, code: JudgedCode, reading: Reading) -> QWidget:
        is_serial = code.value == reading.serial
        read = dict(zip(map(id, reading.label.codes), reading.shot.codes, strict=False)).get(id(code))
        return _CodeRow(code, read, is_serial=is_serial, pill=self._pill(code, reading, is_serial=is_serial))

    def _pill(self, code: JudgedCode, reading: Reading, *, is_serial: bool) -> QWidget:
        if is_serial:
            return Pill(lambda: _("Chosen"), "ok", "check")
        if code.value in reading.label.tie:
            return Button(lambda: _("Choose this"), lambda: self._pick(code.value))
        if code.reason.rule in {"damaged", "placeholder"}:
            return Pill(lambda: _("Not usable"), "bad")
        return Pill(code.format or (lambda: _("Typed")), "grey")


def _once(codes: Sequence[JudgedCode]) -> list[JudgedCode]:
    """Codes that say the same are one line: a label often carries its serial number as bars and as QR code."""
    return list({(code.chosen_as, code.value): code for code in reversed(codes)}.values())[::-1]


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
