"""Three-way merge of what a place changed with what HQ holds: by field, with the values the person had seen."""

from collections.abc import Callable, Iterable, Mapping
from typing import Any, NamedTuple

import msgspec

from core.owners import Side, owner_of
from core.rows import Row, name_of
from core.rows.boxes import Box, BoxCount
from core.rows.orders import ApprovalQuestion, ApprovalRequest, OrderUnit, WorkOrder
from core.rows.parts import OldPart
from core.rows.sync import ParkedOperation

#: Fields of a unit that follow its serial number.
_OF_SERIAL = frozenset({"verdict_id", "identified_at", "scan_id", "serial_source"})
#: Fields whose two values need no person: they follow the moves and counters of the row.
FOLLOWING = frozenset({"version", "held_from", "paused_at", "due_at"})
#: Fields that a replay derives from others: its value stands. An order's state goes by the table of moves, an old
#: part's by what was done with it (its tag may be heard of after its receipt), an outcome by what was heard last. Where
#: an old part lies, how it is graded and what its supplier says stands as it was done last, whoever was heard last; a
#: box's fields follow from what was done with it, and a unit is where its order is (``merge_all``). A request and its
#: questions are changed by decisions alone, which their checks keep apart.
DERIVED: dict[type[Row], frozenset[str]] = {
    WorkOrder: frozenset({"state", "ended_as"}),
    OldPart: frozenset(
        {"state", "box_id", "packed_at", "grade", "next_place", "graded_at"}
        | {"batch", "sent_at", "answer", "answered_at"}
    ),
    Box: frozenset(Box.__struct_fields__),
    BoxCount: frozenset({"voided"}),
    ParkedOperation: frozenset({"outcome"}),
    ApprovalRequest: frozenset(ApprovalRequest.__struct_fields__),
    ApprovalQuestion: frozenset(ApprovalQuestion.__struct_fields__),
    OrderUnit: _OF_SERIAL | {"station_id"},
}
#: Fields that go with another one: where that one clashes they share its fate. Where an order is and how it stands
#: there are one thing: a state of one place beside the station of another would say what nobody did.
GO_WITH: dict[type[Row], dict[str, str]] = {
    WorkOrder: dict.fromkeys(("decline_reason", "offered_at", "state", "technician_id"), "station_id"),
    OrderUnit: dict.fromkeys(sorted(_OF_SERIAL), "serial"),
}
#: Fields that whoever writes them means, be the value the one they saw: an order may be given to its station again.
MEANT: dict[type[Row], frozenset[str]] = {WorkOrder: frozenset({"station_id"})}


class Change(NamedTuple):
    """A row before and after a replay; ``before`` is None for a new row."""

    before: Row | None
    after: Row


class Clash(NamedTuple):
    """One field that both sides changed to different values."""

    row: Row
    field: str
    base: Any
    hq_value: Any
    place_value: Any
    stands: str = "hq"  # whose value the row keeps until a person picks: hq | place
    also: Mapping[str, Any] = {}  # the place's values of the fields that go with this one
    hq_also: Mapping[str, Any] = {}  # and HQ's


class Merged(NamedTuple):
    """The row to store, the fields that clashed, and those in which somebody else's newer value was kept."""

    row: Row
    clashes: tuple[Clash, ...]
    kept: frozenset[str] = frozenset()


#: Tells which side wrote the value of a field that HQ holds.
Holder = Callable[[Row, str], Side]


def held_by_hq(row: Row, field: str) -> Side:
    """Nothing else is known: what HQ holds, HQ wrote."""
    return Side.HQ


def key_of(row: Row) -> str:
    """The row's key in an operation's ``base``."""
    return f"{name_of(type(row))}/{row.id}"


def base_of(changes: Iterable[Change]) -> dict[str, dict[str, Any]]:
    """What the person had seen: per changed row the old values of the fields the operation changes."""
    base: dict[str, dict[str, Any]] = {}
    for before, after in changes:
        if before is not None:
            base[key_of(after)] = {field: old for field, (old, _) in changed_fields(before, after).items()}
    return base


def changed_fields(before: Row, after: Row) -> dict[str, tuple[Any, Any]]:
    """Per changed field its old and new value, as JSON builtins."""
    old, new = msgspec.to_builtins(before), msgspec.to_builtins(after)
    return {field: (old[field], new[field]) for field in old if old[field] != new[field] and field not in FOLLOWING}


def merge(
    change: Change,
    base: Mapping[str, Mapping[str, Any]],
    arriving: Side = Side.PLACE,
    holder: Holder = held_by_hq,
) -> Merged:
    """Judge a replayed change against the values the person had seen.

    A field whose HQ value is still the one seen takes the new value. One that the person left as it was keeps what
    others wrote since. One that HQ changed since clashes when the two new values differ: the owner's value stands,
    HQ's when the owner wrote both, and the clash tells both.
    """
    before, after = change
    seen = base.get(key_of(after))
    if before is None or seen is None:
        return Merged(after, ())
    fields = changed_fields(before, after)
    clashes, kept = _judge(before, fields, seen, arriving, holder)
    held = {clash.field for clash in clashes if clash.stands == "hq"} | kept
    held |= {field for field, lead in _companions(before, fields) if lead in held}
    row = msgspec.structs.replace(after, **{field: getattr(before, field) for field in held})
    return Merged(row, tuple(clashes), frozenset(kept))


def merge_all(
    changes: Iterable[Change],
    base: Mapping[str, Mapping[str, Any]],
    arriving: Side = Side.PLACE,
    holder: Holder = held_by_hq,
) -> list[tuple[Change, Merged]]:
    """Judge every row that an operation changed: where an order stays as HQ has it, its units stay there too."""
    merged = [(change, merge(change, base, arriving, holder)) for change in changes]
    clashes = [clash for _, one in merged for clash in one.clashes]
    staying = {clash.row.id for clash in clashes if clash.field == "station_id" and clash.stands == "hq"}
    return [(change, _left_there(change, one, staying)) for change, one in merged]


def _left_there(change: Change, merged: Merged, staying: set[str]) -> Merged:
    before, row = change.before, merged.row
    if not isinstance(before, OrderUnit) or before.order_id not in staying:
        return merged
    return merged._replace(row=msgspec.structs.replace(row, station_id=before.station_id))


def _judge(
    before: Row, fields: Mapping[str, tuple[Any, Any]], seen: Mapping[str, Any], arriving: Side, holder: Holder
) -> tuple[list[Clash], set[str]]:
    kind = type(before)
    clashes: list[Clash] = []
    kept: set[str] = set()
    with_lead = dict(_companions(before, fields))
    for field, (hq_value, place_value) in fields.items():
        if field in DERIVED.get(kind, ()) or field in with_lead:
            continue
        if field not in seen and field not in MEANT.get(kind, ()):
            kept.add(field)
            continue
        had = seen.get(field, place_value)
        if had != hq_value:
            owned = owner_of(kind, field) is arriving and holder(before, field) is not arriving
            stands = "place" if owned else "hq"
            hq_also, also = (
                {name: fields[name][i] for name, lead in with_lead.items() if lead == field} for i in (0, 1)
            )
            clashes.append(Clash(before, field, had, hq_value, place_value, stands, also, hq_also))
    return clashes, kept


def _companions(before: Row, fields: Mapping[str, tuple[Any, Any]]) -> list[tuple[str, str]]:
    """Changed fields whose lead was changed too, with their lead."""
    leads = GO_WITH.get(type(before), {})
    return [(field, leads[field]) for field in fields if leads.get(field) in fields]
