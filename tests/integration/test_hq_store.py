"""HQ's database: the migrations make what the models say, readers see one state, and writers take turns."""

import threading

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import func, inspect, select

from hq.feed import load, load_registry, work
from hq.store import Store
from hq.store.engines import make_engine
from hq.store.schema import TABLES, metadata
from tests.unit import world


def test_the_migrations_make_what_the_models_say(hq_empty_database):
    store = Store.open(hq_empty_database)
    store.upgrade()
    store.upgrade()
    with store.engine.connect() as connection:
        assert compare_metadata(MigrationContext.configure(connection, opts={"compare_type": True}), metadata) == []
        found = inspect(connection)
        for table in metadata.tables.values():
            assert found.get_pk_constraint(table.name)["constrained_columns"] == [c.name for c in table.primary_key]
    store.close()


def test_every_key_of_the_trade_leads_with_the_branch():
    from core.rows import TRADE_KINDS

    keys = {kind: [column.name for column in TABLES[kind].primary_key] for kind in TRADE_KINDS}
    assert set(map(tuple, keys.values())) == {("branch_id", "id")}


def test_two_servers_may_upgrade_at_once(hq_empty_database):
    stores = [Store.open(hq_empty_database) for _ in range(2)]
    threads = [threading.Thread(target=store.upgrade) for store in stores]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    with stores[0].reading() as connection:
        assert connection.execute(select(func.count()).select_from(TABLES[type(world.an_order())])).scalar_one() == 0
    for store in stores:
        store.close()


def test_writers_take_turns_and_none_loses_a_change(hq_store):
    with work(hq_store) as doing:
        load(doing, [world.an_order()])

    def remind() -> None:
        import msgspec

        for _ in range(10):
            with work(hq_store) as doing:
                rows = doing.rows(world.BRANCH)
                order = rows.find(type(world.an_order()))[0]
                rows.put(msgspec.structs.replace(order, reminders=order.reminders + 1))

    threads = [threading.Thread(target=remind) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    with work(hq_store) as doing:
        (order,) = doing.rows(world.BRANCH).find(type(world.an_order()))
    assert (order.reminders, order.version) == (30, 31)


def test_a_reader_sees_one_state(hq_store):
    with work(hq_store) as doing:
        load(doing, [world.an_order()])
    table = TABLES[type(world.an_order())]
    counted = select(func.count()).select_from(table)
    with hq_store.reading() as connection:
        before = connection.execute(counted).scalar_one()
        with work(hq_store) as doing:
            load(doing, [world.an_order(id=world.an_id("second"))])
        assert connection.execute(counted).scalar_one() == before == 1


def test_many_rows_are_loaded_and_stamped_in_one_transaction(hq_store):
    orders = [world.an_order(id=world.an_id(str(number)), number=str(number)) for number in range(4_500)]
    with work(hq_store) as doing:
        assert load(doing, orders) == 4_500
        assert load_registry(doing, [world.registered(serial=f"S{number}") for number in range(10)]) == 10
    assert doing.seqs == {f"place/{world.BRANCH}": 4_500, f"place/{world.STATION}": 4_500, "registry": 10}


def test_listeners_hear_of_commits_alone(hq_store):
    heard = []
    hq_store.listen(heard.append)

    def fail() -> None:
        with work(hq_store) as doing:
            load(doing, [world.an_order()])
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fail()
    with work(hq_store) as doing:
        load(doing, [world.an_order()])
    assert heard == [doing.seqs]


def test_the_embedded_database_is_durable(tmp_path):
    engine = make_engine(f"sqlite:///{tmp_path / 'hq.db'}")
    with engine.connect() as connection:
        found = [connection.exec_driver_sql(f"PRAGMA {name}").scalar() for name in ("journal_mode", "synchronous")]
    engine.dispose()
    assert found == ["wal", 2]


def test_a_database_in_memory_is_refused():
    with pytest.raises(ValueError, match="file"):
        make_engine("sqlite://")
