"""How often somebody may ask, and how much at once: counted for each address or device."""

import threading
import time
from collections import Counter, OrderedDict
from collections.abc import Iterator
from contextlib import contextmanager

from core.refusals import Refusal

_MOST_BUCKETS = 20_000


class Limit:
    """Allows ``most`` requests per ``seconds`` for each key, evenly refilled."""

    def __init__(self, most: int, seconds: float) -> None:
        """Keys beyond a bounded number are forgotten, the oldest first."""
        self._most = most
        self._per_second = most / seconds
        self._lock = threading.Lock()
        self._buckets: OrderedDict[str, tuple[float, float]] = OrderedDict()

    def check(self, key: str) -> None:
        """Count one request; raises Refusal ``too_many_requests``."""
        now = time.monotonic()
        with self._lock:
            left, at = self._buckets.pop(key, (float(self._most), now))
            left = min(self._most, left + (now - at) * self._per_second)
            if len(self._buckets) >= _MOST_BUCKETS:
                self._buckets.popitem(last=False)
            self._buckets[key] = (left - 1 if left >= 1 else left, now)
        if left < 1:
            raise Refusal("too_many_requests", seconds=max(1, round((1 - left) / self._per_second)))


class AtOnce:
    """Allows ``most`` requests under way for each key, so that none holds all of the server's threads."""

    def __init__(self, most: int) -> None:
        """A key is known only while something of it is under way."""
        self._most = most
        self._lock = threading.Lock()
        self._under_way: Counter[str] = Counter()

    @contextmanager
    def one(self, key: str) -> Iterator[None]:
        """One request is under way; raises Refusal ``too_many_requests`` when there are enough."""
        with self._lock:
            if self._under_way[key] >= self._most:
                raise Refusal("too_many_requests", seconds=1)
            self._under_way[key] += 1
        try:
            yield
        finally:
            with self._lock:
                self._under_way[key] -= 1
                if not self._under_way[key]:
                    del self._under_way[key]
