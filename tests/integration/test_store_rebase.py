"""HQ's images coming in under local effects: rebase, versions, tombstones, parked operations, restored HQ."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec
import pytest
from sqlalchemy import func, select

from app.offline_db.schema import operation, seen, shadow, touched
from app.offline_db.store import Store
from app.offline_db.sync_store import SyncStore
from core.contract.messages import Answer, Outcome, PageEnd
from core.operations.kernel import decode_operation
from core.operations.operation import GENESIS, body_hash
from core.refusals import Refusal
from core.rows.orders import Note, OrderUnit, TimelineEntry, WorkOrder
from core.rows.sync import ParkedOperation
from core.work_order import State
from tests.integration import station_kit as kit


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with kit.filled_store(tmp_path) as store:
        yield store


@pytest.fixture
def sync(store: Store) -> SyncStore:
    return SyncStore(store)


def act(store: Store, action: str, **args: Any) -> str:
    return store.record(action, {"order_id": kit.ORDER} | args, kit.WANG).operation.id


def row(store: Store, kind: type[Any], row_id: str) -> Any:
    with store.reading() as rows:
        return rows.get(kind, row_id)


def order(store: Store) -> WorkOrder:
    found = row(store, WorkOrder, kit.ORDER)
    assert isinstance(found, WorkOrder)
    return found


def left_over(store: Store) -> tuple[int, int]:
    with store.reading() as rows:
        count = select(func.count())
        return (
            rows.connection.execute(count.select_from(shadow)).scalar_one(),
            rows.connection.execute(count.select_from(touched)).scalar_one(),
        )


def columns(store: Store, operation_id: str) -> Any:
    with store.reading() as rows:
        return rows.connection.execute(select(operation).where(operation.c.id == operation_id)).one()


def answer(operation_id: str, outcome: Outcome = Outcome.APPLIED, n: int = 1, **seq: int) -> Answer:
    return Answer(id=operation_id, n=n, outcome=outcome, seq={kit.SCOPE: seq["at"]} if seq else {})


def test_hqs_newer_image_comes_under_the_local_effect(store: Store, sync: SyncStore) -> None:
    act(store, "accept_order")
    kit.page(sync, kit.lines([kit.order(version=2, customer_phone="139")], seq=50))
    assert (order(store).state, order(store).customer_phone, order(store).version) == (State.ACCEPTED, "139", 2)


def test_an_operation_counts_until_the_cursor_passes_its_effect_and_then_hqs_row_stands(
    store: Store, sync: SyncStore
) -> None:
    made = act(store, "accept_order")
    sync.answered([answer(made, at=60)])
    kit.page(sync, kit.lines([kit.order(version=2, customer_phone="139")], seq=50))
    assert order(store).state is State.ACCEPTED
    accepted = kit.order(version=3, state=State.ACCEPTED, technician_id=kit.WANG, customer_phone="139")
    kit.page(sync, kit.lines([accepted], seq=60))
    assert order(store) == accepted
    assert left_over(store) == (0, 0)
    assert columns(store, made).outcome == "applied"


def test_hq_has_the_last_word_when_its_row_differs(store: Store, sync: SyncStore) -> None:
    made = act(store, "accept_order")
    sync.answered([answer(made, Outcome.CONFLICT, at=60)])
    recalled = kit.order(version=3, state=State.AT_BRANCH)
    kit.page(sync, kit.lines([recalled], seq=60))
    assert order(store) == recalled


def test_a_parked_operation_leaves_the_rows_and_keeps_its_record(store: Store, sync: SyncStore) -> None:
    made = act(store, "accept_order")
    note = act(store, "add_note", text="按门铃")
    parked = Answer(id=made, n=1, outcome=Outcome.PARKED, code="move_not_allowed", facts={"state": "at_branch"})
    sync.answered([parked])
    assert order(store) == kit.order()
    assert row(store, Note, _only_note(store).id).text == "按门铃"
    found = columns(store, made)
    assert (found.outcome, found.answer["code"]) == ("parked", "move_not_allowed")
    assert columns(store, note).state == "pending"
    assert sync.counts().pending == 1


def _only_note(store: Store) -> Note:
    with store.reading() as rows:
        (note,) = rows.find(Note, order_id=kit.ORDER)
    return note


def test_a_replay_that_refuses_now_waits_for_hqs_answer(store: Store, sync: SyncStore) -> None:
    made = act(store, "accept_order")
    kit.page(sync, kit.lines([kit.order(version=2, state=State.AT_BRANCH)], seq=50))
    assert order(store).state is State.AT_BRANCH
    assert columns(store, made).doubtful == "move_not_allowed"
    kit.page(sync, kit.lines([kit.order(version=3)], seq=51))
    assert order(store).state is State.ACCEPTED
    assert columns(store, made).doubtful is None


def test_later_operations_are_replayed_in_order_when_an_earlier_one_is_taken_out(store: Store, sync: SyncStore) -> None:
    first = act(store, "accept_order")
    act(store, "start_work")
    act(store, "add_note", text="x")
    assert order(store).state is State.IN_PROGRESS
    sync.answered([answer(first, at=60)])
    accepted = kit.order(version=2, state=State.ACCEPTED, technician_id=kit.WANG)
    kit.page(sync, kit.lines([accepted], seq=60))
    assert (order(store).state, order(store).technician_id, order(store).version) == (State.IN_PROGRESS, kit.WANG, 2)
    with store.reading() as rows:
        assert sorted(entry.action for entry in rows.find(TimelineEntry)) == ["add_note", "start_work"]


def test_other_orders_are_left_alone(store: Store, sync: SyncStore) -> None:
    other = kit.named("other order")
    kit.page(sync, kit.lines([kit.order(other)], seq=40))
    act(store, "accept_order")
    told: list[frozenset[tuple[str, str]]] = []
    store.subscribe(told.append)
    kit.page(sync, kit.lines([kit.order(other, version=2)], seq=41))
    assert told == [frozenset({("work_order", other)})]


def test_an_older_version_never_replaces_a_newer_one(store: Store, sync: SyncStore) -> None:
    kit.page(sync, kit.lines([kit.order(version=5, customer_phone="5")], seq=50))
    kit.page(sync, kit.lines([kit.order(version=4, customer_phone="4")], seq=51))
    assert order(store).customer_phone == "5"
    act(store, "accept_order")
    kit.page(sync, kit.lines([kit.order(version=3, customer_phone="3")], seq=52))
    assert (order(store).customer_phone, order(store).version) == ("5", 5)


def test_a_tombstone_deletes_by_version(store: Store, sync: SyncStore) -> None:
    kit.page(sync, [kit.gone(kit.unit(), 1, 50)])
    assert row(store, OrderUnit, kit.UNIT) is not None
    kit.page(sync, [kit.gone(kit.unit(), 2, 51)])
    assert row(store, OrderUnit, kit.UNIT) is None


@pytest.mark.parametrize("first", ["old scope", "new scope"])
def test_a_row_that_moves_between_two_scopes_neither_vanishes_nor_doubles(
    store: Store, sync: SyncStore, first: str
) -> None:
    other = "place/" + kit.named("second")
    sync.greeted(kit.hello_reply(kit.SCOPE, "reference", other), 0)
    moved = kit.order(version=2, station_id=kit.named("second"))
    pages = {
        "old scope": lambda: kit.page(sync, [kit.gone(kit.order(), 2, 50)]),
        "new scope": lambda: kit.page(sync, kit.lines([moved], seq=7), scope=other),
    }
    pages[first]()
    next(apply for name, apply in pages.items() if name != first)()
    assert order(store) == moved


def test_an_order_that_goes_away_under_pending_work(store: Store, sync: SyncStore) -> None:
    made = act(store, "add_note", text="x")
    kit.page(sync, [kit.gone(kit.order(), 2, 50)])
    assert row(store, WorkOrder, kit.ORDER) is None
    assert columns(store, made).state == "pending"


def test_rows_and_cursor_are_one_transaction(store: Store, sync: SyncStore) -> None:
    bad = msgspec.structs.replace(kit.lines([kit.order(version=9)])[0], row=msgspec.Raw(b'{"id": 3}'))
    with pytest.raises(Refusal) as caught:
        kit.page(sync, [*kit.lines([kit.order(version=2, customer_phone="2")], seq=50), bad])
    assert caught.value.code == "hq_unexpected"
    assert order(store) == kit.order()
    assert sync.cursors()[kit.SCOPE] < 50


def test_a_page_that_another_process_has_applied_changes_nothing(store: Store, sync: SyncStore) -> None:
    after = sync.cursors()[kit.SCOPE]
    end = PageEnd(cursor=50, more=False, incarnation="a")
    sync.apply_page(kit.SCOPE, after, kit.lines([kit.order(version=2, customer_phone="2")], seq=50), end)
    assert sync.apply_page(kit.SCOPE, after, kit.lines([kit.order(version=3, customer_phone="3")]), end) == 0
    assert order(store).customer_phone == "2"


def test_kinds_of_a_newer_hq_are_left_out(store: Store, sync: SyncStore) -> None:
    line = kit.lines([kit.order(version=2)], seq=50)[0]
    kit.page(sync, [msgspec.structs.replace(line, entity="moon_phase"), *kit.lines([kit.unit()], seq=51)])
    assert sync.cursors()[kit.SCOPE] == 51


def test_withdrawing_a_parked_operation_is_seen_at_its_record(store: Store, sync: SyncStore) -> None:
    made = act(store, "accept_order")
    sync.answered([Answer(id=made, n=1, outcome=Outcome.PARKED, code="move_not_allowed")])
    values = {"id": made, "branch_id": kit.BRANCH, "place_id": kit.STATION, "device_id": kit.DEVICE, "n": 1}
    parked = ParkedOperation(
        **values, version=1, action="accept_order", person_id=kit.WANG, made_at=kit.NOW, code="move_not_allowed"
    )
    kit.page(sync, kit.lines([parked], seq=50))
    assert sync.counts().parked == 1
    kit.page(sync, kit.lines([msgspec.structs.replace(parked, version=2, state="withdrawn")], seq=51))
    assert sync.counts().parked == 0
    assert columns(store, made).outcome == "withdrawn"


def chain(store: Store) -> list[Any]:
    with store.reading() as rows:
        return list(rows.connection.execute(select(operation).order_by(operation.c.position)))


def test_a_new_epoch_numbers_what_hq_has_not_received_anew(store: Store, sync: SyncStore) -> None:
    kept = act(store, "accept_order")
    sync.answered([answer(kept, at=1)])
    waiting = [act(store, "add_note", text=text) for text in "ab"]
    greeted = sync.greeted(kit.hello_reply(kit.SCOPE, epoch=2, received=(7, "f" * 64)), 0)
    assert greeted.numbered_anew == 2
    prev = "f" * 64
    for n, found in enumerate(chain(store)[1:], 8):
        made = decode_operation(found.body)
        assert (made.epoch, made.n, made.prev, made.id) == (2, n, prev, waiting[n - 8])
        prev = body_hash(found.body)
    assert act(store, "add_note", text="c") and decode_operation(chain(store)[-1].body).n == 10
    assert decode_operation(chain(store)[-1].body).prev == prev


def test_a_restored_hq_gets_again_what_it_has_lost_and_local_rows_follow_it(store: Store, sync: SyncStore) -> None:
    made = act(store, "accept_order")
    sync.answered([answer(made, at=60)])
    accepted = kit.order(version=2, state=State.ACCEPTED, technician_id=kit.WANG)
    kit.page(sync, kit.lines([accepted], seq=60))
    greeted = sync.greeted(kit.hello_reply(kit.SCOPE, "reference", received=(0, GENESIS), inc="b"), 0)
    assert greeted.asked_again == 1
    assert sync.cursors() == {kit.SCOPE: 0, "reference": 0}
    assert sync.counts().pending == 1
    old = [*kit.people(), kit.order(version=1)]  # the unit was made after HQ's backup
    kit.page(sync, kit.lines(kit.reference()), scope="reference", incarnation="b")
    kit.page(sync, kit.lines(old), incarnation="b")
    assert order(store).state is State.ACCEPTED, "the operation that HQ lost is replayed on the older row"
    assert order(store).version == 1
    assert row(store, OrderUnit, kit.UNIT) is None
    with store.reading() as rows:
        assert rows.connection.execute(select(func.count()).select_from(seen)).scalar_one() > 0
    epoch, again = sync.unsent(10, 10_000)
    assert (epoch, [decode_operation(found.body).id for found in again]) == (1, [made])


def test_a_batch_is_bounded_by_count_and_bytes_but_never_empty(store: Store, sync: SyncStore) -> None:
    for text in "abcd":
        act(store, "add_note", text=text * 1000)
    assert len(sync.unsent(3, 10**6)[1]) == 3
    assert len(sync.unsent(3, 1)[1]) == 1
    assert [decode_operation(found.body).n for found in sync.unsent(10, 5_000)[1]] == [1, 2]


def test_answered_operations_go_after_ninety_days(store: Store, sync: SyncStore) -> None:
    made = act(store, "accept_order")
    act(store, "add_note", text="unanswered")
    sync.answered([answer(made, Outcome.PARKED)])
    sync.finished(kit.NOW.replace(month=5))
    assert len(chain(store)) == 2
    sync.finished(kit.NOW.replace(month=7))
    assert [found.state for found in chain(store)] == ["pending"]
