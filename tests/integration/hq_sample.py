"""An HQ filled with a small sample, for the tests of its desks."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime
from functools import cache
from pathlib import Path
from typing import Any

from fastapi.testclient import TestClient

from core.rows import Row
from hq.api.app import create_app
from hq.api.settings import Settings
from hq.feed import load, load_registry, work
from hq.identity import establish, issue_api_key
from hq.sample import Sample, sample
from hq.store import Store
from rowstore.rows import SqlRows

DAY = date(2026, 6, 17)
NOW = datetime(2026, 6, 17, 3, tzinfo=UTC)


@cache
def small() -> Sample:
    """The sample, made once."""
    return sample(DAY, stations=3, units=900, orders=90)


class Desk:
    """HQ with the sample in it, reached over HTTP as another system and directly."""

    def __init__(self, store: Store, client: TestClient, folder: Path) -> None:
        self.store, self.client, self.folder = store, client, folder
        with store.writing() as connection:
            self.key = issue_api_key(connection, "call centre", ["intake", "callback", "settle"], NOW)
        self.story = small().story

    def post(self, path: str, body: Any = None, **headers: str) -> Any:
        return self.client.post(path, json=body, headers={"Authorization": f"Bearer {self.key}"} | headers)

    def report(self, **changes: Any) -> dict[str, Any]:
        """A report of the demonstration's unit."""
        story = self.story
        body = {
            "external_id": "CC-1",
            "customer": {"name": story.customer_name, "phone": "10013800138", "address": story.customer_address},
            "fault": story.fault,
            "model": story.model,
            "serial": story.serial,
        }
        return body | changes

    def find(self, kind: type[Row], /, **equal: object) -> list[Any]:
        """Rows of all branches as HQ holds them."""
        with self.store.reading() as connection:
            return list(SqlRows(connection, self.store.tables).find(kind, **equal))


def fill(store: Store) -> None:
    """Put the sample into an empty database."""
    with work(store) as doing:
        load(doing, small().rows)
        load_registry(doing, small().units)
    establish(store, NOW)


@contextmanager
def desk(store: Store, folder: Path) -> Iterator[Desk]:
    """The server of a filled ``store``."""
    with TestClient(create_app(store, Settings(data_dir=folder))) as client:
        yield Desk(store, client, folder)
