"""The registry at one or ten million units: bytes, building at HQ, deltas, look-ups, and what a first start must cost.

    python -m benchmarks.sync.registry [--units N] [--database sqlite postgresql] [--keep FOLDER]

Everything is measured in one run and removed at its end; ten million units need 5 GB of disk and many minutes. What is
kept in FOLDER is HQ's filled SQLite database: the next run begins with it.
"""

import argparse
import json
import os
import random
import resource
import shutil
import sqlite3
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, NamedTuple

import zstandard

from app.offline_db.registry_file import Registry
from benchmarks.sync.postgres import postgres
from benchmarks.sync.registry_ground import TODAY, fill, unit
from benchmarks.table import Line, as_markdown
from core.contract import codec
from core.contract.messages import SnapshotManifest
from core.warranty import RegisteredUnit
from hq.feed import Snapshots, load_registry, page, work
from hq.feed.snapshot_files import registry_seq
from hq.identity import establish
from hq.store import Store
from rowstore.registry_format import RegistryReader

DATABASES = ("sqlite", "postgresql")
_DELTA_ROWS = 2_500
_COLD, _WARM = 30, 20_000
_ME = "benchmarks.sync.registry"


class Built(NamedTuple):
    """What a building took: seconds and the process's largest memory (MB)."""

    seconds: float
    memory: float


def measure(units: int = 1_000_000, databases: Sequence[str] = DATABASES, keep: Path | None = None) -> list[Line]:
    """All lines for ``units`` units; below ``keep`` HQ's filled SQLite database stays for the next run."""
    lines: list[Line] = []
    with tempfile.TemporaryDirectory(prefix="fixpoint-bench-") as name:
        folder = Path(name)
        for database in databases:
            with _database(database, folder, keep and keep / f"registry-{units}") as address:
                lines += _at_hq(address, database, units, folder)
        lines += _at_a_station(folder, units)
    return lines


def _at_hq(address: str, database: str, units: int, folder: Path) -> list[Line]:
    store = Store.open(address)
    try:
        store.upgrade()
        establish(store, datetime.now(UTC))
        with store.reading() as connection:
            filled = registry_seq(connection) >= units
        began = time.perf_counter()
        if not filled:
            fill(store, units, lambda done: _progress(f"{database}: units", done, units))
        print(f"\r{database}: {units:,} units in {time.perf_counter() - began:.0f} s", flush=True)
        built = _build(address, folder)
        limit = 60 * max(units, 10_000_000) / 10_000_000
        lines = [
            Line(f"registry, {units:,} units, built from {database}", f"{built.seconds:.1f} s", f"≤ {limit:.0f} s",
                 met=built.seconds <= limit),
            Line("registry: memory of that process at most", f"{built.memory:.0f} MB"),
        ]  # fmt: skip
        return lines + _delta(store, database, units)
    finally:
        store.close()


def _build(address: str, folder: Path) -> Built:
    """In a process of its own, whose memory is the building's alone."""
    command = [sys.executable, "-m", _ME, "--build", address, str(folder / "snapshots")]
    done = subprocess.run(command, check=True, capture_output=True, text=True)
    return Built(**json.loads(done.stdout))


def _delta(store: Store, database: str, units: int) -> list[Line]:
    """What changed units weigh on the wire: half were sold since, half were exchanged for the one before."""
    numbers = random.Random(1).sample(range(1, units), _DELTA_ROWS)
    with work(store) as doing:
        load_registry(doing, map(_changed, numbers))
    with store.reading() as connection:
        began = time.perf_counter()
        found = page(connection, "registry", units, _DELTA_ROWS)
        took = time.perf_counter() - began
    assert found is not None
    assert found.rows == _DELTA_ROWS
    size = len(codec.pack(found.lines)) / found.rows
    name = f"registry: a row of a delta on the wire ({database}, {took * 1000:.0f} ms a page)"
    return [Line(name, f"{size:.1f} B", "≤ 55 B", met=size <= 55)]


def _changed(number: int) -> RegisteredUnit:
    import msgspec

    return msgspec.structs.replace(unit(number), registered=TODAY)


def _at_a_station(folder: Path, units: int) -> list[Line]:
    manifest = _newest(folder)
    packed = folder / "snapshots" / f"{manifest.generation}.zst"
    plain = folder / "registry.db"
    limit = unpack_limit(packed, plain)
    file, wire = plain.stat().st_size / units, packed.stat().st_size / units
    lines = [
        Line("registry: file, a unit", f"{file:.2f} B", "≤ 26 B", met=file <= 26),
        Line("registry: on the wire, a unit (zstd-3)", f"{wire:.2f} B", "≤ 17 B", met=wire <= 17),
        Line("registry: a device's own limit: unpack + fsync + quick_check", f"{limit * 1000:.0f} ms"),
    ]
    asked = subprocess.run(
        [sys.executable, "-m", _ME, "--look-up", str(plain), str(units)], check=True, capture_output=True, text=True
    )
    times = json.loads(asked.stdout)
    for how, name in (("cold", "cold, opening included"), ("cold_raw", "cold, file open")):
        lines.append(
            Line(f"registry look-up, {name}: median", f"{times[how]:.0f} µs", "≤ 1 ms", met=times[how] <= 1000)
        )
    for how, name in (("warm", "warm"), ("warm_raw", "warm, without the window's wrapping")):
        lines.append(Line(f"registry look-up, {name}: median", f"{times[how]:.1f} µs", "≤ 20 µs", met=times[how] <= 20))
    return lines


def unpack_limit(packed: Path, plain: Path) -> float:
    """Seconds that no first start can do without: unfold, have the disk confirm, check the structure."""
    began = time.perf_counter()
    with packed.open("rb") as source, plain.open("wb", buffering=0) as target:
        zstandard.ZstdDecompressor().copy_stream(source, target)
        os.fsync(target.fileno())
    with closing(sqlite3.connect(plain)) as file:
        assert file.execute("PRAGMA quick_check(1)").fetchone() == ("ok",)
    return time.perf_counter() - began


def _newest(folder: Path) -> SnapshotManifest:
    described = max((folder / "snapshots").glob("*.json"))
    return codec.decode(described.read_bytes(), SnapshotManifest)


@contextmanager
def _database(kind: str, folder: Path, keep: Path | None) -> Iterator[str]:
    """A database; but for a kept one it is empty, and what it takes of the disk is given back before the next."""
    if kind == "postgresql":
        with postgres() as address:
            yield address
        return
    if keep is not None:
        with _kept(keep) as address:
            yield address
        return
    try:
        yield f"sqlite:///{folder / 'hq.db'}"
    finally:
        for file in folder.glob("hq.db*"):
            file.unlink()


@contextmanager
def _kept(folder: Path) -> Iterator[str]:
    """The database of an earlier run that went through, else an empty one."""
    made = folder / "filled"
    if not made.exists():
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True)
    yield f"sqlite:///{(folder / 'hq.db').absolute()}"
    made.touch()


# --- in processes of their own ----------------------------------------------------------------------------------


def _build_here(address: str, folder: Path) -> dict[str, float]:
    store = Store.open(address)
    shutil.rmtree(folder, ignore_errors=True)
    snapshots = Snapshots(store, folder)
    began = time.perf_counter()
    snapshots.build(TODAY)
    seconds = time.perf_counter() - began
    store.close()
    return {"seconds": seconds, "memory": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024}


def _look_up_here(path: Path, units: int) -> dict[str, float]:
    """Microseconds of look-ups of known serial numbers, evenly over the file."""
    dice = random.Random(2)
    some = [unit(dice.randrange(units)).serial for _ in range(_COLD)]
    many = [unit(dice.randrange(units)).serial for _ in range(_WARM)]
    cold, cold_raw = [], []
    for serial in some:
        _forget_pages(path)
        began = time.perf_counter()
        registry = Registry(path)
        assert registry.look_up(serial, TODAY).units
        cold.append(time.perf_counter() - began)
        registry.close()
        reader = RegistryReader(path)
        _forget_pages(path)
        began = time.perf_counter()
        assert reader.units_of(serial)
        cold_raw.append(time.perf_counter() - began)
        reader.close()
    with path.open("rb") as file:
        while file.read(1 << 20):  # warm: the system has the file in memory
            pass
    registry, reader = Registry(path), RegistryReader(path)
    warm, warm_raw = _median(lambda serial: registry.look_up(serial, TODAY), many), _median(reader.units_of, many)
    found = {"cold": sorted(cold)[_COLD // 2], "cold_raw": sorted(cold_raw)[_COLD // 2], "cold_worst": max(cold)}
    return {name: seconds * 1e6 for name, seconds in (found | {"warm": warm, "warm_raw": warm_raw}).items()}


def _median(ask: Any, serials: list[str]) -> float:
    """Of all look-ups, so that another program's turn of the processor does not count."""
    took = []
    for serial in serials:
        began = time.perf_counter()
        ask(serial)
        took.append(time.perf_counter() - began)
    return sorted(took[len(took) // 4 :])[len(took) * 3 // 8]


def _forget_pages(path: Path) -> None:
    """Have the system forget what it keeps of the file in memory."""
    descriptor = os.open(path, os.O_RDONLY)
    os.posix_fadvise(descriptor, 0, 0, os.POSIX_FADV_DONTNEED)
    os.close(descriptor)


def _progress(what: str, done: int, total: int) -> None:
    if done % 500_000 == 0:
        print(f"\r{what} {done:,} of {total:,}", end="", flush=True)


def main() -> int:
    """Run what is asked for; 1 when a goal was missed."""
    parser = argparse.ArgumentParser(prog=f"python -m {_ME}", description=__doc__.split("\n", maxsplit=1)[0])
    parser.add_argument("--units", type=int, default=1_000_000)
    parser.add_argument("--database", nargs="+", choices=DATABASES, default=DATABASES)
    parser.add_argument("--keep", type=Path, help="keep HQ's filled SQLite database in this folder")
    parser.add_argument("--build", nargs=2, help=argparse.SUPPRESS)
    parser.add_argument("--look-up", nargs=2, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.build:
        print(json.dumps(_build_here(options.build[0], Path(options.build[1]))))
        return 0
    if options.look_up:
        print(json.dumps(_look_up_here(Path(options.look_up[0]), int(options.look_up[1]))))
        return 0
    load = os.getloadavg()[0]
    lines = measure(options.units, options.database, options.keep)
    print(f"\nload {load:.1f} before and {os.getloadavg()[0]:.1f} after\n\n{as_markdown(lines)}")
    return int(any(line.met is False for line in lines))


if __name__ == "__main__":
    sys.exit(main())
