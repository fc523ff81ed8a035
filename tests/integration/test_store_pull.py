"""The fast way of a pulled page into the database: the same tables as row by row, and no line that can't be right."""

import enum
import types
import typing
from collections.abc import Iterator
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import Engine, create_engine, insert, select

from app.offline_db import images, page_lines
from app.offline_db.engine import writing
from app.offline_db.schema import ROW_TABLES, metadata, unread
from app.offline_db.sync_store import SyncStore
from app.offline_db.unread import Unreadable
from app.sync.client import Page
from app.sync.pull import WRITE_SECONDS, Pace, parts_of
from core.contract.messages import PageEnd, PulledLine
from core.refusals import Refusal
from core.rows import KINDS, Row, name_of
from core.rows.orders import Note, WorkOrder
from core.rows.reference import DocumentKind, ReferenceDocument
from rowstore.rows import to_columns, to_row
from rowstore.sqlite_rows import json_text, upsert_text, values_of
from tests.integration import station_kit as kit

TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=12)
NUMBERS = st.integers(-(2**63), 2**63 - 1)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53), 2**53) | TEXT,  # rows hold no fractions
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXT, inner, max_size=3),
    max_leaves=5,
)
MOMENTS = st.datetimes(timezones=st.just(UTC)).map(lambda moment: moment.replace(microsecond=0))
SIMPLE: dict[Any, st.SearchStrategy[Any]] = {
    str: TEXT,
    int: NUMBERS,
    bool: st.booleans(),
    date: st.dates(),
    datetime: MOMENTS,
    type(None): st.none(),
    Any: JSON,
    msgspec.Raw: JSON.filter(lambda value: value is not None).map(
        lambda value: msgspec.Raw(msgspec.json.encode(value))
    ),
}


def values(annotation: Any) -> st.SearchStrategy[Any]:
    """Any value of a field's type."""
    if annotation in SIMPLE:
        return SIMPLE[annotation]
    origin, inner = typing.get_origin(annotation), typing.get_args(annotation)
    if origin in (typing.Union, types.UnionType):
        return st.one_of(*map(values, inner))
    if origin is typing.Literal:
        return st.sampled_from(inner)
    if origin is typing.Annotated:
        return bounded(*inner)
    if origin is tuple:
        many = Ellipsis in inner
        return st.lists(values(inner[0]), max_size=3).map(tuple) if many else st.tuples(*map(values, inner))
    if origin is dict:
        return st.dictionaries(TEXT, values(inner[1]), max_size=3)
    if issubclass(annotation, enum.Enum):
        return st.sampled_from(annotation)
    return built(annotation)


def bounded(kind: type, meta: msgspec.Meta) -> st.SearchStrategy[Any]:
    """A whole number or a text within its bounds."""
    if kind is int:
        return st.integers(meta.ge, meta.le)
    return st.text("aB7中", min_size=meta.min_length or 0, max_size=min(meta.max_length or 20, 20))


def built(kind: type[msgspec.Struct]) -> st.SearchStrategy[Any]:
    """Any value of a Struct."""
    return st.builds(kind, **{field.name: values(field.type) for field in msgspec.structs.fields(kind)})


@pytest.fixture(scope="module")
def engine() -> Iterator[Engine]:
    engine = create_engine("sqlite://", json_serializer=json_text)
    metadata.create_all(engine)
    yield engine
    engine.dispose()


@pytest.mark.parametrize("kind", KINDS, ids=name_of)
@settings(max_examples=15, deadline=None, suppress_health_check=list(HealthCheck))
@given(data=st.data())
def test_rows_of_every_kind_are_written_alike_both_ways(engine: Engine, kind: type[Row], data: st.DataObject) -> None:
    table, rows = ROW_TABLES[kind], data.draw(st.lists(built(kind), min_size=1, max_size=4, unique_by=lambda r: r.id))
    with engine.connect() as connection:
        connection.execute(insert(table), [to_columns(row) for row in rows])
        one_by_one = connection.exec_driver_sql(f'SELECT * FROM "{table.name}" ORDER BY id').fetchall()
        connection.rollback()
        connection.exec_driver_sql(upsert_text(table, kind, force=False), values_of(table, rows))
        together = connection.exec_driver_sql(f'SELECT * FROM "{table.name}" ORDER BY id').fetchall()
        assert list(map(repr, together)) == list(map(repr, one_by_one))
        back = [to_row(kind, found) for found in connection.execute(select(table)).mappings()]
        connection.rollback()
    encode = msgspec.json.encode
    assert sorted(map(encode, back)) == sorted(map(encode, rows))


def a_line(row: Row, /, **more: Any) -> PulledLine:
    values = {"seq": 1, "entity": name_of(type(row)), "id": row.id, "version": row.version}
    return PulledLine(**values | {"row": msgspec.Raw(msgspec.json.encode(row))} | more)


def a_note(n: int, **more: Any) -> Note:
    values = {"id": kit.named(f"note {n}"), "version": 3, "branch_id": kit.BRANCH, "station_id": kit.STATION}
    return Note(**values | {"order_id": kit.ORDER, "text": "备注", "made_by": kit.WANG, "made_at": kit.NOW} | more)


def test_lines_read_together_are_those_read_one_by_one() -> None:
    gone = PulledLine(seq=9, entity="note", id="gone", version=2)
    null = PulledLine(seq=9, entity="note", id="null", version=2, row=msgspec.Raw(b"null"))
    unknown = PulledLine(seq=9, entity="of_a_newer_hq", id="x", version=1, row=msgspec.Raw(b"{}"))
    lines = [a_line(kit.order()), *(a_line(a_note(n)) for n in range(3)), gone, unknown]
    for some in (lines, [*lines, null], [null], []):
        one_by_one = {image.key: image for line in some if (image := page_lines.read_line(line)) is not None}
        assert page_lines.newest(some, []) == one_by_one


def test_of_a_row_that_is_there_twice_the_newer_image_counts() -> None:
    newer, older = a_line(a_note(1, version=5)), a_line(a_note(1, version=4))
    for some in ([newer, older], [older, newer]):
        (image,) = page_lines.newest(some, []).values()
        assert image.version == 5


def raw(text: bytes) -> msgspec.Raw:
    return msgspec.Raw(text)


def a_document(body: bytes) -> ReferenceDocument:
    return ReferenceDocument(
        id="d", kind=DocumentKind.POLICY, name="n", revision="1", in_force_from=date(2026, 1, 1), body=raw(body)
    )


GOOD = [a_line(a_note(n)) for n in range(3)]


@pytest.mark.parametrize(
    "bad",
    [
        a_line(a_note(9), id="another"),
        a_line(a_note(9), version=8),
        a_line(a_note(9), row=raw(b"[]")),
        a_line(a_note(9), row=raw(b'{"id":"x"}')),
    ],
    ids=["other id", "other version", "no object", "fields missing"],
)
def test_what_is_not_the_row_of_its_line_is_refused(bad: PulledLine) -> None:
    with pytest.raises(Refusal, match="hq_unexpected"):
        page_lines.newest([*GOOD, bad], [])


@pytest.mark.parametrize(
    "bad",
    [
        a_line(a_note(9), row=raw(msgspec.json.encode(a_note(9)).replace(b"00Z", b"00"))),
        a_line(a_document(b"null")),
    ],
    ids=["no zone", "no content"],
)
def test_a_row_that_no_column_takes_keeps_no_other_from_coming(bad: PulledLine) -> None:
    unreadable: list[Unreadable] = []
    assert len(page_lines.newest([*GOOD, bad], unreadable)) == len(GOOD)
    assert [one.key for one in unreadable] == [(bad.entity, bad.id)]


def test_a_number_that_no_column_takes_keeps_no_other_row_from_coming(tmp_path: Path) -> None:
    bad = a_line(kit.order(version=3, distance_m=2**63))
    with kit.filled_store(tmp_path) as store:
        sync = SyncStore(store)
        assert kit.page(sync, [*GOOD, bad]) == len(GOOD)
        with store.reading() as rows:
            assert len(rows.find(Note)) == len(GOOD)
            assert rows.connection.execute(select(unread.c.row_id)).scalars().all() == [kit.ORDER]
        with pytest.raises(Refusal, match="hq_unexpected"):
            kit.page(sync, [*GOOD, a_line(a_note(9, version=2**63), version=2**63)])


def test_times_of_other_zones_are_stored_in_utc() -> None:
    text = msgspec.json.encode(a_note(1)).replace(b"T09:00:00Z", b"T17:00:00.250+08:00")
    (image,) = page_lines.newest([a_line(a_note(1), row=raw(text))], []).values()
    assert image.values is not None
    assert "2026-03-02T09:00:00Z" in image.values


def test_newer_versions_replace_older_ones_never(tmp_path: Path) -> None:
    with kit.filled_store(tmp_path) as store, writing(store.engine) as connection:
        images.write(connection, [images.Image(("work_order", kit.ORDER), 9, None)])
        for version, force, expected in ((2, False, 2), (1, False, 2), (3, False, 3), (1, True, 1)):
            row = kit.order(version=version)
            images.write(connection, page_lines.newest([a_line(row)], []).values(), force=force)
            found = images.local_row(connection, ("work_order", kit.ORDER))
            assert isinstance(found, WorkOrder)
            assert found.version == expected
        for version, force, stays in ((1, False, True), (0, True, False)):
            images.write(connection, [images.Image(("work_order", kit.ORDER), version, None)], force=force)
            assert (images.local_row(connection, ("work_order", kit.ORDER)) is not None) is stays


class Watch:
    """A steady clock that work moves on."""

    def __init__(self, seconds_per_row: float) -> None:
        self.now = 0.0
        self.seconds_per_row = seconds_per_row

    def work(self, rows: int) -> int:
        self.now += rows * self.seconds_per_row
        return rows


def test_parts_of_a_page_join_and_take_as_long_as_they_may() -> None:
    watch = Watch(0.00001)
    pace = Pace(lambda: watch.now)
    lines = [PulledLine(seq=10 + n, entity="note", id=str(n), version=1) for n in range(20_000)]
    page = Page(lines, PageEnd(cursor=50_000, more=False, incarnation="a", seq=50_000))
    at, seen, took = 7, [], []
    for part in parts_of(7, page, pace):
        assert part.after == at
        assert part.end.more is (part.end.cursor < 50_000)
        before = watch.now
        pace.timed(len(part.lines), lambda part=part: watch.work(len(part.lines)))
        took.append(watch.now - before)
        at, seen = part.end.cursor, seen + list(part.lines)
    assert (at, seen) == (50_000, lines)
    assert max(took) < 1.03 * WRITE_SECONDS
    assert took[-2] > 0.8 * WRITE_SECONDS


def test_slow_writing_makes_parts_small_and_a_last_small_one_says_nothing() -> None:
    watch = Watch(0.001)
    pace = Pace(lambda: watch.now)
    for _ in range(3):
        pace.timed(pace.rows, lambda: watch.work(500))
    assert pace.rows == Pace.LEAST
    watch.seconds_per_row = 0.0
    pace.timed(3, lambda: watch.work(3))
    assert pace.rows == Pace.LEAST
    for _ in range(9):
        pace.timed(pace.rows, lambda: watch.work(1))
    assert pace.rows == Pace.MOST
