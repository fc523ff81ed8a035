"""The place where it happens: HQ, its database, the line, three devices, and whoever kills them."""

import multiprocessing
import random
import shutil
import socket
import tempfile
import time
from collections import Counter
from collections.abc import Callable
from contextlib import ExitStack
from multiprocessing.connection import Connection, wait
from pathlib import Path
from typing import Any, NamedTuple, Self

from core.refusals import Refusal
from hq.bootstrap import open_store
from hq.feed import Blobs, load, load_registry, work
from hq.identity import establish, issue_enrol_code
from hq.store import Store
from tests.integration.hq_kit import Device, now
from tests.kills import victims, world
from tests.kills.disk import Disk
from tests.kills.postgres import Postgres
from tests.kills.proof import Proof, prove_all
from tests.kills.world import POSTS, Did, Post

_CONTEXT = multiprocessing.get_context("forkserver")
_READY_SECONDS = 30.0
_LAST_ROUNDS = 20
#: What a disk that takes nothing may lead to.
_DISK = {"disk_full", "disk_error", "database_unwritable", "profile_unwritable", "database_busy"}


class Victim:
    """One process and the pipe on which it tells; ``state`` is what it said last about itself."""

    def __init__(self, name: str, target: Callable[..., None], log: Path, *arguments: object) -> None:
        self.name = name
        self.told, other = _CONTEXT.Pipe()
        self.process = _CONTEXT.Process(target=target, args=(other, log, *arguments), daemon=True)
        self.process.start()
        other.close()
        self.state = "starting"
        self.heard = 0

    @property
    def is_alive(self) -> bool:
        """Whether it can still tell something."""
        return self.state != "dead"

    def kill(self) -> None:
        """End it at once."""
        self.process.kill()
        self.process.join()


class Reached(NamedTuple):
    """HQ as the devices of this test enrol with it."""

    url: str
    store: Store

    def code(self, place: str) -> str:
        """A code to enrol a device with."""
        with self.store.writing() as connection:
            return issue_enrol_code(connection, place, now())


def _free_ports(count: int) -> list[int]:
    probes = [socket.create_server(("127.0.0.1", 0)) for _ in range(count)]
    ports = [int(probe.getsockname()[1]) for probe in probes]
    for probe in probes:
        probe.close()
    return ports


class Arena:
    """Everything that runs; a context manager that leaves no process, mount or file behind."""

    def __init__(self, seed: int, *, postgres: bool) -> None:
        _CONTEXT.set_forkserver_preload(["tests.kills.victims"])
        self.dice = random.Random(seed)
        self.tally: Counter[str] = Counter()
        self.did: dict[Post, list[Did]] = {post: [] for post in POSTS}
        self.problems: list[str] = []
        self._is_postgres = postgres
        self._ends = ExitStack()

    def __enter__(self) -> Self:
        try:
            self._build()
        except BaseException:
            self._ends.close()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        self._ends.close()

    def _build(self) -> None:
        self.home = Path(tempfile.mkdtemp(prefix="fixpoint-arena-"))
        self._ends.callback(shutil.rmtree, self.home, ignore_errors=True)
        self._port, line_port, postgres_port = _free_ports(3)
        self.postgres = Postgres(postgres_port) if self._is_postgres else None
        if self.postgres:
            self._ends.callback(self.postgres.close)
        self.disk = Disk(self.home / POSTS[0].name)
        self._ends.callback(self.disk.close)
        self._ends.callback(self._kill_all)
        self.stations: dict[Post, Victim] = {}
        self._fill_hq()
        self.hq = self._start_hq()
        self._must("HQ is ready", lambda: self.hq.state == "ready")
        self._enrol()
        self.line = Victim("line", victims.line, self._log("line"), line_port, self._port, self.dice.random())
        self._must("the line is there", lambda: self.line.state == "ready")
        self._url = f"http://127.0.0.1:{line_port}"
        for post in POSTS:
            self.start(post)

    def _log(self, name: str) -> Path:
        return self.home / f"{name}.log"

    def _fill_hq(self) -> None:
        store = self._open_store()
        establish(store, now())
        with work(store) as doing:
            load(doing, world.rows())
            load_registry(doing, world.units())
        store.close()

    def _open_store(self) -> Store:
        return open_store(self.home / "hq", self.postgres.url if self.postgres else None)

    def _device(self, post: Post, store: Store) -> Device:
        reached = Reached(f"http://127.0.0.1:{self._port}", store)
        return Device(self.home / post.name / "profile", reached, post.place, post.seed)  # type: ignore[arg-type]

    def _enrol(self) -> None:
        store = self._open_store()
        for post in POSTS:
            (self.home / post.name).mkdir(exist_ok=True)
            device = self._device(post, store)
            device.syncer.sync_once()
            device.close()
        store.close()

    # -- starting

    def _start_hq(self) -> Victim:
        database = self.postgres.url if self.postgres else None
        return Victim("hq", victims.headquarters, self._log("hq"), self.home / "hq", database, self._port)

    def start(self, post: Post, most_bytes: int | None = None) -> None:
        """Start a device's process; it works when it is asked to."""
        folder = self.home / post.name / "profile"
        seed = self.dice.getrandbits(32)
        self.stations[post] = Victim(
            post.name, victims.station, self._log(post.name), folder, self._url, post, seed, most_bytes
        )

    def up(self) -> None:
        """Start whatever is not running; a process that nobody killed and that ended is a problem."""
        if self.hq.state == "dead":
            self.hq = self._start_hq()
        for post in POSTS:
            if self.stations[post].state == "dead":
                self.start(post)

    # -- listening

    def _victims(self) -> dict[Connection, Victim]:
        some = [self.hq, *self.stations.values()] + ([self.line] if hasattr(self, "line") else [])
        return {victim.told: victim for victim in some if victim.is_alive}

    def listen(self, until: Callable[[], bool], seconds: float) -> bool:
        """Take in what everyone tells until something holds; returns whether it does."""
        end = time.monotonic() + seconds
        while not until():
            left = end - time.monotonic()
            if left <= 0:
                return False
            by_pipe = self._victims()
            for pipe in wait(list(by_pipe), min(left, 0.2)):
                self._hear(by_pipe[pipe])  # type: ignore[index]
        return True

    def _hear(self, victim: Victim) -> None:
        try:
            word, what = victim.told.recv()
        except (EOFError, OSError):
            self._ended(victim)
            return
        victim.heard += 1
        match word:
            case "did":
                self.did[_post(victim.name)].append(Did(*what))
            case "refused" | "closed" | "sync":
                self._refused(victim, word, what)
            case "tally":
                self.tally.update({f"line: {kind}": count for kind, count in what.items()})
            case _:
                victim.state = word
                self._pending = what

    def _refused(self, victim: Victim, word: str, code: str) -> None:
        self.tally[f"{word}: {code}"] += 1
        if word != "sync" and code not in _DISK:
            self.problems.append(f"{victim.name}: {word} {code}")

    def _ended(self, victim: Victim) -> None:
        """The pipe is closed: killed by us, or HQ without its database, or a defect."""
        victim.process.join()
        victim.state = "dead"
        if victim.process.exitcode not in (0, -9) and victim is not self.hq:
            tail = self._log(victim.name).read_text(errors="replace")[-1500:]
            self.problems.append(f"{victim.name} ended with {victim.process.exitcode}: {tail}")

    def _must(self, what: str, until: Callable[[], bool]) -> None:
        if not self.listen(until, _READY_SECONDS):
            raise TimeoutError(what)

    # -- working and killing

    def give_work(self) -> None:
        """Ask every device that is idle for some operations."""
        for station in self.stations.values():
            if station.state in ("ready", "idle"):
                station.state = "working"
                self._say(station, self.dice.randint(2, 7))

    @staticmethod
    def _say(victim: Victim, what: object) -> None:
        try:
            victim.told.send(what)
        except OSError:
            victim.state = "ending"  # its end is heard of next

    def a_moment(self, victim: Victim) -> None:
        """Let a random number of words of this victim pass, and a random part of a second more."""
        wanted = victim.heard + self.dice.randint(0, 5)
        self.listen(lambda: victim.heard >= wanted or not victim.is_alive, 0.3)
        end = time.monotonic() + self.dice.uniform(0, 0.05)
        self.listen(lambda: time.monotonic() >= end, 0.05)

    def kill(self, victim: Victim, kind: str) -> None:
        """Kill a process; what it had told before is heard first."""
        victim.process.kill()
        self.tally[f"kills: {kind}"] += 1
        self._must(f"{victim.name} is dead", lambda: not victim.is_alive)

    def kill_postgres(self) -> None:
        """Kill PostgreSQL with all its processes and start it again: it recovers from its log."""
        assert self.postgres is not None
        self.tally["postgres processes killed"] += self.postgres.kill()
        self.tally["kills: postgres"] += 1
        end = time.monotonic() + self.dice.choice((0, 0, 0.1))
        self.listen(lambda: time.monotonic() >= end, 0.1)
        self.postgres.start()
        if self.dice.random() < 0.2:  # and once more in the middle of its recovery
            end = time.monotonic() + self.dice.uniform(0, 0.1)
            self.listen(lambda: time.monotonic() >= end, 0.1)
            self.tally["postgres processes killed"] += self.postgres.kill()
            self.tally["kills: postgres in recovery"] += 1
            self.postgres.start()
        self._must("PostgreSQL is ready", self.postgres.is_ready)

    def hq_ready(self) -> None:
        """Hold until HQ answers; it is started again when it ended because its database was away."""

        def ready() -> bool:
            if self.hq.state == "dead":
                self.hq = self._start_hq()
            return self.hq.state == "ready"

        self._must("HQ is ready", ready)

    # -- the end

    def finish(self) -> Proof:
        """A good line for everyone until nothing is left to send; then compare both ends."""
        self._say(self.line, "quiet")
        for _ in range(_LAST_ROUNDS):
            self.up()
            self.hq_ready()
            if self._all_quiet():
                break
        for station in self.stations.values():
            if station.is_alive:
                self.kill(station, "at the end")
        del self.tally["kills: at the end"]
        store = self._open_store()
        devices = {post: self._device(post, store) for post in POSTS}
        try:
            return self._proved(store, devices)
        finally:
            for device in devices.values():
                device.close()
            store.close()

    def _all_quiet(self) -> bool:
        left = []
        for station in self.stations.values():
            self._idle(station)
            if not station.is_alive:
                return False
            station.state = "working"
            self._say(station, 0)
            self._idle(station)
            left.append(self._pending)
        return not any(left)

    def _idle(self, victim: Victim) -> None:
        self.listen(lambda: victim.state in ("ready", "idle", "dead"), _READY_SECONDS)

    def _proved(self, store: Store, devices: dict[Post, Device]) -> Proof:
        stuck = []
        for _ in range(2):
            for post, device in devices.items():
                try:
                    device.syncer.sync_once()
                except Refusal as refusal:
                    stuck.append(f"{post.name}: {refusal.code}")
        proof = prove_all(store, Blobs(store, self.home / "hq" / "blobs"), devices, self.did)
        proof.stuck += stuck
        proof.wrong += self.problems
        return proof

    def _kill_all(self) -> None:
        for name in ("hq", "line"):
            if hasattr(self, name):
                getattr(self, name).kill()
        for station in self.stations.values():
            station.kill()


def _post(name: str) -> Post:
    return next(post for post in POSTS if post.name == name)


def summed(proof: Proof, tally: Counter[str], seconds: float) -> dict[str, Any]:
    """The run as one flat object."""
    kills = sum(count for name, count in tally.items() if name.startswith("kills: "))
    return {
        "ok": proof.ok,
        "kills": kills,
        "seconds": round(seconds, 1),
        "lost": len(proof.lost),
        "doubled": len(proof.doubled),
        "stuck": len(proof.stuck),
        "wrong": len(proof.wrong),
        "problems": (proof.lost + proof.doubled + proof.stuck + proof.wrong)[:20],
        **dict(sorted(proof.counts.items())),
        **dict(sorted(tally.items())),
    }
