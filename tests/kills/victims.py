"""The processes that get killed: a station that works and syncs, and HQ's worker; forked from a loaded parent."""

import contextlib
import os
import random
import resource
import signal
import sys
from multiprocessing.connection import Connection
from pathlib import Path
from typing import NamedTuple

from core.refusals import Refusal
from hq.bootstrap import serve
from tests.integration.hq_kit import Device
from tests.kills.line import Line
from tests.kills.world import Post, act


class Reached(NamedTuple):
    """HQ as a device that is enrolled needs it."""

    url: str


def station(told: Connection, log: Path, folder: Path, url: str, post: Post, seed: int, most_bytes: int | None) -> None:
    """Work as many operations as are asked for, tell of each when it is done, sync in between; until killed.

    ``most_bytes``: no file may grow beyond it (stands for a full disk where none can be mounted).
    """
    _quiet(log)
    if most_bytes is not None:
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_FSIZE, (most_bytes, resource.RLIM_INFINITY))
    try:
        device = Device(folder, Reached(url), post.place, post.seed)  # type: ignore[arg-type]
    except Refusal as refusal:
        told.send(("closed", refusal.code))
        return
    told.send(("ready", None))
    dice = random.Random(seed)
    while True:
        try:
            asked = told.recv()
        except EOFError:
            return
        for _ in range(asked):
            _work(told, device, post, dice)
        with contextlib.suppress(Refusal):
            device.syncer.sync_once()
        told.send(("idle", device.store.pending()))


def _work(told: Connection, device: Device, post: Post, dice: random.Random) -> None:
    try:
        told.send(("did", tuple(act(device, post, dice))))
    except Refusal as refusal:
        told.send(("refused", refusal.code))
    if dice.random() < 0.4:
        try:
            device.syncer.sync_once()
        except Refusal as refusal:
            told.send(("sync", f"{refusal.code} {refusal.facts.get('problem', '')}".strip()))


def headquarters(told: Connection, log: Path, folder: Path, database: str | None, port: int) -> None:
    """HQ's worker, until killed; tells when it is ready."""
    _quiet(log)
    sys.stdout = _Teller(told)
    code = serve(folder, database, port=port)
    os._exit(code)


class _Teller:
    """The standard output of a server whose first line says that it is ready."""

    def __init__(self, told: Connection) -> None:
        self._told = told

    def write(self, text: str) -> int:
        if "ready" in text:
            self._told.send(("ready", None))
        return len(text)

    def flush(self) -> None:
        """Nothing is kept back."""


def line(told: Connection, log: Path, port: int, target: int, seed: int) -> None:
    """The line between, until killed."""
    _quiet(log)
    Line(told, port, target, seed).run()


def _quiet(log: Path) -> None:
    """What a process that is shot at complains of goes to ``log``."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    target = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    os.dup2(target, 2)
    os.close(target)
