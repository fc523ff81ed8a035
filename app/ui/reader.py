"""Reads the same thing again and again: one read at a time, and once more when something changed meanwhile."""

from collections.abc import Callable
from typing import Generic, TypeVar

from PySide6.QtCore import QObject

from app.offline_db.store import LocalRows
from app.ui.background import Failure, report_defect
from app.ui.bench import Bench

T = TypeVar("T")


class Reader(Generic[T]):
    """Two reads at once could answer in the wrong order, and a view would go on showing the older state."""

    def __init__(
        self, bench: Bench, query: Callable[[LocalRows], T], done: Callable[[T], None], owner: QObject
    ) -> None:
        """``done`` gets each answer on the interface thread, nothing once ``owner`` is gone."""
        self._bench, self._query, self._done, self._owner = bench, query, done, owner
        self._busy = self._again = False

    def ask(self) -> None:
        """Read soon; asked while a read is under way, one more follows it."""
        if self._busy:
            self._again = True
            return
        self._busy, self._again = True, False
        self._bench.read(self._query, self._answered, owner=self._owner, failed=self._failed)

    def _answered(self, found: T) -> None:
        self._busy = False
        self._done(found)
        if self._again:
            self.ask()

    def _failed(self, failure: Failure) -> None:
        self._busy = False
        report_defect(failure)
