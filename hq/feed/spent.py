"""How much each device has sent today."""

import threading
from datetime import date

from core.refusals import Refusal

#: Seconds after which a device that has sent its day's share is told to come again.
COME_AGAIN_S = 3_600


class Spent:
    """Bytes per device and day, in this process: a stolen key fills no disk in an hour."""

    def __init__(self, most: int | None) -> None:
        """``most`` bytes a day for each device; None: without bound."""
        self._most = most
        self._day: date | None = None
        self._by: dict[str, int] = {}
        self._lock = threading.Lock()

    def add(self, device_id: str, size: int, today: date) -> None:
        """Count ``size`` bytes; raises Refusal ``too_many_requests`` beyond the day's bound, and counts nothing."""
        with self._lock:
            if self._day != today:
                self._day, self._by = today, {}
            spent = self._by.get(device_id, 0) + size
            if self._most is not None and spent > self._most:
                raise Refusal("too_many_requests", seconds=COME_AGAIN_S)
            self._by[device_id] = spent
