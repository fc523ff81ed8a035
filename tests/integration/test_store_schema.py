"""The migrations and the tables of the models say the same, whether run at once or step by step."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import Engine, create_engine, inspect

from app.offline_db.engine import open_engine, writing
from app.offline_db.migrate import FOLDER, config_of, revision_of, scripts_of, upgrade
from app.offline_db.profile import Profile
from app.offline_db.schema import KNOWLEDGE_TEXT, metadata
from tests.integration.station_kit import KEY, NOW


@pytest.fixture
def engine(tmp_path: Path) -> Iterator[Engine]:
    profile = Profile(tmp_path).create()
    engine = open_engine(profile, KEY)
    upgrade(engine, profile, NOW)
    yield engine
    engine.dispose()


def _is_ours(name: str | None, kind: str, _parents: object) -> bool:
    """The full-text table and what SQLite keeps behind it are no tables that the models could name."""
    return kind != "table" or not str(name).startswith(KNOWLEDGE_TEXT)


def differences(engine: Engine) -> list[object]:
    with engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True, "include_name": _is_ours})
        return list(compare_metadata(context, metadata))


def keys_and_nulls(engine: Engine) -> dict[str, object]:
    found = inspect(engine)
    return {
        name: (
            sorted(found.get_pk_constraint(name)["constrained_columns"]),
            sorted((column["name"], column["nullable"]) for column in found.get_columns(name)),
            sorted(tuple(one["column_names"]) for one in found.get_unique_constraints(name)),
            sorted((one["name"], tuple(one["column_names"]), one["unique"]) for one in found.get_indexes(name)),
        )
        for name in found.get_table_names()
        if name != "alembic_version"
    }


def test_migrated_schema_equals_the_models(engine: Engine) -> None:
    assert differences(engine) == []
    models = create_engine("sqlite://")
    metadata.create_all(models)
    assert keys_and_nulls(engine) == keys_and_nulls(models)


def test_step_by_step_leads_to_the_same(tmp_path: Path, engine: Engine) -> None:
    steps = open_engine(Profile(tmp_path / "steps").create(), KEY)
    revisions = [one.revision for one in reversed(list(scripts_of().walk_revisions()))]
    for revision in revisions:
        with writing(steps) as connection:
            command.upgrade(config_of(FOLDER, connection=connection), revision)
        assert revision_of(steps) == revision
    assert keys_and_nulls(steps) == keys_and_nulls(engine)
    steps.dispose()


def test_a_forgotten_column_is_noticed(engine: Engine) -> None:
    with writing(engine) as connection:
        connection.exec_driver_sql("ALTER TABLE note DROP COLUMN text")
    assert any("text" in str(one) for one in differences(engine))
