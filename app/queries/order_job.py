"""What stands around an order's repair, for its page: units, calls, visits, whereabouts, certificates."""

from dataclasses import dataclass
from datetime import datetime

from app.offline_db.store import LocalRows
from core.claiming import Work, units_of
from core.ends import certificate_for, end_facts
from core.rows.jobs import Certificate, Contact, Custody, Loaner, OrderEnd
from core.rows.orders import Job as OrderJob
from core.rows.orders import OrderUnit, Visit, WorkOrder
from core.warranty import RemedyKind
from core.work_order import ENDS, State


@dataclass(frozen=True)
class UnitChoice:
    """One of several units: what it is, and whether what the job needs of it is there."""

    id: str
    position: int
    serial: str
    half: str
    pair: int | None
    done: bool


@dataclass(frozen=True)
class JobView:
    """Rows as they are, newest last; the page puts them in words."""

    units: tuple[UnitChoice, ...] = ()
    unit_id: str = ""
    contacts: tuple[Contact, ...] = ()
    visits: tuple[Visit, ...] = ()
    custody: tuple[Custody, ...] = ()
    loaners: tuple[Loaner, ...] = ()
    certificates: tuple[Certificate, ...] = ()
    end: OrderEnd | None = None
    exchange_rules: tuple[str, ...] = ()
    refund_rules: tuple[str, ...] = ()
    invoice_fen: int | None = None
    place: str = ""
    contacted_at: datetime | None = None

    @property
    def held(self) -> bool:
        """Whether a unit is in the station's hands."""
        return any(one.returned_at is None for one in self.custody)

    @property
    def lent(self) -> tuple[Loaner, ...]:
        """What the customer has of the station's."""
        return tuple(one for one in self.loaners if one.back_at is None)


def job_view(order: WorkOrder, work: Work, rows: LocalRows) -> JobView:
    """Everything around the repair of the unit on show."""
    unit, end = work.unit, order.ended_as if order.ended_as in ENDS else None
    remedies = work.verdict.remedies if work.verdict else ()
    exchanges = tuple(one.rule for one in remedies if one.kind is RemedyKind.EXCHANGE)
    return JobView(
        units=tuple(_choice(order, one, rows) for one in units_of(order, rows)),
        unit_id=unit.id if unit else "",
        contacts=tuple(sorted(rows.find(Contact, order_id=order.id), key=lambda one: one.at)),
        visits=tuple(sorted(rows.find(Visit, order_id=order.id), key=lambda one: (one.begins_at, one.id))),
        custody=tuple(sorted(rows.find(Custody, order_id=order.id), key=lambda one: one.received_at)),
        loaners=tuple(sorted(rows.find(Loaner, order_id=order.id), key=lambda one: one.lent_at)),
        certificates=tuple(sorted(rows.find(Certificate, order_id=order.id), key=lambda one: one.inspected_at)),
        end=end_facts(order, rows, end) if end else None,
        exchange_rules=exchanges,
        refund_rules=tuple(one.rule for one in remedies if one.kind is RemedyKind.REFUND) + exchanges,
        invoice_fen=unit.invoice_fen if unit else None,
        place=(unit.installation_place or "") if unit else "",
        contacted_at=order.contacted_at,
    )


def _choice(order: WorkOrder, unit: OrderUnit, rows: LocalRows) -> UnitChoice:
    return UnitChoice(unit.id, unit.position, unit.serial or "", unit.half or "", unit.pair, is_done(order, unit, rows))


def is_done(order: WorkOrder, unit: OrderUnit, rows: LocalRows) -> bool:
    """Whether the unit has what its order's job needs of it."""
    if unit.serial is None:
        return False
    if order.job is OrderJob.INSTALLATION:
        return bool(unit.installation_date and unit.installation_place)
    if order.job is OrderJob.INSPECTION:
        return certificate_for(order.id, rows, State.IN_PROGRESS, unit.id) is not None
    return bool(unit.verdict_id and unit.condition and unit.symptom and unit.section and unit.defect and unit.repair)
