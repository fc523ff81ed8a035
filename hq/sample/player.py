"""Makes sample history the way people make it: every step is an operation, checked and replayed by core."""

from datetime import datetime
from typing import Any

import msgspec

from core.fault_codes import Coding, FaultCatalogue, possible
from core.ids import derive
from core.operations import action_named
from core.operations.kernel import perform
from core.operations.operation import GENESIS, Operation
from core.rows.orders import TimelineEntry, WorkOrder
from core.rows.people import Person
from core.work_order import State
from hq.sample.dice import Dice, id_at
from hq.sample.memory import MemoryRows


class Player:
    """Performs operations on rows in memory; a refusal is a defect of the sample and is raised."""

    def __init__(self, rows: MemoryRows, count: int = 0) -> None:
        """Play on ``rows``; operations are numbered after ``count``."""
        self.rows = rows
        self._count = count

    def act(self, name: str, person: Person, at: datetime, **args: Any) -> Operation:
        """Do the action as the person at their own place; returns the operation, whose id its rows derive from."""
        action = action_named(name)
        given = action.args(**args)
        self._count += 1
        operation = Operation(
            id=id_at(at, f"operation/{self._count}"),
            device=person.place_id,
            epoch=1,
            n=self._count,
            prev=GENESIS,
            user=person.id,
            place=person.place_id,
            branch_id=person.branch_id,
            action=name,
            made_at=at,
            utc_offset_minutes=480,
            args=msgspec.Raw(msgspec.json.encode(given)),
        )
        action.check(given, operation, self.rows)
        perform(action, given, operation, self.rows)
        return operation

    def order(self, order_id: str) -> WorkOrder:
        """The order as it stands."""
        found = self.rows.get(WorkOrder, order_id)
        assert found is not None
        return found

    def set_state(self, order_id: str, state: State, at: datetime, held_from: State | None = None) -> None:
        """Put an order into a state that HQ's own desk leads to, with its timeline entry."""
        order = msgspec.structs.replace(self.order(order_id), state=state, held_from=held_from)
        self.rows.put(order)
        self.note_step(order, f"state_{state}", at)

    def note_step(self, order: WorkOrder, action: str, at: datetime) -> None:
        """Write HQ's timeline entry."""
        self.rows.put(
            TimelineEntry(
                id=derive(order.id, f"timeline/{action}"),
                branch_id=order.branch_id,
                station_id=order.station_id,
                order_id=order.id,
                action=action,
                person_id=None,
                person_name="HQ",
                at=at,
            )
        )


def coding_for(catalogue: FaultCatalogue, product_class: str, part_class: str | None, dice: Dice) -> Coding:
    """A coding that is possible for this product and part (None: mended without a part)."""
    parts = (part_class,) if part_class else ()
    symptoms = [e.code for e in catalogue.symptom if product_class in e.classes] or [catalogue.symptom[0].code]
    condition, symptom = dice.pick([entry.code for entry in catalogue.condition]), dice.pick(symptoms)
    for section, defect, repair in _triples(catalogue, part_class):
        coding = Coding(
            product_class=product_class,
            condition=condition,
            symptom=symptom,
            section=section,
            defect=defect,
            repair=repair,
            part_classes=parts,
        )
        if not possible(coding, catalogue):
            return coding
    raise ValueError(f"no possible coding for {product_class} and {part_class}")


#: Which repair goes with a part class; the rest are boards and modules.
_REPAIR = {
    "12": ("panel", "display_assembly", "display"),
    "13": ("compressor", "evaporator", "condenser", "four_way_valve", "expansion_valve", "capillary", "filter_drier",
           "solenoid_valve", "pipe"),
    "14": ("belt", "bearing", "door_seal", "door_lock", "hinge", "housing", "rear_cover", "stand", "button", "hose",
           "drum", "inlet_valve"),
    "15": ("remote", "battery", "charger", "headset", "power_adapter"),
    "16": ("cable",),
    "17": ("motor", "fan_motor", "swing_motor", "fan", "temp_sensor", "thermostat", "heater", "defrost_heater",
           "drain_pump"),
    "18": ("disk", "memory", "cpu"),
}  # fmt: skip


def _triples(catalogue: FaultCatalogue, part_class: str | None) -> list[tuple[str, str, str]]:
    """Sections, defects and repairs to try, the likeliest repair first; a part fits best in its own section."""
    wanted = next((code for code, parts in _REPAIR.items() if part_class in parts), "10") if part_class else "01"
    repairs = sorted((e for e in catalogue.repair if not e.no_fault), key=lambda e: (e.code != wanted, e.code))
    own = [e for e in catalogue.section if part_class in e.part_classes] if part_class else []
    sections = own or [e for e in catalogue.section if not e.no_fault and e.code not in ("INS", "CAB")]
    defects = [e for e in catalogue.defect if not e.no_fault]
    return [(s.code, d.code, r.code) for r in repairs for s in sections for d in defects]
