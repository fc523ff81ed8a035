"""Claim lines from the tariff, and what a customer pays from the price list."""

from datetime import date

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

import resources
from core.claims import (
    NO_RATE,
    ClaimFacts,
    ClaimLine,
    ClaimPart,
    ClassFees,
    ClassPrices,
    DistanceBand,
    LabourRate,
    PriceList,
    QuoteFacts,
    QuotePart,
    SlaTerms,
    Tariff,
    claim_lines,
    if_goodwill,
    quote,
    tariff_in_force,
    total_fen,
    total_to_pay,
    visit_cost,
)
from core.fault_codes import FaultCatalogue

TARIFF = Tariff(
    version="T1",
    in_force_from=date(2026, 1, 1),
    labour=(
        LabourRate(product_class="tv_lcd", level="major", service_type="on_site", fen=14_000),
        LabourRate(product_class="tv_lcd", level="major", service_type="carry_in", fen=9_800),
        LabourRate(product_class="tv_lcd", level="minor", service_type="on_site", fen=6_001),
    ),
    fees=(
        ClassFees(
            product_class="tv_lcd", visit_fen=3000, inspection_fen=2000, exchange_fen=8000, installation_fen=5000
        ),
    ),
    grade_bp={3: 10_000, 5: 11_250},
    distance=(DistanceBand(40_001, 4000), DistanceBand(20_001, 2000)),
    sla=SlaTerms(bonus_up_to_minutes=1440, bonus_fen=500, malus_over_minutes=4320, malus_fen=1000),
    parts_coefficient_bp=10_500,
)
REPAIR = ClaimFacts(product_class="tv_lcd", level="major")


def facts(**changed):
    return msgspec.structs.replace(REPAIR, **changed)


def amounts(claimed, tariff=TARIFF):
    return [(line.kind, line.amount_fen) for line in claim_lines(claimed, tariff)]


PANEL = ClaimPart(part_id="PANEL-1", transfer_fen=40_001, quantity=2)

CLAIMS = [
    # facts, lines, why
    (facts(), [("labour", 14_000)], "labour by line, level and service type"),
    (facts(service_type="carry_in", distance_m=50_000), [("labour", 9_800)], "carried in: no distance"),
    (facts(station_grade=5), [("labour", 15_750)], "grade 5: coefficient 1.125"),
    (facts(level="minor", station_grade=5), [("labour", 6_751)], "6,751.125 fen are rounded once"),
    (facts(distance_m=20_000), [("labour", 14_000)], "below the first band"),
    (facts(distance_m=20_001), [("labour", 14_000), ("distance", 2000)], "the first band"),
    (facts(distance_m=90_000), [("labour", 14_000), ("distance", 4000)], "the last band"),
    (facts(distance_m=90_000, visited=False), [("labour", 14_000)], "nobody went there"),
    (facts(parts=(PANEL,)), [("labour", 14_000), ("part", 84_002)], "two parts at transfer price and 5 %"),
    (
        facts(parts=(msgspec.structs.replace(PANEL, bought=False),)),
        [("labour", 14_000)],
        "a part from the deposit is credited when the old one is back",
    ),
    (facts(minutes_used=1440), [("labour", 14_000), ("sla_bonus", 500)], "within the bonus time"),
    (facts(minutes_used=1441), [("labour", 14_000)], "neither"),
    (facts(minutes_used=4320), [("labour", 14_000)], "neither"),
    (facts(minutes_used=4321), [("labour", 14_000), ("sla_malus", -1000)], "too late"),
    (facts(job="installation"), [("installation", 5000)], "installation"),
    (facts(job="inspection"), [("inspection", 2000)], "inspection"),
    (facts(end="exchanged"), [("exchange", 8000)], "unit exchanged"),
    (facts(end="returned_unrepaired"), [("visit", 3000), ("inspection", 2000)], "not repaired"),
    (facts(end="refund_proposed", service_type="carry_in"), [("inspection", 2000)], "refund, carried in"),
    (facts(end="cancelled", minutes_used=10), [("visit", 3000)], "cancelled at the door; no bonus"),
    (facts(end="cancelled", visited=False), [], "cancelled before the visit"),
    (facts(end="declined"), [], "an end that earns nothing"),
    (facts(maker_pays=False, parts=(PANEL,)), [], "a paid repair has no claim"),
    (facts(re_repair=True), [], "a re-repair is unpaid to the same station"),
]


@pytest.mark.parametrize(("claimed", "lines", "why"), CLAIMS)
def test_what_a_station_may_claim(claimed, lines, why):
    assert amounts(claimed) == lines, why


MISSING = [
    (facts(level="huge"), "labour"),
    (facts(station_grade=1), "labour"),
    (facts(product_class="toaster", end="exchanged"), "exchange"),
    (facts(job="dance"), "dance"),
]


@pytest.mark.parametrize(("claimed", "kind"), MISSING)
def test_a_rate_that_the_tariff_lacks_is_a_line_of_nothing_that_says_so(claimed, kind):
    (line,) = claim_lines(claimed, TARIFF)
    assert (line.kind, line.amount_fen) == (kind, 0)
    assert line.basis.startswith(NO_RATE)


def test_a_line_names_its_tariff_and_the_row_it_used():
    labour, part = claim_lines(facts(parts=(PANEL,)), TARIFF)
    assert labour == ClaimLine(
        kind="labour", unit_fen=14_000, amount_fen=14_000, tariff_version="T1", basis="tv_lcd/major/on_site/grade 3"
    )
    assert (part.part_id, part.quantity, part.unit_fen, part.coefficient_bp) == ("PANEL-1", 2, 40_001, 10_500)
    assert total_fen((labour, part)) == 98_002


def test_a_tariff_without_bonus_amounts_or_terms_gives_none():
    silent = msgspec.structs.replace(TARIFF.sla, bonus_fen=0, malus_fen=0)
    tariff = msgspec.structs.replace(TARIFF, sla=silent)
    for minutes in (1, 9999):
        assert amounts(facts(minutes_used=minutes), tariff) == [("labour", 14_000)]
    assert amounts(facts(minutes_used=1), msgspec.structs.replace(TARIFF, sla=None)) == [("labour", 14_000)]


def test_the_tariff_in_force_is_the_one_that_began_last():
    newer = msgspec.structs.replace(TARIFF, version="T2", in_force_from=date(2026, 10, 1))
    tariffs = [newer, TARIFF]
    assert tariff_in_force(tariffs, date(2025, 12, 31)) is None
    assert tariff_in_force(tariffs, date(2026, 9, 30)) == TARIFF
    assert tariff_in_force(tariffs, date(2026, 10, 1)) == newer


SHIPPED = [
    msgspec.json.decode(resources.read_text("tariffs", f"tariff-{version}.json"), type=Tariff)
    for version in ("2026-01", "2026-10")
]
PRICES = msgspec.json.decode(resources.read_text("tariffs", "prices-2026-01.json"), type=PriceList)
FX = msgspec.json.decode(resources.read_text("codes", "fx.json"), type=FaultCatalogue)
CLASSES = [row["id"] for row in msgspec.json.decode(resources.read_text("codes", "product_classes.json"))]

claimed_facts = st.builds(
    ClaimFacts,
    product_class=st.sampled_from(CLASSES),
    end=st.sampled_from(["completed", "exchanged", "returned_unrepaired", "refund_proposed", "cancelled"]),
    job=st.sampled_from(["repair", "installation", "inspection", "exchange"]),
    service_type=st.sampled_from(["on_site", "carry_in", "mail_in"]),
    level=st.sampled_from(["check", "minor", "medium", "major"]),
    station_grade=st.integers(1, 5),
    distance_m=st.integers(0, 200_000),
    maker_pays=st.booleans(),
    visited=st.booleans(),
    minutes_used=st.none() | st.integers(0, 20_000),
    parts=st.lists(
        st.builds(
            ClaimPart,
            part_id=st.text("PQ", min_size=1, max_size=2),
            quantity=st.integers(1, 5),
            transfer_fen=st.integers(0, 10**7),
            bought=st.booleans(),
        ),
        max_size=3,
    ).map(tuple),
)


@given(claimed_facts, st.sampled_from(SHIPPED))
def test_the_shipped_tariffs_have_every_rate_and_every_line_explains_itself(claimed, tariff):
    lines = claim_lines(claimed, tariff)
    assert all(line.tariff_version == tariff.version and line.basis for line in lines)
    assert not any(line.basis.startswith(NO_RATE) for line in lines)
    assert all(line.amount_fen >= 0 or line.kind == "sla_malus" for line in lines)
    assert bool(lines) <= claimed.maker_pays
    assert msgspec.json.decode(msgspec.json.encode(lines), type=tuple[ClaimLine, ...]) == lines


@given(claimed_facts, st.integers(0, 50_000))
def test_a_longer_way_never_earns_less(claimed, further):
    there = msgspec.structs.replace(claimed, distance_m=claimed.distance_m + further)
    assert total_fen(claim_lines(there, SHIPPED[0])) >= total_fen(claim_lines(claimed, SHIPPED[0]))


def test_every_repair_level_of_the_code_list_is_in_the_shipped_tariffs():
    levels = {entry.level for entry in FX.repair}
    for tariff in SHIPPED:
        assert {row.level for row in tariff.labour} >= levels
        assert {row.product_class for row in tariff.labour} == set(CLASSES)


# --- the customer --------------------

LIST = PriceList(
    version="L1",
    in_force_from=date(2026, 1, 1),
    classes=(
        ClassPrices(
            product_class="tv_lcd",
            visit_fen=5000,
            diagnosis_fen=3000,
            labour={"major": 21_000, "minor": 9000},
            transport_fen=8000,
            height_fen=20_000,
            materials_fen=2000,
            wasted_trip_fen=3000,
        ),
    ),
    free_m=20_000,
    fen_per_km=100,
)
ASKED = QuoteFacts(product_class="tv_lcd", level="major", distance_m=23_400)
BOARD = QuotePart(part_id="B1", quantity=2, price_fen=15_000)


def asked(**changed):
    return msgspec.structs.replace(ASKED, **changed)


QUOTES = [
    (
        asked(),
        [("visit", 5000), ("distance", 400), ("diagnosis", 3000), ("labour", 21_000)],
        "each begun kilometre beyond 20 km",
    ),
    (asked(service_type="carry_in"), [("diagnosis", 3000), ("labour", 21_000)], "carried in"),
    (
        asked(service_type="carry_in", level="", transport=True, height=True, materials=True, parts=(BOARD,)),
        [
            ("diagnosis", 3000),
            ("labour", 0),
            ("transport", 8000),
            ("height", 20_000),
            ("materials", 2000),
            ("part", 30_000),
        ],
        "every extra",
    ),
    (asked(wasted_trip=True), [("wasted_trip", 3000), ("distance", 400)], "a trip in vain"),
    (asked(wasted_trip=True, service_type="carry_in"), [], "nobody went there"),
]


@pytest.mark.parametrize(("facts_", "lines", "why"), QUOTES)
def test_what_a_customer_pays(facts_, lines, why):
    assert [(line.kind, line.amount_fen) for line in quote(facts_, LIST)] == lines, why


def test_in_warranty_every_line_is_nothing_and_says_why():
    covered = msgspec.structs.replace(BOARD, covered=True)
    lines = quote(asked(covered=True, reason="in_term", parts=(covered,)), LIST)
    assert total_to_pay(lines) == 0
    assert {line.reason for line in lines} == {"in_term"}
    assert total_to_pay(lines) < sum(line.unit_fen * line.quantity for line in lines)


def test_goodwill_or_pay():
    open_request = asked(parts=(BOARD,))
    assert total_to_pay(quote(open_request, LIST)) == 59_400
    granted = quote(if_goodwill(open_request), LIST)
    assert total_to_pay(granted) == 0
    assert {line.reason for line in granted} == {"goodwill"}


def test_a_main_part_alone_may_be_covered():
    panel = QuotePart(part_id="PANEL", price_fen=90_000, covered=True)
    lines = quote(asked(service_type="carry_in", reason="main_part_in_term", parts=(panel, BOARD)), LIST)
    assert [(line.kind, line.amount_fen, line.reason) for line in lines] == [
        ("diagnosis", 3000, ""),
        ("labour", 21_000, ""),
        ("part", 0, "main_part_in_term"),
        ("part", 30_000, ""),
    ]


def test_a_class_without_prices_is_said_at_once():
    with pytest.raises(LookupError, match="toaster"):
        quote(asked(product_class="toaster"), LIST)


COSTS = [
    ("tv_lcd", 0, False, (8000, 29_000), "visit and diagnosis, and the dearest labour"),
    ("tv_lcd", 20_001, False, (8100, 29_100), "one begun kilometre"),
    ("tv_lcd", 0, True, (0, 0), "in warranty"),
    ("toaster", 0, True, None, "no prices known"),
]


@pytest.mark.parametrize(("product_class", "metres", "covered", "span", "why"), COSTS)
def test_what_a_visit_may_cost(product_class, metres, covered, span, why):
    assert visit_cost(LIST, product_class, metres, covered=covered) == span, why


def test_the_shipped_prices_know_every_class():
    for product_class in CLASSES:
        least, most = visit_cost(PRICES, product_class, 0, covered=False)
        assert 0 < least < most
