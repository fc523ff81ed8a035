"""A station that works and syncs until it is killed: ``python -m tests.integration.sync_victim PROFILE URL``."""

import sys
import time
from datetime import UTC, datetime
from pathlib import Path

from app.offline_db.engine import open_engine
from app.offline_db.profile import Profile
from app.offline_db.store import Store
from app.offline_db.sync_store import SyncStore
from app.security.device_key import DeviceKey
from app.sync.client import HqClient
from app.sync.loop import Clocks, Syncer
from app.sync.transport import HttpTransport
from tests.integration import station_kit as kit


def main(profile: str, url: str) -> None:
    """Record notes and sync after each third one; each finished note is told on the standard output."""
    key = DeviceKey(bytes([1]) * 32)
    store = Store(open_engine(Profile(Path(profile)), kit.KEY), key)
    sync_store = SyncStore(store)
    state = sync_store.identity()
    client = HqClient(HttpTransport(url), key, state.id, state.hq_id, steady=time.monotonic)
    syncer = Syncer(sync_store, client, Clocks(lambda: datetime.now(UTC), time.monotonic))
    for number in range(10_000):
        made = store.record("add_note", {"order_id": kit.ORDER, "text": str(number)}, kit.WANG)
        sys.stdout.write(made.operation.id + "\n")
        sys.stdout.flush()
        if number % 3 == 2:
            syncer.sync_once()


if __name__ == "__main__":
    main(*sys.argv[1:])
