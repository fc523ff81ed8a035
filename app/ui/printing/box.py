"""Paper of a box: the label on its outside, and the list of what is in it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from app.i18n import _, ngettext
from app.ui.printing.label import Label, Line
from app.ui.printing.sheet import A4, PAPER_DPI, PaperSize, Sheet, write_pages

_MARGIN = 12.0
_ROW = 6.2
_QR = 24.0
_FIRST_ROW = 52.0
_COLUMNS = ((0.0, 0.06), (0.06, 0.21), (0.27, 0.2), (0.47, 0.25), (0.72, 0.28))


@dataclass(frozen=True)
class BoxLabel:
    """What stands on a box; `code` is the text that a scanner reads to mean this very box."""

    number: str
    code: str
    from_place: str
    to_place: str
    count: int
    packed_on: str = ""

    def label(self) -> Label:
        """The label in the language of now."""
        count = ngettext("{n} old part", "{n} old parts", self.count).format(n=self.count)
        return Label(
            title=self.number,
            bars=self.code,
            shown=self.number,
            qr=self.code,
            lines=(
                Line(_("To {place}").format(place=self.to_place), 7, bold=True, lines=3),
                Line(_("From {place}").format(place=self.from_place), 6, lines=2),
                Line(count, 7, bold=True),
                Line(self.packed_on, 5.5),
            ),
        )


@dataclass(frozen=True)
class BoxItem:
    """One line of the box list, all in the words that are to be printed."""

    tag: str
    part_number: str
    part_name: str
    serial: str
    order_number: str


def write_box_list(box: BoxLabel, items: Sequence[BoxItem], path: Path, size: PaperSize = A4) -> Path:
    """Writes the list of a box as PDF, as many pages as it needs; OSError when the file cannot be written."""
    return write_pages(path, size, PAPER_DPI, box.number, box_list_pages(box, items, size))


def box_list_pages(box: BoxLabel, items: Sequence[BoxItem], size: PaperSize) -> list[Callable[[Sheet], None]]:
    """What draws each page of the list; an empty box has one page too."""
    each = int((size.height - _FIRST_ROW - 2 * _MARGIN) / _ROW)
    parts = [items[start : start + each] for start in range(0, max(1, len(items)), each)]

    def drawing(place: int) -> Callable[[Sheet], None]:
        return lambda sheet: _draw_page(sheet, box, parts[place], place * each, f"{place + 1} / {len(parts)}")

    return [drawing(place) for place in range(len(parts))]


def _draw_page(sheet: Sheet, box: BoxLabel, items: Sequence[BoxItem], before: int, page: str) -> None:
    right = sheet.size.width - _MARGIN
    width = right - _MARGIN
    sheet.text(_MARGIN, 10, width - 102, _("Box list"), 16, bold=True)
    sheet.text(_MARGIN, 18.5, width - 102, box.number, 11, bold=True, mono=True)
    sheet.code(right - 98, 9, 72, 13, box.code)
    sheet.qr(right - _QR, 7, _QR, box.code)
    facts = box.label().lines
    y = 25.0
    for line in facts:
        y = sheet.text(_MARGIN, y, width - _QR, line.words, 9, bold=line.bold)
    _draw_row(sheet, _FIRST_ROW - _ROW, ("", *_titles()), bold=True)
    for place, item in enumerate(items):
        cells = (str(before + place + 1), item.tag, item.part_number, item.part_name, item.serial or item.order_number)
        _draw_row(sheet, _FIRST_ROW + place * _ROW, cells)
    sheet.text(_MARGIN, sheet.size.height - _MARGIN, width, page, 8, right=True)


def _titles() -> tuple[str, ...]:
    return _("Tag number"), _("Part"), _("Part name"), _("Serial number")


def _draw_row(sheet: Sheet, y: float, cells: Sequence[str], *, bold: bool = False) -> None:
    width = sheet.size.width - 2 * _MARGIN
    for (start, share), words in zip(_COLUMNS, cells, strict=True):
        sheet.text(_MARGIN + start * width, y + 0.8, share * width - 1, words, 8.5, bold=bold)
    sheet.line(_MARGIN, y + _ROW, _MARGIN + width, y + _ROW)
