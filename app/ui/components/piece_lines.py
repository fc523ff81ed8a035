"""Lines of parts with a number each: asked for, counted, granted or received; scanning a part counts it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from PySide6.QtCore import QSignalBlocker, Signal
from PySide6.QtWidgets import QGridLayout, QHBoxLayout, QLineEdit, QSizePolicy, QVBoxLayout, QWidget

from app.i18n import _
from app.ui.live import Words, bind
from app.ui.widgets import ElidedLabel, Label, Link, NumberInput, Rule, ScrollColumn

_MOST = 9_999


@dataclass(frozen=True)
class Piece:
    """One line: a part, its name, a note below it, how many, and (where it is asked for) how many of them are dead."""

    part_id: str
    words: Words
    note: Words = ""
    value: int = 0
    dead: int = 0
    most: int = _MOST
    reason: str = ""
    serials: tuple[str, ...] = ()


class PieceLines(ScrollColumn):
    """Set lines by `set_pieces`, read them by `pieces`; `changed` tells each change a person made."""

    changed = Signal()

    def __init__(self, *, with_dead: bool = False, with_reason: bool = False, removable: bool = True) -> None:
        """`with_dead` asks for pieces dead on arrival too, `with_reason` for a reason where `want_reasons` says so."""
        super().__init__()
        self._with_dead, self._with_reason, self._removable = with_dead, with_reason, removable
        self._lines: dict[str, _Line] = {}
        self._empty = Label("", "muted", wrap=True)
        self.body.addWidget(self._empty)
        self.body.setSpacing(4)
        self.body.addStretch(1)

    def say_empty(self, words: Words) -> PieceLines:
        """What stands there while there is no line; returns itself."""
        self._empty.say(words)
        return self

    def set_pieces(self, pieces: Iterable[Piece]) -> None:
        """Shows these lines instead."""
        for line in self._lines.values():
            line.hide()
            line.deleteLater()
        self._lines = {}
        for piece in pieces:
            self._add(piece)
        self._empty.setVisible(not self._lines)

    def add_piece(self, piece: Piece) -> None:
        """Adds a line, or so many to the one that is there."""
        known = self._lines.get(piece.part_id)
        if known is None:
            self._add(piece)
        else:
            known.number.setValue(known.number.value() + piece.value)
        self._empty.hide()
        self.ensureWidgetVisible(self._lines[piece.part_id])
        self.changed.emit()

    def count(self, part_id: str) -> bool:
        """One more of a part was scanned; False when it stands on no line."""
        line = self._lines.get(part_id)
        if line is None:
            return False
        line.number.setValue(line.number.value() + 1)
        self.ensureWidgetVisible(line)
        return True

    def add_serial(self, part_id: str, serial: str) -> None:
        """A serial number was scanned behind a part."""
        line = self._lines.get(part_id)
        if line is not None and serial not in line.serials:
            line.serials = (*line.serials, serial)
            line.tell_serials()
            self.changed.emit()

    def pieces(self) -> list[Piece]:
        """The lines as they stand."""
        return [line.piece() for line in self._lines.values()]

    def values(self) -> dict[str, int]:
        """Per part the number; lines with none are left out."""
        return {piece.part_id: piece.value for piece in self.pieces() if piece.value}

    def note(self, part_id: str, note: Words, tone: str = "") -> None:
        """Changes the note of a line."""
        line = self._lines.get(part_id)
        if line is not None:
            line.note.say(note)
            line.note.setVisible(True)
            line.note.set_tone(tone)

    def want_reasons(self, wanted: Mapping[str, bool]) -> None:
        """Shows where a reason is wanted."""
        for part_id, line in self._lines.items():
            line.reason.setVisible(self._with_reason and wanted.get(part_id, False))

    def focus_first(self) -> None:
        """Puts the keyboard into the first number."""
        for line in self._lines.values():
            line.number.setFocus()
            line.number.selectAll()
            return

    def keep(self) -> list[dict[str, Any]]:
        """What a person typed, to be kept."""
        return [
            {"part": p.part_id, "value": p.value, "dead": p.dead, "reason": p.reason, "serials": list(p.serials)}
            for p in self.pieces()
        ]

    def restore(self, kept: Iterable[Mapping[str, Any]]) -> None:
        """Puts what was kept into the lines that are there."""
        for one in kept:
            line = self._lines.get(str(one.get("part")))
            if line is not None:
                line.put(one)

    def _add(self, piece: Piece) -> None:
        line = _Line(piece, with_dead=self._with_dead, removable=self._removable)
        line.edited.connect(self.changed.emit)
        line.removed.connect(lambda: self._remove(piece.part_id))
        self._lines[piece.part_id] = line
        self.body.insertWidget(self.body.count() - 1, line)

    def _remove(self, part_id: str) -> None:
        line = self._lines.pop(part_id)
        line.hide()
        line.deleteLater()
        self._empty.setVisible(not self._lines)
        self.changed.emit()


class _Line(QWidget):
    """Part number and name, the note below, one or two numbers, and perhaps a reason."""

    edited = Signal()
    removed = Signal()

    def __init__(self, piece: Piece, *, with_dead: bool, removable: bool) -> None:
        super().__init__()
        self._piece = piece
        self.serials = piece.serials
        outer = QVBoxLayout(self)
        outer.setContentsMargins(0, 0, 0, 0)
        outer.setSpacing(4)
        grid = QGridLayout()
        grid.setContentsMargins(0, 0, 0, 0)
        grid.setHorizontalSpacing(10)
        grid.setVerticalSpacing(0)
        grid.setColumnStretch(0, 1)
        head = QHBoxLayout()
        head.setSpacing(8)
        head.addWidget(Label(piece.part_id, "strong"))
        head.addWidget(ElidedLabel(piece.words, "muted"), 1)
        grid.addLayout(head, 0, 0)
        self.note = Label(piece.note, "small", wrap=True)
        self.note.setVisible(bool(self.note.text()))
        grid.addWidget(self.note, 1, 0)
        self.number = self._number(piece.value, piece.most, lambda: _("Pieces of {part}").format(part=piece.part_id))
        grid.addWidget(self.number, 0, 1, 2, 1)
        self.dead = self._number(piece.dead, _MOST, lambda: _("Dead on arrival of {part}").format(part=piece.part_id))
        self.dead.setVisible(with_dead)
        if with_dead:
            bind(self.dead, self.dead.setPrefix, lambda: _("DOA") + " ")
        grid.addWidget(self.dead, 0, 2, 2, 1)
        if removable:
            grid.addWidget(Link(lambda: _("Remove"), self.removed.emit), 0, 3, 2, 1)
        outer.addLayout(grid)
        self.reason = QLineEdit(piece.reason)
        self.reason.setMaxLength(400)
        bind(self.reason, self.reason.setPlaceholderText, lambda: _("Why the count differs"))
        bind(self.reason, self.reason.setAccessibleName, lambda: _("Reason for {part}").format(part=piece.part_id))
        self.reason.textEdited.connect(lambda _text: self.edited.emit())
        self.reason.hide()
        outer.addWidget(self.reason)
        outer.addWidget(Rule())
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Minimum)
        self.tell_serials()

    def _number(self, value: int, most: int, words: Words) -> NumberInput:
        number = NumberInput(0, most, value)
        number.setFixedWidth(96)
        bind(number, number.setAccessibleName, words)
        number.valueChanged.connect(lambda _value: self.edited.emit())
        return number

    def tell_serials(self) -> None:
        """Shows the serial numbers that were scanned."""
        if self.serials:
            self.note.say(" · ".join(self.serials))
            self.note.setVisible(True)

    def piece(self) -> Piece:
        """The line as it stands."""
        return replace(
            self._piece,
            value=self.number.value(),
            dead=self.dead.value(),
            reason=self.reason.text().strip(),
            serials=self.serials,
        )

    def put(self, kept: Mapping[str, Any]) -> None:
        """Takes what was kept."""
        with QSignalBlocker(self.number), QSignalBlocker(self.dead):
            self.number.setValue(int(kept.get("value", 0)))
            self.dead.setValue(int(kept.get("dead", 0)))
        self.reason.setText(str(kept.get("reason", "")))
        self.serials = tuple(map(str, kept.get("serials", ())))
        self.tell_serials()
