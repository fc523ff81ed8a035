"""What is known of faults: published articles and job templates with their pictures, and what places propose."""

from datetime import datetime
from enum import StrEnum

import msgspec

from core.rows.base import PlaceRow, Row


class EditionState(StrEnum):
    """Where an edition of an article or template stands; one edition of a number at most is published."""

    PUBLISHED = "published"
    REPLACED = "replaced"
    WITHDRAWN = "withdrawn"


class ProposalState(StrEnum):
    """Where a proposed article stands."""

    OPEN = "open"
    PUBLISHED = "published"
    RETURNED = "returned"


class Edition(Row, frozen=True, kw_only=True):
    """One edition of what bears a number; a later edition is a row of its own, only the state of this one changes."""

    number: str
    edition: int
    title_zh: str = ""
    title_en: str = ""
    models: tuple[str, ...] = ()
    symptoms: tuple[str, ...] = ()
    state: EditionState = EditionState.PUBLISHED
    published_by: str = ""
    published_at: datetime
    ended_at: datetime | None = None
    ended_why: str = ""


class Article(Edition, frozen=True, kw_only=True):
    """An article for everybody who repairs; no model, class or code named means that it is about all of them.

    Bodies are plain text: lines that begin with "# " are headings, with "- " points of a list. ``written_by`` is the id
    of the person who proposed it, ``place_id`` where.
    """

    body_zh: str = ""
    body_en: str = ""
    product_classes: tuple[str, ...] = ()
    sections: tuple[str, ...] = ()
    defects: tuple[str, ...] = ()
    parts: tuple[str, ...] = ()
    written_by: str | None = None
    place_id: str | None = None


class ArticlePicture(Row, frozen=True, kw_only=True):
    """A picture of one edition of an article; the bytes are a blob."""

    article_id: str
    position: int
    sha256: str
    bytes: int
    media_type: str


class LikelyPart(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A part that the job often takes: a part number, or a part class, for which each model has a part of its own."""

    part_id: str = ""
    part_class: str = ""
    quantity: int = 1


class JobTemplate(Edition, frozen=True, kw_only=True):
    """How a symptom of a product class is usually dealt with: steps in order, likely parts, working minutes."""

    product_class: str
    steps_zh: tuple[str, ...] = ()
    steps_en: tuple[str, ...] = ()
    parts: tuple[LikelyPart, ...] = ()
    minutes: int


class ArticleProposal(PlaceRow, frozen=True, kw_only=True):
    """An article as a place proposes it, in one language; HQ publishes it or returns it with its words.

    ``revises`` is the number of the article that it would be a new edition of, ``earlier_id`` the returned proposal
    that it stands in for, ``article_id`` the edition that came of it.
    """

    order_id: str | None
    revises: str | None = None
    earlier_id: str | None = None
    language: str  # zh | en
    title: str
    body: str
    product_classes: tuple[str, ...] = ()
    models: tuple[str, ...] = ()
    symptoms: tuple[str, ...] = ()
    sections: tuple[str, ...] = ()
    defects: tuple[str, ...] = ()
    parts: tuple[str, ...] = ()
    proposed_by: str
    proposed_at: datetime
    state: ProposalState = ProposalState.OPEN
    decided_by: str | None = None
    decided_at: datetime | None = None
    answer: str | None = None
    article_id: str | None = None


class ProposalPicture(PlaceRow, frozen=True, kw_only=True):
    """A picture of a proposed article; the bytes are a blob that the place sends."""

    proposal_id: str
    position: int
    sha256: str
    bytes: int
    media_type: str
    added_by: str
