"""The kit for papers: a head with the number's codes, blocks below it, pages that break by themselves, signatures.

A paper says what stands on it and nothing of where. Every page bears the head (maker, place, title, number, bars and
QR code) and a foot with "1/3"; what is too much for one page goes on to the next, a table with its heads again. The
same paper fits A4 and A5. All words come in the language in use: write them by ``_()`` inside the function that
makes the paper, for that function is called in the language that was chosen for the paper.

    def transfer_paper(transfer: Transfer) -> Paper:
        return Paper(
            title=_("Transfer list"),
            number=transfer.number,             # for people; shown under the bars
            code=f"FX-T:{transfer.number}",     # for scanners; "" draws no codes
            maker=transfer.maker,
            place=transfer.from_place,
            blocks=(
                Facts(((_("From"), transfer.from_place), (_("To"), transfer.to_place))),
                Table(
                    (Column(_("Part"), 2), Column(_("Part name"), 5), Column(_("Quantity"), 1, right=True)),
                    [(line.part, line.name, str(line.quantity)) for line in transfer.lines],
                    heading=_("Parts"),
                    total=("", _("Sum"), str(transfer.sum)),
                ),
            ),
            signatures=Signatures((_("Handed over by"), _("Taken over by"))),
            footnote=_("Count what is in the box before you sign."),
            printed=formats.moment(now),
        )

    offer(bench, page, paper_print(KINDS["transfer_list"], transfer.number, lambda: transfer_paper(transfer)))

`Facts` are labels with values, `Table` is a table, `Words` a running text, `Notice` a framed sentence one sees first,
`Blanks` and `WritingLines` are filled in by hand. A new kind of paper is one line in `kinds.py`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from app.ui.printing.page_flow import flow
from app.ui.printing.paper_blocks import (
    MARGIN,
    SMALL,
    Blanks,
    Block,
    Column,
    Facts,
    Notice,
    Signatures,
    Table,
    Words,
    WritingLines,
    is_narrow,
    width_of,
)
from app.ui.printing.sheet import Draw, Sheet

__all__ = [
    "Blanks", "Block", "Column", "Facts", "Notice", "Paper", "Signatures", "Table", "Words", "WritingLines",
    "paper_pages",
]  # fmt: skip

_QR = 20.0
_BARS = 72.0
_FOOT = 13.0


@dataclass(frozen=True)
class Paper:
    """What stands on a paper; `code` is what a scanner reads of it ("" for none), `printed` when it was printed."""

    title: str
    number: str
    code: str
    maker: str
    place: str
    blocks: Sequence[Block]
    signatures: Signatures | None = None
    footnote: str = ""
    printed: str = ""


def paper_pages(paper: Paper, sheet: Sheet) -> list[Draw]:
    """What draws each page of a paper on such a sheet; ValueError for a code that no QR code of 20 mm holds."""
    strips = [strip for block in paper.blocks for strip in block.strips(sheet)]
    tail = paper.signatures.strips(sheet) if paper.signatures else []
    if paper.footnote:
        first, *more = Words(paper.footnote, points=SMALL).strips(sheet)
        tail += [first.after_gap(1.5), *more]
    pages = flow(strips, tail, _head_height(sheet, paper), sheet.size.height - _FOOT)

    def drawing(place: int) -> Draw:
        def draw(sheet: Sheet) -> None:
            _draw_head(sheet, paper)
            for y, strip in pages[place]:
                strip.draw(sheet, y)
            _draw_foot(sheet, paper, f"{place + 1}/{len(pages)}")

        return draw

    return [drawing(place) for place in range(len(pages))]


def _head_height(sheet: Sheet, paper: Paper) -> float:
    return 43.0 if is_narrow(sheet) and paper.code else 34.0


def _draw_head(sheet: Sheet, paper: Paper) -> None:
    width, right, narrow = width_of(sheet), MARGIN + width_of(sheet), is_narrow(sheet)
    beside = (_QR + 2 if paper.code else 0) + (0 if narrow or not paper.code else _BARS + 2)
    y = sheet.text(MARGIN, 10, width - beside, paper.maker, 9)
    y = sheet.text(MARGIN, y, width - beside, paper.title, 16, bold=True)
    sheet.text(MARGIN, y, width - beside, paper.place, 9)
    bottom = _head_height(sheet, paper) - 2.5
    if not paper.code:
        sheet.text(MARGIN, bottom - 5.5, width, paper.number, 10, bold=True, mono=True)
    elif narrow:
        sheet.qr(right - _QR, 9, _QR, paper.code)
        _draw_bars(sheet, paper, MARGIN, 27, right=False)
    else:
        sheet.qr(right - _QR, 9, _QR, paper.code)
        _draw_bars(sheet, paper, right - _QR - 1 - _BARS, 11, right=True)
    sheet.line(MARGIN, bottom, right, bottom, thick=0.5)


def _draw_bars(sheet: Sheet, paper: Paper, x: float, y: float, *, right: bool) -> None:
    """The bars and their number; a text that is too long for bars of a readable width has the QR code alone."""
    if sheet.fits_code128(_BARS, paper.code):
        sheet.code128(x, y, _BARS, 10, paper.code)
    if right:
        sheet.text(x, y + 11, _BARS, paper.number, 10, bold=True, mono=True, right=True)
    else:
        room = width_of(sheet) - _BARS - 3
        sheet.text(x + _BARS + 3, y + 5, room, paper.number, 9, bold=True, mono=True, right=True)


def _draw_foot(sheet: Sheet, paper: Paper, page: str) -> None:
    y = sheet.size.height - 10.5
    left = " · ".join(filter(None, (paper.title, paper.number, paper.printed)))
    sheet.text(MARGIN, y, width_of(sheet) - 16, left, SMALL)
    sheet.text(MARGIN + width_of(sheet) - 15, y, 15, page, SMALL + 1, bold=True, right=True)
