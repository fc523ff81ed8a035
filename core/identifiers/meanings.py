"""What one code may be on its own: a row of questions, the surest first; the first that answers decides."""

import re
from collections.abc import Callable, Sequence

from core.identifiers.gs1 import is_gs1, parse_gs1
from core.identifiers.invoice import is_invoice, parse_invoice
from core.identifiers.label import Catalogue, CodeLike, Meaning, Reason
from core.identifiers.numbers import is_gtin, parse_imei
from core.identifiers.own_codes import parse_old_part, parse_order, parse_unit
from core.identifiers.patterns import DecodedSerial, SerialPattern, decode_serial
from core.identifiers.text import fold, fold_serial, is_digits, is_placeholder
from core.refusals import Refusal

RANK_GUESS, RANK_OTHER_MODEL, RANK_PATTERN, RANK_KNOWN, RANK_MARKED, RANK_LABEL, RANK_EXPECTED = range(7)

_GTIN_FORMATS = frozenset({"EAN13", "EAN8", "UPCA", "UPCE", "ITF14"})
_KEYS = re.compile(r"(?i)(S/?N|SERIAL(?: ?NO)?|MODEL|IMEI\s?\d?|机号|序列号|型号)\s*[.:=]\s*(.+)")
_MAC = re.compile(r"([0-9A-F]{2})([:-]?)(?:[0-9A-F]{2}\2){4}[0-9A-F]{2}")
_GUESS = re.compile(r"(?=.*\d)[0-9A-Z][0-9A-Z/._-]{5,31}")

Asker = Callable[[CodeLike, Sequence[SerialPattern], Catalogue], Meaning | None]


def meaning(code: CodeLike, patterns: Sequence[SerialPattern], catalogue: Catalogue) -> Meaning:
    """What `code` may be; never raises: damage is a meaning too, with its refusal."""
    try:
        for ask in _QUESTIONS:
            found = ask(code, patterns, catalogue)
            if found:
                return found
    except Refusal as refusal:
        facts = {name: str(value) for name, value in refusal.facts.items()}
        return Meaning("none", fold(code.text), Reason("damaged"), refusal=Reason(refusal.code, facts))
    return Meaning("none", fold(code.text), Reason("unknown"))


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
    gtin, serial = values.get("01"), values.get("21") or values.get("250")
    if serial and not is_placeholder(serial):
        return _marked(fold_serial(serial), Reason("serial_gs1"), patterns, gtin)
    if values.get("8002"):
        return _imei_of(values["8002"])
    if gtin:
        return _gtin_of(gtin, catalogue)
    model = fold(values.get("240") or values.get("241") or "")
    if catalogue.knows(model):
        return Meaning("model", model, Reason("model_known"))
    return Meaning("none", fold(code.text), Reason("unknown"))


def _keyed(code: CodeLike, patterns: Sequence[SerialPattern], _catalogue: Catalogue) -> Meaning | None:
    found = _KEYS.fullmatch(fold(code.text))
    if not found:
        return None
    key, value = found[1].upper(), fold_serial(found[2])
    if key.startswith("IMEI"):
        return _imei_of(value)
    if key in {"MODEL", "型号"}:
        return Meaning("model", fold(found[2]), Reason("model_keyed"))
    if is_placeholder(value):
        raise Refusal("serial_placeholder", serial=value)
    return _marked(value, Reason("serial_keyed"), patterns)


def _product(code: CodeLike, _patterns: Sequence[SerialPattern], catalogue: Catalogue) -> Meaning | None:
    text = fold(code.text)
    if not is_gtin(text) or (code.format not in _GTIN_FORMATS and text.zfill(14) not in catalogue.gtins):
        return None
    return _gtin_of(text, catalogue)


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
    made = decoded.made.isoformat() if decoded.made else "—"
    facts = {"pattern": decoded.pattern_id, "prefix": decoded.prefix, "made": made}
    return _of_pattern(decoded, RANK_PATTERN, Reason("serial_pattern", facts))


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
    return _imei_of(text) if len(text) == 15 and is_digits(text) else None


def _mac(code: CodeLike, _patterns: Sequence[SerialPattern], _catalogue: Catalogue) -> Meaning | None:
    text = fold(code.text).upper()
    if not _MAC.fullmatch(text) or is_digits(text):
        return None
    digits = text.replace(":", "").replace("-", "")
    return Meaning("mac", ":".join(re.findall("..", digits)), Reason("mac"))


def _guess(code: CodeLike, _patterns: Sequence[SerialPattern], _catalogue: Catalogue) -> Meaning | None:
    value = fold_serial(code.text)
    if code.format in _GTIN_FORMATS or not _GUESS.fullmatch(value):
        return None
    return Meaning("guess", value, Reason("serial_only_one_left"), RANK_GUESS)


def _gtin_of(gtin: str, catalogue: Catalogue) -> Meaning:
    value = gtin.zfill(14)
    model = catalogue.gtins.get(value)
    reason = Reason("gtin_of_model", {"model": model}) if model else Reason("gtin")
    return Meaning("gtin", value, reason, gtin=value, model=model)


def _imei_of(text: str) -> Meaning:
    imei = parse_imei(text)
    reason = Reason("imeisv", {"software": imei.software}) if imei.software else Reason("imei")
    return Meaning("imei", imei.number, reason)


def _marked(value: str, reason: Reason, patterns: Sequence[SerialPattern], gtin: str | None = None) -> Meaning:
    """A serial that the label itself marks as one, whether or not a maker's pattern fits it."""
    decoded = decode_serial(value, patterns)
    if decoded:
        return _of_pattern(decoded, RANK_MARKED, reason, gtin)
    return Meaning("serial", value, reason, RANK_MARKED, gtin=gtin)


def _of_pattern(decoded: DecodedSerial, rank: int, reason: Reason, gtin: str | None = None) -> Meaning:
    return Meaning(
        "serial",
        decoded.serial,
        reason,
        rank,
        prefix=decoded.prefix,
        pattern=decoded.pattern_id,
        made=decoded.made,
        part_of_unit=decoded.part_of_unit,
        gtin=gtin,
    )


_QUESTIONS: tuple[Asker, ...] = (
    _own, _invoice, _gs1, _keyed, _placeholder, _product, _model, _pattern, _model_by_rule, _tag_code,
    _imei, _mac, _guess,
)  # fmt: skip
