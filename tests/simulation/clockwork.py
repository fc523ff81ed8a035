"""What a run may not take from its computer: the time, new ids and threads; they come from the schedule's seed."""

import random
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import Any
from unittest import mock
from uuid import UUID

import anyio.to_thread

import app.sync.blobs
import app.sync.pull
import core.ids
from tests.unit import world

BEGIN = world.NOW + timedelta(hours=1)
#: Seconds that an exchange takes.
EXCHANGE = 0.25
#: Bytes of a photo's piece: photos of a few kilobytes then travel in several.
PIECE = 1500
#: Rows of an answer, and of a transaction: the few rows of a schedule then come in several.
PULL_ROWS, WRITTEN_ROWS = 25, 10


class Time:
    """The true time; HQ's clock is right, a device's may be off."""

    def __init__(self) -> None:
        """Begin when the template was made."""
        self.seconds = 0.0

    def now(self) -> datetime:
        """Aware UTC in whole seconds."""
        return BEGIN + timedelta(seconds=int(self.seconds))

    def steady(self) -> float:
        """Seconds that never go back."""
        return self.seconds

    def passes(self, seconds: float) -> None:
        """It is later now."""
        self.seconds += seconds


class _Ids:
    """Stands in for the library that makes ids: their time is the run's, their rest comes from its seed."""

    def __init__(self, time: Time, seed: int) -> None:
        self._time = time
        self._dice = random.Random(seed)

    def uuid7(self) -> UUID:
        raw = bytearray(int(self._time.now().timestamp() * 1000).to_bytes(6) + self._dice.randbytes(10))
        raw[6] = 0x70 | (raw[6] & 0x0F)
        raw[8] = 0x80 | (raw[8] & 0x3F)
        return UUID(bytes=bytes(raw))


async def _at_once(work: Callable[..., Any], *args: Any, **_: Any) -> Any:
    return work(*args)


@contextmanager
def determined(time: Time, seed: int) -> Iterator[None]:
    """Ids by ``seed`` and no threads: what HQ would give to its thread pool runs where it stands."""
    with (
        mock.patch.object(core.ids, "uuid_utils", _Ids(time, seed)),
        mock.patch.object(anyio.to_thread, "run_sync", _at_once),
        mock.patch.object(app.sync.blobs, "PIECE", PIECE),
        mock.patch.object(app.sync.pull, "PULL_ROWS", PULL_ROWS),
        mock.patch.multiple(app.sync.pull.Pace, LEAST=WRITTEN_ROWS, FIRST=WRITTEN_ROWS, MOST=WRITTEN_ROWS),
    ):
        yield
