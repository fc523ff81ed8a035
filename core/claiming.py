"""From an order's rows to its claim: what was done, who pays, the claim's lines, and the pre-flight's findings."""

from collections.abc import Sequence
from datetime import date
from typing import NamedTuple

from core import reference
from core.approvals import standing
from core.claims import NO_RATE, ClaimFacts, ClaimLine, ClaimPart, claim_lines, total_fen
from core.ends import CUSTOMER, MAKER, STATION, certificate_for, end_facts, was_visited
from core.fault_codes import CodeProblem, Coding, possible
from core.identifiers import is_placeholder
from core.judging import is_covered, local_day
from core.making import decoded_by
from core.measurements import Shortfall, shortfalls
from core.parts.books import OWED
from core.preflight import EarlierRepair, Finding, Papers, PreflightFacts, PreflightPart, Rules, preflight
from core.roles import Role
from core.rows.access import Rows
from core.rows.jobs import MeasuredValue
from core.rows.orders import (
    ApprovalDecision,
    ApprovalRequest,
    Attachment,
    Job,
    OrderUnit,
    Quotation,
    TimelineEntry,
    UnitVerdict,
    WorkOrder,
)
from core.rows.parts import OldPart, OldPartState, PartLine
from core.rows.people import Person, Place
from core.rows.reference import ModelPart, Part
from core.rows.settlement import Claim
from core.unit_history import is_repair
from core.warranty import Outcome, RegisteredUnit, Verdict
from core.work_order import ENDED, ENDED_BY, ENDS, State


class Work(NamedTuple):
    """An order's rows as far as its claim is concerned."""

    order: WorkOrder
    unit: OrderUnit | None
    verdict: Verdict | None
    lines: Sequence[PartLine]
    approvals: frozenset[str]


def work_of(order: WorkOrder, rows: Rows, unit_id: str | None = None) -> Work:
    """Gather the rows of an order as far as one unit is concerned: the named one, else its first."""
    units = units_of(order, rows)
    unit = next((one for one in units if unit_id in (None, one.id)), None)
    stored = rows.get(UnitVerdict, unit.verdict_id) if unit and unit.verdict_id else None
    lines = [line for line in rows.find(PartLine, order_id=order.id) if not line.removed]
    return Work(order, unit, stored.verdict if stored else None, lines, approvals_of(order.id, rows))


def units_of(order: WorkOrder, rows: Rows) -> list[OrderUnit]:
    """The order's units as they are counted."""
    return sorted(rows.find(OrderUnit, order_id=order.id), key=lambda one: (one.position, one.id))


def approvals_of(order_id: str, rows: Rows) -> frozenset[str]:
    """The kinds of approval that were granted for the order as it is now; one for an older version is none."""
    decisions = rows.find(ApprovalDecision, order_id=order_id)
    if not decisions:
        return frozenset()
    asked = rows.find(ApprovalRequest, order_id=order_id)
    return frozenset(r.kind.value for r in asked if (d := standing(rows, r, decisions)[0]) is not None and d.approved)


def maker_pays(work: Work) -> bool:
    """Whether the work is the maker's: in warranty, approved as goodwill, or for a covered main part alone."""
    if "goodwill" in work.approvals:
        return True
    if work.verdict is None:
        return False
    if work.verdict.outcome is Outcome.MAIN_PARTS_ONLY:
        return any(line.payer == "maker" for line in work.lines)
    return work.verdict.outcome is Outcome.IN_WARRANTY


def maker_pays_for(work: Work, end: str, rows: Rows) -> bool:
    """Whether what the end earns is the maker's: by its own facts first, then by the warranty.

    A visit in vain is the maker's by the branch's word alone; an installation or inspection always is, and so is an
    exchange or refund, which the branch and a certificate must have granted.
    """
    facts = end_facts(work.order, rows, State(end))
    if end == State.CANCELLED:
        return "cancelled_visit" in work.approvals or (facts is not None and facts.payer == MAKER)
    if facts is not None and facts.payer in (CUSTOMER, STATION):
        return False
    if end == State.COMPLETED and work.order.job in (Job.INSTALLATION, Job.INSPECTION):
        return True
    if end in (State.EXCHANGED, State.REFUND_PROPOSED):
        return True
    return maker_pays(work)


def part_payer(work: Work, part: Part) -> str:
    """Who pays for a part: ``maker`` when the verdict covers it or goodwill was granted, else ``customer``."""
    covered = "goodwill" in work.approvals or is_covered(work.verdict, part.part_class)
    return "maker" if covered else "customer"


def claim_facts(order: WorkOrder, rows: Rows) -> ClaimFacts:
    """What the order's claim is computed from."""
    work = work_of(order, rows)
    station = rows.get(Place, order.station_id) if order.station_id else None
    end = end_of(order, rows)
    return ClaimFacts(
        product_class=order.product_class,
        end=end,
        visited=was_visited(order, rows) or order.state not in ENDED,
        job=order.job.value,
        service_type=order.service_type.value,
        level=repair_level(work, rows),
        station_grade=station.grade if station else 3,
        distance_m=order.distance_m,
        maker_pays=maker_pays_for(work, end, rows),
        re_repair=_own_re_repair(order, rows),
        minutes_used=_minutes(order),
        parts=tuple(_claim_part(line, rows) for line in work.lines if line.payer == "maker"),
    )


def end_of(order: WorkOrder, rows: Rows) -> str:
    """The state in which the work ended (it decides what is earned); ``completed`` is foreseen while it goes on."""
    if order.state in ENDS:
        return order.state.value
    if order.ended_as is not None:
        return order.ended_as.value
    if order.completed_at is None and order.state in ENDED:
        for entry in rows.find(TimelineEntry, order_id=order.id):
            if entry.action in ENDED_BY:
                return ENDED_BY[entry.action].value
    return State.COMPLETED.value


def _claim_part(line: PartLine, rows: Rows) -> ClaimPart:
    """Parts come from the station's deposit: they are credited when the old part is written off, not claimed."""
    part = rows.get(Part, line.part_id)
    return ClaimPart(
        part_id=line.part_id, quantity=line.quantity, transfer_fen=part.transfer_fen if part else 0, bought=False
    )


def repair_level(work: Work, rows: Rows) -> str:
    """The tariff's level of the repair code; empty while it is not coded."""
    if work.unit is None or work.unit.repair is None:
        return ""
    catalogue = reference.fault_catalogue(rows, work.unit.code_system)
    entry = catalogue.find("repair", work.unit.repair) if catalogue else None
    return entry.level if entry else ""


def _own_re_repair(order: WorkOrder, rows: Rows) -> bool:
    """Whether the station must repair its own work again; what is no repair in the end is no repair again."""
    first = rows.get(WorkOrder, order.repairs_order_id) if order.repairs_order_id else None
    if order.ended_as not in (None, State.COMPLETED):
        return False
    return first is not None and first.station_id == order.station_id


def _minutes(order: WorkOrder) -> int | None:
    """Minutes from acceptance to completion; None before both are known."""
    if order.accepted_at is None or order.completed_at is None:
        return None
    return int((order.completed_at - order.accepted_at).total_seconds()) // 60


def preview(order: WorkOrder, rows: Rows, day: date) -> tuple[ClaimLine, ...]:
    """The claim's lines by the tariff in force on ``day``; none when there is no tariff."""
    tariff = reference.tariff_in_force(rows, day)
    return claim_lines(claim_facts(order, rows), tariff) if tariff else ()


def findings(order: WorkOrder, rows: Rows, day: date) -> list[Finding]:
    """What HQ would reject or hold, as pre-flight findings for the claim made on ``day``, of all units."""
    found: list[Finding] = []
    unit_ids: list[str | None] = [unit.id for unit in units_of(order, rows)]
    for unit_id in unit_ids or [None]:
        found += [one for one in preflight(preflight_facts(order, rows, day, unit_id)) if one not in found]
    return found


def preflight_facts(order: WorkOrder, rows: Rows, day: date, unit_id: str | None = None) -> PreflightFacts:
    """The pre-flight's view of one of the order's units: the named one, else the first."""
    work = work_of(order, rows, unit_id)
    unit = work.unit
    _, registered = rows.look_up(unit.serial) if unit and unit.serial else (None, None)
    station = rows.get(Place, order.station_id) if order.station_id else None
    technician = rows.get(Person, order.technician_id) if order.technician_id else None
    attachments = rows.find(Attachment, order_id=order.id)
    quotations = rows.find(Quotation, order_id=order.id)
    lines = preview(order, rows, day)
    end = end_of(order, rows)
    certificate = certificate_for(order.id, rows, State(end), unit.id if unit else None)
    return PreflightFacts(
        day=day,
        model=(unit.model or "") if unit else "",
        serial=(unit.serial or "") if unit else "",
        serial_placeholder=bool(unit and unit.serial and is_placeholder(unit.serial)),
        registered_model=registered.model if registered else "",
        status=registered.status if registered else None,
        made=_made(unit, registered, rows),
        fault_on=local_day(rows, order.station_id, order.reported_at),
        outcome=work.verdict.outcome if work.verdict else None,
        maker_pays=maker_pays(work),
        approvals=work.approvals | _said_by_branch(order, rows),
        papers=_papers(unit, rows),
        code_problems=_code_problems(work, rows),
        shortfalls=_shortfalls(work, rows, day),
        parts=tuple(_preflight_part(line, work, rows, day) for line in work.lines),
        earlier=_earlier(order, unit, rows),
        re_repair_linked=order.repairs_order_id is not None,
        claimed_by=_claimed_by(order, unit, rows, day),
        completed_on=local_day(rows, order.station_id, order.completed_at) if order.completed_at else None,
        end=end,
        job=order.job.value,
        inspection_certificate=certificate.number if certificate else "",
        service_type=order.service_type.value,
        visited=was_visited(order, rows),
        signed=any(quotation.signature_sha256 for quotation in quotations),
        quotation_signed=bool(quotations),
        photos=sum(item.kind in ("photo", "goodwill") for item in attachments),
        distance_m=order.distance_m,
        area_m=station.area_m if station else 0,
        product_class=order.product_class,
        technician_lines=_licensed(technician, order.product_class),
        station_lines=frozenset(station.lines) if station else frozenset(),
        licence_until=station.licence_until if station else None,
        claim_fen=total_fen(lines),
        no_rate=any(line.basis.startswith(NO_RATE) for line in lines),
        rules=_rules(rows, day),
    )


def _made(unit: OrderUnit | None, registered: RegisteredUnit | None, rows: Rows) -> date | None:
    """The day the registry knows, else the first day that the serial number can mean: a paper can't be older."""
    if registered and registered.made:
        return registered.made
    decoded = decoded_by(unit.serial, rows) if unit and unit.serial else None
    return next(iter(decoded.may_be_made), None) if decoded else None


def _said_by_branch(order: WorkOrder, rows: Rows) -> frozenset[str]:
    """A branch that cancels and says that the maker bears the visit has approved it."""
    facts = end_facts(order, rows, State.CANCELLED)
    return frozenset({"cancelled_visit"}) if facts is not None and facts.payer == MAKER else frozenset()


def _rules(rows: Rows, day: date) -> Rules:
    """What the tariff of the day asks of a claim."""
    tariff = reference.tariff_in_force(rows, day)
    if tariff is None:
        return Rules()
    return Rules(claim_days=tariff.claim_days, hold_days=tariff.hold_days, approval_limit_fen=tariff.approval_limit_fen)


def _papers(unit: OrderUnit | None, rows: Rows) -> Papers:
    if unit is None:
        return Papers()
    earlier = [u for u in rows.find(OrderUnit, serial=unit.serial) if u.id != unit.id] if unit.serial else []
    recorded = [u.invoice_date for u in earlier if u.invoice_date]
    same = rows.find(OrderUnit, invoice_number=unit.invoice_number) if unit.invoice_number else []
    return Papers(
        invoice_date=unit.invoice_date,
        invoice_number=unit.invoice_number or "",
        warranty_card_date=unit.warranty_card_date,
        installation_date=unit.installation_date,
        problem=unit.document_problem or "",
        recorded_invoice_date=recorded[-1] if recorded else None,
        number_used_for=next((u.serial for u in same if u.serial and u.serial != unit.serial), ""),
    )


def _code_problems(work: Work, rows: Rows) -> tuple[CodeProblem, ...]:
    unit = work.unit
    catalogue = reference.fault_catalogue(rows, unit.code_system) if unit else None
    if unit is None or catalogue is None:
        return ()
    parts = (rows.get(Part, line.part_id) for line in work.lines)
    coding = Coding(
        product_class=work.order.product_class,
        condition=unit.condition or "",
        symptom=unit.symptom or "",
        section=unit.section or "",
        defect=unit.defect or "",
        repair=unit.repair or "",
        part_classes=tuple(part.part_class for part in parts if part),
    )
    return tuple(possible(coding, catalogue))


def _shortfalls(work: Work, rows: Rows, day: date) -> tuple[Shortfall, ...]:
    """What the class of the product asks to be measured on the unit and is not there, or not right."""
    asked = reference.measurements_in_force(rows, work.order.product_class, day)
    if asked is None or work.unit is None:
        return ()
    return shortfalls(asked, rows.find(MeasuredValue, order_id=work.order.id, unit_id=work.unit.id))


def _preflight_part(line: PartLine, work: Work, rows: Rows, day: date) -> PreflightPart:
    part = rows.get(Part, line.part_id)
    old = rows.get(OldPart, line.old_part_id) if line.old_part_id else None
    model = work.unit.model if work.unit else None
    part_class = part.part_class if part else ""
    return PreflightPart(
        part_id=line.part_id,
        part_class=part_class,
        payer=line.payer,
        fits_model=model is None or bool(rows.find(ModelPart, model_id=model, part_id=line.part_id)),
        superseded_by=(part.superseded_by or "") if part else "",
        serialised=bool(part and part.serialised),
        new_serial=line.new_serial or "",
        covered=is_covered(work.verdict, part_class),
        below_zero=line.below_zero,
        old_due=old is not None and old.state is not OldPartState.NOT_DUE,
        old_tagged=old is not None and old.state is not OldPartState.TO_TAG,
        old_serial=(old.serial or "") if old else "",
        old_without_serial=bool(old and old.no_serial),
        old_overdue_days=_overdue_days(old, day),
    )


def _overdue_days(old: OldPart | None, day: date) -> int:
    """How long the old part has been owed beyond its day."""
    if old is None or old.state not in OWED or old.due_on is None:
        return 0
    return max((day - old.due_on).days, 0)


def _earlier(order: WorkOrder, unit: OrderUnit | None, rows: Rows) -> tuple[EarlierRepair, ...]:
    found = []
    for other in rows.find(OrderUnit, serial=unit.serial) if unit and unit.serial else ():
        first = rows.get(WorkOrder, other.order_id)
        if first and first.id != order.id and first.completed_at and is_repair(first):
            day = local_day(rows, first.station_id, first.completed_at)
            found.append(EarlierRepair(order_number=first.number, completed_on=day))
    return tuple(found)


def _claimed_by(order: WorkOrder, unit: OrderUnit | None, rows: Rows, day: date) -> str:
    """Another order that claims this unit for the same day."""
    for other in rows.find(OrderUnit, serial=unit.serial) if unit and unit.serial else ():
        for claim in rows.find(Claim, order_id=other.order_id):
            if claim.order_id != order.id and claim.completed_on == day and claim.state != "withdrawn":
                return claim.order_number
    return ""


def _licensed(technician: Person | None, product_class: str) -> frozenset[str]:
    """A technician's product lines; a lead or one without a list may do what the station may."""
    if technician is None or Role.TECHNICIAN not in technician.roles or not technician.lines:
        return frozenset({product_class})
    return frozenset(technician.lines)
