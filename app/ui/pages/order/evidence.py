"""Why this serial number: the order's scans with their codes and bytes, over the page, the proving code marked."""

from __future__ import annotations

from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from app.i18n import _
from app.ui import formats, theme
from app.ui.components.popover import Popover
from app.ui.live import text_of
from app.ui.refusal_words import code_words
from app.ui.widgets import Banner, Label, Pill, Rule, ScrollColumn, empty_layout
from core.scan_evidence import CodeSeen, OrderScans, ScanSeen, SerialProof
from core.scan_lines import code_notes, doubt_words, format_words, proof_words

_WIDE, _MARGINS = 520, 34  # pixels
_MOST_HIGH = 520
TONES = {"read": "ok", "picked": "ok", "typed": "warn", "unproven": "bad", "unread": "grey"}


class EvidencePopover(Popover):
    """Shows what was read of an order's units; filled by :meth:`tell` before it is opened."""

    def __init__(self, host: QWidget) -> None:
        super().__init__(host, lambda: _("Why this serial number"), width=_WIDE)
        self.setObjectName("scan_evidence")
        self._found: OrderScans | None = None
        self._column = ScrollColumn()
        self._column.body.setSpacing(6)
        self.body.addWidget(self._column)

    def tell(self, found: OrderScans) -> None:
        """Shows these scans from now on."""
        self._found = found
        if self.isVisible():
            self.refresh()
            self.adjustSize()

    def retranslate(self) -> None:
        """Renews what is on show."""
        if self.isVisible():
            self.refresh()

    def refresh(self) -> None:
        """Lists the units with what proves them, then the scans, the newest first."""
        body = self._column.body
        empty_layout(body)
        for widget in self._widgets(self._found) if self._found else ():
            body.addWidget(widget)
            widget.show()  # what is added to an open panel has no height until it is shown
        body.addStretch(1)
        self._column.setFixedHeight(min(self._column.natural_height(self.width() - _MARGINS), _MOST_HIGH))

    @staticmethod
    def _widgets(found: OrderScans) -> list[QWidget]:
        widgets: list[QWidget] = [_unit(unit) for unit in found.units]
        proving = {(unit.scan, unit.code) for unit in found.units if unit.code is not None}
        for scan in reversed(found.scans):
            widgets += [Rule(), _head(scan)]
            widgets += [_Code(code, proves=(scan.number, place) in proving) for place, code in enumerate(scan.codes)]
            widgets += [_picture(scan)] if scan.picture_sha256 else []
        return widgets


def _unit(unit: SerialProof) -> Banner:
    title = " · ".join(filter(None, (unit.model, unit.serial))) or "—"
    tone = "bad" if unit.doubts else TONES[unit.how]
    return Banner(tone, title, lambda: " ".join((proof_words(unit, _), *doubt_words(unit.doubts, _))))


def _head(scan: ScanSeen) -> Label:
    kind = code_words("scan", scan.device_kind)

    def words() -> str:
        took = _("{n} ms").format(n=scan.read_ms) if scan.read_ms is not None else ""
        device = " · ".join(filter(None, (text_of(kind), scan.device_name)))
        number = _("Scan {n}").format(n=scan.number)
        return " · ".join(filter(None, (number, formats.moment(scan.scanned_at), scan.person, device, took)))

    return Label(words, "strong", wrap=True)


def _picture(scan: ScanSeen) -> Label:
    def words() -> str:
        where = _("on this computer") if scan.picture_here else _("not on this computer")
        return _("Picture {sha256} ({where})").format(sha256=scan.picture_sha256, where=where)

    return Label(words, "small", wrap=True).selectable()


class _Code(QWidget):
    """One code: text and what it was chosen as; below it its format, its bytes, and how it was read."""

    def __init__(self, code: CodeSeen, *, proves: bool) -> None:
        super().__init__()
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 4)
        column.setSpacing(1)
        line = QHBoxLayout()
        line.setSpacing(8)
        text = Label(code.text, "strong" if proves else "", wrap=True).selectable()
        text.setFont(theme.mono_font(13, 600 if proves else 400))
        line.addWidget(text, 1)
        if proves:
            line.addWidget(Pill(lambda: _("Proves the number"), "ok", "check"))
        elif code.chosen_as:
            line.addWidget(Pill(code_words("chosen_as", code.chosen_as), "grey"))
        column.addLayout(line)
        tone = "warn" if code.disputed or code.doubtful else ""
        how = Label(lambda: " · ".join((format_words(code), *code_notes(code, _))), "small", tone=tone, wrap=True)
        column.addWidget(how)
        raw = Label(lambda: _("Bytes: {raw}").format(raw=code.raw), "small", wrap=True).selectable()
        column.addWidget(raw)
        self.setAccessibleName(code.text)
