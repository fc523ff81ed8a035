"""The clerk receives an old part by its tag, as scanned or typed."""

from app.actions.desk import Asked, Desk, DeskAction, Recorded
from core.identifiers import parse_old_part
from core.operations.receive_old_part import ReceiveOldPart
from core.refusals import Refusal
from core.rows.access import Rows
from core.rows.parts import OldPart


class ReceiptAsked(Asked, frozen=True, kw_only=True):
    """The tag's code or id; what was found (ok | wrong_part | wrong_serial | damaged) and the grade."""

    tag: str
    finding: str = "ok"
    grade: str | None = None


def find_old_part(rows: Rows, tag: str) -> OldPart:
    """The old part with this tag (scanned code, typed tag or id); raises Refusal ``old_part_unknown``."""
    old = rows.get(OldPart, tag)
    wanted = parse_old_part(tag) or tag.replace("-", "").strip().upper()
    found = [old] if old else rows.find(OldPart, tag=wanted)
    if not found:
        raise Refusal("old_part_unknown")
    return found[0]


def run(asked: ReceiptAsked, desk: Desk) -> Recorded:
    """Record the receipt."""
    with desk.store.reading() as rows:
        old = find_old_part(rows, asked.tag)
    args = ReceiveOldPart(old_part_id=old.id, finding=asked.finding, grade=asked.grade)
    return desk.store.record("receive_old_part", args, desk.person_id)


ACTION = DeskAction("receive_old_part", ReceiptAsked, run)
