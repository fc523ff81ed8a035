"""What is known about a fault: which articles and templates speak of a unit and its codes, and how a text is built."""

from collections.abc import Iterable, Mapping
from typing import NamedTuple

from core.fault_codes import FaultCatalogue
from core.refusals import Refusal
from core.rows.access import Rows
from core.rows.reference import Model, Part, ProductClass

#: How much each kind of agreement says; what names a unit's model says more than what names its class.
WEIGHTS: dict[str, int] = {"models": 8, "symptoms": 6, "defects": 4, "sections": 3, "product_classes": 1}
#: Kinds in which an article that names others is not about this unit at all.
_LIMITS = ("models", "product_classes")
_CODES = ("symptoms", "defects", "sections")
MOST_OFFERED = 3
HEADING, POINT, PARAGRAPH = "heading", "point", "paragraph"
_MARKS = (("# ", HEADING), ("- ", POINT))


class About(NamedTuple):
    """What is in hand: empty texts are not known yet."""

    model: str = ""
    product_class: str = ""
    symptom: str = ""
    section: str = ""
    defect: str = ""


class Subject(NamedTuple):
    """What an article or template (``key``: its row's id) says it is about."""

    key: str
    number: str
    models: tuple[str, ...] = ()
    product_classes: tuple[str, ...] = ()
    symptoms: tuple[str, ...] = ()
    sections: tuple[str, ...] = ()
    defects: tuple[str, ...] = ()


class Block(NamedTuple):
    """A piece of a text: a heading, a point of a list or a paragraph."""

    kind: str
    text: str


def blocks(body: str) -> list[Block]:
    """The pieces of a body in their order; blank lines part paragraphs, every other line goes on with its own."""
    found: list[Block] = []
    goes_on = False
    for raw in body.splitlines():
        line = raw.strip()
        mark, kind = next(((mark, kind) for mark, kind in _MARKS if line.startswith(mark)), ("", PARAGRAPH))
        text = line.removeprefix(mark).strip()
        if kind is PARAGRAPH and goes_on and text:
            found[-1] = Block(PARAGRAPH, f"{found[-1].text}\n{text}")
        elif text:
            found.append(Block(kind, text))
        goes_on = kind is PARAGRAPH and bool(text)
    return found


def fields_of(about: About) -> dict[str, str]:
    """What is in hand, by the fields of a text that may name it."""
    return {
        "models": about.model,
        "product_classes": about.product_class,
        "symptoms": about.symptom,
        "sections": about.section,
        "defects": about.defect,
    }


def must_name(about: About) -> dict[str, str]:
    """By fields, what of it a text must name one of: a code in hand; where no code is in hand yet, the model."""
    known = fields_of(about)
    return {field: known[field] for field in _CODES if known[field]} or {"models": about.model}


def weight(subject: Subject, about: About) -> int:
    """How much a text speaks of what is in hand; 0 when it does not, or is about other models or classes.

    It must name one of ``must_name``.
    """
    known = fields_of(about)
    if any(getattr(subject, kind) and known[kind] not in getattr(subject, kind) for kind in _LIMITS):
        return 0
    agreed = {kind for kind, value in known.items() if value and value in getattr(subject, kind)}
    if not agreed.intersection(must_name(about)):
        return 0
    return sum(WEIGHTS[kind] for kind in agreed)


def offered(subjects: Iterable[Subject], about: About, most: int = MOST_OFFERED) -> list[Subject]:
    """What to show beside the codes, the best first; equals by their number."""
    weighed = [(weight(one, about), one) for one in subjects]
    fitting = sorted((pair for pair in weighed if pair[0]), key=lambda pair: (-pair[0], pair[1].number))
    return [one for _, one in fitting[:most]]


def check_subject(
    rows: Rows,
    catalogue: FaultCatalogue | None,
    *,
    product_classes: Iterable[str],
    models: Iterable[str],
    codes: Mapping[str, Iterable[str]],
    parts: Iterable[str],
) -> None:
    """Refuse what nobody knows: ``class_unknown``, ``model_unknown``, ``fault_code_unknown``, ``part_unknown``.

    ``codes`` are the codes by their field (symptom, section, defect); without a catalogue they are not judged.
    """
    for one in product_classes:
        if rows.get(ProductClass, one) is None:
            raise Refusal("class_unknown", product_class=one)
    for one in models:
        if rows.get(Model, one) is None:
            raise Refusal("model_unknown", model=one)
    for field, some in codes.items() if catalogue is not None else ():
        known = {entry.code for entry in getattr(catalogue, field)}
        for one in some:
            if one not in known:
                raise Refusal("fault_code_unknown", field=field, code=one)
    for one in parts:
        if rows.get(Part, one) is None:
            raise Refusal("part_unknown", part=one)
