"""The sample's boxes: the last weeks' old parts in a box of every state, and what became of earlier ones."""

from datetime import date, datetime, timedelta

from core.boxes import manifest_hash
from core.identifiers import box_id, box_number
from core.operations.boxes import line_of, packed_in
from core.roles import Role
from core.rows.boxes import Box
from core.rows.parts import OldPart, OldPartState
from core.rows.people import Person, Place
from core.rows.reference import Part
from hq.parts.boxes import settle_box
from hq.sample.dice import id_at
from hq.sample.memory import MemoryRows
from hq.sample.places import Staff
from hq.sample.plan import local
from hq.sample.player import Player

#: What would have been received so many days before the sample's end is packed instead.
PACKED_DAYS = 40
#: How far each station's boxes have come, and how many days before the sample's end; of three parts each.
_BOXES = (("closed", 9), ("shipped", 3), ("sealed", 2), ("open", 1))
_OTHERS = (("counting", 6), ("closed", 5), ("shipped", 2))
_EACH = 3
_GRADED = ("refurbish", "scrap", "supplier", "supplier", None)


def fill(player: Player, staff: Staff, as_of: date) -> None:
    """Pack, send, count and grade."""
    for index, station in enumerate(staff.stations):
        waiting = [old for old in player.rows.find(OldPart, station_id=station.id) if old.state is OldPartState.TAGGED]
        waiting.sort(key=lambda old: (str(old.tagged_at), old.id))
        for number, (state, days) in enumerate(_BOXES if index == 0 else _OTHERS):
            at = local(as_of - timedelta(days=days), 9 * 60)
            held = [old for old in waiting if old.tagged_at is not None and old.tagged_at < at][:_EACH]
            waiting = [old for old in waiting if old not in held]
            if held:
                _Box(player, staff, station, at, number).play(state, held)
    _grade(player, staff, local(as_of - timedelta(days=1), 10 * 60))


class _Box:
    """One box's way."""

    def __init__(self, player: Player, staff: Staff, station: Place, at: datetime, index: int) -> None:
        self._player, self._at = player, at
        self._lead = staff.at(station.id, Role.STATION_LEAD)[0]
        self._clerk = staff.at(staff.warehouse.id, Role.WAREHOUSE_CLERK)[index % 2]
        self.number = box_number(station.code, id_at(at, f"box/{station.code}/{index}"))
        self._index = index

    def _act(self, name: str, person: Person, **args: object) -> None:
        self._at += timedelta(minutes=2)
        self._player.act(name, person, self._at, number=self.number, **args)

    def play(self, state: str, parts: list[OldPart]) -> None:
        """Everything up to ``state``; of a box that is counted one part is missing and one is damaged."""
        rows = self._player.rows
        for old in parts:
            self._act("pack_old_part", self._lead, old_part_id=old.id)
        if state == "open":
            return
        box = rows.get(Box, box_id(self.number))
        assert box is not None
        lines = tuple(line_of(old) for old in packed_in(rows, box))
        self._act("seal_box", self._lead, lines=lines, list_sha256=manifest_hash(lines))
        if state == "sealed":
            return
        waybill = f"SF{int(self.number[-7:], 36) % 10**13:013d}"
        self._act("ship_box", self._lead, carrier="顺丰", carrier_number=waybill)
        if state != "shipped":
            self._count(state, parts)

    def _count(self, state: str, parts: list[OldPart]) -> None:
        self._at += timedelta(days=2)
        self._act("open_box", self._clerk)
        for place, old in enumerate(parts[1:] if state == "closed" else parts[:1]):
            finding = "damaged" if place else "ok"
            self._act("count_old_part", self._clerk, tag=old.tag, finding=finding, grade="refurbish", next_place="A-03")
        if state == "closed":
            self._act("close_count", self._clerk)
            box = self._player.rows.get(Box, box_id(self.number))
            assert box is not None
            settle_box(self._player.rows.of_branch(box.branch_id), box)


def _grade(player: Player, staff: Staff, at: datetime) -> None:
    """What was received longest ago has been graded; some went back to its supplier, who has answered for some."""
    rows: MemoryRows = player.rows
    clerk = staff.at(staff.warehouse.id, Role.WAREHOUSE_CLERK)[0]
    received = [old for old in rows.find(OldPart) if old.received_at is not None and old.graded_at is None]
    received.sort(key=lambda old: (str(old.received_at), old.id))
    for index, old in enumerate(received[: len(received) * 4 // 5]):
        wanted = _GRADED[index % len(_GRADED)]
        if wanted is None:
            continue
        player.act("grade_old_part", clerk, at, old_part_id=old.id, grade=wanted, next_place=f"B-{index % 9 + 1:02d}")
        if wanted == "supplier" and index % 10 < 5:
            part = rows.get(Part, old.part_id)
            supplier = part.supplier if part else ""
            batch = f"R{at:%y%m%d}DEMO"
            player.act("send_to_supplier", clerk, at, old_part_id=old.id, batch=batch, supplier=supplier)
            if index % 20 < 5:
                answer = ("accepted", "replaced", "refused")[index // 20 % 3]
                player.act("supplier_answered", clerk, at, old_part_id=old.id, answer=answer)
