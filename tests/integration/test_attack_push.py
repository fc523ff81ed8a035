"""A device that lies: what it may not gain by operations that an honest station would never send."""

import re
from collections.abc import Iterator
from datetime import UTC, date, datetime
from pathlib import Path

import msgspec
import pytest

from core.contract.messages import Outcome
from core.ids import derive, new_id
from core.judging import judge_unit
from core.operations.operation import SignedOperation, encode
from core.roles import Role
from core.rows.orders import Note, Quotation, UnitVerdict, WorkOrder
from core.rows.parts import AccountEntry, OldPart, OldPartState
from core.rows.people import Credential
from core.rows.sync import Conflict
from core.warranty import Outcome as Verdicts
from core.work_order import State
from hq.feed import work
from tests.integration.device import NOW, TestDevice, enrol_code
from tests.integration.hq_world import Headquarters, headquarters
from tests.integration.templates import hq_store
from tests.unit import world

VERIFIERS = ["$argon2id$v=19$m=65536,t=3,p=4$c29tZXNhbHRzb21lc2FsdA$" + letter * 43 for letter in "AB"]
ORDER = {"order_id": world.ORDER}
KEY = f"work_order/{world.ORDER}"
STRANGER = world.an_id("a technician of another station")


@pytest.fixture
def on_sqlite(tmp_path: Path) -> Iterator[Headquarters]:
    store = hq_store(tmp_path / "hq.db")
    working = world.an_order(state=State.IN_PROGRESS, started_at=NOW)
    with headquarters(store, tmp_path / "data", working) as reached:
        yield reached
    store.close()


def order_of(hq: Headquarters) -> WorkOrder:
    (order,) = hq.rows(WorkOrder, id=world.ORDER)
    return order


def with_time(device: TestDevice, moment: str) -> SignedOperation:
    body = encode(device.make("add_note", {**ORDER, "text": "x"}))
    return device.signed(re.sub(r'"made_at":"[^"]*"', f'"made_at":"{moment}"', body))


@pytest.mark.parametrize("moment", ["0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-14:00"])
def test_a_time_outside_the_calendar_parks_its_operation_and_holds_back_nothing(hq, moment):
    device = hq.device()
    bad, good = device.push(with_time(device, moment), device.note("after it")).answers
    assert (bad.outcome, bad.code, good.outcome) == (Outcome.PARKED, "operation_invalid", Outcome.APPLIED)


@pytest.mark.parametrize("field", ["invoice_date", "installation_date"])
def test_a_date_outside_the_calendar_reaches_no_row(on_sqlite, field):
    device = on_sqlite.device()
    answer = device.one(device.do("record_documents", {**ORDER, "unit_id": world.UNIT, field: "0001-01-01"}))
    assert (answer.outcome, answer.code) == (Outcome.PARKED, "operation_invalid")


@pytest.mark.parametrize(
    ("changes", "status"),
    [
        ({"clock": "9999-12-31T23:59:59-14:00"}, 200),
        ({"clock": "0001-01-01T00:00:00+14:00"}, 200),
        ({"app_version": "1\0"}, 200),
        ({"cursors": {"\0": 2**70}}, 400),
        ({"cursors": {"\0": 2**50}}, 200),
        ({"epoch": 2**31 - 1}, 400),
        ({"epoch": 2**70}, 400),
        ({"epoch": -5}, 400),
        ({"last_n": 2**64}, 400),
        ({"last_hash": "x"}, 400),
    ],
)
def test_a_hello_that_no_device_says_is_no_defect(hq, changes, status):
    device = hq.device()
    said = {"epoch": 1, "last_n": 0, "last_hash": "0" * 64, "schema": 1, "clock": "2026-11-20T00:00:00Z"}
    answer = device.client.post("/v1/hello", json=said | changes, headers=device.headers)
    assert answer.status_code == status, answer.text
    assert device.one(device.note()).outcome is Outcome.APPLIED


def test_an_epoch_out_of_reach_is_refused(hq):
    assert hq.device().send([], epoch=2**31 - 1).status_code == 400


def test_a_device_name_with_control_characters_enrols(hq):
    device = TestDevice(hq.client)
    asked = {"code": enrol_code(hq.store, world.STATION, datetime.now(UTC)), "public_key": device.public_key}
    assert hq.client.post("/v1/enrol", json=asked | {"device_name": "a\0", "app_version": "\x1b"}).status_code == 200


def test_an_operation_s_id_that_is_none_is_refused(hq):
    device = hq.device()
    assert [device.client.get(f"/v1/ops/{one}", headers=device.headers).status_code for one in ("%00", "x")] == [
        400
    ] * 2


def test_another_station_s_answers_are_not_shown(on_sqlite):
    mine, other, branch = (on_sqlite.device(at) for at in (world.STATION, world.OTHER_STATION, world.BRANCH))
    answer = mine.one(mine.note())
    assert mine.get(f"/v1/ops/{answer.id}").status_code == 200
    assert branch.get(f"/v1/ops/{answer.id}").status_code == 200
    assert other.get(f"/v1/ops/{answer.id}").json()["code"] == "operation_unknown"


def put_order(hq: Headquarters, state: State) -> None:
    """HQ holds the order in this state."""
    with work(hq.store) as doing:
        rows = doing.rows(world.BRANCH)
        order = rows.get(WorkOrder, world.ORDER)
        assert order is not None
        rows.put(msgspec.structs.replace(order, state=state))


def contest(hq: Headquarters, device: TestDevice) -> Conflict:
    """The station claims to have begun work on an order that HQ holds as cancelled."""
    put_order(hq, State.CANCELLED)
    answer = device.one(device.do("start_work", ORDER, base={KEY: {"state": "accepted"}}))
    assert answer.outcome is Outcome.CONFLICT
    (conflict,) = hq.rows(Conflict, state="open")
    return conflict


def test_an_invented_state_makes_no_conflict_and_opens_nothing(on_sqlite):
    """The table of moves alone says what a state may become, whatever a device claims to have seen."""
    device = on_sqlite.device()
    answer = device.one(device.do("resume_work", ORDER, base={KEY: {"state": "waiting_parts"}}))
    assert (answer.outcome, answer.code) == (Outcome.PARKED, "move_not_allowed")
    assert on_sqlite.rows(Conflict) == []


@pytest.mark.parametrize("value", ["in_progress", "verified", "settled", "closed", "nonsense"])
def test_an_invented_conflict_does_not_open_any_state(on_sqlite, value):
    device, branch = on_sqlite.device(), on_sqlite.device(world.BRANCH)
    given = {"conflict_id": contest(on_sqlite, device).id, "value": value}
    picked = device.one(device.do("pick_value", given))
    assert (picked.outcome, picked.code) == (Outcome.PARKED, "pick_is_the_branchs")
    assert order_of(on_sqlite).state is State.CANCELLED
    if value != "in_progress":
        picked = branch.one(branch.do("pick_value", given, user=world.MANAGER))
        assert (picked.outcome, picked.code) == (Outcome.PARKED, "arguments_invalid")
        assert order_of(on_sqlite).state is State.CANCELLED


def test_an_old_conflict_does_not_take_an_order_back(on_sqlite):
    device, branch = on_sqlite.device(), on_sqlite.device(world.BRANCH)
    conflict = contest(on_sqlite, device)
    put_order(on_sqlite, State.CLOSED)
    given = {"conflict_id": conflict.id, "value": conflict.place_value}
    later = branch.one(branch.do("pick_value", given, user=world.MANAGER))
    assert (later.code, order_of(on_sqlite).state) == ("move_not_allowed", State.CLOSED)
    branch.one(branch.do("withdraw_operation", {"operation_id": later.id}, user=world.MANAGER))
    branch.one(branch.do("pick_value", given | {"value": conflict.hq_value}, user=world.MANAGER))
    assert (order_of(on_sqlite).state, on_sqlite.rows(Conflict, state="open")) == (State.CLOSED, [])


def test_an_order_that_a_place_never_had_is_not_contested_by_it(on_sqlite):
    """Claiming to have worked on another station's order makes neither a conflict nor a row of it."""
    other = on_sqlite.device(world.OTHER_STATION)
    with work(on_sqlite.store) as doing:
        stranger = world.person(STRANGER, world.OTHER_STATION, Role.TECHNICIAN)
        doing.rows(world.BRANCH).put(stranger)
    for action, more in (("start_work", {}), ("decline_order", {"reason": "x"}), ("add_note", {"text": "x"})):
        made = other.do(action, ORDER | more, user=STRANGER, base={KEY: {"state": "accepted"}})
        answer = other.one(made)
        assert (answer.outcome, answer.code) in ((Outcome.PARKED, "not_your_place"), (Outcome.PARKED, "waits_behind"))
    assert on_sqlite.rows(Conflict) == []


def test_two_passwords_at_once_show_no_verifier_to_the_branch(on_sqlite):
    device, branch = on_sqlite.device(), on_sqlite.device(world.BRANCH)
    own = f"credential/{world.TECHNICIAN}"
    for verifier in VERIFIERS:
        device.one(device.do("change_password", {"verifier": verifier}, base={own: {"verifier": "another"}}))
    assert on_sqlite.rows(Credential, id=world.TECHNICIAN)[0].verifier == VERIFIERS[1]
    assert on_sqlite.rows(Conflict) == []
    assert not any(b"argon2id" in bytes(line.row or b"") for line in branch.everything().values())


def test_a_password_is_changed_in_no_other_branch(on_sqlite):
    for place, user in ((world.STATION, world.TECHNICIAN), (world.WAREHOUSE, world.CLERK)):
        device = on_sqlite.device(place)
        args, elsewhere = {"verifier": VERIFIERS[0]}, world.OTHER_BRANCH
        answer = device.one(device.do("change_password", args, user=user, branch_id=elsewhere))
        assert (answer.outcome, answer.code) == (Outcome.PARKED, "not_your_place")
    assert on_sqlite.rows(Credential, branch=world.OTHER_BRANCH) == []


@pytest.mark.parametrize("user", [world.MANAGER, world.CLERK, new_id()])
def test_nobody_of_another_place_speaks_through_this_device(on_sqlite, user):
    device = on_sqlite.device()
    for place in (world.STATION, world.BRANCH):
        answer = device.one(device.do("add_note", {**ORDER, "text": "x"}, user=user, place=place))
        assert answer.outcome is Outcome.PARKED
        assert answer.code in ("person_unknown", "not_your_place")
        device.one(device.do("withdraw_operation", {"operation_id": answer.id}))
    assert on_sqlite.rows(Note) == []


def test_another_device_s_operation_is_not_taken(on_sqlite):
    device, thief = on_sqlite.device(), on_sqlite.device()
    operation = device.note("mine")
    assert thief.send([operation]).json()["code"] == "signature_invalid"
    again = SignedOperation(body=operation.body, signature=thief.sign(operation.body))
    assert thief.one(again).code == "not_your_place"
    assert device.one(operation).outcome is Outcome.APPLIED


def test_an_unsigned_quotation_completes_nothing(on_sqlite):
    device = on_sqlite.device()
    quotation = {"lines": [], "total_fen": 0, "price_list": "2026", "signed_by": "x", "signature_sha256": None}
    answer = device.one(device.do("sign_quotation", {**ORDER, **quotation}))
    assert (answer.outcome, answer.code) == (Outcome.APPLIED, None)
    assert [found.signature_sha256 for found in on_sqlite.rows(Quotation)] == [None]
    unit = {"unit_id": world.UNIT}
    serial = {"model": world.MODEL, "serial": world.SERIAL, "source": "typed"}
    device.one(device.do("identify_unit", {**ORDER, **unit, **serial}))
    judge(on_sqlite, device, world.TODAY)
    codes = {"condition": "1", "symptom": "111", "section": "PWR", "defect": "A", "repair": "A"}
    device.one(device.do("code_fault", {**ORDER, **unit, **codes}))
    done = device.one(device.do("complete_order", {**ORDER, "preview_fen": 10**9}))
    assert (done.outcome, done.code) == (Outcome.PARKED, "signature_missing")


def judge(hq: Headquarters, device: TestDevice, day: date) -> UnitVerdict:
    """Store the verdict that the station's rules give for ``day``."""
    rows = world.a_world(world.identified())
    (unit,) = rows.find(type(world.a_unit()), id=world.UNIT)
    verdict = judge_unit(world.an_order(), unit, rows, day)
    args = {**ORDER, "unit_id": world.UNIT, "day": day.isoformat(), "verdict": msgspec.to_builtins(verdict)}
    answer = device.one(device.do("judge_warranty", args))
    assert answer.outcome is Outcome.APPLIED, answer
    (stored,) = hq.rows(UnitVerdict, id=derive(answer.id, "verdict"))
    return stored


def test_a_verdict_for_a_day_long_past_is_not_believed(on_sqlite):
    device = on_sqlite.device()
    unit = {"unit_id": world.UNIT}
    serial = {"model": world.MODEL, "serial": world.SERIAL, "source": "typed"}
    device.one(device.do("identify_unit", {**ORDER, **unit, **serial}))
    papers = {"invoice_date": "2025-11-09", "invoice_number": "0123"}
    device.one(device.do("record_documents", {**ORDER, **unit, **papers}))
    stored = judge(on_sqlite, device, date(2026, 1, 10))
    assert stored.outcome == Verdicts.IN_WARRANTY
    assert stored.hq_outcome not in (None, stored.outcome)


def test_what_nobody_owed_is_taken_in_without_credit(tmp_path):
    old = OldPart(
        id=world.an_id("old"),
        branch_id=world.BRANCH,
        station_id=world.STATION,
        warehouse_id=world.WAREHOUSE,
        order_id=world.ORDER,
        part_line_id=world.an_id("line"),
        part_id=world.PART,
        tag="X",
        state=OldPartState.NOT_DUE,
    )
    store = hq_store(tmp_path / "hq.db")
    with headquarters(store, tmp_path / "data", old) as hq:
        clerk = hq.device(world.WAREHOUSE)
        clerk.one(clerk.do("receive_old_part", {"old_part_id": old.id}, user=world.CLERK, branch_id=world.BRANCH))
        assert [found.state for found in hq.rows(OldPart)] == [OldPartState.RECEIVED]
        assert hq.rows(AccountEntry) == []
    store.close()
