"""What a serial number says of the day its unit was made, held against the registry, the papers and today."""

from collections.abc import Collection
from datetime import date

import msgspec

from core import reference
from core.identifiers import DecodedSerial, decode_serial
from core.refusals import Refusal
from core.rows.access import Rows
from core.rows.orders import OrderUnit
from core.warranty import RegisteredUnit


class Doubt(msgspec.Struct, frozen=True, kw_only=True):
    """Why a serial may be another unit's: ``rule`` is a key of `core.sentences.MAKING`, ``facts`` fill its sentence."""

    rule: str
    facts: dict[str, str]


class Making(msgspec.Struct, frozen=True, kw_only=True):
    """When a unit was made by its serial number, as exactly as its maker writes it (“2024-05”); empty: not known.

    Of several days that the writing leaves, those before the first paper or sale count.
    """

    made: str = ""
    doubts: tuple[Doubt, ...] = ()


def decoded_by(serial: str, rows: Rows) -> DecodedSerial | None:
    """What the makers' patterns say of ``serial``; None too where one finds it wrong: that is told where it is read."""
    try:
        return decode_serial(serial, reference.serial_patterns(rows))
    except Refusal:
        return None


def making_of(unit: OrderUnit, rows: Rows, today: date) -> Making:
    """What the serial number of an order's unit says, and what speaks against it."""
    return making(unit.serial, rows, today, papers_of(unit)) if unit.serial else Making()


def papers_of(unit: OrderUnit) -> tuple[date, ...]:
    """The days of the papers that were shown for a unit."""
    days = (unit.invoice_date, unit.warranty_card_date, unit.installation_date)
    return tuple(day for day in days if day is not None)


def making(serial: str, rows: Rows, today: date, papers: Collection[date] = ()) -> Making:
    """The same of a serial number that is not recorded yet; ``papers`` are the days of what was shown."""
    decoded = decoded_by(serial, rows)
    if decoded is None or not decoded.may_be_made:
        return Making()
    _state, unit = rows.look_up(serial)
    sold = [unit.sold] if unit and unit.sold else []
    known_by = min((*papers, *sold, today))
    made = decoded.made_between(None, known_by)
    return Making(
        made=decoded.written(made) if made else "",
        doubts=tuple(_doubts(decoded, unit, today, min((*papers, *sold), default=None))),
    )


def _doubts(decoded: DecodedSerial, unit: RegisteredUnit | None, today: date, known_by: date | None) -> list[Doubt]:
    """One doubt of each kind; what lies in the future is not told twice."""
    doubts = []
    if unit and unit.made and not decoded.can_be_made_on(unit.made):
        said = decoded.written(decoded.nearest(unit.made))
        doubts.append(Doubt(rule="made_not_as_registered", facts={"said": said, "made": unit.made.isoformat()}))
    first = decoded.may_be_made[0]
    if first > today:
        doubts.append(Doubt(rule="made_in_future", facts={"said": decoded.written(first)}))
    elif known_by is not None and first > known_by:
        facts = {"said": decoded.written(first), "day": known_by.isoformat()}
        doubts.append(Doubt(rule="made_after_sale", facts=facts))
    return doubts
