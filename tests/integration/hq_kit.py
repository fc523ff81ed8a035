"""A real HQ on a free loopback port and real devices of it, for the tests of sync."""

import socket
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

import uvicorn
from sqlalchemy import update

from app.offline_db.blobs import BlobStore
from app.offline_db.profile import Profile
from app.offline_db.registry_file import Registry
from app.offline_db.store import Store
from app.offline_db.sync_store import SyncStore
from app.security.device_key import DeviceKey
from app.sync.client import HqClient
from app.sync.enrol import enrol
from app.sync.transport import HttpTransport, Reply, Request, Transport
from app.sync.turn import Clocks, Syncer
from core.rows import Row
from core.warranty import RegisteredUnit
from hq.bootstrap import make_app, open_store
from hq.feed import load, load_registry, work
from hq.identity import issue_enrol_code
from hq.store.schema import scope_counter
from tests.integration import station_kit as kit
from tests.integration.templates import hq_file, station_engine


def now() -> datetime:
    """The clock of both ends."""
    return datetime.now(UTC).replace(microsecond=0)


class _Server(uvicorn.Server):
    """A server that says when it answers."""

    def __init__(self, config: uvicorn.Config) -> None:
        super().__init__(config)
        self.ready = threading.Event()

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        self.ready.set()


class Hq:
    """One HQ in this process; it can be switched off and on again at the same address."""

    def __init__(self, folder: Path, database: str | None = None) -> None:
        """Keep everything in ``folder``."""
        self.folder = folder
        hq_file(folder / "hq.db")
        self.store = open_store(folder, database)
        self._port = _free_port()
        self.url = f"http://127.0.0.1:{self._port}"
        self.on()

    def on(self) -> None:
        """Answer from now on."""
        app = make_app(self.store, self.folder)
        config = uvicorn.Config(app, host="127.0.0.1", port=self._port, log_level="error", loop="asyncio", ws="none")
        self._server = _Server(config)
        self._thread = threading.Thread(target=self._server.run, daemon=True)
        self._thread.start()
        assert self._server.ready.wait(20), "HQ did not start"

    def off(self) -> None:
        """Answer no more."""
        self._server.should_exit = True
        self._thread.join(10)

    def close(self) -> None:
        """End it."""
        self.off()
        self.store.close()

    def add(self, rows: Iterable[Row]) -> None:
        """Have HQ hold new rows."""
        with work(self.store) as doing:
            load(doing, rows)

    def put(self, row: Row, branch: str = kit.BRANCH) -> None:
        """Change a row at HQ."""
        with work(self.store) as doing:
            doing.rows(branch).put(row)

    def get(self, kind: type[Row], row_id: str, branch: str = kit.BRANCH) -> Row | None:
        """A row as HQ has it."""
        with work(self.store) as doing:
            return doing.view(branch).get(kind, row_id)

    def register(self, units: Iterable[RegisteredUnit]) -> None:
        """New and changed units of the registry."""
        with work(self.store) as doing:
            load_registry(doing, units)

    def forget_before(self, scope: str, seq: int) -> None:
        """Keep no tombstones of the scope before ``seq``, as after a long time."""
        values = {"seq": seq, "horizon": seq}
        with self.store.writing() as connection:
            connection.execute(update(scope_counter).where(scope_counter.c.scope == scope).values(values))

    def code(self, place: str = kit.STATION) -> str:
        """A code to enrol a device with."""
        with self.store.writing() as connection:
            return issue_enrol_code(connection, place, now())


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as probe:
        return int(probe.getsockname()[1])


class Wire:
    """A transport whose exchanges are counted and can be disturbed: ``meddle`` sees each before it is carried out."""

    def __init__(self, inner: Transport) -> None:
        """Carry everything through ``inner``."""
        self.inner = inner
        self.sent: list[Request] = []
        self.before: Callable[[Request], Reply | None] = lambda request: None
        self.after: Callable[[Request, Reply], Reply] = lambda request, reply: reply

    def send(self, request: Request, /) -> Reply:
        """One exchange, disturbed."""
        self.sent.append(request)
        instead = self.before(request)
        # whole answers, so that a test can meddle with them
        return instead if instead is not None else self.after(request, self.inner.send(request._replace(sink=None)))

    def paths(self) -> list[str]:
        """What was asked, without queries."""
        return [request.path.partition("?")[0] for request in self.sent]


class Device:
    """A device of a place with its own profile and key."""

    def __init__(self, folder: Path, hq: Hq, place: str = kit.STATION, seed: int = 1) -> None:
        """Enrol with ``hq``."""
        self.profile = Profile(folder).create()
        self.key = DeviceKey(bytes([seed]) * 32)
        self.store = Store(station_engine(self.profile, kit.KEY), self.key)
        self.sync_store = SyncStore(self.store)
        self.registry = Registry(self.profile.registry)
        self.blobs = BlobStore(self.profile.blobs, kit.KEY)
        self.wire = Wire(HttpTransport(hq.url))
        if self.store.device() is None:
            self.store.enrol(hq.url, enrol(self.wire, self.key, hq.code(place), device_name="test"))
        self.client = self._client()
        self.syncer = self._syncer()

    def _client(self) -> HqClient:
        state = self.sync_store.identity()
        return HqClient(self.wire, self.key, state.id, state.hq_id, steady=time.monotonic)

    def _syncer(self) -> Syncer:
        clocks = Clocks(now, time.monotonic)
        return Syncer(self.sync_store, self.client, clocks, registry=self.registry, blobs=self.blobs)

    def act(self, action: str, person: str = kit.WANG, **args: object) -> str:
        """Do something on the sample order; returns the operation's id."""
        return self.store.record(action, {"order_id": kit.ORDER} | args, person).operation.id

    def row(self, kind: type[Row], row_id: str) -> Row | None:
        """A row as this device has it."""
        with self.store.reading() as rows:
            return rows.get(kind, row_id)

    def close(self) -> None:
        """Give the files back."""
        self.registry.close()
        self.wire.inner.close()  # type: ignore[attr-defined]
        self.store.engine.dispose()


def sample(hq: Hq) -> None:
    """Places, people, a catalogue and one order offered to the station."""
    hq.add([*kit.reference(), *kit.people(), kit.order(), kit.unit()])


@contextmanager
def with_sample(folder: Path) -> Iterator[Hq]:
    """An HQ that holds the sample."""
    hq = Hq(folder)
    try:
        sample(hq)
        yield hq
    finally:
        hq.close()
