"""Which order a phone's pictures belong to: by slip, by label, by neither; and that nothing is guessed."""

from datetime import UTC, datetime, timedelta

import msgspec
from hypothesis import given
from hypothesis import strategies as st

from core.late_entry import GAP, LEFT_OUT, Job, Picture, grouped, in_order, place

NINE = datetime(2026, 3, 17, 1, tzinfo=UTC)
A = Job(order_id="a", number="SZ-1", serials=("SA",))
B = Job(order_id="b", number="SZ-2", serials=("SB",), identified=("SB",))
TWO = Job(order_id="two", number="SZ-3", serials=("IN",), identified=("IN",), units=2)
JOBS = (A, B, TWO)


def picture(minute: float | None = None, **facts: object) -> Picture:
    at = None if minute is None else NINE + timedelta(minutes=minute)
    name = str(facts.pop("name", f"IMG_{minute}"))
    return Picture(sha256=str(facts.pop("sha256", name)), name=name, taken_at=at, **facts)  # type: ignore[arg-type]


def told(*pictures: Picture, **decided: str) -> list[tuple[str | None, str]]:
    return [(one.order_id, one.rule) for one in place(pictures, JOBS, decided)]


def test_a_slip_opens_a_visit_until_the_next_slip() -> None:
    day = (
        picture(0, slips=("SZ-1",)),
        picture(5),
        picture(9, serials=("NEW",)),
        picture(60, slips=("SZ-2",)),
        picture(61),
    )
    assert told(*reversed(day)) == [("a", "slip"), ("a", "visit"), ("a", "visit"), ("b", "slip"), ("b", "visit")]


def test_a_long_gap_ends_a_visit_and_every_picture_prolongs_it() -> None:
    gap = GAP.total_seconds() / 60
    assert told(picture(0, slips=("SZ-1",)), picture(gap), picture(2 * gap), picture(3 * gap + 0.1)) == [
        ("a", "slip"), ("a", "visit"), ("a", "visit"), (None, "no_slip"),
    ]  # fmt: skip


def test_a_label_matches_by_itself_and_opens_no_visit() -> None:
    assert told(picture(0, serials=("SB",)), picture(1)) == [("b", "label"), (None, "no_slip")]
    assert told(picture(0, serials=("NOBODY",))) == [(None, "label_unknown")]
    assert told(picture(0, serials=("SA", "SB"))) == [(None, "label_several")]


def test_a_conflict_is_asked_and_so_is_what_follows() -> None:
    day = picture(0, slips=("SZ-1",)), picture(1, serials=("SB",)), picture(2), picture(3, slips=("SZ-1",)), picture(4)
    assert told(*day) == [("a", "slip"), (None, "label_other"), (None, "no_slip"), ("a", "slip"), ("a", "visit")]
    assert told(picture(0, slips=("SZ-2",)), picture(1, serials=("NEW",)), picture(2)) == [
        ("b", "slip"), (None, "other_unit"), (None, "no_slip"),
    ]  # fmt: skip
    assert told(picture(0, slips=("SZ-1",), serials=("SB",))) == [(None, "label_other")]


def test_the_second_unit_of_an_order_is_no_conflict() -> None:
    assert told(picture(0, slips=("SZ-3",)), picture(1, serials=("OUT",)), picture(2, serials=("IN",))) == [
        ("two", "slip"), ("two", "visit"), ("two", "visit"),
    ]  # fmt: skip


def test_labels_of_more_units_than_the_order_has_are_asked() -> None:
    day = picture(0, slips=("SZ-1",)), picture(1, serials=("X",)), picture(2, serials=("Y",)), picture(3)
    assert told(*day) == [("a", "slip"), (None, "labels_differ"), (None, "labels_differ"), ("a", "visit")]
    again = picture(0, slips=("SZ-1",)), picture(1, serials=("X",)), picture(2, serials=("X",), name="closer")
    assert told(*again) == [("a", "slip"), ("a", "visit"), ("a", "visit")]


def test_slips_that_say_nothing_end_the_visit() -> None:
    day = picture(0, slips=("SZ-1",)), picture(1, slips=("SZ-9",)), picture(2)
    assert told(*day) == [("a", "slip"), (None, "slip_unknown"), (None, "no_slip")]
    assert told(picture(1, slips=("SZ-1", "SZ-2"))) == [(None, "slips_differ")]
    assert told(picture(1, slips=("SZ-1", "SZ-1"))) == [("a", "slip")]


def test_a_file_time_places_nothing() -> None:
    weak = picture(1, weak=True)
    assert told(picture(0, slips=("SZ-1",)), weak, picture(name="none")) == [
        ("a", "slip"), (None, "no_time"), (None, "no_time"),
    ]  # fmt: skip
    assert told(picture(0, weak=True, slips=("SZ-1",)), picture(1, weak=True)) == [("a", "slip"), (None, "no_time")]
    assert told(picture(0, weak=True, serials=("SA",))) == [("a", "label")]


def test_the_same_picture_counts_once_and_people_have_the_last_word() -> None:
    twice = picture(0, slips=("SZ-1",)), picture(1, sha256="x"), picture(2, sha256="x")
    assert told(*twice) == [("a", "slip"), ("a", "visit"), (None, "duplicate")]
    assert told(*twice, x="b") == [("a", "slip"), ("b", "chosen"), (None, "duplicate")]
    assert told(*twice, x=LEFT_OUT)[1] == (None, "left_out")
    assert told(*twice, x="gone")[1] == (None, "order_gone")
    asked = [one.is_asked for one in place(twice, JOBS, {"x": LEFT_OUT})]
    assert asked == [False, False, False]
    assert place([picture(0)], JOBS)[0].is_asked


def test_kinds_and_groups() -> None:
    day = [picture(0, slips=("SZ-2",)), picture(8, invoice=True), picture(9), picture(70, slips=("SZ-1",)),
           picture(71, serials=("SA",)), picture(5, weak=True),
           picture(3, weak=True, name="c", serials=("IN",))]  # fmt: skip
    groups = grouped(place(day, JOBS))
    assert [group.order_id for group in groups] == ["b", "a", "two", None]
    assert (groups[0].first, groups[0].last) == (NINE, NINE + timedelta(minutes=9))
    assert (groups[2].first, groups[2].last) == (None, None)
    kinds = [[one.picture.kind for one in group.placed] for group in groups]
    assert kinds == [["slip", "invoice", "photo"], ["slip", "label"], ["label"], ["photo"]]


PICTURES = st.lists(
    st.builds(
        Picture,
        sha256=st.sampled_from("abcdefgh"),
        name=st.text("xyz", max_size=3),
        taken_at=st.none() | st.integers(0, 600).map(lambda minute: NINE + timedelta(minutes=minute)),
        weak=st.booleans(),
        slips=st.lists(st.sampled_from(["SZ-1", "SZ-2", "SZ-9"]), max_size=2).map(tuple),
        serials=st.lists(st.sampled_from(["SA", "SB", "IN", "NEW"]), max_size=2).map(tuple),
        invoice=st.booleans(),
    ),
    max_size=14,
    unique_by=lambda one: (one.sha256, one.name),
)


@given(PICTURES, st.randoms())
def test_every_picture_has_one_place_whatever_order_they_come_in(pictures, random) -> None:
    pictures = list({one.sha256: one for one in pictures}.values())
    placed = place(pictures, JOBS)
    assert [one.picture for one in placed] == in_order(pictures)
    mixed = pictures[:]
    random.shuffle(mixed)
    assert sorted(map(msgspec.json.encode, place(mixed, JOBS))) == sorted(map(msgspec.json.encode, placed))
    assert sum(len(group.placed) for group in grouped(placed)) == len(pictures)


@given(PICTURES)
def test_an_order_is_never_given_against_a_sign_in_the_picture(pictures) -> None:
    numbers, by_serial = {job.number: job.order_id for job in JOBS}, {"SA": "a", "SB": "b", "IN": "two"}
    for one in place(pictures, JOBS):
        if one.order_id is None:
            continue
        assert all(numbers.get(number) == one.order_id for number in one.picture.slips)
        owners = {by_serial[serial] for serial in one.picture.serials if serial in by_serial}
        assert not owners or one.order_id in owners
        assert one.picture.sure_time or one.picture.slips or one.picture.serials, "a file's time alone places nothing"


@given(PICTURES, st.dictionaries(st.sampled_from("abcdefgh"), st.sampled_from(["a", "b", LEFT_OUT])))
def test_a_decision_moves_that_picture_only(pictures, decided) -> None:
    before, after = place(pictures, JOBS), place(pictures, JOBS, decided)
    for old, new in zip(before, after, strict=True):
        assert old.picture == new.picture
        assert new == old or old.picture.sha256 in decided
