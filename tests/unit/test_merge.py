"""Merging by field: what only one side changed stands, what both changed differently is a clash that loses nothing."""

from typing import Any

import msgspec
from hypothesis import given
from hypothesis import strategies as st

from core.merge import Change, base_of, changed_fields, key_of, merge
from tests.unit.world import an_order

FIELDS = ("result", "decline_reason", "reported_serial", "warranty_guess")
values = st.dictionaries(st.sampled_from(FIELDS), st.sampled_from([None, "甲", "乙"]))


def changed(row: Any, **fields: Any) -> Any:
    """The row with other values."""
    return msgspec.structs.replace(row, **fields)


@given(values, values, values)
def test_merge_against_a_model(base: dict[str, Any], hq: dict[str, Any], place: dict[str, Any]) -> None:
    """Field by field: the place's new value stands unless HQ changed the same field to something else."""
    seen = an_order(**base)
    wanted = changed(seen, **place)
    at_hq = changed(seen, **hq)
    replayed = changed(at_hq, **{name: getattr(wanted, name) for name in changed_fields(seen, wanted)})
    merged = merge(Change(at_hq, replayed), base_of([Change(seen, wanted)]))
    clashing = set()
    for name in FIELDS:
        old, theirs, ours = getattr(seen, name), getattr(at_hq, name), getattr(wanted, name)
        if ours in (old, theirs):
            assert getattr(merged.row, name) == theirs
        elif theirs == old:
            assert getattr(merged.row, name) == ours
        else:
            assert getattr(merged.row, name) == theirs
            clashing.add((name, old, theirs, ours))
    assert {(c.field, c.base, c.hq_value, c.place_value) for c in merged.clashes} == clashing
    assert merged.merged == bool(clashing)


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
