"""Ids, refusals and the register of row kinds."""

from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.findings import Findings
from core.ids import derive, new_id
from core.refusals import CATALOGUE, Kind, Refusal
from core.rows import BY_NAME, KINDS, is_visible_to, name_of, places_of
from core.rows.orders import WorkOrder
from core.rows.people import Credential, Place
from tests.unit.world import BRANCH, STATION, an_id, an_order, place


@given(st.text(max_size=20), st.text(max_size=20))
def test_derived_ids_are_uuid7_and_belong_to_their_label(one: str, other: str) -> None:
    source = new_id()
    derived = UUID(derive(source, one))
    assert derived.version == 7 and derived.bytes[:6] == UUID(source).bytes[:6]
    assert (derive(source, one) == derive(source, other)) == (one == other)


def test_new_ids_ascend() -> None:
    ids = [new_id() for _ in range(100)]
    assert sorted(ids) == ids and UUID(ids[0]).version == 7


def test_a_refusal_reads_as_a_sentence_even_with_facts_missing() -> None:
    refusal = Refusal("part_not_of_model", part="X")
    assert refusal.sentence() == "Part X does not belong to model —."
    assert refusal.sentence("备件 {part} 不属于机型 {model}。") == "备件 X 不属于机型 —。"
    assert refusal.kind is Kind.INVALID


def test_an_unknown_code_is_a_defect() -> None:
    with pytest.raises(KeyError):
        Refusal("no_such_code")


def test_every_sentence_ends_as_a_sentence() -> None:
    assert [code for code, template in CATALOGUE.items() if template.text[-1] not in ".?!})"] == []


def test_kinds_have_names_of_their_own() -> None:
    assert len(BY_NAME) == len(KINDS) and name_of(WorkOrder) == "work_order"


def test_rows_are_seen_by_the_places_they_name() -> None:
    order = an_order()
    assert places_of(order) == {BRANCH, STATION}
    assert is_visible_to(order, STATION) and not is_visible_to(order, an_id("else"))
    assert is_visible_to(place(BRANCH, "branch", "SZ", BRANCH), an_id("anyone"))  # type: ignore[arg-type]
    assert places_of(Credential(id="p", branch_id=BRANCH, place_id=STATION, verifier="v")) == {STATION}
    assert Place in KINDS


def test_findings_count_all_and_keep_the_first_hundred():
    found = Findings()
    assert found.facts() == {"ok": True, "problem_count": 0, "problems": []}
    for number in range(101):
        found.counts["rows"] += 1
        found.wrong("rows", str(number), "is odd")
    facts = found.facts()
    assert (facts["ok"], facts["rows"], facts["problem_count"], len(facts["problems"])) == (False, 101, 101, 100)
    assert facts["problems"][0] == {"check": "rows", "where": "0", "what": "is odd"}
