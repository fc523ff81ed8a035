"""Old parts go back to their supplier in one batch, and the supplier's answer is recorded, part by part."""

from collections.abc import Sequence
from typing import Literal

from app.actions.desk import Asked, Desk, DeskAction, Recorded
from app.actions.receive_old_part import find_old_part
from app.offline_db.store import Asked as Together
from core.identifiers import box_number
from core.ids import new_id
from core.operations.supplier_batch import SendToSupplier, SupplierAnswered
from core.refusals import Refusal


class SendAsked(Asked, frozen=True, kw_only=True):
    """Tags or ids of the parts, the supplier's name, and the batch's number when it goes on with one."""

    tags: tuple[str, ...]
    supplier: str = ""
    batch: str | None = None


class AnsweredAsked(Asked, frozen=True, kw_only=True):
    """Tags or ids of the parts, and what the supplier said of them."""

    tags: tuple[str, ...]
    answer: Literal["accepted", "replaced", "refused"]


def _ids(tags: Sequence[str], desk: Desk) -> list[str]:
    if not tags:
        raise Refusal("old_part_unknown")
    with desk.store.reading() as rows:
        return [find_old_part(rows, tag).id for tag in dict.fromkeys(tags)]


def run(asked: SendAsked, desk: Desk) -> Recorded:
    """Record all parts of the batch, or none."""
    batch, supplier = asked.batch or new_batch(desk), asked.supplier.strip()
    args = [SendToSupplier(old_part_id=old, batch=batch, supplier=supplier) for old in _ids(asked.tags, desk)]
    return desk.store.record_together([Together("send_to_supplier", one) for one in args], desk.person_id)[-1]


def new_batch(desk: Desk) -> str:
    """A number for a new batch: the day, and four characters that no other device gives."""
    return box_number(f"R{desk.now():%y%m%d}", new_id()).replace("-", "")


def run_answered(asked: AnsweredAsked, desk: Desk) -> Recorded:
    """Record the answer for all of them, or for none."""
    args = [SupplierAnswered(old_part_id=old, answer=asked.answer) for old in _ids(asked.tags, desk)]
    return desk.store.record_together([Together("supplier_answered", one) for one in args], desk.person_id)[-1]


ACTION = DeskAction("send_to_supplier", SendAsked, run)
ANSWERED = DeskAction("supplier_answered", AnsweredAsked, run_answered)
