"""What waited goes on: after a withdrawal the operations behind it, after a person's word the operation itself."""

import msgspec
from sqlalchemy import RowMapping, select

from core.contract.messages import Answer, Outcome
from core.operations.resolve import WithdrawOperation
from core.refusals import Refusal
from core.rows.sync import ParkedOperation
from hq.feed import Work, work
from hq.identity import Device, device_of
from hq.inbox import parking, records
from hq.inbox.judging import Judgement, judge
from hq.inbox.messages import Readable, harmless, read
from hq.store import Store
from hq.store.schema import inbox

WAITING = frozenset({Outcome.PARKED, Outcome.QUARANTINED})


def release(store: Store, branch_id: str, op_id: str, by: str | None = None) -> Answer:
    """A person of HQ lets a waiting operation through: it is judged again, its maker being trusted.

    Raises Refusal ``operation_unknown``, ``operation_not_parked``, or the reason why it still can't be applied.
    """
    with work(store) as doing:
        doing.lock(branch_id)
        found = records.received(doing.connection, branch_id, op_id)
        if found["outcome"] not in WAITING:
            raise Refusal("operation_not_parked")
        device = device_of(doing.connection, found["device_id"])
        judgement = judge(doing, device, read(found["body"].decode()), trusted=True)
        if judgement.outcome in WAITING and judgement.refusal is not None:
            raise judgement.refusal
        answer = let_go(doing, device, found, judgement, by, Outcome.RESOLVED)
        _retry_waiting(doing, device)
    return answer


def withdraw(store: Store, branch_id: str, op_id: str, reason: str, by: str) -> Answer:
    """A person of HQ takes a waiting operation back for good: it stays readable, with the reason.

    Raises Refusal ``reason_missing``, ``operation_unknown``, ``operation_not_parked``.
    """
    if not reason.strip():
        raise Refusal("reason_missing")
    with work(store) as doing:
        doing.lock(branch_id)
        found = records.received(doing.connection, branch_id, op_id)
        if found["outcome"] not in WAITING:
            raise Refusal("operation_not_parked")
        before = records.to_answer(found)
        facts = before.facts | {"withdrawn_because": harmless(reason.strip())[:500]}
        answer = msgspec.structs.replace(before, outcome=Outcome.WITHDRAWN, facts=facts)
        records.change_answer(doing.connection, branch_id, op_id, answer)
        parking.unblock(doing.connection, branch_id, op_id)
        parking.close(doing, branch_id, op_id, Outcome.WITHDRAWN, by, facts=facts)
        _retry_waiting(doing, device_of(doing.connection, found["device_id"]))
    return answer


def withdrawn(doing: Work, readable: Readable) -> None:
    """After ``withdraw_operation`` took effect: the operation is answered so, and what waited behind it is judged."""
    if not isinstance(readable.args, WithdrawOperation):
        return
    op_id, branch_id, connection = readable.args.operation_id, readable.operation.branch_id, doing.connection
    found = records.received(connection, branch_id, op_id)
    answer = msgspec.structs.replace(records.to_answer(found), outcome=Outcome.WITHDRAWN)
    records.change_answer(connection, branch_id, op_id, answer)
    parking.unblock(connection, branch_id, op_id)
    _retry_waiting(doing, device_of(connection, found["device_id"]))


def _retry_waiting(doing: Work, device: Device) -> None:
    mine = (inbox.c.branch_id == device.branch_id, inbox.c.device_id == device.id)
    parked = (*mine, inbox.c.outcome == Outcome.PARKED.value, inbox.c.op_id.is_not(None))
    rows = doing.connection.execute(select(inbox).where(*parked)).mappings().all()
    behind = [found for found in rows if found["answer"]["code"] == "waits_behind"]
    for found in sorted(behind, key=position_of):
        _retry(doing, device, found)


def position_of(found: RowMapping) -> parking.Position:
    """Where an operation that could be read stands: for what came beside the chain, the place it was made for."""
    if found["epoch"] != records.BESIDE:
        return parking.Position(found["epoch"], found["n"])
    operation = read(bytes(found["body"]).decode()).operation
    return parking.Position(operation.epoch, operation.n)


def _retry(doing: Work, device: Device, found: RowMapping) -> None:
    shown = doing.view(device.branch_id).get(ParkedOperation, found["op_id"])
    if shown is not None and shown.state != "open":
        return  # the same push takes it back too
    if records.received(doing.connection, device.branch_id, found["op_id"])["outcome"] != Outcome.PARKED.value:
        return  # one that went on before it has let it go already
    readable = read(bytes(found["body"]).decode())
    if parking.is_held_back(doing.connection, device, parking.touched_by(readable), position_of(found)):
        return
    judgement = judge(doing, device, readable)
    if judgement.outcome not in WAITING:
        let_go(doing, device, found, judgement, None, judgement.outcome)
        return
    answer = records.answer_of(found["op_id"], found["n"], judgement.outcome, judgement.refusal)
    records.change_answer(doing.connection, device.branch_id, answer.id, answer)
    with doing.trial(device.branch_id) as rows:
        shown = rows.get(ParkedOperation, answer.id)
        if shown is not None:
            rows.put(parking.wait_on(shown, answer))


def let_go(
    doing: Work, device: Device, found: RowMapping, judgement: Judgement, by: str | None, outcome: Outcome
) -> Answer:
    """The operation has taken effect: it holds nothing back any more, and its answer tells so."""
    parking.unblock(doing.connection, device.branch_id, found["op_id"])
    parking.close(doing, device.branch_id, found["op_id"], outcome, by)
    doing.stamp()
    seq = doing.seq_of(judgement.changes)
    answer = msgspec.structs.replace(
        records.answer_of(found["op_id"], found["n"], outcome, facts=judgement.facts), seq=seq
    )
    records.change_answer(doing.connection, device.branch_id, answer.id, answer)
    withdrawn(doing, read(bytes(found["body"]).decode()))
    return answer
