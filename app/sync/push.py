"""Operations up: in the order of their numbers, in batches, each answered for itself."""

from collections.abc import Callable

import msgspec

from app.sync.client import HqClient
from app.sync.ports import SyncStore
from core.contract.messages import MAX_PUSH_BYTES, MAX_PUSH_OPERATIONS, Answer, Push, PushReply
from core.operations.operation import SignedOperation
from core.refusals import Refusal

#: Room for the message around the operations (bytes).
_ENVELOPE = 1024
MAX_BYTES = MAX_PUSH_BYTES - _ENVELOPE


class EpochChanged(Exception):
    """HQ has granted a new epoch: say hello again and number anew."""


def push_all(store: SyncStore, hq: HqClient, begun: Callable[[], None] = lambda: None) -> list[Answer]:
    """Send everything HQ has not answered; returns its answers. ``begun`` is called when there is anything.

    Raises :class:`EpochChanged`, or the client's refusals; what was not answered stays to be sent.
    """
    answers: list[Answer] = []
    while True:
        epoch, operations = store.unsent(MAX_PUSH_OPERATIONS, MAX_BYTES)
        if not operations:
            return answers
        if not answers:
            begun()
        reply = hq.push(Push(epoch=epoch, operations=operations))
        fitting = _fitting(reply, operations)
        store.answered(fitting)
        answers += fitting
        if reply.epoch != epoch:
            raise EpochChanged
        if len(fitting) < len(operations):
            raise Refusal("hq_unexpected", problem="answers")


class _Named(msgspec.Struct):
    id: str


def _fitting(reply: PushReply, operations: tuple[SignedOperation, ...]) -> list[Answer]:
    """The answers to these operations; HQ may not settle anything else with this reply."""
    sent = {msgspec.json.decode(found.body, type=_Named).id for found in operations}
    return [answer for answer in reply.answers if answer.id in sent]
