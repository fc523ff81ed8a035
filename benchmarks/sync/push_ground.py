"""What pushing is measured on: HQ as a process of its own, on its own PostgreSQL, and a device with work to send."""

import shutil
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

import requests

from app.offline_db.engine import open_engine
from app.offline_db.migrate import upgrade
from app.offline_db.profile import Profile
from app.offline_db.store import Store, utc_now
from app.offline_db.sync_store import SyncStore
from app.security.device_key import DeviceKey
from app.sync.client import HqClient
from app.sync.enrol import enrol
from app.sync.transport import HttpTransport
from app.sync.turn import Clocks, Syncer
from benchmarks.sync import day
from benchmarks.sync.postgres import postgres, postmaster_of
from hq.bootstrap import open_store
from hq.identity import establish, issue_enrol_code

_KEY = bytes(range(32))
_START_SECONDS = 60


class Server(NamedTuple):
    """HQ that answers at ``url``; its process and its database's."""

    url: str
    pid: int
    postmaster: int
    database: str
    code: str  # to enrol one device of the station with


class Sender:
    """A device with its client."""

    def __init__(self, folder: Path, server: Server) -> None:
        """Enrol, and take the first rows down."""
        self.profile = Profile(folder).create()
        self.engine = open_engine(self.profile, _KEY)
        upgrade(self.engine, self.profile, utc_now())
        self.key = DeviceKey(_KEY)
        self.store = Store(self.engine, self.key)
        self.transport = HttpTransport(server.url)
        reply = enrol(self.transport, self.key, server.code, device_name="bench")
        self.store.enrol(server.url, reply)
        self.sync_store = SyncStore(self.store)
        self.client = HqClient(self.transport, self.key, reply.device, reply.hq_id, steady=time.monotonic)
        self.syncer = Syncer(self.sync_store, self.client, Clocks(utc_now, time.monotonic))
        self.syncer.sync_once()

    def close(self) -> None:
        """Give the files back."""
        self.transport.close()
        self.engine.dispose()


@contextmanager
def serving(orders: int) -> Iterator[Server]:
    """HQ with so many orders offered to the station; everything is removed at the end."""
    folder = Path(tempfile.mkdtemp(prefix="fixpoint-bench-hq-"))
    try:
        with postgres() as address:
            code = _made(folder, address, orders)
            with _answering(folder, address) as (url, pid):
                yield Server(url, pid, postmaster_of(address), address, code)
    finally:
        shutil.rmtree(folder)


@contextmanager
def sender(server: Server) -> Iterator[Sender]:
    """An enrolled device in a folder of its own."""
    folder = Path(tempfile.mkdtemp(prefix="fixpoint-bench-station-"))
    device = Sender(folder, server)
    try:
        yield device
    finally:
        device.close()
        shutil.rmtree(folder)


def _made(folder: Path, address: str, orders: int) -> str:
    store = open_store(folder, address)
    try:
        establish(store, day.NOW)
        day.prepare(store, orders)
        with store.writing() as connection:
            return issue_enrol_code(connection, day.STATION, utc_now())
    finally:
        store.close()


@contextmanager
def _answering(folder: Path, address: str) -> Iterator[tuple[str, int]]:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = int(free.getsockname()[1])
    command = [sys.executable, "-m", "hq", "--data", str(folder), "--database", address, "serve", "--port", str(port)]
    with (folder / "serve.log").open("ab") as log:
        process = subprocess.Popen(command, stdout=log, stderr=log)
    url = f"http://127.0.0.1:{port}"
    try:
        _wait(url)
        yield url, process.pid
    finally:
        process.terminate()
        process.wait()


def _wait(url: str) -> None:
    until = time.monotonic() + _START_SECONDS
    while time.monotonic() < until:
        try:
            if requests.get(f"{url}/v1/health", timeout=2).ok:
                return
        except requests.RequestException:
            time.sleep(0.1)
    raise RuntimeError("HQ did not start")
