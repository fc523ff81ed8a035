"""Runs the migrations from within the program: no command line and no configuration file."""

import threading
from pathlib import Path

from alembic import command
from alembic.config import Config
from sqlalchemy import Engine

_HERE = Path(__file__).parent / "migrations"
_ONE_AT_A_TIME = threading.Lock()  # Alembic hands its context to the scripts through a module of the process


def configuration() -> Config:
    """Alembic's configuration of HQ's migrations."""
    config = Config()
    config.set_main_option("script_location", str(_HERE).replace("%", "%%"))
    return config


def upgrade(engine: Engine, revision: str = "head") -> None:
    """Bring the database of ``engine`` to ``revision``, in one transaction."""
    config = configuration()
    with _ONE_AT_A_TIME, engine.begin() as connection:
        if connection.dialect.name == "postgresql":
            # two servers may start at once
            connection.exec_driver_sql("SELECT pg_advisory_xact_lock(hashtextextended('fixpoint migrations', 0))")
        config.attributes["connection"] = connection
        command.upgrade(config, revision)
