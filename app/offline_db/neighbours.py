"""Other processes on the same profile (the command line while the window is open): hearing that they did something."""

import threading

from sqlalchemy import Connection

from app.offline_db.engine import own_commits
from app.offline_db.store import Store
from core.rows import BY_NAME

#: Whose work it was is known, not which rows it changed: every kind of row may look different.
_ANYTHING = frozenset((entity, "") for entity in (*BY_NAME, "operation", "device"))


class Neighbours:
    """Looks for commits of other processes; a look while nothing happens reads one number from memory."""

    def __init__(self, store: Store) -> None:
        """Look at ``store``'s database from the first call of :meth:`have_changed` on."""
        self._store = store
        self._lock = threading.Lock()
        self._own = own_commits(store.engine)
        self._kept: Connection | None = None
        self._version = self._total = 0

    def have_changed(self) -> bool:
        """Whether another process has committed since the last call; then the store's listeners are told."""
        with self._lock:
            others = self._look()
        if others:
            self._store.tell(_ANYTHING)
        return others

    def close(self) -> None:
        """Give the kept connection back; the next look begins anew."""
        with self._lock:
            if self._kept is not None:
                self._kept.close()
                self._kept = None

    def _look(self) -> bool:
        if self._kept is None:
            self._kept = self._store.engine.connect().execution_options(fixpoint_outside=True)
            self._version, self._total = self._ask("data_version"), self._ask("user_version")
            return False
        version = self._ask("data_version")
        if version == self._version:
            return False
        total = self._ask("user_version")
        others = total < self._total or any(one not in self._own for one in range(self._total + 1, total + 1))
        self._version, self._total = version, total
        for one in [one for one in self._own if one <= total]:
            self._own.discard(one)
        return others

    def _ask(self, pragma: str) -> int:
        assert self._kept is not None, "opened by the first look"
        return int(self._kept.exec_driver_sql(f"PRAGMA {pragma}").scalar_one())
