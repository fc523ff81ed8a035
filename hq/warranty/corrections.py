"""Corrections of the registry: proposed by places, or by an installation card; decided here, told by the next delta."""

from collections.abc import Iterable
from datetime import date, datetime

import msgspec
from sqlalchemy import select

from core.corrections import corrected, value_in
from core.ids import derive
from core.operations.operation import Operation
from core.refusals import Refusal
from core.rows.access import Rows
from core.rows.orders import OrderUnit, WorkOrder
from core.rows.people import Person, Place
from core.rows.units import CorrectionField, CorrectionState, UnitCorrection
from core.warranty import RegisteredUnit
from hq.feed import Work, load_registry, work
from hq.feed.registry import units_of
from hq.store import Store
from hq.store.schema import TABLES

#: The reason of a proposal that no person wrote: the paper itself says it. Interfaces show it in words.
INSTALLATION_CARD = "installation_card"
_TABLE = TABLES[UnitCorrection]


class Proposed(msgspec.Struct, frozen=True, kw_only=True):
    """A proposed correction as HQ's people see it; ``now`` is what the registry says at this moment."""

    id: str
    branch: str
    place: str
    person: str
    proposed_at: datetime
    model: str
    serial: str
    field: str
    old: str
    new: str
    now: str
    reason: str
    has_photo: bool
    state: str
    answer: str = ""


def propose_installed(rows: Rows, operation: Operation) -> None:
    """An installation card that was shown proposes its day to the registry, once for each day and unit."""
    named = msgspec.json.decode(operation.args, type=_OfUnit)
    order, unit = rows.get(WorkOrder, named.order_id), rows.get(OrderUnit, named.unit_id)
    if order is None or unit is None or unit.serial is None or unit.installation_date is None:
        return
    registered = rows.look_up(unit.serial)[1]
    day: date = unit.installation_date
    correction_id = derive(unit.id, f"installed/{unit.serial}/{day}")
    is_known = registered is None or registered.installed == day or registered.model != unit.model
    if is_known or registered is None or rows.get(UnitCorrection, correction_id) is not None:
        return
    rows.put(
        UnitCorrection(
            id=correction_id,
            branch_id=order.branch_id,
            station_id=order.station_id,
            order_id=order.id,
            model=registered.model,
            serial=registered.serial,
            field=CorrectionField.INSTALLED,
            old=value_in(registered, CorrectionField.INSTALLED),
            new=day.isoformat(),
            reason=INSTALLATION_CARD,
            proposed_by=operation.user,
            proposed_at=operation.made_at,
        )
    )


class _OfUnit(msgspec.Struct):
    order_id: str = ""
    unit_id: str = ""


def proposed(store: Store, *, undecided: bool = True) -> list[Proposed]:
    """The corrections of all branches, oldest first; those that wait, or all."""
    wanted = select(_TABLE.c.branch_id, _TABLE.c.id)
    if undecided:
        wanted = wanted.where(_TABLE.c.state == CorrectionState.OPEN.value)
    with work(store) as doing:
        keys = doing.connection.execute(wanted.order_by(_TABLE.c.proposed_at, _TABLE.c.id)).all()
        return [_shown(doing, branch, row_id) for branch, row_id in keys]


def _shown(doing: Work, branch_id: str, row_id: str) -> Proposed:
    rows = doing.view(branch_id)
    one = _found(rows, row_id)
    place = rows.get(Place, one.station_id or one.branch_id)
    person, branch = rows.get(Person, one.proposed_by), rows.get(Place, branch_id)
    unit = _unit(doing, one)
    return Proposed(
        id=one.id,
        branch=branch.code if branch else "",
        place=place.code if place else "",
        person=person.name if person else "",
        proposed_at=one.proposed_at,
        model=one.model,
        serial=one.serial,
        field=one.field.value,
        old=one.old,
        new=one.new,
        now=value_in(unit, one.field) if unit else "",
        reason=one.reason,
        has_photo=one.photo_sha256 is not None,
        state=one.state.value,
        answer=one.answer or "",
    )


def decide(store: Store, correction_id: str, *, accepted: bool, answer: str, by: str, now: datetime) -> UnitCorrection:
    """Accept or refuse one; an accepted one stands in the registry's next delta. A refusal gives its reason.

    Raises Refusal ``correction_unknown``, ``correction_decided``, ``correction_outdated``, ``correction_contradicts``,
    ``unit_not_registered`` or ``reason_missing``.
    """
    if not accepted and not answer.strip():
        raise Refusal("reason_missing")
    with work(store) as doing:
        rows = doing.rows(_branch_of(doing, correction_id))
        one = _found(rows, correction_id)
        if one.state is not CorrectionState.OPEN:
            raise Refusal("correction_decided")
        if accepted:
            _enter(doing, one)
        decided = answered(one, accepted=accepted, answer=answer, by=by, now=now)
        rows.put(decided)
    return decided


def answered(one: UnitCorrection, *, accepted: bool, answer: str, by: str, now: datetime) -> UnitCorrection:
    """The correction with headquarters' word."""
    return msgspec.structs.replace(
        one,
        state=CorrectionState.ACCEPTED if accepted else CorrectionState.REFUSED,
        decided_by=by,
        decided_at=now,
        answer=answer or None,
    )


def _enter(doing: Work, one: UnitCorrection) -> None:
    """Write the correction into the registry; another model is another entry."""
    unit = _unit(doing, one)
    if unit is None:
        raise Refusal("unit_not_registered", serial=one.serial)
    stands = value_in(unit, one.field)
    if stands not in (one.old, one.new):
        raise Refusal("correction_outdated", now=stands, old=one.old)
    mended = corrected(unit, one.field, one.new)
    if mended.model != unit.model:
        load_registry(doing, [unit], deleted=True)
    load_registry(doing, [mended])


def _unit(doing: Work, one: UnitCorrection) -> RegisteredUnit | None:
    found: Iterable[RegisteredUnit] = units_of(doing.beside, one.serial)
    return next((unit for unit in found if unit.model == one.model), None)


def _branch_of(doing: Work, correction_id: str) -> str:
    wanted = select(_TABLE.c.branch_id).where(_TABLE.c.id == correction_id)
    branch: str | None = doing.connection.execute(wanted).scalar_one_or_none()
    if branch is None:
        raise Refusal("correction_unknown")
    return branch


def _found(rows: Rows, correction_id: str) -> UnitCorrection:
    one = rows.get(UnitCorrection, correction_id)
    if one is None:
        raise Refusal("correction_unknown")
    return one
