"""Finding orders as a person types: what can be typed of each order, kept in memory and renewed row by row."""

import threading
from collections.abc import Collection, Iterable
from typing import Any

from sqlalchemy import Connection, func, select

from app.queries.orders import ORDERS, UNITS

_BATCH = 5_000
_ALL = object()
Keys = Iterable[tuple[str, str]]


class OrderSearch:
    """The searchable text of every order by id; used from several threads, one at a time.

    Looking for words through 100,000 orders takes some 20 ms here and ten times as long in the encrypted database.
    """

    def __init__(self) -> None:
        """Nothing is read before the first search."""
        self._texts: dict[str, str] = {}
        self._stale: set[tuple[str, str]] | object = _ALL
        self._lock = threading.Lock()
        self._news = threading.Lock()

    def heard(self, keys: Keys) -> None:
        """These rows changed; they are read again before the next search."""
        wanted = {key for key in keys if key[0] in ("work_order", "order_unit")}
        with self._news:
            if isinstance(self._stale, set):
                self._stale |= wanted

    def find(self, connection: Connection, text: str) -> set[str]:
        """The ids of the orders in which every word occurs."""
        words = text.casefold().split()[:6]
        with self._lock:
            self._renew(connection)
            return {order_id for order_id, hay in self._texts.items() if all(word in hay for word in words)}

    def _renew(self, connection: Connection) -> None:
        with self._news:
            stale, self._stale = self._stale, set()
        if stale is _ALL:
            self._texts = dict(_texts(connection, None))
        elif isinstance(stale, set) and stale:
            ids = [row_id for entity, row_id in stale if entity == "work_order"]
            ids += _orders_of(connection, [row_id for entity, row_id in stale if entity == "order_unit"])
            for order_id in ids:
                self._texts.pop(order_id, None)
            for begin in range(0, len(ids), _BATCH):
                self._texts.update(_texts(connection, ids[begin : begin + _BATCH]))


def _orders_of(connection: Connection, units: list[str]) -> list[str]:
    found: list[str] = []
    for begin in range(0, len(units), _BATCH):
        statement = select(UNITS.c.order_id).where(UNITS.c.id.in_(units[begin : begin + _BATCH]))
        found += connection.execute(statement).scalars()
    return found


def _texts(connection: Connection, ids: Collection[str] | None) -> Iterable[tuple[str, str]]:
    """What a person may type of an order: number, customer, phone, address, model and serial."""
    named: tuple[Any, ...] = (
        ORDERS.c.number,
        ORDERS.c.customer_name,
        ORDERS.c.customer_phone,
        ORDERS.c.customer_address,
        ORDERS.c.reported_model,
        ORDERS.c.reported_serial,
    )
    hay: Any = func.coalesce(named[0], "")
    for column in named[1:]:
        hay = hay + "\n" + func.coalesce(column, "")
    orders = select(ORDERS.c.id, hay)
    units = select(UNITS.c.order_id, func.coalesce(UNITS.c.model, "") + "\n" + func.coalesce(UNITS.c.serial, ""))
    if ids is not None:
        orders, units = orders.where(ORDERS.c.id.in_(ids)), units.where(UNITS.c.order_id.in_(ids))
    texts = {row[0]: row[1].casefold() for row in connection.execute(orders)}
    for order_id, text in connection.execute(units):
        if order_id in texts:
            texts[order_id] += "\n" + text.casefold()
    return texts.items()
