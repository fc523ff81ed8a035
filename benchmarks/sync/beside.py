"""The peers' figures that ours stand beside: measured in the same run, or kept from an earlier one."""

from typing import NamedTuple

from benchmarks.sync import peers
from benchmarks.sync.peers import Measured

#: Syncs with nothing to do, of which the median counts.
_IDLE = 20


class Peer(NamedTuple):
    """Rows per second, processor time of all processes per row in µs, and an idle sync in ms."""

    pull_rate: float
    pull_us: float
    push_rate: float
    push_us: float
    idle_ms: float


class Peers(NamedTuple):
    """Both peers; ``note`` says behind a figure that it is not of this run."""

    anki: Peer
    pouchdb: Peer
    note: str = ""


#: Measured on a machine of this kind: of two runs each peer's higher rate, and Anki's higher processor time.
KEPT = Peers(Peer(18_528, 51.0, 25_773, 39.0, 0.74), Peer(4_614, 310.0, 5_365, 320.0, 9.6), " (kept figure)")


def measured(rows: int, operations: int) -> Peers:
    """Run both now."""
    print("peers: Anki …", flush=True)
    anki = _peer(peers.measure_anki(rows, operations, _IDLE), rows, operations)
    print("peers: PouchDB …", flush=True)
    return Peers(anki, _peer(peers.measure_pouchdb(rows, operations, _IDLE), rows, operations))


def _peer(found: Measured, rows: int, operations: int) -> Peer:
    pull, push = found["pull"], found["push"]
    return Peer(
        rows / pull.seconds,
        pull.cpu / rows * 1e6,
        operations / push.seconds,
        push.cpu / operations * 1e6,
        found["idle"].seconds * 1000,
    )
