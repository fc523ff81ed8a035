"""Fault and repair codes: condition, symptom, section, defect, repair; which fit together."""

from typing import Annotated, Literal

import msgspec
from msgspec import Meta

from core.sentences import CODE_PROBLEMS as PROBLEMS

__all__ = [
    "FIELDS",
    "PROBLEMS",
    "CodeEntry",
    "CodeProblem",
    "Coding",
    "FaultCatalogue",
    "Field",
    "options",
    "possible",
]

Code = Annotated[str, Meta(min_length=1, max_length=8, pattern=r"^[0-9A-Z]+$")]
Field = Literal["condition", "symptom", "section", "defect", "repair"]

FIELDS: tuple[Field, ...] = ("condition", "symptom", "section", "defect", "repair")
"""The five fields, in the order in which a technician fills them in."""


class CodeEntry(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True):
    """One code with its texts. Empty sets mean: no limit.

    `classes` are the product classes it is for. `sections` (a defect's) are the sections it can lie in; `part_classes`
    (a section's) the part classes that are fitted in it; `defects` (a repair's) the defects it can mend. `no_fault`
    marks the section, defect and repair of "no fault found", `exchanges_part` a repair that needs a part,
    `level` a repair's level in the tariff.
    """

    code: Code
    zh: str
    en: str
    classes: frozenset[str] = frozenset()
    sections: frozenset[str] = frozenset()
    part_classes: frozenset[str] = frozenset()
    defects: frozenset[str] = frozenset()
    no_fault: bool = False
    exchanges_part: bool = False
    level: str = ""


class FaultCatalogue(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One version of one code system (`system` is FX, IRIS, EIA or a maker's own)."""

    system: str
    version: str
    condition: tuple[CodeEntry, ...]
    symptom: tuple[CodeEntry, ...]
    section: tuple[CodeEntry, ...]
    defect: tuple[CodeEntry, ...]
    repair: tuple[CodeEntry, ...]

    def table(self, field: Field) -> tuple[CodeEntry, ...]:
        """Return the entries of one field."""
        entries: tuple[CodeEntry, ...] = getattr(self, field)
        return entries

    def find(self, field: Field, code: str) -> CodeEntry | None:
        """Return the entry of a code, None when the field has no such code."""
        return next((entry for entry in self.table(field) if entry.code == code), None)


class Coding(msgspec.Struct, frozen=True, kw_only=True):
    """The codes of one unit's repair and what it was done on; empty strings are fields not filled in yet."""

    product_class: str
    condition: str = ""
    symptom: str = ""
    section: str = ""
    defect: str = ""
    repair: str = ""
    part_classes: tuple[str, ...] = ()


class CodeProblem(msgspec.Struct, frozen=True):
    """One thing wrong with a coding: a key of PROBLEMS, the field to mend and what it says."""

    rule: str
    field: Field
    facts: dict[str, str] = {}


def possible(coding: Coding, catalogue: FaultCatalogue) -> list[CodeProblem]:
    """Return every problem of a coding: missing, unknown, or pairs that cannot be. An empty list means it is sound."""
    entries: dict[Field, CodeEntry] = {}
    problems: list[CodeProblem] = []
    for field in FIELDS:
        entry, problem = _look_up(field, coding, catalogue)
        if problem is not None:
            problems.append(problem)
        if entry is not None:
            entries[field] = entry
    found = [*_no_fault(entries, coding), *_defect_in_section(entries), *_repair_of_defect(entries)]
    return [*problems, *found, *_parts_in_section(entries, coding), *_repair_needs_part(entries, coding)]


def options(field: Field, coding: Coding, catalogue: FaultCatalogue) -> list[CodeEntry]:
    """Return the codes of a field that fit the product class and what is coded so far (the parts fitted included)."""
    fitting = []
    for entry in catalogue.table(field):
        trial = msgspec.structs.replace(coding, **{field: entry.code})
        if not [problem for problem in possible(trial, catalogue) if _speaks_of(problem, field, coding)]:
            fitting.append(entry)
    return fitting


def _speaks_of(problem: CodeProblem, field: Field, coding: Coding) -> bool:
    """Tell whether a problem of a trial stems from the tried field, given that other fields may be empty still."""
    if problem.field == field:
        return problem.rule != "repair_without_part"
    return problem.rule != "code_missing" and problem.rule not in _LONE_RULES and getattr(coding, problem.field) != ""


_LONE_RULES = frozenset({"code_unknown", "code_not_for_class", "repair_without_part"})


def _look_up(field: Field, coding: Coding, catalogue: FaultCatalogue) -> tuple[CodeEntry | None, CodeProblem | None]:
    code = getattr(coding, field)
    if not code:
        return None, CodeProblem("code_missing", field)
    entry = catalogue.find(field, code)
    if entry is None:
        return None, CodeProblem("code_unknown", field, {"code": code})
    if entry.classes and coding.product_class not in entry.classes:
        return entry, CodeProblem("code_not_for_class", field, {"code": code})
    return entry, None


def _no_fault(entries: dict[Field, CodeEntry], coding: Coding) -> list[CodeProblem]:
    diagnosis: tuple[Field, ...] = ("section", "defect", "repair")
    marks = [entries[field].no_fault for field in diagnosis if field in entries]
    if not any(marks):
        return []
    if not all(marks):
        first = next(field for field in diagnosis if field in entries and not entries[field].no_fault)
        return [CodeProblem("no_fault_mixed", first)]
    return [CodeProblem("no_fault_with_part", "repair")] if coding.part_classes else []


def _defect_in_section(entries: dict[Field, CodeEntry]) -> list[CodeProblem]:
    defect, section = entries.get("defect"), entries.get("section")
    if defect is None or section is None or not defect.sections or section.code in defect.sections:
        return []
    return [CodeProblem("defect_not_in_section", "defect", {"code": defect.code, "section": section.code})]


def _repair_of_defect(entries: dict[Field, CodeEntry]) -> list[CodeProblem]:
    repair, defect = entries.get("repair"), entries.get("defect")
    if repair is None or defect is None or not repair.defects or defect.code in repair.defects:
        return []
    return [CodeProblem("repair_not_for_defect", "repair", {"code": repair.code, "defect": defect.code})]


def _parts_in_section(entries: dict[Field, CodeEntry], coding: Coding) -> list[CodeProblem]:
    """A panel swap does not go with a tuner-only diagnosis: at least one part must belong to the coded section.

    Other parts may be changed along with it, so only a repair of which no part fits is refused.
    """
    section = entries.get("section")
    if section is None or section.no_fault or not section.part_classes or not coding.part_classes:
        return []
    if section.part_classes & set(coding.part_classes):
        return []
    facts = {"part_class": coding.part_classes[0], "section": section.code}
    return [CodeProblem("part_not_in_section", "section", facts)]


def _repair_needs_part(entries: dict[Field, CodeEntry], coding: Coding) -> list[CodeProblem]:
    repair = entries.get("repair")
    if repair is None or not repair.exchanges_part or coding.part_classes:
        return []
    return [CodeProblem("repair_without_part", "repair", {"code": repair.code})]
