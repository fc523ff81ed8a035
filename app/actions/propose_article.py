"""An article is proposed for the knowledge base: its text, what it is about, and pictures from files or the order."""

from collections.abc import Iterator

from app.actions.attachments import keep_picture
from app.actions.desk import Asked, Desk, DeskAction, Recorded, find_order
from app.offline_db.blob_queue import QueuedBlob
from core.operations.propose_article import PictureGiven, ProposeArticle
from core.rows.access import Rows
from core.rows.knowledge import ProposalPicture
from core.rows.orders import Attachment


class ArticleAsked(Asked, frozen=True, kw_only=True):
    """As the operation takes it, with an order by id or number; ``files`` are pictures' paths.

    ``attachments`` are ids of photos that an order has already. What stands in for a returned proposal
    (``earlier_id``) shows its pictures too.
    """

    language: str
    title: str
    body: str
    order_id: str | None = None
    revises: str | None = None
    earlier_id: str | None = None
    product_classes: tuple[str, ...] = ()
    models: tuple[str, ...] = ()
    symptoms: tuple[str, ...] = ()
    sections: tuple[str, ...] = ()
    defects: tuple[str, ...] = ()
    parts: tuple[str, ...] = ()
    files: tuple[str, ...] = ()
    attachments: tuple[str, ...] = ()


_SAME = ("language", "revises", "earlier_id", "product_classes", "models", "symptoms", "sections", "defects", "parts")


def run(asked: ArticleAsked, desk: Desk) -> Recorded:
    """Keep the pictures and propose the article."""
    with desk.store.reading() as rows:
        order_id = find_order(rows, asked.order_id).id if asked.order_id else None
        pictures = list(_known(rows, asked))
    kept = [keep_picture(file, desk) for file in asked.files]
    pictures += [PictureGiven(sha256=one.sha256, bytes=one.size, media_type=one.media_type) for one in kept]
    each_once = tuple({one.sha256: one for one in pictures}.values())
    given = {name: getattr(asked, name) for name in _SAME}
    args = ProposeArticle(
        order_id=order_id, title=asked.title.strip(), body=asked.body.strip(), pictures=each_once, **given
    )
    blobs = [QueuedBlob(one.sha256, one.size, "photo", order_id, one.media_type) for one in kept]
    return desk.store.record("propose_article", args, desk.person_id, blobs=blobs)


def _known(rows: Rows, asked: ArticleAsked) -> Iterator[PictureGiven]:
    """The pictures that rows here name already."""
    earlier = rows.find(ProposalPicture, proposal_id=asked.earlier_id) if asked.earlier_id else ()
    for picture in sorted(earlier, key=lambda one: one.position):
        yield PictureGiven(sha256=picture.sha256, bytes=picture.bytes, media_type=picture.media_type)
    for attachment_id in asked.attachments:
        found = rows.get(Attachment, attachment_id)
        if found is not None:
            yield PictureGiven(sha256=found.sha256, bytes=found.bytes, media_type=found.media_type)


ACTION = DeskAction("propose_article", ArticleAsked, run)
