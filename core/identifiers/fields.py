"""Codes that hold several things (``SN:…;IMEI:…``, JSON, the query of an address), taken apart by their keys."""

import re
from collections.abc import Iterable, Iterator
from typing import Literal
from urllib.parse import parse_qsl, urlsplit

import msgspec

from core.identifiers.text import fold

FieldKey = Literal["serial", "imei", "meid", "model", "gtin", "mac", "other"]

_WORDS: dict[FieldKey, tuple[str, ...]] = {
    "serial": (
        "SN", "S/N", "S.N", "SNO", "SERIAL", "SERIAL NO", "SERIAL NUM", "SERIAL NUMBER", "SERIALNO", "SERIALNUMBER",
        "SERIAL_NO", "SERIAL_NUMBER", "机号", "序列号", "产品序列号", "机身号", "机身序列号", "机器编号", "出厂编号",
    ),
    "imei": (
        "IMEI", "IMEI1", "IMEI2", "IMEI 1", "IMEI 2", "IMEI(1)", "IMEI(2)", "IMEISV", "串号", "串号1", "串号2", "串码",
    ),
    "meid": ("MEID",),
    "model": ("MODEL", "MODEL NO", "MODELNO", "MODEL_NO", "M/N", "型号", "产品型号", "规格型号", "机型"),
    "gtin": ("GTIN", "EAN", "UPC", "商品条码", "商品条形码", "69码"),
    "mac": ("MAC", "WIFI MAC", "WLAN MAC", "MAC地址"),
}  # fmt: skip
_MARKS = re.compile(r"[\W_]")
_KEYS: dict[str, FieldKey] = {_MARKS.sub("", word): key for key, words in _WORDS.items() for word in words}
_ALTERNATIVES = "|".join(
    re.escape(word) for word in sorted((word for words in _WORDS.values() for word in words), key=len, reverse=True)
)
# A key stands at the beginning or after something that parts fields; a dot after “S/N” or “No” belongs to it.
_KEYED = re.compile(rf"(?i)(?:^|(?<=[;,|&\s]))(?P<key>{_ALTERNATIVES})\.?[ \t]*[:=][ \t]*")
_DOTTED = re.compile(rf"(?i)(?P<key>{_ALTERNATIVES})[ \t]*\.[ \t]*(?P<value>\S.*)")
_PARTED = re.compile(r"[;,|&\t\r\n]")
_LONGEST = 4096


class Field(msgspec.Struct, frozen=True):
    """One field of a code: what its key says it is, and its text as it stood there."""

    key: FieldKey
    text: str


def split_fields(text: str) -> tuple[Field, ...]:
    """The fields of a code's text, empty when it has none: a bare number, a name, an address with no query."""
    folded = fold(text)
    if len(folded) > _LONGEST:
        return ()
    if folded.startswith("{"):
        return _of_json(folded)
    if is_address(folded):
        return _of_address(folded)
    return _of_text(folded)


def is_address(text: str) -> bool:
    """Whether `text` is the address of a web page, as energy labels and makers' pages have them."""
    return text.lower().startswith(("http://", "https://", "www."))


def _of_text(text: str) -> tuple[Field, ...]:
    found = list(_KEYED.finditer(text))
    if not found:
        dotted = _DOTTED.fullmatch(text)
        return _fields([(dotted["key"], dotted["value"])]) if dotted else ()
    ends = [one.start() for one in found[1:]] + [len(text)]
    parts = ((one["key"], text[one.end() : end]) for one, end in zip(found, ends, strict=True))
    return _fields((key, _PARTED.split(value)[0]) for key, value in parts)


def _of_json(text: str) -> tuple[Field, ...]:
    try:
        return _fields(_leaves(text, 3))
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return ()


def _leaves(text: str, depth: int) -> Iterator[tuple[str, str]]:
    """Keys with the texts and numbers under them; numbers as they are written, so that no digit is lost."""
    for key, raw in msgspec.json.decode(text, type=dict[str, msgspec.Raw]).items():
        token = bytes(raw).decode().strip()
        if token.startswith("{") and depth:
            yield from _leaves(token, depth - 1)
        elif token.startswith("["):
            yield from ((key, _plain(bytes(item).decode())) for item in _items(token))
        else:
            yield key, _plain(token)


def _items(token: str) -> list[msgspec.Raw]:
    return msgspec.json.decode(token, type=list[msgspec.Raw])


def _plain(token: str) -> str:
    return msgspec.json.decode(token, type=str) if token.startswith('"') else token


def _of_address(text: str) -> tuple[Field, ...]:
    try:
        parts = urlsplit(text)
        pairs = [*parse_qsl(parts.query, max_num_fields=50), *parse_qsl(parts.fragment, max_num_fields=50)]
    except ValueError:
        return ()
    return _fields(pairs)


def _fields(pairs: Iterable[tuple[str, str]]) -> tuple[Field, ...]:
    """Fields that say something; the same one twice is one."""
    found = (Field(_KEYS.get(_MARKS.sub("", key.upper()), "other"), fold(value)) for key, value in pairs)
    return tuple(dict.fromkeys(field for field in found if field.text))
