"""How fast operations go up: signed work of one device through the real client, server and PostgreSQL, exactly once.

    python -m benchmarks.sync.push [--operations N]

In the same run: PostgreSQL's own rate for flat rows of 254 bytes, written by one JSON upsert for each thousand.
"""

import argparse
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import NamedTuple

import msgspec
import psycopg

from app.sync.push import push_all
from benchmarks.sync import day
from benchmarks.sync.beside import KEPT, Peers
from benchmarks.sync.lock_times import LockTimes
from benchmarks.sync.postgres import cpu_seconds
from benchmarks.sync.push_ground import Sender, Server, sender, serving
from benchmarks.table import Line, as_markdown
from core.contract.messages import Answer, Outcome
from core.operations.operation import SignedOperation, body_hash
from hq.identity import Device, device_of
from hq.store import Store

OPERATIONS = 10_000
_ROWS, _PER_STATEMENT, _ROW_BYTES = 10_000, 1_000, 254
_LOCK_MS = 50.0


class Cost(NamedTuple):
    """Seconds on the clock, and of processors: the device's, HQ's and PostgreSQL's."""

    seconds: float
    device: float
    worker: float
    postgres: float

    @property
    def cpu(self) -> float:
        """Processor seconds of all."""
        return self.device + self.worker + self.postgres


class Pushed(NamedTuple):
    """What one push of everything cost."""

    operations: int
    outcomes: frozenset[Outcome]
    cost: Cost
    again: Cost  # the same operations once more: each is answered as before
    checks: float  # processor seconds of the signatures and hashes alone
    lock_ms: float  # the longest time the device's database was locked
    stored: int  # rows and lines of the feed that PostgreSQL holds of it
    limit_rate: float  # rows per second of PostgreSQL's own upsert
    limit_cpu: float  # processor seconds of PostgreSQL for one such row


def measure(operations: int = OPERATIONS, peers: Peers = KEPT) -> list[Line]:
    """Push so many operations and compare."""
    with serving(day.orders_for(operations)) as server, sender(server) as device:
        return _lines(_pushed(server, device, operations), peers)


def _pushed(server: Server, device: Sender, operations: int) -> Pushed:
    limit_rate, limit_cpu = _limit(server)
    day.record(device.store, operations)
    before = _stored(server)
    with LockTimes(device.engine) as held, _timed(server) as costs:
        answers = push_all(device.sync_store, device.client)
    lock_ms = max(held.milliseconds, default=0.0)
    stored = _stored(server) - before
    if len({answer.id for answer in answers}) != operations:
        raise RuntimeError(f"{len(answers)} answers to {operations} operations")
    signed = _everything(device)
    again = _again(server, device, signed, answers)
    outcomes = frozenset(answer.outcome for answer in answers)
    checks = _checks(server, device, signed)
    return Pushed(operations, outcomes, costs[0], again, checks, lock_ms, stored, limit_rate, limit_cpu)


def _lines(found: Pushed, peers: Peers) -> list[Line]:
    count, cost = found.operations, found.cost
    rate, cpu_ms = count / cost.seconds, cost.cpu / count * 1000
    without_ms = (cost.cpu - found.checks) / count * 1000
    stored = found.stored / count
    limit = stored / found.limit_rate  # seconds PostgreSQL alone would take for what one operation leaves there
    outcomes, again = ", ".join(sorted(found.outcomes)), found.again.seconds / cost.seconds
    lock, note = f"{found.lock_ms:.0f} ms", peers.note
    parts = {"signature and chain": found.checks, "HQ’s worker, with them": cost.worker, "PostgreSQL": cost.postgres}
    each = ", ".join(
        f"{name} {used / count * 1000:.3f}" for name, used in (parts | {"the device": cost.device}).items()
    )
    return [
        _at_least(f"push: rate beside PouchDB’s{note}", rate / peers.pouchdb.push_rate, 4, f"{rate:,.0f} operations/s"),
        _at_most(f"push: CPU beside Anki’s{note}", cpu_ms * 1000 / peers.anki.push_us, 1, f"{cpu_ms:.3f} ms"),
        _at_most("push: the same without signature and chain", without_ms * 1000 / peers.anki.push_us, 1,
                 f"{without_ms:.3f} ms"),
        _at_least("push: beside PostgreSQL’s JSON upsert of one row", rate / found.limit_rate, 0.5),
        _at_least("push: beside PostgreSQL’s JSON upsert of as many rows", rate * limit, 0.5,
                  f"{stored:.1f} rows and lines of each operation"),
        _at_most("push: all of it once more, time beside the first", again, 1),
        Line("push: the device’s write lock, longest", lock, f"≤ {_LOCK_MS:.0f} ms", found.lock_ms <= _LOCK_MS),
        Line("push: operations", f"{count:,}, each once: {outcomes}"),
        Line("push: CPU of an operation", f"{each} ms"),
        Line("push: PostgreSQL’s JSON upsert", f"{found.limit_rate:,.0f} rows/s, {found.limit_cpu * 1000:.3f} ms CPU"),
    ]  # fmt: skip


def _at_least(name: str, ratio: float, goal: float, figure: str = "") -> Line:
    return Line(name, f"{ratio:.2f} × ({figure})" if figure else f"{ratio:.2f} ×", f"≥ {goal:g} ×", ratio >= goal)


def _at_most(name: str, ratio: float, goal: float, figure: str = "") -> Line:
    return Line(name, f"{ratio:.2f} × ({figure})" if figure else f"{ratio:.2f} ×", f"≤ {goal:g} ×", ratio <= goal)


@contextmanager
def _timed(server: Server) -> Iterator[list[Cost]]:
    """What happens meanwhile is measured; the cost is there at the end."""
    costs: list[Cost] = []
    worker, database = cpu_seconds(server.pid), cpu_seconds(server.postmaster)
    cpu, clock = time.process_time(), time.perf_counter()
    yield costs
    seconds, own = time.perf_counter() - clock, time.process_time() - cpu
    costs.append(Cost(seconds, own, cpu_seconds(server.pid) - worker, cpu_seconds(server.postmaster) - database))


def _again(server: Server, device: Sender, signed: list[SignedOperation], answers: list[Answer]) -> Cost:
    """A reply was lost: the same operations are sent again, in the same order, and answered alike."""
    from core.contract.messages import Push

    got: list[Answer] = []
    with _timed(server) as costs:
        for begin in range(0, len(signed), 1_000):
            got += device.client.push(Push(epoch=1, operations=tuple(signed[begin : begin + 1_000]))).answers
    if got != answers:
        raise RuntimeError("a repetition is answered otherwise")
    return costs[0]


def _everything(device: Sender) -> list[SignedOperation]:
    from sqlalchemy import select

    from app.offline_db.engine import reading
    from app.offline_db.schema import operation

    statement = select(operation.c.body, operation.c.signature).order_by(operation.c.epoch, operation.c.n)
    with reading(device.engine) as connection:
        return [SignedOperation(body=one.body, signature=one.signature) for one in connection.execute(statement)]


def _checks(server: Server, device: Sender, signed: list[SignedOperation]) -> float:
    known = _device(server, device)
    began = time.process_time()
    for one in signed:
        if not known.verifies(one.body.encode(), one.signature):
            raise RuntimeError("a signature is wrong")
        body_hash(one.body)
    return time.process_time() - began


def _device(server: Server, device: Sender) -> Device:
    store = Store.open(server.database)
    try:
        with store.reading() as connection:
            return device_of(connection, device.sync_store.identity().id)
    finally:
        store.close()


def _stored(server: Server) -> int:
    """Rows of the trade with their lines of the feed, and what the inbox holds."""
    with _connected(server) as connection:
        found = connection.execute(
            "SELECT (SELECT count(*) FROM feed_row) + (SELECT count(*) FROM inbox) + (SELECT count(*) FROM last_writer)"
            " + (SELECT count(DISTINCT (entity, row_id)) FROM feed_row)"
        ).fetchone()
    assert found is not None
    return int(found[0])


def _limit(server: Server) -> tuple[float, float]:
    """Rows per second, and processor seconds of a row, of one JSON upsert for each thousand rows, each committed."""
    with _connected(server) as connection:
        connection.execute("CREATE TABLE flat (id text PRIMARY KEY, n bigint, words text)")
        words = "x" * (_ROW_BYTES - 60)
        rows = [{"id": day.named(f"flat {i}"), "n": i, "words": words} for i in range(_ROWS)]
        pieces = [rows[begin : begin + _PER_STATEMENT] for begin in range(0, _ROWS, _PER_STATEMENT)]
        texts = [msgspec.json.encode(piece).decode() for piece in pieces]
        cpu, began = cpu_seconds(server.postmaster), time.perf_counter()
        for text in texts:
            connection.execute(
                "INSERT INTO flat SELECT * FROM json_populate_recordset(NULL::flat, %s::json)"
                " ON CONFLICT (id) DO UPDATE SET n = excluded.n, words = excluded.words",
                (text,),
            )
        seconds = time.perf_counter() - began
        return _ROWS / seconds, (cpu_seconds(server.postmaster) - cpu) / _ROWS


def _connected(server: Server) -> psycopg.Connection:
    return psycopg.connect(server.database.replace("+psycopg", ""), autocommit=True)


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.sync.push", description=__doc__.split("\n")[0])
    parser.add_argument("--operations", type=int, default=OPERATIONS)
    options = parser.parse_args()
    print(as_markdown(measure(options.operations)))


if __name__ == "__main__":
    main()
