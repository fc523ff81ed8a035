"""The ground all measurements stand on: one HQ and one enrolled station with 50,000 orders, built once and kept."""

import json
import shutil
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

from sqlalchemy import Connection, Table, func, select, text, update

from app.bootstrap import Station, open_station
from app.offline_db.engine import writing
from app.offline_db.profile import Profile
from app.offline_db.schema import ROW_TABLES, device
from benchmarks.ways import WAYS
from core.parts.books import OWED
from core.rows import Row
from core.rows.orders import OrderUnit, TimelineEntry, WorkOrder
from core.work_order import State
from hq.bootstrap import open_store
from hq.feed import work
from rowstore.rows import to_row
from tools.tour.headquarters import Headquarters

FOLDER = Path("build/bench")
ORDERS = 50_000
STATION = "SZ01"
#: So many of the copied orders HQ knows too, to change them later.
_AT_HQ = 5_000
_SAMPLE = ("--stations", "3", "--units", "4000", "--orders", "400")
#: The whole story of every tenth copy: half a million lines of timeline would be built for no screen's sake.
_STORY_OF_EACH = 10
_MADE = "made.json"
_HISTORY = f"""SELECT id FROM work_order WHERE state = '{State.CLOSED}' AND NOT EXISTS (
    SELECT 1 FROM old_part WHERE order_id = work_order.id AND state IN ({", ".join(f"'{one}'" for one in OWED)}))"""


class Ground:
    """Where HQ's data and the station's profile lie."""

    def __init__(self, folder: Path = FOLDER, orders: int = ORDERS, busy: int | None = None) -> None:
        """Nothing is built yet; the station is to have so many ``orders``.

        ``busy`` of them are in every state the sample knows (None: all of them); the others are history: closed, with
        nothing owed.
        """
        self.folder, self.orders, self.busy = folder, orders, busy or orders
        self.hq = folder / "hq"
        self.station = folder / "station"

    @property
    def is_there(self) -> bool:
        """Whether both were built to the end, for as many orders as are wanted now."""
        made = self.folder / _MADE
        return made.exists() and json.loads(made.read_text()) == self._made

    def build(self) -> None:
        """Make both anew; takes about a minute."""
        shutil.rmtree(self.folder, ignore_errors=True)
        self.hq.mkdir(parents=True)
        headquarters = Headquarters(self.hq)
        headquarters.command("init", "--sample", *_SAMPLE)
        with serving(headquarters):
            code = headquarters.command("enrol-code", STATION)["code"]
            station = open_station(Profile(self.station), WAYS)
            station.enrol(headquarters.url, code)
            station.syncer().sync_once()
        _multiply(station, self.orders, self.busy)
        _tell_hq(station, self.hq)
        self.fill(station)
        station.close()
        (self.folder / _MADE).write_text(json.dumps(self._made))

    @property
    def _made(self) -> dict[str, int]:
        return {"orders": self.orders, "busy": self.busy}

    def fill(self, station: Station) -> None:
        """Add what a measurement needs beside the orders."""

    def open(self) -> Station:
        """The station's profile."""
        return open_station(Profile(self.station), WAYS)


@contextmanager
def serving(headquarters: Headquarters) -> Iterator[None]:
    """HQ answers meanwhile, in a process of its own."""
    headquarters.start()
    try:
        yield
    finally:
        headquarters.stop()


def point_to(station: Station, url: str) -> None:
    """Have the station look for HQ at another address."""
    with writing(station.engine) as connection:
        connection.execute(update(device).values(hq_url=url))


class _Copied(NamedTuple):
    """A table that goes with the orders, and what each column of a copy is made of."""

    kind: type[Row]
    columns: dict[str, str]


def _multiply(station: Station, wanted: int, busy: int) -> None:
    """Copy the station's orders with all that belongs to them until there are as many as ``wanted``."""
    with writing(station.engine) as connection:
        tables = [(kind, table) for kind, table in ROW_TABLES.items() if kind is WorkOrder or "order_id" in table.c]
        known = {one for _kind, table in tables for one in connection.execute(select(table.c.id)).scalars()}
        copied = [
            _Copied(kind, {column.name: _copied(connection, table, column.name, known) for column in table.c})
            for kind, table in tables
        ]
        connection.execute(text("CREATE TEMP TABLE copy (k INTEGER PRIMARY KEY)"))
        connection.execute(text("CREATE TEMP TABLE chosen AS SELECT id FROM work_order"))
        done = _copies(connection, copied, busy, 0)
        connection.execute(text(f"DELETE FROM chosen WHERE id NOT IN ({_HISTORY})"))
        _copies(connection, copied, wanted, done)
        connection.execute(text("DROP TABLE copy"))
        connection.execute(text("DROP TABLE chosen"))


def _copies(connection: Connection, copied: list[_Copied], wanted: int, done: int) -> int:
    """Copy the chosen orders with what belongs to them until there are so many; returns the last copy's number."""
    there = connection.execute(select(func.count()).select_from(ROW_TABLES[WorkOrder])).scalar_one()
    chosen = connection.execute(text("SELECT count(*) FROM chosen")).scalar_one()
    last = done + max(0, -(-(wanted - there) // chosen))
    connection.execute(text("DELETE FROM copy"))
    for k in range(done + 1, last + 1):
        connection.execute(text("INSERT INTO copy VALUES (:k)"), {"k": k})
    for one in copied:
        _copy(connection, one, max(0, wanted - there))
    return last


def _tell_hq(station: Station, hq: Path) -> None:
    """Let HQ hold some of the copied orders with their units, as if it had sent them."""
    orders, units = ROW_TABLES[WorkOrder], ROW_TABLES[OrderUnit]
    some = select(orders.c.id).where(orders.c.version == 0).order_by(orders.c.id).limit(_AT_HQ)
    with station.store.reading() as rows:
        told: list[Row] = []
        for kind, table, wanted in ((WorkOrder, orders, orders.c.id), (OrderUnit, units, units.c.order_id)):
            found = rows.connection.execute(select(table).where(wanted.in_(some))).mappings()
            told += [to_row(kind, one) for one in found]
    store = open_store(hq, None)
    try:
        with work(store) as doing:
            doing.add_new(told)
    finally:
        store.close()


def _copy(connection: Connection, copied: _Copied, missing: int) -> None:
    name, own = ROW_TABLES[copied.kind].name, copied.kind is WorkOrder
    columns, listed = ", ".join(copied.columns.values()), ", ".join(f'"{column}"' for column in copied.columns)
    where = f"WHERE k % {_STORY_OF_EACH} = 0" if copied.kind is TimelineEntry else ""
    chosen = f"SELECT * FROM {name} WHERE {'id' if own else 'order_id'} IN (SELECT id FROM chosen)"
    limit = f"LIMIT {missing}" if own else ""
    connection.exec_driver_sql(
        f"INSERT INTO {name} ({listed}) SELECT {columns} FROM ({chosen}), copy {where} ORDER BY k {limit}"
    )


def _copied(connection: Connection, table: Table, name: str, known: set[str]) -> str:
    """The expression of a copied column: ids lead to the copies, and what a person types differs from copy to copy."""
    column = f'"{name}"'
    if name == "id" or name.endswith("_id"):
        some = connection.execute(select(table.c[name]).where(table.c[name].is_not(None))).scalars().first()
        if some in known:
            return f"substr({column}, 1, 30) || printf('%06x', k)"
    if name in ("number", "serial", "tag", "reported_serial"):
        return f"substr({column}, 1, length({column}) - 4) || printf('%04d', k)"
    if name == "version":
        return "0"  # whatever HQ may send of it later is newer
    if name == "customer_phone":
        return f"substr({column}, 1, 7) || printf('%04d', k * 7 % 10000)"
    return column


def main() -> None:
    """Build, and tell how long it took."""
    began = time.perf_counter()
    Ground().build()
    print(f"built in {time.perf_counter() - began:.0f} s")


if __name__ == "__main__":
    main()
