"""What HQ's people do at their desks meanwhile, each in one transaction of HQ."""

import random
from collections.abc import Callable

import msgspec

from core.operations.allocate_request import AllocatedLine
from core.refusals import Refusal
from core.rows.orders import WorkOrder
from core.rows.people import Person, Place
from core.rows.reference import DocumentKind, Part, ReferenceDocument
from core.rows.settlement import Statement
from core.rows.supply import RequestLine
from core.rows.sync import ParkedOperation
from core.work_order import FINISHED, State
from hq.approvals.service import escalate
from hq.callbacks.service import Result, answer
from hq.dispatch import NewOrder, intake
from hq.dispatch.messages import Customer
from hq.dispatch.timeouts import sweep
from hq.feed import Work, load_registry, work
from hq.inbox import release
from hq.knowledge import service as knowledge
from hq.knowledge.service import Publication
from hq.parts import network, supply
from hq.settlement.desk import settle
from hq.settlement.service import move_statement
from hq.store import Store
from hq.warranty.corrections import decide, proposed
from tests.simulation.clockwork import Time
from tests.simulation.model import Model
from tests.simulation.world import SERIALS
from tests.unit import world as w

_STATEMENT_MOVES = ("answer_dispute", "approve_statement", "return_statement", "audit_statement")


def change_phone(doing: Work, dice: random.Random, model: Model | None = None) -> tuple[str, str]:
    """The customer's number of an order is another one; returns order and number."""
    rows = doing.rows(w.BRANCH)
    order = dice.choice(rows.find(WorkOrder))
    phone = f"{dice.randrange(10**10):011d}"
    rows.put(msgspec.structs.replace(order, customer_phone=phone))
    return order.id, phone


class Desks:
    """HQ's people; ``model`` is told what was committed."""

    def __init__(self, store: Store, time: Time, model: Model) -> None:
        """Work on ``store``."""
        self._store, self._time, self._model = store, time, model

    def something(self, dice: random.Random) -> str:
        """One of them does something; returns what, or the refusal's code."""
        steps: tuple[Callable[[random.Random], None], ...] = (
            self.phone, self.phone, self.phone, self._intake, self._call_back, self._call_back, self._settle,
            self._statement, self._price, self._urgency, self._registry, self._release,
        )  # fmt: skip
        step = dice.choice(steps)
        try:
            step(dice)
        except Refusal as refusal:
            return refusal.code
        return step.__name__.strip("_")

    def phone(self, dice: random.Random) -> None:
        with work(self._store) as doing:
            order, phone = change_phone(doing, dice)
            self._model.perhaps.add(phone)
        self._model.phones[order] = phone
        self._model.perhaps.discard(phone)

    def _intake(self, dice: random.Random) -> None:
        customer = Customer(name="陈女士", phone="13800000001", address="科技园")
        new = NewOrder(
            external_id=f"C{dice.randrange(10**9)}",
            customer=customer,
            fault="无图像",
            product_class="tv_lcd",
            model=w.MODEL,
            serial=dice.choice((None, *SERIALS)),
            branch="SZ",
        )
        with work(self._store) as doing:
            intake(doing, new, self._time.now())

    def _call_back(self, dice: random.Random) -> None:
        with work(self._store) as doing:
            rows = doing.rows(w.BRANCH)
            done = [found for found in rows.find(WorkOrder) if found.state in FINISHED | {State.CLAIM_HELD}]
            if done:
                answer(rows, dice.choice(done).id, dice.choice(list(Result)), "回访", self._time.now())

    def _settle(self, _: random.Random) -> None:
        settle(self._store, f"{self._time.now():%Y-%m}", self._time.now())

    def _statement(self, dice: random.Random) -> None:
        with work(self._store) as doing:
            rows = doing.rows(w.BRANCH)
            chosen = dice.choice(rows.find(Statement))
            move_statement(rows, chosen.id, dice.choice(_STATEMENT_MOVES), self._time.now())

    def _price(self, dice: random.Random) -> None:
        with work(self._store) as doing:
            part = dice.choice(doing.reference().find(Part))
            doing.reference().put(msgspec.structs.replace(part, price_fen=dice.randrange(10_000, 99_000)))

    def _urgency(self, dice: random.Random) -> None:
        with work(self._store) as doing:
            order = dice.choice(doing.rows(w.BRANCH).find(WorkOrder))
            doing.rows(w.BRANCH).put(msgspec.structs.replace(order, urgency=dice.randrange(3)))

    def trade(self, dice: random.Random) -> None:
        """A desk of the newer trade: parts, offers nobody answered, late requests, corrections, articles."""
        steps = (self._parts, self._parts, self._time_outs, self._late_requests, self._correction, self._knowledge)
        dice.choice(steps)(dice)

    def _late_requests(self, _: random.Random) -> None:
        escalate(self._store, self._time.now())

    def _parts(self, dice: random.Random) -> None:
        """The parts planner grants and sends, now and then changes an account's terms, and the network is summed up."""
        now = self._time.now()
        with work(self._store) as doing:
            rows = doing.rows(w.BRANCH)
            self._publish(doing)
            station = doing.reference().get(Place, w.STATION)
            if station is not None and dice.random() < 0.2:
                limit = dice.choice((None, 10_000_000))
                supply.set_terms(rows, station, now, limit_fen=limit, frozen=dice.random() < 0.2, reason="对账")
            waiting = rows.find(RequestLine)
            if waiting:
                line = dice.choice(waiting)
                given = AllocatedLine(line_id=line.id, quantity=1, refused=dice.randrange(2), reason="停产")
                supply.allocate(rows, line.request_id, (given,), now)
                supply.send(rows, line.request_id, (), now)
        network.refresh(self._store, now)

    def _publish(self, doing: Work) -> None:
        """The rules under which a main board may be bought near by, and what is measured on a television."""
        begin = w.TODAY.replace(month=1)
        policy = {"version": "2", "in_force_from": begin, "local_classes": ["main_board"]}
        power = {"code": "PWR", "zh": "待机功耗", "en": "Standby power", "symbol": "W", "high": 1000}
        listed = {"product_class": "tv_lcd", "version": "2", "in_force_from": begin, "measurements": [power]}
        for kind, body in ((DocumentKind.PARTS, policy), (DocumentKind.MEASUREMENTS, listed)):
            document = ReferenceDocument(
                id=w.an_id(f"published {kind}"),
                kind=kind,
                name=kind.value,
                revision="2",
                in_force_from=begin,
                body=msgspec.Raw(msgspec.json.encode(body)),
            )
            if doing.reference().get(ReferenceDocument, document.id) is None:
                doing.reference().put(document)

    def _registry(self, dice: random.Random) -> None:
        with work(self._store) as doing:
            load_registry(doing, [w.registered(serial=dice.choice(SERIALS), dealer=f"D{dice.randrange(99)}")])

    def _time_outs(self, _: random.Random) -> None:
        """Offers nobody answered go on; late orders are raised."""
        sweep(self._store, self._time.now())

    def _correction(self, dice: random.Random) -> None:
        waiting = proposed(self._store)
        if waiting:
            chosen, accepted = dice.choice(waiting).id, dice.random() < 0.7
            decide(self._store, chosen, accepted=accepted, answer="核对", by="HQ", now=self._time.now())

    def _knowledge(self, dice: random.Random) -> None:
        """A proposed article is published or returned; now and then one is taken back."""
        waiting, now = knowledge.proposals(self._store), self._time.now()
        published = knowledge.everything_published(self._store)
        if published and dice.random() < 0.2:
            knowledge.withdraw(self._store, dice.choice(published).number, "过时", now=now)
        elif waiting and dice.random() < 0.7:
            without = Publication(with_pictures=False, symptoms=("D01",))
            knowledge.publish(self._store, dice.choice(waiting).id, without, by="HQ", now=now)
        elif waiting:
            knowledge.send_back(self._store, dice.choice(waiting).id, "请补充", by="HQ", now=now)

    def _release(self, dice: random.Random) -> None:
        """A person of HQ lets something through that waits."""
        with work(self._store) as doing:
            waiting = [
                row for home in (w.BRANCH, w.WAREHOUSE) for row in doing.view(home).find(ParkedOperation, state="open")
            ]
        if waiting:
            chosen = dice.choice(waiting)
            release(self._store, chosen.branch_id, chosen.id, w.MANAGER)

    def revoke_person(self, dice: random.Random) -> None:
        """Somebody's roles end here, or begin again."""
        with work(self._store) as doing:
            person = dice.choice(doing.rows(w.BRANCH).find(Person))
            doing.rows(w.BRANCH).put(msgspec.structs.replace(person, active=not person.active))
