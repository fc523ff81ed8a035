"""Importing extended warranties: each is for one unit of the registry; a known id is written anew."""

from collections.abc import Callable
from datetime import date, datetime
from typing import Annotated

import msgspec
from msgspec import Meta

from core.identifiers import fold_serial
from core.warranty import Contract
from hq.feed import Work
from hq.feed.registry import units_of
from hq.imports.reading import Reading
from hq.warranty.history import sell

_Code = Annotated[str, Meta(min_length=1, max_length=40)]


class ContractRow(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One line of a file of contracts; both days included, ``parts`` are part classes (none: the whole unit)."""

    id: _Code
    serial: Annotated[str, Meta(min_length=1, max_length=64)]
    name: Annotated[str, Meta(min_length=1, max_length=200)]
    from_day: date
    to_day: date
    parts: tuple[_Code, ...] = ()


def bought(reading: Reading, doing: Work, now: datetime) -> Callable[[], None]:
    """New and changed contracts."""
    found: list[tuple[str, Contract]] = []
    for number, row in reading.each(ContractRow):
        serial = fold_serial(row.serial)
        if row.to_day < row.from_day:
            reading.wrong(number, "the contract ends before it begins")
        if not units_of(doing.beside, serial):
            reading.wrong(number, f"unit {serial} is not known")
        values = msgspec.structs.asdict(row)
        del values["serial"]
        found.append((serial, Contract(**values)))

    def write() -> None:
        sell(doing.beside, found)

    return write
