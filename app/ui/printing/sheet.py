"""A sheet with millimetre coordinates: text, lines, boxes and bar codes in whole dots of the printer."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from PySide6.QtCore import QMarginsF, QRect, QRectF, QSizeF, Qt
from PySide6.QtGui import QColor, QFont, QFontMetrics, QImage, QPageLayout, QPageSize, QPainter, QPen
from PySide6.QtPrintSupport import QPrinter

from app.ui import theme
from app.ui.printing import codes

LABEL_DPI = 203
"""Dots per inch of common label printers."""
PAPER_DPI = 300
_MM_PER_INCH = 25.4
_POINT_MM = 0.3528
_DOTS_PER_METRE = 1000 / 25.4


class CodeTooLarge(ValueError):
    """A code's modules would be finer than printers can print and cameras can read."""


@dataclass(frozen=True)
class PaperSize:
    """Width and height in millimetres."""

    width: float
    height: float


A4 = PaperSize(210, 297)
A5 = PaperSize(148, 210)
TAG = PaperSize(50, 30)
LABEL = PaperSize(60, 40)
LARGE_LABEL = PaperSize(70, 50)
BOX_LABEL = PaperSize(100, 70)
LABEL_SIZES = (TAG, LABEL, LARGE_LABEL, BOX_LABEL)
_NEVER_FIRST = frozenset("，。、；：！？）》”’】·,.;:!?)")
"""What no line begins with."""
LEAST_MODULE = 0.25
"""The narrowest bar in mm: two dots of a label printer; one dot runs together or stays away in the heat."""


class Sheet:
    """One page to draw on; all lengths in mm from the upper left corner, type sizes in points."""

    def __init__(self, painter: QPainter, size: PaperSize, dpi: int) -> None:
        self.painter, self.size, self.dpi = painter, size, dpi
        self._ink = QColor("#000000")
        painter.setPen(self._ink)

    def dots(self, millimetres: float) -> int:
        """Millimetres as whole dots."""
        return round(millimetres * self.dpi / _MM_PER_INCH)

    def millimetres(self, dots: int) -> float:
        """Dots as millimetres."""
        return dots * _MM_PER_INCH / self.dpi

    def _font(self, points: float, *, bold: bool, mono: bool) -> QFont:
        base = theme.mono_font if mono else theme.base_font
        font = QFont(base())
        for feature in (
            "tnum",
            "calt",
        ):  # Inter's other figures and dashes can't be copied from a PDF or searched in it
            font.setFeature(QFont.Tag(feature), 0)
        font.setPixelSize(max(1, self.dots(points * _POINT_MM)))
        font.setBold(bold)
        return font

    def _metrics(self, font: QFont) -> QFontMetrics:
        return QFontMetrics(font, self.painter.device())

    def line_height(self, points: float) -> float:
        """How much room in mm one line of words takes."""
        return self.millimetres(self._metrics(self._font(points, bold=False, mono=False)).height())

    def text_width(self, words: str, points: float, *, bold: bool = False, mono: bool = False) -> float:
        """How wide in mm words are on one line."""
        return self.millimetres(self._metrics(self._font(points, bold=bold, mono=mono)).horizontalAdvance(words) + 1)

    def text_lines(
        self, width: float, words: str, points: float = 9, *, bold: bool = False, mono: bool = False, lines: int = 1
    ) -> list[str]:
        """The lines that `text` would draw, one at least."""
        return wrapped(words, self._metrics(self._font(points, bold=bold, mono=mono)), self.dots(width), lines)

    def text(  # noqa: PLR0913 - place, words and look of a text are one thing
        self,
        x: float,
        y: float,
        width: float,
        words: str,
        points: float = 9,
        *,
        bold: bool = False,
        mono: bool = False,
        right: bool = False,
        lines: int = 1,
    ) -> float:
        """Draws words in a box from its upper left corner; wraps to `lines`, then ends in …; returns the y below."""
        font = self._font(points, bold=bold, mono=mono)
        self.painter.setFont(font)
        metrics = self._metrics(font)
        room, top = self.dots(width), self.dots(y)
        side = Qt.AlignmentFlag.AlignRight if right else Qt.AlignmentFlag.AlignLeft
        for line in wrapped(words, metrics, room, lines):
            box = QRect(self.dots(x), top, room, metrics.height())
            self.painter.drawText(box, int(side | Qt.AlignmentFlag.AlignVCenter | Qt.TextFlag.TextDontClip), line)
            top += metrics.height()
        return self.millimetres(top)

    def line(self, x1: float, y1: float, x2: float, y2: float, *, thick: float = 0.2) -> None:
        """A straight line, thickness in mm."""
        self.painter.setPen(QPen(self._ink, max(1, self.dots(thick))))
        self.painter.drawLine(self.dots(x1), self.dots(y1), self.dots(x2), self.dots(y2))
        self.painter.setPen(self._ink)

    def box(self, x: float, y: float, width: float, height: float, *, thick: float = 0.2) -> None:
        """An empty frame."""
        self.painter.setPen(QPen(self._ink, max(1, self.dots(thick))))
        self.painter.setBrush(Qt.BrushStyle.NoBrush)
        self.painter.drawRect(QRectF(self.dots(x), self.dots(y), self.dots(width), self.dots(height)))
        self.painter.setPen(self._ink)

    def fits_code128(self, width: float, text: str) -> bool:
        """Whether the bars of `text` are wide enough in `width`; a text that Code 128 can't hold never is."""
        try:
            whole = len(codes.code128(text)) + 2 * codes.CODE128_QUIET
        except ValueError:
            return False
        return self._wide_enough(self.dots(width) // whole)

    def _wide_enough(self, dots: int) -> bool:
        return self.millimetres(dots) > LEAST_MODULE - 0.005

    def code128(self, x: float, y: float, width: float, height: float, text: str) -> float:
        """A Code 128 with its quiet zones in `width`, as wide as whole dots per module allow; returns mm per module.

        Raises CodeTooLarge when a module would be narrower than `LEAST_MODULE`.
        """
        modules = codes.code128(text)
        whole = len(modules) + 2 * codes.CODE128_QUIET
        dot = self.dots(width) // whole
        if not self._wide_enough(dot):
            raise CodeTooLarge(f"{text!r} does not fit into {width} mm")
        left = self.dots(x) + (self.dots(width) - whole * dot) // 2 + codes.CODE128_QUIET * dot
        top, tall = self.dots(y), self.dots(height)
        start = 0
        while start < len(modules):
            end = start
            while end < len(modules) and modules[end] == modules[start]:
                end += 1
            if modules[start] == "1":
                self.painter.fillRect(left + start * dot, top, (end - start) * dot, tall, self._ink)
            start = end
        return self.millimetres(dot)

    def code(self, x: float, y: float, width: float, height: float, text: str) -> None:
        """Bars where they are wide enough, else a QR code at the right end of the same place."""
        if self.fits_code128(width, text):
            self.code128(x, y, width, height, text)
        else:
            self.qr(x + width - height, y, height, text)

    def qr(self, x: float, y: float, side: float, text: str) -> float:
        """A QR code with its quiet zone in a square of `side`; returns mm per module. Raises CodeTooLarge."""
        rows = codes.qr(text)
        whole = len(rows) + 2 * codes.QR_QUIET
        dot = self.dots(side) // whole
        if not self._wide_enough(dot):
            raise CodeTooLarge(f"a QR code of {len(rows)} modules does not fit into {side} mm")
        shift = (self.dots(side) - whole * dot) // 2 + codes.QR_QUIET * dot
        left, top = self.dots(x) + shift, self.dots(y) + shift
        for row, cells in enumerate(rows):
            for column, dark in enumerate(cells):
                if dark:
                    self.painter.fillRect(left + column * dot, top + row * dot, dot, dot, self._ink)
        return self.millimetres(dot)


def wrapped(words: str, metrics: QFontMetrics, room: int, lines: int) -> list[str]:
    """Words as at most `lines` lines of `room` dots; breaks between any two Chinese characters, else at spaces."""
    out: list[str] = []
    rest = " ".join(words.split())
    while rest and len(out) < lines - 1 and metrics.horizontalAdvance(rest) > room:
        cut = _break(rest, metrics, room)
        out.append(rest[:cut].rstrip())
        rest = rest[cut:].lstrip()
    out.append(metrics.elidedText(rest, Qt.TextElideMode.ElideRight, room))
    return out


def _break(rest: str, metrics: QFontMetrics, room: int) -> int:
    fits = 1
    while fits < len(rest) and metrics.horizontalAdvance(rest[: fits + 1]) <= room:
        fits += 1
    space = rest.rfind(" ", 0, fits + 1)
    wide = ord(rest[fits - 1]) > 0x2E7F or (fits < len(rest) and ord(rest[fits]) > 0x2E7F)
    cut = space if not wide and space > 0 else fits
    while cut > 1 and rest[cut:].lstrip()[:1] in _NEVER_FIRST:
        cut -= 1
    return cut


Draw = Callable[[Sheet], None]
Compose = Callable[[Sheet], Sequence[Draw]]
"""Measures by a sheet of the size it is for, and returns what draws each page."""


def write_pages(path: Path, size: PaperSize, dpi: int, title: str, compose: Compose) -> Path:
    """Writes the pages of `compose` as PDF; OSError when the file cannot be written."""
    printer = QPrinter(QPrinter.PrinterMode.HighResolution)
    printer.setOutputFormat(QPrinter.OutputFormat.PdfFormat)
    printer.setOutputFileName(str(path))
    printer.setDocName(title)
    printer.setCreator("Fixpoint")
    print_on(printer, size, dpi, compose)
    if not path.exists():
        raise OSError(f"cannot write {path.name}")
    return path


def print_on(printer: QPrinter, size: PaperSize, dpi: int, compose: Compose) -> None:
    """Prints pages on a printer (or its PDF) in true millimetres; OSError when it does not take them."""
    printer.setResolution(dpi)
    page = QPageSize(
        QSizeF(size.width, size.height), QPageSize.Unit.Millimeter, "", QPageSize.SizeMatchPolicy.ExactMatch
    )
    printer.setPageLayout(QPageLayout(page, QPageLayout.Orientation.Portrait, QMarginsF(0, 0, 0, 0)))
    printer.setFullPage(True)
    painter = QPainter()
    if not painter.begin(printer):
        raise OSError(f"cannot print {printer.docName()}")
    try:
        sheet = Sheet(painter, size, dpi)
        for place, draw in enumerate(compose(sheet)):
            if place and not printer.newPage():
                raise OSError(f"cannot print page {place + 1} of {printer.docName()}")
            draw(sheet)
    finally:
        painter.end()


def paint_page(compose: Compose, size: PaperSize, dpi: int, page: int = 0) -> tuple[QImage, int]:
    """One page as the printer's dots, black on white, and how many pages there are; raises CodeTooLarge.

    For a preview, and to be read again in tests. `page` counts from 0; the last one stands for all beyond it.
    """
    image = QImage(round(size.width * dpi / 25.4), round(size.height * dpi / 25.4), QImage.Format.Format_Grayscale8)
    image.setDotsPerMeterX(round(dpi * _DOTS_PER_METRE))
    image.setDotsPerMeterY(round(dpi * _DOTS_PER_METRE))
    image.fill(255)
    painter = QPainter(image)
    try:
        sheet = Sheet(painter, size, dpi)
        pages = compose(sheet)
        pages[min(page, len(pages) - 1)](sheet)
    finally:
        painter.end()
    return image, len(pages)
