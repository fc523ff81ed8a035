"""HQ and the devices of a run: the real programs' parts on their files, which can die and be opened again."""

import asyncio
import shutil
import sqlite3
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, Generic, NamedTuple, TypeVar

import sqlcipher3.dbapi2
from fastapi import FastAPI

from app.actions.desk import Desk
from app.offline_db.blobs import BlobRef, BlobStore
from app.offline_db.engine import open_engine
from app.offline_db.migrate import upgrade
from app.offline_db.profile import Profile
from app.offline_db.registry_file import Registry
from app.offline_db.store import Store
from app.offline_db.sync_store import SyncStore
from app.security.device_key import DeviceKey
from app.sync.client import Gone, HqClient
from app.sync.enrol import enrol
from app.sync.transport import Reply, Request, Transport
from app.sync.turn import Clocks, Syncer
from core.refusals import Refusal
from core.warranty import RegisteredUnit, RegistryState
from hq.api import app as api
from hq.bootstrap import make_app, open_store
from hq.feed import load, load_registry, work
from hq.identity import issue_enrol_code, new_incarnation
from hq.store import Store as HqStore
from tests.simulation.clockwork import Time, determined
from tests.simulation.disks import Disk
from tests.simulation.world import SPOTS, Spot, beginning
from tests.unit import world as w

T = TypeVar("T")
KEY = bytes(range(32))
URL = "http://hq"
#: HQ's application of this process; a new run gives it other parts, because making it anew costs more than a run.
_APP: dict[str, Any] = {}


class Cut(NamedTuple):
    """How a request's body arrives: the first ``bytes`` of it, then the end or (``torn``) a broken line."""

    bytes: int
    torn: bool


class Hq:
    """HQ in this thread; ``handle`` answers one request as its ASGI server would."""

    NAME = "hq"

    def __init__(self, folder: Path, time: Time, loop: asyncio.AbstractEventLoop) -> None:
        """Open what is in ``folder``."""
        self.folder = folder
        self.database = folder / "hq.db"
        self._time = time
        self._loop = loop
        self.disk = Disk(self.NAME, self.database, sqlite3)
        self.defects: list[str] = []
        self.open()

    def open(self) -> None:
        """Start the program."""
        self.store = HqStore.open(f"sqlite:///{self.database}")
        self.disk.attach(self.store.engine)
        self.app = _application(self.store, self.folder, self._time.now)

    def close(self) -> None:
        """End the program in order, or after it died (then what was committed is there)."""
        self.store.close()
        self.disk.calm()

    def image(self, target: Path) -> None:
        """A copy of the database as it is committed."""
        source, copy = sqlite3.connect(self.database), sqlite3.connect(target)
        source.backup(copy)
        source.close()
        copy.close()

    def restore(self, image: Path) -> None:
        """Put an earlier copy in the database's place, as HQ's restore does; the feed has a new incarnation."""
        self.close()
        for suffix in ("", "-wal", "-shm"):
            self.database.with_name(self.database.name + suffix).unlink(missing_ok=True)
        shutil.copyfile(image, self.database)
        self.disk.synced()
        self.open()
        new_incarnation(self.store, self._time.now())

    def handle(self, request: Request, cut: Cut | None = None) -> Reply:
        """The answer; ``Died`` when HQ dies over it."""
        exchange = _Exchange(request, cut)
        try:
            self._loop.run_until_complete(self.app(exchange.scope(), exchange.receive, exchange.send))
        except Exception as error:  # noqa: BLE001 - the application has answered 500 and tells its server why
            if cut is None or not cut.torn:
                self.defects.append(f"{request.method} {request.path}: {error!r}")
        return exchange.reply()


def _application(store: HqStore, folder: Path, clock: Callable[[], datetime]) -> FastAPI:
    if not _APP:
        _APP["app"] = make_app(store, folder, clock=clock)
    app: FastAPI = _APP["app"]
    settings = replace(app.state.doors.settings, data_dir=folder, clock=clock, requests_per_second=10**9)
    app.state.doors = api._doors(store, settings)
    return app


class _Exchange:
    """One request and its answer in the words of ASGI."""

    def __init__(self, request: Request, cut: Cut | None) -> None:
        self._request, self._cut = request, cut
        body = request.body if cut is None else request.body[: cut.bytes]
        self._events: list[dict[str, Any]] = [{"type": "http.request", "body": body, "more_body": False}]
        if cut is not None and cut.torn:
            self._events[0]["more_body"] = True
        self._status, self._headers, self._pieces = 0, {}, []  # type: ignore[var-annotated]

    def scope(self) -> dict[str, Any]:
        path, _, query = self._request.path.partition("?")
        return {
            "type": "http",
            "asgi": {"version": "3.0"},
            "http_version": "1.1",
            "method": self._request.method,
            "scheme": "http",
            "path": path,
            "raw_path": path.encode(),
            "query_string": query.encode(),
            "root_path": "",
            "headers": [(name.lower().encode(), value.encode()) for name, value in self._request.headers.items()],
            "client": ("127.0.0.1", 1),
            "server": ("hq", 80),
        }

    async def receive(self) -> dict[str, Any]:
        return self._events.pop(0) if self._events else {"type": "http.disconnect"}

    async def send(self, message: Any) -> None:
        if message["type"] == "http.response.start":
            self._status = message["status"]
            self._headers = {name.decode(): value.decode() for name, value in message["headers"]}
        else:
            self._pieces.append(message.get("body", b""))

    def reply(self) -> Reply:
        return Reply(self._status, self._headers, b"".join(self._pieces))


class _LookUps:
    """The registry as the rules ask it, on the device's own day."""

    def __init__(self, registry: Registry, now: Callable[[], datetime]) -> None:
        self._registry, self._now = registry, now

    def look_up(self, serial: str, /) -> tuple[RegistryState, RegisteredUnit | None]:
        found = self._registry.look_up(serial, self._now().date())
        return found.state, found.units[0] if found.units else None


class _Blobs(BlobStore):
    """The device's photos; a full or read-only disk takes none."""

    def __init__(self, folder: Path, disk: Disk) -> None:
        super().__init__(folder, KEY)
        self._disk = disk

    def put(self, content: Any, expected: BlobRef | None = None) -> BlobRef:
        if self._disk.trouble:
            raise Refusal("disk_full" if self._disk.trouble == "full" else "profile_unwritable", folder="")
        return super().put(content, expected)


class Device:
    """One device: its profile, the clock on its wall, and the program that runs on it."""

    def __init__(self, name: str, spot: Spot, folder: Path, time: Time, wire: Transport) -> None:
        """Open the profile in ``folder``."""
        self.name, self.spot = name, spot
        self.profile = Profile(folder).create()
        self.key = DeviceKey((spot.name.encode() * 32)[:32])
        self.time, self.wire = time, wire
        self.clock_offset = timedelta(0)
        self.disk = Disk(name, self.profile.database, sqlcipher3.dbapi2)
        self.open()

    def now(self) -> datetime:
        """What its clock shows."""
        return self.time.now() + self.clock_offset

    def open(self) -> None:
        """Start the program."""
        self.engine = open_engine(self.profile, KEY)
        self.disk.attach(self.engine)
        self.registry = Registry(self.profile.registry)
        self.store = Store(self.engine, self.key, _LookUps(self.registry, self.now), clock=self.now)
        self.sync_store = SyncStore(self.store)
        self.blobs = _Blobs(self.profile.blobs, self.disk)
        state = self.store.device()
        if state is not None:
            self.client = HqClient(self.wire, self.key, state.id, state.hq_id, steady=self.time.steady, ahead=Ahead)  # type: ignore[arg-type]
            clocks = Clocks(self.now, self.time.steady)
            self.syncer = Syncer(self.sync_store, self.client, clocks, registry=self.registry, blobs=self.blobs)

    def close(self) -> None:
        """End the program in order, or after it died."""
        self.registry.close()
        self.engine.dispose()
        self.disk.calm()

    def desk(self, person: str) -> Desk:
        """The person at work here."""
        return Desk(self.store, self.blobs, person, self.spot.place, self.now)  # type: ignore[arg-type]


class Ahead(Generic[T]):
    """The next page is asked for before the last one is written, as the program does it, but on this thread."""

    def __init__(self, job: Callable[[], T]) -> None:
        """``job`` asks."""
        self._error: Exception | None = None
        try:
            self._answer = job()
        except (Refusal, Gone) as error:
            self._error = error

    def result(self) -> T:
        """The answer, or what the asking raised."""
        if self._error is not None:
            raise self._error
        return self._answer

    def drop(self) -> None:
        """It has come already."""


class Direct:
    """A wire on which nothing happens."""

    def __init__(self, hq: Hq) -> None:
        """Talk to ``hq``."""
        self._hq = hq

    def send(self, request: Request, /) -> Reply:
        """One exchange."""
        return self._hq.handle(request)


def make_template(folder: Path) -> None:
    """HQ with the first rows and every device enrolled and in step with it."""
    loop = asyncio.new_event_loop()
    time = Time()
    with determined(time, 0):
        open_store(folder / Hq.NAME).close()
        hq = Hq(folder / Hq.NAME, time, loop)
        with work(hq.store) as doing:
            load(doing, beginning().everything())
            load_registry(doing, [w.registered()])
        for spot in SPOTS:
            _enrol(folder / spot.name, spot, hq, time)
        hq.close()
    loop.close()


def _enrol(folder: Path, spot: Spot, hq: Hq, time: Time) -> None:
    engine = open_engine(Profile(folder).create(), KEY)
    upgrade(engine, Profile(folder), time.now())
    engine.dispose()
    device = Device(spot.name, spot, folder, time, Direct(hq))
    with hq.store.writing() as connection:
        code = issue_enrol_code(connection, spot.place, time.now())
    device.store.enrol(URL, enrol(device.wire, device.key, code, device_name=spot.name))
    device.close()
    device.open()
    device.syncer.sync_once()
    device.close()
