"""A push is judged in memory and written at its end: nobody can tell, and one bad row never costs the others."""

import random
import string

import msgspec
import pytest
from sqlalchemy import event, select

import core.operations
from core.contract.messages import Outcome
from core.ids import derive
from core.operations import add_note, kernel
from core.operations.operation import SignedOperation
from core.operations.orders import change, order_of
from core.rows.orders import Note, WorkOrder
from core.rows.sync import ParkedOperation
from hq.feed import work
from hq.store.schema import TABLES
from tests.integration.device import NOW, touch
from tests.unit import world

BAD = {"too large": {"reminders": 2**70}, "no text": {"fault_report": "\ud800"}}


@pytest.fixture(params=BAD)
def writes_what_no_column_takes(request, monkeypatch):
    """A note ``bad`` whose replay the rules let through, and the database does not."""
    _let_bad_notes_write(monkeypatch, **BAD[request.param])


def _let_bad_notes_write(monkeypatch, **fields) -> None:
    def broken(args, operation, rows):
        add_note.replay(args, operation, rows)
        if args.text == "bad":
            change(rows, order_of(rows, args.order_id), **fields)

    action = kernel.Action("add_note", add_note.AddNote, add_note.ACTION.roles, add_note.ACTION.nature, broken)
    monkeypatch.setitem(core.operations.ACTIONS, "add_note", action)


def another_order(label: str) -> WorkOrder:
    return world.an_order(id=world.an_id(label), number=label)


def add_orders(hq, *labels: str) -> list[str]:
    with work(hq.store) as doing:
        doing.add_new(another_order(label) for label in labels)
    return [world.an_id(label) for label in labels]


@pytest.mark.usefixtures("writes_what_no_column_takes")
def test_a_row_that_the_database_does_not_take_parks_its_operation_alone(hq):
    (other,) = add_orders(hq, "other")
    device = hq.device()
    batch = [device.note("good"), device.note("bad", order_id=other), device.note("also good")]
    reply = device.push(*batch)
    assert [(answer.outcome, answer.code) for answer in reply.answers] == [
        (Outcome.APPLIED, None),
        (Outcome.PARKED, "operation_failed"),
        (Outcome.APPLIED, None),
    ]
    assert sorted(note.text for note in hq.rows(Note)) == ["also good", "good"]
    assert hq.rows(WorkOrder, id=other) == [msgspec.structs.replace(another_order("other"), version=1)]
    assert [parked.id for parked in hq.rows(ParkedOperation)] == [reply.answers[1].id]
    assert device.push(*batch) == reply
    assert device.one(device.note("the chain goes on")).outcome is Outcome.APPLIED


def test_a_text_too_long_for_an_index_parks_its_operation_alone(hq, monkeypatch):
    """To PostgreSQL it is no wrong value but a limit, which sounds as if the database were ill; SQLite takes it."""
    _let_bad_notes_write(monkeypatch, number="".join(random.Random(1).choices(string.ascii_lowercase, k=9_000)))
    device = hq.device()
    reply = device.push(device.note("good"), device.note("bad"))
    taken = None if hq.store.is_sqlite else "operation_failed"
    assert [answer.code for answer in reply.answers] == [None, taken]


def test_a_wrong_signature_far_behind_lets_everything_before_it_through(hq):
    device = hq.device()
    batch = [device.note(str(number)) for number in range(300)]
    forged = SignedOperation(body=batch[250].body, signature=batch[249].signature)
    reply = device.push(*batch[:250], forged, *batch[251:])
    assert (len(reply.answers), reply.received_n) == (250, 250)
    assert device.push(*batch[250:]).received_n == 300
    assert len(hq.rows(Note)) == 300


def test_what_a_device_made_and_changed_before_it_saw_it_again_was_changed_by_nobody_else(hq):
    device = hq.device()
    begins = NOW.isoformat()
    times = {"order_id": world.ORDER, "begins_at": begins, "ends_at": "2030-01-01T00:00:00Z"}
    made = device.make("book_visit", times)
    visit = touch("visit", derive(made.id, "visit"))
    assert device.one(device.do("book_visit", times, id=made.id, touches=(visit,))).outcome is Outcome.APPLIED
    started = device.do("start_work", {"order_id": world.ORDER}, touches=(visit,))
    assert device.one(started).outcome is Outcome.APPLIED


def test_many_operations_cost_few_statements(hq):
    orders = add_orders(hq, *(f"order {number}" for number in range(20)))
    device = hq.device()
    batch = [_telling_note(device, order_id) for order_id in orders for _ in range(10)]
    statements = []
    event.listen(hq.store.engine, "before_cursor_execute", lambda *given: statements.append(given[2]))
    assert len(device.push(*batch).answers) == 200
    assert len(statements) < 60


def _telling_note(device, order_id: str) -> SignedOperation:
    """As a station makes it: it tells the rows it wrote."""
    made = device.make("add_note", {})
    rows = tuple(
        touch(kind, derive(made.id, label)) for kind, label in {"note": "note", "timeline_entry": "timeline"}.items()
    )
    return device.note("x", order_id=order_id, id=made.id, touches=rows)


def test_the_connection_shows_what_was_put_and_what_was_put_back(hq):
    text, orders = TABLES[WorkOrder].c.fault_report, TABLES[WorkOrder]
    asked = select(text).where(orders.c.id == world.ORDER)
    with work(hq.store) as doing:
        rows = doing.rows(world.BRANCH)
        order = rows.get(WorkOrder, world.ORDER)
        rows.put(msgspec.structs.replace(order, fault_report="changed"))
        assert doing.connection.execute(asked).scalar_one() == "changed"
        rows.put(order)
    assert hq.rows(WorkOrder) == [order]


def test_rows_that_were_added_in_bulk_are_found_though_they_were_missed_before(hq):
    new = another_order("new")
    with work(hq.store) as doing:
        rows = doing.rows(world.BRANCH)
        assert (rows.get(WorkOrder, new.id), rows.find(WorkOrder, number="new")) == (None, [])
        doing.add_new([new])
        assert [row.id for row in rows.find(WorkOrder, number="new")] == [new.id]
        assert rows.get(WorkOrder, new.id) is not None


@pytest.mark.parametrize("seed", range(8))
def test_rows_not_yet_written_are_found_as_if_they_were(hq_store, seed):
    """Against a dictionary: trials that succeed and fail, rows that move between what is asked for."""
    dice = random.Random(seed)
    ids, orders = [world.an_id(f"note {i}") for i in range(6)], [world.an_id(f"order {i}") for i in range(3)]
    truth: dict[str, Note] = {}
    for _ in range(3):
        with work(hq_store) as doing:
            if dice.random() < 0.5:
                doing.seen.expect(world.BRANCH, Note, ids)
                doing.seen.expect_orders(world.BRANCH, orders)
            for _ in range(12):
                _try(doing, dice, ids, orders, truth)
                rows = doing.rows(world.BRANCH) if dice.random() < 0.5 else doing.view(world.BRANCH)
                _compare(rows, dice, ids, orders, truth)
                if dice.random() < 0.1:
                    assert doing.connection.execute(select(TABLES[Note].c.id)).all() is not None
                if dice.random() < 0.1:
                    doing.stamp()


def _try(doing, dice, ids, orders, truth) -> None:
    fails, then = dice.random() < 0.3, dict(truth)
    try:
        with doing.trial(world.BRANCH) as rows:
            for _ in range(dice.randint(0, 3)):
                note = _note(dice.choice(ids), dice.choice(orders), dice.choice("ab"))
                rows.put(note)
                then[note.id] = note
                _compare(rows, dice, ids, orders, then)
            if fails:
                raise ZeroDivisionError
    except ZeroDivisionError:
        return
    truth.update(then)


def _note(note_id: str, order_id: str, text: str) -> Note:
    own = {"branch_id": world.BRANCH, "station_id": world.STATION}
    return Note(id=note_id, **own, order_id=order_id, text=text, made_by=world.LEAD, made_at=NOW)


def _compare(rows, dice, ids, orders, truth) -> None:
    one = dice.choice(ids)
    assert _bare(rows.get(Note, one)) == truth.get(one)
    equal = dice.choice([{"order_id": dice.choice(orders)}, {"text": dice.choice("ab")}])
    if dice.random() < 0.3:
        equal = {"text": "a", "order_id": dice.choice(orders)}
    expected = [truth[key] for key in sorted(truth) if all(getattr(truth[key], n) == v for n, v in equal.items())]
    assert [_bare(row) for row in rows.find(Note, **equal)] == expected


def _bare(row: Note | None) -> Note | None:
    return row and msgspec.structs.replace(row, version=0)
