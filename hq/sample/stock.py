"""The stations' stock: opening counts that cover what the orders used, but for two parts; and what they drew."""

from collections import Counter
from datetime import datetime

from core.rows.parts import AccountEntry, Condition, LocationKind, PartLine, StockMove
from core.rows.people import Place
from core.rows.reference import ModelPart, Part
from hq.sample.dice import Dice, id_at
from hq.sample.memory import MemoryRows
from hq.sample.places import Staff

_SHORT = 2  # so many counts are one too low: a balance below zero, to be explained
_EXTRA_PARTS = 40


def fill(rows: MemoryRows, staff: Staff, at: datetime, story_part: str) -> None:
    """Write one opening move and one draw of the parts account per station and part."""
    used: dict[str, Counter[str]] = {station.id: Counter() for station in staff.stations}
    for line in rows.find(PartLine):
        used[line.station_id or ""][line.part_id] += line.quantity
    parts = {part.id: part for part in rows.find(Part)}
    fitting = [fits.part_id for fits in rows.find(ModelPart)]
    for index, station in enumerate(staff.stations):
        wanted = _wanted(index, used[station.id], fitting)
        if index == 0:
            wanted[story_part] += 3
        for part_id, quantity in sorted(wanted.items()):
            if quantity > 0:
                _open(rows, staff, station, parts[part_id], quantity, at)


def _wanted(index: int, used: Counter[str], fitting: list[str]) -> Counter[str]:
    dice = Dice("stock", index)
    wanted = Counter({part_id: count + dice.below(4) for part_id, count in sorted(used.items())})
    for _ in range(_EXTRA_PARTS):
        wanted[dice.pick(fitting)] += dice.between(1, 3)
    if index < _SHORT and used:
        short = min(used)
        wanted[short] = used[short] - 1
    return wanted


def _open(rows: MemoryRows, staff: Staff, station: Place, part: Part, quantity: int, at: datetime) -> None:
    label = f"{station.code}/{part.id}"
    lead = next(person for person in staff.people if person.place_id == station.id)
    rows.put(
        StockMove(
            id=id_at(at, f"opening/{label}"),
            branch_id=station.branch_id,
            station_id=station.id,
            part_id=part.id,
            quantity=quantity,
            condition=Condition.NEW,
            from_location=f"{LocationKind.OPENING}:{station.id}",
            to_location=f"{LocationKind.STATION}:{station.id}",
            reason="opening",
            moved_by=lead.id,
            moved_at=at,
        )
    )
    rows.put(
        AccountEntry(
            id=id_at(at, f"draw/{label}"),
            branch_id=station.branch_id,
            station_id=station.id,
            amount_fen=-part.transfer_fen * quantity,
            kind="draw",
            part_id=part.id,
            at=at,
        )
    )
