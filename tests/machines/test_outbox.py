"""The outbox of a station: whatever is answered, lost, doubled, restored or numbered anew, each operation is kept."""

import shutil
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule, run_state_machine_as_test

from app.offline_db.profile import Profile
from app.offline_db.sync_store import SyncStore
from core.contract.messages import Answer, Outcome, PageEnd
from core.operations.kernel import decode_operation
from core.operations.operation import GENESIS
from core.rows.orders import Note
from tests.integration import station_kit as kit
from tests.machines.kit import ModelHq, effort
from tests.memory import memory_folder

_LATER = timedelta(days=91)


class Crashed(Exception):
    """The process ends here."""


class Crashing:
    """A key whose use ends the process: the operation is half done then."""

    def sign(self, message: bytes, /) -> bytes:
        """Never returns."""
        raise Crashed


class Outbox(RuleBasedStateMachine):
    """One station against a model of HQ; ``made`` are the texts of its notes by operation."""

    template: Path

    def __init__(self) -> None:
        super().__init__()
        self.folder = memory_folder("fixpoint-machine-")
        shutil.copytree(self.template, self.folder / "now")
        self.hq = ModelHq()
        self.hq_backup: ModelHq | None = None
        self.made: dict[str, str] = {}
        self.purged: set[str] = set()
        self.late: list[list[Answer]] = []
        self.days = timedelta(0)
        self.texts = 0
        self.open()

    def open(self) -> None:
        """The process begins."""
        self.store = kit.open_store(self.folder / "now")
        self.store.clock = lambda: kit.NOW + self.days
        self.sync = SyncStore(self.store)

    def teardown(self) -> None:
        """Everything settles, nothing is left and nothing is missing."""
        self.until_quiet()
        rows = kit.stored(self.store)
        assert {one["state"] for one in rows} <= {"answered"}
        assert set(self.made) - self.purged == {one["id"] for one in rows}
        assert set(self.made) <= set(self.hq.answers)
        self.store.engine.dispose()
        shutil.rmtree(self.folder)

    def until_quiet(self) -> None:
        """A good line."""
        for _ in range(6):
            self.say_hello()
            self.push(most=100, lose=False)
            if self.store.pending() == 0:
                return
        raise AssertionError("stuck")

    # -- what happens

    @rule(count=st.integers(1, 3))
    def do(self, count: int) -> None:
        for _ in range(count):
            self.texts += 1
            made = self.store.record("add_note", {"order_id": kit.ORDER, "text": f"note {self.texts}"}, kit.WANG)
            self.made[made.operation.id] = f"note {self.texts}"

    @rule(lose=st.booleans(), pulls=st.booleans())
    def sync_once(self, *, lose: bool, pulls: bool) -> None:
        self.say_hello()
        self.push(most=100, lose=lose)
        if pulls:
            self.pull()

    @rule(count=st.integers(1, 3), lose=st.booleans())
    def do_and_push(self, count: int, *, lose: bool) -> None:
        self.do(count)
        self.push(most=2, lose=lose)

    @rule()
    def crash_while_doing(self) -> None:
        signer, self.store.signer = self.store.signer, Crashing()
        with pytest.raises(Crashed):
            self.store.record("add_note", {"order_id": kit.ORDER, "text": "never"}, kit.WANG)
        self.store.signer = signer

    @rule()
    def start_again(self) -> None:
        self.store.engine.dispose()
        self.open()

    @rule(most=st.integers(1, 4), lose=st.booleans(), shuffled=st.booleans(), some=st.integers(0, 4))
    def push(self, most: int, *, lose: bool, shuffled: bool = False, some: int = 100) -> None:
        epoch, operations = self.sync.unsent(most, 1_000_000)
        assert len(operations) == min(most, self.unanswered_in_first_epoch())
        answers = self.hq.receive(epoch, operations) if operations else []
        if lose:
            self.late.append(answers)
            return
        self.sync.answered((answers[::-1] if shuffled else answers)[:some])

    def unanswered_in_first_epoch(self) -> int:
        epochs = [one["epoch"] for one in kit.stored(self.store) if one["state"] != "answered"]
        return epochs.count(min(epochs)) if epochs else 0

    @precondition(lambda self: self.late)
    @rule(data=st.data())
    def a_late_answer_comes(self, data: st.DataObject) -> None:
        answers = self.late.pop(data.draw(st.integers(0, len(self.late) - 1)))
        self.sync.answered([one for one in answers if one.id in self.hq.answers])

    @rule()
    def say_hello(self) -> None:
        said = self.sync.hello("")
        self.sync.greeted(self.hq.hello(said.epoch, said.last_n, said.last_hash), 0)

    @rule()
    def pull(self) -> None:
        """HQ's feed has shown everything it has: what it applied leaves the replay."""
        lines = [] if self.seen_all() else kit.lines(self.rows_at_hq(), seq=1)
        end = PageEnd(cursor=self.hq.seq, more=False, incarnation=self.hq.incarnation)
        after = self.sync.cursors()[kit.SCOPE]
        if after <= end.cursor:
            self.sync.apply_page(kit.SCOPE, after, lines, end)

    def seen_all(self) -> bool:
        return self.sync.cursors()[kit.SCOPE] == self.hq.seq

    def rows_at_hq(self) -> list[Any]:
        rows = [*kit.people(), kit.order(), kit.unit()]
        for op_id, answer in self.hq.answers.items():
            if answer.outcome is Outcome.APPLIED and op_id in self.notes:
                rows.append(self.notes[op_id])
        return rows

    @property
    def notes(self) -> dict[str, Note]:
        """HQ's rows of the notes; their ids are derived from the operation, as the replay does."""
        from core.ids import derive

        return {
            op_id: Note(
                id=derive(op_id, "note"),
                version=1,
                branch_id=kit.BRANCH,
                station_id=kit.STATION,
                order_id=kit.ORDER,
                text=text,
                made_by=kit.WANG,
                made_at=kit.NOW,
            )
            for op_id, text in self.made.items()
        }

    @rule()
    def hq_parks_the_next(self) -> None:
        self.hq.park_next = True

    @rule()
    def back_up_the_station(self) -> None:
        self.store.engine.dispose()
        shutil.rmtree(self.folder / "backup", ignore_errors=True)
        shutil.copytree(self.folder / "now", self.folder / "backup")
        self.backed_up = (dict(self.made), set(self.purged))
        self.open()

    @precondition(lambda self: (self.folder / "backup").exists())
    @rule()
    def an_older_backup_is_restored(self) -> None:
        """What was done since is gone here; what HQ has of it stays there."""
        self.store.engine.dispose()
        shutil.rmtree(self.folder / "now")
        shutil.copytree(self.folder / "backup", self.folder / "now")
        self.made, self.purged = dict(self.backed_up[0]), set(self.backed_up[1])
        self.late.clear()
        self.open()
        self.say_hello()

    @rule()
    def back_up_hq(self) -> None:
        self.hq_backup = self.hq.copy()

    @precondition(lambda self: self.hq_backup is not None and not self.purged)
    @rule()
    def hq_is_restored(self) -> None:
        """HQ forgets what came since its backup; its feed is another one from now on."""
        assert self.hq_backup is not None
        incarnation, epoch = self.hq.incarnation + "a", self.hq.epoch
        self.hq = self.hq_backup.copy()
        self.hq.incarnation = incarnation
        self.late.clear()
        assert self.hq.epoch <= epoch

    @rule()
    def three_months_pass(self) -> None:
        """What was answered and settled is dropped then, nothing else."""
        self.do_and_push(1, lose=False)  # answered, but not shown by the feed yet
        before = {one["id"]: (one["state"], one["settled"]) for one in kit.stored(self.store)}
        self.days += _LATER
        self.sync.finished(kit.NOW + self.days)
        gone = before.keys() - {one["id"] for one in kit.stored(self.store)}
        assert all(before[one] == ("answered", True) for one in gone)
        self.purged |= gone

    # -- what always holds

    @invariant()
    def the_chain_is_whole(self) -> None:
        rows = kit.stored(self.store)
        made = [decode_operation(one["body"]) for one in rows]
        for before, row, after in zip(made, rows, made[1:], strict=False):
            if before.n + 1 == after.n and before.epoch == after.epoch:
                assert after.prev == row["hash"]
            assert (after.epoch, after.n) > (before.epoch, before.n)
        assert not made or made[0].n > 1 or made[0].prev == GENESIS
        state = self.sync.identity()
        if made and state.last_n == made[-1].n:
            assert state.last_hash == rows[-1]["hash"]
        assert not made or state.last_n >= made[-1].n  # beyond it when HQ has what a restored station has lost

    @invariant()
    def nothing_is_lost(self) -> None:
        rows = kit.stored(self.store)
        assert {one["id"] for one in rows} == self.made.keys() - self.purged
        assert self.store.pending() == sum(one["state"] != "answered" for one in rows)

    @invariant()
    def a_person_sees_what_was_done(self) -> None:
        """Once: by the local effect, or by HQ's row."""
        hidden = {one["id"] for one in kit.stored(self.store) if one["outcome"] == "parked"}
        with self.store.reading() as rows:
            shown = sorted(note.text for note in rows.find(Note))
        wanted = {text for op_id, text in self.made.items() if op_id not in hidden | self.purged}
        assert wanted <= set(shown)
        assert len(shown) == len(set(shown))

    @invariant()
    def hq_has_each_once(self) -> None:
        ids = [one.id for one in self.hq.taken]
        assert set(ids) <= self.hq.answers.keys() or self.hq_backup is not None


@pytest.fixture(scope="module")
def template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("outbox")
    with kit.filled_store(folder / "station"):
        pass
    assert Profile(folder / "station").has_database
    return folder / "station"


@pytest.mark.slow
@pytest.mark.timeout(3600)
def test_the_outbox(template: Path) -> None:
    machine = type("OutboxHere", (Outbox,), {"template": template})
    run_state_machine_as_test(machine, settings=effort(8, 40))
