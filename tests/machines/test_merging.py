"""Merging, edit after edit: whatever order they arrive in, no value that somebody wrote is lost silently."""

from typing import Any, NamedTuple

import msgspec
import pytest
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, precondition, rule, run_state_machine_as_test

from core.merge import Change, Merged, base_of, merge
from core.owners import Side, owner_of
from core.rows.orders import WorkOrder
from tests.machines.kit import effort
from tests.unit.world import an_order

#: Fields of both owners, none of which is derived from others or goes with them.
FIELDS = ("customer_phone", "customer_address", "result", "decline_reason", "fault_report")
_values = st.dictionaries(st.sampled_from(FIELDS), st.sampled_from(["1", "2", "3"]), min_size=1)


class Edit(NamedTuple):
    """What a person set, and the row they had before them."""

    side: Side
    seen: WorkOrder
    fields: dict[str, Any]


class Merging(RuleBasedStateMachine):
    """One order; people edit what they see, their edits arrive late and in any order."""

    def __init__(self) -> None:
        super().__init__()
        self.held = an_order(**dict.fromkeys(FIELDS, "0"))
        self.holder = dict.fromkeys(FIELDS, Side.HQ)
        self.under_way: list[Edit] = []

    @rule(side=st.sampled_from(Side), fields=_values)
    def edit(self, side: Side, fields: dict[str, Any]) -> None:
        self.under_way.append(Edit(side, self.held, fields))

    @precondition(lambda self: self.under_way)
    @rule(data=st.data())
    def one_arrives(self, data: st.DataObject) -> None:
        edit = self.under_way.pop(data.draw(st.integers(0, len(self.under_way) - 1)))
        self.check(edit, self.merged(edit))

    def merged(self, edit: Edit) -> Merged:
        seen_after = msgspec.structs.replace(edit.seen, **edit.fields)
        base = base_of([Change(edit.seen, seen_after)])
        here_after = msgspec.structs.replace(self.held, **edit.fields)
        return merge(Change(self.held, here_after), base, edit.side, lambda row, field: self.holder[field])

    def check(self, edit: Edit, merged: Merged) -> None:
        before, self.held = self.held, merged.row  # type: ignore[assignment]
        clashes = {clash.field: clash for clash in merged.clashes}
        for field in FIELDS:
            seen, old, now = (getattr(row, field) for row in (edit.seen, before, self.held))
            wanted = edit.fields.get(field, seen)
            if wanted in (seen, old):
                assert now == old, "what the person did not change stays as others made it"
                assert field not in clashes
            elif old == seen:
                assert now == wanted, "nobody else changed it: it takes the new value"
                assert field not in clashes
            else:
                clash = clashes.pop(field)
                assert (clash.base, clash.hq_value, clash.place_value) == (seen, old, wanted), "both values are told"
                owned = owner_of(WorkOrder, field) is edit.side and self.holder[field] is not edit.side
                assert clash.stands == ("place" if owned else "hq")
                assert now == (wanted if owned else old)
            if now != old:
                self.holder[field] = edit.side
        assert not clashes
        self.nothing_else_changed(before)

    def nothing_else_changed(self, before: WorkOrder) -> None:
        untouched = dict.fromkeys(FIELDS, "x")
        assert msgspec.structs.replace(before, **untouched) == msgspec.structs.replace(self.held, **untouched)

    @precondition(lambda self: self.under_way)
    @rule(data=st.data())
    def one_arrives_twice(self, data: st.DataObject) -> None:
        """The second time it changes nothing that the first did not: merging an edit again loses nobody's value."""
        edit = self.under_way.pop(data.draw(st.integers(0, len(self.under_way) - 1)))
        self.check(edit, self.merged(edit))
        after = self.held
        again = self.merged(edit)
        assert all(clash.field in edit.fields for clash in again.clashes)
        assert {getattr(again.row, field) for field in FIELDS} <= {
            getattr(row, field) for row in (after, edit.seen) for field in FIELDS
        } | set(edit.fields.values())


@pytest.mark.slow
@pytest.mark.timeout(3600)
def test_merging() -> None:
    run_state_machine_as_test(Merging, settings=effort(30, 30))
