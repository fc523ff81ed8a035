"""The sample's registry: any number of units, each a function of its number, so that none need be kept."""

from collections.abc import Iterator, Sequence
from datetime import date, timedelta

from core.identifiers import SerialPattern, make_serial
from core.rows.reference import Model
from core.warranty import RegisteredUnit, UnitStatus
from hq.sample.dice import Dice
from hq.sample.names import CITIES

#: Units were made over so many days before the sample's day.
SPAN_DAYS = 1500
_FRESH_DAYS = 45  # the newest are still on their way
_STATUSES = ((UnitStatus.SOLD, 88), (UnitStatus.SHIPPED, 7), (UnitStatus.PRODUCED, 3), (UnitStatus.EXCHANGED_OUT, 1))
_DEALERS = ("苏宁易购", "国美电器", "京东自营", "天猫旗舰店", "永乐家电", "康威专卖店")
_INSTALLED = frozenset({"air_conditioner", "tv_lcd"})


class Units:
    """``count`` registered units; iterate over them, or ask for one by its number from 0."""

    def __init__(
        self,
        count: int,
        as_of: date,
        models: Sequence[Model],
        patterns: Sequence[SerialPattern],
        first: RegisteredUnit,
    ) -> None:
        """``first`` is the unit of the demonstration; it is number 0."""
        self._count, self._as_of, self._models, self._first = count, as_of, models, first
        self._mended: dict[str, RegisteredUnit] = {}
        self._patterns = {pattern.product_class: pattern for pattern in reversed(patterns)}

    def __len__(self) -> int:
        """How many there are."""
        return self._count

    def __iter__(self) -> Iterator[RegisteredUnit]:
        """Every unit, in the order of their numbers."""
        return map(self.at, range(self._count))

    def model_of(self, number: int) -> Model:
        """The model of a unit."""
        return self._models[number % len(self._models)]

    def at(self, number: int) -> RegisteredUnit:
        """The unit with this number."""
        if number == 0:
            return self._first
        model, dice = self.model_of(number), Dice("unit", number)
        pattern, running = self._patterns[model.product_class], number // len(self._models) + 1
        back = SPAN_DAYS - (SPAN_DAYS - 1) * number // self._count
        made = self._as_of - timedelta(days=back)
        serial = make_serial(pattern, model.serial_prefix, made, running % 10**pattern.number_digits)
        return self._mended.get(serial) or self._unit(model, serial, made, dice)

    def mend(self, unit: RegisteredUnit) -> None:
        """Let one that is there be as headquarters has corrected it."""
        self._mended[unit.serial] = unit

    def _unit(self, model: Model, serial: str, made: date, dice: Dice) -> RegisteredUnit:
        shipped = made + timedelta(days=dice.between(4, 20))
        sold = shipped + timedelta(days=dice.between(5, 90))
        status = _status(dice.below(100)) if sold < self._as_of else UnitStatus.PRODUCED
        if status is UnitStatus.PRODUCED and shipped < self._as_of:
            status = UnitStatus.SHIPPED
        is_sold = status in (UnitStatus.SOLD, UnitStatus.EXCHANGED_OUT)
        installed = sold + timedelta(days=dice.between(1, 6))
        with_card = is_sold and model.product_class in _INSTALLED and dice.chance(60) and installed < self._as_of
        exchanged = sold + timedelta(days=dice.between(8, 200))
        if status is UnitStatus.EXCHANGED_OUT and exchanged >= self._as_of:
            status = UnitStatus.SOLD
        return RegisteredUnit(
            model=model.id,
            serial=serial,
            status=status,
            made=made,
            shipped=shipped if status is not UnitStatus.PRODUCED else None,
            dealer="" if status is UnitStatus.PRODUCED else dice.pick(_DEALERS),
            region="" if status is UnitStatus.PRODUCED else dice.pick(CITIES).region,
            sold=sold if is_sold else None,
            registered=sold if is_sold and dice.chance(30) else None,
            installed=installed if with_card else None,
            exchanged_on=exchanged if status is UnitStatus.EXCHANGED_OUT else None,
        )


def _status(number: int) -> UnitStatus:
    for status, share in _STATUSES:
        if number < share:
            return status
        number -= share
    return UnitStatus.SCRAPPED
