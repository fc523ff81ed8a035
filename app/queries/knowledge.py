"""The knowledge base as it is read here: found by words or by unit and codes, one article, one template, proposals."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, select

from app.offline_db import knowledge_index
from app.offline_db.schema import ROW_TABLES
from app.offline_db.store import LocalRows
from core.knowledge import MOST_OFFERED, About, Block, Subject, blocks, fields_of, must_name, offered
from core.parts.books import kept_for_orders, progress_of
from core.parts.stock import per_part
from core.parts_ledger import balance, location
from core.reference import fault_catalogue
from core.refusals import Refusal
from core.rows import name_of
from core.rows.knowledge import (
    Article,
    ArticlePicture,
    ArticleProposal,
    Edition,
    EditionState,
    JobTemplate,
    LikelyPart,
    ProposalPicture,
)
from core.rows.parts import LocationKind, PartLine, StockMove
from core.rows.people import Person, Place
from core.rows.reference import Model, ModelPart, Part, ProductClass
from core.rows.supply import PartRequest
from rowstore.bulk import among

ARTICLE, TEMPLATE = name_of(Article), name_of(JobTemplate)
MOST_LINES = 200
_BASE = ("id", "number", "edition", "title_zh", "title_en", "models", "symptoms", "published_at")
_MORE: dict[type[Edition], tuple[str, ...]] = {
    Article: ("product_classes", "sections", "defects"),
    JobTemplate: ("product_class", "minutes"),
}


@dataclass(frozen=True)
class KnownLine:
    """A published article or template in a list; ``snippet`` marks what was found (BEGIN and END of the index)."""

    id: str
    entity: str
    number: str
    edition: int
    title_zh: str
    title_en: str
    models: tuple[str, ...]
    product_classes: tuple[str, ...]
    symptoms: tuple[str, ...]
    sections: tuple[str, ...]
    defects: tuple[str, ...]
    minutes: int
    published_at: datetime
    snippet: str = ""


@dataclass(frozen=True)
class Named:
    """A code, class, model or part with its name in both languages."""

    id: str
    zh: str
    en: str


@dataclass(frozen=True)
class PictureOf:
    """A picture by its blob: hash, size in bytes and media type."""

    sha256: str
    bytes: int
    media_type: str


@dataclass(frozen=True)
class EditionLine:
    """One edition of an article, with why it was withdrawn."""

    id: str
    edition: int
    state: str
    published_at: datetime
    ended_why: str


@dataclass(frozen=True)
class ArticleView:
    """An article as it is read; of an older edition ``newest_id`` tells which one stands now ("" when none does)."""

    id: str
    number: str
    edition: int
    state: str
    title_zh: str
    title_en: str
    body_zh: str
    body_en: str
    classes: tuple[Named, ...]
    models: tuple[Named, ...]
    codes: tuple[tuple[str, Named], ...]  # the field (symptom, section, defect) and the code
    parts: tuple[Named, ...]
    pictures: tuple[PictureOf, ...]
    editions: tuple[EditionLine, ...]
    published_at: datetime
    author: str  # where its person is known here
    place: str
    newest_id: str
    ended_why: str

    def blocks(self, *, chinese: bool) -> tuple[str, list[Block]]:
        """Title and text in the language asked for, or in the other one where it has none of it."""
        both = [(self.title_zh, self.body_zh), (self.title_en, self.body_en)]
        title, body = next((one for one in (both if chinese else reversed(both)) if one[0] and one[1]), both[0])
        return title, blocks(body)


@dataclass(frozen=True)
class LikelyLine:
    """A likely part of a template for one model; pieces wanted, free here, and what this order has of it already."""

    part_id: str
    zh: str
    en: str
    quantity: int
    free: int
    kept: int = 0
    asked: int = 0
    used: int = 0

    @property
    def still(self) -> int:
        """Pieces that are neither put in, kept nor asked for yet."""
        return max(0, self.quantity - self.kept - self.asked - self.used)


@dataclass(frozen=True)
class TemplateView:
    """A job template as it is read; a part class without a part of the model stands with an empty number."""

    id: str
    number: str
    edition: int
    state: str
    title_zh: str
    title_en: str
    product_class: Named
    models: tuple[Named, ...]
    symptoms: tuple[Named, ...]
    steps_zh: tuple[str, ...]
    steps_en: tuple[str, ...]
    parts: tuple[LikelyLine, ...]
    minutes: int
    published_at: datetime

    def steps(self, *, chinese: bool) -> tuple[str, tuple[str, ...]]:
        """Title and steps in the language asked for, or in the other one where it has none of it."""
        both = [(self.title_zh, self.steps_zh), (self.title_en, self.steps_en)]
        return next((one for one in (both if chinese else reversed(both)) if one[0] and one[1]), both[0])


@dataclass(frozen=True)
class KnownAbout:
    """What is known about a unit and its codes: some articles, and the template that fits best."""

    articles: tuple[KnownLine, ...] = ()
    template: TemplateView | None = None


@dataclass(frozen=True)
class ProposalLine:
    """A proposed article of this place and what became of it."""

    id: str
    title: str
    body: str
    language: str
    state: str
    answer: str
    person: str
    mine: bool
    proposed_at: datetime
    article_id: str
    revises: str
    order_id: str
    product_classes: tuple[str, ...]
    models: tuple[str, ...]
    symptoms: tuple[str, ...]
    sections: tuple[str, ...]
    defects: tuple[str, ...]
    parts: tuple[str, ...]
    pictures: int


def search(connection: Connection, text: str, product_class: str = "", model: str = "") -> tuple[KnownLine, ...]:
    """What speaks of everything that was typed, the best first; without a text all of it, the newest first.

    ``product_class`` and ``model`` leave out what is about other ones.
    """
    limits = {field: value for field, value in (("product_classes", product_class), ("models", model)) if value}
    if not text.strip():
        newest = [line for kind in _MORE for line in _lines(connection, kind, limits=limits, most=MOST_LINES)]
        return tuple(sorted(newest, key=lambda one: (one.published_at, one.number), reverse=True)[:MOST_LINES])
    found = knowledge_index.find(connection, text, MOST_LINES, limits)
    lines = {(one.entity, one.id): one for one in _lines_of(connection, {one[:2] for one in found})}
    return tuple(_with_snippet(lines[one[:2]], one.snippet) for one in found if one[:2] in lines)


def numbered(connection: Connection, number: str) -> KnownLine | None:
    """The published article or template of that number."""
    return next((line for kind in _MORE for line in _lines(connection, kind, number=number)), None)


def known_about(rows: LocalRows, about: About, place_id: str, order_id: str = "") -> KnownAbout:
    """The articles and the template to offer beside the codes of a unit; nothing where nothing fits."""
    limits = {field: fields_of(about)[field] for field in knowledge_index.LIMITS}
    keys = knowledge_index.naming(rows.connection, must_name(about), limits)
    lines = {one.id: one for one in _lines_of(rows.connection, keys)}
    subjects = [(one.entity, _subject(one)) for one in lines.values()]
    articles = offered((subject for entity, subject in subjects if entity == ARTICLE), about, MOST_OFFERED)
    coded = [subject for entity, subject in subjects if entity == TEMPLATE and about.symptom in subject.symptoms]
    templates = offered(coded, about, 1) if about.symptom else []
    template = template_view(rows, templates[0].key, place_id, about.model, order_id) if templates else None
    return KnownAbout(tuple(lines[one.key] for one in articles), template)


def article_view(rows: LocalRows, article_id: str) -> ArticleView:
    """One edition; raises Refusal ``article_unknown``."""
    article = rows.get(Article, article_id)
    if article is None:
        raise Refusal("article_unknown", number=article_id)
    editions = sorted(rows.find(Article, number=article.number), key=lambda one: one.edition, reverse=True)
    newest = next((one.id for one in editions if one.state is EditionState.PUBLISHED), "")
    pictures = sorted(rows.find(ArticlePicture, article_id=article.id), key=lambda one: one.position)
    person = rows.get(Person, article.written_by) if article.written_by else None
    place = rows.get(Place, article.place_id) if article.place_id else None
    codes = {"symptom": article.symptoms, "section": article.sections, "defect": article.defects}
    return ArticleView(
        classes=tuple(_class(rows, one) for one in article.product_classes),
        models=tuple(_model(rows, one) for one in article.models),
        codes=tuple(_coded(rows, codes)),
        parts=tuple(_part(rows, one) for one in article.parts),
        pictures=tuple(PictureOf(one.sha256, one.bytes, one.media_type) for one in pictures),
        editions=tuple(
            EditionLine(one.id, one.edition, one.state.value, one.published_at, one.ended_why) for one in editions
        ),
        author=person.name if person else "",
        place=place.name if place else "",
        newest_id=newest,
        state=article.state.value,
        **_same(article, "body_zh", "body_en", "ended_why"),
    )


def template_view(
    rows: LocalRows, template_id: str, place_id: str, model: str = "", order_id: str = ""
) -> TemplateView:
    """One edition, with its parts for a model and what an order has of them; raises Refusal ``article_unknown``."""
    template = rows.get(JobTemplate, template_id)
    if template is None:
        raise Refusal("article_unknown", number=template_id)
    return TemplateView(
        product_class=_class(rows, template.product_class),
        models=tuple(_model(rows, one) for one in template.models),
        symptoms=tuple(named for _, named in _coded(rows, {"symptom": template.symptoms})),
        parts=tuple(_likely(rows, one, place_id, model, order_id) for one in template.parts),
        state=template.state.value,
        **_same(template, "steps_zh", "steps_en", "minutes"),
    )


def proposals(rows: LocalRows, person_id: str) -> tuple[ProposalLine, ...]:
    """What this place has proposed, the newest first."""
    found = sorted(rows.find(ArticleProposal), key=lambda one: (one.proposed_at, one.id), reverse=True)
    return tuple(_proposal(rows, one, person_id) for one in found)


def class_choices(rows: LocalRows) -> tuple[Named, ...]:
    """Every product class."""
    return tuple(Named(one.id, one.name_zh, one.name_en) for one in rows.find(ProductClass))


def model_choices(rows: LocalRows) -> tuple[Named, ...]:
    """Every model."""
    return tuple(Named(one.id, one.name_zh, one.name_en) for one in rows.find(Model))


def code_choices(rows: LocalRows, field: str) -> tuple[Named, ...]:
    """Every code of one field: symptom, section or defect."""
    catalogue = fault_catalogue(rows)
    entries = getattr(catalogue, field) if catalogue is not None else ()
    return tuple(Named(one.code, one.zh, one.en) for one in entries)


def _lines_of(connection: Connection, keys: Collection[tuple[str, str]]) -> list[KnownLine]:
    """The published ones among these, by entity and id."""
    return [
        line
        for kind in _MORE
        for line in _lines(connection, kind, ids=[key[1] for key in keys if key[0] == name_of(kind)])
    ]


def _lines(
    connection: Connection,
    kind: type[Edition],
    *,
    ids: Collection[str] | None = None,
    number: str = "",
    limits: Mapping[str, str] | None = None,
    most: int | None = None,
) -> list[KnownLine]:
    """Published rows without their texts, the newest first."""
    table, entity = ROW_TABLES[kind], name_of(kind)
    wanted = [table.c.state == EditionState.PUBLISHED.value, *knowledge_index.within(entity, table.c.id, limits or {})]
    wanted += [] if ids is None else [among(connection, table.c.id, ids)]
    wanted += [table.c.number == number] if number else []
    columns = [table.c[name] for name in (*_BASE, *_MORE[kind])]
    newest = (table.c.published_at.desc(), table.c.number.desc())
    return [
        _line(entity, found)
        for found in connection.execute(select(*columns).where(*wanted).order_by(*newest).limit(most))
    ]


def _line(entity: str, found: Any) -> KnownLine:
    is_article = entity == ARTICLE
    return KnownLine(
        id=found.id,
        entity=entity,
        number=found.number,
        edition=found.edition,
        title_zh=found.title_zh,
        title_en=found.title_en,
        models=tuple(found.models),
        product_classes=tuple(found.product_classes) if is_article else (found.product_class,),
        symptoms=tuple(found.symptoms),
        sections=tuple(found.sections) if is_article else (),
        defects=tuple(found.defects) if is_article else (),
        minutes=0 if is_article else found.minutes,
        published_at=found.published_at,
    )


def _with_snippet(line: KnownLine, snippet: str) -> KnownLine:
    return KnownLine(**{**vars(line), "snippet": snippet})


def _subject(line: KnownLine) -> Subject:
    return Subject(
        key=line.id,
        number=line.number,
        models=line.models,
        product_classes=line.product_classes,
        symptoms=line.symptoms,
        sections=line.sections,
        defects=line.defects,
    )


def _same(edition: Edition, *more: str) -> dict[str, Any]:
    names = ("id", "number", "edition", "title_zh", "title_en", "published_at", *more)
    return {name: getattr(edition, name) for name in names}


def _class(rows: LocalRows, class_id: str) -> Named:
    found = rows.get(ProductClass, class_id)
    return Named(class_id, found.name_zh, found.name_en) if found else Named(class_id, class_id, class_id)


def _model(rows: LocalRows, model_id: str) -> Named:
    found = rows.get(Model, model_id)
    return Named(model_id, found.name_zh, found.name_en) if found else Named(model_id, "", "")


def _part(rows: LocalRows, part_id: str) -> Named:
    found = rows.get(Part, part_id)
    return Named(part_id, found.name_zh, found.name_en) if found else Named(part_id, "", "")


def _coded(rows: LocalRows, codes: dict[str, tuple[str, ...]]) -> Iterable[tuple[str, Named]]:
    catalogue = fault_catalogue(rows)
    for field, some in codes.items():
        known = {one.code: one for one in getattr(catalogue, field)} if catalogue is not None else {}
        for code in some:
            entry = known.get(code)
            yield field, Named(code, entry.zh, entry.en) if entry else Named(code, "", "")


def _likely(rows: LocalRows, one: LikelyPart, place_id: str, model: str, order_id: str) -> LikelyLine:
    """A class stands for the model's own part of it; where none is known only the class is told."""
    part = rows.get(Part, one.part_id) if one.part_id else _of_class(rows, model, one.part_class)
    if part is None:
        name = one.part_id or one.part_class
        return LikelyLine(one.part_id, name, name, one.quantity, 0)
    kept = kept_for_orders(rows, place_id, part.id)
    moves = rows.find(StockMove, part_id=part.id)
    here = balance(moves, part.id, location(LocationKind.STATION, place_id)) - per_part(kept).get(part.id, 0)
    mine = {"kept": kept.get((order_id, part.id), 0), **_of_order(rows, order_id, part.id)} if order_id else {}
    return LikelyLine(part.id, part.name_zh, part.name_en, one.quantity, max(0, here), **mine)


def _of_class(rows: LocalRows, model: str, part_class: str) -> Part | None:
    fitting = (rows.get(Part, one.part_id) for one in rows.find(ModelPart, model_id=model)) if model else ()
    return min((one for one in fitting if one and one.part_class == part_class), key=lambda one: one.id, default=None)


def _of_order(rows: LocalRows, order_id: str, part_id: str) -> dict[str, int]:
    """Pieces that the order has been given, and those it has asked for and still waits for."""
    used = sum(one.quantity for one in rows.find(PartLine, order_id=order_id, part_id=part_id) if not one.removed)
    open_requests = rows.find(PartRequest, order_id=order_id, state="open")
    lines = (line for one in open_requests for line in progress_of(rows, one.id) if line.line.part_id == part_id)
    return {"used": used, "asked": sum(line.to_come for line in lines)}


def _proposal(rows: LocalRows, one: ArticleProposal, person_id: str) -> ProposalLine:
    person = rows.get(Person, one.proposed_by)
    same = ("id", "title", "body", "language", "proposed_at", *_ABOUT)
    return ProposalLine(
        state=one.state.value,
        answer=one.answer or "",
        person=person.name if person else "",
        mine=one.proposed_by == person_id,
        article_id=one.article_id or "",
        revises=one.revises or "",
        order_id=one.order_id or "",
        pictures=len(rows.find(ProposalPicture, proposal_id=one.id)),
        **{name: getattr(one, name) for name in same},
    )


_ABOUT = ("product_classes", "models", "symptoms", "sections", "defects", "parts")
