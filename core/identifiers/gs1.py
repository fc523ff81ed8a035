"""GS1 element strings: which codes carry them, and what their application identifiers (AI) say."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import TYPE_CHECKING

from core.refusals import Refusal

if TYPE_CHECKING:  # biip reads its tables when it is imported: the first GS1 code pays for that, not each start
    from biip.gs1_element_strings import GS1ElementStrings

# A bare EAN-13 such as 9506000134352 also parses as AI 95, so only codes that say they are GS1 are tried.
GS1_SYMBOLOGIES = frozenset({"]C1", "]e0", "]d2", "]Q3"})
GROUP_SEPARATOR = "\x1d"
_PREFIXES = ("https://", "http://")


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
        return GS1Message.parse(text.strip(GROUP_SEPARATOR), config=config).element_strings
    return GS1DigitalLinkURI.parse(text, config=config).element_strings
