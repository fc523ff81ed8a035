"""``python -m tests.kills --kills 1000``: kill at random, prove at the end, print a tally; exits with 0 if it holds."""

import argparse
import json
import os
import shutil
import subprocess
import sys
import time

from tests.kills.arena import Arena, Victim, summed
from tests.kills.world import POSTS

#: One round of each; shuffled, and begun again when it is used up.
_DECK = ("station",) * 10 + ("hq",) * 3 + ("postgres",) * 3 + ("hq at its start", "both", "full disk", "read-only disk")
_INSIDE = "FIXPOINT_KILLS_INSIDE"
_REST = 25


class Rounds:
    """Who is killed when."""

    def __init__(self, arena: Arena) -> None:
        self._arena = arena
        self._deck: list[str] = []

    def one(self) -> None:
        """Work, a moment, a kill, and everyone is started again."""
        arena = self._arena
        if not self._deck:
            self._deck = list(_DECK)
            arena.dice.shuffle(self._deck)
        card = self._deck.pop()
        if card == "postgres" and arena.postgres is None:
            card = "hq"
        if card == "hq at its start":
            arena.listen(lambda: True, 0)
        else:
            arena.hq_ready()
        arena.give_work()
        getattr(self, "_" + card.replace(" ", "_").replace("-", "_"))()
        arena.up()

    def _station(self) -> None:
        victim = self._some_station()
        self._arena.a_moment(victim)
        self._arena.kill(victim, "station")

    def _hq(self) -> None:
        self._arena.a_moment(self._some_station())
        self._arena.kill(self._arena.hq, "hq")

    def _hq_at_its_start(self) -> None:
        arena = self._arena
        if arena.hq.state == "ready":
            self._hq()
            arena.up()
        end = time.monotonic() + arena.dice.uniform(0, 0.4)
        arena.listen(lambda: time.monotonic() >= end, 0.4)
        if arena.hq.is_alive:
            arena.kill(arena.hq, "hq at its start")

    def _postgres(self) -> None:
        self._arena.a_moment(self._some_station())
        self._arena.kill_postgres()

    def _both(self) -> None:
        victim = self._some_station()
        self._arena.a_moment(victim)
        self._arena.kill(self._arena.hq, "hq")
        self._arena.kill(victim, "station")

    def _full_disk(self) -> None:
        """A station on a disk that fills up: killed, started and killed again on it."""
        arena, post = self._arena, POSTS[0]
        if arena.stations[post].is_alive:
            arena.kill(arena.stations[post], "station")
        leave = arena.dice.choice((0, 4_096, 30_000, 120_000, 400_000))
        limit = arena.disk.fill(leave)
        arena.start(post, limit)
        victim = arena.stations[post]
        arena.listen(lambda: victim.state != "starting", 5)
        for _ in range(3):
            arena.give_work()
            arena.listen(lambda: victim.state in ("idle", "dead"), 2)
        if victim.is_alive:
            arena.kill(victim, "station on a full disk")
        arena.disk.free()

    def _read_only_disk(self) -> None:
        """A station started where nothing can be written: it refuses and harms nothing."""
        arena, post = self._arena, POSTS[0]
        if arena.stations[post].is_alive:
            arena.kill(arena.stations[post], "station")
        arena.disk.lock()
        arena.start(post)
        victim = arena.stations[post]
        arena.listen(lambda: victim.state in ("ready", "dead"), 5)
        arena.give_work()
        arena.listen(lambda: victim.state in ("idle", "dead"), 2)
        if victim.is_alive:
            arena.kill(victim, "station on a read-only disk")
        arena.disk.unlock()

    def _some_station(self) -> Victim:
        return self._arena.stations[self._arena.dice.choice(POSTS)]


def run(kills: int, seed: int, *, postgres: bool, quiet: bool) -> dict[str, object]:
    """Kill so many times; returns the tally."""
    began = time.monotonic()
    with Arena(seed, postgres=postgres) as arena:
        rounds, shown = Rounds(arena), 0
        while (done := _kills(arena)) < kills:
            rounds.one()
            if not quiet and done // _REST > shown:
                shown = done // _REST
                acknowledged = sum(map(len, arena.did.values()))
                _say(f"{done} kills, {acknowledged} operations, {time.monotonic() - began:.0f} s")
        proof = arena.finish()
        where = {"database": "PostgreSQL" if postgres else "SQLite", "seed": seed}
        where["disk"] = "mounted" if arena.disk.mounted else "limits and folder modes"
        return where | summed(proof, arena.tally, time.monotonic() - began)


def _say(text: str) -> None:
    sys.stdout.write(text + "\n")
    sys.stdout.flush()


def _kills(arena: Arena) -> int:
    return sum(count for name, count in arena.tally.items() if name.startswith("kills: "))


def main() -> int:
    """Read the command line; run apart from the machine's own mounts and processes where that is allowed."""
    parser = argparse.ArgumentParser(prog="python -m tests.kills", description=__doc__)
    parser.add_argument("--kills", type=int, default=1000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--database", choices=("postgresql", "sqlite"), default="postgresql")
    parser.add_argument("--json", action="store_true", help="print nothing but the tally, as JSON")
    chosen = parser.parse_args()
    if _INSIDE not in os.environ and (apart := _apart()):
        command = [*apart, sys.executable, "-m", "tests.kills", *sys.argv[1:]]
        return subprocess.run(command, check=False, env=os.environ | {_INSIDE: "1"}).returncode
    tally = run(chosen.kills, chosen.seed, postgres=chosen.database == "postgresql", quiet=chosen.json)
    _say(json.dumps(tally) if chosen.json else "\n".join(f"{name}: {value}" for name, value in tally.items()))
    return 0 if tally["ok"] else 1


def _apart() -> list[str]:
    """A program that runs another with mounts and processes of its own, which all end with it; empty: not allowed."""
    program = shutil.which("unshare")
    if program is None:
        return []
    command = [program, "--mount", "--pid", "--fork", "--kill-child", "--mount-proc"]
    works = subprocess.run([*command, "true"], check=False, capture_output=True).returncode == 0
    return command if works else []


if __name__ == "__main__":
    sys.exit(main())
