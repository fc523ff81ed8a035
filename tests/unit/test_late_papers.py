"""Which invoice of a visit's pictures is recorded: the only one of the only unit, when no other is known."""

from datetime import date

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.identifiers import Invoice
from core.late_papers import Recorded, papers_to_record, recorded_of
from core.words import WORDS
from tests.unit import world as w

ONE = Invoice("10", "044001900111", "12345678", 329_900, date(2025, 11, 9))
DIGITAL = Invoice("32", "", "25" + "1" * 18, None, date(2025, 11, 9))


@pytest.mark.parametrize(
    ("found", "recorded", "rule"),
    [
        ([], {}, "none"),
        ([ONE], {}, "new"),
        ([DIGITAL], {}, "new"),
        ([ONE, ONE], {}, "new"),
        ([ONE, DIGITAL], {}, "differ"),
        ([ONE], {"units": 2}, "several_units"),
        ([ONE], {"units": 0}, "several_units"),
        ([ONE], {"number": ONE.key, "day": ONE.date}, "known"),
        ([ONE], {"number": ONE.number, "day": ONE.date}, "known"),
        ([ONE], {"number": ONE.key}, "new"),
        ([ONE], {"day": ONE.date}, "new"),
        ([ONE], {"number": "87654321", "day": ONE.date}, "other"),
        ([ONE], {"number": ONE.key, "day": date(2025, 11, 10)}, "other"),
        ([ONE], {"day": date(2025, 11, 10)}, "other"),
    ],
)
def test_what_is_recorded_and_what_a_person_looks_at(found, recorded, rule):
    papers = papers_to_record(found, Recorded(**recorded))
    assert papers.rule == rule
    assert papers.invoice == (found[0] if rule == "new" else None)
    assert rule in {"none", "new"} or WORDS["invoice_rule"][rule]


def test_an_order_tells_what_it_has_recorded():
    assert recorded_of([]) == Recorded(units=0)
    assert recorded_of([w.identified(), w.a_unit()]) == Recorded(units=2, number="0123", day=date(2025, 11, 9))


INVOICES = st.builds(
    Invoice, st.just("10"), st.just("044001900111"), st.sampled_from(["12345678", "87654321"]), st.just(100),
    st.dates(date(2024, 1, 1), date(2024, 1, 3)),
)  # fmt: skip


@given(st.lists(INVOICES, max_size=3), st.one_of(st.none(), INVOICES))
def test_recording_what_is_proposed_settles_it_and_never_replaces(found, before):
    recorded = Recorded() if before is None else Recorded(number=before.key, day=before.date)
    papers = papers_to_record(found, recorded)
    if before is not None:
        assert papers.rule in {"none", "known", "differ", "other"}
    if papers.invoice is not None:
        after = msgspec.structs.replace(recorded, number=papers.invoice.key, day=papers.invoice.date)
        assert papers_to_record(found, after).rule == "known"
