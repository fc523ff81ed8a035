"""One order as the order page shows it: gathered from the local rows in one reading."""

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

from sqlalchemy import func, select

from app.offline_db.schema import ROW_TABLES, operation
from app.offline_db.store import LocalRows
from app.queries import suggestions
from app.queries.next_step import Situation, next_step, step_states
from app.queries.order_cards import codes_card, fees_card, part_choices, parts_card, preflight_card, repair_needs_part
from app.queries.order_job import is_done, job_view
from app.queries.order_measures import MeasureLine, measure_lines
from app.queries.order_unit import customer_card, unit_card
from app.queries.order_view import (
    Happened,
    Head,
    OrderView,
    PersonChoice,
    Picture,
    Request,
    StationChoice,
    Viewer,
)
from app.queries.remedies import advice_of
from app.queries.ticking import ticking_of
from core.approvals import standing
from core.claiming import Work, approvals_of, findings, maker_pays, units_of, work_of
from core.ends import REOPEN_DAYS, certificate_for
from core.ids import derive
from core.judging import local_day
from core.operations.custody import held
from core.operations.loaners import lent
from core.operations.open_order import COUNTER
from core.preflight import blocks
from core.refusals import Refusal
from core.roles import PlaceKind, Role
from core.rows.orders import (
    ApprovalDecision,
    ApprovalQuestion,
    ApprovalRequest,
    Attachment,
    Job,
    Note,
    OrderUnit,
    Quotation,
    ServiceType,
    TimelineEntry,
    UnitVerdict,
    Visit,
    WorkOrder,
)
from core.rows.parts import OldPart, OldPartState, PartLine
from core.rows.people import Person, Place
from core.rows.reference import ProductClass
from core.work_order import ENDED, OPEN_AT_STATION, State

ORDERS = ROW_TABLES[WorkOrder]
Price = Callable[..., Any]
"""What prices an order: `app.actions.pricing.quotation`; the window hands it in."""


class _Facts(NamedTuple):
    """What several cards need."""

    rows: LocalRows
    order: WorkOrder
    viewer: Viewer
    work: Work


def order_page(
    rows: LocalRows,
    order_id: str,
    viewer: Viewer,
    price: Price,
    planned: Sequence[str] = (),
    unit_id: str | None = None,
) -> OrderView:
    """The order, with one unit on show; ``planned`` are part numbers to be quoted before they are put in.

    Raises Refusal ``order_unknown``.
    """
    order = rows.get(WorkOrder, order_id) or next(iter(rows.find(WorkOrder, number=order_id)), None)
    if order is None:
        raise Refusal("order_unknown", order=order_id)
    facts = _Facts(rows, order, viewer, _work(order, rows, unit_id))
    found = findings(order, rows, viewer.today) if order.state in OPEN_AT_STATION else []
    requests = _requests(facts)
    situation = _situation(facts, errors=blocks(found), requests=requests)
    following = next_step(situation)
    missing, passed = preflight_card(found, following.step)
    timeline = _timeline(facts)
    return OrderView(
        head=_head(facts),
        customer=customer_card(order, facts.work.unit, rows),
        unit=unit_card(order, rows, facts.work.unit, viewer.now),
        pictures=_pictures(facts),
        codes=codes_card(facts.work, rows),
        parts=parts_card(facts.work, rows),
        part_choices=part_choices(facts.work, rows, viewer.today) if situation.side == "station" else (),
        fees=fees_card(facts.work, rows, viewer.now, viewer.today, price, tuple(planned)),
        missing=missing,
        passed=passed,
        timeline=timeline,
        to_send=sum(not entry.sent for entry in timeline),
        next=following,
        steps=step_states(situation, following.step),
        request=requests[-1] if requests else None,
        stations=_stations(facts) if situation.side == "branch" else (),
        technicians=_technicians(facts) if situation.lead else (),
        side=situation.side,
        working=order.state in OPEN_AT_STATION,
        can_edit=situation.side == "station" and order.state in OPEN_AT_STATION,
        advice=advice_of(order, rows, viewer.today) if situation.judged else (),
        job=job_view(order, facts.work, rows),
        measures=_measures(facts),
    )


def _measures(facts: _Facts) -> tuple[MeasureLine, ...]:
    """Of a repair; what is installed or only looked at is not measured before and after."""
    unit, order = facts.work.unit, facts.order
    if order.job not in (Job.REPAIR, Job.EXCHANGE):
        return ()
    return measure_lines(facts.rows, order, unit.id if unit else None, facts.viewer.today)


def _work(order: WorkOrder, rows: LocalRows, unit_id: str | None) -> Work:
    """Of the unit asked for, else of the first that lacks something, else of the first."""
    units = units_of(order, rows)
    asked = next((one for one in units if one.id == unit_id), None)
    open_one = next((one for one in units if not is_done(order, one, rows)), None)
    chosen = asked or (open_one if order.state in OPEN_AT_STATION else None)
    return work_of(order, rows, chosen.id if chosen else None)


def _side(order: WorkOrder, viewer: Viewer) -> str:
    """Where this person may act on the order: station, branch, or nowhere."""
    station = {Role.TECHNICIAN, Role.STATION_LEAD} & viewer.roles
    if viewer.place_id == order.station_id and station:
        only_technician = Role.STATION_LEAD not in viewer.roles
        foreign = only_technician and order.technician_id not in (None, viewer.person_id)
        return "" if foreign else "station"
    return "branch" if viewer.place_id == order.branch_id and Role.BRANCH_MANAGER in viewer.roles else ""


def _situation(facts: _Facts, *, errors: bool, requests: Sequence[Request]) -> Situation:
    rows, order, work = facts.rows, facts.order, facts.work
    unit, verdict, units = work.unit, work.verdict, units_of(order, rows)
    untagged = rows.find(OldPart, order_id=order.id, state=OldPartState.TO_TAG)
    return Situation(
        side=_side(order, facts.viewer),
        state=order.state,
        lead=Role.STATION_LEAD in facts.viewer.roles,
        on_site=order.service_type is ServiceType.ON_SITE,
        identified=bool(units) and all(one.serial for one in units),
        judged=bool(units) and all(one.verdict_id for one in units),
        covered=maker_pays(work) and (verdict is None or verdict.outcome.value == "in_warranty" or _granted(work)),
        days_over=verdict.days_over if verdict else None,
        asked=bool(requests),
        asked_back=any(one.question and not one.decided for one in requests),
        coded=bool(units) and all(_coded(one) for one in units),
        signed=bool(rows.find(Quotation, order_id=order.id)),
        needs_part=repair_needs_part(work, rows),
        untagged=len(untagged),
        errors=int(errors),
        started=order.started_at is not None,
        job=order.job.value,
        card_missing=not all(one.installation_date and one.installation_place for one in units),
        certified=bool(units) and all(_certified(order, one.id, rows) for one in _inspected(order, units, unit)),
        exchange_granted="unit_exchange" in approvals_of(order.id, rows),
        held=bool(held(rows, order.id)),
        lent=bool(lent(rows, order.id)),
        own_window=_may_reopen(order, facts),
    )


def _inspected(order: WorkOrder, units: Sequence[OrderUnit], shown: OrderUnit | None) -> Sequence[OrderUnit]:
    """An inspection is about all units; an exchange about the one on show."""
    return units if order.job is Job.INSPECTION or shown is None else [shown]


def _certified(order: WorkOrder, unit_id: str, rows: LocalRows) -> bool:
    end = State.IN_PROGRESS if order.job is Job.INSPECTION else State.EXCHANGED
    return certificate_for(order.id, rows, end, unit_id) is not None


def _may_reopen(order: WorkOrder, facts: _Facts) -> bool:
    if order.completed_at is None:
        return False
    return (facts.viewer.today - local_day(facts.rows, order.station_id, order.completed_at)).days <= REOPEN_DAYS


def _coded(unit: OrderUnit) -> bool:
    return bool(unit.condition and unit.symptom and unit.section and unit.defect and unit.repair)


def _granted(work: Work) -> bool:
    return "goodwill" in work.approvals


def _name(rows: LocalRows, kind: type[Place] | type[Person], row_id: str | None) -> str:
    row = rows.get(kind, row_id) if row_id else None
    return row.name if row else ""


def _head(facts: _Facts) -> Head:
    order, rows = facts.order, facts.rows
    line = rows.get(ProductClass, order.product_class)
    first = rows.get(WorkOrder, order.repairs_order_id) if order.repairs_order_id else None
    into = rows.get(WorkOrder, order.merged_into_id) if order.merged_into_id else None
    return Head(
        id=order.id,
        number=order.number,
        state=order.state.value,
        product_class=order.product_class,
        product_names=(line.name_zh, line.name_en) if line else (order.product_class,) * 2,
        service_type=order.service_type.value,
        job=order.job.value,
        open=order.state not in ENDED,
        due_at=order.due_at if order.state not in ENDED else None,
        paused=order.paused_at is not None,
        reminders=order.reminders,
        urgency=order.urgency,
        station=_name(rows, Place, order.station_id),
        technician=_name(rows, Person, order.technician_id),
        visit_from=order.visit_from,
        visit_to=order.visit_to,
        decline_reason=order.decline_reason or "",
        result=order.result or "",
        repairs_order=first.number if first else "",
        finished=order.completed_at is not None,
        ticking=ticking_of(rows, order, rows.find(TimelineEntry, order_id=order.id), facts.viewer.now),
        also_numbers=order.also_numbers,
        merged_into=(into.id, into.number) if into else ("", ""),
        escalated_to=order.escalated_to or "",
        at_counter=order.source == COUNTER,
    )


def _pictures(facts: _Facts) -> tuple[Picture, ...]:
    found = sorted(facts.rows.find(Attachment, order_id=facts.order.id), key=lambda one: one.added_at)
    return tuple(_picture(one) for one in found)


def _picture(one: Attachment) -> Picture:
    small = (one.thumbnail_sha256, one.thumbnail_bytes)
    return Picture(one.id, one.kind, one.sha256, one.media_type, one.bytes, one.added_at, *small)


def _requests(facts: _Facts) -> list[Request]:
    decisions = facts.rows.find(ApprovalDecision, order_id=facts.order.id)
    asked = sorted(facts.rows.find(ApprovalRequest, order_id=facts.order.id), key=lambda one: one.asked_at)
    return [_request(facts.rows, one, *standing(facts.rows, one, decisions)) for one in asked]


def _request(
    rows: LocalRows, one: ApprovalRequest, decision: ApprovalDecision | None, older: ApprovalDecision | None
) -> Request:
    question = rows.get(ApprovalQuestion, one.question_id) if one.question_id else None
    return Request(
        id=one.id,
        kind=one.kind.value,
        reason=one.reason,
        amount_fen=one.amount_fen,
        days_over=one.days_over,
        decided=decision is not None,
        approved=bool(decision and decision.approved),
        answer=decision.reason if decision else "",
        older=None if older is None else older.approved,
        question=question.question if question else "",
    )


def _timeline(facts: _Facts) -> tuple[Happened, ...]:
    """Newest first; what HQ has not answered is marked."""
    rows, order_id = facts.rows, facts.order.id
    statement = select(operation.c.id).where(operation.c.order_id == order_id, operation.c.state != "answered")
    waiting = {derive(found, "timeline") for found in rows.connection.execute(statement).scalars()}
    said = _said(rows, order_id)
    entries = sorted(rows.find(TimelineEntry, order_id=order_id), key=lambda one: (one.at, one.id), reverse=True)
    return tuple(
        Happened(
            action=one.action,
            at=one.at,
            person=one.person_name,
            trusted=one.trusted,
            sent=one.id not in waiting,
            fact=said.get((one.action, one.at)) or _detail(one),
        )
        for one in entries
    )


def _detail(entry: TimelineEntry) -> tuple[str, str] | None:
    """What the entry itself tells: a reason, the other order's number, the station, or how far it was raised."""
    for name in ("reason", "number", "station"):
        if entry.detail.get(name):
            return "text", entry.detail[name]
    return ("level", entry.detail["to"]) if "to" in entry.detail else None


def _said(rows: LocalRows, order_id: str) -> dict[tuple[str, Any], tuple[str, str]]:
    """What rows of the same moment add to an entry: (family of words or "text", value)."""
    said: dict[tuple[str, Any], tuple[str, str]] = {}
    for verdict in rows.find(UnitVerdict, order_id=order_id):
        said["judge_warranty", verdict.judged_at] = ("outcome", verdict.outcome)
    for asked in rows.find(ApprovalRequest, order_id=order_id):
        said["ask_approval", asked.asked_at] = ("approval", asked.kind.value)
    for decision in rows.find(ApprovalDecision, order_id=order_id):
        said["decide_approval", decision.decided_at] = ("decision", "approved" if decision.approved else "refused")
    for line in rows.find(PartLine, order_id=order_id):
        said["use_part", line.added_at] = ("text", line.part_id)
    for note in rows.find(Note, order_id=order_id):
        said["add_note", note.made_at] = ("text", note.text)
    for quotation in rows.find(Quotation, order_id=order_id):
        said["sign_quotation", quotation.signed_at] = ("money", str(quotation.total_fen))
    return said | _visits(rows, order_id)


def _visits(rows: LocalRows, order_id: str) -> dict[tuple[str, Any], tuple[str, str]]:
    """A visit's row has no moment of its own: entries and visits are matched in the order they were made."""
    visits = rows.find(Visit, order_id=order_id)
    booked = sorted((e for e in rows.find(TimelineEntry, order_id=order_id, action="book_visit")), key=lambda e: e.at)
    return {
        ("book_visit", entry.at): ("moment", visit.begins_at.isoformat())
        for entry, visit in zip(booked, visits, strict=False)
    }


def _stations(facts: _Facts) -> tuple[StationChoice, ...]:
    """The branch's stations, the fittest first, those that are not offered it last."""
    rows = facts.rows
    load = _load(rows, ORDERS.c.station_id)
    ranking = suggestions.stations(rows, facts.order, facts.viewer.now)
    places = {one.id: one for one in rows.find(Place, branch_id=facts.order.branch_id, kind=PlaceKind.STATION)}
    return tuple(
        StationChoice(
            id=one.facts.id,
            code=one.facts.code,
            name=one.facts.name,
            licensed=not {"not_licensed", "licence_expired"} & set(one.excluded),
            grade=places[one.facts.id].grade,
            open_orders=load.get(one.facts.id, 0),
            candidate=one,
        )
        for one in (*ranking.offered, *ranking.excluded)
    )


def _technicians(facts: _Facts) -> tuple[PersonChoice, ...]:
    """The station's technicians, the fittest first; those who are away are not among them."""
    rows = facts.rows
    station = rows.get(Place, facts.viewer.place_id)
    if station is None:
        return ()
    load = _load(rows, ORDERS.c.technician_id)
    ranking = suggestions.technicians(rows, facts.order, station, facts.viewer.now)
    every = (*ranking.offered, *ranking.excluded)
    here = (one for one in every if not {"inactive", "reexamination"} & set(one.excluded))
    return tuple(
        PersonChoice(one.facts.id, one.facts.name, one.facts.grade or 0, load.get(one.facts.id, 0), one) for one in here
    )


def _load(rows: LocalRows, column: Any) -> dict[str, int]:
    """Open orders per value of a column."""
    still_open = [state.value for state in State if state not in ENDED]
    statement = select(column, func.count()).where(ORDERS.c.state.in_(still_open)).group_by(column)
    return {row[0]: row[1] for row in rows.connection.execute(statement) if row[0]}
