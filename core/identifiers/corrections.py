"""Typed serials with the letter O for a zero, or I for a one: the only other reading that can be right."""

from collections.abc import Callable, Iterator, Sequence
from itertools import product

from core.identifiers.patterns import DecodedSerial, SerialPattern, decode_serial
from core.identifiers.text import fold_serial
from core.refusals import Refusal

_ALIKE = {"O": "0", "0": "O", "I": "1", "1": "I"}
_MOST_PLACES = 10  # more look-alikes than this make a thousand readings


def corrected(
    text: str, patterns: Sequence[SerialPattern], is_possible: Callable[[DecodedSerial], bool] = lambda _found: True
) -> DecodedSerial | None:
    """The one serial that was meant by `text`, to be offered to a person; None when `text` fits as it is, or in doubt.

    A reading counts when a pattern fits it with its check character and its day, and `is_possible` says that the
    registry does not speak against it (a unit of this number made on another day).
    """
    typed = fold_serial(text)
    if _decoded(typed, patterns):
        return None
    found = [_decoded(reading, patterns) for reading in _readings(typed)]
    possible = [one for one in found if one and is_possible(one)]
    return possible[0] if len(possible) == 1 else None


def _decoded(text: str, patterns: Sequence[SerialPattern]) -> DecodedSerial | None:
    try:
        return decode_serial(text, patterns)
    except Refusal:
        return None


def _readings(typed: str) -> Iterator[str]:
    places = [place for place, character in enumerate(typed) if character in _ALIKE]
    if len(places) > _MOST_PLACES:
        return
    for characters in product(*(typed[place] + _ALIKE[typed[place]] for place in places)):
        letters = list(typed)
        for place, character in zip(places, characters, strict=True):
            letters[place] = character
        yield "".join(letters)
