"""Extended warranties of the sample: a few customers bought two more years after the first."""

from collections.abc import Iterator
from datetime import timedelta

from core.warranty import Contract, UnitStatus, add_months
from hq.sample.units import Units

_EVERY = 37  # one unit in so many
_MONTHS = 24


def contracts(units: Units) -> Iterator[tuple[str, Contract]]:
    """Each with its unit's serial number; they begin when the statutory year ends."""
    for number in range(_EVERY, len(units), _EVERY):
        unit = units.at(number)
        if unit.status is not UnitStatus.SOLD or unit.sold is None:
            continue
        begin = add_months(unit.sold, 12) + timedelta(days=1)
        end = add_months(begin, _MONTHS) - timedelta(days=1)
        yield unit.serial, Contract(id=f"YB-{number:07d}", name="两年延保", from_day=begin, to_day=end)
