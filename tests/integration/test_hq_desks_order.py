"""One order through HQ by real, signed operations of three devices; and what damage to the inbox the check finds."""

import hashlib
from datetime import UTC, datetime, timedelta

import msgspec
import pytest
from sqlalchemy import delete, select, update

from core.claiming import preview
from core.judging import judge_unit, local_day
from core.operations import ACTIONS
from core.roles import Role
from core.rows.orders import ApprovalRequest, OrderUnit, UnitVerdict, WorkOrder
from core.rows.parts import AccountEntry, OldPart
from core.rows.people import Person, Place
from core.rows.reference import ModelPart, Part
from core.rows.settlement import Claim, Statement, StatementLine
from core.rows.sync import Task
from hq.books import prove
from hq.feed import work
from hq.settlement.desk import settle
from hq.store import Store
from hq.store.schema import device as device_table
from hq.store.schema import inbox
from tests.integration.device import TestDevice, enrol_code
from tests.integration.hq_sample import DAY, desk, fill
from tests.integration.templates import hq_store

SHA = hashlib.sha256(b"a picture").hexdigest()
MORNING = datetime(DAY.year, DAY.month, DAY.day, 1, tzinfo=UTC)


@pytest.fixture(scope="module")
def filled(tmp_path_factory):
    path = tmp_path_factory.mktemp("filled") / "hq.db"
    store = hq_store(path)
    fill(store)
    store.close()
    return path


class World:
    """HQ with the sample, and devices of its places; times go on minute by minute."""

    def __init__(self, hq) -> None:
        self.hq, self.minute, self._devices = hq, 0, {}
        self.station = next(p for p in hq.find(Place) if p.code == "SZ01")

    def device(self, place_id: str) -> TestDevice:
        if place_id not in self._devices:
            device = TestDevice(self.hq.client)
            now = datetime.now(UTC).replace(microsecond=0)
            assert device.enrol(enrol_code(self.hq.store, place_id, now)).status_code == 200
            assert device.log_in().status_code == 200
            self._devices[place_id] = device
        return self._devices[place_id]

    def person(self, place_id: str, role: Role) -> Person:
        return next(p for p in self.hq.find(Person, place_id=place_id) if role in p.roles)

    def act(self, role: Role, action: str, args: dict, *, expect: str = "applied", place: str | None = None) -> str:
        """One signed operation by somebody of the role; returns its id."""
        place_id = place or {
            Role.BRANCH_MANAGER: self.station.branch_id, Role.WAREHOUSE_CLERK: self.station.warehouse_id
        }.get(role, self.station.id)  # fmt: skip
        device, person = self.device(place_id), self.person(place_id, role)
        self.minute += 1
        at = MORNING + timedelta(minutes=self.minute)
        branch = self.station.branch_id
        made = device.make(action, args, user=person.id, branch_id=branch, made_at=at)
        (answer,) = device.push(device.signed(msgspec.json.encode(made).decode())).answers
        assert (answer.outcome, answer.code) == (expect, None if expect == "applied" else answer.code)
        return made.id

    def new_order(self, **changes) -> str:
        answered = self.hq.post("/v1/orders", self.hq.report(**changes))
        assert answered.status_code == 201
        return answered.json()["order_id"]

    def get(self, kind, row_id):
        return next(row for row in self.hq.find(kind, id=row_id))


@pytest.fixture
def world(filled, tmp_path):
    import shutil

    shutil.copy(filled, tmp_path / "hq.db")
    store = Store.open(f"sqlite:///{tmp_path / 'hq.db'}")
    with desk(store, tmp_path / "data") as hq:
        yield World(hq)
    store.close()


def at_station(world: World) -> tuple[str, str]:
    """A reported order that the station has begun, with its unit."""
    order_id = world.new_order()
    unit_id = world.hq.find(OrderUnit, order_id=order_id)[0].id
    given = {"order_id": order_id, "station_id": world.station.id}
    world.act(Role.BRANCH_MANAGER, "accept_at_branch", {"order_id": order_id})
    world.act(Role.BRANCH_MANAGER, "dispatch_order", given)
    world.act(Role.TECHNICIAN, "accept_order", {"order_id": order_id})
    begin = MORNING + timedelta(hours=1)
    visit = {"order_id": order_id, "begins_at": begin, "ends_at": begin + timedelta(hours=2)}
    world.act(Role.TECHNICIAN, "book_visit", visit)
    world.act(Role.TECHNICIAN, "start_work", {"order_id": order_id})
    return order_id, unit_id


def identify(world: World, order_id: str, unit_id: str) -> str:
    """Unit, papers and verdict as the station judges them; returns the verdict's operation."""
    story, one = world.hq.story, {"order_id": order_id, "unit_id": unit_id}
    named = {"model": story.model, "serial": story.serial, "source": "picture"}
    world.act(Role.TECHNICIAN, "identify_unit", one | named)
    papers = {
        "invoice_number": story.invoice_number,
        "invoice_date": story.invoice_date,
        "invoice_fen": story.invoice_fen,
    }
    world.act(Role.TECHNICIAN, "record_documents", one | papers)
    with work(world.hq.store) as doing:
        rows = doing.view(world.station.branch_id)
        order, unit = rows.get(WorkOrder, order_id), rows.get(OrderUnit, unit_id)
        verdict = judge_unit(order, unit, rows, DAY)
    return world.act(Role.TECHNICIAN, "judge_warranty", one | {"day": DAY, "verdict": verdict})


def finish(world: World) -> str:
    """The demonstration's order up to its completion; returns its id."""
    order_id, unit_id = at_station(world)
    identify(world, order_id, unit_id)
    of_order = {"order_id": order_id}
    ask = {"kind": "goodwill", "rule": "goodwill.days_over", "days_over": 11, "amount_fen": 100, "reason": "老用户"}
    world.act(Role.TECHNICIAN, "ask_approval", of_order | ask | {"photo_sha256": SHA})
    request = world.hq.find(ApprovalRequest, order_id=order_id)[0]
    seen = {"request_id": request.id, "approved": True, "subject_hash": request.subject_hash}
    world.act(Role.BRANCH_MANAGER, "decide_approval", of_order | seen)
    codes = {"condition": "1", "symptom": "P01", "section": "MBD", "defect": "11", "repair": "10"}
    world.act(Role.TECHNICIAN, "code_fault", of_order | {"unit_id": unit_id} | codes)
    free = {"lines": [], "total_fen": 0, "price_list": "2026-01", "signed_by": "陈静", "signature_sha256": SHA}
    world.act(Role.TECHNICIAN, "sign_quotation", of_order | free)
    used = {"unit_id": unit_id, "part_id": world.hq.story.part_id, "new_serial": "NEW1"}
    world.act(Role.TECHNICIAN, "use_part", of_order | used)
    old = world.hq.find(OldPart, order_id=order_id)[0]
    world.act(Role.TECHNICIAN, "tag_old_part", of_order | {"old_part_id": old.id, "serial": "OLD1"})
    world.act(Role.TECHNICIAN, "complete_order", of_order | {"result": "好了", "preview_fen": 12345})
    return order_id


def test_one_order_from_the_report_to_the_statement(world):
    order_id = finish(world)
    claim = world.hq.find(Claim, order_id=order_id)[0]
    assert (claim.state, claim.signals, claim.preview_fen) == ("open", (), 12345)
    with work(world.hq.store) as doing:
        rows = doing.view(world.station.branch_id)
        order = rows.get(WorkOrder, order_id)
        assert claim.lines == preview(order, rows, local_day(rows, order.station_id, order.completed_at))
    old = world.hq.find(OldPart, order_id=order_id)[0]
    world.act(Role.WAREHOUSE_CLERK, "receive_old_part", {"old_part_id": old.id})
    assert world.get(OldPart, old.id).state == "written_off"
    part = next(p for p in world.hq.find(Part) if p.id == world.hq.story.part_id)
    assert world.hq.find(AccountEntry, old_part_id=old.id)[0].amount_fen == part.transfer_fen
    assert world.hq.post(f"/v1/orders/{order_id}/callback", {"result": "valid"}).json()["state"] == "verified"
    settle(world.hq.store, f"{DAY:%Y-%m}", MORNING)
    lines = world.hq.find(StatementLine, order_id=order_id)
    assert sum(line.amount_fen for line in lines) == claim.total_fen
    statement = world.get(Statement, lines[0].statement_id)
    lead = {"statement_id": statement.id}
    disputed = {"line_id": lines[0].id, "reason": "少了远程费"}
    world.act(Role.STATION_LEAD, "dispute_line", lead | disputed)
    answered = world.hq.post(f"/v1/statements/{statement.id}/answer-dispute")
    assert answered.json()["state"] == "draft"
    world.act(Role.STATION_LEAD, "confirm_statement", lead)
    report = prove(world.hq.store)
    assert report.problems == ()
    assert report.counts["operations"] == world.minute


def test_a_difference_of_verdicts_becomes_a_task(world):
    order_id, unit_id = at_station(world)
    identify(world, order_id, unit_id)
    stored = world.hq.find(UnitVerdict, order_id=order_id)[0]
    assert stored.hq_outcome == stored.outcome == "main_parts_only"
    wrong = msgspec.structs.replace(stored.verdict, outcome="in_warranty")
    said = {"order_id": order_id, "unit_id": unit_id, "day": DAY, "verdict": wrong}
    world.act(Role.TECHNICIAN, "judge_warranty", said)
    task = world.hq.find(Task, order_id=order_id, kind="verdict_differs")[0]
    assert (task.facts["station"], task.facts["hq"]) == ("in_warranty", "main_parts_only")


def test_a_claim_with_an_error_is_held(world):
    order_id, unit_id = at_station(world)
    identify(world, order_id, unit_id)
    of_order, one = {"order_id": order_id}, {"order_id": order_id, "unit_id": unit_id}
    codes = {"condition": "1", "symptom": "P01", "section": "PNL", "defect": "11", "repair": "10"}
    world.act(Role.TECHNICIAN, "code_fault", one | codes)
    free = {"lines": [], "total_fen": 0, "price_list": "2026-01", "signed_by": "陈静", "signature_sha256": SHA}
    world.act(Role.TECHNICIAN, "sign_quotation", of_order | free)
    # a part that is not covered, at the maker's cost, without an approval
    world.act(Role.TECHNICIAN, "use_part", one | {"part_id": world.hq.story.part_id, "new_serial": "N"})
    old = world.hq.find(OldPart, order_id=order_id)[0]
    world.act(Role.TECHNICIAN, "tag_old_part", of_order | {"old_part_id": old.id, "no_serial": True})
    world.act(Role.TECHNICIAN, "complete_order", of_order)
    claim = world.hq.find(Claim, order_id=order_id)[0]
    assert claim.state == "held"
    assert {"part_not_covered", "codes_impossible"} <= set(claim.signals)
    assert world.get(WorkOrder, order_id).state == "claim_held"
    assert world.hq.post(f"/v1/orders/{order_id}/callback", {"result": "corrected"}).json()["state"] == "verified"
    settle(world.hq.store, f"{DAY:%Y-%m}", MORNING)
    line = world.hq.find(StatementLine, order_id=order_id)[0]
    assert world.get(Statement, line.statement_id).run == 2
    assert prove(world.hq.store).ok


def test_an_old_part_that_is_another_becomes_a_task(world):
    order_id = finish(world)
    old = world.hq.find(OldPart, order_id=order_id)[0]
    world.act(Role.WAREHOUSE_CLERK, "receive_old_part", {"old_part_id": old.id, "finding": "wrong_serial"})
    assert world.hq.find(Task, order_id=order_id, kind="old_part_differs")[0].facts["finding"] == "wrong_serial"
    assert world.hq.find(AccountEntry, old_part_id=old.id) == []


def test_an_old_part_received_twice_is_credited_once(world):
    order_id = finish(world)
    old = world.hq.find(OldPart, order_id=order_id)[0]
    for _ in range(2):
        world.act(Role.WAREHOUSE_CLERK, "receive_old_part", {"old_part_id": old.id})
    assert len(world.hq.find(AccountEntry, old_part_id=old.id)) == 1
    assert world.hq.find(Task, kind="fact_does_not_fit")[0].facts["code"] == "old_part_received"
    assert prove(world.hq.store).ok


def test_orders_that_go_another_way(world):
    first, second = world.new_order(), world.new_order(external_id="CC-2", serial=None)
    third = world.new_order(external_id="CC-3", serial=None)
    for order_id in (first, second):
        world.act(Role.BRANCH_MANAGER, "dispatch_order", {"order_id": order_id, "station_id": world.station.id})
    lead, technician = Role.STATION_LEAD, world.person(world.station.id, Role.TECHNICIAN)
    world.act(lead, "accept_order", {"order_id": first})
    world.act(lead, "assign_technician", {"order_id": first, "technician_id": technician.id})
    world.act(Role.TECHNICIAN, "wait_for_parts", {"order_id": first, "reason": "缺主板"})
    world.act(Role.TECHNICIAN, "resume_work", {"order_id": first})
    world.act(Role.TECHNICIAN, "wait_for_customer", {"order_id": first, "reason": "用户不在家"})
    world.act(Role.TECHNICIAN, "resume_work", {"order_id": first})
    world.act(Role.TECHNICIAN, "start_work", {"order_id": first})
    world.act(Role.TECHNICIAN, "finish_repair", {"order_id": first})
    world.act(Role.TECHNICIAN, "decline_order", {"order_id": second, "reason": "太远"})
    world.act(Role.BRANCH_MANAGER, "recall_order", {"order_id": second, "reason": "改派"})
    world.act(Role.BRANCH_MANAGER, "cancel_order", {"order_id": third, "reason": "用户取消"})
    states = [world.get(WorkOrder, order_id).state for order_id in (first, second, third)]
    assert states == ["repaired", "at_branch", "cancelled"]
    assert set(ACTIONS) >= {"decline_order", "cancel_order"}
    assert prove(world.hq.store).ok


def edit_body(connection, row):
    body = bytes(row["body"]).replace(b'"utc_offset_minutes":480', b'"utc_offset_minutes":481')
    connection.execute(update(inbox).where(inbox.c.hash == row["hash"]).values(body=body))


def drop_row(connection, row):
    connection.execute(delete(inbox).where(inbox.c.hash == row["hash"]))


def drop_answer(connection, row):
    connection.execute(update(inbox).where(inbox.c.hash == row["hash"]).values(answer={}))


def cut_the_end(connection, row):
    connection.execute(update(device_table).where(device_table.c.id == row["device_id"]).values(last_n=99))


def edit_and_hash_again(connection, row):
    edit_body(connection, row)
    body = bytes(row["body"]).replace(b'"utc_offset_minutes":480', b'"utc_offset_minutes":481')
    connection.execute(update(inbox).where(inbox.c.hash == row["hash"]).values(hash=hashlib.sha256(body).hexdigest()))


@pytest.mark.parametrize(
    ("damage", "said"),
    [
        (edit_body, {"the body is not what its hash says", "the signature does not fit"}),
        (drop_row, {"follows 1", "does not continue the chain"}),
        (drop_answer, {"has no answer"}),
        (cut_the_end, {"ends at 2, HQ has noted 99", "ends at 3, HQ has noted 99"}),
        (edit_and_hash_again, {"does not continue the chain", "the signature does not fit"}),
    ],
)
def test_damage_to_the_inbox_is_found(world, damage, said):
    at_station(world)
    assert prove(world.hq.store).ok
    with world.hq.store.writing() as connection:
        station = inbox.c.device_id == world.device(world.station.id).id
        damage(connection, connection.execute(select(inbox).where(inbox.c.n == 2, station)).mappings().one())
    report = prove(world.hq.store)
    assert not report.ok
    assert {problem["check"] for problem in report.problems} == {"operations"}
    assert {problem["what"] for problem in report.problems} <= said
    assert len(report.problems) == min(len(said), 2) or damage is cut_the_end


def test_the_needed_part_fits_the_model(world):
    fitting = world.hq.find(ModelPart, model_id=world.hq.story.model, part_id=world.hq.story.part_id)
    assert len(fitting) == 1
