"""A place proposes an article for the knowledge base, or a new edition of one; headquarters publishes or returns it."""

from typing import Annotated, Any, Literal

import msgspec
from msgspec import Meta

from core.ids import derive
from core.knowledge import check_subject
from core.operations.add_attachment import MAX_BLOB
from core.operations.kernel import Action, Args, Nature, Rows
from core.operations.operation import Code, Hash, Id, Operation
from core.operations.orders import check_mine
from core.reference import fault_catalogue
from core.refusals import Refusal
from core.rows.knowledge import Article, ArticleProposal, EditionState, ProposalPicture
from core.work_order import BRANCH, STATION

Title = Annotated[str, Meta(min_length=1, max_length=120)]
Body = Annotated[str, Meta(min_length=1, max_length=12_000)]
Codes = Annotated[tuple[Code, ...], Meta(max_length=40)]
MOST_PICTURES = 8


class PictureGiven(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A picture's blob: its hash, size in bytes and media type."""

    sha256: Hash
    bytes: Annotated[int, Meta(ge=1, le=MAX_BLOB)]
    media_type: Code


class ProposeArticle(Args, frozen=True, kw_only=True):
    """The text in one language and what it is about; the order it came from, the article it would be an edition of.

    ``earlier_id`` is the returned proposal that this one stands in for.
    """

    order_id: Id | None = None
    revises: Code | None = None
    earlier_id: Id | None = None
    language: Literal["zh", "en"]
    title: Title
    body: Body
    product_classes: Codes = ()
    models: Codes = ()
    symptoms: Codes = ()
    sections: Codes = ()
    defects: Codes = ()
    parts: Codes = ()
    pictures: Annotated[tuple[PictureGiven, ...], Meta(max_length=MOST_PICTURES)] = ()


def check(args: ProposeArticle, operation: Operation, rows: Rows) -> None:
    """It must be about something that is known; the order must be this place's, the article and proposal be there."""
    if args.order_id is not None:
        check_mine(rows, args.order_id, operation)
    if args.revises is not None and not rows.find(Article, number=args.revises, state=EditionState.PUBLISHED):
        raise Refusal("article_unknown", number=args.revises)
    if args.earlier_id is not None and rows.get(ArticleProposal, args.earlier_id) is None:
        raise Refusal("proposal_unknown")
    codes = {"symptom": args.symptoms, "section": args.sections, "defect": args.defects}
    if not (args.product_classes or args.models or any(codes.values())):
        raise Refusal("article_about_nothing")
    catalogue = fault_catalogue(rows)
    about = {"product_classes": args.product_classes, "models": args.models, "parts": args.parts}
    check_subject(rows, catalogue, codes=codes, **about)


def replay(args: ProposeArticle, operation: Operation, rows: Rows) -> None:
    """Store the proposal with its pictures; what is published changes only by headquarters' decision."""
    own_branch = operation.place == operation.branch_id
    whose: dict[str, Any] = {"branch_id": operation.branch_id, "station_id": None if own_branch else operation.place}
    proposal_id = derive(operation.id, "article")
    given = {name: getattr(args, name) for name in args.__struct_fields__ if name != "pictures"}
    rows.put(
        ArticleProposal(id=proposal_id, proposed_by=operation.user, proposed_at=operation.made_at, **whose, **given)
    )
    for position, picture in enumerate(args.pictures):
        rows.put(
            ProposalPicture(
                id=derive(operation.id, f"picture {position}"),
                proposal_id=proposal_id,
                position=position,
                sha256=picture.sha256,
                bytes=picture.bytes,
                media_type=picture.media_type,
                added_by=operation.user,
                **whose,
            )
        )


ACTION = Action("propose_article", ProposeArticle, STATION + BRANCH, Nature.FACT, replay, check)
