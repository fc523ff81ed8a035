"""How fast rows come down: the real HQ in a process of its own, the real client, durable pages; beside SQLite itself.

    python -m benchmarks.sync.pull [--rows N]

Two feeds: a station's mix (orders with units, timelines, visits, scans, verdicts, quotations, parts, stock, claims;
about 640 bytes a row) and flat rows of about 254 bytes (spare parts), the size that was measured with the peers. Each
goes into an encrypted and into a plain database. The limit beside it: the same rows as ready tuples, written by the
raw driver with one upsert statement per kind, in transactions of the same size, into the same tables with the same
settings. Processor time is the sturdy figure on a machine that does other things too, so the limit's is told as well.
Pulls and limits run by turns, so that what else the computer does hits both; medians count. In a pull of its own the
write lock is timed from the moment it is had to the end of the commit, and watched from another process, in whose
figure is what it waited for a processor itself.
"""

import argparse
import os
import resource
import shutil
import statistics
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple

import sqlcipher3.dbapi2 as driver
from sqlalchemy import Engine, create_engine, event
from sqlalchemy.pool import QueuePool

from app.offline_db import cipher
from app.offline_db.engine import open_engine
from app.offline_db.migrate import upgrade
from app.offline_db.profile import Profile
from app.offline_db.schema import ROW_TABLES, metadata
from app.offline_db.store import Store, utc_now
from app.offline_db.sync_store import SyncStore
from app.security.device_key import DeviceKey
from app.sync.ahead import InThread
from app.sync.client import HqClient
from app.sync.enrol import enrol
from app.sync.transport import HttpTransport
from app.sync.turn import Clocks, Syncer
from benchmarks.sync import pull_rows
from benchmarks.sync.beside import KEPT, Peers
from benchmarks.sync.lock_times import LockTimes
from benchmarks.sync.write_lock import Watch
from benchmarks.table import Line, as_markdown
from rowstore.sqlite_rows import json_text
from tools.tour.headquarters import Headquarters

ROWS = 100_000
KEY = bytes(range(32))
_RUNS = 3
_LOCK_MS = 50
_TICKS = os.sysconf("SC_CLK_TCK")
_FEEDS: Mapping[str, Callable[[Path, int], None]] = {"mix": pull_rows.build_mix, "flat": pull_rows.build_flat}


class Pulled(NamedTuple):
    """One whole pull: rows and their transactions, seconds on the clock, processor seconds of both ends."""

    rows: int
    transactions: int
    seconds: float
    station_cpu: float
    hq_cpu: float

    @property
    def rate(self) -> float:
        """Rows per second."""
        return self.rows / self.seconds

    @property
    def cpu_us(self) -> float:
        """Processor time of all processes per row, in µs."""
        return (self.station_cpu + self.hq_cpu) / self.rows * 1e6


class Limit(NamedTuple):
    """What SQLite itself takes for the same rows: rows per second, and processor time per row in µs."""

    rate: float
    cpu_us: float


class Held(NamedTuple):
    """For how many milliseconds each time: the write lock held, and not to be had from another process."""

    own: list[float]
    own_cpu: list[float]
    seen: list[float]


class Case(NamedTuple):
    """One feed into one kind of database: whole ways and SQLite's own rates for the same rows, by turns."""

    feed: str
    encrypted: bool
    pulls: list[Pulled]
    limits: list[Limit]
    held: Held | None  # None: not watched


class BenchStation:
    """A device in a folder of its own; ``encrypted`` chooses its database."""

    def __init__(self, folder: Path, *, encrypted: bool) -> None:
        """Nothing is enrolled yet."""
        self.profile = Profile(folder).create()
        self.engine = open_engine(self.profile, KEY) if encrypted else plain_engine(self.profile.database)
        if encrypted:
            upgrade(self.engine, self.profile, utc_now())
        else:
            with self.engine.begin() as connection:
                metadata.create_all(connection)
        self.key = DeviceKey(KEY)
        self.store = Store(self.engine, self.key)
        self.sync_store = SyncStore(self.store)

    def enrolled(self, url: str, code: str) -> Syncer:
        """What exchanges everything with HQ at ``url`` once."""
        transport = HttpTransport(url)
        self.store.enrol(url, enrol(transport, self.key, code, device_name="bench"))
        state = self.sync_store.identity()
        client = HqClient(transport, self.key, state.id, state.hq_id, steady=time.monotonic, ahead=InThread)
        return Syncer(self.sync_store, client, Clocks(utc_now, time.monotonic))

    def close(self) -> None:
        """Give the files back."""
        self.engine.dispose()


def plain_engine(file: Path) -> Engine:
    """The same driver and settings without a key: an ordinary SQLite database."""
    file.parent.mkdir(parents=True, exist_ok=True)
    engine = create_engine(
        "sqlite://", module=driver, creator=lambda: plain(file), poolclass=QueuePool, json_serializer=json_text
    )

    def begin(connection: Any) -> None:
        writes = connection.get_execution_options().get("fixpoint_writes")
        connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")

    event.listen(engine, "begin", begin)
    return engine


def plain(file: Path) -> Any:
    """A raw connection to an ordinary SQLite database with the program's settings."""
    raw = driver.connect(str(file), timeout=10, isolation_level=None, check_same_thread=False)
    for setting in cipher._SETTINGS:
        raw.execute(f"PRAGMA {setting}")
    raw.execute("PRAGMA journal_mode = WAL")
    return raw


def encrypted(file: Path) -> Any:
    """A raw connection to an encrypted database with the program's settings."""
    raw = cipher.connect(file, KEY, create=True)
    raw.execute("PRAGMA journal_mode = WAL")
    return raw


# --- the whole way ------------------------------------------------------------------------------------------------


def pull(headquarters: Headquarters, folder: Path, *, encrypted: bool) -> Pulled:
    """Pull everything into a new device's database."""
    station = BenchStation(folder, encrypted=encrypted)
    commits: list[None] = []
    try:
        syncer = station.enrolled(headquarters.url, pull_rows.enrol_code(headquarters.data))
        event.listen(station.engine, "commit", lambda _: commits.append(None))
        hq_before, own_before, began = _hq_cpu(headquarters), _own_cpu(), time.perf_counter()
        report = syncer.sync_once()
        seconds = time.perf_counter() - began
        used = (_own_cpu() - own_before, _hq_cpu(headquarters) - hq_before)
        return Pulled(report.pulled, len(commits), seconds, *used)
    finally:
        station.close()


def held(headquarters: Headquarters, folder: Path) -> Held:
    """For how long a pull takes the write lock of an encrypted database."""
    station = BenchStation(folder, encrypted=True)
    try:
        syncer = station.enrolled(headquarters.url, pull_rows.enrol_code(headquarters.data))
        with Watch(station.profile.database, KEY) as watched, LockTimes(station.engine) as own:
            syncer.sync_once()
        return Held(own.milliseconds, own.processor_ms, watched.milliseconds)
    finally:
        station.close()


def _own_cpu() -> float:
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime


def _hq_cpu(headquarters: Headquarters) -> float:
    """Processor seconds of HQ's process so far (all its threads)."""
    server = headquarters._server
    assert server is not None
    fields = Path(f"/proc/{server.pid}/stat").read_text(encoding="ascii").rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / _TICKS


# --- SQLite itself ------------------------------------------------------------------------------------------------


def limit(source: Path, folder: Path, connect: Callable[[Path], Any], transactions: int) -> Limit:
    """What the raw driver alone takes for the rows that a pulled database ``source`` holds, in so many transactions."""
    pages = list(_pages(source, connect, transactions))
    folder.mkdir(parents=True)
    raw = connect(folder / "limit.db")
    try:
        for statement in _schema(source, connect):
            raw.execute(statement)
        count, own, began = 0, _own_cpu(), time.perf_counter()
        for some in pages:
            raw.execute("BEGIN IMMEDIATE")
            for statement, rows in some:
                raw.executemany(statement, rows)
                count += len(rows)
            raw.execute("COMMIT")
        return Limit(count / (time.perf_counter() - began), (_own_cpu() - own) / count * 1e6)
    finally:
        raw.close()


def _schema(source: Path, connect: Callable[[Path], Any]) -> list[str]:
    raw = connect(source)
    try:
        names = {table.name for table in ROW_TABLES.values()}
        found = raw.execute("SELECT tbl_name, sql FROM sqlite_master WHERE sql IS NOT NULL")
        return [sql for name, sql in found if name in names]
    finally:
        raw.close()


def _pages(source: Path, connect: Callable[[Path], Any], count: int) -> Iterator[list[tuple[str, list[Any]]]]:
    """The rows in the order in which they lie in the tables, each page with its share of every kind."""
    raw = connect(source)
    try:
        tables = list(ROW_TABLES.values())
        rows = {table.name: raw.execute(f'SELECT * FROM "{table.name}" ORDER BY rowid').fetchall() for table in tables}
    finally:
        raw.close()
    statements = {table.name: _upsert(table) for table in tables}
    for number in range(count):
        yield [
            (statements[name], share)
            for name, some in rows.items()
            if (share := some[len(some) * number // count : len(some) * (number + 1) // count])
        ]


def _upsert(table: Any) -> str:
    names = [f'"{column.name}"' for column in table.c]
    newer = ", ".join(f"{name} = excluded.{name}" for name in names if name != '"id"')
    return (
        f'INSERT INTO "{table.name}" ({", ".join(names)}) VALUES ({", ".join("?" * len(names))})'
        f' ON CONFLICT (id) DO UPDATE SET {newer} WHERE "{table.name}".version < excluded.version'
    )


# --- all of it ----------------------------------------------------------------------------------------------------


def cases(rows: int = ROWS, keep: Path | None = None, folder: Path | None = None) -> list[Case]:
    """Measure both feeds with both databases; ``keep`` is a folder whose feeds are used again.

    ``folder`` is where the databases lie (else where temporary files do).
    """
    found = []
    with tempfile.TemporaryDirectory(prefix="fixpoint-pull-", dir=folder) as temporary:
        work = Path(temporary)
        for feed, build in _FEEDS.items():
            hq = (keep or work) / f"hq-{feed}-{rows}"
            if not hq.exists():
                build(hq, rows)
            with _served(Headquarters(hq)) as headquarters:
                for secret in (True, False):
                    print(f"pull: {feed}, {'encrypted' if secret else 'plain'} …", flush=True)
                    found.append(_case(headquarters, work / feed, feed, secret=secret))
    return found


def _case(headquarters: Headquarters, work: Path, feed: str, *, secret: bool) -> Case:
    """Both ways by turns."""
    pulls, limits = [], []
    for _ in range(_RUNS):
        folder = work / "station"
        pulls.append(pull(headquarters, folder, encrypted=secret))
        connect = encrypted if secret else plain
        limits.append(limit(Profile(folder).database, work / "limit", connect, pulls[-1].transactions))
        shutil.rmtree(work)
    times = held(headquarters, work) if secret else None
    shutil.rmtree(work, ignore_errors=True)
    return Case(feed, secret, pulls, limits, times)


@contextmanager
def _served(headquarters: Headquarters) -> Iterator[Headquarters]:
    headquarters.start()
    try:
        yield headquarters
    finally:
        headquarters.stop()


def lines_of(case: Case, peers: Peers = KEPT) -> list[Line]:
    """The case's figures beside their goals."""
    pulls, limits = case.pulls, case.limits
    rate, most = statistics.median(one.rate for one in pulls), statistics.median(one.rate for one in limits)
    name, share = f"pull, {case.feed}, {'encrypted' if case.encrypted else 'plain'}", rate / most
    goal = 0.5 if case.encrypted else 0.6
    rates = f"{rate:,.0f} of {most:,.0f} rows/s"
    lines = [Line(f"{name}: share of SQLite's own rate", f"{share:.0%} ({rates})", f"≥ {goal:.0%}", share >= goal)]
    lines.append(_cpu(case, name, peers))
    if case.feed == "flat":
        lines += [_against(f"Anki{peers.note}", name, rate / peers.anki.pull_rate, 4)]
        lines += [_against(f"PouchDB{peers.note}", name, rate / peers.pouchdb.pull_rate, 15)]
    return lines + (_lock(case.held, name) if case.held else [])


def _cpu(case: Case, name: str, peers: Peers) -> Line:
    """The processor time of a row; the goal is for rows like the peers'."""
    pulled = sorted(case.pulls, key=lambda one: one.cpu_us)[len(case.pulls) // 2]
    station, hq = (used / pulled.rows * 1e6 for used in (pulled.station_cpu, pulled.hq_cpu))
    alone, most = statistics.median(one.cpu_us for one in case.limits), peers.anki.pull_us / 4
    figure = f"{pulled.cpu_us:.1f} µs (station {station:.1f}, HQ {hq:.1f}, SQLite alone {alone:.1f})"
    if case.feed != "flat":
        return Line(f"{name}: CPU per row", figure)
    return Line(f"{name}: CPU per row{peers.note}", figure, f"≤ {most:.1f} µs, ¼ of Anki's", pulled.cpu_us <= most)


def _lock(found: Held, name: str) -> list[Line]:
    lines = []
    for what, times, limited in (
        ("write lock held", found.own, True),
        ("of that, processor time", found.own_cpu, False),
        ("lock not had from another process", found.seen, False),
    ):
        figure = " / ".join(f"{_quantile(times, at):.0f}" for at in (0.5, 0.99, 1.0)) if times else "0"
        met = max(times, default=0) <= _LOCK_MS if limited else None
        goal = f"≤ {_LOCK_MS} ms" * limited
        lines.append(Line(f"{name}: {what}, p50 / p99 / longest", f"{figure} ms", goal, met))
    return lines


def _against(peer: str, name: str, ratio: float, goal: float) -> Line:
    return Line(f"{name}: beside {peer}", f"{ratio:.1f} ×", f"≥ {goal:g} ×", met=ratio >= goal)


def _quantile(values: list[float], at: float) -> float:
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(len(ordered) * at))]


def measure(rows: int = ROWS, keep: Path | None = None, folder: Path | None = None, peers: Peers = KEPT) -> list[Line]:
    """The lines of the table."""
    return [line for case in cases(rows, keep, folder) for line in lines_of(case, peers)]


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.sync.pull")
    parser.add_argument("--rows", type=int, default=ROWS)
    parser.add_argument("--keep", type=Path, help="keep the built feeds in this folder and use them again")
    parser.add_argument("--folder", type=Path, help="have the databases lie here, e.g. on a disk in memory")
    options = parser.parse_args()
    load = os.getloadavg()[0]
    print(as_markdown(measure(options.rows, options.keep, options.folder)))
    print(f"load {load:.1f} before, {os.getloadavg()[0]:.1f} after")


if __name__ == "__main__":
    main()
