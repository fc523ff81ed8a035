"""Databases with the newest schema: migrated once in each process and copied, for to migrate takes half a second."""

import atexit
import shutil
from datetime import UTC, datetime
from functools import cache
from pathlib import Path

from sqlalchemy import Engine

from app.offline_db.engine import open_engine
from app.offline_db.migrate import upgrade
from app.offline_db.profile import Profile
from hq.store import Store
from tests.memory import memory_folder


@cache
def _folder() -> Path:
    folder = memory_folder("fixpoint-templates-")
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    return folder


@cache
def _station(key: bytes) -> Path:
    profile = Profile(_folder() / key.hex()).create()
    engine = open_engine(profile, key)
    upgrade(engine, profile, datetime.now(UTC))
    engine.dispose()
    return profile.database


@cache
def _hq() -> Path:
    path = _folder() / "hq.db"
    store = Store.open(f"sqlite:///{path}")
    store.upgrade()
    store.close()
    return path


def station_engine(profile: Profile, key: bytes) -> Engine:
    """The profile's database, a new one with the newest schema and nothing in it."""
    if not profile.database.exists():
        shutil.copyfile(_station(key), profile.database)
    engine = open_engine(profile, key)
    upgrade(engine, profile, datetime.now(UTC))
    return engine


def hq_file(path: Path) -> Path:
    """Have HQ's database at ``path``, a new one with the newest schema and nothing in it; returns the path."""
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(_hq(), path)
    return path


def hq_store(path: Path) -> Store:
    """That database, opened."""
    return Store.open(f"sqlite:///{hq_file(path)}")
