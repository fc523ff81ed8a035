"""One sample order's way, step by step, until the state it was planned for."""

from datetime import timedelta

from core.identifiers import fold_serial
from core.ids import derive
from core.judging import Asked, judge_unit, local_day
from core.rows.orders import Job, OrderUnit, ScannedCode, ServiceType, WorkOrder
from core.rows.parts import OldPart, OldPartState
from core.work_order import State
from hq.callbacks.service import Result, answer
from hq.sample import ends, names
from hq.sample.boxes import PACKED_DAYS
from hq.sample.mending import complete, mend
from hq.sample.places import city_of, position_in
from hq.sample.plan import local
from hq.sample.way import Way
from hq.warranty.service import guess, on_judged

#: States that are reached before anybody has begun to work.
_BEFORE_WORK = frozenset(
    {
        State.NEW,
        State.OFFERED_BRANCH,
        State.AT_BRANCH,
        State.OFFERED_STATION,
        State.ACCEPTED,
        State.SCHEDULED,
        State.DECLINED,
        State.RECALLED,
        State.CANCELLED,
    }
)
#: Verified last, after the past months are settled, so that there are some.
_LATE = frozenset({State.VERIFIED})


_TWO_HOURS = timedelta(hours=2)


class Journey(Way):
    """Plays one order."""

    def play(self) -> None:
        """Play until the target; what would lie in the future is left out."""
        self._intake()
        if self.target in _BEFORE_WORK:
            self._before_work()
            return
        self._to_schedule()
        self._begin_visit()
        if (other := ends.BEFORE_MENDING.get(self.target)) is not None:
            other(self)
            return
        mend(self)
        if self.target is State.REPAIRED:
            self.act("finish_repair", 5)
            return
        ends.give_back(self)
        complete(self)
        if self.target is State.COMPLETED:
            ends.reopen(self)
        self._after()

    def verify(self) -> None:
        """The late call-back of an order planned as verified."""
        if self.target in _LATE and self.player.order(self.order_id).state is State.COMPLETED:
            self._call_back(Result.VALID)

    def _intake(self) -> None:
        self.player.rows.put(self._order())
        order = self.player.order(self.order_id)
        self.player.rows.put(
            OrderUnit(id=self.unit_id, branch_id=order.branch_id, station_id=None, order_id=self.order_id)
        )
        self.player.note_step(order, "intake", self.at)

    def _order(self) -> WorkOrder:
        cast, dice = self.cast, self.dice
        city = city_of(cast.crew.branch)
        district = cast.crew.station.name.removesuffix("维修站").split("第")[0]
        service = self._service()
        installs = self.target is State.IN_PROGRESS and cast.model.product_class == "air_conditioner"
        distance = dice.between(6, 190) * 100 if service is ServiceType.ON_SITE else 0
        day = local_day(self.player.rows, cast.crew.branch.id, self.at)
        guessed = guess(
            self.player.rows,
            Asked(product_class=cast.model.product_class),
            day,
            cast.model.id,
            cast.unit.serial,
            distance,
        )
        return WorkOrder(
            id=self.order_id,
            branch_id=cast.crew.branch.id,
            station_id=None,
            number=cast.number,
            external_id=f"CC{self.at:%Y%m%d}{cast.planned.rank:05d}",
            state=State.NEW if self.target is State.NEW else State.OFFERED_BRANCH,
            product_class=cast.model.product_class,
            service_type=service,
            job=Job.INSTALLATION if installs else Job.REPAIR,
            urgency=1 if dice.chance(12) else 0,
            customer_name=names.customer(dice),
            customer_phone=names.phone(dice),
            customer_address=names.address(city, district, dice),
            distance_m=distance,
            customer_position=position_in(city, district, dice) if service is ServiceType.ON_SITE else None,
            fault_report="新机安装" if installs else dice.pick(names.FAULTS[cast.model.product_class]),
            reported_model=cast.model.id,
            reported_serial=cast.unit.serial if dice.chance(70) else None,
            reported_at=self.at,
            due_at=self.at + timedelta(days=3),
            reminders=1 if dice.chance(8) else 0,
            warranty_guess=guessed.outcome,
            cost_low_fen=guessed.low_fen,
            cost_high_fen=guessed.high_fen,
        )

    def _service(self) -> ServiceType:
        """Phones and computers come to the station, one in seven by a carrier; people come to the rest."""
        if self.cast.model.product_class not in ("phone", "computer"):
            return ServiceType.ON_SITE
        return ServiceType.MAIL_IN if self.cast.planned.rank % 7 == 0 else ServiceType.CARRY_IN

    def _before_work(self) -> None:
        manager = self.cast.crew.manager
        if self.target in (State.NEW, State.OFFERED_BRANCH):
            return
        self.act("accept_at_branch", 9, by=manager)
        if self.target is State.AT_BRANCH:
            return
        self.act("dispatch_order", 11, by=manager, station_id=self.cast.crew.station.id)
        if self.target is State.RECALLED:
            self.player.set_state(self.order_id, State.RECALLED, self.later(30))
        elif self.target is State.CANCELLED:
            self.act("cancel_order", 45, by=manager, reason="用户自行解决，要求取消")
        elif self.target is State.DECLINED:
            self.act("decline_order", 25, reason="超出服务区域，距离太远")
        elif self.target in (State.ACCEPTED, State.SCHEDULED):
            self.act("accept_order", 16)
            if self.target is State.SCHEDULED:
                self._book()

    def _to_schedule(self) -> None:
        manager = self.cast.crew.manager
        self.act("accept_at_branch", self.dice.between(4, 30), by=manager)
        self.act("dispatch_order", self.dice.between(5, 40), by=manager, station_id=self.cast.crew.station.id)
        self.act("accept_order", self.dice.between(6, 80))
        ends.call(self)
        self._book()
        if ends.miss(self):
            self._book()

    def _book(self) -> None:
        """Book the first visit: the next days while work lies in the past, from the sample's day on otherwise."""
        first = (self.at + timedelta(hours=8)).date() + timedelta(days=1)
        today = (self.now + timedelta(hours=8)).date()
        day = max(first, today) if self.target is State.SCHEDULED else first + timedelta(days=self.dice.below(2))
        begin = local(day, 9 * 60 + 30 * self.dice.below(16))
        if self.dice.chance(10):
            self.act("book_visit", 8, begins_at=begin - _TWO_HOURS, ends_at=begin)
            self.act("book_visit", 25, begins_at=begin, ends_at=begin + _TWO_HOURS, reason="用户要求改时间")
            return
        self.act("book_visit", 12, begins_at=begin, ends_at=begin + _TWO_HOURS)
        if self.dice.chance(12):
            self.act("add_note", 2, text=self.dice.pick(names.NOTES))

    def _begin_visit(self) -> None:
        visit = self.player.order(self.order_id).visit_from
        assert visit is not None
        self.at = visit
        self.act("start_work", self.dice.between(2, 25))
        if self.target is not State.IN_SHOP:
            ends.take_in(self)
        if self.target in (State.WAITING_CUSTOMER, State.IN_SHOP) and self.dice.chance(50):
            return
        self._identify()
        self._papers()
        self._judge()

    def _identify(self) -> None:
        unit, typed = self.cast.unit, self.dice.chance(9)
        code = ScannedCode(format="Code128", text=unit.serial, raw="", symbology_id="]C0", chosen_as="serial")
        gtin = ScannedCode(format="EAN13", text=self.cast.model.gtin[1:], raw="", symbology_id="]E0", chosen_as="gtin")
        self.act(
            "identify_unit",
            3,
            unit_id=self.unit_id,
            model=unit.model,
            serial=fold_serial(unit.serial),
            gtin=self.cast.model.gtin,
            source="typed" if typed else self.dice.pick(("wedge", "camera", "picture")),
            codes=() if typed else (code, gtin),
        )

    def _papers(self) -> None:
        unit, day = self.cast.unit, self.at.date()
        bought = min(unit.sold or (unit.shipped or unit.made or day) + timedelta(days=20), day)
        self.act(
            "record_documents",
            2,
            unit_id=self.unit_id,
            invoice_number=f"24{self.cast.planned.rank:018d}",
            invoice_date=bought,
            invoice_fen=self.cast.model.price_fen,
        )

    def _judge(self) -> None:
        rows, order = self.player.rows, self.player.order(self.order_id)
        unit = rows.get(OrderUnit, self.unit_id)
        assert unit is not None
        day = local_day(rows, order.station_id, self.at)
        verdict = judge_unit(order, unit, rows, day)
        operation = self.act("judge_warranty", 1, unit_id=self.unit_id, day=day, verdict=verdict)
        on_judged(rows, operation)

    def _after(self) -> None:
        """What HQ and the warehouse do with a finished order."""
        self._receive()
        if self.target in (State.SETTLED, State.CLOSED):
            self._call_back(Result.CORRECTED if self.dice.chance(3) else Result.VALID)
        elif self.target is State.CLAIM_REJECTED:
            self._call_back(Result.REJECTED)

    def _receive(self) -> None:
        self.later(60 * 24 * self.dice.between(2, 9))
        for old in self.player.rows.find(OldPart, order_id=self.order_id, state=OldPartState.TAGGED):
            if self.at > self.now or not self.dice.chance(88):
                continue
            if self.at > self.now - timedelta(days=PACKED_DAYS):
                continue  # it goes into a box
            finding = "ok" if self.dice.chance(94) else self.dice.pick(("wrong_serial", "damaged"))
            self.player.act(
                "receive_old_part", self.cast.crew.clerk, self.later(3), old_part_id=old.id, finding=finding
            )

    def _call_back(self, result: Result) -> None:
        done = self.player.order(self.order_id)
        at = (done.completed_at or self.at) + timedelta(hours=self.dice.between(20, 44))
        if at > self.now:
            return
        reason = "用户称未更换配件" if result is Result.REJECTED else ""
        answer(self.player.rows, self.order_id, result, reason, at, derive(self.order_id, "callback"))
