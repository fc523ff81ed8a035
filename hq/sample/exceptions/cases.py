"""Further orders for the exceptions: each with a unit of its own, played by the same steps as all others."""

from collections import Counter
from collections.abc import Callable, Sequence
from datetime import date, datetime, timedelta
from typing import Any, NamedTuple

import msgspec

from core import slas
from core.claiming import preview
from core.claims import total_fen
from core.ids import derive
from core.judging import judge_unit, local_day
from core.operations import action_named
from core.operations.operation import Operation
from core.parts.books import shelf_of
from core.parts_ledger import balance
from core.roles import Role
from core.rows.orders import OrderUnit, WorkOrder
from core.rows.parts import Condition, StockMove
from core.rows.people import Person, Place
from core.rows.reference import Model, ModelPart, Part
from core.warranty import RegisteredUnit, UnitStatus, Verdict
from core.work_order import State
from hq.inbox.follow_ups import follow_ups
from hq.sample import ends, mending
from hq.sample.dice import Dice
from hq.sample.journey import Journey
from hq.sample.memory import MemoryRows
from hq.sample.photos import photo, signature
from hq.sample.places import Staff
from hq.sample.plan import Planned, local
from hq.sample.player import Player
from hq.sample.units import SPAN_DAYS, Units
from hq.sample.way import Cast, crew_of

#: Their ranks and operations are numbered apart, so that everything else of the sample keeps its ids.
FIRST_RANK = 100_000
_RANKS = 20  # so many orders has a group of cases at most
_FIRST_NUMBER = 2_000_000
#: HQ judges a request when it arrives; whether an account bears one is asked before it is played here.
_ASKED_BEFORE = frozenset({"request_parts"})


def is_sold(unit: RegisteredUnit) -> bool:
    """An ordinary unit at a customer's."""
    return unit.status is UnitStatus.SOLD


class Wanted(NamedTuple):
    """Which unit a case needs: of these classes or models (none: any), made so many days ago or less."""

    fits: Callable[[RegisteredUnit], bool] = is_sold
    classes: tuple[str, ...] = ()
    models: tuple[str, ...] = ()
    made: int | None = None

    def may_be(self, model: Model) -> bool:
        """Whether units of that model come into question."""
        return (not self.classes or model.product_class in self.classes) and model.id in (self.models or (model.id,))


ANY = Wanted()


def young(cases: "Cases", *classes: str) -> Wanted:
    """Units that were sold in the last months."""
    first = cases.as_of - timedelta(days=250)
    return Wanted(lambda unit: is_sold(unit) and unit.sold is not None and unit.sold > first, classes, made=240)


class NoSuchUnit(LookupError):
    """The sample is too small for a case: no unit, station, part or statement fits it."""


class Desked(Player):
    """Plays operations with what HQ's desks do after each."""

    def __init__(self, rows: MemoryRows, now: datetime) -> None:
        """Nothing is played that would be later than ``now``."""
        super().__init__(rows, _FIRST_NUMBER)
        self._now = now

    def act(self, name: str, person: Person, at: datetime, **args: Any) -> Operation:
        """Do the action; HQ goes on as it would."""
        assert at <= self._now, f"{name} lies in the future"
        operation = super().act(name, person, at, **args)
        if name in follow_ups and name not in _ASKED_BEFORE:
            follow_ups[name](self.rows, self._with_figure(operation, args.get("order_id", "")))
        return operation

    def _with_figure(self, operation: Operation, order_id: str) -> Operation:
        """With the station's own figure of the claim, where the action tells it."""
        order = self.rows.get(WorkOrder, order_id)
        if order is None or "preview_fen" not in action_named(operation.action).args.__struct_fields__:
            return operation
        figure = total_fen(preview(order, self.rows, local_day(self.rows, order.station_id, operation.made_at)))
        args = msgspec.json.decode(operation.args) | {"preview_fen": figure}
        return msgspec.structs.replace(operation, args=msgspec.Raw(msgspec.json.encode(args)))


class Case(Journey):
    """One further order; its steps are told one by one."""

    def __init__(self, player: Player, cast: Cast, now: datetime, changes: dict[str, Any]) -> None:
        """``changes`` are what its report says besides."""
        super().__init__(player, cast, now)
        self._changes = changes

    def _order(self) -> WorkOrder:
        order = msgspec.structs.replace(super()._order(), **self._changes)
        return msgspec.structs.replace(order, due_at=slas.first_due(self.player.rows, order))

    @property
    def order(self) -> WorkOrder:
        """The order as it stands."""
        return self.player.order(self.order_id)

    @property
    def unit(self) -> OrderUnit:
        """Its first unit as it stands."""
        found = self.player.rows.get(OrderUnit, self.unit_id)
        assert found is not None
        return found

    def taken_in(self) -> "Case":
        """Reported, and offered to the branch."""
        self._intake()
        return self

    def accepted(self) -> "Case":
        """At the station, accepted."""
        manager = self.cast.crew.manager
        self.taken_in().act("accept_at_branch", 12, by=manager)
        self.act("dispatch_order", 9, by=manager, station_id=self.cast.crew.station.id)
        self.act("accept_order", 20)
        return self

    def booked(self, days: int = 1) -> "Case":
        """Accepted, with a visit so many days later."""
        self.accepted()
        begin = local((self.at + timedelta(hours=8)).date() + timedelta(days=days), 10 * 60)
        self.act("book_visit", 5, begins_at=begin, ends_at=begin + timedelta(hours=2))
        return self

    def begun(self) -> "Case":
        """Work has begun, and the unit is identified."""
        self.booked()
        visit = self.order.visit_from
        assert visit is not None
        self.at = visit
        self.act("start_work", 6)
        ends.take_in(self)
        self._identify()
        return self

    def judged(self, *, papers: bool = True, **shown: Any) -> "Case":
        """Begun, papers shown, and judged; ``shown`` are other papers than the usual invoice."""
        self.begun()
        if shown:
            self.act("record_documents", 2, unit_id=self.unit_id, **shown)
        elif papers:
            self._papers()
        self._judge()
        return self

    def papers(self) -> None:
        """The usual invoice is shown."""
        self._papers()

    def judge(self, verdict: Verdict | None = None) -> None:
        """Judge the unit as it is now known, or keep the verdict that another device gave."""
        day = local_day(self.player.rows, self.order.station_id, self.at)
        found = verdict or judge_unit(self.order, self.unit, self.player.rows, day)
        self.act("judge_warranty", 2, unit_id=self.unit_id, day=day, verdict=found)

    def show(self, kind: str, name: str | None = None) -> str:
        """Add a picture to the order; returns its hash."""
        taken = signature(self.cast.planned.rank) if kind == "signature" else photo(name or kind)
        self.act("add_attachment", 1, kind=kind, taken_at=self.at, **taken._asdict())
        return taken.sha256

    def finished(self, part: Part | None = None) -> "Case":
        """Mended, given back and completed; with ``part`` put in, else without one."""
        mending.mend_with(self, part)
        ends.give_back(self)
        mending.complete(self)
        return self


class Cases:
    """Opens further orders, and tells what stands where in the network."""

    def __init__(self, rows: MemoryRows, staff: Staff, units: Units, as_of: date) -> None:
        """Go on from ``rows``."""
        self.rows, self.staff, self.units, self.as_of = rows, staff, units, as_of
        self.now = local(as_of, 0)
        self.player = Desked(rows, self.now)
        self._rank = FIRST_RANK
        self._models = {model.id: model for model in rows.find(Model)}
        self._taken = {0}

    def begin(self, number: int) -> None:
        """Go on with another group of cases: its units and ids do not depend on how many orders came before it."""
        self._rank = FIRST_RANK + number * _RANKS

    def at(self, days_ago: int, minutes: int = 9 * 60) -> datetime:
        """A moment before the sample's day."""
        return local(self.as_of - timedelta(days=days_ago), minutes)

    def person(self, place_id: str, role: Role) -> Person:
        """The first of a place with that role."""
        return self.staff.at(place_id, role)[0]

    def station(self, number: int) -> Place:
        """A station by its number; the sample may have fewer."""
        return self.staff.stations[number % len(self.staff.stations)]

    def neighbours(self, number: int = 0) -> tuple[Place, Place]:
        """A station and another one of its branch."""
        one = self.station(number)
        for two in self.staff.stations:
            if two.branch_id == one.branch_id and two.id != one.id:
                return one, two
        raise NoSuchUnit("one station per branch")

    def open(self, days_ago: int, station: Place | None = None, wanted: Wanted = ANY, **changes: Any) -> Case:
        """A further order for a unit of its own that is as ``wanted``; ``changes`` are what its report says."""
        place = station or self._for(wanted)
        return self.again(self.find(place, wanted), days_ago, place, **changes)

    def _for(self, wanted: Wanted) -> Place:
        """The next station in turn that is licensed for such units."""
        lines = {model.product_class for model in self._models.values() if wanted.may_be(model)}
        count = len(self.staff.stations)
        turn = (self.station(self._rank + step) for step in range(count))
        return next((one for one in turn if lines & set(one.lines)), self.station(0))

    def again(
        self, unit: RegisteredUnit, days_ago: int, station: Place, *, registered: bool = True, **changes: Any
    ) -> Case:
        """An order for this very unit."""
        self._rank += 1
        if registered:
            self.rows.know(unit)
        at = self.at(days_ago, 8 * 60 + 40 + 7 * (self._rank % 30))
        planned = Planned(self._rank, State.COMPLETED, at, self.staff.stations.index(station))
        crew = crew_of(self.staff, planned)
        cast = Cast(planned, unit, self._models[unit.model], self._number(crew.branch, at), crew)
        return Case(self.player, cast, self.now, changes)

    def find(self, station: Place, wanted: Wanted = ANY) -> RegisteredUnit:
        """A registered unit that no order is about, of a line of the station; raises NoSuchUnit."""
        count = len(self.units)
        first = Dice("exception", self._rank).below(count)
        if wanted.made is not None:  # the higher a unit's number, the younger it is
            first = count - count * wanted.made // SPAN_DAYS
        for number in (*range(first, count), *range(first)):
            model = self.units.model_of(number)
            if number in self._taken or model.product_class not in station.lines or not wanted.may_be(model):
                continue
            unit = self.units.at(number)
            if wanted.fits(unit) and self.rows.look_up(unit.serial)[1] is None:
                self._taken.add(number)
                return unit
        raise NoSuchUnit("no such unit")

    def on_shelf(self, place: Place, part_id: str) -> int:
        """New pieces on a place's shelves."""
        return balance(self.rows.find(StockMove, part_id=part_id), part_id, shelf_of(self.rows, place.id))

    def parts_of(self, model: str) -> list[Part]:
        """What fits a model."""
        found = (self.rows.get(Part, fits.part_id) for fits in self.rows.find(ModelPart, model_id=model))
        return [part for part in found if part is not None]

    def part_here(self, case: Case) -> Part | None:
        """A part for the order's unit of which the station has one to spare."""
        station = case.cast.crew.station
        return next((one for one in self.parts_of(case.cast.unit.model) if self.on_shelf(station, one.id) > 1), None)

    def stocked(self, station: Place, least: int = 2) -> Sequence[str]:
        """Parts of which a station has so many at least, the most first."""
        shelf = shelf_of(self.rows, station.id)
        here: Counter[str] = Counter()
        for move in self.rows.find(StockMove, station_id=station.id, condition=Condition.NEW):
            here[move.part_id] += move.quantity * ((move.to_location == shelf) - (move.from_location == shelf))
        return [part for part, count in sorted(here.items(), key=lambda item: (-item[1], item[0])) if count >= least]

    def _number(self, branch: Place, at: datetime) -> str:
        begin = f"{branch.code}-{at + timedelta(hours=8):%y%m%d}-"
        taken = [int(one.number.removeprefix(begin)) for one in self.rows.find(WorkOrder, branch_id=branch.id)
                 if one.number.startswith(begin)]  # fmt: skip
        return f"{begin}{max(taken, default=0) + 1:04d}"


def derived(operation: Operation, label: str) -> str:
    """The id of the row that an operation wrote under that label."""
    return derive(operation.id, label)
