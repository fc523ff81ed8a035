"""The answers to “what may this code be?”, each with its reason; `meanings` and `keyed` ask the questions."""

from collections.abc import Sequence

from core.identifiers.label import Catalogue, Meaning, Reason
from core.identifiers.numbers import parse_imei
from core.identifiers.patterns import DecodedSerial, SerialPattern, decode_serial
from core.identifiers.text import fold

(
    RANK_OFFERED, RANK_GUESS, RANK_OTHER_MODEL, RANK_PATTERN, RANK_KNOWN, RANK_MARKED, RANK_LABEL, RANK_EXPECTED,
) = range(8)  # fmt: skip


def nothing(text: str, rule: str = "unknown") -> Meaning:
    """A code that is none of ours, by a rule that says why."""
    return Meaning("none", fold(text), Reason(rule))


def gtin_answer(gtin: str, catalogue: Catalogue) -> Meaning:
    """A product code of 8 to 14 digits, with the model that the catalogue names for it."""
    value = gtin.zfill(14)
    model = catalogue.gtins.get(value)
    reason = Reason("gtin_of_model", {"model": model}) if model else Reason("gtin")
    return Meaning("gtin", value, reason, gtin=value, model=model)


def imei_answer(text: str) -> Meaning:
    """An IMEI; refuses a wrong one as `parse_imei` does."""
    imei = parse_imei(text)
    reason = Reason("imeisv", {"software": imei.software}) if imei.software else Reason("imei")
    return Meaning("imei", imei.number, reason)


def marked_answer(value: str, reason: Reason, patterns: Sequence[SerialPattern], gtin: str | None = None) -> Meaning:
    """A serial that the label itself marks as one, whether or not a maker's pattern fits it."""
    decoded = decode_serial(value, patterns)
    if decoded:
        return pattern_answer(decoded, RANK_MARKED, reason, gtin)
    return Meaning("serial", value, reason, RANK_MARKED, gtin=gtin)


def pattern_answer(decoded: DecodedSerial, rank: int, reason: Reason, gtin: str | None = None) -> Meaning:
    """A serial that a maker's pattern fits."""
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


def pattern_facts(decoded: DecodedSerial) -> dict[str, str]:
    """What a reason says of a fitting pattern."""
    made = decoded.made.isoformat() if decoded.made else "—"
    return {"pattern": decoded.pattern_id, "prefix": decoded.prefix, "made": made}
