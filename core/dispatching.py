"""From rows to candidates: the stations of a branch and the technicians of a station for one order."""

from collections.abc import Mapping
from datetime import date
from typing import Any, NamedTuple

from core import reference
from core.dispatch import Facts, Ranking, Wanted, ranked
from core.roles import PlaceKind, Role
from core.rows.access import Rows
from core.rows.orders import OrderUnit, ServiceType, TimelineEntry, WorkOrder
from core.rows.people import Person, Place
from core.rows.reference import Model

#: Timeline entries by which a station gave an order back, or let it lie.
_GAVE_BACK = frozenset({"decline_order", "expire_offer"})


class Counts(NamedTuple):
    """What a database counts, per station or per technician; who is not in it has none.

    ``load``: orders to be worked on today. ``fixed`` and ``finished``: of the last days' finished orders those that
    held at the first visit, and all. ``parts``: how many of the likely part lie there; None when no part is likely.
    """

    load: Mapping[str, int] = {}
    fixed: Mapping[str, int] = {}
    finished: Mapping[str, int] = {}
    parts: Mapping[str, int] | None = None


def stations_for(rows: Rows, order: WorkOrder, day: date, counts: Counts) -> Ranking:
    """The branch's stations on ``day``, ranked for the order."""
    criteria = reference.criteria_in_force(rows, day)
    gave_back = {
        entry.station_id for entry in rows.find(TimelineEntry, order_id=order.id) if entry.action in _GAVE_BACK
    }
    places = rows.find(Place, branch_id=order.branch_id, kind=PlaceKind.STATION)
    facts = [_station(place, rows, order, day, counts, declined=place.id in gave_back) for place in places]
    return ranked(facts, wanted_of(rows, order, day), criteria, criteria.stations)


def technicians_for(rows: Rows, order: WorkOrder, station: Place, day: date, counts: Counts) -> Ranking:
    """The station's technicians on ``day``, ranked for the order."""
    criteria = reference.criteria_in_force(rows, day)
    facts = [_technician(one, station, counts) for one in technicians_of(rows, station.id)]
    return ranked(facts, wanted_of(rows, order, day), criteria, criteria.technicians)


def wanted_of(rows: Rows, order: WorkOrder, day: date) -> Wanted:
    """What the order asks for."""
    known = model_of(rows, order)
    model = rows.get(Model, known) if known else None
    return Wanted(
        product_class=order.product_class,
        day=day,
        tier=model.tier if model else None,
        visit=order.service_type is ServiceType.ON_SITE,
        address=order.customer_address,
        position=order.customer_position,
    )


def model_of(rows: Rows, order: WorkOrder) -> str | None:
    """The model of the order's first unit as identified, else as reported."""
    units = sorted(rows.find(OrderUnit, order_id=order.id), key=lambda unit: unit.position)
    return next((unit.model for unit in units if unit.model), order.reported_model)


def technicians_of(rows: Rows, station_id: str) -> list[Person]:
    """Everybody of the station who repairs, also those who do not at present."""
    return [one for one in rows.find(Person, place_id=station_id) if Role.TECHNICIAN in one.roles]


def lines_of(person: Person, station: Place) -> tuple[str, ...]:
    """The lines a technician is licensed for; without a list of their own, the station's."""
    return person.lines or station.lines


def _works(person: Person, station: Place, product_class: str, day: date) -> bool:
    expired = person.licence_until is not None and person.licence_until < day
    licensed = product_class in lines_of(person, station) and not expired
    return person.active and not person.reexamination and licensed


def _station(place: Place, rows: Rows, order: WorkOrder, day: date, counts: Counts, *, declined: bool) -> Facts:
    crew = [one for one in technicians_of(rows, place.id) if _works(one, place, order.product_class, day)]
    return Facts(
        id=place.id,
        code=place.code,
        name=place.name,
        lines=place.lines,
        licence_until=place.licence_until,
        areas=place.areas,
        area_m=place.area_m,
        position=place.position,
        grade=max((one.grade for one in crew), default=None),
        active=place.active,
        frozen=place.frozen,
        declined=declined,
        people=len(crew),
        **_counted(place.id, counts),
    )


def _technician(person: Person, station: Place, counts: Counts) -> Facts:
    return Facts(
        id=person.id,
        code=person.login,
        name=person.name,
        lines=lines_of(person, station),
        licence_until=person.licence_until,
        grade=person.grade,
        active=person.active,
        reexamination=person.reexamination,
        **_counted(person.id, counts),
    )


def _counted(key: str, counts: Counts) -> dict[str, Any]:
    parts = None if counts.parts is None else counts.parts.get(key, 0)
    return {
        "load": counts.load.get(key, 0),
        "fixed": counts.fixed.get(key, 0),
        "finished": counts.finished.get(key, 0),
        "parts": parts,
    }
