"""The sample's three months: every order played to its state, old parts on their way back, past months settled."""

from collections import defaultdict
from collections.abc import Iterator
from datetime import date, datetime, timedelta

from core.roles import Role
from core.rows.people import Place
from core.rows.reference import Model
from core.rows.settlement import Statement
from core.rows.units import CorrectionField
from core.warranty import RegisteredUnit, UnitStatus
from core.work_order import State
from hq.sample import boxes
from hq.sample.dice import Dice
from hq.sample.ends import REFUND_DAYS
from hq.sample.journey import Journey
from hq.sample.memory import MemoryRows
from hq.sample.places import Staff
from hq.sample.plan import Planned, local, plan
from hq.sample.player import Player
from hq.sample.units import Units
from hq.sample.way import Cast, crew_of
from hq.settlement.service import move_statement, settle_branch

_SETTLED_ON_DAY = 5
_YOUNG_DAYS = 300
_TRIES = 20


class Casting:
    """Gives every planned order a unit of its own, of a line its station is licensed for."""

    def __init__(self, units: Units, staff: Staff, models: dict[str, Model], as_of: date) -> None:
        """Cast from ``units``."""
        self._units, self._staff, self._models, self._as_of = units, staff, models, as_of
        self._taken = {0}
        self._numbers: defaultdict[str, int] = defaultdict(int)

    def cast(self, planned: Planned) -> Cast:
        """The order's unit, number and crew."""
        crew = crew_of(self._staff, planned)
        unit = self._unit(planned, crew.station)
        return Cast(planned, unit, self._models[unit.model], self._number(planned, crew.branch), crew)

    def _number(self, planned: Planned, branch: Place) -> str:
        day = f"{planned.reported_at + timedelta(hours=8):%y%m%d}"
        self._numbers[f"{branch.code}-{day}"] += 1
        return f"{branch.code}-{day}-{self._numbers[f'{branch.code}-{day}']:04d}"

    def _unit(self, planned: Planned, station: Place) -> RegisteredUnit:
        dice = Dice("cast", planned.rank)
        for _ in range(_TRIES * len(self._units)):
            number = dice.below(len(self._units))
            if number in self._taken or self._units.model_of(number).product_class not in station.lines:
                continue
            unit = self._units.at(number)
            if self._fits(planned, unit):
                self._taken.add(number)
                return unit
        raise ValueError("too few units for so many orders")

    def _fits(self, planned: Planned, unit: RegisteredUnit) -> bool:
        """Held claims are of units never sold, rejected ones of young ones, refunds of new ones."""
        day, made = planned.reported_at.date(), unit.made or self._as_of
        young = made > day - timedelta(days=_YOUNG_DAYS)
        if planned.target is State.CLAIM_HELD:
            return young and unit.status is UnitStatus.SHIPPED and made < day - timedelta(days=60)
        if planned.target is State.REFUND_PROPOSED:
            return unit.sold is not None and 0 <= (day - unit.sold).days <= REFUND_DAYS
        sold = unit.status is UnitStatus.SOLD and unit.sold is not None and unit.sold < day - timedelta(days=20)
        wanted = planned.target in (State.CLAIM_REJECTED, State.VERIFIED) or planned.rank % 5 < 2
        return sold and (young or not wanted)


def play(rows: MemoryRows, staff: Staff, units: Units, as_of: date, orders: int) -> None:
    """Play all orders, settle the past months, and then make the last call-backs."""
    casting = Casting(units, staff, {model.id: model for model in rows.find(Model)}, as_of)
    player, now = Player(rows), local(as_of, 0)
    journeys = [Journey(player, casting.cast(one), now) for one in plan(as_of, len(staff.stations), orders)]
    for journey in journeys:
        rows.know(journey.cast.unit)
        journey.play()
    months = [(month, local(day, 10 * 60)) for month, day in _closed_months(as_of)]
    for month, at in months:
        for branch in staff.branches:
            settle_branch(rows.of_branch(branch.id), month, at)
    for index, (month, at) in enumerate(months):
        _answer(player, staff, month, at, paid=index < len(months) - 1)
    for journey in journeys:
        journey.verify()
    boxes.fill(player, staff, as_of)
    _correct(player, staff, journeys, now)


def _correct(player: Player, staff: Staff, journeys: list[Journey], now: datetime) -> None:
    """Two places have found another day of sale on an invoice than the registry has; HQ has yet to decide."""
    done = [one for one in journeys if one.cast.planned.target is State.SETTLED and one.cast.unit.sold is not None]
    for journey in done[:2]:
        unit, lead = journey.cast.unit, staff.at(journey.cast.crew.station.id, Role.STATION_LEAD)[0]
        sold = unit.sold or now.date()
        player.act(
            "propose_correction",
            lead,
            now - timedelta(days=1),
            order_id=journey.order_id,
            model=unit.model,
            serial=unit.serial,
            field=CorrectionField.SOLD,
            old=sold.isoformat(),
            new=(sold + timedelta(days=3)).isoformat(),
            reason="发票日期晚于登记的销售日期",
        )


def _closed_months(as_of: date) -> Iterator[tuple[str, date]]:
    """The past months of the sample with the day each was settled on."""
    first = (as_of - timedelta(days=100)).replace(day=1)
    while True:
        following = (first + timedelta(days=32)).replace(day=1)
        settled_on = following.replace(day=_SETTLED_ON_DAY)
        if settled_on >= as_of:
            return
        yield f"{first:%Y-%m}", settled_on
        first = following


def _answer(player: Player, staff: Staff, month: str, at: datetime, *, paid: bool) -> None:
    """Older months are paid; of the last one some stations have confirmed, the rest is a draft."""
    for index, statement in enumerate(player.rows.find(Statement, month=month)):
        if not paid and (index % 3 == 0 or statement.station_id == staff.stations[0].id):
            continue
        lead = staff.at(statement.station_id or "", Role.STATION_LEAD)[0]
        player.act("confirm_statement", lead, at + timedelta(hours=5), statement_id=statement.id)
        if paid:
            _pay(player.rows, statement, at + timedelta(days=1))


def _pay(rows: MemoryRows, statement: Statement, at: datetime) -> None:
    actions = ("approve_statement", "audit_statement", "issue_invoice", "check_invoice", "post_statement")
    for action in (*actions, "pay_statement"):
        move_statement(rows, statement.id, action, at)
