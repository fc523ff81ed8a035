"""How the sample's parts travel: stocked branches, requests in every state, bags, a count, transfers, terms."""

from collections import Counter, defaultdict
from collections.abc import Sequence
from datetime import date, datetime, timedelta

from core.ids import derive
from core.operations.allocate_request import AllocatedLine
from core.operations.request_parts import AskedLine
from core.parts.books import granted_lines, shelf_of
from core.parts.ordering import Position, Rhythm, suggest
from core.parts.shipping import Counted
from core.parts_ledger import balance
from core.roles import Role
from core.rows.orders import WorkOrder
from core.rows.parts import AccountEntry, PartLine, StockMove
from core.rows.people import Person, Place
from core.rows.reference import Part
from core.rows.supply import (
    CountLine,
    PartQuantity,
    PartRequest,
    PartsAccount,
    PartStock,
    RequestLine,
    Shipment,
    ShipmentLine,
    Suggestion,
)
from core.work_order import State
from hq.parts import supply
from hq.parts.network import holdings_of
from hq.sample.dice import Dice, id_at
from hq.sample.memory import MemoryRows
from hq.sample.places import Staff
from hq.sample.plan import local
from hq.sample.player import Player

_FIRST_NUMBER = 1_000_000  # its operations are numbered apart from those of the orders
_BRANCH_PARTS = 40
_ROOM_FEN = 2_000_000
_PARTS = 6


def play(rows: MemoryRows, staff: Staff, as_of: date) -> None:
    """Stock the branches and play every station's requests; the first one's stand in every state."""
    player = Player(rows, _FIRST_NUMBER)
    used: defaultdict[str, Counter[str]] = defaultdict(Counter)
    for line in rows.find(PartLine):
        used[line.station_id or ""][line.part_id] += line.quantity
    for index, branch in enumerate(staff.branches):
        wanted = {part for station in staff.stations if station.branch_id == branch.id for part in used[station.id]}
        at = local(as_of - timedelta(days=60), 540)
        _stock_branch(player, staff, branch, sorted(wanted)[:_BRANCH_PARTS], at, index)
    for index, station in enumerate(staff.stations):
        own = used[station.id]
        spared = min(own, default="")  # the part that the stations' opening counts may leave below zero
        most = [part for part, _ in sorted(own.items(), key=lambda item: (-item[1], item[0])) if part != spared]
        if len(most) >= _PARTS:
            _Supplied(player, staff, station, most[:_PARTS], as_of).play(rich=index == 0)
    _terms(rows, staff, as_of)
    sum_up(rows, staff, as_of)


def _stock_branch(player: Player, staff: Staff, branch: Place, parts: Sequence[str], at: datetime, index: int) -> None:
    dice = Dice("branch stock", index)
    lines = tuple(CountLine(part_id=part, expected=0, counted=dice.between(4, 16)) for part in parts)
    if lines:
        player.act("count_stock", staff.at(branch.id, Role.BRANCH_MANAGER)[0], at, lines=lines, opening=True)


class _Supplied:
    """One station's way with parts."""

    def __init__(self, player: Player, staff: Staff, station: Place, parts: Sequence[str], as_of: date) -> None:
        self._player, self._rows, self._station, self._parts = player, player.rows, station, parts
        self._lead = staff.at(station.id, Role.STATION_LEAD)[0]
        self._technician = staff.at(station.id, Role.TECHNICIAN)[0]
        self._manager = staff.at(station.branch_id, Role.BRANCH_MANAGER)[0]
        self._neighbours = [
            staff.at(one.id, Role.STATION_LEAD)[0]
            for one in staff.stations
            if one.branch_id == station.branch_id and one.id != station.id
        ]
        self._as_of = as_of

    def _at(self, days_ago: int, minutes: int) -> datetime:
        return local(self._as_of - timedelta(days=days_ago), minutes)

    def play(self, *, rich: bool) -> None:
        """A request that came in; the first station's in every other state too."""
        self._arrived(short=rich)
        self._bag_and_count()
        if rich:
            self._under_way()
            self._asked_and_refused()
            self._keep()
            if self._neighbours:
                self._transfers(self._neighbours[0])

    # --- requests ---------------------------------------------------------------------------------------------

    def _ask(self, parts: Sequence[tuple[str, int]], at: datetime, *, note: str = "") -> PartRequest:
        lines = tuple(AskedLine(part_id=part, quantity=count, figures=self._figures(part)) for part, count in parts)
        made = self._player.act("request_parts", self._lead, at, lines=lines, note=note)
        found = self._rows.get(PartRequest, derive(made.id, "request"))
        assert found is not None
        return found

    def _figures(self, part: str) -> Suggestion:
        used = [line.quantity for line in self._rows.find(PartLine, part_id=part, station_id=self._station.id)]
        return suggest(used, 90, Rhythm(lead_days=5, review_days=7), Position())

    def _lines(self, request: PartRequest) -> Sequence[RequestLine]:
        return self._rows.find(RequestLine, request_id=request.id)

    def _hq_sends(self, request: PartRequest, at: datetime, document: str, *, refuse: int = 0) -> Shipment:
        lines = self._lines(request)
        given = [AllocatedLine(line_id=one.id, quantity=one.quantity - refuse * (one is lines[-1])) for one in lines]
        if refuse:
            given.append(AllocatedLine(line_id=lines[-1].id, refused=refuse, reason="停产，余量按替代料申请"))
        whole = tuple(one for one in given if one.quantity or one.refused)
        supply.allocate(self._rows, request.id, whole, at, source_id=id_at(at, f"allocation/{request.id}"))
        papers = {"document": document, "carrier": "顺丰速运"}
        sent_at = at + timedelta(hours=6)
        return supply.send(
            self._rows, request.id, (), sent_at, source_id=id_at(sent_at, f"sent/{request.id}"), **papers
        )

    def _receive(self, shipment: Shipment, at: datetime, *, missing: int = 0) -> None:
        counted = []
        for line in self._rows.find(ShipmentLine, shipment_id=shipment.id):
            counted.append(Counted(part_id=line.part_id, good=max(0, line.quantity - missing)))
            missing = 0
        self._player.act("receive_shipment", self._lead, at, shipment_id=shipment.id, counted=tuple(counted))

    def _note(self, days_ago: int) -> str:
        return f"DN{self._as_of - timedelta(days=days_ago):%y%m%d}-{self._station.code}"

    def _arrived(self, *, short: bool) -> None:
        request = self._ask([(self._parts[0], 4), (self._parts[1], 3)], self._at(12, 9 * 60))
        shipment = self._hq_sends(request, self._at(11, 9 * 60), self._note(11), refuse=1)
        self._receive(shipment, self._at(9, 14 * 60), missing=1 if short else 0)
        request = self._ask([(self._parts[2], 2)], self._at(12, 10 * 60), note="本周安装工单多")
        lines = tuple(AllocatedLine(line_id=one.id, quantity=one.quantity) for one in self._lines(request))
        shelf = shelf_of(self._rows, self._station.branch_id)
        if balance(self._rows.find(StockMove, part_id=self._parts[2]), self._parts[2], shelf) >= 2:
            self._player.act(
                "allocate_request", self._manager, self._at(11, 11 * 60), request_id=request.id, lines=lines
            )
            self._branch_sends(request, self._at(11, 15 * 60))

    def _branch_sends(self, request: PartRequest, at: datetime) -> None:
        shelf = shelf_of(self._rows, self._station.branch_id)
        made = self._player.act(
            "ship_parts",
            self._manager,
            at,
            to_place_id=self._station.id,
            request_id=request.id,
            lines=granted_lines(self._rows, request.id, shelf),
            document=f"FB{at:%y%m%d}-{self._station.code}",
        )
        shipment = self._rows.get(Shipment, derive(made.id, "shipment"))
        assert shipment is not None
        self._receive(shipment, at + timedelta(days=1))

    def _under_way(self) -> None:
        request = self._ask([(self._parts[3], 3), (self._parts[4], 2)], self._at(3, 9 * 60))
        self._hq_sends(request, self._at(2, 10 * 60), self._note(2))

    def _asked_and_refused(self) -> None:
        self._ask([(self._parts[1], 2), (self._parts[5], 3)], self._at(1, 16 * 60), note="安全库存补充")
        request = self._ask([(self._parts[5], 1)], self._at(6, 9 * 60))
        (line,) = self._lines(request)
        refused = AllocatedLine(line_id=line.id, refused=1, reason="机型已停产，无库存")
        at = self._at(5, 9 * 60)
        supply.allocate(self._rows, request.id, (refused,), at, source_id=id_at(at, f"refused/{request.id}"))
        self._player.act(
            "request_exchange", self._technician, self._at(1, 11 * 60), part_id=self._parts[0], note="上机不通电"
        )

    # --- bags, counts, keeping, transfers ---------------------------------------------------------------------

    def _on_shelf(self, part: str) -> int:
        return balance(self._rows.find(StockMove, part_id=part), part, shelf_of(self._rows, self._station.id))

    def _bag_and_count(self) -> None:
        for part in self._parts[:2]:
            if self._on_shelf(part) > 1:
                self._player.act(
                    "move_bag", self._lead, self._at(4, 8 * 60), technician_id=self._technician.id, part_id=part
                )
        part = self._parts[3]
        here = self._on_shelf(part)
        if here > 0:
            line = CountLine(part_id=part, expected=here, counted=here - 1, reason="盘点少一件，查监控后认定丢失")
            self._player.act("count_stock", self._lead, self._at(5, 17 * 60), lines=(line,), blind=True)

    def _keep(self) -> None:
        """Keep a part for an order that waits."""
        waiting = (State.WAITING_PARTS, State.IN_PROGRESS, State.SCHEDULED, State.ACCEPTED)
        orders = [one for one in self._rows.find(WorkOrder, station_id=self._station.id) if one.state in waiting]
        for order, part in zip(orders, self._parts, strict=False):
            if self._on_shelf(part) > 0:
                self._player.act("reserve_part", self._lead, self._at(1, 17 * 60), order_id=order.id, part_id=part)
                return

    def _transfers(self, neighbour: Person) -> None:
        """A neighbour asks for a part; another transfer was agreed to yesterday and is not sent yet."""
        lines = (PartQuantity(part_id=self._parts[2], quantity=1),)
        asked = {"other_station_id": self._station.id, "giving": False, "lines": lines, "reason": "客户催修"}
        self._player.act("offer_transfer", neighbour, self._at(1, 10 * 60), **asked)
        given = {"other_station_id": neighbour.place_id, "giving": True, "lines": lines, "reason": ""}
        made = self._player.act("offer_transfer", self._lead, self._at(2, 10 * 60), **given)
        agreed = {"transfer_id": derive(made.id, "transfer")}
        self._player.act("accept_transfer", neighbour, self._at(1, 9 * 60), **agreed)


def _terms(rows: MemoryRows, staff: Staff, as_of: date) -> None:
    """Each station has some room left on its account; the second one's is nearly used up, the third one's frozen."""
    at = local(as_of - timedelta(days=30), 600)
    for index, station in enumerate(staff.stations):
        owed = -sum(entry.amount_fen for entry in rows.find(AccountEntry, station_id=station.id))
        room = _ROOM_FEN if index != 1 else _ROOM_FEN // 100
        rows.put(
            PartsAccount(
                id=station.id,
                branch_id=station.branch_id,
                station_id=station.id,
                limit_fen=(owed + room) // 100_000 * 100_000,
                frozen=index == 2,
                reason="旧件逾期未返，对账后解冻" if index == 2 else "",
                freeze_after_days=60,
                set_at=at,
            )
        )


def sum_up(rows: MemoryRows, staff: Staff, as_of: date) -> None:
    """Where each part lies, as HQ would sum it up."""
    at = local(as_of, 360)
    places = {place.id: shelf_of(rows, place.id) for place in (*staff.branches, *staff.stations)}
    for branch in staff.branches:
        mine = [place for place in (*staff.branches, *staff.stations) if place.branch_id == branch.id]
        for part in rows.find(Part):
            moves = rows.find(StockMove, part_id=part.id)
            here = {place.id: balance(moves, part.id, places[place.id]) for place in mine} if moves else {}
            found = holdings_of(here)
            if found:
                rows.put(
                    PartStock(
                        id=f"{branch.id}:{part.id}", branch_id=branch.id, part_id=part.id, holdings=found, as_of=at
                    )
                )
