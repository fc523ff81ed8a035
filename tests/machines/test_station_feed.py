"""HQ's feed at a station: pages in any order, doubled or stale; what it has read to the end equals what HQ shows."""

import copy
import shutil
from pathlib import Path
from typing import NamedTuple

import msgspec
import pytest
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule, run_state_machine_as_test

from app.offline_db.sync_store import SyncStore
from core.contract.messages import REFERENCE_SCOPE, Answer, Line, Outcome, PageEnd, place_scope
from core.refusals import Refusal
from core.rows import name_of
from core.rows.orders import WorkOrder
from core.work_order import State
from tests.integration import station_kit as kit
from tests.machines.kit import effort
from tests.memory import memory_folder

ORDERS = [kit.named(f"moving order {n}") for n in range(4)]
HERE, BRANCH = place_scope(kit.STATION), place_scope(kit.BRANCH)
SCOPES = (HERE, BRANCH)
ALL = (*SCOPES, REFERENCE_SCOPE)
_STATIONS = (kit.STATION, kit.named("elsewhere"), None)
_KIND = name_of(WorkOrder)


class Page(NamedTuple):
    """An answer of HQ's, which may arrive late or twice."""

    scope: str
    after: int
    lines: list[Line]
    end: PageEnd


class ModelFeed:
    """HQ's rows and its feed: one line per row and scope, stamped anew at each change."""

    def __init__(self) -> None:
        self.incarnation = "a"
        self.rows: dict[str, WorkOrder] = {}
        self.lines: dict[str, dict[str, Line]] = {BRANCH: {}}
        self.lines[HERE] = {line.id: line for line in kit.lines(kit.people())}
        self.lines[REFERENCE_SCOPE] = {line.id: line for line in kit.lines(kit.reference())}
        self.seq = dict.fromkeys(ALL, 10)
        self.horizon = dict.fromkeys(ALL, 0)
        self.versions: dict[str, int] = {}

    def put(self, order_id: str, row: WorkOrder | None) -> None:
        """Change, move or delete a row."""
        before = self.rows.pop(order_id, None)
        version = self.versions[order_id] = self.versions.get(order_id, 0) + 1
        if row is not None:
            row = self.rows[order_id] = msgspec.structs.replace(row, version=version)
        for scope in SCOPES:
            if shown_in(row, scope):
                self._stamp(scope, Line(seq=0, entity=_KIND, id=order_id, version=version, row=_raw(row)))
            elif shown_in(before, scope):
                self._stamp(scope, Line(seq=0, entity=_KIND, id=order_id, version=version))

    def _stamp(self, scope: str, line: Line) -> None:
        self.seq[scope] += 1
        self.lines[scope][line.id] = msgspec.structs.replace(line, seq=self.seq[scope])

    def prune(self, scope: str) -> None:
        """Forget tombstones: older cursors must begin anew."""
        self.horizon[scope] = self.seq[scope]
        self.lines[scope] = {one: line for one, line in self.lines[scope].items() if line.row is not None}

    def page(self, scope: str, after: int, limit: int, base: int) -> Page | None:
        """A page, or None when the cursor is too old; ``base`` is where HQ stood when the reading began."""
        if after > self.seq[scope] or 0 < max(after, min(base, self.seq[scope])) < self.horizon[scope]:
            return None
        lines = sorted((one for one in self.lines[scope].values() if one.seq > after), key=lambda one: one.seq)
        more = len(lines) > limit
        cursor = lines[limit - 1].seq if more else self.seq[scope]
        end = PageEnd(cursor=cursor, more=more, incarnation=self.incarnation, seq=self.seq[scope])
        return Page(scope, after, lines[:limit], end)


def _raw(row: WorkOrder | None) -> msgspec.Raw:
    return msgspec.Raw(msgspec.json.encode(row))


def shown_in(row: WorkOrder | None, scope: str) -> bool:
    """Whether the scope's place sees the row."""
    return row is not None and scope in (place_scope(row.branch_id), place_scope(row.station_id or ""))


class Feed(RuleBasedStateMachine):
    """One device that follows two places, rows moving between them, against the model."""

    template: Path

    def __init__(self) -> None:
        super().__init__()
        self.folder = memory_folder("fixpoint-machine-")
        shutil.copytree(self.template, self.folder / "now")
        self.store = kit.open_store(self.folder / "now")
        self.sync = SyncStore(self.store)
        self.hq = ModelFeed()
        self.backup = copy.deepcopy(self.hq)
        self.old: list[Page] = []
        self.complete: set[str] = set()
        self.pending: list[tuple[str, str]] = []  # operations and their orders
        self.names = 0

    def teardown(self) -> None:
        """Read everything to the end: what is here is what HQ shows."""
        self.hq_answers()
        for scope in ALL * 3:  # one that begins anew has others begin anew too
            for _ in range(50):
                self.pull(scope, 2)
                if scope in self.complete:
                    break
        self.what_is_read_to_the_end_is_equal()
        assert self.complete == set(ALL)
        self.store.engine.dispose()
        shutil.rmtree(self.folder)

    # -- HQ

    @rule(order=st.sampled_from(ORDERS), station=st.sampled_from(_STATIONS))
    def hq_writes(self, order: str, station: str | None) -> None:
        self.names += 1
        state = State.ACCEPTED if station else State.AT_BRANCH
        more = {"accepted_at": kit.NOW if station else None, "customer_name": f"name {self.names}"}
        self.hq.put(order, kit.order(order, state=state, station_id=station, **more))
        self.complete.clear()

    @precondition(lambda self: self.hq.rows)
    @rule(data=st.data())
    def hq_deletes(self, data: st.DataObject) -> None:
        self.hq_deletes_one(data.draw(st.sampled_from(sorted(self.hq.rows))))

    def hq_deletes_one(self, order: str) -> None:
        self.hq.put(order, None)
        self.complete.clear()

    @rule(scope=st.sampled_from(ALL))
    def hq_forgets_tombstones(self, scope: str) -> None:
        self.hq.prune(scope)

    @rule()
    def hq_is_backed_up(self) -> None:
        self.backup = copy.deepcopy(self.hq)

    @rule()
    def hq_is_restored(self) -> None:
        """To an earlier point, with another incarnation; every cursor begins anew."""
        incarnation = self.hq.incarnation + "a"
        self.hq = copy.deepcopy(self.backup)
        self.hq.incarnation = incarnation
        self.complete.clear()
        self.sync.greeted(kit.hello_reply(*ALL, received=self.received, inc=incarnation), 0)

    @property
    def received(self) -> tuple[int, str]:
        """HQ has all that it has ever answered."""
        state = self.sync.identity()
        return state.last_n, state.last_hash

    # -- the line

    @rule(scope=st.sampled_from(ALL), limit=st.integers(1, 3), lose=st.booleans())
    def pull(self, scope: str, limit: int, *, lose: bool = False) -> None:
        after = self.sync.cursors()[scope]
        page = self.hq.page(scope, after, limit, self.sync.base(scope) if after else 0)
        if page is None:
            self.sync.restart(scope)
            self.read_anew()
            return
        self.old.append(page)
        if not lose:
            self.sync.apply_page(*page)
            if not page.end.more:
                self.complete.add(scope)

    @rule()
    def read_everything(self) -> None:
        for scope in ALL:
            for _ in range(4):
                self.pull(scope, 100)

    @rule(order=st.sampled_from(ORDERS), station=st.sampled_from(_STATIONS), scope=st.sampled_from(SCOPES))
    def hq_writes_and_one_scope_shows_it(self, order: str, station: str | None, scope: str) -> None:
        self.hq_writes(order, station)
        self.pull(scope, 3)
        self.complete.clear()

    @precondition(lambda self: self.old)
    @rule(data=st.data())
    def an_old_page_arrives(self, data: st.DataObject) -> None:
        """It is HQ's of now, by the loop's own check; a page that does not continue the cursor changes nothing."""
        page = self.old[data.draw(st.integers(0, len(self.old) - 1))]
        if page.end.incarnation != self.hq.incarnation:
            return
        at = self.sync.cursors()[page.scope]
        changed = self.sync.apply_page(*page)
        assert page.after == at or changed == 0

    @rule(scope=st.sampled_from(ALL))
    def the_scope_is_begun_anew(self, scope: str) -> None:
        self.sync.restart(scope)
        self.read_anew()

    def read_anew(self) -> None:
        """What was read to the end so far may have to be read again with it."""
        self.complete.clear()

    @rule()
    def start_again(self) -> None:
        self.store.engine.dispose()
        self.store = kit.open_store(self.folder / "now")
        self.sync = SyncStore(self.store)

    # -- a person works meanwhile

    @rule(data=st.data())
    def work_on_an_order(self, data: st.DataObject) -> None:
        with self.store.reading() as rows:
            mine = sorted(one.id for one in rows.find(WorkOrder) if one.station_id == kit.STATION and one.id in ORDERS)
        order = data.draw(st.sampled_from(mine)) if mine else None
        if order is None:
            return
        action = data.draw(st.sampled_from(["wait_for_parts", "start_work", "add_note"]))
        args = {"text": "x"} if action == "add_note" else {}
        try:
            made = self.store.record(action, {"order_id": order} | args, kit.WANG)
        except Refusal:
            return
        self.pending.append((made.operation.id, order))

    @rule()
    def hq_answers(self) -> None:
        """It parks everything: what was done here leaves the rows, HQ's own stay."""
        answers = [Answer(id=one, n=1, outcome=Outcome.PARKED) for one, _ in self.pending]
        if answers:
            self.sync.answered(answers)
        self.pending.clear()

    # -- what always holds

    @invariant()
    def what_is_read_to_the_end_is_equal(self) -> None:
        if self.complete != set(ALL) or self.pending:
            return
        assert self.here() == self.hq.rows

    @invariant()
    def rows_without_work_are_hqs(self) -> None:
        """Also in the middle of reading nobody sees a row that HQ never had."""
        worked_on = {order for _, order in self.pending}
        for order_id, row in self.here().items():
            assert order_id in worked_on or row.customer_name.startswith("name ")

    def here(self) -> dict[str, WorkOrder]:
        with self.store.reading() as rows:
            return {one.id: one for one in rows.find(WorkOrder) if one.id in ORDERS}


@pytest.fixture(scope="module")
def template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("feed") / "station"
    store = kit.open_store(folder)
    store.enrol("http://hq", kit.enrol_reply())
    sync = SyncStore(store)
    sync.greeted(kit.hello_reply(*SCOPES, "reference"), 0)
    kit.page(sync, kit.lines(kit.reference()), scope="reference")
    kit.page(sync, kit.lines(kit.people()), scope=HERE)
    kit.page(sync, [], scope=BRANCH)
    store.engine.dispose()
    return folder


@pytest.mark.slow
@pytest.mark.timeout(3600)
def test_the_feed_at_a_station(template: Path) -> None:
    machine = type("FeedHere", (Feed,), {"template": template})
    run_state_machine_as_test(machine, settings=effort(8, 40))


def test_hq_restored_twice_before_everything_is_read_leaves_no_ghosts(template: Path) -> None:
    """What the first reading has shown is no proof that HQ still has it."""
    feed = type("FeedHere", (Feed,), {"template": template})()
    without_it = copy.deepcopy(feed.hq)
    feed.hq_writes(ORDERS[0], kit.STATION)
    feed.hq_is_backed_up()
    feed.hq_is_restored()
    for scope in SCOPES:  # the reference rows are not read yet
        feed.pull(scope, 100)
    assert feed.here().keys() == {ORDERS[0]}
    feed.backup = without_it
    feed.hq_is_restored()
    feed.teardown()


def test_a_place_read_anew_takes_nothing_that_moved_to_another_place_of_the_device(template: Path) -> None:
    """It tells that the row left it; where the row went has shown it already, and shows it no second time."""
    feed = type("FeedHere", (Feed,), {"template": template})()
    feed.hq_writes(ORDERS[0], kit.STATION)
    feed.read_everything()
    feed.hq_writes(ORDERS[0], None)
    feed.read_everything()
    assert feed.here().keys() == {ORDERS[0]}
    feed.the_scope_is_begun_anew(HERE)
    feed.teardown()


def test_a_place_that_hq_names_no_more_is_not_waited_for(template: Path) -> None:
    """Nobody would ever read it to its end, and the device would compare and settle nothing."""
    feed = type("FeedHere", (Feed,), {"template": template})()
    feed.hq_writes(ORDERS[0], kit.STATION)
    feed.read_everything()
    strange = "place/" + kit.named("no place of ours")
    feed.sync.greeted(kit.hello_reply(*ALL, strange, received=feed.received), 0)
    feed.the_scope_is_begun_anew(HERE)
    feed.sync.greeted(kit.hello_reply(*ALL, received=feed.received), 0)
    assert feed.sync.cursors().keys() == set(ALL)
    feed.teardown()


def test_a_place_that_comes_back_takes_what_hq_lacks_by_then(template: Path) -> None:
    feed = type("FeedHere", (Feed,), {"template": template})()
    feed.hq_writes(ORDERS[0], kit.STATION)
    feed.read_everything()
    feed.the_scope_is_begun_anew(HERE)
    feed.sync.greeted(kit.hello_reply(*set(ALL) - {HERE}, received=feed.received), 0)
    assert HERE not in feed.sync.cursors()
    feed.hq_deletes_one(ORDERS[0])
    feed.hq_forgets_tombstones(HERE)
    feed.sync.greeted(kit.hello_reply(*ALL, received=feed.received), 0)
    feed.teardown()
