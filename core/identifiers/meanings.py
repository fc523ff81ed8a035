"""What one code may be on its own: a row of questions, the surest first; the first that answers decides."""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import date

import msgspec

from core.identifiers.answers import (
    RANK_GUESS,
    RANK_MARKED,
    RANK_OFFERED,
    RANK_PATTERN,
    gtin_answer,
    imei_answer,
    marked_answer,
    nothing,
    pattern_answer,
    pattern_facts,
)
from core.identifiers.fields import Field, is_address, split_fields
from core.identifiers.gs1 import is_gs1, parse_gs1, separator_lost
from core.identifiers.invoice import is_invoice, parse_invoice
from core.identifiers.keyed import field_meaning
from core.identifiers.label import Catalogue, CodeLike, Meaning, Reason
from core.identifiers.numbers import (
    code39_check_character,
    expand_upce,
    gtin_of_element,
    is_gtin,
    is_meid,
    parse_mac,
    parse_meid,
)
from core.identifiers.own_codes import parse_old_part, parse_order, parse_unit
from core.identifiers.patterns import SerialPattern, decode_serial
from core.identifiers.text import fold, fold_serial, is_digits, is_placeholder
from core.refusals import Refusal

_GTIN_FORMATS = frozenset({"EAN13", "EAN8", "UPCA", "UPCE", "ITF14"})
_GUESS = re.compile(r"(?=.*\d)[0-9A-Z][0-9A-Z/._-]{5,31}")

Asker = Callable[[CodeLike, Sequence[SerialPattern], Catalogue], Meaning | None]


def meanings(code: CodeLike, patterns: Sequence[SerialPattern], catalogue: Catalogue) -> tuple[Meaning, ...]:
    """What `code` may be, field by field; never raises: damage is a meaning too, with its refusal."""
    whole = _asked(_OF_WHOLE, code, patterns, catalogue)
    if whole:
        return (whole,)
    fields = split_fields(code.text)
    if fields:
        return tuple(_of_field(field, patterns, catalogue) for field in fields)
    return (_asked(_OF_BARE, code, patterns, catalogue) or nothing(code.text),)


def _asked(
    questions: Sequence[Asker], code: CodeLike, patterns: Sequence[SerialPattern], catalogue: Catalogue
) -> Meaning | None:
    try:
        answers = (ask(code, patterns, catalogue) for ask in questions)
        return next((answer for answer in answers if answer), None)
    except Refusal as refusal:
        return _damaged(code.text, refusal)


def _of_field(field: Field, patterns: Sequence[SerialPattern], catalogue: Catalogue) -> Meaning:
    try:
        return field_meaning(field, patterns, catalogue)
    except Refusal as refusal:
        return _damaged(field.text, refusal)


def _damaged(text: str, refusal: Refusal) -> Meaning:
    rule = {"serial_placeholder": "placeholder"}.get(refusal.code, "damaged")
    facts = {name: str(value) for name, value in refusal.facts.items()}
    return Meaning("none", fold(text), Reason(rule), refusal=Reason(refusal.code, facts))


def _own(code: CodeLike, _patterns: Sequence[SerialPattern], _catalogue: Catalogue) -> Meaning | None:
    order = parse_order(code.text)
    if order:
        return Meaning("order", order, Reason("order_slip"))
    unit = parse_unit(code.text)
    if unit:
        return Meaning("serial", unit.serial, Reason("serial_unit_label"), RANK_MARKED, model=unit.model)
    return _tag(code.text) if fold_serial(code.text).startswith("FX-P:") else None


def _tag(text: str) -> Meaning | None:
    tag = parse_old_part(text)
    return Meaning("old_part", tag, Reason("old_part_tag")) if tag else None


def _invoice(code: CodeLike, _patterns: Sequence[SerialPattern], _catalogue: Catalogue) -> Meaning | None:
    if not is_invoice(code.text):
        return None
    invoice = parse_invoice(code.text)
    reason = Reason("invoice", {"number": invoice.number, "day": invoice.date.isoformat()})
    return Meaning("invoice", invoice.key, reason, invoice=invoice)


def _gs1(code: CodeLike, patterns: Sequence[SerialPattern], catalogue: Catalogue) -> Meaning | None:
    if not is_gs1(code.text, code.symbology_id):
        return None
    values = parse_gs1(code.text, code.symbology_id)
    by_keyboard = code.gs_unproven or not code.format
    if separator_lost(code.text, code.symbology_id, _serial_by(patterns), by_keyboard=by_keyboard):
        raise Refusal("gs1_separator_lost")
    gtin, serial = values.get("01") or values.get("8006", "")[:14] or None, values.get("21")
    if serial and not is_placeholder(serial):
        marked = marked_answer(fold_serial(serial), Reason("serial_gs1"), patterns, gtin)
        return msgspec.structs.replace(marked, made=marked.made or _day_made(values))
    if values.get("8002"):
        return imei_answer(values["8002"])
    if gtin:
        return gtin_answer(gtin, catalogue)
    return _gs1_rest(values, code.text, patterns, catalogue)


def _gs1_rest(values: Mapping[str, str], text: str, patterns: Sequence[SerialPattern], catalogue: Catalogue) -> Meaning:
    """A code with no product and no serial: a model, an asset's number that a pattern knows, a component, a batch."""
    model = fold(values.get("240") or values.get("241") or "")
    if catalogue.knows(model):
        return Meaning("model", model, Reason("model_known"))
    if "8010" in values or "8011" in values or "250" in values:
        return nothing(text, "gs1_component")
    decoded = decode_serial(values.get("8004", ""), patterns)
    if decoded:
        return pattern_answer(decoded, RANK_PATTERN, Reason("serial_pattern", pattern_facts(decoded)))
    return nothing(text)


def _serial_by(patterns: Sequence[SerialPattern]) -> Callable[[str], bool]:
    def fits_one(text: str) -> bool:
        return any(pattern.fits_shape(text) for pattern in patterns)

    return fits_one


def _day_made(values: Mapping[str, str]) -> date | None:
    """The day of AI 11, YYMMDD; no day (00) and impossible ones are none."""
    text = values.get("11", "")
    try:
        return date(2000 + int(text[:2]), int(text[2:4]), int(text[4:6]))
    except ValueError:
        return None


def _product(code: CodeLike, _patterns: Sequence[SerialPattern], catalogue: Catalogue) -> Meaning | None:
    """A product code by its format, or bare when the catalogue lists it; UPC-E and UPC-A are one (pyzbar #160)."""
    known = [one for one in _gtins_in(fold(code.text), code.format) if _is_retail(code) or one in catalogue.gtins]
    return gtin_answer(known[0], catalogue) if known else None


def _gtins_in(text: str, kind: str) -> Iterator[str]:
    """The GTIN-14 that eight to fourteen digits can be; eight may be a UPC-E."""
    expanded = expand_upce(text)
    if kind != "UPCE" or not expanded:
        yield from (text.zfill(14) for _once in range(is_gtin(text)))
    if expanded and kind in {"UPCE", ""}:
        yield expanded.zfill(14)


def _is_retail(code: CodeLike) -> bool:
    return code.format in _GTIN_FORMATS or (code.format == "ITF" and len(fold(code.text)) == 14)


def _element(code: CodeLike, _patterns: Sequence[SerialPattern], catalogue: Catalogue) -> Meaning | None:
    """A bare GS1 element 01, which must not pass for an IMEI or a serial."""
    text = fold(code.text)
    gtin = gtin_of_element(text)
    if gtin:
        return gtin_answer(gtin, catalogue)
    cut = len(text) == 15 and text.startswith("01") and any(known.startswith(text[2:]) for known in catalogue.gtins)
    return nothing(text, "gtin_cut") if cut or code.format.startswith("DataBar") else None


def _model(code: CodeLike, _patterns: Sequence[SerialPattern], catalogue: Catalogue) -> Meaning | None:
    text = fold(code.text)
    if text == catalogue.expected:
        return Meaning("model", text, Reason("model_expected"))
    return Meaning("model", text, Reason("model_known")) if catalogue.knows(text) else None


def _model_by_rule(code: CodeLike, patterns: Sequence[SerialPattern], _catalogue: Catalogue) -> Meaning | None:
    """A model that no catalogue lists, known by how the maker names models; asked when it is no serial."""
    text = fold(code.text)
    named = next((pattern.id for pattern in patterns if pattern.prefix_of(text)), None)
    return Meaning("model", text, Reason("model_pattern", {"pattern": named})) if named else None


def _pattern(code: CodeLike, patterns: Sequence[SerialPattern], _catalogue: Catalogue) -> Meaning | None:
    decoded = decode_serial(code.text, patterns)
    if not decoded:
        return None
    return pattern_answer(decoded, RANK_PATTERN, Reason("serial_pattern", pattern_facts(decoded)))


def _with_check(code: CodeLike, patterns: Sequence[SerialPattern], _catalogue: Catalogue) -> Meaning | None:
    """A serial with Code 39's own check character behind it (python-barcode #85): offered without it, never taken."""
    text = fold_serial(code.text)
    if code.format not in {"Code39", ""} or code39_check_character(text[:-1]) != text[-1:]:
        return None
    decoded = decode_serial(text[:-1], patterns)
    if not decoded:
        return None
    reason = Reason("serial_without_check", {"character": text[-1], "pattern": decoded.pattern_id})
    return pattern_answer(decoded, RANK_OFFERED, reason)


def _tag_code(code: CodeLike, _patterns: Sequence[SerialPattern], _catalogue: Catalogue) -> Meaning | None:
    """The short form of the tag, asked after the makers' patterns because it is marked by one letter only."""
    text = fold_serial(code.text)
    return _tag(text) if text.startswith("P") and len(text) == 13 else None


def _placeholder(code: CodeLike, _patterns: Sequence[SerialPattern], _catalogue: Catalogue) -> Meaning | None:
    if not is_placeholder(code.text):
        return None
    value = fold(code.text)
    refusal = Reason("serial_placeholder", {"serial": value})
    return Meaning("none", value, Reason("placeholder"), refusal=refusal)


def _imei(code: CodeLike, _patterns: Sequence[SerialPattern], _catalogue: Catalogue) -> Meaning | None:
    text = fold(code.text)
    return imei_answer(text) if len(text) == 15 and is_digits(text) and not _is_retail(code) else None


def _meid(code: CodeLike, _patterns: Sequence[SerialPattern], _catalogue: Catalogue) -> Meaning | None:
    text = fold(code.text).upper()
    return Meaning("meid", parse_meid(text), Reason("meid")) if is_meid(text) else None


def _mac(code: CodeLike, _patterns: Sequence[SerialPattern], _catalogue: Catalogue) -> Meaning | None:
    found = parse_mac(code.text)
    return Meaning("mac", found, Reason("mac")) if found else None


def _address(code: CodeLike, _patterns: Sequence[SerialPattern], _catalogue: Catalogue) -> Meaning | None:
    return nothing(code.text, "address") if is_address(fold(code.text)) else None


def _guess(code: CodeLike, _patterns: Sequence[SerialPattern], _catalogue: Catalogue) -> Meaning | None:
    value = fold_serial(code.text)
    if _is_retail(code) or not _GUESS.fullmatch(value):
        return None
    return Meaning("guess", value, Reason("serial_only_one_left"), RANK_GUESS)


_OF_WHOLE: tuple[Asker, ...] = (_own, _invoice, _gs1)
_OF_BARE: tuple[Asker, ...] = (
    _placeholder, _product, _element, _model, _pattern, _model_by_rule, _tag_code, _with_check,
    _imei, _meid, _mac, _address, _guess,
)  # fmt: skip
