"""The self-check: whatever got lost or changed unseen in a device's rows is found, set right and reported."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import msgspec
import pytest
from sqlalchemy import RowMapping, delete, select, update

from app.offline_db.check_store import CheckStore
from app.offline_db.engine import reading, writing
from app.offline_db.schema import ROW_TABLES, cursor, set_aside
from app.sync import self_check
from app.sync.self_check import ScopeChecked
from app.sync.turn import Clocks, Syncer
from core.contract import codec, sums
from core.contract.messages import REFERENCE_SCOPE, Line, RangeEnd, ScopeSums, SumsReply
from core.refusals import Refusal
from core.rows.orders import Note, WorkOrder
from core.rows.reference import Part
from core.rows.sync import ParkedOperation
from core.work_order import State
from hq.cli.main import main
from hq.feed.sums import Adder
from hq.identity import new_incarnation
from hq.inbox.self_checks import explain, reports, unexplained
from tests.integration import station_kit as kit
from tests.integration.hq_kit import Device, Hq, Reply, Request, now, with_sample

ORDERS = [kit.named(f"order {n}") for n in range(40)]


@pytest.fixture
def hq(tmp_path: Path) -> Iterator[Hq]:
    with with_sample(tmp_path / "hq") as hq:
        hq.add([kit.order(one) for one in ORDERS])
        yield hq


@pytest.fixture
def device(hq: Hq, tmp_path: Path) -> Iterator[Device]:
    device = checking(Device(tmp_path / "device", hq))
    device.syncer.sync_once()
    device.wire.sent.clear()
    yield device
    device.close()


class Steady:
    """A steady clock that tests set."""

    def __init__(self) -> None:
        self.now = 0.0
        self.later = timedelta(0)


def checking(device: Device) -> Device:
    """The device with a syncer that checks, and clocks that can be put forward."""
    device.time = Steady()  # type: ignore[attr-defined]
    clocks = Clocks(lambda: now() + device.time.later, lambda: device.time.now)  # type: ignore[attr-defined]
    device.syncer = Syncer(device.sync_store, device.client, clocks, checks=CheckStore(device.store))
    return device


def put_forward(device: Device, by: timedelta) -> None:
    device.time.later += by  # type: ignore[attr-defined]
    device.time.now += by.total_seconds()  # type: ignore[attr-defined]


def checked(device: Device) -> dict[str, ScopeChecked]:
    return {one.scope: one for one in device.syncer.check_now()}


def aside(device: Device) -> list[RowMapping]:
    with reading(device.store.engine) as connection:
        return list(connection.execute(select(set_aside)).mappings())


def filed(hq: Hq) -> list[RowMapping]:
    with hq.store.reading() as connection:
        return list(reports(connection))


def lose(device: Device, *ids: str, kind: Any = WorkOrder) -> None:
    with writing(device.store.engine) as connection:
        connection.execute(delete(ROW_TABLES[kind]).where(ROW_TABLES[kind].c.id.in_(ids)))


def forge(device: Device, row_id: str, **values: Any) -> None:
    with writing(device.store.engine) as connection:
        connection.execute(update(ROW_TABLES[WorkOrder]).where(ROW_TABLES[WorkOrder].c.id == row_id).values(values))


def shows_the_same(hq: Hq, device: Device, ids: list[str]) -> bool:
    return all(device.row(WorkOrder, one) == hq.get(WorkOrder, one) for one in ids)


def test_equal_rows_are_equal_sums_and_no_report(hq: Hq, device: Device) -> None:
    found = checked(device)
    assert set(found) == {kit.SCOPE, REFERENCE_SCOPE}
    assert all(one.complete and not (one.missing or one.different or one.extra) for one in found.values())
    assert found[kit.SCOPE].rows >= len(ORDERS)
    assert filed(hq) == []
    assert not any(path == "/v1/check/rows" for path in device.wire.paths())


def test_lost_changed_and_invented_rows_are_set_right_and_reported(hq: Hq, device: Device) -> None:
    lose(device, *ORDERS[:3])
    forge(device, ORDERS[3], customer_phone="forged")
    forge(device, ORDERS[4], version=7)
    ghost = kit.order(kit.named("ghost"), version=3)
    with writing(device.store.engine) as connection:
        from rowstore.rows import to_columns

        connection.execute(ROW_TABLES[WorkOrder].insert(), to_columns(ghost))
    lose(device, "P1", kind=Part)
    found = checked(device)
    place = found[kit.SCOPE]
    assert (place.missing, place.different, place.extra, place.kept) == (3, 2, 1, 0)
    assert found[REFERENCE_SCOPE].missing == 1
    assert shows_the_same(hq, device, ORDERS)
    assert device.row(WorkOrder, ghost.id) is None
    kept = {one["row_id"]: msgspec.json.decode(one["payload"], type=WorkOrder) for one in aside(device)}
    assert kept[ghost.id] == ghost
    assert kept[ORDERS[3]].customer_phone == "forged"
    told = {one["scope"]: one for one in filed(hq)}
    assert told[kit.SCOPE]["found"]["missing"] == 3
    assert any(f"extra work_order/{ghost.id}" in one for one in told[kit.SCOPE]["found"]["examples"])
    assert all(one.missing + one.different + one.extra == 0 for one in checked(device).values())
    with hq.store.writing() as connection:
        assert unexplained(connection) == 2
        explain(connection, told[kit.SCOPE]["id"], "tried by hand")
        assert unexplained(connection) == 1
        with pytest.raises(Refusal):
            explain(connection, "nothing", "x")


def test_unsent_work_and_its_effects_stay_where_rows_are_set_right(hq: Hq, device: Device) -> None:
    device.store.record("add_note", {"order_id": ORDERS[0], "text": "unsent"}, kit.WANG)
    device.store.record("accept_order", {"order_id": ORDERS[0]}, kit.WANG)
    lose(device, ORDERS[1])
    before = kit.stored(device.store)
    with writing(device.store.engine) as connection:  # HQ's image below the local effects is wrong as well
        from app.offline_db.schema import shadow

        image = msgspec.json.encode(kit.order(ORDERS[0], customer_phone="forged"))
        connection.execute(update(shadow).where(shadow.c.row_id == ORDERS[0]).values(payload=image))
    found = checked(device)[kit.SCOPE]
    assert (found.missing, found.different, found.extra) == (1, 1, 0)
    accepted = device.row(WorkOrder, ORDERS[0])
    assert isinstance(accepted, WorkOrder)
    assert (accepted.state, accepted.customer_phone) == (State.ACCEPTED, "13800000000")
    assert [one["id"] for one in kit.stored(device.store)] == [one["id"] for one in before]
    with device.store.reading() as rows:
        assert [note.text for note in rows.find(Note)] == ["unsent"]
    assert device.syncer.sync_once().pending == 0
    assert shows_the_same(hq, device, ORDERS)


def test_a_row_hq_does_not_have_stays_while_unsent_work_lies_on_it(hq: Hq, device: Device) -> None:
    ghost = kit.order(kit.named("ghost"), version=3)
    with writing(device.store.engine) as connection:
        from rowstore.rows import to_columns

        connection.execute(ROW_TABLES[WorkOrder].insert(), to_columns(ghost))
    device.store.record("accept_order", {"order_id": ghost.id}, kit.WANG)
    found = checked(device)[kit.SCOPE]
    assert (found.extra, found.kept) == (0, 1)
    accepted = device.row(WorkOrder, ghost.id)
    assert isinstance(accepted, WorkOrder)
    assert accepted.state is State.ACCEPTED
    assert device.store.pending() == 1


def test_a_check_is_due_once_a_day_and_an_idle_sync_stays_one_round_trip(hq: Hq, device: Device) -> None:
    device.syncer.sync_once()
    assert device.wire.paths() == ["/v1/hello"]
    put_forward(device, timedelta(hours=19))
    device.syncer.sync_once()
    assert "/v1/check" not in device.wire.paths()
    put_forward(device, timedelta(hours=10))
    lose(device, ORDERS[0])
    device.wire.sent.clear()
    device.syncer.sync_once()
    assert device.wire.paths().count("/v1/check") == 2
    assert shows_the_same(hq, device, ORDERS)
    device.time.later -= timedelta(days=400)  # type: ignore[attr-defined]
    device.time.now += 3600  # type: ignore[attr-defined]
    device.wire.sent.clear()
    device.syncer.sync_once()
    assert "/v1/check" in device.wire.paths(), "a clock that was set back does not put it off"


def test_out_of_the_ordinary_a_check_is_due_at_once(hq: Hq, device: Device) -> None:
    due = CheckStore(device.store).due
    assert due(now()) == {}
    new_incarnation(hq.store, now())
    device.wire.sent.clear()
    device.syncer.sync_once()
    assert device.wire.paths().count("/v1/check") == 2, "read anew"
    with writing(device.store.engine) as connection:
        from app.offline_db.schema import device as table

        connection.execute(update(table).values(epoch=2))
    assert set(due(now()).values()) == {"another epoch"}
    assert set(due(now(), asked=True).values()) == {"asked"}


def test_an_incomplete_scope_is_not_compared(hq: Hq, device: Device) -> None:
    with writing(device.store.engine) as connection:
        connection.execute(update(cursor).where(cursor.c.scope == kit.SCOPE).values(refilling=True))
    assert CheckStore(device.store).add_up(kit.SCOPE, "x") is None
    assert checked(device) == {}


def sums_of(device: Device, scope: str = kit.SCOPE) -> ScopeSums:
    made = CheckStore(device.store).add_up(scope, "asked")
    assert made is not None
    return made


def test_what_moved_at_hq_meanwhile_is_left_out_and_the_rest_compared(hq: Hq, device: Device) -> None:
    lose(device, ORDERS[0], ORDERS[1])
    before = sums_of(device)
    hq.put(kit.order(ORDERS[1], customer_phone="139"))
    reply = device.client.check(before)
    assert (reply.comparable, reply.left_out) == (True, 1)
    key = [sums.range_of(sums.key_text("work_order", one)) for one in ORDERS[:2]]
    assert set(sums.ranges_in(reply.differing)) == {key[0]} - {key[1]}
    page = device.client.check_rows(before, sums.mask_of(key), "", 10)
    assert f"work_order/{ORDERS[1]}" in page.end.moved
    assert ORDERS[1] not in {line.id for line in page.lines}


def test_a_cursor_that_is_none_of_hqs_is_not_comparable(hq: Hq, device: Device) -> None:
    own = sums_of(device)
    for wrong in ({"seq": own.seq + 1}, {"incarnation": "other"}):
        strange = msgspec.structs.replace(own, **wrong)
        assert device.client.check(strange) == SumsReply(comparable=False)
        with pytest.raises(self_check.Gone):
            device.client.check_rows(strange, "f" * 64, "", 10)
    hq.forget_before(kit.SCOPE, own.seq + 5)
    assert not device.client.check(own).comparable


def test_contents_are_compared_only_between_ends_that_know_the_same_rows(hq: Hq, device: Device) -> None:
    forge(device, ORDERS[0], customer_phone="forged")
    own = sums_of(device)
    assert device.client.check(own).contents
    older = device.client.check(msgspec.structs.replace(own, rows="of an earlier version"))
    assert (older.contents, older.differing) == (False, "0" * 64)


def test_kinds_that_a_device_does_not_know_are_not_counted(hq: Hq, device: Device) -> None:
    own = sums_of(device)
    lose(device, kit.UNIT, kind=__import__("core.rows.orders", fromlist=["OrderUnit"]).OrderUnit)
    without = sums_of(device)
    assert device.client.check(without).differing != "0" * 64
    known = tuple(one for one in own.entities if one != "order_unit")
    assert device.client.check(msgspec.structs.replace(without, entities=known)).differing == "0" * 64


def test_ranges_come_in_pages_and_the_scope_may_not_move_between(
    hq: Hq, device: Device, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("app.sync.self_check.PAGE_ROWS", 7)
    lose(device, *ORDERS)
    asked = 0

    def move_on(request: Request, reply: Reply) -> Reply:
        nonlocal asked
        if request.path.startswith("/v1/check/rows"):
            asked += 1
            if asked == 3:
                with writing(device.store.engine) as connection:
                    connection.execute(update(cursor).where(cursor.c.scope == kit.SCOPE).values(seq=cursor.c.seq + 1))
        return reply

    device.wire.after = move_on
    assert not checked(device)[kit.SCOPE].complete
    device.wire.after = lambda request, reply: reply
    assert asked == 3
    with writing(device.store.engine) as connection:
        connection.execute(update(cursor).where(cursor.c.scope == kit.SCOPE).values(seq=cursor.c.seq - 1))
    found = checked(device)[kit.SCOPE]
    assert found.complete
    assert 0 < found.missing < len(ORDERS)
    assert shows_the_same(hq, device, ORDERS)


def test_an_answer_that_can_not_be_hqs_is_refused(hq: Hq, device: Device) -> None:
    lose(device, *ORDERS)

    def endless(request: Request, reply: Reply) -> Reply:
        if request.path.startswith("/v1/check/rows"):
            end = RangeEnd(upto="", more=True, incarnation=sums_of(device).incarnation, seq=1)
            return reply._replace(body=codec.pack(codec.join_lines([codec.encode(end)])), headers={})
        return reply

    device.wire.after = endless
    with pytest.raises(Refusal) as caught:
        device.syncer.check_now()
    assert caught.value.code == "hq_unexpected"
    device.wire.after = lambda request, reply: reply


def test_a_check_that_hq_refuses_does_not_spoil_the_sync(hq: Hq, device: Device) -> None:
    def refuse(request: Request) -> Reply | None:
        return Reply(503, {}, b"") if request.path == "/v1/check" else None

    put_forward(device, timedelta(days=2))
    device.wire.before = refuse
    assert device.syncer.sync_once().pending == 0
    device.wire.before = lambda request: None
    assert set(CheckStore(device.store).due(now() + timedelta(days=2)).values()) == {"daily"}


def test_a_foreign_scope_and_a_foreign_report_are_refused(hq: Hq, device: Device, tmp_path: Path) -> None:
    own = sums_of(device)
    for scope in (f"place/{kit.BRANCH}", "registry"):
        with pytest.raises(Refusal) as caught:
            device.client.check(msgspec.structs.replace(own, scope=scope))
        assert caught.value.code == "scope_not_yours"
    lose(device, ORDERS[0])
    assert checked(device)[kit.SCOPE].missing == 1
    other = Device(tmp_path / "other", hq, seed=2)
    (report,) = filed(hq)
    with pytest.raises(Refusal) as caught:
        other.client.mended(self_check.Mended(report=report["id"], missing=9, different=0, extra=0, kept=0))
    assert caught.value.code == "request_invalid"
    assert filed(hq)[0]["found"]["missing"] == 1
    other.close()


def test_reports_of_one_device_are_bounded(hq: Hq, device: Device, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("hq.inbox.self_checks._KEPT_REPORTS", 3)
    lose(device, ORDERS[0])
    own = sums_of(device)
    named = [device.client.check(own).report for _ in range(5)]
    assert sorted(one["id"] for one in filed(hq)) == named[2:]


def test_sums_are_added_up_once_for_all_devices_of_a_place(hq: Hq, monkeypatch: pytest.MonkeyPatch) -> None:
    from hq.feed import sums as at_hq

    adder, added = Adder(), []
    monkeypatch.setattr(at_hq, "_added", lambda *given: added.append(given) or sums.Sums())
    monkeypatch.setattr(at_hq, "_PATIENCE_S", 0.0)
    with hq.store.reading() as connection:
        stand = at_hq.stand_of(connection, kit.SCOPE)
        for _ in range(3):
            assert adder.add_up(connection, kit.SCOPE, stand, ("note",)) is not None
        assert len(added) == 1
        with adder._adding:
            assert adder.add_up(connection, kit.SCOPE, stand, ("visit",)) is None, "busy: come again"
            assert adder.add_up(connection, kit.SCOPE, stand, ("note",)) is not None, "known, so nobody waits"


@pytest.mark.slow
def test_sums_agree_on_either_database(hq_database: str, tmp_path: Path) -> None:
    hq = Hq(tmp_path / "hq", hq_database)
    hq.add([*kit.reference(), *kit.people(), kit.order(), kit.unit(), *(kit.order(one) for one in ORDERS)])
    device = checking(Device(tmp_path / "device", hq))
    device.syncer.sync_once()
    device.act("accept_order")
    device.act("add_note", text='𠮷 \\ " \u2028')
    device.syncer.sync_once()
    assert all(one.complete and not (one.missing or one.different) for one in checked(device).values())
    lose(device, *ORDERS[::2])
    assert checked(device)[kit.SCOPE].missing == len(ORDERS) // 2
    assert shows_the_same(hq, device, ORDERS)
    device.close()
    hq.close()


def test_pages_of_ranges_tell_of_rows_only(hq: Hq, device: Device) -> None:
    page = device.client.check_rows(sums_of(device), "f" * 64, "", 1000)
    assert all(isinstance(line, Line) and line.row is not None for line in page.lines)
    assert not page.end.more


def test_the_doctor_compares_with_hq_when_asked(hq: Hq, tmp_path: Path) -> None:
    own = {"FIXPOINT_DATA": str(tmp_path / "profile"), "FIXPOINT_PASSPHRASE": "correct horse battery staple"}
    environment = os.environ | own

    def run(*words: str) -> dict[str, Any]:
        done = subprocess.run(
            [sys.executable, "-m", "app", "--json", *words],
            capture_output=True, text=True, env=environment, cwd=Path(__file__).parents[2], check=True,
        )  # fmt: skip
        return dict(json.loads(done.stdout))

    run("enrol", "--hq", hq.url, "--code", hq.code())
    run("sync")
    told = run("doctor", "--with-hq")["self_check"]
    assert {one["scope"] for one in told["now"]} == {kit.SCOPE, REFERENCE_SCOPE}
    assert all(one["complete"] for one in told["now"])
    assert told[kit.SCOPE]["reason"] == "read anew"


def test_a_place_that_has_a_parked_operations_row_again_knows_what_became_of_it(hq: Hq, device: Device) -> None:
    made = device.store.record("accept_order", {"order_id": ORDERS[0]}, kit.WANG).operation.id
    hq.put(kit.order(ORDERS[0], version=1, state=State.AT_BRANCH))
    assert device.syncer.sync_once().parked == 1
    parked = hq.get(ParkedOperation, made)
    assert isinstance(parked, ParkedOperation)
    hq.put(msgspec.structs.replace(parked, state="withdrawn", outcome="withdrawn"))
    with writing(device.store.engine) as connection:  # as if the newer row had been passed over
        stands = {one.scope: one.seq for one in device.client.hello(device.sync_store.hello("")).scopes}
        connection.execute(update(cursor).where(cursor.c.scope == kit.SCOPE).values(seq=stands[kit.SCOPE]))
    assert checked(device)[kit.SCOPE].different == 1
    assert [one["outcome"] for one in kit.stored(device.store)] == ["withdrawn"]


def test_reports_are_listed_counted_and_explained_at_hq(
    hq: Hq, device: Device, capsys: pytest.CaptureFixture[str]
) -> None:
    def said(*words: str) -> str:
        assert main(["--data", str(hq.folder), *words]) == 0
        return capsys.readouterr().out

    assert "No device" in said("self-checks")
    assert json.loads(said("check", "--json"))["warnings"] == []
    lose(device, ORDERS[0])
    assert checked(device)[kit.SCOPE].missing == 1
    assert "missing=1" in said("self-checks")
    assert "self_checks_unexplained" in said("check")
    (report,) = json.loads(said("self-checks", "--json"))["reports"]
    assert (report["reason"], report["by_content"], report["found"]["missing"]) == ("asked", True, 1)
    said("self-checks", "--explain", report["id"], "taken out by hand")
    assert "taken out by hand" in said("self-checks")
    assert json.loads(said("check", "--json"))["warnings"] == []
    (known,) = json.loads(said("devices", "--json"))["devices"]
    assert (known["id"], known["forks_again"]) == (device.sync_store.identity().id, False)
    assert main(["--data", str(hq.folder), "self-checks", "--explain", "nothing", "x"]) == 3
