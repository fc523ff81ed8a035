"""A photo, signature or document is added to an order; its bytes travel as a blob."""

from typing import Annotated

from msgspec import Meta

from core.ids import derive
from core.operations.kernel import Action, Args, Nature, Rows
from core.operations.operation import Code, Hash, Id, Moment, Operation
from core.operations.orders import check_mine, order_of
from core.rows.orders import Attachment
from core.work_order import BRANCH, STATION

#: A picture may not be larger (bytes).
MAX_BLOB = 32 * 1024 * 1024
#: Nor its thumbnail.
MAX_THUMBNAIL = 64 * 1024


class AddAttachment(Args, frozen=True, kw_only=True):
    """What was added: kind photo | signature | invoice | label | goodwill, the blob's hash, size and media type.

    A picture's thumbnail (a small JPEG) is a blob of its own, so that others see it before the whole has come.
    """

    order_id: Id
    kind: Code
    sha256: Hash
    bytes: Annotated[int, Meta(ge=1, le=MAX_BLOB)]
    media_type: Code
    taken_at: Moment | None = None
    thumbnail_sha256: Hash | None = None
    thumbnail_bytes: Annotated[int, Meta(ge=1, le=MAX_THUMBNAIL)] | None = None


def check(args: AddAttachment, operation: Operation, rows: Rows) -> None:
    """The order must belong to this place."""
    check_mine(rows, args.order_id, operation)


def replay(args: AddAttachment, operation: Operation, rows: Rows) -> None:
    """Store the attachment beside the others: a union, nothing is replaced."""
    order = order_of(rows, args.order_id)
    rows.put(
        Attachment(
            id=derive(operation.id, "attachment"),
            branch_id=order.branch_id,
            station_id=order.station_id,
            order_id=order.id,
            kind=args.kind,
            sha256=args.sha256,
            bytes=args.bytes,
            media_type=args.media_type,
            thumbnail_sha256=args.thumbnail_sha256,
            thumbnail_bytes=args.thumbnail_bytes,
            taken_at=args.taken_at,
            added_by=operation.user,
            added_at=operation.made_at,
        )
    )


ACTION = Action("add_attachment", AddAttachment, STATION + BRANCH, Nature.FACT, replay, check)
