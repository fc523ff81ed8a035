"""A unit's past as its page shows it: the registry, our orders, what HQ told or was asked, contracts, corrections."""

from dataclasses import dataclass
from datetime import date, datetime

from app.offline_db.store import LocalRows
from app.offline_db.unit_answers import kept
from core.identifiers import fold_serial
from core.judging import open_orders_of
from core.rows.orders import WorkOrder
from core.rows.reference import Model
from core.rows.units import PastRepair, UnitCorrection
from core.unit_history import records_of, repairs_of
from core.warranty import Contract, RegisteredUnit, RegistryState, UnitStatus

#: Where a line comes from.
REGISTRY, HERE, HQ = "registry", "here", "hq"


@dataclass(frozen=True)
class UnitEvent:
    """One thing that happened to a unit. ``kind`` is a code of ``core.words`` "unit_event"; days as calendar days.

    ``order_id`` is set where the order is on this computer; ``number`` and ``station`` name it in any case.
    """

    day: date
    kind: str
    source: str
    until: date | None = None
    text: str = ""
    number: str = ""
    station: str = ""
    fault: str = ""
    parts: tuple[str, ...] = ()
    paid: bool = False
    waited_days: int = 0
    order_id: str = ""


@dataclass(frozen=True)
class CorrectionLine:
    """A proposed correction and what became of it."""

    id: str
    field: str
    old: str
    new: str
    reason: str
    state: str
    answer: str
    proposed_at: datetime


@dataclass(frozen=True)
class UnitHistory:
    """What is known here of one serial number. ``as_of`` is when HQ last told of it; None: never."""

    serial: str
    registry: RegistryState
    unit: RegisteredUnit | None
    model_name: tuple[str, str]
    events: tuple[UnitEvent, ...]
    corrections: tuple[CorrectionLine, ...]
    as_of: datetime | None
    open_orders: tuple[tuple[str, str, str], ...]  # id, number, state


def unit_history(rows: LocalRows, serial: str) -> UnitHistory:
    """Everything known here of the unit, the newest first; works without a line."""
    wanted = fold_serial(serial)
    registry, unit = rows.look_up(wanted)
    asked = kept(rows, wanted)
    records = records_of(wanted, rows)
    if unit is None and asked and asked[0].units:
        unit = asked[0].units[0]
    model = rows.get(Model, unit.model) if unit else None
    repairs = {repair.order_id: repair for repair in (*(asked[0].repairs if asked else ()), *repairs_of(wanted, rows))}
    contracts = {one.id: one for record in reversed(records) for one in record.contracts}
    contracts |= {one.id: one for one in (asked[0].contracts if asked else ())}
    events = [
        *_registered(unit),
        *(_repair(rows, repair) for repair in repairs.values()),
        *(_contract(one) for one in contracts.values()),
    ]
    told = [*(record.as_of for record in records), *((asked[1],) if asked else ())]
    return UnitHistory(
        serial=wanted,
        registry=registry,
        unit=unit,
        model_name=(model.name_zh, model.name_en) if model else ("", ""),
        events=tuple(sorted(events, key=lambda event: (event.day, event.kind), reverse=True)),
        corrections=_corrections(rows, wanted),
        as_of=max(told, default=None),
        open_orders=_open_orders(rows, wanted),
    )


def _registered(unit: RegisteredUnit | None) -> list[UnitEvent]:
    """The registry's days of a unit, and its end."""
    if unit is None:
        return []
    taken_back = unit.status is UnitStatus.EXCHANGED_OUT
    dated = (
        ("made", unit.made, ""),
        ("shipped", unit.shipped, " ".join(filter(None, (unit.dealer, unit.region)))),
        ("sold", unit.sold, ""),
        ("registered", unit.registered, ""),
        ("installed", unit.installed, ""),
        ("exchanged_out" if taken_back else "exchanged_in", unit.exchanged_on, unit.exchange_of),
    )
    return [UnitEvent(day, kind, REGISTRY, text=text) for kind, day, text in dated if day is not None]


def _repair(rows: LocalRows, repair: PastRepair) -> UnitEvent:
    here = rows.get(WorkOrder, repair.order_id) is not None
    return UnitEvent(
        day=repair.from_day,
        until=repair.to_day,
        kind="repair",
        source=HERE if here else HQ,
        number=repair.number,
        station=repair.station,
        fault=repair.fault,
        parts=repair.parts,
        paid=repair.paid,
        waited_days=sum((until - since).days + 1 for since, until in repair.waits),
        order_id=repair.order_id if here else "",
    )


def _contract(one: Contract) -> UnitEvent:
    return UnitEvent(one.from_day, "contract", HQ, until=one.to_day, text=one.name, parts=one.parts)


def _corrections(rows: LocalRows, serial: str) -> tuple[CorrectionLine, ...]:
    found = sorted(rows.find(UnitCorrection, serial=serial), key=lambda one: one.proposed_at, reverse=True)
    return tuple(
        CorrectionLine(
            id=one.id,
            field=one.field.value,
            old=one.old,
            new=one.new,
            reason=one.reason,
            state=one.state.value,
            answer=one.answer or "",
            proposed_at=one.proposed_at,
        )
        for one in found
    )


def _open_orders(rows: LocalRows, serial: str) -> tuple[tuple[str, str, str], ...]:
    return tuple((order.id, order.number, order.state.value) for order in open_orders_of(serial, rows))
