"""HQ's inbox: batches cut, repeated, with gaps and forks; each operation is taken once and its answer never changes."""

import base64
import copy
import shutil
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

import msgspec
import pytest
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule, run_state_machine_as_test
from sqlalchemy import select

from app.security.device_key import DeviceKey
from core.contract import codec
from core.contract.messages import Answer, Hello, Outcome, PushReply
from core.ids import derive
from core.operations.operation import GENESIS, SCHEMA, Operation, SignedOperation, body_hash, encode
from core.refusals import Refusal
from core.rows.orders import Note
from core.work_order import State
from hq.books import prove
from hq.bootstrap import open_store
from hq.feed import load, work
from hq.identity import enrol, establish, issue_enrol_code
from hq.inbox import LoosePush, greet, receive
from hq.store.schema import inbox
from tests.integration import station_kit as kit
from tests.machines.kit import Head, ModelHq, effort
from tests.memory import memory_folder

KEY = DeviceKey(bytes([9]) * 32)
ACTIONS = ["add_note"] * 5 + ["start_work", "no_such_action"]
ORDERS = [kit.named(f"inbox order {n}") for n in range(2)]


class Made(msgspec.Struct):
    """What a person did at the device; its place in the chain may change while HQ has not answered it."""

    operation: Operation
    answered: bool = False

    @property
    def body(self) -> str:
        """The text as it is signed and sent."""
        return encode(self.operation)


class Disk:
    """The device's own memory; two of them after it was cloned."""

    def __init__(self, device: str) -> None:
        self.device = device
        self.made: list[Made] = []
        self.epoch, self.n, self.hash = 1, 0, GENESIS

    def do(self, op_id: str, action: str, order: str, text: str) -> None:
        """Append an operation."""
        args = {"order_id": order} | ({"text": text} if action == "add_note" else {})
        operation = Operation(
            id=op_id,
            device=self.device,
            epoch=self.epoch,
            n=self.n + 1,
            prev=self.hash,
            user=kit.WANG,
            place=kit.STATION,
            branch_id=kit.BRANCH,
            action=action,
            made_at=kit.NOW,
            utc_offset_minutes=480,
            args=msgspec.Raw(msgspec.json.encode(args)),
        )
        self.made.append(Made(operation))
        self._chain(self.made[-1])

    def _chain(self, made: Made) -> None:
        made.operation = msgspec.structs.replace(made.operation, epoch=self.epoch, n=self.n + 1, prev=self.hash)
        self.n, self.hash = self.n + 1, body_hash(made.body)

    def number_anew(self, epoch: int, n: int, last: str) -> None:
        """HQ has granted another epoch."""
        self.epoch, self.n, self.hash = epoch, n, last
        for made in self.made:
            if not made.answered:
                self._chain(made)


class Judging(ModelHq):
    """The model knows which notes go through: a decision that is refused holds back what comes on its order."""

    def __init__(self) -> None:
        super().__init__()
        self.about: dict[str, tuple[str, str]] = {}
        self.blocked: set[str] = set()

    def judge(self, head: Head) -> Outcome:
        """By action and order."""
        action, order = self.about[head.id]
        if action == "no_such_action":
            return Outcome.PARKED
        if action == "start_work" or order in self.blocked:
            self.blocked.add(order)
            return Outcome.PARKED
        return Outcome.APPLIED


class Inbox(RuleBasedStateMachine):
    """The real inbox on the embedded database against the model."""

    template: Path
    device: str

    def __init__(self) -> None:
        super().__init__()
        self.folder = memory_folder("fixpoint-machine-")
        shutil.copytree(self.template, self.folder / "hq")
        self.store = open_store(self.folder / "hq")
        self.hq = Judging()
        self.disks = [Disk(self.device)]
        self.first: dict[str, Answer] = {}
        self.count = 0

    def teardown(self) -> None:
        """A good line for each disk in turn: everything is taken."""
        for number, disk in enumerate(self.disks):
            for _ in range(4):
                self.hello(number)
                self.push(number, 0, 1_000, spoilt=False)
            assert all(made.answered for made in disk.made), "stuck"
        report = prove(self.store)
        assert report.ok, report.problems
        self.store.close()
        shutil.rmtree(self.folder)

    def disk(self, number: int) -> Disk:
        return self.disks[number % len(self.disks)]

    # -- what happens

    @rule(
        number=st.integers(0, 1),
        action=st.sampled_from(["add_note"] * 5 + ["start_work", "no_such_action"]),
        o=st.integers(0, 1),
    )
    def do(self, number: int, action: str, o: int) -> None:
        self.count += 1
        op_id = derive(kit.ROOT, f"operation {self.count}")
        self.hq.about[op_id] = (action, ORDERS[o])
        self.disk(number).do(op_id, action, ORDERS[o], f"text {self.count}")

    @rule(number=st.integers(0, 1), count=st.integers(1, 3), pushes=st.booleans())
    def note_and_push(self, number: int, count: int, *, pushes: bool) -> None:
        for _ in range(count):
            self.do(number, "add_note", count % 2)
        if pushes:
            self.push(number, 0, 1_000, spoilt=False)

    @rule(number=st.integers(0, 1))
    def sync_once(self, number: int) -> None:
        self.hello(number)
        self.push(number, 0, 1_000, spoilt=False)

    @precondition(lambda self: len(self.disks) == 1)
    @rule()
    def the_disk_is_cloned(self) -> None:
        self.do(0, "add_note", 0)  # unsent on both
        self.disks.append(copy.deepcopy(self.disks[0]))
        self.do(0, "add_note", 0)  # and from here on they differ
        self.do(1, "add_note", 1)

    @rule(number=st.integers(0, 1), begin=st.integers(0, 8), length=st.integers(1, 6), spoilt=st.booleans())
    def push(self, number: int, begin: int, length: int, *, spoilt: bool) -> None:
        """Any part of what was ever made, sent before or not; ``spoilt``: one signature is wrong."""
        disk = self.disk(number)
        some = disk.made[begin : begin + length]
        if not some:
            return
        signed = [SignedOperation(body=one.body, signature=self.sign(one.body)) for one in some]
        good = len(signed)
        if spoilt:
            good = len(signed) // 2
            signed[good] = msgspec.structs.replace(signed[good], signature=self.sign("something else"))
        self.send(disk, signed, good)

    @staticmethod
    def sign(body: str) -> str:
        return base64.b64encode(KEY.sign(body.encode())).decode()

    def send(self, disk: Disk, signed: Sequence[SignedOperation], good: int) -> None:
        push = codec.decode(codec.encode({"epoch": disk.epoch, "operations": signed}), LoosePush)
        if not good:
            with pytest.raises(Refusal, match="signature_invalid"):
                receive(self.store, self.device, push, kit.NOW)
            return
        reply = receive(self.store, self.device, push, kit.NOW)
        wanted = self.hq.receive(disk.epoch, signed[:good])
        assert [(one.id, one.outcome) for one in reply.answers] == [(w.id, w.outcome) for w in wanted]
        assert (reply.epoch, reply.received_n, reply.received_hash) == (self.hq.epoch, self.hq.n, self.hq.hash)
        self.keep(disk, reply)

    def keep(self, disk: Disk, reply: PushReply) -> None:
        answered = {answer.id for answer in reply.answers}
        for made in disk.made:
            made.answered = made.answered or made.operation.id in answered
        for answer in reply.answers:
            before = self.first.setdefault(answer.id, answer)
            assert msgspec.structs.replace(answer, n=before.n) == before, "an answer never changes"

    @rule(number=st.integers(0, 1))
    def hello(self, number: int) -> None:
        disk = self.disk(number)
        said = Hello(epoch=disk.epoch, last_n=disk.n, last_hash=disk.hash, schema=SCHEMA, clock=kit.NOW)
        reply = greet(self.store, self.device, said, kit.NOW)
        wanted = self.hq.hello(disk.epoch, disk.n, disk.hash)
        assert (reply.epoch, reply.received_n, reply.received_hash) == (
            wanted.epoch,
            wanted.received_n,
            wanted.received_hash,
        )
        if reply.epoch != disk.epoch:
            disk.number_anew(reply.epoch, reply.received_n, reply.received_hash)

    # -- what always holds

    @invariant()
    def each_is_there_once(self) -> None:
        with self.store.reading() as connection:
            rows = connection.execute(select(inbox.c.n, inbox.c.hash, inbox.c.op_id).order_by(inbox.c.n)).all()
        assert [(row.n, row.hash) for row in rows] == [(n, one.hash) for n, one in enumerate(self.hq.taken, 1)]
        ids = [row.op_id for row in rows if row.op_id]
        assert len(ids) == len(set(ids))
        assert set(ids) == set(self.hq.answers)

    @invariant()
    def each_took_effect_once(self) -> None:
        with work(self.store) as doing:
            texts = Counter(note.text for note in doing.view(kit.BRANCH).find(Note))
        applied = sum(answer.outcome is Outcome.APPLIED for answer in self.hq.answers.values())
        assert len(texts) == sum(texts.values()) == applied


@pytest.fixture(scope="module")
def template(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, str]:
    folder = tmp_path_factory.mktemp("inbox") / "hq"
    store = open_store(folder)
    establish(store, kit.NOW)
    orders = [kit.order(one, state=State.IN_PROGRESS, accepted_at=kit.NOW) for one in ORDERS]
    with work(store) as doing:
        load(doing, [*kit.reference(), *kit.people(), *orders])
    with store.writing() as connection:
        code = issue_enrol_code(connection, kit.STATION, kit.NOW)
        device = enrol(connection, code, base64.b64encode(KEY.public_bytes).decode(), kit.NOW).device
    store.close()
    return folder, device.id


@pytest.mark.slow
@pytest.mark.timeout(3600)
def test_the_inbox(template: tuple[Path, str]) -> None:
    folder, device = template
    machine = type("InboxHere", (Inbox,), {"template": folder, "device": device})
    run_state_machine_as_test(machine, settings=effort(6, 35))
