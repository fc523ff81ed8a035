"""What lies where, as the database keeps it, is the sum of the ledger whatever is written, rewritten or taken back."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from alembic import command
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import Connection, Engine, delete, select

from app.offline_db.engine import open_engine, reading, writing
from app.offline_db.migrate import FOLDER, config_of, upgrade
from app.offline_db.profile import Profile
from app.offline_db.schema import ROW_TABLES, stock_total
from app.queries.parts import totals_at
from core.parts_ledger import StockKey, balances
from core.rows.parts import Condition, StockMove
from rowstore.rows import SqlRows, insert_rows
from tests.integration import station_kit as kit

MOVES = ROW_TABLES[StockMove]
PLACES = ("station:s", "station:t", "bag:wang", "transit:1", "unit:o1", "opening:", "graded:")
MINE, INCOMING = "station:s", frozenset({"transit:1"})

a_move = st.builds(
    lambda number, part, quantity, condition, way: StockMove(
        id=kit.named(f"move/{number}"), branch_id=kit.BRANCH, station_id=kit.STATION, part_id=part, quantity=quantity,
        condition=condition, from_location=way[0], to_location=way[1], moved_by=kit.WANG, moved_at=kit.NOW,
    ),
    st.integers(0, 5),
    st.sampled_from(["P1", "P2"]),
    st.integers(1, 9),
    st.sampled_from(Condition),
    st.lists(st.sampled_from(PLACES), min_size=2, max_size=2, unique=True),
)  # fmt: skip
steps = st.lists(st.tuples(st.sampled_from(["put", "put", "remove"]), a_move), max_size=25)


@pytest.fixture(scope="module")
def engine(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Engine]:
    profile = Profile(tmp_path_factory.mktemp("totals")).create()
    engine = open_engine(profile, kit.KEY)
    upgrade(engine, profile, kit.NOW)
    yield engine
    engine.dispose()


def kept(connection: Connection) -> dict[StockKey, int]:
    found = connection.execute(select(stock_total).where(stock_total.c.quantity != 0))
    return {StockKey(one.part_id, one.location, Condition(one.condition)): one.quantity for one in found}


def summed(moves: list[StockMove]) -> dict[StockKey, int]:
    of_stock = {key: count for key, count in balances(moves).items() if not key.location.startswith("unit:")}
    return {key: count for key, count in of_stock.items() if count}


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(steps)
def test_totals_are_the_sums_of_the_ledger(engine: Engine, done: list[tuple[str, StockMove]]) -> None:
    with writing(engine) as connection:
        connection.execute(delete(MOVES))
        wanted: dict[str, StockMove] = {}
        for how, move in done:
            if how == "put":
                SqlRows(connection, ROW_TABLES).put(move)
                wanted[move.id] = move
            else:
                connection.execute(delete(MOVES).where(MOVES.c.id == move.id))
                wanted.pop(move.id, None)
        assert kept(connection) == summed(list(wanted.values()))
        of_place = {
            key: count
            for key, count in kept(connection).items()
            if key.location == MINE or key.location in INCOMING or key.location.startswith("bag:")
        }
        assert {key: n for key, n in totals_at(connection, MINE, INCOMING).items() if n} == of_place


def test_what_the_ledger_had_before_is_summed_up(tmp_path: Path) -> None:
    engine = open_engine(Profile(tmp_path).create(), kit.KEY)
    common = {"branch_id": kit.BRANCH, "station_id": kit.STATION, "part_id": "P1", "moved_by": kit.WANG}
    moves = [
        StockMove(id=kit.named("1"), quantity=5, condition=Condition.NEW, from_location="opening:",
                  to_location=MINE, moved_at=kit.NOW, **common),
        StockMove(id=kit.named("2"), quantity=2, condition=Condition.NEW, from_location=MINE,
                  to_location="unit:o1", moved_at=kit.NOW, **common),
    ]  # fmt: skip
    with writing(engine) as connection:
        command.upgrade(config_of(FOLDER, connection=connection), "0013")
        insert_rows(connection, ROW_TABLES, moves)
        command.upgrade(config_of(FOLDER, connection=connection), "head")
    with reading(engine) as connection:
        new = Condition.NEW
        assert kept(connection) == {StockKey("P1", MINE, new): 3, StockKey("P1", "opening:", new): -5}
    engine.dispose()
