"""How strips of a paper fall on pages: none is cut, some stay together, a table's heads come again, one may grow."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from app.ui.printing.sheet import Sheet


@dataclass(frozen=True)
class Strip:
    """A piece of a page as wide as the page: its height in mm, and what draws it at a `y`.

    `gap` is the room above it, unless it begins a page. `again` comes before it when it begins a page.
    """

    height: float
    draw: Callable[[Sheet, float], object]
    gap: float = 0
    again: Strip | None = None
    with_next: bool = False
    grows: bool = False

    def kept_with_next(self) -> Strip:
        """The strip, never the last of its page."""
        return replace(self, with_next=True)

    def after_gap(self, gap: float) -> Strip:
        """The strip with room above it."""
        return replace(self, gap=gap)

    def growing(self) -> Strip:
        """The strip, repeated while there is room on a paper of one page."""
        return replace(self, grows=True)


_SMALL_BLOCK = 50.0  # mm

Placed = list[tuple[float, Strip]]
"""A page: each strip with its y in mm."""


def flow(strips: Sequence[Strip], tail: Sequence[Strip], top: float, bottom: float) -> list[Placed]:
    """The pages, one at least; the tail stands whole at the end of the last one, never on a page of its own."""
    ending = sum(strip.gap + strip.height for strip in tail)
    pages = _fill(strips, top, bottom)
    if len(pages) == 1:
        pages = _fill(_grown(strips, bottom - ending - _end(pages[0], top)), top, bottom)
    if tail and _end(pages[-1], top) + ending > bottom:
        pages += _fill(_taken_along(pages[-1], bottom - ending - top), top, bottom)
    y = bottom - ending
    for strip in tail:
        pages[-1].append((y + strip.gap, strip))
        y += strip.gap + strip.height
    return pages


def _taken_along(page: Placed, room: float) -> list[Strip]:
    """What leaves the page to stand with the tail: its last block if that is small, else the last strip of it."""
    cuts = [place for place in range(1, len(page)) if not page[place - 1][1].with_next]
    blocks = [place for place in cuts if page[place][1].gap]
    ways = [(place, min(room, _SMALL_BLOCK)) for place in blocks[-1:]] + [(place, room) for place in cuts[-1:]]
    for place, most in ways:
        strips = [strip for _y, strip in page[place:]]
        again = strips[0].again
        moved = [again, *strips] if again else strips
        if sum(strip.gap + strip.height for strip in moved) <= most:
            del page[place:]
            return moved
    return []


def _grown(strips: Sequence[Strip], room: float) -> list[Strip]:
    """The strips with the first growing one repeated into the room that is left."""
    place = next((place for place, strip in enumerate(strips) if strip.grows), None)
    if place is None or room <= 0:
        return list(strips)
    more = int(room // strips[place].height)
    return [*strips[:place], *[strips[place]] * more, *strips[place:]]


def _fill(strips: Sequence[Strip], top: float, bottom: float) -> list[Placed]:
    pages: list[Placed] = [[]]
    y = top
    for place, strip in enumerate(strips):
        if pages[-1] and y + strip.gap + _together(strips, place) > bottom:
            pages.append([])
            y = top
            if strip.again is not None:
                pages[-1].append((y, strip.again))
                y += strip.again.height
        elif pages[-1]:
            y += strip.gap
        pages[-1].append((y, strip))
        y += strip.height
    return pages


def _together(strips: Sequence[Strip], place: int) -> float:
    """The height of a strip and of those that must stay with it."""
    height = strips[place].height
    while strips[place].with_next and place + 1 < len(strips):
        place += 1
        height += strips[place].gap + strips[place].height
    return height


def _end(page: Placed, top: float) -> float:
    return page[-1][0] + page[-1][1].height if page else top
