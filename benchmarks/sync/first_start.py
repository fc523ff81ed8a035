"""A new station's first start: what it takes beyond the line, what a cut costs, and when people can work.

    python -m benchmarks.sync.first_start [--units N]

A real HQ in a process of its own, a real station, and between them a line of 10 Mbit/s that can be cut.
"""

import argparse
import os
import socket
import sys
import tempfile
import threading
import time
from contextlib import suppress
from pathlib import Path

import requests

from app.bootstrap import Station, open_station
from app.offline_db.profile import Profile
from app.sync.snapshot import fetch_snapshot
from benchmarks.ground import STATION, point_to, serving
from benchmarks.sync.registry import unpack_limit
from benchmarks.sync.registry_ground import TODAY, fill
from benchmarks.table import Line, as_markdown
from benchmarks.ways import WAYS
from core.contract.messages import SnapshotManifest
from core.refusals import Refusal
from core.rows.orders import WorkOrder
from core.warranty.facts import RegistryState
from hq.bootstrap import open_store
from hq.feed import Snapshots
from rowstore.registry_format import problem_of
from tools.tour.headquarters import Headquarters

MBIT = 10
_SAMPLE = ("--stations", "3", "--units", "4000", "--orders", "400")
_TIMES = 3


class Line10:
    """A proxy on loopback that lets so many Mbit a second down, counts them, and can be cut."""

    def __init__(self, port: int, mbit: float) -> None:
        """Carry to HQ's ``port``."""
        self._to, self._rate = port, mbit * 1e6 / 8
        self._listening = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self._listening.getsockname()[1]}"
        self._open: list[socket.socket] = []
        self._lock = threading.Lock()
        self._free_at = 0.0
        self.down = 0
        threading.Thread(target=self._accept, daemon=True).start()

    def cut(self) -> None:
        """Break every connection."""
        with self._lock:
            for one in self._open:
                with suppress(OSError):
                    one.shutdown(socket.SHUT_RDWR)
            self._open.clear()

    def close(self) -> None:
        """End it."""
        self._listening.close()
        self.cut()

    def _accept(self) -> None:
        with suppress(OSError):
            while True:
                here, _ = self._listening.accept()
                here.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 64 * 1024)
                there = socket.create_connection(("127.0.0.1", self._to))
                with self._lock:
                    self._open += [here, there]
                threading.Thread(target=self._carry, args=(here, there, False), daemon=True).start()
                threading.Thread(target=self._carry, args=(there, here, True), daemon=True).start()

    def _carry(self, source: socket.socket, target: socket.socket, down: bool) -> None:
        with suppress(OSError):
            while data := source.recv(16 * 1024):
                if down:
                    self._wait_for(len(data))
                target.sendall(data)
        for one in (source, target):
            with suppress(OSError):
                one.shutdown(socket.SHUT_RDWR)

    def _wait_for(self, size: int) -> None:
        """All connections share the line."""
        with self._lock:
            self.down += size
            begin = max(time.monotonic(), self._free_at)
            self._free_at = begin + size / self._rate
        time.sleep(max(0.0, self._free_at - time.monotonic()))


def measure(units: int = 1_000_000) -> list[Line]:
    """All lines for a registry of ``units``."""
    with tempfile.TemporaryDirectory(prefix="fixpoint-bench-") as name:
        folder = Path(name)
        headquarters = Headquarters(folder / "hq")
        (folder / "hq").mkdir()
        headquarters.command("init", "--sample", *_SAMPLE)
        manifest = _make(folder / "hq", units)
        with serving(headquarters):
            code = headquarters.command("enrol-code", STATION)["code"]
            station = open_station(Profile(folder / "station"), WAYS)
            try:
                station.enrol(headquarters.url, code)
                lines = _beyond_the_line(station, headquarters, manifest, folder)
                lines += _after_a_cut(station, headquarters, manifest)
            finally:
                station.close()
            lines += _usable(headquarters, folder)
    return lines


def _make(hq: Path, units: int) -> SnapshotManifest:
    store = open_store(hq, None)
    try:
        fill(store, units, lambda done: print(f"\rregistry {done:,} of {units:,}", end="", flush=True), first=False)
        made = Snapshots(store, hq / "snapshots").build(TODAY)
        assert made is not None
        print(f"\rregistry of {made.rows:,} serial numbers, {made.packed_bytes / 1e6:.1f} MB packed", flush=True)
        return made
    finally:
        store.close()


def _beyond_the_line(
    station: Station, headquarters: Headquarters, manifest: SnapshotManifest, folder: Path
) -> list[Line]:
    """Medians of a few runs each, in turns."""
    limits, wires, ours = [], [], []
    packed = folder / "hq" / "snapshots" / f"{manifest.generation}.zst"
    client = station.client()
    for _ in range(_TIMES):
        limits.append(unpack_limit(packed, folder / "plain.db"))
        wires.append(_line_alone(station, headquarters, manifest, folder / "bare"))
        began = time.perf_counter()
        fetch_snapshot(station.registry, client, manifest.incarnation, lambda done, total: None)
        ours.append(time.perf_counter() - began)
        assert problem_of(station.profile.registry) == ""
        station.registry.close()
        station.profile.registry.unlink()
    limit, wire, own = (sorted(some)[_TIMES // 2] for some in (limits, wires, ours))
    ratio, parts = (own - wire) / limit, f"{own * 1000:.0f}, {wire * 1000:.0f}, {limit * 1000:.0f} ms"
    return [
        Line("first start: beyond the line ÷ (unpack + fsync + quick_check)", f"{ratio:.2f}", "≤ 1.5",
             met=ratio <= 1.5),
        Line("first start: all, the line alone, the limit", parts),
    ]  # fmt: skip


def _line_alone(station: Station, headquarters: Headquarters, manifest: SnapshotManifest, path: Path) -> float:
    """One bare GET of the packed file to the disk, over the same loopback."""
    token = station.client()._bearer()
    began = time.perf_counter()
    url = f"{headquarters.url}/v1/snapshot/registry/{manifest.generation}"
    with requests.Session() as session, path.open("wb") as file:
        session.trust_env = False
        with session.get(url, headers={"Authorization": f"Bearer {token}"}, stream=True, timeout=60) as reply:
            for piece in reply.iter_content(64 * 1024):
                file.write(piece)
    assert path.stat().st_size == manifest.packed_bytes
    return time.perf_counter() - began


def _after_a_cut(station: Station, headquarters: Headquarters, manifest: SnapshotManifest) -> list[Line]:
    """Cut five times over a faster line; every byte beyond the file's own counts, protocol and all."""
    line, cuts = Line10(headquarters.port, 200), 5
    point_to(station, line.url)
    try:
        wanted = [manifest.packed_bytes * (turn + 1) // (cuts + 1) for turn in range(cuts)]

        def cut_there(done: int, total: int) -> None:
            if wanted and done >= wanted[0]:
                wanted.pop(0)
                line.cut()

        for _ in range(cuts + 1):
            with suppress(Refusal):
                fetch_snapshot(station.registry, station.client(), manifest.incarnation, cut_there)
                break
        assert not wanted
        again = (line.down - manifest.packed_bytes) / cuts / 1000
    finally:
        line.close()
        point_to(station, headquarters.url)
    return [Line("first start: sent again after a cut (mean of 5)", f"{again:.0f} kB", "≤ 256 kB", met=again <= 256)]


def _usable(headquarters: Headquarters, folder: Path) -> list[Line]:
    """From the code to the own orders over 10 Mbit/s, and pushes while the registry comes."""
    line = Line10(headquarters.port, MBIT)
    code = headquarters.command("enrol-code", STATION)["code"]
    station = open_station(Profile(folder / "new"), WAYS)
    try:
        began = time.perf_counter()
        station.enrol(line.url, code)
        station.syncer(with_registry=False).sync_once()
        usable = time.perf_counter() - began
        with station.store.reading() as rows:
            orders = len(rows.find(WorkOrder))
        assert orders
        loop = station.sync_loop(lambda status: None)
        loop.turn()
        slowest = 0.0
        until = time.monotonic() + 5
        state = RegistryState.PARTIAL
        while time.monotonic() < until and state is RegistryState.PARTIAL:
            turn = time.perf_counter()
            loop.turn()
            slowest = max(slowest, time.perf_counter() - turn)
            state = station.registry.look_up("UNKNOWN", TODAY).state
        loop.stop()
    finally:
        line.close()
        station.close()
    return [
        Line(
            f"first start: own orders there at {MBIT} Mbit/s",
            f"{usable:.1f} s ({orders} orders)",
            "≤ 5 s",
            met=usable <= 5,
        ),
        Line("first start: a sync while the registry comes, at most", f"{slowest * 1000:.0f} ms"),
    ]


def main() -> int:
    """Run; 1 when a goal was missed."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.sync.first_start", description=__doc__.split("\n")[0])
    parser.add_argument("--units", type=int, default=1_000_000)
    load = os.getloadavg()[0]
    lines = measure(parser.parse_args().units)
    print(f"\nload {load:.1f} before and {os.getloadavg()[0]:.1f} after\n\n{as_markdown(lines)}")
    return int(any(line.met is False for line in lines))


if __name__ == "__main__":
    sys.exit(main())
