"""Editions of articles and job templates: what changes makes a new one, the one before stays to be read."""

from datetime import datetime
from typing import Any, TypeVar

import msgspec

from core.knowledge import check_subject
from core.reference import fault_catalogue
from core.refusals import Refusal
from core.rows.access import Rows
from core.rows.knowledge import Article, Edition, EditionState, JobTemplate, LikelyPart

E = TypeVar("E", bound=Edition)


class ArticleText(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What an article says and what it is about."""

    title_zh: str = ""
    title_en: str = ""
    body_zh: str = ""
    body_en: str = ""
    product_classes: tuple[str, ...] = ()
    models: tuple[str, ...] = ()
    symptoms: tuple[str, ...] = ()
    sections: tuple[str, ...] = ()
    defects: tuple[str, ...] = ()
    parts: tuple[str, ...] = ()


class TemplateText(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What a job template says and what it is for."""

    title_zh: str = ""
    title_en: str = ""
    product_class: str
    models: tuple[str, ...] = ()
    symptoms: tuple[str, ...] = ()
    steps_zh: tuple[str, ...] = ()
    steps_en: tuple[str, ...] = ()
    parts: tuple[LikelyPart, ...] = ()
    minutes: int


def check_article(rows: Rows, text: ArticleText) -> None:
    """Refuse an article without words (``article_empty``), about nothing (``article_about_nothing``) or the unknown."""
    if not ((text.title_zh and text.body_zh) or (text.title_en and text.body_en)):
        raise Refusal("article_empty")
    codes = {"symptom": text.symptoms, "section": text.sections, "defect": text.defects}
    if not (text.product_classes or text.models or any(codes.values())):
        raise Refusal("article_about_nothing")
    about = {"product_classes": text.product_classes, "models": text.models, "parts": text.parts}
    check_subject(rows, fault_catalogue(rows), codes=codes, **about)


def check_template(rows: Rows, text: TemplateText) -> None:
    """The same for a template: ``article_empty`` when it has no title or no steps."""
    if not ((text.title_zh and text.steps_zh) or (text.title_en and text.steps_en)):
        raise Refusal("article_empty")
    about = {"product_classes": (text.product_class,), "models": text.models}
    parts = [part.part_id for part in text.parts if part.part_id]
    check_subject(rows, fault_catalogue(rows), codes={"symptom": text.symptoms}, parts=parts, **about)


def published(rows: Rows, kind: type[E], number: str) -> E | None:
    """The edition that is read now."""
    return next(iter(rows.find(kind, number=number, state=EditionState.PUBLISHED)), None)


def put_article(rows: Rows, number: str, text: ArticleText, *, by: str, now: datetime, **source: Any) -> Article:
    """Publish the text as the next edition; the same text again changes nothing. ``source``: written_by, place_id."""
    return _put(rows, Article, number, text, by=by, now=now, **source)


def put_template(rows: Rows, number: str, text: TemplateText, *, by: str, now: datetime) -> JobTemplate:
    """The same for a job template."""
    return _put(rows, JobTemplate, number, text, by=by, now=now)


def next_edition(rows: Rows, kind: type[Edition], number: str) -> int:
    """The number of the edition that would come next."""
    return max((one.edition for one in rows.find(kind, number=number)), default=0) + 1


def next_number(rows: Rows) -> str:
    """The next free number of an article, KB-0001 and so on."""
    taken = [one.number.removeprefix("KB-") for one in rows.find(Article) if one.number.startswith("KB-")]
    return f"KB-{max((int(one) for one in taken if one.isdecimal()), default=0) + 1:04d}"


def withdraw(rows: Rows, number: str, why: str, now: datetime) -> Edition:
    """Take the published edition back, with its reason; raises Refusal ``article_unknown``."""
    kinds: tuple[type[Edition], ...] = (Article, JobTemplate)
    current = next((one for kind in kinds if (one := published(rows, kind, number)) is not None), None)
    if current is None:
        raise Refusal("article_unknown", number=number)
    ended = msgspec.structs.replace(current, state=EditionState.WITHDRAWN, ended_at=now, ended_why=why)
    rows.put(ended)
    return ended


def _put(rows: Rows, kind: type[E], number: str, text: Any, *, by: str, now: datetime, **source: Any) -> E:
    current = published(rows, kind, number)
    content = msgspec.structs.asdict(text)
    if current is not None and all(getattr(current, name) == value for name, value in content.items()) and not source:
        return current
    edition = next_edition(rows, kind, number)
    made: dict[str, Any] = {
        "id": f"{number}.{edition}",
        "number": number,
        "edition": edition,
        "published_by": by,
        "published_at": now,
    }
    new = kind(**made, **content, **source)
    if current is not None:
        rows.put(msgspec.structs.replace(current, state=EditionState.REPLACED, ended_at=now))
    rows.put(new)
    return new
