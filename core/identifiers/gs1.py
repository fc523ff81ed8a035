"""GS1 element strings: which codes carry them, and what their application identifiers (AI) say."""

from collections.abc import Callable, Iterator, Mapping
from types import MappingProxyType
from typing import TYPE_CHECKING

from core.identifiers.numbers import is_gtin
from core.identifiers.text import is_digits
from core.refusals import Refusal

if TYPE_CHECKING:  # biip reads its tables when it is imported: the first GS1 code pays for that, not each start
    from biip.gs1_element_strings import GS1ElementStrings

# A bare EAN-13 such as 9506000134352 also parses as AI 95, so only codes that say they are GS1 are tried.
GS1_SYMBOLOGIES = frozenset({"]C1", "]e0", "]d2", "]Q3"})
GROUP_SEPARATOR = "\x1d"
_PREFIXES = ("https://", "http://")
# How scanners and programs write the separator for people.
_WRITTEN_SEPARATORS = ("\u241d", "<GS>", "{GS}", "[GS]")

# Elements that makers put behind a serial number on units: of fixed length, and of any length.
_DATES = frozenset({"11", "12", "13", "15", "16", "17"})
_FREE = frozenset({"10", "21", "240", "241", "250"})


def is_gs1(text: str, symbology_id: str) -> bool:
    """Whether a code with this AIM symbology identifier, or this Digital Link address, holds GS1 elements."""
    return symbology_id in GS1_SYMBOLOGIES or (text.lower().startswith(_PREFIXES) and "/01/" in text)


def parse_gs1(text: str, symbology_id: str) -> Mapping[str, str]:
    """The values of a GS1 code by AI (01 GTIN, 21 serial, 10 batch, 11 made, 240, 250, 8004 …), first one wins.

    Refuses `gs1_unreadable` when an element or a GTIN's check digit is wrong.
    """
    from biip import ParseError

    try:
        elements = _elements(text, symbology_id)
    except (ParseError, ValueError) as error:
        raise Refusal("gs1_unreadable", text=text[:80]) from error
    values: dict[str, str] = {}
    for element in elements:
        if element.gtin_error:
            raise Refusal("gs1_unreadable", text=text[:80])
        values.setdefault(element.ai.ai, element.value)
    if not values:
        raise Refusal("gs1_unreadable", text=text[:80])
    return MappingProxyType(values)


def _elements(text: str, symbology_id: str) -> "GS1ElementStrings":
    from biip import ParseConfig
    from biip.gs1_digital_link_uris import GS1DigitalLinkURI
    from biip.gs1_messages import GS1Message

    config = ParseConfig(gs1_element_strings_verify_date=False)
    if symbology_id in GS1_SYMBOLOGIES and not text.lower().startswith(_PREFIXES):
        return GS1Message.parse(_separated(text), config=config).element_strings
    return GS1DigitalLinkURI.parse(text, config=config).element_strings


def _separated(text: str) -> str:
    """The element string with real separators between its elements and none at its ends."""
    for written in _WRITTEN_SEPARATORS:
        text = text.replace(written, GROUP_SEPARATOR)
    return text.strip(GROUP_SEPARATOR)


def separator_lost(
    text: str, symbology_id: str, is_serial: Callable[[str], bool], *, by_keyboard: bool = False
) -> bool:
    """Whether the last value of a GS1 code may have swallowed the elements behind it (inventree #542).

    Scanners that type can't send the separator, and then ``21ABC<GS>11240105`` comes as one serial ABC11240105. A
    code that holds a separator, or whose last value `is_serial` by a maker's pattern, is whole. Else a tail that is an
    element of fixed length with a right check digit or day, or a serial by a maker's pattern, tells; of a code that
    came `by_keyboard`, from a scanner that may leave separators out, any tail that reads like an element of free length
    does too.
    """
    if symbology_id not in GS1_SYMBOLOGIES or text.lower().startswith(_PREFIXES):
        return False
    element = _separated(text)
    if GROUP_SEPARATOR in element:
        return False
    last = _elements(element, symbology_id)[-1]
    if not last.ai.separator_required or is_serial(last.value):
        return False
    return any(_is_element(tail, is_serial, by_keyboard=by_keyboard) for tail in _tails(last.value))


def _tails(value: str) -> Iterator[str]:
    return (value[place:] for place in range(1, len(value)))


def _is_element(tail: str, is_serial: Callable[[str], bool], *, by_keyboard: bool) -> bool:
    if tail[:2] in _DATES and is_digits(tail[2:8]) and len(tail) >= 8:
        return "01" <= tail[4:6] <= "12" and tail[6:8] <= "31"
    if tail[:2] == "01" and is_gtin(tail[2:16]):
        return True
    if tail[:2] == "21" and is_serial(tail[2:]):
        return True
    return by_keyboard and any(tail.startswith(free) and len(tail) > len(free) for free in _FREE)
