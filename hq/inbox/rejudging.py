"""After HQ was updated: operations of schemas that it can read by now are judged, in the order they were made in."""

import msgspec
from sqlalchemy import RowMapping, select

from core.contract.messages import Outcome
from core.refusals import Refusal
from core.rows.sync import ParkedOperation
from hq.feed import Work, work
from hq.identity import Device, device_of
from hq.inbox import parking, records
from hq.inbox.judging import Judgement, branches_of, judge
from hq.inbox.messages import Readable, read
from hq.inbox.releasing import WAITING, let_go, position_of
from hq.store import Store
from hq.store.schema import inbox

#: Parked for no fault of their own: HQ could not read them yet.
_NOT_YET = frozenset({"schema_newer", "schema_too_old"})


def rejudge(store: Store) -> int:
    """Judge what was parked because its schema was not known here; returns how many could be read now."""
    return sum(_rejudge_of(store, device_id) for device_id in _waiting_devices(store))


def _waiting_devices(store: Store) -> list[str]:
    shown = store.tables[ParkedOperation]
    waiting = select(shown.c.device_id).distinct().where(shown.c.state == "open", shown.c.code.in_(sorted(_NOT_YET)))
    with store.reading() as connection:
        return sorted(connection.execute(waiting).scalars())


def _rejudge_of(store: Store, device_id: str) -> int:
    """One device's in one transaction, so that none of its pushes comes between."""
    with work(store) as doing:
        device = device_of(doing.beside, device_id, lock=True)
        mine = (inbox.c.branch_id == device.branch_id, inbox.c.device_id == device.id)
        parked = (*mine, inbox.c.outcome == Outcome.PARKED.value, inbox.c.op_id.is_not(None))
        statement = select(inbox).where(*parked).order_by(inbox.c.epoch, inbox.c.n)
        found = [row for row in doing.beside.execute(statement).mappings() if row["answer"]["code"] in _NOT_YET]
        return sum(_rejudge_one(doing, device, row) for row in found)


def _rejudge_one(doing: Work, device: Device, found: RowMapping) -> bool:
    try:
        readable = read(bytes(found["body"]).decode())
    except Refusal as refusal:
        _wait_on(doing, device, found, Judgement(Outcome.PARKED, refusal))
        return refusal.code not in _NOT_YET
    doing.lock(*branches_of(doing, device, [readable]))
    at = position_of(found)
    judgement = _judge(doing, device, readable, at)
    if judgement.outcome in WAITING:
        parking.block(doing.beside, device, parking.touched_by(readable), at, found["op_id"])
        _wait_on(doing, device, found, judgement, readable)
    else:
        let_go(doing, device, found, judgement, None, judgement.outcome)
    return True


def _judge(doing: Work, device: Device, readable: Readable, at: parking.Position) -> Judgement:
    if parking.is_held_back(doing.beside, device, parking.touched_by(readable), at):
        return Judgement(Outcome.PARKED, Refusal("waits_behind"))
    return judge(doing, device, readable)


def _wait_on(
    doing: Work, device: Device, found: RowMapping, judgement: Judgement, readable: Readable | None = None
) -> None:
    """It waits on, with the reason of now; what can be read by now is shown with its maker."""
    answer = records.answer_of(found["op_id"], found["n"], judgement.outcome, judgement.refusal)
    records.change_answer(doing.beside, device.branch_id, answer.id, answer)
    with doing.trial(device.branch_id) as rows:
        shown = rows.get(ParkedOperation, answer.id)
        if shown is None:
            return
        if readable is not None:
            made = readable.operation
            touches = tuple(f"{touch.entity}/{touch.id}" for touch in made.touches)
            shown = msgspec.structs.replace(shown, person_id=made.user, made_at=made.made_at, touches=touches)
        rows.put(parking.wait_on(shown, answer))
