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

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Protocol

from app.ui.printing.page_flow import Strip, flow
from app.ui.printing.sheet import Draw, Sheet

MARGIN = 12.0
_NARROW = 170.0  # mm: sheets below have their bars under the title
_QR = 20.0
_BARS = 72.0
_FOOT = 13.0
_GAP = 3.5
_PAD = 0.9
_MOST_LINES = 12
_BODY, _CELL, _SMALL, _HEADING = 9.5, 9.0, 7.5, 10.5
_SMALLER = 0.88  # types on narrow sheets
_APART = 2.5  # mm between the words of two columns
_HAND_ROW, _HAND_LINE = 7.5, 8.5
_SIGNING, _SIGNING_NARROW = 18.0, 14.0


class Block(Protocol):
    """A part of a paper: anything that can say which strips it is made of."""

    def strips(self, sheet: Sheet) -> list[Strip]:
        """Its strips on such a sheet, from above; none when there is nothing to show."""
        ...


@dataclass(frozen=True)
class Column:
    """One column of a table; `share` is its part of the width against the others'.

    A `whole` column (numbers, days, amounts) is as wide as its widest cell instead, so that none of them is broken.
    """

    words: str
    share: float = 1
    right: bool = False
    mono: bool = False
    whole: bool = False


@dataclass(frozen=True)
class Facts:
    """Labels with their values; a row without a value is left out; a value longer than `lines` ends in …"""

    rows: Sequence[tuple[str, str]]
    heading: str = ""
    lines: int = _MOST_LINES

    def strips(self, sheet: Sheet) -> list[Strip]:
        """A strip for each row."""
        width, points = _width(sheet), _points(sheet, _BODY)
        rows = [(label, value) for label, value in self.rows if value]
        widest = max((sheet.text_width(label, points) for label, _value in rows), default=0)
        left = min(widest, width * 0.3) + 3

        def row(label: str, value: str) -> Strip:
            def draw(sheet: Sheet, y: float) -> None:
                sheet.text(MARGIN, y, left - 2, label, points, lines=2)
                sheet.text(MARGIN + left, y, width - left, value, points, lines=self.lines)

            label_lines = len(sheet.text_lines(left - 2, label, points, lines=2))
            value_lines = len(sheet.text_lines(width - left, value, points, lines=self.lines))
            return Strip(max(label_lines, value_lines) * sheet.line_height(points) + _PAD, draw)

        return _block(sheet, self.heading, [row(*pair) for pair in rows])


@dataclass(frozen=True)
class Table:
    """Rows of cells in columns; `total` is a last row in bold; `hand_rows` are empty ones to be filled in by hand.

    Cells wrap; a table that does not fit goes on to the next page under its heads. Without rows `empty` is said.
    """

    columns: Sequence[Column]
    rows: Sequence[Sequence[str]]
    heading: str = ""
    total: Sequence[str] = ()
    empty: str = ""
    hand_rows: int = 0

    def strips(self, sheet: Sheet) -> list[Strip]:
        """Heads, rows, the total."""
        if not self.rows and not self.hand_rows:
            return _block(sheet, self.heading, Words(self.empty).strips(sheet) if self.empty else [])
        heads = self._row(sheet, [column.words for column in self.columns], bold=True, thick=0.4).kept_with_next()
        rows = [self._row(sheet, cells, again=heads) for cells in self.rows]
        rows += [self._hand_row(sheet)] * self.hand_rows
        if self.total and rows:
            rows[-1] = rows[-1].kept_with_next()
            rows.append(self._row(sheet, self.total, again=heads, bold=True))
        return _block(sheet, self.heading, [heads, *rows])

    def _places(self, sheet: Sheet) -> list[tuple[float, float]]:
        """Left edge and width of each column; whole ones take at most two thirds of the sheet together."""
        width = _width(sheet)
        whole = [self._widest(sheet, place) if one.whole else 0.0 for place, one in enumerate(self.columns)]
        taken = min(sum(whole), width * 2 / 3)
        squeezed = taken / sum(whole) if sum(whole) else 0
        shares = sum(one.share for one in self.columns if not one.whole)
        places, x = [], MARGIN
        for one, wide in zip(self.columns, whole, strict=True):
            places.append((x, wide * squeezed if one.whole else (width - taken) * one.share / shares))
            x += places[-1][1]
        return places

    def _widest(self, sheet: Sheet, place: int) -> float:
        points, column = _points(sheet, _CELL), self.columns[place]
        cells = [cells[place] for cells in self.rows]
        told = [sheet.text_width(words, points, mono=column.mono) for words in cells]
        heads = [*column.words.split(), *(self.total[place : place + 1])]
        told += [sheet.text_width(words, points, bold=True) for words in heads]
        return max(told, default=0) + _APART + 0.5

    def _row(
        self,
        sheet: Sheet,
        cells: Sequence[str],
        *,
        bold: bool = False,
        thick: float = 0.15,
        again: Strip | None = None,
    ) -> Strip:
        points, places = _points(sheet, _CELL), self._places(sheet)
        told = [
            (x, width - _APART, words, column.mono and not bold, column.right)
            for column, (x, width), words in zip(self.columns, places, cells, strict=True)
        ]
        most = max(
            len(sheet.text_lines(width, words, points, bold=bold, mono=mono, lines=_MOST_LINES))
            for _x, width, words, mono, _right in told
        )
        height = most * sheet.line_height(points) + 2 * _PAD

        def draw(sheet: Sheet, y: float) -> None:
            for x, width, words, mono, right in told:
                sheet.text(
                    x + 0.5, y + _PAD, width, words, points, bold=bold, mono=mono, right=right, lines=_MOST_LINES
                )
            _rule(sheet, y + height, thick)

        return Strip(height, draw, again=again)

    def _hand_row(self, sheet: Sheet) -> Strip:
        edges = [x for x, _width_ in self._places(sheet)] + [MARGIN + _width(sheet)]

        def draw(sheet: Sheet, y: float) -> None:
            for x in edges:
                sheet.line(x, y, x, y + _HAND_ROW)
            _rule(sheet, y + _HAND_ROW)

        return Strip(_HAND_ROW, draw)


@dataclass(frozen=True)
class Words:
    """A running text in lines as wide as the sheet; `points` is its size."""

    words: str
    heading: str = ""
    points: float = _BODY
    bold: bool = False

    def strips(self, sheet: Sheet) -> list[Strip]:
        """A strip for each line: a long text breaks over pages; a line break in the text is one on paper."""
        points = _points(sheet, self.points)
        high = sheet.line_height(points)
        lines = [
            line
            for part in self.words.splitlines()
            for line in sheet.text_lines(_width(sheet), part, points, bold=self.bold, lines=200)
        ]
        return _block(sheet, self.heading, [Strip(high, self._drawing(line, points)) for line in lines])

    def _drawing(self, line: str, points: float) -> Callable[[Sheet, float], object]:
        return lambda sheet, y: sheet.text(MARGIN, y, _width(sheet), line, points, bold=self.bold)


@dataclass(frozen=True)
class Notice:
    """A framed sentence one sees first, and a text below it."""

    title: str
    words: str = ""

    def strips(self, sheet: Sheet) -> list[Strip]:
        """One strip, never cut."""
        room, large, points = _width(sheet) - 6, _points(sheet, 14), _points(sheet, _BODY)
        titles = len(sheet.text_lines(room, self.title, large, bold=True, lines=3))
        lines = [line for part in self.words.splitlines() for line in sheet.text_lines(room, part, points, lines=8)]
        height = titles * sheet.line_height(large) + len(lines) * sheet.line_height(points) + 3.5

        def draw(sheet: Sheet, y: float) -> None:
            sheet.box(MARGIN, y, _width(sheet), height, thick=0.5)
            y = sheet.text(MARGIN + 3, y + 1.5, room, self.title, large, bold=True, lines=3)
            for line in lines:
                y = sheet.text(MARGIN + 3, y, room, line, points)

        return [Strip(height, draw, gap=_GAP)]


@dataclass(frozen=True)
class WritingLines:
    """A heading and lines to write on, `least` of them; they take what room is left on a paper of one page."""

    heading: str
    least: int = 2

    def strips(self, sheet: Sheet) -> list[Strip]:
        """A strip for each line; the last one may be repeated."""
        line = Strip(_HAND_LINE, lambda sheet, y: _rule(sheet, y + _HAND_LINE))
        return _block(sheet, self.heading, [line] * (self.least - 1) + [line.growing()])


@dataclass(frozen=True)
class Blanks:
    """Labels side by side, each with a short line to write on."""

    labels: Sequence[str]

    def strips(self, sheet: Sheet) -> list[Strip]:
        """One strip."""

        def draw(sheet: Sheet, y: float) -> None:
            room = _width(sheet) / len(self.labels)
            for place, label in enumerate(self.labels):
                x = MARGIN + place * room
                used = min(sheet.text_width(label, 9) + 2, room * 0.6)
                sheet.text(x, y + 3, used, label, 9)
                sheet.line(x + used, y + 7, x + room - 5, y + 7)

        return [Strip(8, draw)]


@dataclass(frozen=True)
class Signatures:
    """Frames to sign in, side by side at the end of the last page, and what is declared by signing."""

    labels: Sequence[str]
    statement: str = ""

    def strips(self, sheet: Sheet) -> list[Strip]:
        """The statement and the frames, kept together."""
        high = _SIGNING_NARROW if _is_narrow(sheet) else _SIGNING

        def draw(sheet: Sheet, y: float) -> None:
            room = (_width(sheet) + 4) / len(self.labels)
            for place, label in enumerate(self.labels):
                x = MARGIN + place * room
                sheet.box(x, y + 1, room - 4, high)
                sheet.text(x + 1.5, y + 1.8, room - 7, label, 8)

        said = [strip.kept_with_next() for strip in Words(self.statement, points=9).strips(sheet)]
        return [*said, Strip(high + 1.5, draw, gap=0 if said else _GAP)]


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
        first, *more = Words(paper.footnote, points=_SMALL).strips(sheet)
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


def _width(sheet: Sheet) -> float:
    return sheet.size.width - 2 * MARGIN


def _points(sheet: Sheet, points: float) -> float:
    """A type size as it is on this sheet."""
    return points * _SMALLER if _is_narrow(sheet) else points


def _rule(sheet: Sheet, y: float, thick: float = 0.15) -> None:
    sheet.line(MARGIN, y, MARGIN + _width(sheet), y, thick=thick)


def _block(sheet: Sheet, heading: str, strips: list[Strip]) -> list[Strip]:
    """The strips under their heading, with room above."""
    if heading and strips:
        points = _points(sheet, _HEADING)
        words = Strip(
            sheet.line_height(points) + 0.6,
            lambda sheet, y: sheet.text(MARGIN, y, _width(sheet), heading, points, bold=True),
        )
        strips = [words.kept_with_next(), *strips]
    gap = _GAP * (_SMALLER if _is_narrow(sheet) else 1)
    return [strips[0].after_gap(gap), *strips[1:]] if strips else []


def _is_narrow(sheet: Sheet) -> bool:
    return sheet.size.width < _NARROW


def _head_height(sheet: Sheet, paper: Paper) -> float:
    return 43.0 if _is_narrow(sheet) and paper.code else 34.0


def _draw_head(sheet: Sheet, paper: Paper) -> None:
    width, right, narrow = _width(sheet), MARGIN + _width(sheet), _is_narrow(sheet)
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
        room = _width(sheet) - _BARS - 3
        sheet.text(x + _BARS + 3, y + 5, room, paper.number, 9, bold=True, mono=True, right=True)


def _draw_foot(sheet: Sheet, paper: Paper, page: str) -> None:
    y = sheet.size.height - 10.5
    left = " · ".join(filter(None, (paper.title, paper.number, paper.printed)))
    sheet.text(MARGIN, y, _width(sheet) - 16, left, _SMALL)
    sheet.text(MARGIN + _width(sheet) - 15, y, 15, page, _SMALL + 1, bold=True, right=True)
