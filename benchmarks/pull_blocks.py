"""Does the window stay alive while 10,000 changed rows come down? The interface thread's longest gaps are counted."""

import os
import time
from typing import Any, NamedTuple, TypeVar

import msgspec
from sqlalchemy import Connection, select

from benchmarks.first_window import LOGIN
from benchmarks.ground import STATION, Ground, point_to, serving
from benchmarks.table import Line
from core.rows.base import PlaceRow
from core.rows.orders import OrderUnit, WorkOrder
from core.rows.people import Person, Place
from hq.bootstrap import open_store
from hq.feed import work
from hq.store.schema import TABLES
from rowstore.rows import to_row
from tools.tour.headquarters import Headquarters

R = TypeVar("R", bound=PlaceRow)
PLACES = TABLES[Place]
ROWS = 10_000
LIMIT_MS = 50.0
_BEAT_MS = 5
_PATIENCE_SECONDS = 60.0


class Gaps(NamedTuple):
    """How long the interface thread did not answer, in milliseconds, and how long the pull took."""

    longest: float
    over: int
    beats: int
    seconds: float


def measure(ground: Ground) -> list[Line]:
    """The real window on the page of orders, the real loop, and HQ in a process of its own."""
    os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
    _change(ground)
    own, pull = _watched(ground, Headquarters(ground.hq))
    return [
        Line("interface, the list read again: longest gap", f"{own.longest:.0f} ms"),
        Line(
            f"interface, pull of {ROWS:,} rows: gaps over {LIMIT_MS:.0f} ms",
            f"{pull.over} (longest {pull.longest:.0f} ms, pull {pull.seconds:.1f} s)",
            "none",
            met=pull.over == 0,
        ),
    ]


def _watched(ground: Ground, headquarters: Headquarters) -> tuple[Gaps, Gaps]:
    from app.window.start import application, apply_settings
    from app.window.window import Window

    app = application()
    station = ground.open()
    point_to(station, headquarters.url)
    apply_settings(station, "zh_CN")
    window = Window(app, station, wedge=False)
    try:
        window.open()
        with station.store.reading() as rows:
            person = rows.find(Person, login=LOGIN)[0]
        window.enter(person.id)
        heart = Heart()
        heart.beat_for(2.0)  # the page is there, HQ is not: it is switched on when everything has come to rest
        own = heart.listen(lambda: (window.shell.page.reload(), heart.beat_for(1.0)))
        with serving(headquarters):
            return own, heart.listen(lambda: _pull(window))
    finally:
        window.shell.close()
        station.close()


def _pull(window: Any) -> None:
    """Ask for a sync and wait until its rows are on the screen."""
    window.loop.ask()
    _until("the sync's end", lambda: window.loop.status.last_sync_at is not None and not window.loop.status.syncing)
    until = time.monotonic() + 1.5  # the list's own reading after the last news
    _until("the list", lambda: time.monotonic() > until)


def _until(what: str, is_so: Any) -> None:
    from PySide6.QtCore import QEventLoop
    from PySide6.QtWidgets import QApplication

    until = time.monotonic() + _PATIENCE_SECONDS
    while not is_so():
        if time.monotonic() > until:
            raise TimeoutError(what)
        QApplication.processEvents(QEventLoop.ProcessEventsFlag.WaitForMoreEvents)


class Heart:
    """A timer in the interface thread; what lies between two beats beyond its interval is a gap."""

    def __init__(self) -> None:
        from PySide6.QtCore import Qt, QTimer

        self._timer = QTimer()
        self._timer.setTimerType(Qt.TimerType.PreciseTimer)
        self._timer.setInterval(_BEAT_MS)
        self._timer.timeout.connect(self._beat)
        self._last = 0.0
        self.gaps: list[float] = []
        self._timer.start()

    def _beat(self) -> None:
        now = time.perf_counter()
        if self._last:
            self.gaps.append((now - self._last) * 1000 - _BEAT_MS)
        self._last = now

    def beat_for(self, seconds: float) -> None:
        """Let the window live so long."""
        until = time.monotonic() + seconds
        _until("time", lambda: time.monotonic() > until)

    def listen(self, what: Any) -> Gaps:
        """Count the gaps while ``what`` goes on."""
        self.gaps, self._last, began = [], 0.0, time.perf_counter()
        what()
        over = sum(gap > LIMIT_MS for gap in self.gaps)
        return Gaps(max(self.gaps), over, len(self.gaps), time.perf_counter() - began)


# --- what changes at HQ ---------------------------------------------------------------------------------------


def _change(ground: Ground) -> None:
    """Change :data:`ROWS` rows that the station sees, half orders and half units, in one transaction of HQ's."""
    store = open_store(ground.hq, None)
    try:
        with store.reading() as connection:
            orders = _some(connection, WorkOrder)
            units = _some(connection, OrderUnit)
        changed = [msgspec.structs.replace(order, reminders=order.reminders + 1) for order in orders]
        changed += [msgspec.structs.replace(unit, invoice_fen=(unit.invoice_fen or 0) + 1) for unit in units]
        with work(store) as doing:
            for row in changed:
                doing.rows(row.branch_id).put(row)
    finally:
        store.close()


def _some(connection: Connection, kind: type[R]) -> list[R]:
    """Half of the rows to change: those that the ground was built with."""
    table = TABLES[kind]
    at = select(PLACES.c.id).where(PLACES.c.code == STATION).scalar_subquery()
    found = connection.execute(select(table).where(table.c.station_id == at).order_by(table.c.id).limit(ROWS // 2))
    rows = [to_row(kind, one) for one in found.mappings()]
    if len(rows) < ROWS // 2:
        raise RuntimeError(f"HQ holds only {len(rows)} of {kind.__name__}")
    return rows
