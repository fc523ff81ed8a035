"""The blocks of papers: what each is made of on a sheet, as strips from above; see :mod:`app.ui.printing.paper`."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Protocol

from app.ui.printing.page_flow import Strip
from app.ui.printing.sheet import Sheet

MARGIN = 12.0
_NARROW = 170.0  # mm: sheets below have their bars under the title
_GAP = 3.5
_PAD = 0.9
_MOST_LINES = 12
_BODY, _CELL, SMALL, _HEADING = 9.5, 9.0, 7.5, 10.5
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
        width, points = width_of(sheet), _points(sheet, _BODY)
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
        width = width_of(sheet)
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
        edges = [x for x, _width_ in self._places(sheet)] + [MARGIN + width_of(sheet)]

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
            for line in sheet.text_lines(width_of(sheet), part, points, bold=self.bold, lines=200)
        ]
        return _block(sheet, self.heading, [Strip(high, self._drawing(line, points)) for line in lines])

    def _drawing(self, line: str, points: float) -> Callable[[Sheet, float], object]:
        return lambda sheet, y: sheet.text(MARGIN, y, width_of(sheet), line, points, bold=self.bold)


@dataclass(frozen=True)
class Notice:
    """A framed sentence one sees first, and a text below it."""

    title: str
    words: str = ""

    def strips(self, sheet: Sheet) -> list[Strip]:
        """One strip, never cut."""
        room, large, points = width_of(sheet) - 6, _points(sheet, 14), _points(sheet, _BODY)
        titles = len(sheet.text_lines(room, self.title, large, bold=True, lines=3))
        lines = [line for part in self.words.splitlines() for line in sheet.text_lines(room, part, points, lines=8)]
        height = titles * sheet.line_height(large) + len(lines) * sheet.line_height(points) + 3.5

        def draw(sheet: Sheet, y: float) -> None:
            sheet.box(MARGIN, y, width_of(sheet), height, thick=0.5)
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
            room = width_of(sheet) / len(self.labels)
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
        high = _SIGNING_NARROW if is_narrow(sheet) else _SIGNING

        def draw(sheet: Sheet, y: float) -> None:
            room = (width_of(sheet) + 4) / len(self.labels)
            for place, label in enumerate(self.labels):
                x = MARGIN + place * room
                sheet.box(x, y + 1, room - 4, high)
                sheet.text(x + 1.5, y + 1.8, room - 7, label, 8)

        said = [strip.kept_with_next() for strip in Words(self.statement, points=9).strips(sheet)]
        return [*said, Strip(high + 1.5, draw, gap=0 if said else _GAP)]


def width_of(sheet: Sheet) -> float:
    """How wide in mm the blocks are."""
    return sheet.size.width - 2 * MARGIN


def _points(sheet: Sheet, points: float) -> float:
    """A type size as it is on this sheet."""
    return points * _SMALLER if is_narrow(sheet) else points


def _rule(sheet: Sheet, y: float, thick: float = 0.15) -> None:
    sheet.line(MARGIN, y, MARGIN + width_of(sheet), y, thick=thick)


def _block(sheet: Sheet, heading: str, strips: list[Strip]) -> list[Strip]:
    """The strips under their heading, with room above."""
    if heading and strips:
        points = _points(sheet, _HEADING)
        words = Strip(
            sheet.line_height(points) + 0.6,
            lambda sheet, y: sheet.text(MARGIN, y, width_of(sheet), heading, points, bold=True),
        )
        strips = [words.kept_with_next(), *strips]
    gap = _GAP * (_SMALLER if is_narrow(sheet) else 1)
    return [strips[0].after_gap(gap), *strips[1:]] if strips else []


def is_narrow(sheet: Sheet) -> bool:
    """Whether it is a sheet like A5, with smaller type and the bars under the title."""
    return sheet.size.width < _NARROW
