"""The old part gets its serial; its tag can then be printed."""

from app.actions.desk import Desk, DeskAction, OrderAsked, Recorded, find_order
from core.identifiers import fold_serial
from core.operations.tag_old_part import TagOldPart
from core.refusals import Refusal
from core.rows.access import Rows
from core.rows.parts import OldPart, OldPartState


class TagAsked(OrderAsked, frozen=True, kw_only=True):
    """The old part's serial, or that it bears none; ``old_part_id`` when the order has several to tag."""

    old_part_id: str | None = None
    serial: str | None = None
    no_serial: bool = False


def _to_tag(rows: Rows, order_id: str, old_part_id: str | None) -> OldPart:
    for old in rows.find(OldPart, order_id=order_id):
        if old.id == old_part_id or (old_part_id is None and old.state is OldPartState.TO_TAG):
            return old
    raise Refusal("old_part_unknown")


def run(asked: TagAsked, desk: Desk) -> Recorded:
    """Record the tag."""
    with desk.store.reading() as rows:
        order_id = find_order(rows, asked.order_id).id
        old = _to_tag(rows, order_id, asked.old_part_id)
    args = TagOldPart(
        order_id=order_id,
        old_part_id=old.id,
        serial=fold_serial(asked.serial) if asked.serial else None,
        no_serial=asked.no_serial,
    )
    return desk.store.record("tag_old_part", args, desk.person_id)


ACTION = DeskAction("tag_old_part", TagAsked, run)
