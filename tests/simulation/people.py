"""What people do: an action of their place, on rows they see, with arguments that mostly fit."""

import base64
import random
from collections.abc import Callable, Iterable
from datetime import timedelta
from typing import Any, NamedTuple

from app.actions import act
from core.approvals import hash_now
from core.claiming import approvals_of
from core.ends import UNREPAIRED, certificate_for, verdict_of
from core.identifiers import box_number, format_old_part
from core.operations import ACTIONS
from core.operations.reverse_move import REVERSIBLE
from core.reference import measurements_in_force
from core.refusals import Refusal
from core.roles import PlaceKind, Role
from core.rows import Row
from core.rows.access import Rows
from core.rows.boxes import Box, BoxCount, BoxState
from core.rows.jobs import Certificate, Custody, Loaner
from core.rows.knowledge import Article, ArticleProposal, EditionState, ProposalState
from core.rows.orders import ApprovalDecision, ApprovalRequest, OrderUnit, WorkOrder
from core.rows.parts import OldPart, OldPartState, StockMove
from core.rows.people import Deputy, Person
from core.rows.settlement import Statement, StatementLine
from core.rows.supply import (
    PartRequest,
    PartTransfer,
    RequestLine,
    Reservation,
    Shipment,
    ShipmentLine,
    TransferState,
)
from core.rows.sync import Conflict, ParkedOperation
from core.warranty import Remedy, RemedyKind
from core.work_order import AT_WORK, MOVES, OPEN_AT_STATION, State
from tests.simulation.parties import Device
from tests.simulation.world import CODES, OTHER_MANAGER, SERIALS
from tests.unit import world as w

SOURCES = {move.action: move.sources for move in MOVES}
_PNG = b"\x89PNG\r\n\x1a\n"
_MISFIT = 0.08
_MOST_PHOTO = 4_000


class At(NamedTuple):
    """Somebody about to do something: the rows before them, and dice for what they choose."""

    rows: Rows
    dice: random.Random
    device: Device
    person: str

    def one(self, rows: Iterable[Row]) -> Any:
        """Any of the rows; raises ``Nothing`` when there is none."""
        found = list(rows)
        if not found:
            raise Nothing
        return self.dice.choice(found)

    def order(self, action: str, states: Iterable[State] | None = None) -> WorkOrder:
        """An order that the action fits, seldom any other."""
        fitting = SOURCES.get(action, frozenset()) if states is None else frozenset(states)
        orders = self.rows.find(WorkOrder)
        good = [order for order in orders if order.state in fitting and self._mine(order)]
        found: WorkOrder = self.one(orders if self.dice.random() < _MISFIT else good)
        return found

    def _mine(self, order: WorkOrder) -> bool:
        person = self.rows.get(Person, self.person)
        roles = set(person.roles) if person else set()
        return roles != {Role.TECHNICIAN} or order.technician_id in (None, self.person)

    def box(self, fits: Callable[[Box], bool]) -> Box:
        """A box that fits."""
        found: Box = self.one(box for box in self.rows.find(Box) if fits(box))
        return found

    def box_of(self, old: OldPart) -> BoxState | None:
        """The state of the box that an old part lies in."""
        box = self.rows.get(Box, old.box_id or "")
        return box.state if box else None

    def open_order(self) -> WorkOrder:
        """An order at work."""
        return self.order("", OPEN_AT_STATION)

    def unit(self, order: WorkOrder) -> str:
        """The order's unit."""
        found: OrderUnit = self.one(self.rows.find(OrderUnit, order_id=order.id))
        return found.id

    def words(self) -> str:
        """A text nobody else says."""
        return f"{self.dice.getrandbits(48):012x}"

    def seldom(self) -> None:
        """What is nearly always possible leaves room for what seldom is; raises ``Nothing`` most of the time."""
        if self.dice.random() < 0.6:
            raise Nothing

    def picture(self) -> str:
        """A picture of a few kilobytes, as base64."""
        return base64.b64encode(_PNG + self.dice.randbytes(self.dice.randrange(40, _MOST_PHOTO))).decode()


class Nothing(Exception):
    """There is nothing here to do this with."""


Given = dict[str, Any]


def _plain(action: str, **more: Callable[[At], Any]) -> Callable[[At], Given]:
    def give(at: At) -> Given:
        return {"order_id": at.order(action).id} | {name: made(at) for name, made in more.items()}

    return give


def _assign(at: At) -> Given:
    technicians = [person for person in at.rows.find(Person) if Role.TECHNICIAN in person.roles]
    return {"order_id": at.open_order().id, "technician_id": at.one(technicians).id}


def _visit(at: At) -> Given:
    begins = at.device.now() + timedelta(hours=at.dice.randrange(1, 90))
    return {"order_id": at.order("book_visit").id, "begins_at": begins, "ends_at": begins + timedelta(hours=2)}


def _identify(at: At) -> Given:
    order = at.open_order()
    return {"order_id": order.id, "unit_id": at.unit(order), "model": w.MODEL, "serial": at.dice.choice(SERIALS)}


def _documents(at: At) -> Given:
    order = at.open_order()
    day = w.TODAY - timedelta(days=at.dice.randrange(400))
    return {"order_id": order.id, "unit_id": at.unit(order), "invoice_number": at.words(), "invoice_date": day}


def _findings(at: At) -> Given:
    order = at.open_order()
    return {"order_id": order.id, "held_by": at.dice.choice(("customer", "dealer")), "finding": at.words()}


def _correct(at: At) -> Given:
    day = w.TODAY - timedelta(days=at.dice.randrange(200))
    field, new = at.dice.choice((("dealer", at.words()), ("sold", day.isoformat()), ("installed", day.isoformat())))
    return {"serial": at.dice.choice(SERIALS), "field": field, "new": new, "reason": at.words()}


def _propose(at: At) -> Given:
    """A new article, an edition of one that is published, or a returned one once more; with a picture now and then.

    It is always possible, so it is chosen seldom: what needs its hour would be crowded out.
    """
    if at.dice.random() < 0.8:
        raise Nothing
    published = at.rows.find(Article, state=EditionState.PUBLISHED)
    returned = at.rows.find(ArticleProposal, state=ProposalState.RETURNED)
    revises = at.dice.choice(published).number if published and at.dice.random() < 0.4 else None
    earlier = at.dice.choice(returned).id if returned and at.dice.random() < 0.3 else None
    hashed = f"{at.dice.randrange(2**64):064x}"
    pictures = [{"sha256": hashed, "bytes": 1_000, "media_type": "image/jpeg"}] if at.dice.random() < 0.3 else []
    return {
        "language": at.dice.choice(("zh", "en")), "title": at.words(), "body": f"# {at.words()}\n- {at.words()}",
        "models": [w.MODEL], "symptoms": [at.dice.choice(("D01", "P01", "NONE"))], "revises": revises,
        "earlier_id": earlier, "pictures": pictures,
    }  # fmt: skip


def _ask(at: At) -> Given:
    return {"order_id": at.order("ask_approval").id, "reason": at.words()}


def _decide(at: At) -> Given:
    decided = {decision.request_id for decision in at.rows.find(ApprovalDecision)}
    request = at.one(found for found in at.rows.find(ApprovalRequest) if found.id not in decided)
    seen = hash_now(at.rows, request)
    approved = at.dice.random() < 0.7
    return {"order_id": request.order_id, "request_id": request.id, "approved": approved, "reason": at.words()} | (
        {"subject_hash": seen} if at.dice.random() < 0.5 else {}
    )


def _waits(at: At, *, asked_back: bool) -> ApprovalRequest:
    """A request that waits for its decision, or for an answer."""
    waiting = {order.id for order in at.rows.find(WorkOrder, state=State.WAITING_APPROVAL)}
    requests = [found for found in at.rows.find(ApprovalRequest) if found.order_id in waiting]
    found: ApprovalRequest = at.one(one for one in requests if (one.question_id is not None) is asked_back)
    return found


def _ask_back(at: At) -> Given:
    at.seldom()
    request = _waits(at, asked_back=False)
    return {"order_id": request.order_id, "request_id": request.id, "question": at.words()}


def _answer_back(at: At) -> Given:
    request = _waits(at, asked_back=True)
    given = {"order_id": request.order_id, "request_id": request.id, "answer": at.words()}
    return given | ({"amount_fen": at.dice.randrange(90_000)} if at.dice.random() < 0.5 else {})


def _measure(at: At) -> Given:
    at.seldom()
    if measurements_in_force(at.rows, "tv_lcd", w.TODAY) is None:
        raise Nothing
    order = at.open_order()
    figure = {"code": "PWR", "phase": at.dice.choice(("before", "after")), "value": at.dice.randrange(2_000)}
    return {"order_id": order.id, "unit_id": at.unit(order)} | figure


def _codes(at: At) -> Given:
    return {"order_id": at.open_order().id} | CODES | {"symptom": at.dice.choice(("P01", "P02"))}


def _part(at: At) -> Given:
    part = at.dice.choice((w.PART, w.PANEL))
    return {"order_id": at.open_order().id, "part_id": part, "quantity": at.dice.randint(1, 2)}


def _number(at: At) -> str:
    return at.dice.choice((w.PART, w.PANEL))


def _request(at: At) -> Given:
    numbers = sorted({_number(at), _number(at)})  # a set's own order differs from process to process
    return {"lines": [{"part_id": part, "quantity": at.dice.randint(1, 4)} for part in numbers], "note": at.words()}


def _grant(at: At) -> Given:
    line = at.one(at.rows.find(RequestLine))
    given = {"line_id": line.id, "quantity": at.dice.randint(0, 2), "refused": at.dice.randint(0, 1)}
    return {"request_id": line.request_id, "lines": [given | {"reason": at.words()}]}


def _send_parts(at: At) -> Given:
    """What was granted, what was agreed on, or (seldom) something nobody asked for."""
    if at.dice.random() < 0.2:
        to = at.dice.choice((w.STATION, w.OTHER_STATION, w.BRANCH))
        return {"to": to, "lines": [{"part_id": _number(at), "quantity": at.dice.randint(1, 3)}]}
    agreed = list(at.rows.find(PartTransfer, state=TransferState.ACCEPTED))
    if agreed:
        return {"transfer_id": at.one(agreed).id}
    return {"request_id": at.one(at.rows.find(PartRequest)).id}


def _take_in(at: At) -> Given:
    box = at.one(one for one in at.rows.find(Shipment) if one.received_at is None or at.dice.random() < _MISFIT)
    parts = {line.part_id: line.quantity for line in at.rows.find(ShipmentLine, shipment_id=box.id)}
    if at.dice.random() < 0.2:
        parts[_number(at)] = at.dice.randint(1, 2)
    counted = [
        {"part_id": part, "good": max(0, count - at.dice.randint(0, 1)), "doa": at.dice.randint(0, 1)}
        for part, count in sorted(parts.items())
    ]
    return {"shipment_id": box.id, "counted": counted}


def _settle(at: At) -> Given:
    box = at.one(one for one in at.rows.find(Shipment) if one.received_at is not None)
    return {"shipment_id": box.id, "outcome": at.dice.choice(("sender", "lost"))}


def _deputise(at: At) -> Given:
    day = at.device.now().date()
    return {"deputy_id": OTHER_MANAGER, "first_day": day, "last_day": day + timedelta(days=3)}


def _end_deputy(at: At) -> Given:
    return {"deputyship_id": at.one(at.rows.find(Deputy)).id}


def _keep(at: At) -> Given:
    return {"order_id": at.open_order().id, "part_id": _number(at)}


def _let_go(at: At) -> Given:
    kept = at.one(at.rows.find(Reservation))
    return {"order_id": kept.order_id, "part_id": kept.part_id}


def _bag(at: At) -> Given:
    return {"part_id": _number(at), "quantity": at.dice.randint(1, 2), "back": at.dice.random() < 0.4}


def _count_stock(at: At) -> Given:
    line = {"part_id": _number(at), "counted": at.dice.randint(0, 5), "reason": at.words()}
    return {"lines": [line]} | ({"technician": at.person} if at.dice.random() < 0.3 else {})


def _offer(at: At) -> Given:
    lines = [{"part_id": _number(at), "quantity": at.dice.randint(1, 2)}]
    return {"station": at.dice.choice(("SZ01", "SZ02")), "giving": at.dice.random() < 0.5, "lines": lines}


def _transfer(at: At) -> Given:
    return {"transfer_id": at.one(at.rows.find(PartTransfer)).id}


def _undo(at: At) -> Given:
    move = at.one(one for one in at.rows.find(StockMove) if one.reason in REVERSIBLE)
    return {"move_id": move.id, "reason": at.words()}


def _buy(at: At) -> Given:
    return {"part_id": w.PART, "price": "1", "vendor": at.words(), "picture": at.picture()}


def _tag(at: At) -> Given:
    old = at.one(at.rows.find(OldPart, state=OldPartState.TO_TAG))
    return {"order_id": old.order_id, "old_part_id": old.id, "serial": at.words().upper()}


def _receive(at: At) -> Given:
    old = at.one(at.rows.find(OldPart, state=OldPartState.TAGGED))
    return {"tag": old.id, "finding": at.dice.choice(("ok", "ok", "damaged"))}


def _pack(at: At) -> Given:
    olds = at.rows.find(OldPart, state=OldPartState.TAGGED)
    return {"tag": at.one(old for old in olds if old.station_id == at.device.spot.place).id}


def _unpack(at: At) -> Given:
    return {"tag": at.one(old for old in at.rows.find(OldPart) if old.box_id and at.box_of(old) is BoxState.OPEN).id}


def _seal(at: At) -> Given:
    packed = {old.box_id for old in at.rows.find(OldPart) if old.box_id}
    return {"number": at.box(lambda box: box.state is BoxState.OPEN and box.id in packed).number}


def _ship(at: At) -> Given:
    box = at.box(lambda box: box.sealed_at is not None and box.station_id == at.device.spot.place)
    return {"number": box.number, "carrier_number": at.words()}


def _open(at: At) -> Given:
    if at.dice.random() < 0.2:  # it was packed where nothing of it has been heard of yet
        return {"number": box_number(at.dice.choice(("SZ01", "SZ02")), w.an_id(at.words()))}
    return {"number": at.box(lambda box: box.closed_at is None).number}


def _count(at: At) -> Given:
    box = at.box(lambda box: box.opened_at is not None)
    old: OldPart = at.one(at.rows.find(OldPart))
    found = {"number": box.number, "finding": at.dice.choice(("ok", "ok", "damaged"))}
    how = at.dice.random()
    if how < 0.6:
        return found | {"tag": format_old_part(old.tag)}
    if how < 0.8:
        return found | {"tag": format_old_part(old.tag), "serial": at.words()}
    return found | {"part_id": old.part_id, "serial": old.serial or at.words()}


def _uncount(at: At) -> Given:
    box = at.box(lambda box: box.opened_at is not None)
    counts = [count for count in at.rows.find(BoxCount, box_id=box.id) if not count.voided]
    return {"number": box.number, "count_id": at.one(counts).id}


def _close(at: At) -> Given:
    return {"number": at.box(lambda box: box.opened_at is not None and box.closed_at is None).number}


def _received(at: At) -> Any:
    return at.one(old for old in at.rows.find(OldPart) if old.received_at is not None)


def _grade(at: At) -> Given:
    return {"tag": _received(at).id, "grade": at.dice.choice(("scrap", "supplier", "supplier"))}


def _send(at: At) -> Given:
    olds = at.rows.find(OldPart, grade="supplier")
    return {"tags": (at.one(old for old in olds if old.sent_at is None).id,), "supplier": "ACME"}


def _answer(at: At) -> Given:
    sent = at.one(old for old in at.rows.find(OldPart) if old.sent_at is not None)
    return {"tags": (sent.id,), "answer": at.dice.choice(("accepted", "refused"))}


def _statement(at: At) -> Given:
    return {"statement_id": at.one(at.rows.find(Statement)).id}


def _line(at: At) -> Given:
    line = at.one(at.rows.find(StatementLine))
    return {"statement_id": line.statement_id, "line_id": line.id, "reason": at.words()}


def _withdraw(at: At) -> Given:
    return {"operation_id": at.one(at.rows.find(ParkedOperation, state="open")).id}


def _pick(at: At) -> Given:
    conflict = at.one(at.rows.find(Conflict, state="open"))
    return {"conflict_id": conflict.id, "value": at.dice.choice((conflict.hq_value, conflict.place_value))}


def _password(at: At) -> Given:
    return {"verifier": f"$argon2id$v=19$m=65536,t=3,p=4${at.words()}${at.words() * 3}"}


def _photo(at: At) -> Given:
    return {"order_id": at.open_order().id, "picture": at.picture(), "kind": "photo"}


def _branch_photo(at: At) -> Given:
    return {"order_id": at.one(at.rows.find(WorkOrder)).id, "picture": at.picture(), "kind": "photo"}


def _sign(at: At) -> Given:
    return {"order_id": at.open_order().id, "signed_by": at.words(), "signature_png": at.picture()}


def _counter(at: At) -> Given:
    serial = at.dice.choice((*SERIALS, ""))
    return {
        "customer_name": at.words(), "customer_phone": at.words(), "fault": at.words(), "serial": serial,
        "product_class": "tv_lcd",
    }  # fmt: skip


def _note(at: At) -> Given:
    return {"order_id": at.one(at.rows.find(WorkOrder)).id, "text": at.words()}


def _contact(at: At) -> Given:
    return {"order_id": at.open_order().id, "reached": at.dice.random() < 0.6, "note": at.words()}


def _miss(at: At) -> Given:
    return {"order_id": at.order("miss_visit").id, "missed_by": at.dice.choice(("customer", "technician"))}


def _receipt(at: At, order: WorkOrder) -> Given:
    return {"order_id": order.id, "unit_id": at.unit(order), "condition": at.words(), "signature_png": at.picture()}


def _take(at: At) -> Given:
    return _receipt(at, at.order("take_to_shop"))


def _receive_unit(at: At) -> Given:
    mailed = {"kind": "mailed_in", "carrier": "SF", "tracking": at.words()}
    return _receipt(at, at.open_order()) | (mailed if at.dice.random() < 0.4 else {"kind": "carried_in"})


def _give(at: At) -> Given:
    held: Custody = at.one(one for one in at.rows.find(Custody) if one.returned_at is None)
    return {"order_id": held.order_id, "unit_id": held.unit_id, "to_name": at.words()}


def _lend(at: At) -> Given:
    lent = {"model": w.MODEL, "serial": at.dice.choice(("LOAN1", "LOAN2")), "condition": at.words()}
    return {"order_id": at.open_order().id} | lent


def _take_back(at: At) -> Given:
    lent: Loaner = at.one(one for one in at.rows.find(Loaner) if one.back_at is None)
    return {"order_id": lent.order_id, "loaner_id": lent.id, "condition": at.words()}


def _in_hand(at: At) -> OrderUnit:
    """An identified unit of an order that is worked on."""
    working = {order.id for order in at.rows.find(WorkOrder) if order.state in AT_WORK}
    found: OrderUnit = at.one(unit for unit in at.rows.find(OrderUnit) if unit.serial and unit.order_id in working)
    return found


def _owed(at: At, unit: OrderUnit, *kinds: RemedyKind) -> Remedy | None:
    """What its verdict owes the customer."""
    verdict = verdict_of(unit, at.rows)
    return next((one for one in (verdict.remedies if verdict else ()) if one.kind in kinds), None)


def _young(at: At) -> Given:
    """Papers of a purchase of the last days: by them the customer may have the money back."""
    unit = _in_hand(at)
    day = at.device.now().date() - timedelta(days=at.dice.randrange(4))
    return {"order_id": unit.order_id, "unit_id": unit.id, "invoice_number": at.words(), "invoice_date": day}


def _ask_exchange(at: At) -> Given:
    return {"order_id": at.order("ask_approval").id, "reason": at.words(), "kind": "unit_exchange"}


def _certificate(at: At) -> Given:
    unit = _in_hand(at)
    granted = "unit_exchange" in approvals_of(unit.order_id, at.rows)
    return {
        "order_id": unit.order_id, "unit_id": unit.id, "fault": at.words(), "signed_by": at.words(),
        "purpose": "exchange" if granted else at.dice.choice(("exchange", "refund", "refund", "dealer_stock")),
        "finding": "faulty" if at.dice.random() < 0.8 else "no_fault",
        "measured": [{"name": at.words(), "value": at.words()}], "signature_png": at.picture(),
    }  # fmt: skip


def _card(at: At) -> Given:
    order = at.open_order()
    day = w.TODAY - timedelta(days=at.dice.randrange(9))
    halves = at.dice.choice(({}, {"half": "indoor", "pair": 1}, {"half": "outdoor", "pair": 1}))
    return {"order_id": order.id, "unit_id": at.unit(order), "installed_on": day, "place": at.words()} | halves


def _return(at: At) -> Given:
    order = at.order("return_unrepaired", SOURCES["return_unrepaired"] & {State.IN_SHOP, State.WAITING_CUSTOMER})
    return {"order_id": order.id, "reason": at.dice.choice(sorted(UNREPAIRED)), "to_name": at.words()}


def _certified(at: At, end: State) -> OrderUnit:
    """An identified unit at work that was found faulty for such an end."""
    working = {order.id for order in at.rows.find(WorkOrder) if order.state in AT_WORK}
    certified = {
        one.unit_id
        for one in at.rows.find(Certificate)
        if one.order_id in working and certificate_for(one.order_id, at.rows, end, one.unit_id) is not None
    }
    found: OrderUnit = at.one(unit for unit in at.rows.find(OrderUnit) if unit.id in certified and unit.serial)
    return found


def _exchange(at: At) -> Given:
    unit = _certified(at, State.EXCHANGED)
    if "unit_exchange" not in approvals_of(unit.order_id, at.rows) and at.dice.random() >= _MISFIT:
        raise Nothing
    owed = _owed(at, unit, RemedyKind.EXCHANGE)
    new = {"new_serial": f"K35U5525A15{at.dice.randrange(10**5):05d}", "rule": owed.rule if owed else ""}
    return {"order_id": unit.order_id, "unit_id": unit.id} | new


def _refund(at: At) -> Given:
    unit = _certified(at, State.REFUND_PROPOSED)
    owed = _owed(at, unit, RemedyKind.REFUND, RemedyKind.EXCHANGE)
    if owed is None:
        raise Nothing
    priced = {"rule": owed.rule, "price_fen": 329_900, "like_model_refused": at.dice.random() < 0.5}
    return {"order_id": unit.order_id, "unit_id": unit.id} | priced


_EVERYWHERE: dict[str, Callable[[At], Given]] = {
    "change_password": _password,
    "withdraw_operation": _withdraw,
    "pick_value": _pick,
}
_STATION: dict[str, Callable[[At], Given]] = {
    "accept_order": _plain("accept_order"),
    "decline_order": _plain("decline_order", reason=At.words),
    "assign_technician": _assign,
    "book_visit": _visit,
    "start_work": _plain("start_work"),
    "wait_for_parts": _plain("wait_for_parts", reason=At.words),
    "wait_for_customer": _plain("wait_for_customer", reason=At.words),
    "resume_work": _plain("resume_work"),
    "finish_repair": _plain("finish_repair"),
    "identify_unit": _identify,
    "record_documents": _documents,
    "judge_warranty": lambda at: {"order_id": at.open_order().id},
    "ask_approval": _ask,
    "code_fault": _codes,
    "sign_quotation": _sign,
    "add_attachment": _photo,
    "add_note": _note,
    "use_part": _part,
    "tag_old_part": _tag,
    "complete_order": _plain("complete_order", result=At.words),
    "confirm_statement": _statement,
    "dispute_line": _line,
} | _EVERYWHERE
_BRANCH: dict[str, Callable[[At], Given]] = {
    "accept_at_branch": _plain("accept_at_branch"),
    "dispatch_order": _plain("dispatch_order", station=lambda at: at.dice.choice((w.STATION, w.OTHER_STATION))),
    "recall_order": _plain("recall_order", reason=At.words),
    "cancel_order": _plain("cancel_order", reason=At.words),
    "decide_approval": _decide,
    "add_note": _note,
    "add_attachment": _branch_photo,
} | _EVERYWHERE
_WAREHOUSE: dict[str, Callable[[At], Given]] = {"receive_old_part": _receive} | _EVERYWHERE
#: What people do with parts, boxes, corrections, visits and the shop: a step of its own, so that schedules without it
#: go as they went.
_TRADE_AT_STATION: dict[str, Callable[[At], Given]] = {
    "request_parts": _request,
    "withdraw_request": lambda at: {"request_id": at.one(at.rows.find(PartRequest)).id},
    "request_exchange": lambda at: {"part_id": _number(at)},
    "ship_parts": _send_parts,
    "receive_shipment": _take_in,
    "reserve_part": _keep,
    "release_part": _let_go,
    "move_bag": _bag,
    "count_stock": _count_stock,
    "offer_transfer": _offer,
    "accept_transfer": _transfer,
    "decline_transfer": lambda at: _transfer(at) | {"reason": at.words()},
    "reverse_move": _undo,
    "buy_locally": _buy,
    "record_findings": _findings,
    "propose_correction": _correct,
    "propose_article": _propose,
    "pack_old_part": _pack,
    "unpack_old_part": _unpack,
    "seal_box": _seal,
    "ship_box": _ship,
    "open_order": _counter,
    "note_contact": _contact,
    "miss_visit": _miss,
    "take_to_shop": _take,
    "receive_unit": _receive_unit,
    "give_back": _give,
    "lend_loaner": _lend,
    "take_back_loaner": _take_back,
    "wait_for_inspection": _plain("wait_for_inspection"),
    "issue_certificate": _certificate,
    "add_unit": lambda at: {"order_id": at.open_order().id},
    "record_installation": _card,
    "return_unrepaired": _return,
    "exchange_unit": _exchange,
    "propose_refund": _refund,
    "reopen_order": _plain("reopen_order", reason=At.words),
    "record_documents": _young,
    "judge_warranty": lambda at: {"order_id": _in_hand(at).order_id},
    "ask_approval": _ask_exchange,
    "answer_question": _answer_back,
    "record_measurement": _measure,
    "book_visit": _visit,
    "complete_order": _plain("complete_order", result=At.words),
}
_TRADE_AT_BRANCH: dict[str, Callable[[At], Given]] = {
    "decline_at_branch": _plain("decline_at_branch", reason=At.words),
    "decide_approval": _decide,
    "ask_back": _ask_back,
    "name_deputy": _deputise,
    "end_deputy": _end_deputy,
    "propose_correction": _correct,
    "propose_article": _propose,
    "allocate_request": _grant,
    "ship_parts": _send_parts,
    "receive_shipment": _take_in,
    "settle_shipment": _settle,
    "count_stock": _count_stock,
    "reverse_move": _undo,
}
_TRADE_AT_WAREHOUSE: dict[str, Callable[[At], Given]] = {
    "open_box": _open,
    "count_old_part": _count,
    "uncount_old_part": _uncount,
    "close_count": _close,
    "grade_old_part": _grade,
    "send_to_supplier": _send,
    "supplier_answered": _answer,
}
OF_TRADE = {
    PlaceKind.STATION: _TRADE_AT_STATION,
    PlaceKind.BRANCH: _TRADE_AT_BRANCH,
    PlaceKind.WAREHOUSE: _TRADE_AT_WAREHOUSE,
}
OF_KIND = {PlaceKind.STATION: _STATION, PlaceKind.BRANCH: _BRANCH, PlaceKind.WAREHOUSE: _WAREHOUSE}
#: What is taken first where there is something for it: it needs a person's word, or much to come together.
_FIRST = frozenset({"pick_value", "withdraw_operation", "exchange_unit", "propose_refund", "accept_transfer"})
#: Given to the store as they are: their desks ask for more than a schedule knows (a password, pre-flight, files).
_STRAIGHT = frozenset({"change_password", "complete_order", "propose_article"})
ALL = frozenset().union(*OF_KIND.values(), *OF_TRADE.values())
assert frozenset(ACTIONS) >= ALL


def do_something(
    device: Device, dice: random.Random, tally: Callable[[str, str], None], *, of_trade: bool = False
) -> None:
    """A person does something that is possible here; refusals are tried a few times with something else."""
    place = device.sync_store.identity().place_kind
    makers = (OF_TRADE if of_trade else OF_KIND)[PlaceKind(place)]
    for _ in range(3):
        person = dice.choice(device.spot.people)
        action = _chosen(device, dice, makers, person)
        if action is None:
            continue
        name, given = action
        try:
            if name in _STRAIGHT:
                device.store.record(name, given, person)
            else:
                act(name, given, device.desk(person))
        except Refusal as refusal:
            tally(name, refusal.code)
            if refusal.code in ("disk_full", "database_unwritable", "profile_unwritable"):
                return
            continue
        tally(name, "done")
        return


def _chosen(
    device: Device, dice: random.Random, makers: dict[str, Callable[[At], Given]], person: str
) -> tuple[str, Given] | None:
    """An action and what to do it with: what goes first, else any for which there is something."""
    with device.store.reading() as rows:
        at = At(rows, dice, device, person)
        names = list(makers)
        dice.shuffle(names)
        names.sort(key=lambda name: name not in _FIRST or dice.random() < 0.6)
        for name in names:
            if name == "change_password" and dice.random() < 0.8:
                continue
            try:
                return name, makers[name](at)
            except Nothing:
                continue
    return None
