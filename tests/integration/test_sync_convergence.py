"""Several devices work on the same orders over a line that fails at random, against each of HQ's two databases."""

import random
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import func, select

from app.offline_db.check_store import CheckStore
from app.offline_db.schema import operation, shadow, touched
from app.sync.self_check import check_scopes
from core.refusals import Refusal
from core.roles import Role
from core.rows import TRADE_KINDS, Row, is_visible_to
from core.rows.orders import OrderUnit, WorkOrder
from core.work_order import State
from hq.feed import work
from hq.store.schema import inbox
from tests.integration import station_kit as kit
from tests.integration.hq_kit import Device, Hq, Reply, Request, now, sample

ORDERS = [kit.named(f"order {n}") for n in range(3)]
STEPS = 90


def filled(hq: Hq) -> Hq:
    sample(hq)
    hq.add([kit.person(kit.MANAGER, "赵", Role.BRANCH_MANAGER, at=kit.BRANCH)])
    hq.add(row for n, one in enumerate(ORDERS) for row in (kit.order(one), kit.unit(one, kit.named(f"unit {n}"))))
    return hq


@pytest.fixture
def hq(tmp_path: Path) -> Iterator[Hq]:
    hq = filled(Hq(tmp_path / "hq"))
    yield hq
    hq.close()


def held_by(device: Device) -> dict[tuple[str, str], Row]:
    with device.store.reading() as rows:
        return {(kind.__name__, row.id): row for kind in TRADE_KINDS for row in rows.find(kind)}


def shown_by(hq: Hq, place: str) -> dict[tuple[str, str], Row]:
    with work(hq.store) as doing:
        rows = doing.view(kit.BRANCH)
        return {
            (kind.__name__, row.id): row for kind in TRADE_KINDS for row in rows.find(kind) if is_visible_to(row, place)
        }


class People:
    """Random work of the people at the three devices and of HQ."""

    def __init__(self, hq: Hq, devices: list[Device], seed: int) -> None:
        self.hq = hq
        self.devices = devices
        self.dice = random.Random(seed)
        self.done = 0
        for device in devices:
            device.wire.before, device.wire.after = self.cut_before, self.cut_after
        self.failing = 0.15

    def cut_before(self, request: Request) -> Reply | None:
        if self.dice.random() < self.failing:
            raise Refusal("hq_unreachable")
        return None

    def cut_after(self, request: Request, reply: Reply) -> Reply:
        if self.dice.random() < self.failing:
            raise Refusal("hq_unreachable")
        return reply

    def step(self) -> None:
        self.dice.choice([self.act, self.act, self.act, self.sync, self.sync, self.change_at_hq])()

    def sync(self) -> None:
        try:
            self.dice.choice(self.devices).syncer.sync_once()
        except Refusal as refusal:
            if refusal.code != "hq_unreachable":
                raise

    def change_at_hq(self) -> None:
        with work(self.hq.store) as doing:
            rows = doing.rows(kit.BRANCH)
            order = rows.get(WorkOrder, self.dice.choice(ORDERS))
            assert order is not None
            values = {"customer_phone": str(self.dice.randint(1, 9))}
            if self.dice.random() < 0.2:
                values["station_id"] = self.dice.choice([kit.STATION, kit.named("elsewhere")])
            rows.put(type(order)(**{name: getattr(order, name) for name in order.__struct_fields__} | values))

    def act(self) -> None:
        device = self.dice.choice(self.devices)
        number = self.dice.randrange(len(ORDERS))
        order, unit = ORDERS[number], kit.named(f"unit {number}")
        station: list[tuple[str, dict[str, Any]]] = [
            ("accept_order", {}),
            ("decline_order", {"reason": "远"}),
            ("start_work", {}),
            ("wait_for_parts", {"reason": "x"}),
            ("resume_work", {}),
            ("add_note", {"text": "x"}),
            ("identify_unit", {"unit_id": unit, "model": "KT55", "serial": self.dice.choice("ABC"), "source": "typed"}),
            ("use_part", {"unit_id": unit, "part_id": "P1"}),
        ]
        branch: list[tuple[str, dict[str, Any]]] = [
            ("recall_order", {"reason": "x"}),
            ("dispatch_order", {"station_id": kit.STATION}),
            ("add_note", {"text": "y"}),
        ]
        at_branch = device is self.devices[-1]
        action, args = self.dice.choice(branch if at_branch else station)
        person = kit.MANAGER if at_branch else self.dice.choice([kit.WANG, kit.LEAD])
        try:
            device.store.record(action, {"order_id": order} | args, person)
        except Refusal as refusal:
            if refusal.code not in EXPECTED:
                raise
        else:
            self.done += 1

    def until_quiet(self) -> None:
        self.failing = 0.0
        for _ in range(2):
            for device in self.devices:
                device.syncer.sync_once()


EXPECTED = {"move_not_allowed", "not_your_order", "not_your_place", "order_unknown", "unit_unknown", "reason_missing"}


@pytest.fixture
def make_devices(tmp_path: Path) -> Iterator[Callable[[Hq], list[Device]]]:
    made: list[Device] = []

    def make(hq: Hq) -> list[Device]:
        for name, place in (("one", kit.STATION), ("two", kit.STATION), ("branch", kit.BRANCH)):
            made.append(Device(tmp_path / name, hq, place, seed=len(made) + 1))
            made[-1].syncer.sync_once()
        return made

    yield make
    for device in made:
        device.close()


def check_ends(hq: Hq, people: People) -> None:
    for device in people.devices:
        place = device.sync_store.identity().place_id
        assert held_by(device) == shown_by(hq, place)
        with device.store.reading() as rows:
            assert rows.connection.execute(select(shadow)).all() == []
            assert rows.connection.execute(select(touched)).all() == []
        for checked in check_scopes(CheckStore(device.store), device.client, now(), asked=True):
            assert (checked.complete, checked.missing, checked.different, checked.extra) == (True, 0, 0, 0)
    counted = 0
    for device in people.devices:
        with device.store.reading() as rows:
            states = rows.connection.execute(select(operation.c.state, operation.c.outcome)).all()
        assert {found.state for found in states} <= {"answered"}
        assert all(found.outcome for found in states)
        counted += len(states)
    with hq.store.reading() as connection:
        received = connection.execute(select(func.count(func.distinct(inbox.c.op_id)))).scalar_one()
    assert counted == received == people.done


@pytest.mark.slow
def test_all_ends_agree_on_either_database(
    hq_database: str, make_devices: Callable[[Hq], list[Device]], tmp_path: Path
) -> None:
    hq = filled(Hq(tmp_path / "hq", hq_database))
    people = People(hq, make_devices(hq), 11)
    for _ in range(STEPS):
        people.step()
    people.until_quiet()
    check_ends(hq, people)
    hq.close()


def test_an_order_that_leaves_and_comes_back_is_whole(hq: Hq, make_devices: Callable[[Hq], list[Device]]) -> None:
    one, _, branch = make_devices(hq)
    order = ORDERS[0]
    one.store.record("accept_order", {"order_id": order}, kit.WANG)
    one.syncer.sync_once()
    branch.syncer.sync_once()
    branch.store.record("recall_order", {"order_id": order, "reason": "x"}, kit.MANAGER)
    branch.syncer.sync_once()
    one.syncer.sync_once()
    recalled = one.row(WorkOrder, order)
    assert recalled is None or recalled.state is State.AT_BRANCH  # type: ignore[attr-defined]
    branch.store.record("dispatch_order", {"order_id": order, "station_id": kit.STATION}, kit.MANAGER)
    branch.syncer.sync_once()
    one.syncer.sync_once()
    assert one.row(WorkOrder, order) == branch.row(WorkOrder, order)
    assert one.row(OrderUnit, kit.named("unit 0")) is not None
