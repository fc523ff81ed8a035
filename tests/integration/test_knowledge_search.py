"""The knowledge base searched on an encrypted device: Chinese of any length, prefixes, wild input, HQ's changes."""

from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest
from alembic import command
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import Connection, Engine, select

from app.offline_db import knowledge_index
from app.offline_db.engine import open_engine, reading, writing
from app.offline_db.images import Image
from app.offline_db.migrate import FOLDER, config_of, upgrade
from app.offline_db.profile import Profile
from app.offline_db.rebase import Rebase
from app.offline_db.schema import ROW_TABLES, knowledge_subject
from app.offline_db.spacing import question, spaced, unspaced
from app.offline_db.store import Store
from app.queries.knowledge import known_about, search
from app.security.device_key import DeviceKey
from core.knowledge import About, Subject, offered
from core.rows import name_of
from core.rows.knowledge import Article, EditionState, JobTemplate
from rowstore.rows import insert_rows
from tests.integration.station_kit import KEY, NOW

E5 = Article(
    id="KB-0001.1",
    version=1,
    number="KB-0001",
    edition=1,
    title_zh="空调显示E5报警的处理",
    title_en="Error E5 of an air conditioner",
    body_zh="外机电流超限。\n# 步骤\n- 先量启动电容，再量压缩机绕组。\n复位后屏上不再显示 E5 报警。",
    body_en="The outdoor unit drew too much current. Measure the start capacitor first.",
    product_classes=("air_conditioner",),
    models=("KFR-35GW/K3A1",),
    symptoms=("D09",),
    published_at=NOW,
)
COOLING = Article(
    id="KB-0002.1",
    version=1,
    number="KB-0002",
    edition=1,
    title_zh="压缩机在转但不制冷",
    body_zh="过滤器出口结霜，是毛细管脏堵。全角Ｒ600ａ制冷剂按铭牌加注。",
    product_classes=("refrigerator",),
    symptoms=("C01",),
    published_at=NOW,
)
TEMPLATE = JobTemplate(
    id="JT-0001.1",
    version=1,
    number="JT-0001",
    edition=1,
    title_zh="排水检修",
    product_class="washing_machine",
    steps_zh=("清过滤器", "更换排水泵"),
    minutes=50,
    published_at=NOW,
)


@pytest.fixture(scope="module")
def engine(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Engine]:
    """A device's encrypted database with three things that are known."""
    made = opened(tmp_path_factory.mktemp("device"))
    come(made, E5, COOLING, TEMPLATE)
    yield made
    made.dispose()


def opened(folder: Path) -> Engine:
    profile = Profile(folder).create()
    made = open_engine(profile, KEY)
    upgrade(made, profile, NOW)
    return made


def come(engine: Engine, *rows: Article | JobTemplate, gone: bool = False) -> None:
    """HQ's images of the rows are applied as a page of the feed is."""
    page = {(name_of(type(row)), row.id): row for row in rows}
    images = {key: Image(key, row.version, None if gone else row) for key, row in page.items()}
    with writing(engine) as connection:
        Rebase(connection).apply(images)


def found(engine: Engine, typed: str) -> list[str]:
    with reading(engine) as connection:
        return [one.row_id for one in knowledge_index.find(connection, typed)]


@pytest.mark.parametrize(
    ("typed", "wanted"),
    [
        ("压缩机", ["KB-0002.1", "KB-0001.1"]),  # in a title before in a body
        ("缩", ["KB-0002.1", "KB-0001.1"]),
        ("报警", ["KB-0001.1"]),
        ("E5 报警", ["KB-0001.1"]),
        ("e5报警", ["KB-0001.1"]),
        ("Ｅ５　报警", ["KB-0001.1"]),
        ("报警 电容", ["KB-0001.1"]),
        ("报警，电容", ["KB-0001.1"]),
        ("警报", []),
        ("KFR-35", ["KB-0001.1"]),
        ("kfr-35gw/k3", ["KB-0001.1"]),
        ("35GW", ["KB-0001.1"]),
        ("capac", ["KB-0001.1"]),
        ("apac", []),
        ("D09", ["KB-0001.1"]),
        ("KB-0002", ["KB-0002.1"]),
        ("R600a", ["KB-0002.1"]),
        ("排水泵", ["JT-0001.1"]),
        ("washing", ["JT-0001.1"]),
    ],
)
def test_what_a_person_types_finds_what_speaks_of_it(engine, typed, wanted):
    assert found(engine, typed) == wanted


@pytest.mark.parametrize(
    "typed",
    ['"', "*", "-", "\x00", "AND", "OR", "NOT", "NEAR", "NEAR(a b)", "title_zh:x", "^", "(", ")", "{}", "a AND",
     "+", "“”", "\u200b", "\u0301", "😀", "\ud800".encode("utf-8", "replace").decode(), "x" * 5000,
     "报" * 500, " " * 90],
)  # fmt: skip
def test_nothing_that_can_be_typed_breaks_the_search(engine, typed):
    assert found(engine, typed) == []
    assert found(engine, f"报警 {typed}") in ([], ["KB-0001.1"])


@given(st.text(max_size=40))
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_any_text_is_a_question(engine, typed):
    found(engine, typed)


_HAN = st.text(alphabet="空调显示报警的处理压缩机电容漏氟𠀀々", min_size=1, max_size=30)


@given(_HAN, st.data())
@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_each_piece_of_a_chinese_text_is_found(engine, text, data):
    begin = data.draw(st.integers(0, len(text) - 1))
    piece = text[begin : data.draw(st.integers(begin + 1, len(text)))]
    article = msgspec.structs.replace(COOLING, id="drawn", number="KB-9999", body_zh=f"前文E1{text}，后文")
    with writing(engine) as connection:
        Rebase(connection).apply({("article", "drawn"): Image(("article", "drawn"), 1, article)}, force=True)
        assert "drawn" in [one.row_id for one in knowledge_index.find(connection, piece)]
        Rebase(connection).apply({("article", "drawn"): Image(("article", "drawn"), 2, None)}, force=True)
        assert "drawn" not in [one.row_id for one in knowledge_index.find(connection, piece)]


@given(st.text(max_size=60))
def test_marks_are_taken_out_again(text):
    narrow = unspaced(spaced(text))
    assert unspaced(narrow) == narrow and len(narrow) == len(text.replace("\u200b", ""))


def test_a_question_quotes_every_word():
    assert question('OR "报警" E5') == '"OR" * AND "报 警" AND "E5" *'


def test_a_snippet_shows_where_with_marks_and_without_invisible_characters(engine):
    with reading(engine) as connection:
        (hit,) = knowledge_index.find(connection, "启动电容")
    assert f"{knowledge_index.BEGIN}启动电容{knowledge_index.END}" in hit.snippet
    assert "\u200b" not in hit.snippet and "# " not in hit.snippet


# --- what HQ changes --------------------


@pytest.fixture
def own(tmp_path: Path) -> Iterator[Engine]:
    made = opened(tmp_path / "own")
    come(made, E5, COOLING)
    yield made
    made.dispose()


def changed(row: Article, **fields: object) -> Article:
    return msgspec.structs.replace(row, version=row.version + 1, **fields)


def test_a_new_edition_is_found_and_the_one_before_no_more(own):
    second = msgspec.structs.replace(E5, id="KB-0001.2", edition=2, body_zh="改为先量电压。")
    come(own, changed(E5, state=EditionState.REPLACED), second)
    assert found(own, "电容") == []
    assert found(own, "先量电压") == ["KB-0001.2"]
    with reading(own) as connection:
        assert knowledge_index.is_whole(connection)


def test_what_is_withdrawn_or_gone_is_not_found(own):
    come(own, changed(E5, state=EditionState.WITHDRAWN))
    assert found(own, "报警") == []
    come(own, changed(COOLING), gone=True)
    assert found(own, "压缩机") == []


def test_an_older_image_changes_nothing(own):
    come(own, changed(E5, title_zh="新的标题"))
    come(own, msgspec.structs.replace(E5, title_zh="旧的标题"))
    assert found(own, "新的标题") == ["KB-0001.1"]
    assert found(own, "旧的标题") == []


def test_a_page_that_is_taken_back_leaves_the_search_as_it_was(own):
    def cut() -> None:
        with writing(own) as connection:
            Rebase(connection).apply({("article", E5.id): Image(("article", E5.id), 9, None)})
            raise ConnectionResetError

    with pytest.raises(ConnectionResetError):
        cut()
    assert found(own, "报警") == ["KB-0001.1"]


def test_a_search_that_is_not_whole_is_noticed_and_made_anew(own):
    with writing(own) as connection:
        assert knowledge_index.is_whole(connection)
        connection.exec_driver_sql("DELETE FROM knowledge_text")
        assert not knowledge_index.is_whole(connection)
        assert knowledge_index.rebuild(connection) == 2
        assert knowledge_index.is_whole(connection)
        connection.execute(knowledge_subject.delete().where(knowledge_subject.c.field == "symptoms"))
        assert not knowledge_index.is_whole(connection)
        knowledge_index.rebuild(connection)
        assert knowledge_index.is_whole(connection)
    assert found(own, "压缩机") == ["KB-0002.1", "KB-0001.1"]


def test_what_was_published_before_the_table_of_subjects_is_in_it_after_the_update(tmp_path):
    profile = Profile(tmp_path).create()
    engine = open_engine(profile, KEY)
    with writing(engine) as connection:
        command.upgrade(config_of(FOLDER, connection=connection), "0016")
        withdrawn = msgspec.structs.replace(COOLING, id="old", state=EditionState.WITHDRAWN)
        insert_rows(connection, ROW_TABLES, [E5, COOLING, TEMPLATE, withdrawn])
    upgrade(engine, profile, NOW)
    with writing(engine) as connection:
        there = set(connection.execute(select(knowledge_subject)))
        knowledge_index.rebuild(connection)
        assert there == set(connection.execute(select(knowledge_subject)))
        assert ("job_template", "JT-0001.1", "product_classes", "washing_machine") in there
    engine.dispose()


# --- what is offered beside the codes


CLASSES, MODELS, CODES = ("", "tv_lcd", "refrigerator"), ("", "KT55", "KT65"), ("", "D01", "D02", "D03")
SOME = st.lists(st.sampled_from(CODES[1:]), unique=True, max_size=2).map(tuple)
ARTICLES = st.builds(
    Article,
    id=st.uuids().map(str),
    version=st.just(1),
    number=st.integers(1, 9999).map("KB-{}".format),
    edition=st.just(1),
    title_zh=st.just("题"),
    models=st.lists(st.sampled_from(MODELS[1:]), unique=True, max_size=2).map(tuple),
    product_classes=st.lists(st.sampled_from(CLASSES[1:]), unique=True, max_size=2).map(tuple),
    symptoms=SOME,
    sections=SOME,
    defects=SOME,
    state=st.sampled_from([EditionState.PUBLISHED, EditionState.PUBLISHED, EditionState.WITHDRAWN]),
    published_at=st.just(NOW),
)
IN_HAND = st.builds(About, *map(st.sampled_from, (MODELS, CLASSES, CODES, CODES, CODES)))


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Store]:
    made = Store(opened(tmp_path_factory.mktemp("offered")), DeviceKey(KEY))
    yield made
    made.engine.dispose()


@given(rows=st.lists(ARTICLES, max_size=12, unique_by=lambda one: one.number), about=IN_HAND)
def test_what_is_offered_is_chosen_from_all_of_it(store, rows, about):
    with writing(store.engine) as connection:
        connection.execute(ROW_TABLES[Article].delete())
        insert_rows(connection, ROW_TABLES, rows)
        knowledge_index.rebuild(connection)
    published = [one for one in rows if one.state is EditionState.PUBLISHED]
    subjects = [
        Subject(one.id, one.number, *(getattr(one, field) for field in knowledge_index.FIELDS)) for one in published
    ]
    with store.reading() as reads:
        told = known_about(reads, about, "place")
    assert [one.id for one in told.articles] == [one.key for one in offered(subjects, about)]


# --- the list --------------------


def lines(connection: Connection, *asked: str) -> list[str]:
    return [one.number for one in search(connection, *asked)]


def test_the_list_is_narrowed_by_class_and_model(engine):
    with reading(engine) as connection:
        assert lines(connection, "") == ["KB-0002", "KB-0001", "JT-0001"]
        assert lines(connection, "压缩机", "refrigerator") == ["KB-0002"]
        assert lines(connection, "", "air_conditioner", "KFR-35GW/K3A1") == ["KB-0001"]
        assert lines(connection, "", "air_conditioner", "KFR-26GW") == []
        assert lines(connection, "***") == []
