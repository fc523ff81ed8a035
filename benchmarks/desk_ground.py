"""The ground of the desk’s figures: two equally busy stations, the second with ten times as much history and parts."""

from datetime import timedelta
from typing import NamedTuple

import msgspec
from sqlalchemy import Connection, func, select, text

from app.bootstrap import Station
from app.offline_db import knowledge_index
from app.offline_db.engine import writing
from app.offline_db.schema import ROW_TABLES
from benchmarks.ground import FOLDER, Ground
from core.rows.knowledge import Article
from core.rows.parts import StockMove
from core.rows.reference import Model, Part
from rowstore.rows import insert_rows, to_row

MOVES, PARTS = ROW_TABLES[StockMove].name, ROW_TABLES[Part].name

#: So many orders of both are in work: with the years a station's history grows, not what is open today.
_BUSY = 500
#: The moves are spread over so many days: a ledger of years, not of one summer.
_DAYS = 1_500


class Size(NamedTuple):
    """How much a station has."""

    name: str
    orders: int
    moves: int
    parts: int
    articles: int


SMALL = Size("small", 5_000, 20_000, 1_000, 1_000)
LARGE = Size("large", 50_000, 200_000, 10_000, 10_000)


class DeskGround(Ground):
    """One station of a size, built once and kept."""

    def __init__(self, size: Size) -> None:
        """Nothing is built yet."""
        super().__init__(FOLDER / f"desk-{size.name}", size.orders, _BUSY)
        self.size = size

    def fill(self, station: Station) -> None:
        """Bring catalogue, ledger and knowledge base to their size, the moves spread over the parts."""
        with writing(station.engine) as connection:
            variants = _copy_parts(connection, self.size.parts)
            _copy_moves(connection, self.size.moves)
            spread = "part_id || CASE rowid % :n WHEN 0 THEN '' ELSE printf('-%02d', rowid % :n) END"
            connection.execute(text(f"UPDATE {MOVES} SET part_id = {spread}"), {"n": variants})
            aged = "strftime('%Y-%m-%dT%H:%M:%SZ', moved_at, '-' || (rowid % :n) || ' days')"
            connection.execute(text(f"UPDATE {MOVES} SET moved_at = {aged}"), {"n": _DAYS})
            _copy_articles(connection, self.size.articles)
            connection.execute(text("ANALYZE"))


def _copy_parts(connection: Connection, wanted: int) -> int:
    """Copy the catalogue until it has so many parts; returns how many of each there are, the first among them."""
    there = connection.execute(select(func.count()).select_from(ROW_TABLES[Part])).scalar_one()
    columns = ", ".join(f'"{column.name}"' for column in ROW_TABLES[Part].c if column.name != "id")
    variants = -(-wanted // there)
    for k in range(1, variants):
        connection.exec_driver_sql(
            f"INSERT INTO {PARTS} (id, {columns}) SELECT id || '-{k:02d}', {columns} FROM {PARTS} "
            f"WHERE rowid <= {there} LIMIT {wanted - there * k}"
        )
    return max(1, wanted // there)


def _copy_articles(connection: Connection, wanted: int) -> None:
    """Copy the articles until there are so many: each copy is about one model, whose name it bears."""
    models = connection.scalars(select(ROW_TABLES[Model].c.id)).all()
    first = [to_row(Article, one) for one in connection.execute(select(ROW_TABLES[Article])).mappings()]
    insert_rows(
        connection,
        ROW_TABLES,
        (_copy(first[k % len(first)], k, models[k % len(models)]) for k in range(wanted - len(first))),
    )
    knowledge_index.rebuild(connection)


def _copy(one: Article, k: int, model: str) -> Article:
    return msgspec.structs.replace(
        one,
        id=f"{one.id}-{k}",
        number=f"{one.number}-{k}",
        title_zh=f"{one.title_zh} {model}",
        models=(model,),
        published_at=one.published_at - timedelta(days=k % _DAYS),
    )


def _copy_moves(connection: Connection, wanted: int) -> None:
    """Copy the ledger, or cut it, until it has so many lines."""
    columns = [column.name for column in ROW_TABLES[StockMove].c if column.name != "id"]
    listed = ", ".join(f'"{name}"' for name in columns)
    while (there := connection.execute(select(func.count()).select_from(ROW_TABLES[StockMove])).scalar_one()) < wanted:
        connection.exec_driver_sql(
            f"INSERT INTO {MOVES} (id, {listed}) SELECT lower(hex(randomblob(16))), {listed} FROM {MOVES} "
            f"LIMIT {wanted - there}"
        )
    connection.exec_driver_sql(
        f"DELETE FROM {MOVES} WHERE rowid IN (SELECT rowid FROM {MOVES} LIMIT -1 OFFSET {wanted})"
    )
