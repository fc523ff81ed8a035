"""Operations up: each exactly once, one by one judged, the rest never held up by one of them."""

import threading

import msgspec
import pytest

from core.contract import codec
from core.contract.messages import MAX_EPOCH, Hello, Outcome
from core.ids import new_id
from core.operations.operation import GENESIS, SCHEMA, SignedOperation, body_hash, encode
from core.roles import Role
from core.rows.orders import Note, OrderUnit, WorkOrder
from core.rows.people import Person
from core.rows.sync import Conflict, ParkedOperation, Task
from core.work_order import State
from hq.feed import work
from hq.identity import revoke
from tests.integration.device import NOW, TestDevice, touch
from tests.unit import world


def test_an_operation_takes_effect_and_says_where_it_shows(hq):
    device = hq.device()
    answer = device.one(device.note("Panel cracked"))
    assert answer.outcome is Outcome.APPLIED
    assert [note.text for note in hq.rows(Note)] == ["Panel cracked"]
    lines, _ = device.pull(after=answer.seq[f"place/{world.STATION}"] - 2)
    assert {line.entity for line in lines} == {"note", "timeline_entry"}
    assert device.get(f"/v1/ops/{answer.id}").json()["outcome"] == "applied"


def test_a_push_sent_twice_counts_once_and_is_answered_alike(hq):
    device = hq.device()
    batch = [device.note("one"), device.note("two")]
    first, second = device.push(*batch), device.push(*batch)
    assert first == second
    assert len(hq.rows(Note)) == 2


def test_the_same_push_twice_at_once_counts_once(hq):
    device = hq.device()
    batch = [device.note(str(number)) for number in range(5)]
    replies = []
    threads = [threading.Thread(target=lambda: replies.append(device.push(*batch))) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert replies[0] == replies[1] == replies[2]
    assert len(hq.rows(Note)) == 5


def test_stations_of_one_branch_push_at_once_and_none_waits_for_ever(hq):
    devices = [hq.device(), hq.device(), hq.device(world.BRANCH)]
    users = [world.TECHNICIAN, world.LEAD, world.MANAGER]
    outcomes = []

    def push(device, user) -> None:
        for number in range(4):
            reply = device.push(device.note(f"{user} {number}", user=user), device.note("more", user=user))
            outcomes.extend(answer.outcome for answer in reply.answers)

    threads = [threading.Thread(target=push, args=pair) for pair in zip(devices, users, strict=True)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert outcomes == [Outcome.APPLIED] * 24
    assert len(hq.rows(Note)) == 24


def test_after_a_lost_reply_the_rest_is_taken_and_the_known_answered(hq):
    device = hq.device()
    sent = device.note("arrived, reply lost")
    lost = device.push(sent)
    reply = device.push(sent, device.note("new"))
    assert [answer.n for answer in reply.answers] == [1, 2]
    assert reply.answers[0] == lost.answers[0]
    assert sorted(note.text for note in hq.rows(Note)) == ["arrived, reply lost", "new"]


def test_a_gap_stops_the_batch_and_tells_how_far_hq_has_come(hq):
    device = hq.device()
    device.push(device.note("1"))
    missing = device.note("2")
    third = device.note("3")
    reply = device.push(third)
    assert (reply.answers, reply.received_n, reply.epoch) == ((), 1, 1)
    assert [answer.n for answer in device.push(missing, third).answers] == [2, 3]


def test_a_restored_backup_gets_a_new_epoch_that_begins_at_the_last_hash(hq):
    device = hq.device()
    device.push(device.note("before the backup"))
    backup = (device.chain.n, device.chain.last)
    lost = device.note("after the backup")
    device.push(lost)
    device.chain.n, device.chain.last = backup
    unsent = device.make("add_note", {"order_id": world.ORDER, "text": "made on the restored disk"})
    reply = device.push(device.signed(encode(unsent)))
    assert (reply.epoch, reply.received_n, reply.received_hash, reply.answers) == (2, 2, body_hash(lost.body), ())
    device.chain.epoch, device.chain.n, device.chain.last = reply.epoch, reply.received_n, reply.received_hash
    renumbered = msgspec.structs.replace(unsent, epoch=2, n=3, prev=reply.received_hash)
    assert device.one(device.signed(encode(renumbered))).outcome is Outcome.APPLIED
    assert len(hq.rows(Note)) == 3


def test_a_chain_whose_past_was_changed_is_a_fork(hq):
    device = hq.device()
    device.push(device.note("1"))
    device.chain.last = GENESIS
    reply = device.push(device.note("2, after another past"))
    assert (reply.epoch, reply.received_n, reply.answers) == (2, 1, ())


def test_no_device_is_brought_to_an_epoch_that_it_could_not_tell(hq):
    device = hq.device()
    said = Hello(epoch=MAX_EPOCH, last_n=0, last_hash=GENESIS, schema=SCHEMA, clock=NOW)
    answer = device.client.post("/v1/hello", content=codec.encode(said), headers=device.headers)
    assert (answer.status_code, answer.json()["code"]) == (400, "body_invalid")
    assert device.hello(epoch=MAX_EPOCH - 1).epoch == MAX_EPOCH
    assert device.hello().epoch == MAX_EPOCH


def test_what_was_taken_before_a_fork_in_the_same_push_stays_in_its_epoch(hq):
    from sqlalchemy import select

    from hq.store.schema import inbox

    device = hq.device()
    first = device.note("1")
    device.chain.last = GENESIS
    forked = device.note("2, after another past")
    reply = device.push(first, forked)
    assert (reply.epoch, reply.received_n, len(reply.answers)) == (2, 1, 1)
    with hq.store.reading() as connection:
        assert connection.execute(select(inbox.c.epoch, inbox.c.n)).all() == [(1, 1)]
    assert device.push(first, forked, epoch=1).answers == reply.answers


def test_an_unreadable_operation_of_an_earlier_epoch_is_not_taken(hq):
    device = hq.device()
    device.push(device.note("1"))
    assert device.hello(last_n=0).epoch == 2
    reply = device.push(device.signed("unreadable"), epoch=1)
    assert (reply.epoch, reply.received_n, reply.answers) == (2, 1, ())


def test_an_operation_known_by_its_id_is_not_done_again_under_a_new_number(hq):
    device = hq.device()
    made = device.make("add_note", {"order_id": world.ORDER, "text": "once"})
    first = device.one(device.signed(encode(made)))
    again = msgspec.structs.replace(made, n=2, prev=device.chain.last)
    second = device.one(device.signed(encode(again)))
    assert (second.id, second.n, second.outcome) == (first.id, 2, Outcome.APPLIED)
    assert len(hq.rows(Note)) == 1


@pytest.mark.parametrize(
    "poison",
    [
        "not json at all",
        "{}",
        "\x00",
        '{"id": "' + "\\u0000" + '"}',
        "[" * 2_000,
        '{"n": 1e400}',
    ],
)
def test_an_unreadable_operation_waits_and_the_rest_goes_on(hq, poison):
    device = hq.device()
    before = device.note("before")
    bad = device.signed(poison)
    after = device.note("after")
    reply = device.push(before, bad, after)
    assert [answer.outcome for answer in reply.answers] == [Outcome.APPLIED, Outcome.PARKED, Outcome.APPLIED]
    assert reply.answers[1].code == "operation_invalid"
    assert device.push(before, bad, after) == reply
    assert len(hq.rows(Note)) == 2


@pytest.mark.parametrize(
    ("action", "args", "code"),
    [
        ("add_note", {"order_id": world.ORDER, "text": "\x00"}, "operation_invalid"),
        ("add_note", {"order_id": world.ORDER, "text": "\ud7ff" * 4001}, "arguments_invalid"),
        ("no\x00such", {}, "operation_invalid"),
        ("no_such", {}, "action_unknown"),
        ("add_note", {"order_id": 2**70, "text": "x"}, "arguments_invalid"),
        ("add_note", {"order_id": new_id(), "text": "x"}, "order_unknown"),
    ],
)
def test_what_can_not_be_right_is_parked_with_its_reason(hq, action, args, code):
    device = hq.device()
    reply = device.push(device.do(action, args), device.note("good"))
    assert [(answer.outcome, answer.code) for answer in reply.answers] == [
        (Outcome.PARKED, code),
        (Outcome.APPLIED, None),
    ]
    (parked,) = hq.rows(ParkedOperation)
    assert (parked.code, parked.place_id, parked.state) == (code, world.STATION, "open")


def test_a_defect_in_one_operation_parks_it_alone(hq, monkeypatch):
    from core.operations import add_note, kernel

    def broken(args, operation, rows):
        if args.text == "bad":
            raise ZeroDivisionError
        add_note.replay(args, operation, rows)

    broken_action = kernel.Action("add_note", add_note.AddNote, add_note.ACTION.roles, add_note.ACTION.nature, broken)
    monkeypatch.setitem(__import__("core.operations").operations.ACTIONS, "add_note", broken_action)
    device = hq.device()
    reply = device.push(device.note("good"), device.note("bad"), device.note("also good", order_id=world.ORDER))
    assert [answer.code for answer in reply.answers] == [None, "operation_failed", "waits_behind"]
    assert [note.text for note in hq.rows(Note)] == ["good"]


def test_what_waits_holds_back_only_the_same_order_until_it_is_withdrawn(hq):
    other = new_id()
    with work(hq.store) as doing:
        doing.rows(world.BRANCH).put(world.an_order(id=other, number="SZ-2"))
    device = hq.device()
    refused = device.do("complete_order", {"order_id": world.ORDER}, touches=(touch("work_order", world.ORDER, 1),))
    behind, free = device.note("behind"), device.note("free", order_id=other)
    reply = device.push(refused, behind, free)
    assert [(answer.outcome, answer.code) for answer in reply.answers] == [
        (Outcome.PARKED, "move_not_allowed"),
        (Outcome.PARKED, "waits_behind"),
        (Outcome.APPLIED, None),
    ]
    assert [note.text for note in hq.rows(Note)] == ["free"]
    answer = device.one(device.do("withdraw_operation", {"operation_id": reply.answers[0].id}, user=world.LEAD))
    assert answer.outcome is Outcome.APPLIED
    assert sorted(note.text for note in hq.rows(Note)) == ["behind", "free"]
    assert {row.id: row.state for row in hq.rows(ParkedOperation)} == {
        reply.answers[0].id: "withdrawn",
        reply.answers[1].id: "resolved",
    }
    states = [device.get(f"/v1/ops/{one.id}").json()["outcome"] for one in reply.answers]
    assert states == ["withdrawn", "applied", "applied"]


def test_another_device_is_not_held_back(hq):
    first, second = hq.device(), hq.device()
    first.push(first.do("complete_order", {"order_id": world.ORDER}, touches=(touch("work_order", world.ORDER, 1),)))
    assert second.one(second.note("goes on")).outcome is Outcome.APPLIED


def test_the_work_of_a_revoked_device_is_kept_for_a_person(hq):
    from hq.inbox import release

    device = hq.device()
    with hq.store.writing() as connection:
        revoke(connection, device.id, NOW)
    answer = device.one(device.note("honest work"))
    assert (answer.outcome, answer.code) == (Outcome.QUARANTINED, "device_revoked")
    assert hq.rows(Note) == []
    assert device.get("/v1/pull", scope="reference").json()["code"] == "device_revoked"
    assert release(hq.store, world.BRANCH, answer.id).outcome is Outcome.RESOLVED
    assert [note.text for note in hq.rows(Note)] == ["honest work"]


def test_only_what_waits_can_be_let_through_and_only_when_it_fits(hq):
    from core.refusals import Refusal
    from hq.inbox import release

    device = hq.device()
    applied = device.one(device.note("applied"))
    refused = device.one(device.do("complete_order", {"order_id": world.ORDER}))
    for op_id, code in (
        (applied.id, "operation_not_parked"),
        (refused.id, "move_not_allowed"),
        (new_id(), "operation_unknown"),
    ):
        with pytest.raises(Refusal, match=code):
            release(hq.store, world.BRANCH, op_id)
    assert hq.rows(ParkedOperation)[0].state == "open"


def test_the_work_of_a_person_who_left_is_kept_for_a_person(hq):
    with work(hq.store) as doing:
        rows = doing.rows(world.BRANCH)
        rows.put(msgspec.structs.replace(rows.get(Person, world.TECHNICIAN), active=False))
    device = hq.device()
    answer = device.one(device.note("made before"))
    assert (answer.outcome, answer.code) == (Outcome.QUARANTINED, "person_inactive")


@pytest.mark.parametrize(
    ("action", "args", "user", "code"),
    [
        (
            "dispatch_order",
            {"order_id": world.ORDER, "station_id": world.STATION},
            world.TECHNICIAN,
            "role_not_allowed",
        ),
        ("add_note", {"order_id": world.ORDER, "text": "x"}, world.MANAGER, "person_unknown"),
        ("add_note", {"order_id": world.ORDER, "text": "x"}, new_id(), "person_unknown"),
    ],
)
def test_a_person_does_only_what_their_role_at_this_place_allows(hq, action, args, user, code):
    device = hq.device()
    answer = device.one(device.do(action, args, user=user))
    assert (answer.outcome, answer.code) == (Outcome.PARKED, code)


def test_the_orders_of_other_stations_and_branches_can_not_be_touched(hq):
    theirs, far, missing = new_id(), new_id(), new_id()
    with work(hq.store) as doing:
        doing.rows(world.BRANCH).put(world.an_order(id=theirs, station_id=world.OTHER_STATION))
        doing.rows(world.OTHER_BRANCH).put(world.an_order(id=far, branch_id=world.OTHER_BRANCH, station_id=None))
    device = hq.device()
    reply = device.push(
        device.note("x", order_id=theirs),
        device.note("x", order_id=missing),
        device.note("x", order_id=far, branch_id=world.OTHER_BRANCH),
    )
    assert [answer.code for answer in reply.answers] == ["not_your_place", "order_unknown", "not_your_place"]
    assert hq.rows(Note) == hq.rows(Note, world.OTHER_BRANCH) == []


def test_an_operation_in_the_name_of_another_place_is_parked(hq):
    device = hq.device()
    answer = device.one(device.note(place=world.BRANCH, user=world.MANAGER))
    assert (answer.outcome, answer.code) == (Outcome.PARKED, "not_your_place")


def test_a_wrong_signature_is_refused_and_what_stands_before_it_is_taken(hq):
    device, thief = hq.device(), hq.device()
    good = device.note("good")
    forged = SignedOperation(body=(body := device.note("forged").body), signature=thief.sign(body))
    reply = device.push(good, forged)
    assert [answer.outcome for answer in reply.answers] == [Outcome.APPLIED]
    refused = device.send([forged])
    assert (refused.status_code, refused.json()["code"]) == (403, "signature_invalid")
    assert [note.text for note in hq.rows(Note)] == ["good"]


def test_a_fact_that_does_not_fit_is_stored_and_opens_a_task(hq):
    with work(hq.store) as doing:
        rows = doing.rows(world.BRANCH)
        rows.put(msgspec.structs.replace(rows.get(WorkOrder, world.ORDER), state=State.CANCELLED))
    device = hq.device()
    args = {"order_id": world.ORDER, "unit_id": world.UNIT, "part_id": world.PART}
    answer = device.one(device.do("use_part", args))
    assert answer.outcome is Outcome.APPLIED
    (task,) = hq.rows(Task)
    assert (task.kind, task.facts["code"], task.order_id) == ("fact_does_not_fit", "move_not_allowed", world.ORDER)


def test_the_same_field_changed_by_two_sides_becomes_a_conflict_with_both_values(hq):
    device, colleague = hq.device(), hq.device()
    base = {f"order_unit/{world.UNIT}": {"model": None, "serial": None}}
    identify = {"order_id": world.ORDER, "unit_id": world.UNIT, "model": world.MODEL, "source": "typed"}
    assert device.one(device.do("identify_unit", identify | {"serial": "AAAA1"}, base=base)).outcome is Outcome.APPLIED
    second = colleague.do("identify_unit", identify | {"serial": "BBBB2"}, base=base)
    assert colleague.one(second).outcome is Outcome.CONFLICT
    (conflict,) = hq.rows(Conflict)
    assert (conflict.field, conflict.hq_value, conflict.place_value) == ("serial", "AAAA1", "BBBB2")
    assert hq.rows(OrderUnit)[0].serial == "AAAA1"
    picked = device.do("pick_value", {"conflict_id": conflict.id, "value": "BBBB2"}, user=world.LEAD)
    assert device.one(picked).outcome is Outcome.APPLIED
    assert (hq.rows(Conflict)[0].state, hq.rows(OrderUnit)[0].serial) == ("picked", "BBBB2")


def test_a_row_that_others_moved_on_is_merged_and_ones_own_is_not(hq):
    device, colleague = hq.device(), hq.device()
    booking = {"order_id": world.ORDER, "begins_at": "2026-11-21T02:00:00Z", "ends_at": "2026-11-21T03:00:00Z"}
    seen = (touch("work_order", world.ORDER, 1),)
    assert device.one(device.do("book_visit", booking, touches=seen)).outcome is Outcome.APPLIED
    assert device.one(device.do("start_work", {"order_id": world.ORDER}, touches=seen)).outcome is Outcome.APPLIED
    late = colleague.do("wait_for_parts", {"order_id": world.ORDER}, touches=seen)
    assert colleague.one(late).outcome is Outcome.MERGED


def test_a_clerk_receives_the_old_part_of_a_branch_that_is_not_the_warehouse_s(hq):
    station, clerk = hq.device(), hq.device(world.WAREHOUSE)
    args = {"order_id": world.ORDER, "unit_id": world.UNIT, "part_id": world.PART}
    assert station.one(station.do("use_part", args)).outcome is Outcome.APPLIED
    from core.rows.parts import AccountEntry, OldPart

    (old,) = hq.rows(OldPart)
    tagged = station.do("tag_old_part", {"order_id": world.ORDER, "old_part_id": old.id, "no_serial": True})
    assert station.one(tagged).outcome is Outcome.APPLIED
    receipt = clerk.do("receive_old_part", {"old_part_id": old.id}, user=world.CLERK, branch_id=world.BRANCH)
    answer = clerk.one(receipt)
    assert (answer.outcome, answer.code) == (Outcome.APPLIED, None)
    assert [entry.kind for entry in hq.rows(AccountEntry)] == ["write_off"]
    assert ("old_part", old.id) in clerk.everything()


def test_people_have_the_roles_the_tests_think_they_have(hq):
    (technician,) = hq.rows(Person, id=world.TECHNICIAN)
    assert technician.roles == (Role.TECHNICIAN,)


def test_a_push_that_is_too_large_or_not_json_is_refused(hq):
    device = hq.device()
    large = device.client.post("/v1/push", content=b" " * (3 * 1024 * 1024), headers=device.headers)
    assert (large.status_code, large.json()["code"]) == (413, "body_too_large")
    broken = device.client.post("/v1/push", content=b"{", headers=device.headers)
    assert (broken.status_code, broken.json()["code"]) == (400, "body_invalid")


def test_a_device_that_is_not_enrolled_pushes_nothing(hq):
    stranger = TestDevice(hq.client, id=new_id())
    assert stranger.send([]).status_code == 401
