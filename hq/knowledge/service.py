"""Proposed articles at headquarters: listed, shown, published as an edition or returned with words for their place."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from typing import Annotated, Any

import msgspec
from msgspec import Meta
from sqlalchemy import select

from core.contract.messages import REFERENCE_SCOPE
from core.operations.propose_article import Body, Codes, Title
from core.refusals import Refusal
from core.rows.access import Rows
from core.rows.knowledge import (
    Article,
    ArticlePicture,
    ArticleProposal,
    Edition,
    JobTemplate,
    ProposalPicture,
    ProposalState,
)
from core.rows.people import Person, Place
from hq.feed import Work, sent_from, work
from hq.knowledge import editions
from hq.knowledge.editions import ArticleText
from hq.store import Store
from hq.store.schema import TABLES

_TABLE = TABLES[ArticleProposal]
_WORDS = ("title_zh", "title_en", "body_zh", "body_en")
_ABOUT = ("product_classes", "models", "symptoms", "sections", "defects", "parts")


class ProposedArticle(msgspec.Struct, frozen=True, kw_only=True):
    """A proposal as HQ's people see it; ``pictures`` are its blobs, ``pictures_here`` how many of them have arrived."""

    id: str
    branch: str
    place: str
    person: str
    proposed_at: datetime
    order_id: str | None
    revises: str | None
    language: str
    title: str
    body: str
    product_classes: tuple[str, ...]
    models: tuple[str, ...]
    symptoms: tuple[str, ...]
    sections: tuple[str, ...]
    defects: tuple[str, ...]
    parts: tuple[str, ...]
    pictures: tuple[str, ...]
    pictures_here: int
    state: str
    answer: str
    article_id: str | None


class Publication(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How a proposal is published: what is left out stays as proposed, or as the edition before says.

    ``reason`` is what the proposer reads. Without ``with_pictures`` the proposal's pictures are left out.
    """

    title_zh: Title | None = None
    title_en: Title | None = None
    body_zh: Body | None = None
    body_en: Body | None = None
    product_classes: Codes | None = None
    models: Codes | None = None
    symptoms: Codes | None = None
    sections: Codes | None = None
    defects: Codes | None = None
    parts: Codes | None = None
    with_pictures: bool = True
    reason: Annotated[str, Meta(max_length=500)] = ""


class EditionLine(msgspec.Struct, frozen=True, kw_only=True):
    """One published, replaced or withdrawn edition."""

    id: str
    kind: str  # article | job_template
    number: str
    edition: int
    title_zh: str
    title_en: str
    state: str
    published_at: datetime
    ended_why: str


def proposals(store: Store, *, undecided: bool = True) -> list[ProposedArticle]:
    """The proposals of all branches, oldest first; those that wait, or all."""
    wanted = select(_TABLE.c.branch_id, _TABLE.c.id)
    if undecided:
        wanted = wanted.where(_TABLE.c.state == ProposalState.OPEN.value)
    with _looking(store) as doing:
        keys = doing.beside.execute(wanted.order_by(_TABLE.c.proposed_at, _TABLE.c.id)).all()
        return [_shown(doing, branch, row_id) for branch, row_id in keys]


def proposal(store: Store, proposal_id: str) -> ProposedArticle:
    """One of them; raises Refusal ``proposal_unknown``."""
    with _looking(store) as doing:
        return _shown(doing, _branch_of(doing, proposal_id), proposal_id)


def everything_published(store: Store, *, every: bool = False) -> list[EditionLine]:
    """What stations read now by number, or every edition there was."""
    kinds: tuple[type[Edition], ...] = (Article, JobTemplate)
    with _looking(store) as doing:
        found = [one for kind in kinds for one in doing.view(REFERENCE_SCOPE).find(kind)]
    lines = [_line(one) for one in sorted(found, key=lambda one: (one.number, one.edition))]
    return [one for one in lines if every or one.state == "published"]


def publish(store: Store, proposal_id: str, given: Publication, *, by: str, now: datetime) -> Article:
    """Publish a proposal as a new article, or as the next edition of the one it revises.

    Raises Refusal ``proposal_unknown``, ``proposal_decided``, ``article_unknown`` (withdrawn meanwhile),
    ``article_pictures_missing`` or those of :func:`hq.knowledge.editions.check_article`.
    """
    with work(store) as doing:
        rows, one = _to_decide(doing, proposal_id)
        reference = doing.reference()
        before = editions.published(reference, Article, one.revises) if one.revises else None
        if one.revises and before is None:
            raise Refusal("article_unknown", number=one.revises)
        text = _text(one, before, given)
        editions.check_article(reference, text)
        pictures = _pictures(doing, rows, one) if given.with_pictures else ()
        number = one.revises or editions.next_number(reference)
        source = {"written_by": one.proposed_by, "place_id": one.station_id or one.branch_id}
        article = editions.put_article(reference, number, text, by=by, now=now, **source)
        put_pictures(reference, article, before, pictures)
        _decide(rows, one, ProposalState.PUBLISHED, given.reason, by, now, article.id)
    return article


def send_back(store: Store, proposal_id: str, reason: str, *, by: str, now: datetime) -> ArticleProposal:
    """Return a proposal with what its place shall read; Refusal ``reason_missing``, and those of a decided one."""
    if not reason.strip():
        raise Refusal("reason_missing")
    with work(store) as doing:
        rows, one = _to_decide(doing, proposal_id)
        return _decide(rows, one, ProposalState.RETURNED, reason, by, now)


def withdraw(store: Store, number: str, reason: str, *, now: datetime) -> Edition:
    """Take an article or template back; raises Refusal ``article_unknown`` or ``reason_missing``."""
    if not reason.strip():
        raise Refusal("reason_missing")
    with work(store) as doing:
        return editions.withdraw(doing.reference(), number, reason, now)


@contextmanager
def _looking(store: Store) -> Iterator[Work]:
    """Rows for looking only: nobody who writes is kept waiting."""
    with store.reading() as connection:
        yield Work(store, connection)


def _to_decide(doing: Work, proposal_id: str) -> tuple[Rows, ArticleProposal]:
    """Its branch's rows and the proposal, which nobody else decides meanwhile."""
    branch_id = _branch_of(doing, proposal_id)
    doing.lock(branch_id, REFERENCE_SCOPE)
    rows = doing.rows(branch_id)
    one = _found(rows, proposal_id)
    if one.state is not ProposalState.OPEN:
        raise Refusal("proposal_decided")
    return rows, one


def _decide(
    rows: Rows,
    one: ArticleProposal,
    state: ProposalState,
    answer: str,
    by: str,
    now: datetime,
    article_id: str | None = None,
) -> ArticleProposal:
    said: dict[str, Any] = {"decided_by": by, "decided_at": now, "answer": answer or None, "article_id": article_id}
    decided = msgspec.structs.replace(one, state=state, **said)
    rows.put(decided)
    return decided


def _text(one: ArticleProposal, before: Article | None, given: Publication) -> ArticleText:
    """What is given, else what is proposed, else (the other language) what the edition before says."""
    proposed = {f"title_{one.language}": one.title, f"body_{one.language}": one.body}
    proposed |= {name: getattr(one, name) for name in _ABOUT}
    earlier = {name: getattr(before, name) for name in _WORDS} if before is not None else {}
    changed = {name: value for name in (*_WORDS, *_ABOUT) if (value := getattr(given, name)) is not None}
    return ArticleText(**(earlier | proposed | changed))


def _pictures(doing: Work, rows: Rows, one: ArticleProposal) -> Sequence[ProposalPicture]:
    """The proposal's pictures, when all of them are here and the proposer's own place has sent them."""
    pictures = _pictures_of(rows, one.id)
    here = sent_from(doing.beside, [picture.sha256 for picture in pictures], one.station_id or one.branch_id)
    missing = sum(picture.sha256 not in here for picture in pictures)
    if missing:
        raise Refusal("article_pictures_missing", count=missing)
    return pictures


def put_pictures(rows: Rows, article: Article, before: Article | None, pictures: Sequence[ProposalPicture]) -> None:
    """The new edition shows what the one before showed, then what came with the proposal; each picture once."""
    earlier: Sequence[Any] = rows.find(ArticlePicture, article_id=before.id) if before is not None else ()
    shown = {one.sha256: one for one in (*sorted(earlier, key=lambda one: one.position), *pictures)}
    for position, one in enumerate(shown.values()):
        rows.put(
            ArticlePicture(
                id=f"{article.id}/{position}",
                article_id=article.id,
                position=position,
                sha256=one.sha256,
                bytes=one.bytes,
                media_type=one.media_type,
            )
        )


def _pictures_of(rows: Rows, proposal_id: str) -> list[ProposalPicture]:
    return sorted(rows.find(ProposalPicture, proposal_id=proposal_id), key=lambda one: one.position)


def _shown(doing: Work, branch_id: str, proposal_id: str) -> ProposedArticle:
    rows = doing.view(branch_id)
    one = _found(rows, proposal_id)
    place_id = one.station_id or one.branch_id
    place, branch, person = rows.get(Place, place_id), rows.get(Place, branch_id), rows.get(Person, one.proposed_by)
    pictures = tuple(picture.sha256 for picture in _pictures_of(rows, one.id))
    same = ("id", "proposed_at", "order_id", "revises", "language", "title", "body", *_ABOUT, "article_id")
    return ProposedArticle(
        branch=branch.code if branch else "",
        place=place.code if place else "",
        person=person.name if person else "",
        pictures=pictures,
        pictures_here=len(sent_from(doing.beside, pictures, place_id)),
        state=one.state.value,
        answer=one.answer or "",
        **{name: getattr(one, name) for name in same},
    )


def _line(one: Edition) -> EditionLine:
    same = ("id", "number", "edition", "title_zh", "title_en", "published_at", "ended_why")
    kind = "article" if isinstance(one, Article) else "job_template"
    return EditionLine(kind=kind, state=one.state.value, **{name: getattr(one, name) for name in same})


def _branch_of(doing: Work, proposal_id: str) -> str:
    branch: str | None = None
    if proposal_id.isprintable():
        wanted = select(_TABLE.c.branch_id).where(_TABLE.c.id == proposal_id)
        branch = doing.beside.execute(wanted).scalar_one_or_none()
    if branch is None:
        raise Refusal("proposal_unknown")
    return branch


def _found(rows: Rows, proposal_id: str) -> ArticleProposal:
    one = rows.get(ArticleProposal, proposal_id)
    if one is None:
        raise Refusal("proposal_unknown")
    return one
