"""Importing units into the registry: new ones, and what is newly known of old ones."""

from collections.abc import Callable
from datetime import datetime

from core.identifiers import fold_serial, is_placeholder
from core.rows.reference import Model
from core.warranty import RegisteredUnit
from hq.feed import Work, load_registry
from hq.imports.reading import Reading

_LONGEST = 64


def units(reading: Reading, doing: Work, now: datetime) -> Callable[[], None]:
    """Units by serial number and model; dates are calendar days."""
    known = {model.id for model in doing.reference().find(Model)}
    found: list[RegisteredUnit] = []
    seen: set[tuple[str, str]] = set()
    for number, unit in reading.each(RegisteredUnit):
        for problem in _problems(unit, known, seen):
            reading.wrong(number, problem)
        seen.add((unit.serial, unit.model))
        found.append(unit)

    def write() -> None:
        load_registry(doing, found)

    return write


def _problems(unit: RegisteredUnit, known: set[str], seen: set[tuple[str, str]]) -> list[str]:
    dates = [day for day in (unit.made, unit.shipped, unit.sold, unit.installed) if day is not None]
    rules = (
        (unit.model not in known, f"model {unit.model} is not known"),
        (not unit.serial or len(unit.serial) > _LONGEST, "a serial number has 1 to 64 characters"),
        (fold_serial(unit.serial) != unit.serial, "write the serial number without blanks, in capital ASCII letters"),
        (is_placeholder(unit.serial), f"{unit.serial} is a placeholder"),
        ((unit.serial, unit.model) in seen, f"{unit.serial} stands here twice"),
        (unit.made is not None and min(dates, default=unit.made) < unit.made, "a date before manufacture"),
    )
    return [what for wrong, what in rules if wrong]
