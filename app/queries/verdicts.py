"""A warranty verdict in words: its reasons and its proof, in the language in use."""

import functools
import json
from collections.abc import Sequence

import resources
from app import i18n
from app.i18n import _
from core.warranty import REASONS, WHOLE_UNIT, ProofStep, Reason, Verdict


@functools.cache
def _part_classes() -> dict[str, dict[str, str]]:
    return {entry["id"]: entry for entry in json.loads(resources.read_text("codes", "part_classes.json"))}


def part_class_name(part_class: str) -> str:
    """A part class as people call it; the whole unit is one too."""
    if part_class == WHOLE_UNIT:
        return _("Whole unit")
    entry = _part_classes().get(part_class)
    if entry is None:
        return part_class
    return entry["zh"] if i18n.language() == "zh_CN" else entry["en"]


def reason_lines(verdict: Verdict) -> list[str]:
    """Why the outcome is what it is, the deciding reasons first; equal ones about several parts are one sentence."""
    deciding_first: list[Reason] = sorted(verdict.reasons, key=lambda reason: not reason.decides)
    return _sentences(deciding_first)


def _sentences(said: Sequence[Reason | ProofStep]) -> list[str]:
    """What differs in the part only is one sentence, where its first stands."""
    groups: dict[tuple[object, ...], list[Reason | ProofStep]] = {}
    for one in said:
        rest = tuple((name, value) for name, value in one.facts.items() if name != "part")
        groups.setdefault((one.rule, rest), []).append(one)
    return [_grouped_sentence(group) for group in groups.values()]


def _grouped_sentence(group: Sequence[Reason | ProofStep]) -> str:
    """One sentence for what differs in its part only."""
    facts = dict(group[0].facts)
    if "part" in facts:
        facts["part"] = _(", ").join(part_class_name(str(reason.facts["part"])) for reason in group)
    return _(REASONS[group[0].rule]).format_map(facts)


def proof_lines(verdict: Verdict) -> list[str]:
    """The rules that fired, with the dates they used; the same rule for several parts is one sentence."""
    return _sentences(verdict.proof)
