"""Choosing the unit's serial number among all codes of a label; a person is asked only on a tie."""

from collections.abc import Mapping, Sequence

import msgspec

from core.identifiers.answers import RANK_EXPECTED, RANK_KNOWN, RANK_LABEL, RANK_OFFERED, RANK_OTHER_MODEL, RANK_PATTERN
from core.identifiers.label import (
    Catalogue,
    CodeLike,
    JudgedCode,
    LabelReading,
    Meaning,
    Reason,
    distinct,
    judged,
)
from core.identifiers.meanings import meanings
from core.identifiers.patterns import SerialPattern

_NO_TEXTS: Mapping[str, str] = {}


class _Choice(msgspec.Struct, frozen=True):
    """The serial that won (or none), and the values a person picks from: a tie, or one that is only offered."""

    winner: Meaning | None = None
    tie: tuple[str, ...] = ()
    is_offer: bool = False


def choose(
    codes: Sequence[CodeLike],
    patterns: Sequence[SerialPattern],
    expected_model: str | None = None,
    gtins: Mapping[str, str] = _NO_TEXTS,
    prefixes: Mapping[str, str] = _NO_TEXTS,
) -> LabelReading:
    """Say of every code what it is, and pick the serial number.

    `gtins` tells the model by GTIN (14 digits), `prefixes` by serial prefix; `expected_model` is the order's. A serial
    whose segment belongs to the order's model beats one of the label's model, that one a marked one (GS1, “SN:”), that
    one any that merely fits a maker's pattern. With no pattern fitting, an IMEI, then the only code left, is taken.
    """
    catalogue = Catalogue(expected_model, gtins, prefixes)
    of_codes = [meanings(code, patterns, catalogue) for code in codes]
    models = _label_models([one for of_code in of_codes for one in of_code], catalogue)
    of_codes = [tuple(_ranked(one, patterns, catalogue, models) for one in of_code) for of_code in of_codes]
    found = [one for of_code in of_codes for one in of_code]
    choice = _choose(found)
    verdicts = tuple(
        _summed_up(code, [_judge(code, one, choice, found) for one in of_code])
        for code, of_code in zip(codes, of_codes, strict=True)
    )
    return _reading(verdicts, found, choice, catalogue, models)


def _summed_up(code: CodeLike, fields: Sequence[JudgedCode]) -> JudgedCode:
    """The verdict on a code: that of its only field, or of the field that matters most, with all of them."""
    if len(fields) == 1:
        return fields[0]
    best = min(fields, key=_weight)
    named = tuple(msgspec.structs.replace(field, text=field.value) for field in fields)
    return msgspec.structs.replace(best, text=code.text, fields=named)


def _weight(field: JudgedCode) -> int:
    if field.chosen_as == "serial":
        return 0
    if field.reason.rule == "tie":
        return 1
    return 2 if field.chosen_as else 3


def _values(found: Sequence[Meaning], kind: str) -> tuple[str, ...]:
    return distinct([one.value for one in found if one.kind == kind])


def _label_models(found: Sequence[Meaning], catalogue: Catalogue) -> tuple[str, ...]:
    """Models that the label itself names, in print or by GTIN."""
    printed = [one.value for one in found if one.kind == "model"]
    coded = [catalogue.gtins.get(one.gtin, "") for one in found if one.gtin]
    labelled = [one.model for one in found if one.kind == "serial" and one.model]
    return distinct([model for model in (*printed, *coded, *labelled) if model])


def _ranked(one: Meaning, patterns: Sequence[SerialPattern], catalogue: Catalogue, models: Sequence[str]) -> Meaning:
    """A serial with its rank raised by what its segment says of the model; anything else unchanged."""
    if not one.prefix or one.rank == RANK_OFFERED:
        return one
    pattern = next(pattern for pattern in patterns if pattern.id == one.pattern)
    facts = {"pattern": one.pattern, "prefix": one.prefix, "made": one.made.isoformat() if one.made else "—"}
    expected = catalogue.expected
    if expected and _belongs(one.prefix, expected, pattern, catalogue):
        reason = Reason("serial_model_agrees", {**facts, "model": expected})
        return msgspec.structs.replace(one, rank=RANK_EXPECTED, reason=reason, model=expected)
    labelled = next((model for model in models if _belongs(one.prefix, model, pattern, catalogue)), None)
    if labelled:
        reason = Reason("serial_label_agrees", {**facts, "model": labelled})
        return msgspec.structs.replace(one, rank=RANK_LABEL, reason=reason, model=labelled)
    model = catalogue.prefixes.get(one.prefix)
    if one.rank > RANK_PATTERN:
        return msgspec.structs.replace(one, model=model)
    if expected and (model or pattern.prefix_of(expected)):
        reason = Reason("serial_other_model", {**facts, "model": expected})
        return msgspec.structs.replace(one, rank=RANK_OTHER_MODEL, reason=reason, model=model)
    return msgspec.structs.replace(one, rank=RANK_KNOWN, model=model) if model else one


def _belongs(prefix: str, model: str, pattern: SerialPattern, catalogue: Catalogue) -> bool:
    """Whether the serial segment is that model's by the catalogue or the maker's rule; models may share a segment."""
    return catalogue.prefixes.get(prefix) == model or pattern.prefix_of(model) == prefix


def _choose(found: Sequence[Meaning]) -> _Choice:
    serials = [one for one in found if one.kind == "serial" and one.rank > RANK_OFFERED]
    if serials:
        return _best(serials)
    offered = distinct([one.value for one in found if one.kind == "serial"])
    if offered:
        return _Choice(tie=offered, is_offer=True)
    imeis = [one for one in found if one.kind == "imei"]
    if imeis:
        return _Choice(msgspec.structs.replace(imeis[0], reason=Reason("imei_is_serial")))
    # A number read wrongly must not make another code of the label win for want of rivals.
    guesses = [one for one in found if one.kind == "guess"]
    return _best(guesses) if guesses and not any(one.refusal for one in found) else _Choice()


def _best(candidates: Sequence[Meaning]) -> _Choice:
    top = max(one.rank for one in candidates)
    best = [one for one in candidates if one.rank == top]
    values = distinct([one.value for one in best])
    return _Choice(tie=values) if len(values) > 1 else _Choice(winner=best[0])


def _judge(code: CodeLike, one: Meaning, choice: _Choice, found: Sequence[Meaning]) -> JudgedCode:
    if one.kind == "serial" or one.kind == "guess":  # noqa: PLR1714 - mypy narrows by == only
        return _judge_serial(code, one, choice)
    if one.kind == "imei":
        return _judge_imei(code, one, choice, _values(found, "imei"))
    return judged(code, one.value, None if one.kind == "none" else one.kind, one.reason)


def _judge_serial(code: CodeLike, one: Meaning, choice: _Choice) -> JudgedCode:
    if choice.winner and one.value == choice.winner.value:
        reason = one.reason if one.rank == RANK_OFFERED else choice.winner.reason
        return judged(code, one.value, "serial", reason)
    if one.rank == RANK_OFFERED and one.value in choice.tie:
        return judged(code, one.value, None, one.reason)
    if one.value in choice.tie:
        others = ", ".join(value for value in choice.tie if value != one.value)
        return judged(code, one.value, None, Reason("tie", {"others": others}))
    if one.kind == "guess":
        return judged(code, one.value, None, Reason("unknown"))
    better = choice.winner.value if choice.winner else ", ".join(choice.tie)
    return judged(code, one.value, None, Reason("other_serial_fits_better", {"serial": better}))


def _judge_imei(code: CodeLike, one: Meaning, choice: _Choice, imeis: Sequence[str]) -> JudgedCode:
    place = imeis.index(one.value)
    if place > 1:
        return judged(code, one.value, None, Reason("imei_more"))
    is_serial = choice.winner is not None and choice.winner.value == one.value
    reason = Reason("imei_is_serial") if is_serial else one.reason
    return judged(code, one.value, "imei2" if place else "imei1", reason)


def _reading(
    verdicts: tuple[JudgedCode, ...],
    found: Sequence[Meaning],
    choice: _Choice,
    catalogue: Catalogue,
    models: Sequence[str],
) -> LabelReading:
    winner = choice.winner
    gtins = [one.gtin for one in found if one.gtin]
    named = (winner.model if winner else None) or next(iter(models), None)
    return LabelReading(
        codes=verdicts,
        serial=winner.value if winner else None,
        part_of_unit=winner.part_of_unit if winner else "",
        made=winner.made if winner else None,
        model=named,
        gtin=next(iter(gtins), None),
        imeis=_values(found, "imei")[:2],
        meid=next(iter(_values(found, "meid")), None),
        mac=next(iter(_values(found, "mac")), None),
        invoice=next((one.invoice for one in found if one.invoice), None),
        order=next(iter(_values(found, "order")), None),
        old_part=next(iter(_values(found, "old_part")), None),
        tie=choice.tie,
        refusals=_refusals(found, choice),
    )


def _refusals(found: Sequence[Meaning], choice: _Choice) -> tuple[Reason, ...]:
    """What to tell the person when there is no serial; a slip, tag or invoice alone needs none."""
    if choice.winner:
        return ()
    if choice.is_offer and len(choice.tie) == 1:
        return (Reason("serial_offered", {"serial": choice.tie[0]}),)
    if choice.tie:
        return (Reason("label_tie", {"count": str(len(choice.tie)), "serials": ", ".join(choice.tie)}),)
    if not found:
        return (Reason("label_no_code"),)
    damage = tuple(one.refusal for one in found if one.refusal)
    if damage or any(one.kind in {"invoice", "order", "old_part"} for one in found):
        return damage
    return (Reason("label_no_serial", {"count": str(len(found))}),)
