"""Labels of one make: bars on top, their text in words below, a QR code at the right, lines at the left.

Drawn for thermal printers, which know black dots and no grey: a module is whole dots, 0.25 mm at least.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from PySide6.QtGui import QImage

from app.ui.printing.sheet import LABEL_DPI, Compose, Draw, PaperSize, Sheet, paint_page, write_pages

_EDGE = 2.0
_LOW_EDGE = 0.6
_BARS = 8.0  # mm high on a label of 50 × 30
_QR = 0.45  # of the label's width at most: from afar and in the dark it is the QR code that reads
_LARGEST = 2.0


@dataclass(frozen=True)
class Line:
    """One line of words at the left; what does not fit into `lines` ends in …"""

    words: str
    points: float = 6.5
    bold: bool = False
    lines: int = 1


@dataclass(frozen=True)
class Label:
    """What stands on a label: the texts of its two codes, the number for people, and lines, the most needed first."""

    title: str
    bars: str
    shown: str
    qr: str
    lines: tuple[Line, ...]


class Labelled(Protocol):
    """Facts that are printed as a label."""

    def label(self) -> Label:
        """The label in the language of now."""
        ...


def draw_label(sheet: Sheet, label: Label) -> None:
    """Draws a label on any size from 50 × 30 mm; bars that would be too fine are left out, and the QR code grows.

    ValueError when not even the QR code fits.
    """
    width, height = sheet.size.width, sheet.size.height
    scale = min(width / 50, height / 30, _LARGEST)
    top = 1.2
    if sheet.fits_code128(width, label.bars):
        sheet.code128(0, top, width, _BARS * scale, label.bars)
        top += _BARS * scale + 0.2
    below = sheet.text(_EDGE, top, width - 2 * _EDGE, label.shown, 6.5 * scale, bold=True, mono=True)
    side = min(height - below, _QR * width)
    sheet.qr(width - side, height - side, side, label.qr)
    _draw_lines(sheet, label.lines, below + 0.2 * scale, width - side - _EDGE, scale)


def _draw_lines(sheet: Sheet, lines: Sequence[Line], top: float, width: float, scale: float) -> None:
    """As many lines as there is room for; the last ones are the ones to miss."""
    for line in lines:
        high = sheet.line_height(line.points * scale)
        room = int((sheet.size.height - _LOW_EDGE - top) / high)
        if line.words and room > 0:
            top = sheet.text(
                _EDGE, top, width, line.words, line.points * scale, bold=line.bold, lines=min(line.lines, room)
            )


def label_pages(label: Labelled) -> Compose:
    """What draws a label's one page."""

    def compose(_sheet: Sheet) -> list[Draw]:
        made = label.label()
        return [lambda sheet: draw_label(sheet, made)]

    return compose


def write_label(label: Labelled, path: Path, size: PaperSize, dpi: int = LABEL_DPI) -> Path:
    """Writes a label as PDF; OSError when the file cannot be written, ValueError for a code that does not fit."""
    return write_pages(path, size, dpi, label.label().title, label_pages(label))


def paint_label(label: Labelled, size: PaperSize, dpi: int = LABEL_DPI) -> QImage:
    """The label as the printer's dots; ValueError for a code that does not fit."""
    return paint_page(label_pages(label), size, dpi)[0]
