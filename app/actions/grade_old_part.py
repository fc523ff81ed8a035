"""The clerk grades a received old part by its tag."""

from app.actions.desk import Asked, Desk, DeskAction, Recorded
from app.actions.receive_old_part import find_old_part
from core.operations.count_box import Grade
from core.operations.grade_old_part import GradeOldPart


class GradeAsked(Asked, frozen=True, kw_only=True):
    """The tag's code or the old part's id, its grade, and where it goes."""

    tag: str
    grade: Grade
    next_place: str | None = None


def run(asked: GradeAsked, desk: Desk) -> Recorded:
    """Record the grade."""
    with desk.store.reading() as rows:
        old = find_old_part(rows, asked.tag)
    args = GradeOldPart(old_part_id=old.id, grade=asked.grade, next_place=asked.next_place or None)
    return desk.store.record("grade_old_part", args, desk.person_id)


ACTION = DeskAction("grade_old_part", GradeAsked, run)
