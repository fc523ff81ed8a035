"""Parts go into a bag or out of it; the bag is one's own unless another is named by the person's id or log-in."""

from app.actions.desk import Asked, Desk, DeskAction, Recorded
from core.identifiers import fold_serial
from core.operations.move_bag import MoveBag
from core.refusals import Refusal
from core.rows.access import Rows
from core.rows.people import Person


class BagAsked(Asked, frozen=True, kw_only=True):
    """Which part, how many, into the bag or ``back`` onto the shelf; whose bag."""

    part_id: str
    quantity: int = 1
    serial: str | None = None
    back: bool = False
    technician: str | None = None


def bag_owner(rows: Rows, wanted: str | None, desk: Desk) -> str:
    """The id of the bag's owner; raises Refusal ``person_unknown``."""
    if wanted is None:
        return desk.person_id
    found = rows.get(Person, wanted) or next(iter(rows.find(Person, place_id=desk.place_id, login=wanted)), None)
    if found is None:
        raise Refusal("person_unknown")
    return found.id


def run(asked: BagAsked, desk: Desk) -> Recorded:
    """Record the move."""
    with desk.store.reading() as rows:
        owner = bag_owner(rows, asked.technician, desk)
    args = MoveBag(
        technician_id=owner,
        part_id=asked.part_id.strip().upper(),
        quantity=asked.quantity,
        serial=fold_serial(asked.serial) if asked.serial else None,
        back=asked.back,
    )
    return desk.store.record("move_bag", args, desk.person_id)


ACTION = DeskAction("move_bag", BagAsked, run)
