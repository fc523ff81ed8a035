"""Importing articles and job templates: a known number with other words is a new edition; the same words are none."""

from collections.abc import Callable
from datetime import datetime
from typing import Annotated, Any

import msgspec
from msgspec import Meta

from core.operations.propose_article import Codes
from core.refusals import Refusal
from core.rows.knowledge import LikelyPart
from hq.feed import Work
from hq.imports.reading import Reading
from hq.knowledge.editions import (
    ArticleText,
    TemplateText,
    check_article,
    check_template,
    put_article,
    put_template,
)

#: Who publishes what comes from a file.
BY = "import"
_Number = Annotated[str, Meta(min_length=1, max_length=40, pattern=r"^[0-9A-Za-z-]+$")]
_Title = Annotated[str, Meta(max_length=120)]
_Body = Annotated[str, Meta(max_length=12_000)]
_Steps = Annotated[tuple[Annotated[str, Meta(min_length=1, max_length=400)], ...], Meta(max_length=40)]
_Part = Annotated[str, Meta(min_length=1, max_length=60)]
_CLASS = "class:"
_MOST_PIECES = 99


class ArticleRow(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One line of a file of articles; a body's lines that begin with "# " are headings, with "- " points."""

    number: _Number
    title_zh: _Title = ""
    title_en: _Title = ""
    body_zh: _Body = ""
    body_en: _Body = ""
    product_classes: Codes = ()
    models: Codes = ()
    symptoms: Codes = ()
    sections: Codes = ()
    defects: Codes = ()
    parts: Codes = ()


class TemplateRow(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One line of a file of job templates; a part is its number or ``class:`` and a part class, then perhaps ``*2``."""

    number: _Number
    title_zh: _Title = ""
    title_en: _Title = ""
    product_class: str
    models: Codes = ()
    symptoms: Codes = ()
    steps_zh: _Steps = ()
    steps_en: _Steps = ()
    parts: Annotated[tuple[_Part, ...], Meta(max_length=20)] = ()
    minutes: Annotated[int, Meta(ge=1, le=1440)]


def articles(reading: Reading, doing: Work, now: datetime) -> Callable[[], None]:
    """Articles."""
    rows, found = doing.reference(), []
    for number, row in reading.each(ArticleRow):
        values = msgspec.structs.asdict(row)
        text = ArticleText(**{name: value for name, value in values.items() if name != "number"})
        _prove(reading, number, lambda text=text: check_article(rows, text))  # type: ignore[misc]
        found.append((row.number, text))

    def write() -> None:
        for name, text in found:
            put_article(rows, name, text, by=BY, now=now)

    return write


def job_templates(reading: Reading, doing: Work, now: datetime) -> Callable[[], None]:
    """Job templates."""
    rows, found = doing.reference(), []
    for number, row in reading.each(TemplateRow):
        try:
            text = template_of(row)
        except ValueError as error:
            reading.wrong(number, str(error))
            continue
        _prove(reading, number, lambda text=text: check_template(rows, text))  # type: ignore[misc]
        found.append((row.number, text))

    def write() -> None:
        for name, text in found:
            put_template(rows, name, text, by=BY, now=now)

    return write


def template_of(row: TemplateRow) -> TemplateText:
    """The template of a line; ValueError for a part that can't be read."""
    values: dict[str, Any] = msgspec.structs.asdict(row)
    del values["number"]
    return TemplateText(**(values | {"parts": tuple(_part(text) for text in row.parts)}))


def _part(text: str) -> LikelyPart:
    name, _, times = text.partition("*")
    quantity = int(times) if times.isascii() and times.isdigit() else 0 if times else 1
    if not 1 <= quantity <= _MOST_PIECES or not name.removeprefix(_CLASS).strip():
        raise ValueError(f"{text} is no part with a quantity")
    if name.startswith(_CLASS):
        return LikelyPart(part_class=name.removeprefix(_CLASS).strip(), quantity=quantity)
    return LikelyPart(part_id=name.strip(), quantity=quantity)


def _prove(reading: Reading, number: int, check: Callable[[], None]) -> None:
    try:
        check()
    except Refusal as refusal:
        reading.wrong(number, refusal.sentence())
