"""What every step of a sample order needs: its cast, its clock, its dice, and the hand that acts."""

from datetime import datetime, timedelta
from typing import Any, NamedTuple

from core.ids import derive
from core.operations.operation import Operation
from core.roles import Role
from core.rows.people import Person, Place
from core.rows.reference import Model
from core.warranty import RegisteredUnit
from hq.sample.dice import Dice, id_at
from hq.sample.places import Staff
from hq.sample.plan import Planned
from hq.sample.player import Player


class Crew(NamedTuple):
    """Who works on an order."""

    station: Place
    branch: Place
    technician: Person
    lead: Person
    manager: Person
    clerk: Person


class Cast(NamedTuple):
    """A planned order with its unit, its running number and its crew."""

    planned: Planned
    unit: RegisteredUnit
    model: Model
    number: str
    crew: Crew


def crew_of(staff: Staff, planned: Planned) -> Crew:
    """The crew of a planned order: its station's people, its branch's manager, the warehouse's clerk."""
    station = staff.stations[planned.station]
    branch = next(branch for branch in staff.branches if branch.id == station.branch_id)
    technicians = [one for one in staff.at(station.id, Role.TECHNICIAN) if not one.reexamination]
    return Crew(
        station,
        branch,
        technicians[0] if planned.rank % 3 else technicians[-1],
        staff.at(station.id, Role.STATION_LEAD)[0],
        staff.at(branch.id, Role.BRANCH_MANAGER)[0],
        staff.at(staff.warehouse.id, Role.WAREHOUSE_CLERK)[planned.rank % 2],
    )


class Way:
    """One order's way: where it is to end (``target``), and when the sample ends (``now``)."""

    def __init__(self, player: Player, cast: Cast, now: datetime) -> None:
        """Prepare the order's dice and ids."""
        self.player, self.cast, self.now = player, cast, now
        self.target = cast.planned.target
        self.dice = Dice("journey", cast.planned.rank)
        self.at = cast.planned.reported_at
        self.order_id = id_at(self.at, f"order/{cast.number}")
        self.unit_id = derive(self.order_id, "unit/1")

    def later(self, minutes: int) -> datetime:
        """Let so many minutes pass; returns the new time."""
        self.at += timedelta(minutes=minutes)
        return self.at

    def act(self, name: str, minutes: int, *, by: Person | None = None, **args: Any) -> Operation:
        """Do an action on the order so many minutes later; by the technician unless another is named."""
        person = by or self.cast.crew.technician
        return self.player.act(name, person, self.later(minutes), order_id=self.order_id, **args)
