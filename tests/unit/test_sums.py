"""Sums of a scope: equal for equal rows whatever their order, different for any difference."""

import msgspec
from hypothesis import given
from hypothesis import strategies as st

from core.contract import sums
from core.rows.reference import ReferenceDocument
from tests.integration import station_kit as kit


def added(*rows):
    made = sums.Sums()
    for row in rows:
        made.add(sums.key_text("work_order", row.id), row)
    return made


def orders(count):
    return [kit.order(kit.named(f"order {n}")) for n in range(count)]


def test_the_order_of_rows_does_not_matter_and_every_range_is_used():
    rows = orders(2_000)
    one, other = added(*rows), added(*reversed(rows))
    assert (one.counts, one.versions, one.contents) == (other.counts, other.versions, other.contents)
    assert sum(one.counts) == 2_000
    assert min(one.counts) > 0


def test_a_version_a_content_and_a_missing_row_each_show():
    first, second = orders(2)
    whole = added(first, second)
    newer = msgspec.structs.replace(second, version=2)
    edited = msgspec.structs.replace(second, customer_phone="139")
    assert added(first, newer).versions != whole.versions
    assert added(first, edited).versions == whole.versions
    assert added(first, edited).contents != whole.contents
    assert added(first).counts != whole.counts


def test_raw_parts_are_compared_by_what_they_say():
    fields = {"id": "d", "version": 1, "kind": "policy", "name": "p", "revision": "1", "in_force_from": "2026-01-01"}
    one, other = (
        msgspec.json.decode(msgspec.json.encode(fields)[:-1] + b',"body":' + body + b"}", type=ReferenceDocument)
        for body in (b'{"a":1,"b":[2.0]}', b'{ "b": [ 2.0 ], "a" : 1 }')
    )
    assert sums.canonical(one) == sums.canonical(other)


@given(st.lists(st.integers(0, 2**64 - 1), min_size=256, max_size=256))
def test_hashes_are_read_as_written(hashes):
    assert sums.read(sums.written(hashes)) == hashes


@given(st.sets(st.integers(0, 255)))
def test_masks_are_read_as_written(ranges):
    mask = sums.mask_of(ranges)
    assert len(mask) == sums.MASK_DIGITS
    assert set(sums.ranges_in(mask)) == ranges


def test_a_key_with_half_a_surrogate_is_a_key_all_the_same():
    assert 0 <= sums.range_of("note/\ud800") < sums.RANGES
    assert sums.version_hash("note/\ud800", 1) != sums.version_hash("note/\ud801", 1)


def test_what_this_program_knows_has_one_name():
    assert sums.fingerprint() == sums.fingerprint()
    assert "work_order" in sums.entities()
