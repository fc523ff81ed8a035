"""A box of old parts that holds everything that can differ, and a piece that turned up after the count was closed."""

from datetime import date, datetime, timedelta

from core.boxes import manifest_hash
from core.identifiers import box_id, box_number, tag_of
from core.ids import derive
from core.operations.boxes import line_of, packed_in
from core.roles import Role
from core.rows.boxes import Box
from core.rows.parts import OldPart, OldPartState
from core.rows.people import Place
from core.rows.reference import Part
from hq.parts.boxes import settle_box
from hq.sample.dice import id_at
from hq.sample.exceptions.cases import Cases, NoSuchUnit

_LEAST, _MOST = 4, 8
_DAYS = 12


def play(cases: Cases) -> None:
    """Pack, send and count the box of the station that has most to send; late parts are the first that go in."""
    waiting = {one.id: _waiting(cases, one) for one in cases.staff.stations}
    station = max(cases.staff.stations, key=lambda one: len(waiting[one.id]))
    held = waiting[station.id][:_MOST]
    if len(held) < _LEAST:
        raise NoSuchUnit("nothing to send")
    _Box(cases, station, cases.at(_DAYS)).play(held)


def _waiting(cases: Cases, station: Place) -> list[OldPart]:
    before = cases.at(_DAYS)
    olds = cases.rows.find(OldPart, station_id=station.id, state=OldPartState.TAGGED)
    found = [one for one in olds if one.box_id is None and one.tagged_at is not None and one.tagged_at < before]
    return sorted(found, key=lambda one: (one.due_on or date.max, one.id))


class _Box:
    """The box's way."""

    def __init__(self, cases: Cases, station: Place, at: datetime) -> None:
        self._cases, self._rows, self._at = cases, cases.rows, at
        self._lead = cases.person(station.id, Role.STATION_LEAD)
        self._clerk = cases.staff.at(cases.staff.warehouse.id, Role.WAREHOUSE_CLERK)[1]
        self._number = box_number(station.code, id_at(at, f"box/exception/{station.code}"))

    def play(self, held: list[OldPart]) -> None:
        """From packing to what is settled."""
        for old in held:
            self._act("pack_old_part", old_part_id=old.id)
        self._act("unpack_old_part", old_part_id=held[-1].id)
        self._act("pack_old_part", old_part_id=held[-1].id)
        lines = tuple(line_of(old) for old in packed_in(self._rows, self._box()))
        self._act("seal_box", lines=lines, list_sha256=manifest_hash(lines))
        self._act("ship_box", carrier="顺丰", carrier_number=f"SF{int(self._number[-7:], 36) % 10**13:013d}")
        self._at += timedelta(days=3)
        self._count(held)

    def _count(self, held: list[OldPart]) -> None:
        late, wrong_part, wrong_serial, untagged, *others = held
        self._clerks("open_box")
        self._clerks("count_old_part", tag=late.tag, grade="refurbish", next_place="A-05")
        self._clerks("count_old_part", tag=wrong_part.tag, part_id=self._another(wrong_part.part_id), grade="scrap")
        self._clerks("count_old_part", tag=wrong_serial.tag, serial="ZX9900417")
        self._clerks("count_old_part", part_id=untagged.part_id, serial=untagged.serial, grade="scrap")
        self._clerks("count_old_part", tag=self._no_ones(1), part_id=late.part_id)  # over: on no list
        missed = others[0] if others else None
        for number, old in enumerate(others[1:]):
            self._clerks("count_old_part", tag=old.tag, finding="ok" if number else "damaged", grade="supplier")
        mistaken = self._clerks("count_old_part", tag=self._no_ones(2), finding="damaged")
        self._clerks("uncount_old_part", count_id=derive(mistaken, "count"))
        self._clerks("close_count")
        self._settle()
        if missed is not None and len(others) > 2:
            self._clerks("count_old_part", tag=missed.tag)  # found behind the shelf
            self._settle()

    def _another(self, part_id: str) -> str:
        """A part of the same class."""
        mine = self._rows.get(Part, part_id)
        assert mine is not None
        return next(one.id for one in self._rows.find(Part, part_class=mine.part_class) if one.id != part_id)

    def _no_ones(self, number: int) -> str:
        """A tag that stands on no list."""
        return tag_of(id_at(self._at, f"no one's/{self._number}/{number}"))

    def _settle(self) -> None:
        settle_box(self._rows, self._box())

    def _box(self) -> Box:
        box = self._rows.get(Box, box_id(self._number))
        assert box is not None
        return box

    def _act(self, name: str, **args: object) -> None:
        self._at += timedelta(minutes=3)
        self._cases.player.act(name, self._lead, self._at, number=self._number, **args)

    def _clerks(self, name: str, **args: object) -> str:
        self._at += timedelta(minutes=3)
        return self._cases.player.act(name, self._clerk, self._at, number=self._number, **args).id
