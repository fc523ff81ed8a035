"""What every command gets: the data folder, the database, the language and the time."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, NamedTuple

import platformdirs
from sqlalchemy import inspect
from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError, OperationalError

import resources
from core.refusals import Refusal
from hq.store import Store
from hq.store.schema import feed_meta

FILE = "hq.db"


class Answer(NamedTuple):
    """What a command says: ``facts`` for ``--json``, ``text`` for people, and its exit code."""

    facts: dict[str, Any]
    text: str
    code: int = 0


@dataclass(frozen=True)
class Context:
    """The global options of one call."""

    data: Path
    database: str
    language: str

    @property
    def shown(self) -> str:
        """The database as it may be shown: without its password."""
        return make_url(self.database).render_as_string(hide_password=True)

    def gettext(self, text: str) -> str:
        """The text in the person's language."""
        return resources.catalogue(self.language).gettext(text)

    def now(self) -> datetime:
        """The time: aware UTC in whole seconds."""
        return datetime.now(UTC).replace(microsecond=0)

    @contextmanager
    def any_store(self) -> Iterator[Store]:
        """The database, which may be empty; raises Refusal ``hq_database_unreachable``."""
        self.data.mkdir(parents=True, exist_ok=True)
        store = Store.open(self.database)
        try:
            with store.reading():
                pass
            yield store
        except OperationalError as error:
            problem = str(error.orig).strip().splitlines()[0] if error.orig else type(error).__name__
            raise Refusal("hq_database_unreachable", database=self.shown, problem=problem) from error
        finally:
            store.close()

    @contextmanager
    def store(self) -> Iterator[Store]:
        """The database of an HQ that exists, brought to this program's schema; Refusal ``hq_not_initialised``."""
        if self._is_missing_file():
            raise Refusal("hq_not_initialised", database=self.shown)
        with self.any_store() as store:
            if not is_initialised(store):
                raise Refusal("hq_not_initialised", database=self.shown)
            store.upgrade()
            yield store

    def _is_missing_file(self) -> bool:
        url = make_url(self.database)
        return url.get_backend_name() == "sqlite" and not Path(url.database or "").exists()


def is_initialised(store: Store) -> bool:
    """Whether the database holds a headquarters."""
    with store.reading() as connection:
        if not inspect(connection).has_table(feed_meta.name):
            return False
        return connection.execute(feed_meta.select()).first() is not None


def context(data: Path | None, database: str | None, language: str | None) -> Context:
    """The context from the global options and the environment; ``ValueError`` for a database that can't be one."""
    folder = data or Path(os.environ.get("FIXPOINT_HQ_DATA") or platformdirs.user_data_path("fixpoint-hq"))
    address = database or f"sqlite:///{(folder / FILE).absolute()}"
    if address.startswith(("postgresql://", "postgres://")):
        address = "postgresql+psycopg://" + address.partition("://")[2]
    try:
        make_url(address)
    except ArgumentError as error:
        raise ValueError(str(error)) from error
    chosen = language or os.environ.get("LC_ALL") or os.environ.get("LC_MESSAGES") or os.environ.get("LANG") or "en"
    return Context(folder, address, resources.normal_language(chosen))
