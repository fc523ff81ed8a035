"""HQ as the tests reach it: a seeded application and enrolled devices."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from fastapi.testclient import TestClient

from hq.api.app import create_app
from hq.api.settings import Settings
from hq.store import Store
from tests.integration.device import TestDevice, enrol_code, seed
from tests.unit import world


class Headquarters:
    """A seeded HQ; ``client`` reaches it over HTTP."""

    def __init__(self, store: Store, client: TestClient, data_dir: Path) -> None:
        self.store = store
        self.client = client
        self.data_dir = data_dir

    def device(self, place: str = world.STATION) -> TestDevice:
        """A new device of the place, enrolled and logged in."""
        device = TestDevice(self.client)
        assert device.enrol(enrol_code(self.store, place, datetime.now(UTC))).status_code == 200
        assert device.log_in().status_code == 200
        return device

    def rows(self, kind: type[Any], branch: str = world.BRANCH, **equal: object) -> list[Any]:
        """Rows as HQ holds them."""
        from rowstore.rows import SqlRows

        with self.store.reading() as connection:
            return list(SqlRows(connection, self.store.tables, branch_id=branch).find(kind, **equal))


@contextmanager
def headquarters(store: Store, data_dir: Path, *extra: Any, **settings: Any) -> Iterator[Headquarters]:
    """HQ on ``store`` with the small world in it."""
    seed(store, *extra)
    app = create_app(store, Settings(data_dir=data_dir, **settings))
    with TestClient(app) as client:
        yield Headquarters(store, client, data_dir)
