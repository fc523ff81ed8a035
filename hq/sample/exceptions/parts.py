"""Parts that do not come as they should: over, wrong, dead; superseded, lent, sent back, lost, used before booked."""

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from typing import Any

import msgspec

from core.judging import local_day
from core.operations.allocate_request import AllocatedLine
from core.operations.request_parts import AskedLine
from core.parts.account import why_not
from core.parts.books import standing_of
from core.parts.shipping import Counted, Sent
from core.roles import Role
from core.rows.orders import WorkOrder
from core.rows.parts import Condition, OldPart, OldPartState
from core.rows.people import Place
from core.rows.reference import ModelPart, Part
from core.rows.supply import CountLine, PartQuantity, PartRequest, RequestLine, Shipment
from core.work_order import OPEN_AT_STATION
from hq.parts import supply
from hq.parts.overdue import sweep_station
from hq.sample.dice import id_at
from hq.sample.exceptions.cases import Cases, NoSuchUnit, Wanted, derived, young

_WORTH_FEN = 300_000
_FEW = 6


class Asking:
    """A station whose account bears requests, and what it asks for."""

    def __init__(self, cases: Cases) -> None:
        """Find it: the first one whose account is neither frozen nor used up."""
        self.cases, self.rows = cases, cases.rows
        for station in cases.staff.stations:
            day = local_day(self.rows, station.id, cases.at(20))
            if len(cases.stocked(station)) >= _FEW and not why_not(standing_of(self.rows, station.id, day), _WORTH_FEN):
                self.station = station
                break
        else:
            raise NoSuchUnit("no account bears it")
        self.lead = cases.person(self.station.id, Role.STATION_LEAD)
        self.manager = cases.person(self.station.branch_id, Role.BRANCH_MANAGER)
        cheap = (self.rows.get(Part, one) for one in cases.stocked(self.station))
        self.parts = [one.id for one in cheap if one is not None and one.transfer_fen < 12_000]

    def ask(self, at: datetime, parts: Sequence[tuple[str, int]], order_id: str | None = None) -> PartRequest:
        """Ask for parts."""
        lines = tuple(AskedLine(part_id=part, quantity=count) for part, count in parts)
        made = self.cases.player.act("request_parts", self.lead, at, lines=lines, order_id=order_id)
        found = self.rows.get(PartRequest, derived(made, "request"))
        assert found is not None
        return found

    def sent(self, request: PartRequest, at: datetime, instead: str | None = None) -> Shipment:
        """HQ gives what is asked for, or another part ``instead``, and sends it."""
        lines = self.rows.find(RequestLine, request_id=request.id)
        given = tuple(AllocatedLine(line_id=one.id, quantity=one.quantity, part_id=instead) for one in lines)
        supply.allocate(self.rows, request.id, given, at, source_id=id_at(at, f"allocation/{request.id}"))
        at += timedelta(hours=5)
        papers = {"document": f"DN{at:%y%m%d}-{self.station.code}-{request.id[-4:].upper()}", "carrier": "顺丰速运"}
        return supply.send(self.rows, request.id, (), at, source_id=id_at(at, f"sent/{request.id}"), **papers)

    def received(self, shipment: Shipment, at: datetime, counted: Sequence[Counted]) -> None:
        """What the station counts."""
        self.cases.player.act("receive_shipment", self.lead, at, shipment_id=shipment.id, counted=tuple(counted))


def not_as_sent(cases: Cases) -> None:
    """One shipment with a piece too many, dead ones and a wrong part; what is dead goes back to the branch."""
    one = Asking(cases)
    over, dead, good, wrong = one.parts[:4]
    shipment = one.sent(one.ask(cases.at(18), [(over, 2), (dead, 3), (good, 1)]), cases.at(17))
    counted = [Counted(part_id=over, good=3), Counted(part_id=dead, good=1, doa=2), Counted(part_id=good, good=1)]
    one.received(shipment, cases.at(15), [*counted, Counted(part_id=wrong, good=1)])
    for finding, part in (("damaged", dead), ("wrong_part", wrong)):
        faulty = {"part_id": part, "finding": finding, "from_new": False, "note": "随货单核对后申请兑换"}
        cases.player.act("request_exchange", one.lead, cases.at(15, 640), **faulty)
    back = (Sent(part_id=dead, quantity=2, condition=Condition.DEFECTIVE),)
    made = _ship(cases, one.station, one.station.branch_id, back, cases.at(14))
    received = {"shipment_id": derived(made, "shipment"), "counted": (Counted(part_id=dead, good=2),)}
    cases.player.act("receive_shipment", one.manager, cases.at(12), **received)


def _ship(cases: Cases, station: Place, to: str, lines: tuple[Sent, ...], at: datetime, **more: Any) -> Any:
    lead = cases.person(station.id, Role.STATION_LEAD)
    return cases.player.act("ship_parts", lead, at, to_place_id=to, lines=lines, carrier="德邦", **more)


def missing_ones(cases: Cases) -> None:
    """What was missing is settled by the branch: it never left HQ, or the carrier lost it."""
    one = Asking(cases)
    for days, outcome, reason in ((20, "sender", "总部盘点多一件，未装箱"), (19, "lost", "承运商确认丢失，已索赔")):
        part = one.parts[days % 4]
        shipment = one.sent(one.ask(cases.at(days), [(part, 2)]), cases.at(days - 1))
        one.received(shipment, cases.at(days - 3), [Counted(part_id=part, good=1)])
        settled = {"shipment_id": shipment.id, "outcome": outcome, "reason": reason}
        cases.player.act("settle_shipment", one.manager, cases.at(days - 5), **settled)


def taken_back(cases: Cases) -> None:
    """A request that is no longer wanted."""
    one = Asking(cases)
    request = one.ask(cases.at(5), [(one.parts[0], 1)])
    cases.player.act("withdraw_request", one.lead, cases.at(4), request_id=request.id)


def superseded(cases: Cases) -> None:
    """A part is no longer made: the newest part list names another, and HQ sends that one."""
    one = Asking(cases)
    old = cases.rows.get(Part, "AC-REM-0901")
    new = cases.rows.get(Part, "AC-REM-0902")
    assert old is not None
    assert new is not None
    cases.rows.put(msgspec.structs.replace(old, superseded_by=new.id))
    shipment = one.sent(one.ask(cases.at(11), [(old.id, 2)]), cases.at(10), new.id)
    one.received(shipment, cases.at(8), [Counted(part_id=new.id, good=2)])


def used_before_booked(cases: Cases) -> None:
    """A technician puts in a part that the books do not show; it was asked for the order, and booked in later."""
    one = Asking(cases)
    case = cases.open(13, one.station, young(cases)).judged()
    owed = [part for part in cases.parts_of(case.cast.unit.model) if part.return_days]
    bare = [part for part in owed if cases.on_shelf(one.station, part.id) == 0]
    if not bare:
        raise NoSuchUnit("everything is in stock")
    part = min(bare, key=lambda found: found.price_fen)
    request = one.ask(case.later(20), [(part.id, 2)], case.order_id)
    shipment = one.sent(request, case.later(60 * 20))
    serial = f"{part.id.replace('-', '')}990001" if part.serialised else None
    made = case.act("use_part", 60 * 60, unit_id=case.unit_id, part_id=part.id, new_serial=serial, below_zero=True)
    case.act("tag_old_part", 5, old_part_id=derived(made, "old_part"), no_serial=True)
    one.received(shipment, case.later(60 * 18), [Counted(part_id=part.id, good=2)])


def refurbished(cases: Cases) -> None:
    """The branch books refurbished pieces in, and sends one to a station."""
    one = Asking(cases)
    part = one.parts[0]
    line = CountLine(part_id=part, condition=Condition.REFURBISHED, expected=0, counted=3, reason="返修合格件入库")
    cases.player.act("count_stock", one.manager, cases.at(16), lines=(line,))
    sent = (Sent(part_id=part, quantity=1, condition=Condition.REFURBISHED),)
    made = cases.player.act(
        "ship_parts", one.manager, cases.at(15), to_place_id=one.station.id, lines=sent, document=f"FB-{part}-R"
    )
    shipment = cases.rows.get(Shipment, derived(made, "shipment"))
    assert shipment is not None
    one.received(shipment, cases.at(14), [Counted(part_id=part, good=1)])


def between_stations(cases: Cases) -> None:
    """Transfers that were declined, taken back, sent, and received."""
    first, second = cases.neighbours()
    giver, taker = (cases.person(place.id, Role.STATION_LEAD) for place in (first, second))
    parts = cases.stocked(first, 3)
    if not parts:
        raise NoSuchUnit("nothing to spare")
    lines = (PartQuantity(part_id=parts[0], quantity=1),)
    act = cases.player.act

    def offered(days: int) -> str:
        given = {"other_station_id": second.id, "giving": True, "lines": lines, "reason": "本站暂不用"}
        return derived(act("offer_transfer", giver, cases.at(days), **given), "transfer")

    act("decline_transfer", taker, cases.at(8), transfer_id=offered(9), reason="本站库存充足")
    act("decline_transfer", giver, cases.at(7), transfer_id=offered(8))
    for days in (7, 2):
        transfer = offered(days)
        act("accept_transfer", taker, cases.at(days, 700), transfer_id=transfer)
        sent = (Sent(part_id=parts[0], quantity=1),)
        made = _ship(cases, first, second.id, sent, cases.at(days, 900), transfer_id=transfer)
        if days > 2:
            told = {"shipment_id": derived(made, "shipment"), "counted": (Counted(part_id=parts[0], good=1),)}
            act("receive_shipment", taker, cases.at(days - 2), **told)


def kept_and_let_go(cases: Cases) -> None:
    """A piece is kept for an order, and let go again."""
    for station in cases.staff.stations:
        orders = [one for one in cases.rows.find(WorkOrder, station_id=station.id) if one.state in OPEN_AT_STATION]
        parts = cases.stocked(station)
        if orders and parts:
            lead, told = cases.person(station.id, Role.STATION_LEAD), {"order_id": orders[0].id, "part_id": parts[-1]}
            cases.player.act("reserve_part", lead, cases.at(1, 600), **told)
            cases.player.act("release_part", lead, cases.at(1, 900), reason="用户改期，先让给急单", **told)
            return
    raise NoSuchUnit("no order and part")


def bags(cases: Cases) -> None:
    """A bag is filled, counted, used from and emptied; a wrong move is undone."""
    station = cases.station(0)
    lead = cases.person(station.id, Role.STATION_LEAD)
    spare = next(iter(cases.stocked(station, 3)), None)
    if spare is None:
        raise NoSuchUnit("no part to spare")
    models = tuple(fits.model_id for fits in cases.rows.find(ModelPart, part_id=spare))
    case = cases.open(5, station, Wanted(models=models)).judged()
    owner, act = case.cast.crew.technician, cases.player.act
    told = {"technician_id": owner.id, "part_id": spare}
    act("move_bag", lead, case.later(5), quantity=2, **told)
    case.act("use_part", 20, unit_id=case.unit_id, part_id=spare, payer="customer", from_bag=True)
    line = CountLine(part_id=spare, expected=1, counted=1)
    act("count_stock", owner, case.later(60 * 8), lines=(line,), technician_id=owner.id)
    act("move_bag", lead, case.later(9), back=True, **told)
    wrong = act("move_bag", lead, case.later(30), **told)
    act("reverse_move", lead, case.later(4), move_id=derived(wrong, "move"), reason="扫错人，退回")


def owed_too_long(cases: Cases) -> None:
    """HQ looks for old parts past their day, at one station."""
    for station in cases.staff.stations[1:]:
        if sweep_station(cases.rows, station.id, cases.at(1, 60)):
            return


def received_singly(cases: Cases) -> None:
    """The warehouse receives an old part that is another than its tag says, and one that is late."""
    clerk = cases.person(cases.staff.warehouse.id, Role.WAREHOUSE_CLERK)
    wanted = {"wrong_part": False, "ok": True}
    at = cases.at(2)
    for old in cases.rows.find(OldPart, state=OldPartState.TAGGED):
        late = old.due_on is not None and old.due_on < cases.as_of - timedelta(days=4)
        finding = next((name for name, is_late in wanted.items() if is_late is late), None)
        if old.box_id is None and finding is not None:
            del wanted[finding]
            cases.player.act("receive_old_part", clerk, at, old_part_id=old.id, finding=finding)


CASES: tuple[Callable[[Cases], None], ...] = (
    not_as_sent,
    missing_ones,
    taken_back,
    superseded,
    used_before_booked,
    refurbished,
    between_stations,
    kept_and_let_go,
    bags,
    received_singly,
    owed_too_long,
)
