"""Boxes: the list against the count as properties, and every operation on a box, in whatever order it is heard of."""

from collections import Counter
from datetime import date, timedelta
from typing import Any, NamedTuple

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.boxes import MOST_PARTS, differences, manifest_hash, pieces, state_of
from core.claiming import findings
from core.identifiers import box_id, box_number, format_box, parse_box, station_of_box, tag_of
from core.ids import derive
from core.operations import action_named, kernel
from core.operations.boxes import box_being_packed, line_of, packed_in
from core.parts.books import overdue_parts, standing_of, worth_fen
from core.refusals import Refusal
from core.rows.boxes import Box, BoxCount, BoxLine, BoxState
from core.rows.orders import WorkOrder
from core.rows.parts import AccountEntry, OldPart, OldPartState, StockMove
from core.rows.people import Place
from core.rows.supply import PartsAccount
from tests.unit import world as w
from tests.unit.world import MemoryRows, a_world, an_id, do

NUMBER = box_number("SZ01", an_id("box"))
OTHER = box_number("SZ01", an_id("other box"))
EARLY, LATE = date(2026, 11, 1), date(2026, 12, 31)


def later(minutes: int) -> Any:
    """So long after the world's now."""
    return w.NOW + timedelta(minutes=minutes)


def a_line(index: int, **fields: Any) -> BoxLine:
    old_id = an_id(f"old {index}")
    values: dict[str, Any] = {"old_part_id": old_id, "tag": tag_of(old_id), "part_id": w.PART, "serial": f"S{index}"}
    return BoxLine(**(values | {"due_on": LATE} | fields))


def a_count(label: str, **fields: Any) -> BoxCount:
    values: dict[str, Any] = {
        "id": an_id(f"count {label}"),
        "branch_id": w.BRANCH,
        "station_id": w.STATION,
        "warehouse_id": w.WAREHOUSE,
        "box_id": box_id(NUMBER),
        "counted_by": w.CLERK,
        "counted_at": w.NOW,
    }
    return BoxCount(**(values | fields))


def kinds(lines: Any, counts: Any) -> Counter[str]:
    return Counter(found.kind for found in differences(lines, counts, w.TODAY))


# --- numbers ---------------------------------------------------------------------------------------------------


def test_a_box_s_number_tells_its_station_and_its_row() -> None:
    assert parse_box(format_box(NUMBER)) == parse_box(NUMBER.lower()) == NUMBER
    assert station_of_box(NUMBER) == "SZ01"
    assert box_id(NUMBER) == box_id(NUMBER) != box_id(OTHER)
    assert parse_box("SZ-01-" + NUMBER[5:]) is None, "the station's code is checked too"
    assert parse_box("K35U5525A1500042") is None
    assert parse_box(NUMBER[5:]) is None, "no station"


@given(st.integers(0, len(NUMBER) - 1), st.sampled_from("0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"))
def test_every_single_wrong_character_of_a_box_s_number_is_seen(place: int, other: str) -> None:
    wrong = NUMBER[:place] + other + NUMBER[place + 1 :]
    meant = wrong[:5] + wrong[5:].translate(str.maketrans("OIL", "011"))
    if meant != NUMBER and NUMBER[place] != "-":
        assert parse_box(wrong) is None
        with pytest.raises(Refusal, match="box_number_wrong"):
            parse_box(format_box(wrong))


# --- the list against the count ----------------------------------------------------------------------------------


class Fate(NamedTuple):
    """What happened to a piece of the list on its way, and how the clerk counted it; None: it did not arrive."""

    kind: str
    count: dict[str, Any] | None


def _fates(line: BoxLine, other_serial: str) -> list[Fate]:
    """Everything that can become of a line's piece."""
    by_tag, unread = {"tag": line.tag}, {"part_id": line.part_id, "serial": line.serial}
    late = "late" if line.due_on is not None and line.due_on < w.TODAY else "ok"
    return [
        Fate(late, by_tag),
        Fate(late, by_tag | unread),
        Fate(late, unread),
        Fate("missing", None),
        Fate("damaged", by_tag | {"finding": "damaged"}),
        Fate("damaged", unread | {"finding": "damaged"}),
        Fate("wrong_part", by_tag | {"part_id": "XX-1"}),
        Fate("wrong_serial", by_tag | {"serial": other_serial}),
        Fate("wrong_serial", {"part_id": line.part_id, "serial": other_serial}),
    ]


@st.composite
def journeys(draw: st.DrawFn) -> tuple[list[BoxLine], list[BoxCount], Counter[str]]:
    """A list, what the clerks counted of it, and what the differences must be."""
    lines, counts, expected = [], [], Counter[str]()
    for index in range(draw(st.integers(0, 8))):
        bare = draw(st.booleans())
        fields = {"serial": None, "no_serial": True} if bare else {}
        due = draw(st.sampled_from([EARLY, LATE, None]))
        line = a_line(index, part_id=draw(st.sampled_from([w.PART, w.PANEL])), due_on=due, **fields)
        fate = draw(st.sampled_from(_fates(line, f"X{index}")))
        lines.append(line)
        expected[fate.kind] += 1
        if fate.count is not None:
            counts.append(a_count(f"{index}", **fate.count))
            if "tag" in fate.count and draw(st.booleans()):  # another clerk had it in hand before
                before = {"tag": line.tag, "finding": draw(st.sampled_from(["ok", "damaged"]))}
                counts.append(a_count(f"{index} before", counted_at=later(-5), **before))
    for index in range(draw(st.integers(0, 3))):
        alien = draw(st.sampled_from([{"tag": tag_of(an_id(f"alien {index}"))}, {"part_id": "YY-1", "serial": "Y"}]))
        counts.append(a_count(f"over {index}", **alien | {"serial": f"Y{index}"}))
        expected["over"] += 1
    del expected["ok"]
    return lines, counts, +expected


@given(journeys(), st.data())
def test_the_differences_are_what_happened_whatever_the_order_and_however_often(
    journey: tuple[list[BoxLine], list[BoxCount], Counter[str]], data: st.DataObject
) -> None:
    lines, counts, expected = journey
    found = differences(lines, counts, w.TODAY)
    told = Counter(one.kind for one in found)
    same_day = len({line.due_on for line in lines}) <= 1
    if same_day:
        assert told == expected
    else:  # which of two pieces without a readable tag is the late one nobody can tell
        assert told.total() <= expected.total() + expected["missing"] + expected["wrong_serial"] + expected["damaged"]
        assert (told["over"], told["missing"], told["wrong_part"]) == (
            expected["over"], expected["missing"], expected["wrong_part"]
        )  # fmt: skip
    again = data.draw(st.permutations(counts)), data.draw(st.permutations(lines))
    assert differences(again[1], again[0], w.TODAY) == found
    assert differences(lines, counts + again[0], w.TODAY) == found


@given(journeys())
def test_what_was_counted_and_what_is_missing_is_the_list_and_what_is_over(
    journey: tuple[list[BoxLine], list[BoxCount], Counter[str]],
) -> None:
    lines, counts, expected = journey
    result = pieces(lines, counts, w.TODAY)
    counted = [piece.counted for piece in result if piece.counted is not None]
    different = {count.tag or count.id for count in counts}
    assert len(counted) == len({count.id for count in counted}) == len(different), "every piece once"
    assert [piece.line for piece in result if piece.line] == sorted(lines, key=lambda line: line.tag), "every line once"
    assert len(counted) + expected["missing"] == len(lines) + expected["over"]


def test_two_clerks_count_one_piece_and_the_last_word_on_it_stands() -> None:
    line = a_line(1)
    first = a_count("a", tag=line.tag, finding="damaged")
    second = a_count("b", tag=line.tag, counted_at=later(5))
    assert kinds([line], [first]) == {"damaged": 1}
    assert kinds([line], [second, first]) == kinds([line], [first, second]) == {}
    unread = a_count("c", part_id=w.PART, serial="s1 ", finding="damaged", counted_at=later(9))
    assert kinds([line], [first, second, unread]) == {"damaged": 1}, "by part and serial it is the same piece"
    assert kinds([line], [first, msgspec.structs.replace(first, voided=True), second]) == {}


def test_a_tag_on_another_part_does_not_hide_the_right_one() -> None:
    line = a_line(1)
    swapped = a_count("a", tag=line.tag, serial="Z")
    right = a_count("b", part_id=w.PART, serial="S1")
    assert kinds([line], [swapped, right]) == {"wrong_serial": 1, "over": 1}


def test_a_piece_that_bears_no_serial_number_goes_to_a_line_that_says_so() -> None:
    bare, other = a_line(1, serial=None, no_serial=True), a_line(2)
    assert kinds([bare, other], [a_count("a", part_id=w.PART), a_count("b", tag=other.tag)]) == {}
    assert kinds([bare, other], [a_count("a", part_id=w.PART)]) == {"missing": 1}
    assert kinds([other], [a_count("a", part_id=w.PART)]) == {"wrong_serial": 1}, "its serial was not read"
    untold = a_line(3, serial=None)
    assert kinds([untold], [a_count("a", part_id=w.PART, serial="S")]) == {}, "the list does not say what it bears"


def test_the_hash_of_a_list_knows_its_lines_and_not_their_order() -> None:
    one, two = a_line(1), a_line(2)
    assert manifest_hash([one, two]) == manifest_hash([two, one]) != manifest_hash([one])


# --- the operations ----------------------------------------------------------------------------------------------


def old_part(index: int, **fields: Any) -> OldPart:
    old_id = an_id(f"old {index}")
    values: dict[str, Any] = {
        "id": old_id,
        "branch_id": w.BRANCH,
        "station_id": w.STATION,
        "warehouse_id": w.WAREHOUSE,
        "order_id": w.ORDER,
        "part_line_id": an_id(f"line {index}"),
        "part_id": w.PART,
        "serial": f"S{index}",
        "tag": tag_of(old_id),
        "state": OldPartState.TAGGED,
        "due_on": LATE,
    }
    return OldPart(**(values | fields))


def a_place_with(count: int, **fields: Any) -> MemoryRows:
    return a_world(*(old_part(index, **fields) for index in range(count)))


def pack(rows: MemoryRows, index: int, number: str = NUMBER, minute: int = 0, name: str = "pack_old_part") -> Any:
    args = {"old_part_id": an_id(f"old {index}"), "number": number}
    return do(rows, name, args, made_at=later(minute), label=f"{index} {minute}")


def seal_args(rows: MemoryRows, number: str = NUMBER) -> dict[str, Any]:
    box = rows.get(Box, box_id(number))
    assert box is not None
    lines = tuple(line_of(old) for old in packed_in(rows, box))
    return {"number": number, "lines": lines, "list_sha256": manifest_hash(lines)}


def seal(rows: MemoryRows, minute: int = 10) -> Any:
    return do(rows, "seal_box", seal_args(rows), made_at=later(minute))


def clerk(rows: MemoryRows, name: str, minute: int = 60, **args: Any) -> Any:
    given = {"number": NUMBER} | args
    return do(rows, name, given, user=w.CLERK, made_at=later(minute), label=f"{minute} {given}")


def the_box(rows: MemoryRows, number: str = NUMBER) -> Box:
    found = rows.get(Box, box_id(number))
    assert found is not None
    return found


def the_part(rows: MemoryRows, index: int) -> OldPart:
    found = rows.get(OldPart, an_id(f"old {index}"))
    assert found is not None
    return found


def refused(call: Any, *args: Any, **fields: Any) -> str:
    with pytest.raises(Refusal) as caught:
        call(*args, **fields)
    return caught.value.code


def replayed(rows: MemoryRows, operations: Any) -> None:
    """Perform operations as HQ does with facts, whatever their check says."""
    for operation in operations:
        action = action_named(operation.action)
        kernel.perform(action, kernel.decode_args(action, operation.args), operation, rows)


def test_a_box_goes_its_way() -> None:
    rows = a_place_with(3)
    for index in range(3):
        pack(rows, index)
    assert the_box(rows).state is BoxState.OPEN
    assert the_box(rows).warehouse_id == w.WAREHOUSE
    pack(rows, 2, minute=1, name="unpack_old_part")
    assert the_part(rows, 2).box_id is None
    seal(rows)
    assert [line.old_part_id for line in the_box(rows).manifest] == sorted((an_id("old 0"), an_id("old 1")), key=tag_of)
    do(rows, "ship_box", {"number": NUMBER, "carrier_number": "SF1", "carrier": "SF"}, made_at=later(20))
    assert (the_box(rows).state, the_box(rows).carrier_number) == (BoxState.SHIPPED, "SF1")
    clerk(rows, "open_box")
    clerk(rows, "count_old_part", tag=the_part(rows, 0).tag, grade="supplier", next_place="A-03")
    assert (the_box(rows).state, the_box(rows).differences) == (BoxState.COUNTING, ())
    clerk(rows, "close_count", 70)
    box = the_box(rows)
    assert (box.state, box.counted, box.closed_by) == (BoxState.CLOSED, 1, w.CLERK)
    assert [(one.kind, one.old_part_id) for one in box.differences] == [("missing", an_id("old 1"))]
    assert rows.find(AccountEntry) == [], "duty and money are HQ's"


def test_what_can_not_be_packed_is_refused() -> None:
    rows = a_place_with(2)
    assert refused(pack, rows, 9) == "old_part_unknown"
    assert refused(pack, rows, 0, "SZ01-22222222") == "box_unknown"
    assert refused(pack, rows, 0, box_number("NOWHERE", an_id("x"))) == "box_unknown"
    assert refused(pack, rows, 0, box_number("WH", an_id("x"))) == "box_unknown", "a warehouse sends no boxes"
    assert refused(pack, rows, 0, box_number("SZ02", an_id("x"))) == "not_your_place"
    rows.put(old_part(5, state=OldPartState.TO_TAG))
    rows.put(old_part(6, state=OldPartState.WRITTEN_OFF))
    rows.put(old_part(7, station_id=w.OTHER_STATION))
    rows.put(old_part(8, warehouse_id=w.OTHER_BRANCH))
    codes = [refused(pack, rows, index) for index in (5, 6, 7, 8)]
    assert codes == ["old_part_not_tagged", "old_part_received", "old_part_unknown", "old_part_unknown"]
    pack(rows, 0)
    assert refused(pack, rows, 0, OTHER) == "old_part_packed"
    assert refused(pack, rows, 1, name="unpack_old_part") == "old_part_not_in_box"
    seal(rows)
    assert refused(pack, rows, 1) == "box_sealed"
    assert refused(pack, rows, 0, name="unpack_old_part") == "box_sealed"


def test_a_box_has_an_end() -> None:
    rows = a_place_with(MOST_PARTS + 1)
    for index in range(MOST_PARTS):
        rows.put(msgspec.structs.replace(the_part(rows, index), box_id=box_id(NUMBER)))
    assert refused(pack, rows, MOST_PARTS) == "box_full"


def test_what_can_not_be_sealed_or_shipped_is_refused() -> None:
    rows = a_place_with(1)
    ship = {"number": NUMBER, "carrier_number": "SF1"}
    assert refused(do, rows, "ship_box", ship) == "box_not_sealed"
    pack(rows, 0)
    good = seal_args(rows)
    assert refused(do, rows, "seal_box", good | {"lines": (), "list_sha256": manifest_hash(())}) == "box_empty"
    assert refused(do, rows, "seal_box", good | {"list_sha256": "0" * 64}) == "box_list_wrong"
    do(rows, "seal_box", good)
    assert refused(do, rows, "seal_box", good) == "box_sealed"
    again = w.an_operation("seal_box", good | {"lines": ()}, label="again")
    replayed(rows, [again])
    assert len(the_box(rows).manifest) == 1, "the first list stands"


def test_what_can_not_be_counted_is_refused() -> None:
    rows = a_place_with(1)
    assert refused(clerk, rows, "open_box", number="SZ01-22222222") == "box_unknown"
    assert refused(clerk, rows, "close_count") == "box_not_opened"
    rows.put(msgspec.structs.replace(w.place(w.OTHER_STATION, w.PlaceKind.STATION, "SZ02", w.BRANCH), warehouse_id="x"))
    assert refused(clerk, rows, "open_box", number=box_number("SZ02", an_id("x"))) == "box_elsewhere"
    assert refused(clerk, rows, "count_old_part") == "count_empty"
    assert refused(clerk, rows, "count_old_part", tag="0123456789AB") == "old_part_tag_wrong"
    assert refused(clerk, rows, "uncount_old_part", count_id=an_id("none")) == "count_unknown"
    counted = clerk(rows, "count_old_part", tag=the_part(rows, 0).tag)
    count_id = derive(counted.id, "count")
    clerk(rows, "close_count", 61)
    assert refused(clerk, rows, "uncount_old_part", 62, count_id=count_id) == "box_closed"
    late = w.an_operation("uncount_old_part", {"number": NUMBER, "count_id": count_id}, user=w.CLERK)
    replayed(rows, [late])
    assert not rows.find(BoxCount)[0].voided, "what was received by it stays received"
    lost = w.an_operation("uncount_old_part", {"number": NUMBER, "count_id": an_id("none")}, user=w.CLERK)
    assert refused(replayed, rows, [lost]) == "count_unknown"


def test_a_count_is_taken_back() -> None:
    rows = a_place_with(1)
    counted = clerk(rows, "count_old_part", tag=the_part(rows, 0).tag)
    clerk(rows, "uncount_old_part", 61, count_id=derive(counted.id, "count"))
    clerk(rows, "close_count", 62)
    assert the_box(rows).counted == 0


def station_s(rows: MemoryRows) -> list[Any]:
    made = [pack(rows, index) for index in range(4)]
    made.append(pack(rows, 3, minute=2, name="unpack_old_part"))
    made.append(seal(rows))
    ship = {"number": NUMBER, "carrier_number": "SF1"}
    made.append(do(rows, "ship_box", ship, made_at=later(20), label="wrong"))
    made.append(do(rows, "ship_box", ship | {"carrier_number": "SF2"}, made_at=later(21), label="right"))
    return made


def clerks(rows: MemoryRows) -> list[Any]:
    tags = [the_part(rows, index).tag for index in range(4)]
    return [
        clerk(rows, "open_box", 60),
        clerk(rows, "count_old_part", 61, tag=tags[0]),
        clerk(rows, "count_old_part", 62, tag=tags[1], serial="ANOTHER"),
        clerk(rows, "close_count", 70),
        # the second clerk, offline: the same pieces, and one that should not be there
        clerk(rows, "open_box", 59),
        clerk(rows, "count_old_part", 63, tag=tags[0]),
        clerk(rows, "count_old_part", 64, tag=tags[3]),
        clerk(rows, "close_count", 69),
    ]


@settings(max_examples=30)
@given(st.permutations(range(3)), st.data())
def test_whatever_is_heard_first_the_box_ends_the_same(order: list[int], data: st.DataObject) -> None:
    """The count may be heard of before the sealing; each side's own operations keep their order."""
    made = a_place_with(4)
    packed, counted = station_s(made), clerks(made)
    sources = [packed, counted[:4], counted[4:]]
    wanted = the_box(made)
    rows, queues = a_place_with(4), [list(sources[index]) for index in order]
    while any(queues):
        queue = data.draw(st.sampled_from([queue for queue in queues if queue]))
        replayed(rows, [queue.pop(0)])
    assert the_box(rows) == wanted
    assert [one.kind for one in wanted.differences].count("missing") == 1
    assert sorted(one.kind for one in wanted.differences) == ["missing", "over", "wrong_serial"]
    assert (wanted.opened_at, wanted.closed_at, wanted.carrier_number) == (later(59), later(69), "SF2")
    assert [the_part(rows, index).box_id is None for index in range(4)] == [False, False, False, True]
    replayed(rows, [one for source in sources for one in source])
    assert the_box(rows) == wanted, "heard twice, nothing changes"
    assert len(rows.find(BoxCount)) == 4


def test_a_box_that_was_counted_before_anybody_heard_of_it_is_the_station_s() -> None:
    rows = a_place_with(0)
    clerk(rows, "open_box")
    box = the_box(rows)
    assert (box.branch_id, box.station_id, box.state) == (w.BRANCH, w.STATION, BoxState.COUNTING)
    clerk(rows, "close_count", 61)
    assert the_box(rows).differences == (), "without a list nothing differs from it"


def test_a_part_packed_twice_lies_where_it_was_put_last() -> None:
    rows, other = a_place_with(1), a_place_with(1)
    first, second = pack(rows, 0, NUMBER, 1), pack(other, 0, OTHER, 2)
    replayed(rows, [second])
    replayed(other, [first])
    assert the_part(rows, 0).box_id == the_part(other, 0).box_id == box_id(OTHER)


def test_a_part_that_a_closed_box_did_not_hold_can_be_packed_again() -> None:
    rows = a_place_with(1)
    pack(rows, 0)
    seal(rows)
    assert refused(pack, rows, 0, OTHER) == "old_part_packed"
    clerk(rows, "open_box")
    clerk(rows, "close_count", 61)
    pack(rows, 0, OTHER, 70)
    assert the_part(rows, 0).box_id == box_id(OTHER)


def test_state_follows_from_what_was_done() -> None:
    box = Box(id="b", branch_id="b", station_id="s", warehouse_id=None, number="n")
    times = {"sealed_at": "sealed", "shipped_at": "shipped", "opened_at": "counting", "closed_at": "closed"}
    for field, state in times.items():
        assert state_of(msgspec.structs.replace(box, **{field: w.NOW})) == state
        box = msgspec.structs.replace(box, **{field: w.NOW})
        assert state_of(box) == state


# --- after the box ------------------------------------------------------------------------------------------------


def of_part(rows: MemoryRows, name: str, minute: int = 0, index: int = 0, **args: Any) -> Any:
    given = {"old_part_id": an_id(f"old {index}")} | args
    return do(rows, name, given, user=w.CLERK, made_at=later(minute), label=f"{minute} {given}")


def test_a_received_part_is_graded_and_goes_to_its_supplier_who_answers() -> None:
    rows = a_place_with(1)
    assert refused(of_part, rows, "grade_old_part", grade="supplier") == "old_part_not_received"
    of_part(rows, "receive_old_part")
    send = {"batch": "R1", "supplier": "ACME"}
    assert refused(of_part, rows, "send_to_supplier", **send) == "old_part_not_for_supplier"
    of_part(rows, "grade_old_part", 1, grade="supplier", next_place="S-1")
    assert refused(of_part, rows, "supplier_answered", answer="accepted") == "old_part_not_sent"
    sent = of_part(rows, "send_to_supplier", 2, **send)
    assert refused(of_part, rows, "send_to_supplier", **send) == "old_part_sent"
    assert refused(of_part, rows, "grade_old_part", grade="scrap") == "old_part_sent"
    again = w.an_operation("send_to_supplier", {"old_part_id": an_id("old 0")} | send, user=w.CLERK, label="again")
    replayed(rows, [again])
    moved = [move for move in rows.find(StockMove) if move.reason == "send_to_supplier"]
    assert [(move.id, move.to_location) for move in moved] == [(derive(sent.id, "move"), "supplier:ACME")]
    refusal = of_part(rows, "supplier_answered", 3, answer="refused")
    of_part(rows, "supplier_answered", 4, answer="accepted")
    replayed(rows, [refusal])
    part = the_part(rows, 0)
    assert (part.batch, part.answer, part.next_place) == ("R1", "accepted", "S-1")


def test_the_last_grade_stands_whichever_is_heard_of_first() -> None:
    rows = a_place_with(1)
    of_part(rows, "receive_old_part")
    first = of_part(rows, "grade_old_part", 1, grade="supplier")
    of_part(rows, "grade_old_part", 2, grade="scrap")
    replayed(rows, [first])
    assert the_part(rows, 0).grade == "scrap"


def test_what_is_not_here_can_not_be_graded() -> None:
    rows = a_place_with(1, warehouse_id=None)
    assert refused(of_part, rows, "grade_old_part", grade="scrap") == "old_part_unknown"
    assert refused(of_part, rows, "grade_old_part", index=9, grade="scrap") == "old_part_unknown"


def test_a_station_without_a_warehouse_has_boxes_that_nobody_counts() -> None:
    rows = a_place_with(0)
    station = rows.get(Place, w.STATION)
    assert station is not None
    rows.put(msgspec.structs.replace(station, warehouse_id=None))
    assert refused(clerk, rows, "open_box") == "box_elsewhere"


# --- parts past their day -----------------------------------------------------------------------------------------


def test_overdue_parts_freeze_the_account_until_they_are_back() -> None:
    rows = a_place_with(2, due_on=date(2026, 11, 19))
    rows.put(old_part(2, due_on=w.TODAY))
    rows.put(old_part(3, due_on=EARLY, station_id=w.OTHER_STATION))
    rows.put(old_part(4, due_on=EARLY, state=OldPartState.NOT_DUE))
    rows.put(old_part(5, due_on=EARLY, state=OldPartState.TO_TAG, part_id="UNKNOWN"))
    rows.put(PartsAccount(id=w.STATION, branch_id=w.BRANCH, station_id=w.STATION, freeze_after_days=0, set_at=w.NOW))
    late = overdue_parts(rows, w.STATION, w.TODAY)
    found = standing_of(rows, w.STATION, w.TODAY)
    assert (len(late), worth_fen(rows, ((old.part_id, 1) for old in late))) == (3, 42_000)
    assert (found.owed_fen, found.frozen_by_age) == (0, True)
    for index in (0, 1):
        of_part(rows, "receive_old_part", index=index)
    rows.put(old_part(5, state=OldPartState.RECEIVED))
    found = standing_of(rows, w.STATION, w.TODAY)
    assert overdue_parts(rows, w.STATION, w.TODAY) == []
    assert (found.owed_fen, found.frozen_by_age) == (-42_000, False)


def test_the_pre_flight_of_an_order_tells_its_overdue_part() -> None:
    rows = a_world()
    used = do(rows, "use_part", {"order_id": w.ORDER, "unit_id": w.UNIT, "part_id": w.PART})
    order = rows.get(WorkOrder, w.ORDER)
    assert order is not None
    old = rows.get(OldPart, derive(used.id, "old_part"))
    assert old is not None and old.due_on is not None

    def told(day: date) -> list[dict[str, str | int]]:
        return [one.facts for one in findings(order, rows, day) if one.rule == "old_part_overdue"]

    assert told(old.due_on) == []
    assert told(old.due_on + timedelta(days=2)) == [{"part": w.PART, "days": 2}]
    do(rows, "tag_old_part", {"order_id": w.ORDER, "old_part_id": old.id, "no_serial": True})
    do(rows, "receive_old_part", {"old_part_id": old.id}, user=w.CLERK)
    assert told(old.due_on + timedelta(days=2)) == []


def test_the_box_being_packed_is_the_one_that_something_was_put_into_last() -> None:
    rows = a_place_with(2)
    assert box_being_packed(rows, w.STATION) is None
    pack(rows, 0, NUMBER, 2)
    pack(rows, 1, OTHER, 1)
    assert box_being_packed(rows, w.STATION) == the_box(rows)
    assert box_being_packed(rows, w.OTHER_STATION) is None
    pack(rows, 0, NUMBER, 3, name="unpack_old_part")
    assert box_being_packed(rows, w.STATION) == the_box(rows, OTHER)
