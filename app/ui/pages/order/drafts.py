"""What is typed on an order and not yet done: kept at once, off the thread, given back when the order is opened."""

from __future__ import annotations

from typing import Any

from PySide6.QtCore import QObject, QTimer

from app.ui.background import Progress
from app.ui.bench import Bench

_PAUSE_MS = 250


class DraftBox(QObject):
    """The half-typed fields of one order by name; written one at a time, the newest state last."""

    def __init__(self, bench: Bench, parent: QObject) -> None:
        super().__init__(parent)
        self._bench = bench
        self._key = ""
        self._values: dict[str, Any] = {}
        self._dirty = self._writing = False
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.setInterval(_PAUSE_MS)
        self._timer.timeout.connect(self._write)

    @staticmethod
    def key(order_id: str) -> str:
        """Where an order's draft is kept."""
        return f"order/{order_id}"

    def take(self, order_id: str, values: dict[str, Any] | None) -> None:
        """Go on with what was kept for this order; harmless when it is the one at hand."""
        if self.key(order_id) != self._key:
            self.flush()
            self._key, self._values = self.key(order_id), dict(values or {})

    def get(self, name: str, otherwise: Any = "") -> Any:
        """What is kept under the name."""
        return self._values.get(name, otherwise)

    def put(self, name: str, value: Any) -> None:
        """Keep the value; nothing ("" or an empty list) takes it away."""
        if not value:
            self.drop(name)
        elif self._values.get(name) != value:
            self._values[name] = value
            self._soon()

    def drop(self, *names: str) -> None:
        """Forget what was done or given up."""
        dropped = [self._values.pop(name, None) for name in names]  # each: `any` over a generator would stop early
        if any(value is not None for value in dropped):
            self._soon()

    def flush(self) -> None:
        """Write what is not written yet before going on; for leaving the page and closing the window."""
        if self._dirty and self._key:
            self._timer.stop()
            self._dirty = False
            self._save(self._key, dict(self._values))

    def _soon(self) -> None:
        self._dirty = True
        self._timer.start()

    def _write(self) -> None:
        if self._writing or not self._dirty:
            return
        self._dirty, self._writing = False, True
        key, values = self._key, dict(self._values)
        self._bench.runner.run(lambda _: self._save(key, values), self._written, owner=self)

    def _written(self, _result: object) -> None:
        self._writing = False
        if self._dirty:
            self._soon()

    def _save(self, key: str, values: dict[str, Any], _progress: Progress | None = None) -> None:
        if values:
            self._bench.drafts.save(key, values)
        else:
            self._bench.drafts.drop(key)
