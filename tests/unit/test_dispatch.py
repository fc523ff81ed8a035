"""Candidates: left out with the reason, ranked by the table, and the same whatever the order of input."""

from datetime import date, timedelta

import msgspec
from hypothesis import given
from hypothesis import strategies as st

from core.dispatch import Criteria, Facts, Wanted, Weights, ranked
from core.dispatching import Counts, stations_for, technicians_for
from core.geography import Position
from core.roles import Role
from core.rows.orders import ServiceType, TimelineEntry, WorkOrder
from core.rows.people import Person, Place
from tests.unit import world as w

DAY = date(2026, 11, 20)
HERE = Position(lat_e6=22_540_000, lon_e6=113_950_000)
WANTED = Wanted(product_class="tv_lcd", day=DAY, tier=2, address="深圳市南山区科苑路1号", position=HERE)
CRITERIA = Criteria()
NOTHING = Counts()
positions = st.builds(
    Position, lat_e6=st.integers(22_400_000, 22_700_000), lon_e6=st.integers(113_800_000, 114_200_000)
)
everybody = st.builds(
    Facts,
    id=st.uuids().map(str),
    code=st.sampled_from(("SZ01", "SZ02", "SZ03")),
    name=st.just("站"),
    lines=st.sampled_from(((), ("tv_lcd",), ("phone",), ("tv_lcd", "phone"))),
    licence_until=st.none() | st.dates(DAY - timedelta(days=40), DAY + timedelta(days=40)),
    areas=st.sampled_from(((), ("南山",), ("福田", "罗湖"))),
    area_m=st.none() | st.integers(0, 40_000),
    position=st.none() | positions,
    grade=st.none() | st.integers(1, 3),
    active=st.booleans(),
    frozen=st.booleans(),
    reexamination=st.booleans(),
    declined=st.booleans(),
    people=st.integers(0, 5),
    load=st.integers(0, 60),
    parts=st.none() | st.integers(0, 4),
    finished=st.integers(0, 40),
    fixed=st.just(0),
)
groups = st.lists(everybody, max_size=8, unique_by=lambda one: one.id)
weights = st.builds(Weights, **dict.fromkeys(Weights.__struct_fields__, st.integers(0, 50)))


def good(**fields: object) -> Facts:
    values = {"id": "a", "code": "SZ01", "name": "南山维修站", "lines": ("tv_lcd",), "grade": 2, "position": HERE}
    return Facts(**(values | fields))


def only(facts: Facts, wanted: Wanted = WANTED):
    ranking = ranked([facts], wanted, CRITERIA, CRITERIA.stations)
    (found,) = ranking.offered + ranking.excluded
    return found


def test_every_reason_to_leave_somebody_out_is_told():
    reasons = {
        "inactive": good(active=False),
        "frozen": good(frozen=True),
        "reexamination": good(reexamination=True),
        "not_licensed": good(lines=("phone",)),
        "licence_expired": good(licence_until=DAY - timedelta(days=1)),
        "outside_area": good(areas=("福田",)),
        "declined": good(declined=True),
        "nobody": good(people=0),
    }
    assert {name: only(facts).excluded for name, facts in reasons.items()} == {name: (name,) for name in reasons}
    assert only(good()).excluded == ()
    assert only(good(licence_until=DAY, areas=("福田", "南山"))).excluded == (), "the last day counts, any area fits"


def test_an_address_out_of_reach_is_outside_unless_the_unit_comes_to_the_station():
    far = good(position=Position(lat_e6=22_540_000, lon_e6=114_300_000), area_m=20_000)
    assert only(far).excluded == ("outside_area",) and only(far).distance_m > 20_000
    carried = msgspec.structs.replace(WANTED, visit=False)
    assert only(far, carried).excluded == ()


@given(groups, weights)
def test_whoever_is_left_out_never_ranks_and_nobody_is_lost(facts, table):
    ranking = ranked(facts, WANTED, CRITERIA, table)
    assert all(not one.excluded for one in ranking.offered) and all(one.excluded for one in ranking.excluded)
    assert sorted(one.facts.id for one in ranking.offered + ranking.excluded) == sorted(one.id for one in facts)
    assert all(0 <= one.points <= 100 for one in ranking.offered)


@given(groups, weights, st.randoms(use_true_random=False))
def test_the_order_of_input_does_not_matter(facts, table, dice):
    shuffled = list(facts)
    dice.shuffle(shuffled)
    assert ranked(facts, WANTED, CRITERIA, table) == ranked(shuffled, WANTED, CRITERIA, table)


@given(everybody, groups, weights, st.integers(1, 30))
def test_more_load_never_ranks_better(one, others, table, more):
    others = [other for other in others if other.id != one.id]

    def place(facts: Facts) -> int | None:
        offered = ranked([facts, *others], WANTED, CRITERIA, table).offered
        return next((n for n, found in enumerate(offered) if found.facts.id == one.id), None)

    before, after = place(one), place(msgspec.structs.replace(one, load=one.load + more))
    assert (before is None) == (after is None)
    assert before is None or after is None or after >= before


def test_each_figure_counts_as_the_table_says():
    near, far = good(), good(position=Position(lat_e6=22_540_000, lon_e6=114_050_000))
    pairs = {
        "distance": (near, far),
        "grade": (good(grade=2), good(grade=1)),
        "load": (good(load=1), good(load=5)),
        "parts": (good(parts=1), good(parts=0)),
        "fix": (good(fixed=10, finished=10), good(fixed=2, finished=10)),
        "licence": (good(), good(licence_until=DAY + timedelta(days=3))),
    }
    for criterion, (better, worse) in pairs.items():
        alone = Weights(**(dict.fromkeys(Weights.__struct_fields__, 0) | {criterion: 1}))
        facts = [msgspec.structs.replace(worse, id="worse", code="A"), msgspec.structs.replace(better, id="better")]
        assert [one.facts.id for one in ranked(facts, WANTED, CRITERIA, alone).offered] == ["better", "worse"], (
            criterion
        )


def test_a_senior_is_kept_for_what_needs_one_and_few_orders_prove_little():
    marks = {
        facts.grade: {m.criterion: m.points for m in only(facts).marks} for facts in (good(grade=2), good(grade=3))
    }
    assert marks[2]["grade"] > marks[3]["grade"] > 50
    one_of_one, many = only(good(fixed=1, finished=1)), only(good(fixed=18, finished=20))
    points = [{m.criterion: m.points for m in one.marks}["fix"] for one in (one_of_one, many)]
    assert points[0] < points[1]
    nothing = Criteria(fix_prior=0)
    found = ranked([good()], WANTED, nothing, nothing.stations).offered[0]
    assert ("fix", 50, 15) in found.marks, "nothing is known of somebody without finished orders"


def test_without_weights_nobody_has_points():
    none = Weights(**dict.fromkeys(Weights.__struct_fields__, 0))
    assert ranked([good()], WANTED, CRITERIA, none).offered[0].points == 0


# --- from rows ------------------------------------------------------------------------------------------------------


def an_entry(action: str, station: str) -> TimelineEntry:
    return TimelineEntry(
        id=w.an_id(f"{action} {station}"), branch_id=w.BRANCH, station_id=station, order_id=w.ORDER, action=action,
        person_id=None, at=w.NOW,
    )  # fmt: skip


def ranking_of(*extra: object, counts: Counts = NOTHING, **fields: object):
    rows = w.a_world(*extra)
    order = w.an_order(**fields)
    rows.put(order)
    return stations_for(rows, order, w.TODAY, counts)


def test_a_branchs_stations_with_what_is_counted():
    counts = Counts({w.STATION: 3}, {w.STATION: 4}, {w.STATION: 5}, {w.OTHER_STATION: 2})
    colleague = w.person(w.an_id("other technician"), w.OTHER_STATION, Role.TECHNICIAN)
    ranking = ranking_of(colleague, counts=counts)
    facts = {one.facts.id: one.facts for one in ranking.offered}
    assert set(facts) == {w.STATION, w.OTHER_STATION}
    first, second = facts[w.STATION], facts[w.OTHER_STATION]
    assert (first.load, first.fixed, first.finished, first.parts, first.people) == (3, 4, 5, 0, 2)
    assert (second.load, second.parts, second.people, second.grade) == (0, 2, 1, 1)


def test_a_station_without_anybody_licensed_or_that_gave_the_order_back_is_left_out():
    excluded = {one.facts.id: one.excluded for one in ranking_of(an_entry("expire_offer", w.STATION)).excluded}
    assert excluded == {w.STATION: ("declined",), w.OTHER_STATION: ("nobody",)}
    rows = w.a_world()
    for person in (w.TECHNICIAN, w.COLLEAGUE):
        one = rows.get(Person, person)
        assert one is not None
        rows.put(msgspec.structs.replace(one, licence_until=w.TODAY - timedelta(days=1)))
    found = stations_for(rows, w.an_order(), w.TODAY, Counts()).excluded
    assert {one.facts.id: one.excluded for one in found}[w.STATION] == ("nobody",)


def test_technicians_rank_by_their_own_lines_and_nobody_in_re_examination_is_offered():
    rows = w.a_world()
    station = rows.get(Place, w.STATION)
    assert station is not None
    one, two = rows.get(Person, w.TECHNICIAN), rows.get(Person, w.COLLEAGUE)
    assert one is not None and two is not None
    rows.put(msgspec.structs.replace(one, reexamination=True))
    rows.put(msgspec.structs.replace(two, lines=("tv_lcd",), grade=3))
    ranking = technicians_for(rows, w.an_order(), station, w.TODAY, Counts())
    assert [found.facts.id for found in ranking.offered] == [w.COLLEAGUE]
    assert [(found.facts.id, found.excluded) for found in ranking.excluded] == [(w.TECHNICIAN, ("reexamination",))]


def test_the_model_that_was_identified_tells_the_tier_and_a_carried_unit_has_no_area():
    rows = w.a_world(w.identified())
    order: WorkOrder = w.an_order(reported_model="UNKNOWN", service_type=ServiceType.CARRY_IN)
    ranking = stations_for(rows, order, w.TODAY, Counts())
    assert {one.tier for one in ranking.offered + ranking.excluded} == {1}
    unknown = w.a_world()
    nothing = stations_for(unknown, w.an_order(reported_model=None), w.TODAY, Counts())
    assert {one.tier for one in nothing.offered + nothing.excluded} == {None}
