"""What the fields of one code mean: each is judged by its key, and a value that its key can't have is refused."""

import re
from collections.abc import Callable, Sequence

from core.identifiers.answers import (
    RANK_PATTERN,
    gtin_answer,
    imei_answer,
    marked_answer,
    nothing,
    pattern_answer,
    pattern_facts,
)
from core.identifiers.fields import Field, FieldKey
from core.identifiers.label import Catalogue, Meaning, Reason
from core.identifiers.numbers import parse_gtin, parse_mac, parse_meid
from core.identifiers.patterns import SerialPattern, decode_serial
from core.identifiers.text import fold, fold_serial, is_digits, is_placeholder
from core.refusals import Refusal

_FORM = re.compile(r"[0-9A-Z][0-9A-Z/._+-]{2,63}")

Judge = Callable[[str, Sequence[SerialPattern], Catalogue], Meaning]


def field_meaning(field: Field, patterns: Sequence[SerialPattern], catalogue: Catalogue) -> Meaning:
    """What one field means; raises Refusal for a damaged or placeholding value."""
    return _JUDGES[field.key](field.text, patterns, catalogue)


def _serial(text: str, patterns: Sequence[SerialPattern], _catalogue: Catalogue) -> Meaning:
    if is_placeholder(text):
        raise Refusal("serial_placeholder", serial=fold(text)[:40])
    return marked_answer(_value(text, patterns), Reason("serial_keyed"), patterns)


def _value(text: str, patterns: Sequence[SerialPattern]) -> str:
    """The number in a field's text; refuses `serial_unclear` when more stands there and no pattern says what counts.

    “ABC123 MADE IN CHINA” is ABC123; “ABC123 220V” may be one number in two groups, or one and something else.
    """
    whole, words = fold_serial(text), fold(text).upper().split()
    if len(words) > 1:
        fitting = [value for value in (whole, *words) if decode_serial(value, patterns)]
        whole = fitting[0] if fitting else words[0] if _only_first_is_number(words) else ""
    if not _FORM.fullmatch(whole):
        raise Refusal("serial_unclear", text=fold(text)[:60])
    return whole


def _only_first_is_number(words: Sequence[str]) -> bool:
    return [any(map(is_digits, word)) for word in words] == [True] + [False] * (len(words) - 1)


def _imei(text: str, _patterns: Sequence[SerialPattern], _catalogue: Catalogue) -> Meaning:
    return imei_answer(text)


def _meid(text: str, _patterns: Sequence[SerialPattern], _catalogue: Catalogue) -> Meaning:
    return Meaning("meid", parse_meid(text), Reason("meid"))


def _model(text: str, _patterns: Sequence[SerialPattern], _catalogue: Catalogue) -> Meaning:
    return Meaning("model", fold(text), Reason("model_keyed"))


def _gtin(text: str, _patterns: Sequence[SerialPattern], catalogue: Catalogue) -> Meaning:
    return gtin_answer(parse_gtin(text), catalogue)


def _mac(text: str, _patterns: Sequence[SerialPattern], _catalogue: Catalogue) -> Meaning:
    found = parse_mac(text)
    return Meaning("mac", found, Reason("mac")) if found else nothing(text)


def _other(text: str, patterns: Sequence[SerialPattern], _catalogue: Catalogue) -> Meaning:
    """A key that is none of ours: its value is a serial only when a maker's pattern says so."""
    decoded = decode_serial(text, patterns)
    if not decoded:
        return nothing(text)
    return pattern_answer(decoded, RANK_PATTERN, Reason("serial_pattern", pattern_facts(decoded)))


_JUDGES: dict[FieldKey, Judge] = {
    "serial": _serial, "imei": _imei, "meid": _meid, "model": _model, "gtin": _gtin, "mac": _mac, "other": _other,
}  # fmt: skip
