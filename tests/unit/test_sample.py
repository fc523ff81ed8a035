"""The sample is the same for the same day, lives by the trade's own rules, and scales."""

from collections import Counter, defaultdict
from datetime import UTC, date, datetime
from functools import cache

import msgspec
import pytest
from argon2 import PasswordHasher

from core.claiming import preview
from core.claims import total_fen
from core.ends import UNREPAIRED
from core.identifiers import decode_serial, is_gtin, parse_invoice
from core.judging import Asked, judge_serial
from core.parts_ledger import balances, below_zero
from core.reference import policies, serial_patterns, tariffs
from core.roles import PlaceKind, Role
from core.rows import TRADE_KINDS
from core.rows.boxes import Box, BoxState
from core.rows.jobs import Certificate, Custody, CustodyKind, Loaner, OrderEnd, Purpose
from core.rows.orders import Job, OrderUnit, Quotation, TimelineEntry, UnitVerdict, Visit, WorkOrder
from core.rows.parts import AccountEntry, OldPart, OldPartState, PartLine, StockMove
from core.rows.people import Credential, Person, Place
from core.rows.reference import Model, ModelPart, Part, ProductClass
from core.rows.settlement import Claim, Statement, StatementLine
from core.rows.supply import ReceiptLine
from core.warranty import Documents, Outcome
from core.work_order import FINISHED, State
from hq.books.trade import impossible
from hq.sample import Sample, sample
from hq.sample.exceptions.cases import FIRST_RANK
from hq.sample.memory import MemoryRows
from hq.sample.places import PASSWORD

DAY = date(2026, 6, 17)


@cache
def made() -> Sample:
    return sample(DAY, stations=12, units=6_000, orders=600)


@cache
def rows() -> MemoryRows:
    found = MemoryRows()
    for row in made().rows:
        found.put(row)
    for unit in made().units:
        found.know(unit)
    return found


def small(day: date = DAY) -> bytes:
    found = sample(day, stations=2, units=600, orders=40)
    return msgspec.json.encode([found.rows, list(found.units), found.accounts, found.story])


def test_the_same_inputs_give_the_same_bytes():
    assert small() == small()
    assert small() != small(date(2026, 6, 18))


def test_it_has_the_sizes_that_were_asked_for():
    places = Counter(place.kind for place in rows().find(Place))
    assert places == {PlaceKind.HQ: 1, PlaceKind.BRANCH: 3, PlaceKind.STATION: 12, PlaceKind.WAREHOUSE: 1}
    assert len(rows().find(Person)) == len(made().accounts) == 42
    assert (len(rows().find(ProductClass)), len(rows().find(Model)), len(rows().find(Part))) == (6, 60, 400)
    planned = [order for order in rows().find(WorkOrder) if order.external_id and _rank(order) < FIRST_RANK]
    assert len(planned) == 600
    assert len(made().units) == 6_000 == len({unit.serial for unit in made().units})


def _rank(order: WorkOrder) -> int:
    """Its number in the sample, which stands behind the day in the call centre's own number; exceptions come after."""
    return int(order.external_id.removeprefix("CC")[8:])


def test_every_role_and_every_state_is_there():
    assert {role for person in rows().find(Person) for role in person.roles} == set(Role)
    assert {order.state for order in rows().find(WorkOrder)} == set(State)
    assert {old.state for old in rows().find(OldPart)} == set(OldPartState)


def test_the_demonstration_can_log_in():
    credentials = {row.id: row for row in rows().find(Credential)}
    liwei = next(person for person in rows().find(Person) if person.login == "liwei")
    assert PasswordHasher().verify(credentials[liwei.id].verifier, PASSWORD)
    first = made().accounts[0]
    assert (first.login, first.role, first.place, first.place_name) == ("liwei", "technician", "SZ01", "南山维修站")
    assert sum(account.must_change for account in made().accounts) == 1


def test_no_order_is_in_an_impossible_state_and_nothing_lies_in_the_future():
    claims = {claim.order_id: claim for claim in rows().find(Claim)}
    end = datetime(2026, 6, 16, 16, tzinfo=UTC)  # midnight in China
    for order in rows().find(WorkOrder):
        assert impossible(order, claims.get(order.id)) == []
    assert max(entry.at for entry in rows().find(TimelineEntry)) <= end


def test_orders_at_work_have_history():
    for order in rows().find(WorkOrder):
        actions = [entry.action for entry in rows().find(TimelineEntry, order_id=order.id)]
        assert ("open_order" if order.source == "counter" else "intake") in actions
        if order.state in FINISHED | {State.VERIFIED, State.SETTLED}:
            assert {"accept_order", "book_visit", "identify_unit", "judge_warranty"} <= set(actions)


def test_claims_are_what_the_tariff_gives():
    for claim in rows().find(Claim):
        order = rows().get(WorkOrder, claim.order_id)
        assert claim.total_fen == total_fen(claim.lines)
        if claim.state == "withdrawn":  # work goes on
            continue
        assert claim.lines == preview(order, rows(), claim.completed_on)
        foretold = order.ended_as is not State.CANCELLED  # a branch that cancels has no figure of the station
        assert claim.preview_fen == (claim.total_fen if foretold else None)


def test_sound_work_passes_the_preflight():
    signals = Counter(signal for claim in rows().find(Claim) for signal in claim.signals)
    assert set(signals) <= {"unit_never_sold", "callback_corrected"}


def test_verdicts_are_real_and_varied():
    verdicts = rows().find(UnitVerdict)
    assert {verdict.outcome for verdict in verdicts} >= {"in_warranty", "main_parts_only", "out_of_warranty"}
    for verdict in verdicts[:40]:
        unit = rows().get(OrderUnit, verdict.unit_id)
        again = judge_serial(
            unit.model,
            unit.serial,
            verdict.day,
            rows(),
            Asked(documents=Documents(invoice_date=unit.invoice_date), but=verdict.order_id),
        )
        assert again.outcome == verdict.outcome
        assert verdict.hq_outcome == verdict.outcome


def test_stock_adds_up_and_is_below_zero_only_where_it_is_flagged():
    everywhere = below_zero(balances(rows().find(StockMove)))
    short = [(key, quantity) for key, quantity in everywhere if not key.location.startswith("transit:")]
    assert 1 <= len(short) <= 2
    assert len(everywhere) - len(short) == sum(line.finding in ("over", "wrong") for line in rows().find(ReceiptLine))
    assert all(quantity == -1 for _, quantity in short)
    used = Counter(line.part_id for line in rows().find(PartLine))
    moved = Counter(move.part_id for move in rows().find(StockMove, reason="use_part"))
    assert used == moved


def test_boxes_and_parts_behind_them_are_there_in_every_state():
    boxes = rows().find(Box)
    assert {box.state for box in boxes} == set(BoxState)
    assert {one.kind for box in boxes for one in box.differences} >= {"missing", "damaged"}
    olds = rows().find(OldPart)
    assert {old.grade for old in olds} == {None, "refurbish", "scrap", "supplier"}
    assert {old.answer for old in olds} >= {None, "accepted"}
    assert all(old.packed_at is None or old.packed_at > old.tagged_at for old in olds)


def test_every_other_end_has_its_facts_and_every_exception_is_there():
    ends = rows().find(OrderEnd)
    states = {State.RETURNED_UNREPAIRED, State.EXCHANGED, State.REFUND_PROPOSED}
    ended = {order.id for order in rows().find(WorkOrder) if order.state in states}
    assert ended
    assert ended == {end.order_id for end in ends if end.end is not State.CANCELLED}
    assert {end.reason for end in ends if end.end is State.RETURNED_UNREPAIRED} == set(UNREPAIRED)
    assert {one.purpose for one in rows().find(Certificate)} == set(Purpose)
    assert len({one.number for one in rows().find(Certificate)}) == len(rows().find(Certificate))
    assert {one.kind for one in rows().find(Custody)} == set(CustodyKind)
    assert {visit.missed_by for visit in rows().find(Visit, state="missed")} == {"customer", "technician"}
    assert {loaner.back_at is None for loaner in rows().find(Loaner)} >= {True}
    done = {entry.action for entry in rows().find(TimelineEntry)}
    assert done >= {"reopen_order", "add_unit", "record_installation", "note_contact", "give_back"}
    assert rows().find(WorkOrder, job=Job.INSTALLATION)


def test_nothing_of_a_finished_order_is_left_in_the_shop():
    at_work = {order.id for order in rows().find(WorkOrder) if order.state not in FINISHED}
    left = [one.order_id for one in rows().find(Custody) if one.returned_at is None]
    assert left
    assert set(left) <= at_work


def test_write_offs_and_credits_go_together():
    credited = Counter(entry.old_part_id for entry in rows().find(AccountEntry, kind="write_off"))
    assert credited == Counter(old.id for old in rows().find(OldPart, state=OldPartState.WRITTEN_OFF))


def test_past_months_are_settled_once_per_claim():
    lines = defaultdict(list)
    for line in rows().find(StatementLine):
        lines[line.statement_id].append(line)
    statements = rows().find(Statement)
    assert {statement.month for statement in statements} == {"2026-03", "2026-04", "2026-05"}
    assert {statement.run for statement in statements} == {1, 2}
    for statement in statements:
        assert statement.total_fen == sum(line.amount_fen for line in lines[statement.id])
        assert statement.lines == len(lines[statement.id])
    settled = {claim.id for claim in rows().find(Claim, state="settled")}
    assert {line.claim_id for line in rows().find(StatementLine)} == settled


def test_paid_repairs_are_signed_and_not_claimed():
    paid = [quotation for quotation in rows().find(Quotation) if quotation.total_fen]
    assert paid
    assert all(quotation.signature_sha256 for quotation in paid)


def test_serials_can_be_read_and_models_have_good_numbers():
    patterns = serial_patterns(rows())
    for unit in list(made().units)[:600]:
        decoded = decode_serial(unit.serial, patterns)
        assert decoded is not None
        assert decoded.prefix == rows().get(Model, unit.model).serial_prefix
    assert all(is_gtin(model.gtin) for model in rows().find(Model))
    assert len({model.gtin for model in rows().find(Model)}) == 60


def test_main_parts_are_those_of_the_policies():
    classes = {model.id: model.product_class for model in rows().find(Model)}
    main = {
        (name, part.part_class)
        for name in set(classes.values())
        for policy in policies(rows(), name)
        for part in policy.main_parts
    }
    for fits in rows().find(ModelPart):
        part = rows().get(Part, fits.part_id)
        assert part.main_part == ((classes[fits.model_id], part.part_class) in main)


def test_the_story_is_eleven_days_over_and_needs_goodwill():
    story = made().story
    assert story.days_over == 11
    papers = Documents(invoice_date=story.invoice_date, invoice_number=story.invoice_number)
    verdict = judge_serial(story.model, story.serial, DAY, rows(), Asked(documents=papers))
    assert (verdict.outcome, verdict.days_over) == (Outcome.MAIN_PARTS_ONLY, 11)
    part = rows().get(Part, story.part_id)
    assert not verdict.pays_for(part.part_class)
    stock = balances(rows().find(StockMove))
    here = [n for key, n in stock.items() if key.part_id == part.id and key.location == f"station:{story.station_id}"]
    assert max(here) >= 3
    invoice = parse_invoice(story.invoice_qr)
    assert (invoice.number, invoice.amount_fen, invoice.date) == (
        story.invoice_number, story.invoice_fen, story.invoice_date,
    )  # fmt: skip


@pytest.mark.parametrize("day", [date(2026, 1, 1), date(2026, 2, 28), date(2026, 10, 12), date(2028, 2, 29)])
def test_any_day_will_do(day):
    found = sample(day, stations=1, units=600, orders=30)
    assert 11 <= found.story.days_over < 41
    tariffs_there = [row for row in found.rows if getattr(row, "kind", None) == "tariff"]
    assert tariffs_there


def test_it_refuses_more_orders_than_units():
    with pytest.raises(ValueError, match="units"):
        sample(DAY, units=600, orders=61)


def test_more_stations_than_districts_have_names_of_their_own():
    found = sample(DAY, stations=40, units=600, orders=0)
    names = [row.name for row in found.rows if isinstance(row, Place) and row.kind is PlaceKind.STATION]
    assert len(set(names)) == 40
    assert all(row.branch_id for row in found.rows if type(row) in TRADE_KINDS)
    assert tariffs(rows())
