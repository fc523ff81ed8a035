"""How long the lists, the filter as one types and the page of one order take to read at 50,000 orders."""

import statistics
import time
from collections.abc import Callable
from typing import Any

from sqlalchemy import Connection

from app.actions.pricing import quotation
from app.offline_db.store import LocalRows, utc_now
from app.queries import old_parts, settlement, sync_issues
from app.queries.order_board import CHIPS, BoardFilter, board, day_ends
from app.queries.order_page import Viewer, order_page
from app.queries.order_search import OrderSearch
from benchmarks.first_window import LOGIN
from benchmarks.ground import Ground
from benchmarks.table import Line
from core.rows.people import Person

FILTER_MS = LIST_MS = 100.0
_OFFSET = 480
_DUE_STATES = ("to_tag", "tagged")
_ROUNDS = 9
_TYPED = ("1", "13", "139", "139 李", "1390012")
#: What the list shows, asked of the driver alone.
_BARE = """SELECT o.id, o.number, o.state, o.due_at, o.visit_from, o.customer_name, o.customer_phone,
    o.customer_address, coalesce(u.model, o.reported_model), coalesce(v.outcome, o.warranty_guess), p.name,
    o.distance_m, o.reported_at
    FROM work_order o LEFT JOIN order_unit u ON u.order_id = o.id AND u.position = 1
    LEFT JOIN unit_verdict v ON v.id = u.verdict_id LEFT JOIN person p ON p.id = o.technician_id
    ORDER BY o.reported_at DESC, o.id DESC LIMIT 500"""
_BARE_LIKE = "SELECT count(*) FROM work_order WHERE customer_phone LIKE '%139%' OR number LIKE '%139%'"


def measure(ground: Ground) -> list[Line]:
    """The queries as the pages run them, on one open connection; the screens' painting is not in it."""
    station = ground.open()
    try:
        with station.store.reading() as rows:
            return _lists(rows) + _typing(rows) + _one_order(rows)
    finally:
        station.close()


def _median_ms(call: Callable[[], Any]) -> float:
    """Median of several calls after one that warms the cache."""
    call()
    took = []
    for _ in range(_ROUNDS):
        began = time.perf_counter()
        call()
        took.append((time.perf_counter() - began) * 1000)
    return statistics.median(took)


def _bare(connection: Connection, sql: str) -> float:
    raw: Any = connection.connection.driver_connection
    return _median_ms(lambda: raw.execute(sql).fetchall())


def _filter(rows: LocalRows, chip: str) -> BoardFilter:
    person, now = rows.find(Person, login=LOGIN)[0], utc_now()
    return BoardFilter(chip, "station", person.id, day_ends(now, _OFFSET), now)


def _lists(rows: LocalRows) -> list[Line]:
    bare = _bare(rows.connection, _BARE)
    lines = [Line("bare SQL: the 500 newest orders, joined", f"{bare:.1f} ms")]
    for chip in CHIPS["station"]:
        wanted = _filter(rows, chip)
        took = _median_ms(lambda wanted=wanted: board(rows.connection, wanted))
        lines.append(_read(f"orders, filter “{chip}” with all counts", took, bare))
    today = utc_now().date()
    old = _median_ms(
        lambda: (old_parts.counts(rows.connection, today), old_parts.list_old_parts(rows.connection, _DUE_STATES))
    )
    others = {
        "old parts to return": old,
        "statements": _median_ms(lambda: settlement.statements(rows)),
        "what waits for a person": _median_ms(lambda: sync_issues.sync_issues(rows.connection)),
    }
    return lines + [_read(name, took, bare) for name, took in others.items()]


def _read(name: str, took: float, bare: float) -> Line:
    return Line(name, f"{took:.0f} ms, {took / bare:.1f} × bare", f"≤ {LIST_MS:.0f} ms", met=took <= LIST_MS)


def _typing(rows: LocalRows) -> list[Line]:
    """Each text as one more letter leaves it: looking it up in memory, then the board of what is left."""
    search, wanted = OrderSearch(), _filter(rows, "all")
    began = time.perf_counter()
    search.find(rows.connection, "1")
    first = (time.perf_counter() - began) * 1000

    def typed(text: str) -> None:
        board(rows.connection, wanted._replace(found=search.find(rows.connection, text)))

    took = {text: _median_ms(lambda text=text: typed(text)) for text in _TYPED}
    text, worst = max(took.items(), key=lambda one: one[1])
    bare = _bare(rows.connection, _BARE_LIKE)
    return [
        Line("bare SQL: LIKE over two columns", f"{bare:.0f} ms"),
        Line("filter as typed: the first letter of a session", f"{first:.0f} ms"),
        Line(
            "filter as typed: slowest of all later ones",
            f"{worst:.0f} ms (“{text}”), {worst / bare:.1f} × bare",
            f"≤ {FILTER_MS:.0f} ms",
            met=worst <= FILTER_MS,
        ),
    ]


def _one_order(rows: LocalRows) -> list[Line]:
    person, now = rows.find(Person, login=LOGIN)[0], utc_now()
    roles = frozenset(role.value for role in person.roles)
    viewer = Viewer(person.id, roles, person.place_id, "station", now, now.date())
    some = [line.id for line in board(rows.connection, _filter(rows, "in_repair")).lines[:_ROUNDS]]
    took = statistics.median(_median_ms(lambda one=one: order_page(rows, one, viewer, quotation)) for one in some)
    return [Line("page of an order in repair, read", f"{took:.0f} ms", f"≤ {LIST_MS:.0f} ms", met=took <= LIST_MS)]
