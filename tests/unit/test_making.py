"""What a serial number says of the day of making, held against the registry, the papers, the sale and today."""

from datetime import date, timedelta

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

import resources
from core.claiming import preflight_facts
from core.identifiers import make_serial, parse_patterns
from core.making import Making, decoded_by, making, making_of
from core.preflight import preflight
from core.sentences import MAKING
from tests.unit import world as w

TODAY = w.TODAY
KONWELL = {one.id: one for one in parse_patterns(resources.path("patterns", "konwell.json").read_bytes())}
BRENVIK = {one.id: one for one in parse_patterns(resources.path("patterns", "brenvik.json").read_bytes())}
TV, BV_TV = KONWELL["KW-TV-2"], BRENVIK["BV-TV-1"]


def rules(found: Making) -> list[str]:
    return [doubt.rule for doubt in found.doubts]


def tv(made: date, number: int = 7) -> str:
    return make_serial(TV, "K35U55", made, number)


def test_a_serial_that_agrees_with_everything_is_not_doubted():
    rows = w.a_world()
    found = making_of(w.identified(), rows, TODAY)
    assert (found.made, found.doubts) == (decoded_by(w.SERIAL, rows).written(w.registered().made), ())
    assert making_of(w.a_unit(), rows, TODAY) == Making()


def test_the_registry_knows_another_day():
    serial = tv(date(2024, 3, 5))
    rows = w.a_world(units=(w.registered(serial=serial, made=date(2025, 1, 15)),))
    found = making(serial, rows, TODAY)
    assert rules(found) == ["made_not_as_registered"]
    assert found.doubts[0].facts == {"said": "2024-03-05", "made": "2025-01-15"}


@pytest.mark.parametrize(
    ("made", "papers", "sold", "doubts"),
    [
        (date(2026, 11, 20), (), None, []),
        (date(2026, 11, 21), (), None, ["made_in_future"]),
        (date(2025, 11, 9), (date(2025, 11, 9),), None, []),
        (date(2025, 11, 10), (date(2025, 11, 9),), None, ["made_after_sale"]),
        (date(2025, 11, 10), (date(2025, 12, 1), date(2025, 11, 9)), None, ["made_after_sale"]),
        (date(2025, 11, 10), (), date(2025, 11, 9), ["made_after_sale"]),
        (date(2027, 1, 1), (date(2025, 11, 9),), None, ["made_in_future"]),
    ],
)
def test_after_a_paper_after_the_sale_and_in_the_future(made, papers, sold, doubts):
    serial = tv(made)
    rows = w.a_world(units=(w.registered(serial=serial, made=None, sold=sold),))
    assert rules(making(serial, rows, TODAY, papers)) == doubts


def test_a_pattern_that_begins_its_years_again_is_doubted_only_when_no_year_fits():
    serial = make_serial(BV_TV, "BT55Q", date(2026, 2, 3), 12)  # 2016 or 2026 …
    rows = w.a_world(units=())
    assert making(serial, rows, TODAY).made == ""
    assert making(serial, rows, TODAY, [date(2025, 5, 1)]) == Making(made="2016-02-03")
    assert rules(making(serial, rows, TODAY, [date(2015, 5, 1)])) == ["made_after_sale"]


def test_no_pattern_a_wrong_check_and_a_pattern_without_a_day_say_nothing():
    rows = w.a_world()
    phone = make_serial(KONWELL["KW-PH-1"], "P30A", date(2024, 5, 1), 77)
    wrong = phone[:-1] + ("A" if phone[-1] != "A" else "B")
    for serial in ("ZZ9988A", wrong):
        assert making(serial, rows, TODAY) == Making()
    assert making(phone, rows, TODAY).made != ""


@given(st.dates(date(2021, 1, 1), date(2029, 12, 31)), st.lists(st.dates(date(2015, 1, 1), date(2029, 12, 31))))
def test_doubts_are_what_the_days_say(made, papers):
    found = rules(making(tv(made), w.a_world(units=()), TODAY, papers))
    if made > TODAY:
        assert found == ["made_in_future"]
    else:
        assert found == (["made_after_sale"] if papers and min(papers) < made else [])


def test_every_doubt_has_its_sentence_and_every_precision_its_form():
    assert all(sentence.format(said="x", made="y", day="z") for sentence in MAKING.values())
    forms = {
        pattern.made.precision: decoded_by(make_serial(pattern, prefix, date(2024, 5, 31), 3), w.a_world())
        for pattern in (*KONWELL.values(), *BRENVIK.values())
        if (prefix := pattern.prefix_of(pattern.examples[0])) is not None
    }
    shapes = {
        name: one.written(one.nearest(date(2024, 5, 31))) for name, one in forms.items() if one and one.may_be_made
    }
    assert shapes["day"] == "2024-05-31"
    assert shapes["month"] == "2024-05"
    assert shapes["week"] == "2024-W22"


# --- the pre-flight


def found_by_preflight(serial: str, invoice: date, *units) -> list[tuple[str, dict]]:
    unit = msgspec.structs.replace(w.identified(), serial=serial, invoice_date=invoice)
    rows = w.a_world(unit, units=units)
    findings = preflight(preflight_facts(w.an_order(), rows, TODAY))
    return [(one.rule, one.facts) for one in findings if one.rule == "document_before_manufacture"]


def test_a_paper_older_than_the_serial_number_is_seen_without_the_registry():
    serial = tv(date(2025, 11, 10))
    assert found_by_preflight(serial, date(2025, 11, 10)) == []
    assert found_by_preflight(serial, date(2025, 11, 9)) == [
        ("document_before_manufacture", {"day": "2025-11-09", "made": "2025-11-10"})
    ]
    no_day = w.registered(serial=serial, made=None)
    assert len(found_by_preflight(serial, date(2025, 11, 9), no_day)) == 1


def test_the_registry_s_day_counts_before_the_serial_s():
    serial = tv(date(2025, 11, 10))
    known = w.registered(serial=serial, made=date(2025, 11, 1))
    assert found_by_preflight(serial, date(2025, 11, 9), known) == []


def test_a_serial_that_may_be_older_holds_no_paper_up():
    serial = make_serial(BV_TV, "BT55Q", date(2026, 2, 3), 12)
    assert found_by_preflight(serial, date(2025, 5, 1)) == []
    assert len(found_by_preflight(serial, date(2016, 2, 2))) == 1
    assert found_by_preflight("ZZ9988A", date(2016, 2, 2)) == []


def test_a_paper_of_the_month_of_making_is_not_older():
    pattern = next(one for one in KONWELL.values() if one.made.precision == "month")
    serial = make_serial(pattern, pattern.prefix_of(pattern.examples[0]), date(2025, 11, 30), 3)
    assert found_by_preflight(serial, date(2025, 11, 1)) == []
    assert len(found_by_preflight(serial, date(2025, 11, 1) - timedelta(days=1))) == 1
