"""The card of a label's codes beside the scanner's picture: each with its meaning and reason, and what is missing."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from app.actions.identify_unit import ReadCode
from app.i18n import _
from app.ui import theme
from app.ui.live import Words, text_of
from app.ui.pages.scan_shot import Reading
from app.ui.refusal_words import code_words
from app.ui.widgets import Button, Card, ElidedLabel, Label, Link, Pill, Rule
from core.identifiers import RULES, JudgedCode, Need
from core.visible import shown
from core.words import word


def meaning_words(code: JudgedCode) -> Words:
    """What a code was chosen as, or that it is only a code; one of several equally good serials is a serial."""
    if code.reason.rule in {"tie", "serial_without_check"}:
        return code_words("chosen_as", "serial")
    return code_words("chosen_as", code.chosen_as) if code.chosen_as else lambda: _("Other code")


def rule_words(code: JudgedCode) -> Words:
    """Why a code was chosen, or not."""
    template = RULES.get(code.reason.rule)
    if template is None:
        return ""
    return lambda: _(template).format_map(code.reason.facts)


def need_words(need: Need) -> Words:
    """What is to be read, in the words of the codes that will do."""
    return lambda: _(" or ").join(_(word("chosen_as", kind)) for kind in need.kinds)


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

    def show_reading(self, reading: Reading | None, rest: Sequence[Need] = ()) -> None:
        """Lists a reading's codes, and what is still to be read; what to do when there is none."""
        self.clear()
        if reading is None or not reading.label.codes:
            self.set_trailing(None)
            hint = Label(lambda: _("Scan the label: every code on it is shown here, and which one counts."), "muted")
            hint.setWordWrap(True)
            self.add(hint)
            self._add_rest(rest)
            return
        self.set_trailing(Link(lambda: _("Clear"), self._clear))
        self.add(ElidedLabel(_device_words(reading), "small"))
        self._add_codes(reading)
        self._add_rest(rest, began=True)

    def _add_codes(self, reading: Reading) -> None:
        ranked = _once(sorted(_each(reading.label.codes), key=lambda code: self._rank(code, reading)))
        read = _read_as(reading)
        for place, code in enumerate(ranked[:8]):
            if place:
                self.add(Rule())
            self.add(self._row(code, read.get(id(code)), reading))

    def _add_rest(self, rest: Sequence[Need], *, began: bool = False) -> None:
        for need in rest:
            self.add(Label(_rest_words(need), "muted" if need.is_optional or not began else "strong", wrap=True))
        if began and not rest:
            self.add(Label(lambda: _("Every code expected on this label has been read."), "small", wrap=True))

    @staticmethod
    def _rank(code: JudgedCode, reading: Reading) -> int:
        if code.value == reading.serial or code.value in reading.label.tie:
            return 0
        return 1 if code.chosen_as else 2

    def _row(self, code: JudgedCode, read: ReadCode | None, reading: Reading) -> QWidget:
        is_serial = code.value == reading.serial
        return _CodeRow(code, read, is_serial=is_serial, pill=self._pill(code, reading, is_serial=is_serial))

    def _pill(self, code: JudgedCode, reading: Reading, *, is_serial: bool) -> QWidget:
        if is_serial:
            return Pill(lambda: _("Chosen"), "ok", "check")
        if code.value in reading.label.tie:
            return Button(lambda: _("Choose this"), lambda: self._pick(code.value))
        if code.reason.rule in {"damaged", "placeholder"}:
            return Pill(lambda: _("Not usable"), "bad")
        return Pill(code.format or (lambda: _("Typed")), "grey")


def _device_words(reading: Reading) -> Words:
    """Which device read it."""
    kind, name = code_words("scan", reading.shot.source), reading.shot.device
    return lambda: _("Read by: {device}").format(device=" · ".join(filter(None, (text_of(kind), name))))


def _rest_words(need: Need) -> Words:
    what = need_words(need)
    if need.is_optional:
        return lambda: _("{code} is still to be read, if the label has one").format(code=text_of(what))
    return lambda: _("{code} is still to be read").format(code=text_of(what))


def _read_as(reading: Reading) -> dict[int, ReadCode]:
    """How each code was read, by the identity of what it was judged to be; a field shares its code's."""
    pairs = zip(reading.label.codes, reading.shot.codes, strict=False)
    return {id(part): read for code, read in pairs for part in (code, *code.fields)}


def _each(codes: Sequence[JudgedCode]) -> list[JudgedCode]:
    """The codes, and in place of one that holds several things each of them that means something."""
    return [part for code in codes for part in ([one for one in code.fields if one.reason.rule != "unknown"] or [code])]


def _once(codes: Sequence[JudgedCode]) -> list[JudgedCode]:
    """Codes that say the same are one line: a label often carries its serial number as bars and as QR code."""
    return list({(code.chosen_as, code.value): code for code in reversed(codes)}.values())[::-1]
