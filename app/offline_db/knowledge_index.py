"""Where the knowledge base is searched, by words and by what it is about: kept in the rows' own transactions."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NamedTuple

from sqlalchemy import (
    Column,
    ColumnElement,
    Connection,
    and_,
    column,
    delete,
    exists,
    false,
    func,
    insert,
    literal_column,
    or_,
    select,
    table,
    text,
)

from app.offline_db.schema import KNOWLEDGE_TEXT, ROW_TABLES, knowledge_entry, knowledge_subject
from app.offline_db.spacing import question, spaced, unspaced
from core.knowledge import blocks
from core.rows import BY_NAME, Row, name_of
from core.rows.knowledge import Article, EditionState, JobTemplate
from rowstore.rows import to_row

#: The kinds that are searched.
KINDS: tuple[type[Row], ...] = (Article, JobTemplate)
ENTITIES = frozenset(name_of(kind) for kind in KINDS)
#: A snippet's marks around what was found; no text of a row holds them.
BEGIN, END = "\x02", "\x03"
#: What a find in each column weighs: both titles, then codes, then bodies.
_WEIGHTS = "10.0, 10.0, 6.0, 1.0, 1.0"
_SNIPPET_WORDS = 40
_CHUNK = 500
#: What a row may be about, by the names of its fields; one that names models or classes is not about others.
FIELDS = ("models", "product_classes", "symptoms", "sections", "defects")
LIMITS = FIELDS[:2]
_WORDS = table(KNOWLEDGE_TEXT, column("rowid"), column("rank"))
_ALL_WORDS: ColumnElement[str] = literal_column(KNOWLEDGE_TEXT)
_SNIPPET = func.snippet(_ALL_WORDS, -1, BEGIN, END, "…", _SNIPPET_WORDS).label("snippet")
_ADD = text(
    f"INSERT INTO {KNOWLEDGE_TEXT} (rowid, title_zh, title_en, codes, body_zh, body_en) "  # noqa: S608
    "VALUES (:position, :title_zh, :title_en, :codes, :body_zh, :body_en)"
)
_TAKE = text(f"DELETE FROM {KNOWLEDGE_TEXT} WHERE rowid = :position")  # noqa: S608


class Found(NamedTuple):
    """One row that was found; ``snippet`` shows where, with BEGIN and END around what was asked for."""

    entity: str
    row_id: str
    snippet: str


def follow(connection: Connection, entity: str, ids: Sequence[str]) -> None:
    """These rows have changed or are gone: the table says what they say now."""
    for begin in range(0, len(ids), _CHUNK):
        _follow(connection, entity, ids[begin : begin + _CHUNK])


def rebuild(connection: Connection) -> int:
    """Make the whole table anew; returns how many rows can be found now."""
    connection.exec_driver_sql(f"DELETE FROM {KNOWLEDGE_TEXT}")  # noqa: S608 - our own table
    connection.execute(delete(knowledge_entry))
    connection.execute(delete(knowledge_subject))
    for kind in KINDS:
        table = ROW_TABLES[kind]
        ids = connection.execute(select(table.c.id).where(table.c.state == EditionState.PUBLISHED.value)).scalars()
        follow(connection, name_of(kind), list(ids))
    return len(_held(connection))


def is_whole(connection: Connection) -> bool:
    """Whether exactly the published rows can be found, by their own words and subjects; reads all of them."""
    wanted, subjects = {}, set()
    for kind in KINDS:
        table = ROW_TABLES[kind]
        published = select(table).where(table.c.state == EditionState.PUBLISHED.value)
        for columns in connection.execute(published).mappings():
            row = to_row(kind, columns)
            wanted[name_of(kind), row.id] = tuple(texts_of(row).values())
            subjects |= {tuple(one.values()) for one in _subjects_of(row)}
    held = {tuple(one) for one in connection.execute(select(knowledge_subject))}
    return wanted == _held(connection) and subjects == held


def find(connection: Connection, typed: str, most: int = 50, limits: Mapping[str, str] | None = None) -> list[Found]:
    """What speaks of all that was typed, the best first; nothing for a text without a letter, digit or character.

    ``limits`` are as in ``within``.
    """
    asked = question(typed)
    if not asked:
        return []
    entry = knowledge_entry.c
    statement = (
        select(entry.entity, entry.row_id, _SNIPPET)
        .join_from(_WORDS, knowledge_entry, entry.position == _WORDS.c.rowid)
        .where(_ALL_WORDS.op("MATCH")(asked), _WORDS.c.rank.op("MATCH")(f"bm25({_WEIGHTS})"))
        .where(*within(entry.entity, entry.row_id, limits or {}))
        .order_by(_WORDS.c.rank)  # by this alone FTS5 sorts by itself, and makes snippets of what is told only
        .limit(most)
    )
    return [
        Found(one.entity, one.row_id, unspaced(one.snippet).replace("\n", " ")) for one in connection.execute(statement)
    ]


def within(entity: str | Column[str], row_id: Column[str], limits: Mapping[str, str]) -> list[ColumnElement[bool]]:
    """Conditions on rows: each names the value in each of these fields, or none at all."""
    return [_names(entity, row_id, field, value) for field, value in limits.items()]


def _names(entity: str | Column[str], row_id: Column[str], field: str, value: str) -> ColumnElement[bool]:
    of = knowledge_subject.alias().c
    return exists().where(of.entity == entity, of.row_id == row_id, of.field == field, of.value.in_(("", value)))


def naming(connection: Connection, known: Mapping[str, str], limits: Mapping[str, str]) -> set[tuple[str, str]]:
    """Entity and id of each row that names one of the values ``known`` by their fields, within ``limits``."""
    of = knowledge_subject.c
    agrees = or_(*(and_(of.field == field, of.value == value) for field, value in known.items() if value), false())
    statement = select(of.entity, of.row_id).where(agrees, *within(of.entity, of.row_id, limits))
    return {(one.entity, one.row_id) for one in connection.execute(statement)}


def texts_of(row: Row) -> dict[str, str]:
    """What of an article or template is searched, by the table's columns."""
    if isinstance(row, Article):
        codes = (*row.product_classes, *row.sections, *row.defects, *row.parts)
        bodies = {"body_zh": _plain(row.body_zh), "body_en": _plain(row.body_en)}
    elif isinstance(row, JobTemplate):
        codes = (row.product_class, *(part.part_id for part in row.parts))
        bodies = {"body_zh": "\n".join(row.steps_zh), "body_en": "\n".join(row.steps_en)}
    else:
        raise TypeError(f"{type(row).__name__} is not searched")
    named = " ".join((row.number, *row.models, *row.symptoms, *codes))
    texts = {"title_zh": row.title_zh, "title_en": row.title_en, "codes": named, **bodies}
    return {column: spaced(words) for column, words in texts.items()}


def _plain(body: str) -> str:
    """A body without the marks of its headings and points."""
    return "\n".join(block.text for block in blocks(body))


def _held(connection: Connection) -> dict[tuple[str, str], tuple[Any, ...]]:
    lines = connection.exec_driver_sql(
        "SELECT entry.entity, entry.row_id, title_zh, title_en, codes, body_zh, body_en "  # noqa: S608
        f"FROM knowledge_entry AS entry LEFT JOIN {KNOWLEDGE_TEXT} AS words ON words.rowid = entry.position"
    )
    return {(line[0], line[1]): tuple(line[2:]) for line in lines}


def _follow(connection: Connection, entity: str, ids: Sequence[str]) -> None:
    mine = (knowledge_entry.c.entity == entity, knowledge_entry.c.row_id.in_(ids))
    old = connection.execute(select(knowledge_entry.c.position).where(*mine)).scalars().all()
    if old:
        connection.execute(_TAKE, [{"position": position} for position in old])
        connection.execute(delete(knowledge_entry).where(*mine))
        about = (knowledge_subject.c.entity == entity, knowledge_subject.c.row_id.in_(ids))
        connection.execute(delete(knowledge_subject).where(*about))
    for row in _published(connection, entity, ids):
        added = connection.execute(insert(knowledge_entry).values(entity=entity, row_id=row.id))
        (position,) = added.inserted_primary_key or (None,)
        connection.execute(_ADD, {"position": position, **texts_of(row)})
        connection.execute(insert(knowledge_subject), _subjects_of(row))


def _subjects_of(row: Row) -> list[dict[str, str]]:
    """The lines of the table of subjects."""
    own = {"product_classes": (row.product_class,)} if isinstance(row, JobTemplate) else {}
    named = {field: own.get(field) or getattr(row, field, ()) or ("",) for field in FIELDS}
    return [
        {"entity": name_of(type(row)), "row_id": row.id, "field": field, "value": value}
        for field, values in named.items()
        for value in sorted(set(values))
    ]


def _published(connection: Connection, entity: str, ids: Sequence[str]) -> Iterable[Row]:
    kind = BY_NAME[entity]
    table = ROW_TABLES[kind]
    where = (table.c.id.in_(ids), table.c.state == EditionState.PUBLISHED.value)
    for columns in connection.execute(select(table).where(*where).order_by(table.c.id)).mappings().all():
        yield to_row(kind, columns)
