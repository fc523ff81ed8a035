"""Merging by field: what only one side changed stands, what both changed differently is a clash that loses nothing."""

from typing import Any

import msgspec
from hypothesis import given
from hypothesis import strategies as st

from core.merge import Change, Merged, base_of, changed_fields, key_of, merge
from core.owners import GROUPS, OWNER, WRITTEN_BY, Group, Side, owner_of, side_of, writers_of
from core.rows.orders import OrderUnit, WorkOrder
from core.rows.people import Person
from core.work_order import State
from tests.unit import world as w
from tests.unit.world import a_unit, an_order, identified

#: fields of both owners: HQ's customer and estimate, the place's diagnosis in words
FIELDS = ("result", "decline_reason", "reported_serial", "warranty_guess")
values = st.dictionaries(st.sampled_from(FIELDS), st.sampled_from([None, "甲", "乙"]))
sides = st.sampled_from(list(Side))


def changed(row: Any, **fields: Any) -> Any:
    """The row with other values."""
    return msgspec.structs.replace(row, **fields)


class Made:
    """What a person did to the row they saw: it sets some fields, like an operation with its base."""

    def __init__(self, seen: Any, **fields: Any) -> None:
        self.fields = fields
        self.base = base_of([Change(seen, changed(seen, **fields))])

    def at_hq(self, held: Any, side: Side = Side.PLACE, holder: Side = Side.HQ) -> Merged:
        """Replayed on what HQ holds, and merged."""
        return merge(Change(held, changed(held, **self.fields)), self.base, side, lambda row, field: holder)


@given(values, values, values, sides, sides)
def test_merge_against_a_model(
    base: dict[str, Any], hq: dict[str, Any], place: dict[str, Any], side: Side, holder: Side
) -> None:
    """Field by field: a new value stands unless HQ changed the same field to something else; then the owner's does."""
    seen = an_order(**base)
    at_hq = changed(seen, **hq)
    merged = Made(seen, **place).at_hq(at_hq, side, holder)
    clashing = set()
    for name in FIELDS:
        old, theirs = getattr(seen, name), getattr(at_hq, name)
        ours = place.get(name, old)
        found = getattr(merged.row, name)
        if ours in (old, theirs):
            assert found == theirs
        elif theirs == old:
            assert found == ours
        else:
            owned = owner_of(WorkOrder, name) is side and holder is not side
            assert found == (ours if owned else theirs)
            clashing.add((name, old, theirs, ours, "place" if owned else "hq"))
    assert {(c.field, c.base, c.hq_value, c.place_value, c.stands) for c in merged.clashes} == clashing


@given(values, values, values)
def test_two_operations_that_do_not_clash_give_the_same_in_either_order(
    base: dict[str, Any], one: dict[str, Any], other: dict[str, Any]
) -> None:
    seen = an_order(**base)
    first, second = Made(seen, **{name: one[name] for name in one if name not in other}), Made(seen, **other)
    there, back = (
        second.at_hq(first.at_hq(seen).row),
        first.at_hq(second.at_hq(seen).row),
    )
    assert there.row == back.row
    assert there.clashes == back.clashes == ()


@given(values, values, values, sides, sides)
def test_a_clash_never_loses_a_value(
    base: dict[str, Any], hq: dict[str, Any], place: dict[str, Any], side: Side, holder: Side
) -> None:
    """What either side wrote is in the row or can be read in a clash."""
    seen = an_order(**base)
    at_hq = changed(seen, **hq)
    merged = Made(seen, **place).at_hq(at_hq, side, holder)
    readable = {name: {getattr(merged.row, name)} for name in FIELDS}
    for clash in merged.clashes:
        readable[clash.field] |= {clash.hq_value, clash.place_value}
    for written in (hq, place):
        for name, value in written.items():
            assert value in readable[name] or value == getattr(seen, name)


@given(values, values, values)
def test_merging_twice_is_merging_once(base: dict[str, Any], hq: dict[str, Any], place: dict[str, Any]) -> None:
    seen = an_order(**base)
    made = Made(seen, **place)
    once = made.at_hq(changed(seen, **hq))
    again = made.at_hq(once.row)
    assert again.row == once.row
    assert {clash.field for clash in again.clashes} <= {clash.field for clash in once.clashes}


def test_a_new_row_has_no_base_and_no_clash() -> None:
    row = an_order()
    assert base_of([Change(None, row)]) == {}
    assert merge(Change(None, row), {key_of(row): {"result": "x"}}).row is row


def test_a_row_the_person_never_saw_changed_is_taken_as_replayed() -> None:
    row = an_order()
    after = changed(row, result="x")
    assert merge(Change(row, after), {}).row is after


def test_versions_and_return_states_never_clash() -> None:
    row = an_order()
    assert changed_fields(row, changed(row, version=3)) == {}


def test_without_more_knowledge_what_hq_holds_is_hqs() -> None:
    seen = a_unit()
    made = base_of([Change(seen, changed(seen, serial="A"))])
    held = changed(seen, serial="B")
    assert merge(Change(held, changed(held, serial="A")), made).row.serial == "A"  # type: ignore[attr-defined]


def test_what_the_person_left_as_it_was_keeps_what_others_wrote() -> None:
    """A form writes all its fields; only those that its person changed count."""
    seen = a_unit()
    made = Made(seen, warranty_card_date=w.TODAY, invoice_number=None)
    merged = made.at_hq(changed(seen, invoice_number="0123"))
    assert isinstance(merged.row, OrderUnit)
    assert (merged.row.invoice_number, merged.row.warranty_card_date) == ("0123", w.TODAY)
    assert merged.kept == {"invoice_number"}


def test_a_state_goes_by_the_moves_and_a_verdict_by_the_replay() -> None:
    order = an_order()
    started = Made(order, state=State.IN_PROGRESS).at_hq(changed(order, state=State.SCHEDULED))
    assert (started.row.state, started.clashes) == (State.IN_PROGRESS, ())  # type: ignore[attr-defined]
    unit = identified(verdict_id="v1")
    forgotten = Made(unit, invoice_fen=5, verdict_id=None).at_hq(changed(unit, verdict_id="v2"))
    assert (forgotten.row.verdict_id, forgotten.clashes) == (None, ())  # type: ignore[attr-defined]


def test_what_goes_with_a_field_shares_its_fate() -> None:
    unit = a_unit()
    made = Made(unit, serial="A", scan_id="s1", serial_source="scan", verdict_id=None)
    held = changed(unit, serial="B", scan_id="s2", serial_source="typed", verdict_id="v2")
    stays = made.at_hq(held, holder=Side.PLACE)
    (clash,) = stays.clashes
    assert stays.row == held
    assert clash.also == {"scan_id": "s1", "serial_source": "scan", "verdict_id": None}
    assert clash.hq_also == {"scan_id": "s2", "serial_source": "typed", "verdict_id": "v2"}
    taken = made.at_hq(held)
    assert (taken.row.serial, taken.row.scan_id, taken.clashes[0].stands) == ("A", "s1", "place")  # type: ignore[attr-defined]


def test_every_field_of_an_order_and_its_unit_has_one_owner() -> None:
    for kind in GROUPS:
        assert set(GROUPS[kind]) == set(kind.__struct_fields__) - {"id", "version"}
    assert set(OWNER) == set(Group)
    assert owner_of(WorkOrder, "customer_phone") is owner_of(WorkOrder, "cost_low_fen") is Side.HQ
    assert owner_of(OrderUnit, "serial") is owner_of(WorkOrder, "result") is Side.PLACE
    assert owner_of(Person, "name") is Side.HQ
    assert (side_of(w.STATION, w.BRANCH), side_of(w.BRANCH, w.BRANCH)) == (Side.PLACE, Side.HQ)


def test_who_wrote_a_field_is_known_by_actions_that_exist() -> None:
    from core.operations import ACTIONS
    from core.work_order import MOVES

    known = set(ACTIONS) | {move.action for move in MOVES}
    for kind, fields in WRITTEN_BY.items():
        assert set(fields) <= set(kind.__struct_fields__)
        assert set().union(*fields.values()) <= known
    assert writers_of(OrderUnit, "serial") == {"identify_unit"}
    assert writers_of(Person, "name") == frozenset()
