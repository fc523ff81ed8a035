"""What a place changed meets what HQ holds: fields merged, values that clash kept in a conflict with both makers."""

from typing import NamedTuple

import msgspec

from core.ids import derive
from core.merge import Change, Clash, changed_fields, merge_all
from core.operations.contests import station_of
from core.operations.operation import Operation
from core.owners import Side, side_of, writers_of
from core.rows import Row, name_of
from core.rows.access import Rows
from core.rows.orders import TimelineEntry
from core.rows.people import Credential, Person
from core.rows.sync import Conflict
from rowstore.rows import SqlRows


class Met(NamedTuple):
    """The fields (``entity.field``) that clashed, and those in which somebody else's newer value was kept."""

    clashed: tuple[str, ...] = ()
    kept: tuple[str, ...] = ()


def merge_changes(rows: SqlRows, operation: Operation) -> Met:
    """Let the owner's value stand where both sides changed a field, with both in a conflict for a person."""
    clashes: list[Clash] = []
    kept: list[str] = []
    side, makers = side_of(operation.place, operation.branch_id), Makers(rows, operation)
    # of a credential the last one stands: a conflict would show verifiers to others
    changes = [change for change in rows.changes if not isinstance(change.after, Credential)]
    for change, merged in merge_all(changes, operation.base, side, makers.side):
        if merged.row != change.after:
            rows.put(merged.row)
        clashes += merged.clashes
        kept += (f"{name_of(type(change.after))}.{field}" for field in sorted(merged.kept))
    for clash in clashes:
        rows.put(_conflict(rows, operation, clash, makers))
    return Met(tuple(f"{name_of(type(clash.row))}.{clash.field}" for clash in clashes), tuple(kept))


def fields_of(changes: list[Change], operation: Operation) -> list[str]:
    """The fields (``entity.field``) of known rows that the operation changed: what a merge is logged with."""
    found = {
        f"{name_of(type(after))}.{field}"
        for before, after in changes
        if before is not None and f"{name_of(type(after))}/{after.id}" in operation.base
        for field in changed_fields(before, after)
    }
    return sorted(found)


class Makers:
    """Who wrote what HQ holds, as far as the order's timeline tells it."""

    def __init__(self, rows: Rows, operation: Operation) -> None:
        """Look through ``rows``; the operation itself does not count."""
        self._rows = rows
        self._operation = operation

    def of(self, row: Row, field: str) -> TimelineEntry | None:
        """The last entry of an action that writes the field."""
        writers = writers_of(type(row), field)
        order_id = getattr(row, "order_id", row.id)
        own = derive(self._operation.id, "timeline")
        entries = self._rows.find(TimelineEntry, order_id=order_id) if writers else ()
        found = (entry for entry in entries if entry.action in writers and entry.id != own)
        return max(found, key=lambda entry: (entry.at, entry.id), default=None)

    def side(self, row: Row, field: str) -> Side:
        """Which side it was; HQ when nobody is known."""
        entry = self.of(row, field)
        person = self._rows.get(Person, entry.person_id) if entry and entry.person_id else None
        return Side.HQ if person is None or person.place_id == self._operation.branch_id else Side.PLACE

    def told(self, conflict: Conflict, row: Row) -> Conflict:
        """The conflict with both makers and times."""
        entry = self.of(row, conflict.field)
        person = self._rows.get(Person, self._operation.user)
        return msgspec.structs.replace(
            conflict,
            person_name=person.name if person else None,
            hq_person_id=entry.person_id if entry else None,
            hq_person=entry.person_name if entry else None,
            hq_at=entry.at if entry else None,
        )


def _conflict(rows: Rows, operation: Operation, clash: Clash, makers: Makers) -> Conflict:
    entity = name_of(type(clash.row))
    order_id = clash.row.id if entity == "work_order" else getattr(clash.row, "order_id", None)
    going_on = _going_on(rows, operation, clash, order_id)
    made = {
        "hq_value": clash.hq_value,
        "place_value": clash.place_value,
        "stands": clash.stands,
        "also": dict(clash.also),
        "hq_also": dict(clash.hq_also),
        "operation_id": operation.id,
        "person_id": operation.user,
        "at": operation.made_at,
    }
    if going_on is not None:
        return makers.told(msgspec.structs.replace(going_on, **made), clash.row)
    new = Conflict(
        id=derive(operation.id, f"conflict {entity} {clash.row.id} {clash.field}"),
        branch_id=operation.branch_id,
        place_id=station_of(clash.row, operation),
        entity=entity,
        row_id=clash.row.id,
        order_id=order_id,
        field=clash.field,
        base=clash.base,
        **made,
    )
    return makers.told(new, clash.row)


def _going_on(rows: Rows, operation: Operation, clash: Clash, order_id: str | None) -> Conflict | None:
    """The open conflict whose place value the maker had before: they change their own side of it."""
    for found in rows.find(Conflict, order_id=order_id) if order_id else ():
        same = (found.state, found.row_id, found.field) == ("open", clash.row.id, clash.field)
        if same and found.place_value == clash.base and found.person_id == operation.user:
            return found
    return None
