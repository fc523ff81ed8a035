"""The sample exercises every state, kind and exception of the trade: tables of what must occur, and what need not."""

import typing
from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, date, datetime
from enum import Enum
from typing import Any, NamedTuple

import pytest

from core.approvals import is_edited
from core.ends import UNREPAIRED, VISIT_PAYERS
from core.operations import ACTIONS
from core.parts_ledger import balances, below_zero
from core.roles import Role
from core.rows import TRADE_KINDS, Row
from core.rows.boxes import Box, BoxCount, BoxState
from core.rows.jobs import Certificate, Custody, CustodyKind, FindingOf, Loaner, MeasuredValue, OrderEnd, Phase, Purpose
from core.rows.knowledge import (
    Article,
    ArticlePicture,
    ArticleProposal,
    EditionState,
    JobTemplate,
    ProposalPicture,
    ProposalState,
)
from core.rows.orders import (
    ApprovalDecision,
    ApprovalKind,
    ApprovalLevel,
    ApprovalQuestion,
    ApprovalRequest,
    Attachment,
    Job,
    OrderUnit,
    Quotation,
    ScanEvent,
    ServiceType,
    TimelineEntry,
    UnitVerdict,
    Visit,
    WorkOrder,
)
from core.rows.parts import AccountEntry, Condition, OldPart, OldPartState, PartLine, StockMove
from core.rows.people import Deputy, Person
from core.rows.settlement import Claim, Statement, StatementLine
from core.rows.supply import (
    Allocation,
    LocalPurchase,
    PartRequest,
    PartsAccount,
    PartTransfer,
    ReceiptLine,
    RequestLine,
    Reservation,
    Shipment,
    ShipmentLine,
    StockCount,
    TransferState,
)
from core.rows.sync import Task
from core.rows.units import CorrectionField, CorrectionState, UnitCorrection, UnitRecord
from core.settlement import StatementState
from core.sla.escalation import LEVELS
from core.warranty import (
    DocumentProblem,
    Exclusion,
    Grantor,
    Holder,
    Outcome,
    RegistryState,
    UnitStatus,
)
from core.work_order import ENDS, State
from hq.sample import Sample, sample
from hq.sample.memory import MemoryRows
from hq.sample.player import Player

DAY = date(2026, 6, 17)
END = datetime(2026, 6, 16, 16, tzinfo=UTC)  # midnight in China


class World(NamedTuple):
    """The default sample, its rows and registry, and which actions made it."""

    made: Sample
    rows: MemoryRows
    played: set[str]

    def find(self, kind: type[Any], /, **equal: object) -> list[Any]:
        """Rows of a kind."""
        return list(self.rows.find(kind, **equal))

    def any(self, kind: type[Any], is_so: Callable[[Any], object], /, **equal: object) -> bool:
        """Whether a row is so."""
        return any(is_so(row) for row in self.find(kind, **equal))


@pytest.fixture(scope="module")
def world() -> World:
    """It is made once, as ``init --sample`` makes it."""
    played: set[str] = set()
    with pytest.MonkeyPatch.context() as patch:
        act = Player.act

        def noted(self: Player, name: str, *args: Any, **more: Any) -> Any:
            played.add(name)
            return act(self, name, *args, **more)

        patch.setattr(Player, "act", noted)
        made = sample(DAY)
    rows = MemoryRows()
    for row in made.rows:
        rows.put(row)
    for unit in made.units:
        rows.know(unit)
    return World(made, rows, played)


class Field(NamedTuple):
    """Every one of ``members`` must occur in that field; of those in ``but`` it is said why they need not."""

    kind: type[Row]
    name: str
    members: Iterable[object]
    but: Mapping[object, str] = {}


_NOBODY = "nothing writes it"
#: A hold returns to where it was asked from: work, the shop, or before the first visit.
_RETURNS = (State.ACCEPTED, State.SCHEDULED, State.IN_PROGRESS, State.IN_SHOP)

FIELDS = (
    # people and places
    Field(Person, "roles", Role),
    # dispatch and SLA
    Field(WorkOrder, "state", State),
    Field(WorkOrder, "held_from", _RETURNS),
    Field(WorkOrder, "ended_as", ENDS),
    Field(WorkOrder, "service_type", ServiceType),
    Field(WorkOrder, "job", Job),
    Field(WorkOrder, "urgency", range(3)),
    Field(WorkOrder, "source", ("call_centre", "counter")),
    Field(WorkOrder, "escalated_to", LEVELS),
    Field(Visit, "state", ("booked", "moved", "made", "missed")),
    Field(Visit, "missed_by", ("customer", "technician")),
    Field(
        Task,
        "kind",
        (
            "unit_exchanged",
            "same_unit",
            "branch_silent",
            "branch_declined",
            "verdict_differs",
            "old_part_overdue",
            "old_part_differs",
            "box_differs",
            "shipment_differs",
            "fact_does_not_fit",
            "no_tariff",
        ),
        {
            "fact_does_not_fit": "comes of the sync: a fact that HQ's check refuses",
            "no_tariff": "the sample's tariffs leave no day open",
        },
    ),
    Field(Task, "state", ("open", "done")),
    # warranty
    Field(UnitVerdict, "outcome", Outcome),
    Field(UnitVerdict, "hq_outcome", Outcome),
    Field(OrderUnit, "document_problem", DocumentProblem),
    Field(OrderUnit, "held_by", Holder),
    Field(OrderUnit, "exclusions", Exclusion),
    Field(UnitCorrection, "field", CorrectionField),
    Field(UnitCorrection, "state", CorrectionState),
    # repair
    Field(OrderUnit, "serial_source", ("scan", "typed")),
    Field(OrderUnit, "half", ("indoor", "outdoor")),
    Field(ScanEvent, "device_kind", ("wedge", "serial", "camera", "picture", "typed")),
    Field(Custody, "kind", CustodyKind),
    Field(Certificate, "purpose", Purpose),
    Field(Certificate, "finding", FindingOf),
    Field(MeasuredValue, "phase", Phase),
    Field(OrderEnd, "end", ENDS, {State.COMPLETED: "a completed repair has no facts of another end"}),
    Field(OrderEnd, "reason", UNREPAIRED),
    Field(OrderEnd, "payer", VISIT_PAYERS),
    Field(Attachment, "kind", ("photo", "signature", "invoice", "label", "goodwill")),
    Field(Article, "state", EditionState),
    Field(JobTemplate, "state", EditionState),
    Field(ArticleProposal, "state", ProposalState),
    Field(ArticleProposal, "language", ("zh", "en")),
    # approvals
    Field(ApprovalRequest, "kind", ApprovalKind),
    Field(ApprovalRequest, "level", ApprovalLevel),
    Field(ApprovalDecision, "approved", (True, False)),
    # parts
    Field(StockMove, "condition", Condition),
    Field(
        StockMove,
        "reason",
        (
            "opening",
            "use_part",
            "receive_old_part",
            "send_to_supplier",
            "ship_parts",
            "receive_parts",
            "regrade",
            "settle_shipment",
            "count_stock",
            "move_bag",
            "buy_locally",
            "reversal",
        ),
    ),
    Field(PartLine, "payer", ("maker", "customer")),
    Field(PartLine, "below_zero", (True, False)),
    Field(PartLine, "removed", (True, False), {True: _NOBODY}),
    Field(AccountEntry, "kind", ("draw", "write_off", "return", "correction"), {"correction": _NOBODY}),
    Field(PartRequest, "kind", ("stock", "order", "exchange")),
    Field(PartRequest, "state", ("open", "withdrawn")),
    Field(RequestLine, "finding", ("faulty", "wrong_part", "damaged")),
    Field(Shipment, "settled", (None, "sender", "lost")),
    Field(ShipmentLine, "condition", Condition),
    Field(ReceiptLine, "finding", ("ok", "short", "over", "wrong", "doa")),
    Field(PartTransfer, "state", TransferState),
    Field(StockCount, "opening", (True, False)),
    Field(StockCount, "blind", (True, False)),
    Field(PartsAccount, "frozen", (True, False)),
    # old parts
    Field(OldPart, "state", OldPartState),
    Field(OldPart, "finding", ("ok", "wrong_part", "wrong_serial", "damaged", "late")),
    Field(OldPart, "grade", ("refurbish", "scrap", "supplier")),
    Field(OldPart, "answer", ("accepted", "replaced", "refused")),
    Field(Box, "state", BoxState),
    Field(BoxCount, "finding", ("ok", "damaged")),
    Field(BoxCount, "voided", (True, False)),
    # money
    Field(Claim, "state", ("open", "held", "verified", "rejected", "settled", "withdrawn")),
    Field(Statement, "state", StatementState),
    Field(Statement, "run", (1, 2)),
    Field(StatementLine, "disputed", (True, False)),
)


def occurring(rows: Iterable[Row], name: str) -> set[object]:
    """The values of a field; of a tuple each of its own."""
    found: set[object] = set()
    for row in rows:
        value = getattr(row, name)
        found |= set(value) if isinstance(value, tuple) else {value}
    return found


def missing(field: Field, rows: Iterable[Row]) -> set[object]:
    """What of the table does not occur."""
    return set(field.members) - occurring(rows, field.name) - set(field.but)


@pytest.mark.parametrize("field", FIELDS, ids=lambda field: f"{field.kind.__name__}.{field.name}")
def test_every_member_occurs(world: World, field: Field) -> None:
    assert missing(field, world.find(field.kind)) == set()
    assert set(field.but) <= set(field.members)
    assert not set(field.but) & occurring(world.find(field.kind), field.name), "it occurs by now"


def test_a_gap_would_be_seen(world: World) -> None:
    field = Field(ApprovalRequest, "kind", ApprovalKind)
    rows = [row for row in world.find(ApprovalRequest) if row.kind is not ApprovalKind.OUTSIDE_AREA]
    assert missing(field, rows) == {ApprovalKind.OUTSIDE_AREA}


def test_every_enum_of_a_row_is_in_the_table() -> None:
    """A new enum, or one in a new field, must be added to the table."""
    named = {(field.kind, field.name) for field in FIELDS}
    unnamed = {
        f"{kind.__name__}.{name}"
        for kind in TRADE_KINDS
        for name, hint in typing.get_type_hints(kind).items()
        if any(isinstance(one, type) and issubclass(one, Enum) for one in (hint, *typing.get_args(hint)))
        and (kind, name) not in named
    }
    assert unnamed == set()


#: Actions that the sample cannot play.
_NOT_PLAYED = {
    "change_password": "a credential, of which the sample has its own",
    "pick_value": "of the sync: a conflict",
    "withdraw_operation": "of the sync: a parked operation",
}


def test_every_action_is_played(world: World) -> None:
    assert set(ACTIONS) - world.played == set(_NOT_PLAYED)


def _first(world: World, order: WorkOrder) -> WorkOrder | None:
    return world.rows.get(WorkOrder, order.repairs_order_id) if order.repairs_order_id else None


def _repaired_again(world: World, *, here: bool) -> bool:
    firsts = [(one, _first(world, one)) for one in world.find(WorkOrder)]
    return any(first is not None and (first.station_id == one.station_id) is here for one, first in firsts)


def _rule(world: World, *rules: str) -> bool:
    found = {reason.rule for stored in world.find(UnitVerdict) for reason in stored.verdict.reasons}
    return set(rules) <= found


def _remedies(world: World, *rules: str) -> bool:
    found = {remedy.rule for stored in world.find(UnitVerdict) for remedy in stored.verdict.remedies}
    return set(rules) <= found


def _differences(world: World) -> bool:
    kinds = {one.kind for box in world.find(Box) for one in box.differences}
    return kinds == {"missing", "over", "wrong_part", "wrong_serial", "damaged", "late"}


def _away(world: World) -> bool:
    """A deputy stands in on the sample's day, and has decided something."""
    now = {one.deputy_id for one in world.find(Deputy) if one.first_day <= DAY <= one.last_day}
    return any(one.decided_by in now for one in world.find(ApprovalDecision))


EXCEPTIONS: dict[str, Callable[[World], object]] = {
    # dispatch and SLA
    "an offer that timed out": lambda w: w.find(WorkOrder, decline_reason="timed_out"),
    "an order given to another station": lambda w: any(
        [e.action for e in w.find(TimelineEntry, order_id=o.id)].count("dispatch_order") > 1 for o in w.find(WorkOrder)
    ),
    "an order that HQ offered to a station itself": lambda w: w.find(TimelineEntry, action="direct_dispatch"),
    "an order that its branch recalled": lambda w: w.find(TimelineEntry, action="recall_order"),
    "three reminders": lambda w: w.any(WorkOrder, lambda o: o.reminders >= 3),
    "paused clocks": lambda w: (
        {o.state for o in w.find(WorkOrder) if o.paused_at} >= {State.WAITING_PARTS, State.WAITING_CUSTOMER}
    ),
    "a duplicate that went into a counter order": lambda w: w.any(
        WorkOrder, lambda o: o.merged_into_id and w.rows.get(WorkOrder, o.merged_into_id).also_numbers
    ),
    "a visit entered in the evening": lambda w: w.any(Visit, lambda v: v.made_at and v.entered_at > v.made_at),
    "a closed door in a photo": lambda w: w.any(Visit, lambda v: v.evidence_sha256),
    "several units in one order": lambda w: w.any(OrderUnit, lambda u: u.position == 2 and u.serial),
    "a re-repair at the same station": lambda w: _repaired_again(w, here=True),
    "a re-repair at another station": lambda w: _repaired_again(w, here=False),
    "cancelled after a visit, each payer": lambda w: (
        {end.payer for end in w.find(OrderEnd, end=State.CANCELLED)} == set(VISIT_PAYERS)
    ),
    # repair
    "sent back by a carrier": lambda w: w.any(Custody, lambda c: c.carrier_in and c.carrier_out and c.tracking_out),
    "a loaner that is out": lambda w: w.find(Loaner, back_at=None),
    "opened again and at work": lambda w: w.any(
        Claim, lambda c: w.rows.get(WorkOrder, c.order_id).state is State.IN_PROGRESS, state="withdrawn"
    ),
    "an exchange at the repairer's cost": lambda w: w.find(OrderEnd, end=State.EXCHANGED, payer="station"),
    "an inspection that found no fault": lambda w: w.any(
        Certificate, lambda c: w.rows.get(WorkOrder, c.order_id).job is Job.INSPECTION, finding=FindingOf.NO_FAULT
    ),
    "pictures of an article": lambda w: w.find(ArticlePicture) and w.find(ProposalPicture),
    # warranty
    "covers by everybody who grants one": lambda w: (
        {cover.by for stored in w.find(UnitVerdict) for cover in stored.verdict.covers} == set(Grantor)
    ),
    "registries in every state": lambda w: {v.verdict.registry for v in w.find(UnitVerdict)} == set(RegistryState),
    "a verdict that HQ does not share": lambda w: w.any(UnitVerdict, lambda v: v.hq_outcome != v.outcome),
    "dealer's stock": lambda w: _rule(w, "dealer_stock"),
    "an extended contract": lambda w: _rule(w, "in_contract"),
    "a recall and a goodwill campaign": lambda w: _rule(w, "part_in_recall", "part_in_goodwill"),
    "no papers": lambda w: _rule(w, "repair_only_without_document"),
    "papers that cannot be right": lambda w: _rule(
        w, "invoice_before_manufacture", "document_altered", "document_mismatch"
    ),
    "units out of use": lambda w: _rule(w, "unit_exchanged_out", "unit_scrapped"),
    "findings against the cover": lambda w: _rule(w, *Exclusion),
    "a unit nobody knows": lambda w: _rule(w, "not_in_registry"),
    "a unit that was given in exchange, judged": lambda w: any(
        w.find(UnitVerdict, serial=unit.serial) for unit in w.made.units if unit.exchange_of
    ),
    "the unit it was given for, in the registry": lambda w: any(
        (old := w.rows.look_up(unit.exchange_of)[1]) is not None and old.status is UnitStatus.EXCHANGED_OUT
        for unit in w.made.units if unit.exchange_of
    ),
    "a repair that still holds, paid for": lambda w: _remedies(w, "remedy.repair_holds"),
    "rights that repairs give": lambda w: _remedies(
        w, "remedy.repairer_late", "remedy.part_missing", "remedy.repaired_again"
    ),
    "repairs elsewhere and contracts that HQ told of": lambda w: (
        w.any(UnitRecord, lambda r: r.repairs) and w.any(UnitRecord, lambda r: r.contracts)
    ),
    "a day of installation from the card": lambda w: w.find(UnitCorrection, reason="installation_card"),
    # approvals
    "an asked-back approval that is open": lambda w: w.any(ApprovalRequest, lambda r: r.question_id),
    "a question that was answered": lambda w: w.any(ApprovalQuestion, lambda q: q.answer and q.photo_sha256),
    "granted after an answer": lambda w: w.any(
        ApprovalRequest, lambda r: r.revision and w.any(ApprovalDecision, lambda d: d.approved, request_id=r.id)
    ),
    "gone up unanswered": lambda w: w.any(
        ApprovalRequest, lambda r: r.escalations and r.level is ApprovalLevel.HEADQUARTERS
    ),
    "edited since it was asked": lambda w: w.any(ApprovalRequest, lambda r: is_edited(w.rows, r)),
    "refused at every level": lambda w: (
        {w.rows.get(ApprovalRequest, d.request_id).level for d in w.find(ApprovalDecision, approved=False)}
        == set(ApprovalLevel)
    ),
    "decided by a deputy": _away,
    "a deputyship that ended early": lambda w: w.any(Deputy, lambda d: d.last_day < DAY),
    "a person with a limit": lambda w: w.any(Person, lambda p: p.approval_limit_fen),
    "a person under re-examination": lambda w: w.any(Person, lambda p: p.reexamination),
    "goodwill, or pay": lambda w: w.any(Quotation, lambda q: q.if_goodwill_fen == 0 and q.total_fen),
    # parts
    "a part below zero": lambda w: any(
        key.location.startswith("station:") for key, _ in below_zero(balances(w.find(StockMove)))
    ),
    "a part that stands in for a superseded one": lambda w: w.any(
        Allocation, lambda a: a.part_id != w.rows.get(RequestLine, a.line_id).part_id
    ),
    "a reservation that was let go": lambda w: w.any(Reservation, lambda r: r.quantity < 0),
    "a purchase near by, with its receipt": lambda w: w.any(LocalPurchase, lambda p: p.photo_sha256),
    "a part out of a bag": lambda w: w.any(StockMove, lambda m: m.from_location.startswith("bag:"), reason="use_part"),
    "a move that was undone": lambda w: w.any(StockMove, lambda m: m.reverses_id),
    "a transfer under way, and one that came": lambda w: (
        {s.received_at is None for s in w.find(Shipment) if s.transfer_id} == {True, False}
    ),
    "defective pieces sent back": lambda w: w.any(
        AccountEntry, lambda e: w.find(ShipmentLine, shipment_id=e.shipment_id, condition="defective"), kind="return"
    ),
    "boxes that differ in every way": _differences,
    "an old part found without its tag": lambda w: w.any(BoxCount, lambda c: c.tag is None),
    "an old part that turned up after the count": lambda w: w.find(Task, kind="box_differs", state="done"),
    # money
    "a line in dispute, with its reason": lambda w: w.any(StatementLine, lambda line: line.dispute_reason),
}  # fmt: skip


@pytest.mark.parametrize("name", EXCEPTIONS)
def test_the_exception_is_there(world: World, name: str) -> None:
    assert EXCEPTIONS[name](world)


def test_nothing_of_it_lies_in_the_future(world: World) -> None:
    assert max(entry.at for entry in world.find(TimelineEntry)) <= END
