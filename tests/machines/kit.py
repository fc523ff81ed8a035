"""What the machines share: how long to try, and HQ as a model of its inbox."""

from collections.abc import Iterable
from typing import NamedTuple

import msgspec
from hypothesis import settings

from core.contract.messages import Answer, HelloReply, Outcome, ScopeState
from core.operations.operation import GENESIS, SignedOperation, body_hash
from tests.integration import station_kit as kit


def effort(examples: int, steps: int) -> settings:
    """So many examples in a usual run, the same ones each time; many more, and always others, with profile ``long``."""
    times = max(settings.default.max_examples // 100, 1) if settings.default else 1
    return settings(
        max_examples=examples * times, stateful_step_count=steps, derandomize=times == 1, print_blob=times > 1
    )


class Head(msgspec.Struct):
    """An operation's place in the chain."""

    id: str
    epoch: int
    n: int
    prev: str


class Taken(NamedTuple):
    """What HQ received under a number."""

    hash: str
    id: str


class ModelHq:
    """HQ's inbox for one device, as simple as can be: the specification of exactly once."""

    def __init__(self) -> None:
        self.epoch = 1
        self.incarnation = "a"
        self.taken: list[Taken] = []
        self.answers: dict[str, Answer] = {}
        self.seq = 10  # beyond what a filled store has read
        self.park_next = False

    @property
    def n(self) -> int:
        """The last number received."""
        return len(self.taken)

    @property
    def hash(self) -> str:
        """The hash of the last one."""
        return self.taken[-1].hash if self.taken else GENESIS

    def copy(self) -> "ModelHq":
        """HQ as it is now, for a backup."""
        made = ModelHq()
        made.__dict__ |= self.__dict__ | {"taken": list(self.taken), "answers": dict(self.answers)}
        return made

    def receive(self, epoch: int, operations: Iterable[SignedOperation]) -> list[Answer]:
        """Take what continues the chain; answers for what was taken now or before."""
        answers = []
        known = {one.hash: one.id for one in self.taken}
        if epoch > self.epoch:
            self.epoch = epoch + 1
        for operation in operations:
            digest, head = body_hash(operation.body), msgspec.json.decode(operation.body, type=Head)
            if digest not in known:
                if epoch < self.epoch:  # work that HQ has lost, or a twin's: it can come under a new epoch
                    self.epoch += 1
                    break
                if head.epoch != self.epoch or epoch != self.epoch or head.n > self.n + 1:
                    break
                if (head.n, head.prev) != (self.n + 1, self.hash):
                    self.epoch += 1
                    break
                self._take(digest, head)
            answers.append(self.answers[head.id])
        return answers

    def _take(self, digest: str, head: Head) -> None:
        self.taken.append(Taken(digest, head.id))
        before = self.answers.get(head.id)
        if before is not None:
            self.answers[head.id] = msgspec.structs.replace(before, n=self.n)
            return
        self.seq += 1
        outcome = self.judge(head)
        seq = {} if outcome is Outcome.PARKED else {kit.SCOPE: self.seq}
        self.answers[head.id] = Answer(id=head.id, n=self.n, outcome=outcome, seq=seq)

    def judge(self, head: Head) -> Outcome:
        """What becomes of an operation that comes for the first time."""
        parks, self.park_next = self.park_next, False
        return Outcome.PARKED if parks else Outcome.APPLIED

    def hello(self, epoch: int, last_n: int, last_hash: str) -> HelloReply:
        """Where both stand; a device that has lost what it had sent, or an HQ behind it, begins a new epoch."""
        if epoch > self.epoch:
            self.epoch = epoch + 1
        elif epoch == self.epoch and (last_n < self.n or (last_n == self.n and last_hash != self.hash)):
            self.epoch += 1
        return HelloReply(
            hq_id="hq-1",
            incarnation=self.incarnation,
            scopes=(ScopeState(scope=kit.SCOPE, seq=self.seq), ScopeState(scope="reference", seq=1)),
            epoch=self.epoch,
            received_n=self.n,
            received_hash=self.hash,
            server_time=kit.NOW,
        )
