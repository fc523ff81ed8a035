"""Buckets of the registry file: what is put in is found again, nothing else is, changes leave the rest alone."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rowstore.registry_buckets import KEY_BITS, Bucket, Layout, bucketed, changed, entry_of, layout_for

keys = st.integers(0, 2**KEY_BITS - 1)
#: Few upper and lower bits: keys that share a bucket, and rests that look alike at other places.
alike = st.builds(
    lambda high, low: high << 40 | low, st.integers(0, 3), st.sampled_from([0, 1, 255, 256, 65536, 65792])
)
entries = st.binary(min_size=1, max_size=20) | st.binary(min_size=250, max_size=700)
layouts = st.integers(8, 23).map(Layout)


def found(made: dict[int, Bucket], layout: Layout, key: int) -> bytes:
    number, rest = layout.split(key)
    return entry_of(rest, *made[number][1:]) if number in made else b""


@given(st.dictionaries(keys | alike, entries, max_size=60), st.lists(keys | alike, max_size=10), layouts)
def test_each_key_answers_with_its_entry_and_no_other_does(
    known: dict[int, bytes], others: list[int], layout: Layout
) -> None:
    made = {bucket.number: bucket for bucket in bucketed(sorted(known.items()), layout)}
    assert sum(bucket.keys for bucket in made.values()) == len(known)
    for key in [*known, *others]:
        assert found(made, layout, key) == known.get(key, b"")


@given(st.dictionaries(alike, entries, max_size=30), st.dictionaries(alike, entries | st.just(b""), max_size=30))
def test_changed_entries_are_as_if_they_had_been_there_from_the_beginning(
    known: dict[int, bytes], changes: dict[int, bytes]
) -> None:
    layout = Layout(8)
    made = {bucket.number: bucket for bucket in bucketed(sorted(known.items()), layout)}
    by_bucket: dict[int, dict[bytes, bytes]] = {}
    for key, entry in changes.items():
        number, rest = layout.split(key)
        by_bucket.setdefault(number, {})[rest] = entry
    for number, some in by_bucket.items():
        made[number] = changed(made.get(number, Bucket(number, 0, b"")), some, layout.width)
    after = {key: entry for key, entry in (known | changes).items() if entry}
    anew = {bucket.number: bucket for bucket in bucketed(sorted(after.items()), layout)}
    assert {number: bucket for number, bucket in made.items() if bucket.keys} == anew


@given(keys, st.lists(entries, min_size=2, max_size=4))
def test_entries_of_one_key_are_joined(key: int, some: list[bytes]) -> None:
    (bucket,) = bucketed([(key, entry) for entry in some], Layout(8))
    assert bucket.keys == 1
    assert found({bucket.number: bucket}, Layout(8), key) == b"".join(some)


@pytest.mark.parametrize(("rows", "bits"), [(0, 8), (1, 8), (1_000_000, 15), (10_000_000, 18), (100_000_000, 21)])
def test_buckets_stay_small_at_every_size(rows: int, bits: int) -> None:
    assert layout_for(rows) == Layout(bits)
    assert rows >> bits <= 48


def test_a_broken_bucket_is_an_error_or_knows_nothing() -> None:
    (bucket,) = bucketed([(1, b"one"), (2, b"x" * 300)], Layout(8))
    rest = Layout(8).split(2)[1]
    assert entry_of(rest, bucket.keys, bucket.content) == b"x" * 300
    with pytest.raises(ValueError, match="broken"):
        entry_of(rest, bucket.keys, b"\x09" + bucket.content[1:])
    with pytest.raises(IndexError):
        entry_of(rest, bucket.keys, bucket.content[:15] + b"")
