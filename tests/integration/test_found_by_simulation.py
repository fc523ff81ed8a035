"""Mistakes that the simulation found, each once more by itself."""

import shutil
import sqlite3
import time
from collections.abc import Iterator
from contextlib import closing
from datetime import timedelta
from pathlib import Path

import msgspec
import pytest
from sqlalchemy import insert, select

from app.actions.attachments import keep_bytes, record_attachment
from app.actions.desk import Desk
from app.offline_db.backup import back_up, restore
from app.offline_db.engine import writing
from app.offline_db.outbox import KEPT_AFTER_ANSWER
from app.offline_db.schema import blob_queue, operation
from app.offline_db.store import Store
from app.offline_db.sync_store import SyncStore
from app.sync.blob_lane import BlobLane
from app.sync.turn import Clocks, Syncer
from core.contract.messages import Answer, KnownReply, Outcome
from core.ids import derive
from core.operations.operation import GENESIS, body_hash, encode
from core.roles import PlaceKind, Role
from core.rows import Row
from core.rows.orders import Note, OrderUnit, WorkOrder
from core.rows.parts import AccountEntry, OldPart, OldPartState
from core.rows.people import Credential
from core.rows.sync import Conflict, ParkedOperation
from core.work_order import State
from hq.books import prove
from hq.identity import new_incarnation
from hq.inbox.distrust import deactivate
from hq.inbox.releasing import withdraw
from hq.store import Store as HqStore
from hq.store.schema import inbox
from tests.integration import station_kit as kit
from tests.integration.device import touch
from tests.integration.hq_kit import Device, Hq, now, with_sample
from tests.integration.hq_world import headquarters
from tests.unit import world

EVERYWHERE = (kit.SCOPE, "reference")


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with kit.filled_store(tmp_path) as store:
        yield store


@pytest.fixture
def sync(store: Store) -> SyncStore:
    return SyncStore(store)


def answer(sync: SyncStore, operation_id: str, outcome: Outcome, n: int = 1, seq: int = 0) -> None:
    code = "approval_outdated" if outcome is Outcome.PARKED else None
    seqs = {kit.SCOPE: seq} if seq else {}
    sync.answered([Answer(id=operation_id, n=n, outcome=outcome, code=code, seq=seqs)])


def refill(sync: SyncStore, *rows: object, incarnation: str) -> None:
    kit.page(sync, kit.lines([*kit.people(), kit.order(), kit.unit(), *rows]), incarnation=incarnation)  # type: ignore[list-item]
    kit.page(sync, kit.lines(kit.reference()), scope="reference", incarnation=incarnation)


def note_of(store: Store, sync: SyncStore) -> str:
    """A note that HQ has applied and shown."""
    made = store.record("add_note", {"order_id": kit.ORDER, "text": "x"}, kit.WANG).operation
    with store.reading() as rows:
        note = rows.get(Note, derive(made.id, "note"))
    assert note is not None
    answer(sync, made.id, Outcome.APPLIED, seq=9)
    kit.page(sync, kit.lines([msgspec.structs.replace(note, version=1)], seq=9))
    return made.id


def test_a_row_that_a_restored_hq_does_not_make_again_is_gone(store: Store, sync: SyncStore) -> None:
    made = note_of(store, sync)
    sync.greeted(kit.hello_reply(*EVERYWHERE, inc="b"), 0)  # HQ has none of it: the note is sent and replayed again
    answer(sync, made, Outcome.PARKED)
    refill(sync, incarnation="b")
    with store.reading() as rows:
        assert rows.find(Note) == []


def read_to_the_end(sync: SyncStore, *rows: Row) -> None:
    """A restored HQ's place, ``rows`` written there then, and its reference rows last: the turn was cut between."""
    kit.page(sync, kit.lines([*kit.people(), kit.unit()]), incarnation="b")
    kit.page(sync, kit.lines(rows, seq=60), incarnation="b")
    kit.page(sync, kit.lines(kit.reference()), scope="reference", incarnation="b")


def test_a_row_that_a_restored_hq_makes_anew_counts_its_versions_from_one(store: Store, sync: SyncStore) -> None:
    old, new = (f"$argon2id$v=19$m=65536,t=3,p=4${letter * 40}" for letter in "on")
    before = Credential(id=kit.WANG, version=2, branch_id=kit.BRANCH, place_id=kit.STATION, verifier=old)
    kit.page(sync, kit.lines([before], seq=50))
    made = store.record("change_password", {"verifier": new}, kit.WANG).operation
    sync.greeted(kit.hello_reply(*EVERYWHERE, inc="b"), 0)  # it is from before the person's first password
    answer(sync, made.id, Outcome.APPLIED, seq=60)
    again = msgspec.structs.replace(before, version=1, verifier=new)
    read_to_the_end(sync, again)
    with store.reading() as rows:
        assert rows.find(Credential) == [again]


@pytest.mark.parametrize("gone", [False, True])
def test_an_order_that_comes_again_to_a_restored_hq_is_shown_under_unsent_work(
    store: Store, sync: SyncStore, *, gone: bool
) -> None:
    kit.page(sync, kit.lines([kit.order(version=7)], seq=50))
    made = store.record("accept_order", {"order_id": kit.ORDER}, kit.WANG).operation
    if gone:  # HQ took it away under the work before it was restored
        kit.page(sync, [kit.gone(kit.order(), 8, 51)])
    sync.greeted(kit.hello_reply(*EVERYWHERE, inc="b"), 0)
    again = kit.order(version=1, customer_phone="1")  # the device that made it has sent it again
    read_to_the_end(sync, again)
    with store.reading() as rows:
        assert [(row.state, row.customer_phone) for row in rows.find(WorkOrder)] == [(State.ACCEPTED, "1")]
    answer(sync, made.id, Outcome.PARKED)
    with store.reading() as rows:
        assert rows.find(WorkOrder) == [again]


@pytest.mark.parametrize("held", ["the row", "the row under unsent work", "a tombstone under unsent work"])
def test_what_can_not_be_read_of_a_restored_hq_is_older_than_what_can_be_later(
    store: Store, sync: SyncStore, held: str
) -> None:
    kit.page(sync, kit.lines([kit.order(version=7)], seq=50))
    if held != "the row":
        store.record("accept_order", {"order_id": kit.ORDER}, kit.WANG)
    if held.startswith("a tombstone"):
        kit.page(sync, [kit.gone(kit.order(), 8, 51)])
    sync.greeted(kit.hello_reply(*EVERYWHERE, inc="b"), 0)
    (line,) = kit.lines([kit.order(version=2)], seq=60)
    newer = msgspec.structs.replace(
        line, row=msgspec.Raw(bytes(line.row or b"").replace(State.OFFERED_STATION.encode(), b"nowhere"))
    )
    kit.page(sync, [*kit.lines([*kit.people(), kit.unit()]), newer], incarnation="b")
    assert store.unread() == 1
    with store.reading() as rows:
        assert len(rows.find(WorkOrder)) == (not held.startswith("a tombstone")), "what was here stays meanwhile"
    kit.page(sync, kit.lines([kit.order(version=3, customer_phone="1")], seq=61), incarnation="b")
    kit.page(sync, kit.lines(kit.reference()), scope="reference", incarnation="b")
    with store.reading() as rows:
        assert [row.customer_phone for row in rows.find(WorkOrder)] == ["1"]


def test_a_restored_hq_is_asked_about_every_photo_again(store: Store, sync: SyncStore) -> None:
    values = {"sha256": "a" * 64, "kind": "photo", "media_type": "image/png", "bytes": 3, "sent_bytes": 3}
    with writing(store.engine) as connection:
        connection.execute(insert(blob_queue).values(state="sent", queued_at=kit.NOW, **values))
    assert sync.waiting_blobs() == []
    sync.greeted(kit.hello_reply(*EVERYWHERE, inc="b"), 0)
    assert [(found.sha256, found.sent) for found in sync.waiting_blobs()] == [("a" * 64, 0)]


def test_a_clock_put_forward_by_years_throws_no_answered_operation_away(store: Store, sync: SyncStore) -> None:
    made = note_of(store, sync)
    forward = KEPT_AFTER_ANSWER * 40
    # the hello of this turn has measured it
    sync.greeted(kit.hello_reply(*EVERYWHERE, received=(1, "0" * 64)), -round(forward.total_seconds()))
    sync.finished(kit.NOW + forward)
    with store.reading() as rows:
        assert rows.connection.execute(select(operation.c.id)).scalars().all() == [made]
    sync.finished(kit.NOW + forward + KEPT_AFTER_ANSWER + timedelta(days=1))
    with store.reading() as rows:
        assert rows.connection.execute(select(operation.c.id)).scalars().all() == []


def test_a_withdrawal_is_heard_while_its_scope_is_read_anew(store: Store, sync: SyncStore) -> None:
    made = store.record("add_note", {"order_id": kit.ORDER, "text": "x"}, kit.WANG).operation
    answer(sync, made.id, Outcome.PARKED)
    sync.restart(kit.SCOPE)
    parked = ParkedOperation(
        id=made.id, version=2, branch_id=kit.BRANCH, place_id=kit.STATION, device_id=kit.DEVICE, n=1, action="add_note",
        person_id=kit.WANG, made_at=kit.NOW, code="move_not_allowed", state="withdrawn",
    )  # fmt: skip
    refill(sync, parked, incarnation="a")
    with store.reading() as rows:
        assert rows.connection.execute(select(operation.c.outcome)).scalar_one() == "withdrawn"


def test_an_operation_that_no_rule_can_read_holds_up_no_page(store: Store, sync: SyncStore) -> None:
    made = store.record("add_note", {"order_id": kit.ORDER, "text": "x"}, kit.WANG).operation
    with writing(store.engine) as connection:
        connection.execute(operation.update().values(body=encode(made).replace('"text":"x"', '"text":"\\u0000"')))
    kit.page(sync, kit.lines([kit.order(version=5)]))
    answer(sync, made.id, Outcome.PARKED)
    assert sync.counts().pending == 0


def test_what_one_push_withdraws_together_is_not_let_through_on_the_way(hq):
    device = hq.device()
    refused = device.do("complete_order", {"order_id": world.ORDER}, touches=(touch("work_order", world.ORDER, 1),))
    first, behind = device.push(refused, device.note("behind")).answers
    assert behind.code == "waits_behind"
    taken_back = [device.do("withdraw_operation", {"operation_id": one.id}, user=world.LEAD) for one in (first, behind)]
    assert [found.outcome for found in device.push(*taken_back).answers] == [Outcome.APPLIED, Outcome.APPLIED]
    assert hq.rows(Note) == []
    states = [device.get(f"/v1/ops/{one.id}").json()["outcome"] for one in (first, behind)]
    assert states == ["withdrawn", "withdrawn"]


def test_an_operation_hq_can_not_read_is_known_again_under_another_number(hq):
    device = hq.device()
    made = device.make("add_note", {"order_id": world.ORDER, "text": "\x00"})
    answered = device.one(device.signed(encode(made)))
    assert answered.outcome is Outcome.PARKED
    device.push(device.note("later"))
    # an older backup has it unanswered: it is numbered anew
    device.chain.n, device.chain.last = 0, GENESIS
    granted = device.hello()
    again = encode(msgspec.structs.replace(made, epoch=granted.epoch, n=3, prev=granted.received_hash))
    device.chain.epoch, device.chain.n, device.chain.last = granted.epoch, 2, granted.received_hash
    found = device.one(device.signed(again))
    assert (found.id, found.outcome) == (answered.id, Outcome.PARKED)
    assert device.chain.last == body_hash(again)
    assert len(hq.rows(ParkedOperation)) == 1


def copied(source: Path, target: Path) -> None:
    """A database as it is committed, into another one's place."""
    with closing(sqlite3.connect(source)) as one, closing(sqlite3.connect(target)) as other:
        one.backup(other)


def ids_at(hq: Hq) -> list[str]:
    with hq.store.reading() as connection:
        return sorted(connection.execute(select(inbox.c.op_id).where(inbox.c.op_id.is_not(None))).scalars())


def test_a_twin_that_goes_ahead_hides_nothing_that_a_restored_hq_has_lost(tmp_path: Path) -> None:
    with with_sample(tmp_path / "hq") as hq:
        first = Device(tmp_path / "first", hq)
        first.syncer.sync_once()
        made = [first.act("add_note", text="in HQ's copy")]
        first.syncer.sync_once()
        first.close()
        shutil.copytree(tmp_path / "first", tmp_path / "twin")
        first, twin = Device(tmp_path / "first", hq), Device(tmp_path / "twin", hq)
        database = Path(str(hq.store.engine.url.database))
        copied(database, tmp_path / "image.db")
        made += [first.act("add_note", text="answered, and lost by HQ")]
        first.syncer.sync_once()
        assert first.sync_store.counts().pending == 0
        hq.off()
        copied(tmp_path / "image.db", database)
        new_incarnation(hq.store, now())
        hq.on()
        made += [twin.act("add_note", text=str(number)) for number in range(3)]
        for device in (twin, first, twin):
            assert device.syncer.sync_once().pending == 0
        assert ids_at(hq) == sorted(made)
        with first.store.reading() as mine, twin.store.reading() as theirs:
            assert {note.id for note in mine.find(Note)} == {note.id for note in theirs.find(Note)}
        first.wire.sent.clear()
        first.syncer.sync_once()
        assert first.wire.paths() == ["/v1/hello"], "it is compared once"
        first.close()
        twin.close()


def test_a_comparison_that_was_cut_is_made_again(store: Store, sync: SyncStore) -> None:
    made = note_of(store, sync)
    sync.greeted(kit.hello_reply(*EVERYWHERE, inc="b", received=(1, "0" * 64)), 0)
    cut = sync.to_compare(0)
    assert cut is not None
    sync.greeted(kit.hello_reply(*EVERYWHERE, inc="c", received=(1, "0" * 64)), 0)
    assert sync.compared(cut, KnownReply(missing=(made,))) == 0, "what an earlier HQ said counts no more"
    page = sync.to_compare(0)
    assert page is not None
    assert page.ids == (made,)
    assert sync.compared(page, KnownReply(missing=(made,))) == 1
    assert sync.counts().pending == 1
    assert sync.to_compare(0) is None


@pytest.mark.parametrize("trusted", [True, False])
def test_what_waited_ends_with_one_outcome_at_both_ends(tmp_path: Path, *, trusted: bool) -> None:
    with with_sample(tmp_path / "hq") as hq:
        device = Device(tmp_path / "device", hq)
        device.syncer.sync_once()
        order = hq.get(WorkOrder, kit.ORDER)
        assert order is not None
        refused = device.act("accept_order")
        behind = device.act("add_note", text="behind")
        hq.put(kit.order(version=order.version, state=State.AT_BRANCH))
        device.syncer.sync_once()
        assert [one["answer"]["code"] for one in kit.stored(device.store)] == ["move_not_allowed", "waits_behind"]
        if not trusted:
            deactivate(hq.store, kit.WANG)
        withdraw(hq.store, kit.BRANCH, refused, "a mistake", "hq")
        device.syncer.sync_once()
        with hq.store.reading() as connection:
            there = {one.op_id: one.outcome for one in connection.execute(select(inbox))}
        assert there == {refused: "withdrawn", behind: "applied" if trusted else "quarantined"}
        assert {one["id"]: one["outcome"] for one in kit.stored(device.store)} == there
        device.close()


def test_what_is_taken_back_while_hq_gives_it_another_reason_ends_withdrawn_everywhere(tmp_path: Path) -> None:
    with with_sample(tmp_path / "hq") as hq:
        device, other = (Device(tmp_path / name, hq, seed=seed) for seed, name in enumerate(("device", "other"), 1))
        device.syncer.sync_once()
        order = hq.get(WorkOrder, kit.ORDER)
        assert order is not None
        refused = device.act("accept_order")
        behind = device.act("add_note", text="behind")
        hq.put(kit.order(version=order.version, state=State.AT_BRANCH))
        device.syncer.sync_once()
        other.syncer.sync_once()
        other.store.record("withdraw_operation", {"operation_id": behind}, kit.LEAD)
        deactivate(hq.store, kit.WANG)
        withdraw(hq.store, kit.BRANCH, refused, "a mistake", "hq")  # judges the other again: its maker has left
        for one in (other, device):
            one.syncer.sync_once()
        with hq.store.reading() as connection:
            there = {one.op_id: one.outcome for one in connection.execute(select(inbox))}
        assert (there[refused], there[behind]) == ("withdrawn", "withdrawn")
        assert {one["id"]: one["outcome"] for one in kit.stored(device.store)} == {
            refused: "withdrawn",
            behind: "withdrawn",
        }
        parked = hq.get(ParkedOperation, behind)
        assert parked is not None
        assert (parked.state, parked.outcome) == ("withdrawn", "withdrawn")
        device.close()
        other.close()


def test_an_old_part_is_received_although_a_restored_hq_has_forgotten_its_tag(tmp_path: Path) -> None:
    old = OldPart(
        id=world.an_id("old"),
        branch_id=world.BRANCH,
        station_id=world.STATION,
        warehouse_id=world.WAREHOUSE,
        order_id=world.ORDER,
        part_line_id=world.an_id("line"),
        part_id=world.PART,
        tag="X",
        state=OldPartState.TO_TAG,
    )
    store = HqStore.open(f"sqlite:///{tmp_path / 'hq.db'}")
    store.upgrade()
    with headquarters(store, tmp_path / "data", old) as hq:
        clerk, station = hq.device(world.WAREHOUSE), hq.device()
        seen = {"state": "tagged", "received_at": None, "received_by": None, "finding": None}
        receive = {"old_part_id": old.id, "finding": "ok"}
        base = {f"old_part/{old.id}": seen}
        received = clerk.do("receive_old_part", receive, user=world.CLERK, branch_id=world.BRANCH, base=base)
        told = clerk.one(received)
        assert told.outcome in (Outcome.APPLIED, Outcome.MERGED), "what is in the clerk's hands is no matter of opinion"
        unseen = {"serial": None, "state": "to_tag", "tagged_at": None}
        tag = {"order_id": world.ORDER, "old_part_id": old.id, "serial": "S1"}
        station.one(station.do("tag_old_part", tag, base={f"old_part/{old.id}": unseen}))
        (there,) = hq.rows(OldPart)
        assert (there.state, there.serial, there.finding) == (OldPartState.WRITTEN_OFF, "S1", "ok")
        assert [entry.old_part_id for entry in hq.rows(AccountEntry)] == [old.id]
        assert hq.rows(Conflict) == []
        assert prove(store).ok
    store.close()


OTHER = kit.named("other station")


@pytest.mark.parametrize("to", [OTHER, kit.STATION])
@pytest.mark.parametrize("recalled_first", [True, False])
def test_an_order_recalled_and_given_to_a_station_at_once_is_whole(
    tmp_path: Path, to: str, *, recalled_first: bool
) -> None:
    with with_sample(tmp_path / "hq") as hq:
        manager = kit.person(kit.MANAGER, "经理", Role.BRANCH_MANAGER, at=kit.BRANCH)
        hq.add([manager, kit.place(OTHER, PlaceKind.STATION, "另一网点")])
        hq.put(kit.order(version=1, state=State.DECLINED, decline_reason="太远"))
        giving, recalling = (
            Device(tmp_path / name, hq, place=kit.BRANCH, seed=seed) for seed, name in enumerate(("one", "two"), 1)
        )
        for device in (giving, recalling):
            device.syncer.sync_once()
        given = giving.act("dispatch_order", kit.MANAGER, station_id=to)
        recalling.act("recall_order", kit.MANAGER, reason="改派")
        for device in (recalling, giving, recalling) if recalled_first else (giving, recalling, giving):
            device.syncer.sync_once()
        assert prove(hq.store).ok
        if not recalled_first:
            goes = to == OTHER  # else the recall finds it where its maker saw it
            _is_whole(hq, giving, *((State.OFFERED_STATION, to, to) if goes else (State.AT_BRANCH, None, to)))
        else:
            _is_whole(hq, giving, State.AT_BRANCH, None, kit.STATION)
            with giving.store.reading() as rows:
                (conflict,) = rows.find(Conflict)
            assert (conflict.operation_id, conflict.hq_value, conflict.place_value) == (given, None, to)
            assert {(found or {})["state"] for found in (conflict.also, conflict.hq_also)} == {
                "offered_station",
                "at_branch",
            }
            giving.store.record("pick_value", {"conflict_id": conflict.id, "value": to}, kit.MANAGER)
            giving.syncer.sync_once()
            assert prove(hq.store).ok
            _is_whole(hq, giving, State.OFFERED_STATION, to, to)
        giving.close()
        recalling.close()


def _is_whole(hq: Hq, device: Device, state: State, station: str | None, units_at: str) -> None:
    """HQ and the device have the order in this state at this station, and its unit where it is."""
    order, unit = hq.get(WorkOrder, kit.ORDER), hq.get(OrderUnit, kit.UNIT)
    assert isinstance(order, WorkOrder)
    assert isinstance(unit, OrderUnit)
    assert (order.state, order.station_id, unit.station_id) == (state, station, units_at)
    assert (device.row(WorkOrder, kit.ORDER), device.row(OrderUnit, kit.UNIT)) == (order, unit)


class _Told(BlobLane):
    """A lane that is told and does nothing yet."""

    def bring(self, asked: None) -> None:
        """Not now."""


@pytest.mark.parametrize("beside", [False, True])
def test_a_photo_that_a_restored_backup_does_not_know_reaches_hq(tmp_path: Path, *, beside: bool) -> None:
    with with_sample(tmp_path / "hq") as hq:
        device = Device(tmp_path / "device", hq)
        device.syncer.sync_once()
        backup = back_up(device.store.engine, device.profile, now())
        desk = Desk(device.store, device.blobs, kit.WANG, kit.STATION, now)
        kept = keep_bytes(b"%PDF-1.4 a photo", desk)
        record_attachment(kit.ORDER, "invoice", kept, desk)
        clocks = Clocks(now, time.monotonic)
        assert Syncer(device.sync_store, device.client, clocks).sync_once().pushed == 1  # the line was cut before it
        device.close()
        restore(device.profile, kit.KEY, backup.name, now())
        device = Device(tmp_path / "device", hq)
        assert device.sync_store.waiting_blobs() == []
        if beside:
            lane = _Told(device.sync_store, device.blobs, device.client, lambda: 0.0)
            Syncer(device.sync_store, device.client, clocks, blobs=lane).sync_once()
            (found,) = device.sync_store.waiting_blobs()
            assert (found.sha256, found.kind, found.media_type) == (kept.sha256, "invoice", "application/pdf")
            assert found.order_id == kit.ORDER
        device.syncer.sync_once()
        assert (hq.folder / "blobs" / kept.sha256[:2] / kept.sha256).read_bytes() == b"%PDF-1.4 a photo"
        assert device.sync_store.waiting_blobs() == []
        device.close()
