"""``make bench-desk``: each list, search and page of a station at two sizes, ten times apart, beside bare SQL.

    python -m benchmarks.desk [--record]

Figures are processor time, so that other work on the computer counts little: the median of several calls on an open
connection, after one that warms its cache. What is painted is not in them.
"""

import argparse
import os
import statistics
import sys
import time
from collections.abc import Callable
from typing import Any, NamedTuple

from app.actions.pricing import quotation
from app.offline_db.store import LocalRows, utc_now
from app.queries import knowledge, old_parts, settlement, sync_issues
from app.queries.approvals import requests
from app.queries.boxes import list_boxes
from app.queries.find import find_target
from app.queries.order_board import CHIPS, BoardFilter, board, day_ends
from app.queries.order_page import Viewer, order_page
from app.queries.order_search import OrderSearch
from app.queries.part_requests import account_view, list_requests
from app.queries.parts import part_detail, stock_view
from app.queries.shipments import list_shipments, list_transfers
from app.queries.today import TodayFilter, today
from app.queries.unit_history import unit_history
from benchmarks.desk_ground import LARGE, SMALL, DeskGround
from benchmarks.first_window import LOGIN
from benchmarks.report import DOCUMENT, conditions, record
from benchmarks.table import Line, as_markdown
from core.knowledge import About
from core.parts_ledger import balance, location
from core.rows.orders import OrderUnit
from core.rows.parts import LocationKind, StockMove
from core.rows.people import Person

_OFFSET = 480
_ROUNDS = 7
_GROWTH = 1.3
_LIST_MS, _PAGE_MS, _BALANCE_MS = 100.0, 80.0, 5.0
_BARE = {
    "list": """SELECT o.id, o.number, o.state, o.due_at, o.customer_name, o.customer_phone, o.customer_address,
        coalesce(u.model, o.reported_model), coalesce(v.outcome, o.warranty_guess), p.name, o.reported_at
        FROM work_order o LEFT JOIN order_unit u ON u.order_id = o.id AND u.position = 1
        LEFT JOIN unit_verdict v ON v.id = u.verdict_id LEFT JOIN person p ON p.id = o.technician_id
        ORDER BY o.reported_at DESC, o.id DESC LIMIT 500""",
    "search": "SELECT count(*) FROM work_order WHERE customer_phone LIKE '%139%' OR number LIKE '%139%'",
    "balance": """SELECT sum(CASE WHEN to_location = from_location THEN 0 ELSE quantity END) FROM stock_move
        WHERE part_id = (SELECT part_id FROM stock_move LIMIT 1)""",
}


class Measured(NamedTuple):
    """One thing a person waits for, in milliseconds of processor time; ``kind`` is its bare peer."""

    name: str
    kind: str
    limit: float
    took: float


def main() -> int:
    """Measure both sizes; 1 when a goal was missed."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.desk", description=__doc__.split("\n", maxsplit=1)[0])
    parser.add_argument("--record", action="store_true", help=f"write the table into {DOCUMENT}")
    options = parser.parse_args()
    began, load = time.monotonic(), os.getloadavg()[0]
    (small, _), (large, bare) = (_sized(DeskGround(size)) for size in (SMALL, LARGE))
    lines = [Line(f"bare SQL: {kind}", f"{took:.1f} ms") for kind, took in bare.items()]
    lines += [_line(one, before, bare[one.kind]) for one, before in zip(large, small, strict=True)]
    text = f"{conditions(load, time.monotonic() - began)}\n\n{as_markdown(lines)}\n"
    print(f"\n{text}")
    if options.record:
        record(text, "desk run")
    return int(any(line.met is False for line in lines))


def _line(one: Measured, before: Measured, bare: float) -> Line:
    grown = one.took / max(before.took, 0.1)
    good = one.took <= one.limit and (grown <= _GROWTH or one.took <= one.limit / 10)
    figure = f"{one.took:.1f} ms, {one.took / bare:.1f} × bare, {grown:.1f} × a tenth ({before.took:.1f} ms)"
    return Line(one.name, figure, f"≤ {one.limit:.0f} ms, ≤ {_GROWTH} ×", met=good)


def _sized(ground: DeskGround) -> tuple[list[Measured], dict[str, float]]:
    if not ground.is_there:
        print(f"Building a station with {ground.size.orders:,} orders (once) …", flush=True)
        ground.build()
    station = ground.open()
    try:
        with station.store.reading() as rows:
            bare = {kind: _median_ms(lambda sql=sql: _raw(rows, sql)) for kind, sql in _BARE.items()}
            return list(_all(rows)), bare
    finally:
        station.close()


def _raw(rows: LocalRows, sql: str) -> Any:
    raw: Any = rows.connection.connection.driver_connection
    return raw.execute(sql).fetchall()


def _median_ms(call: Callable[[], Any]) -> float:
    """Median of several calls after one that warms the cache."""
    call()
    took = []
    for _ in range(_ROUNDS):
        began = time.process_time()
        call()
        took.append((time.process_time() - began) * 1000)
    return statistics.median(took)


class Desk:
    """What the pages ask, as they ask it, by the technician of the demonstration."""

    def __init__(self, rows: LocalRows) -> None:
        """Look things up that are asked for below."""
        self.rows, self.now = rows, utc_now()
        self.person = rows.find(Person, login=LOGIN)[0]
        self.place, self.day = self.person.place_id, day_ends(self.now, _OFFSET)
        roles = frozenset(role.value for role in self.person.roles)
        self.viewer = Viewer(self.person.id, roles, self.place, "station", self.now, self.now.date())
        self.search = OrderSearch()

    def filter(self, chip: str) -> BoardFilter:
        """A filter of the list of orders."""
        return BoardFilter(chip, "station", self.person.id, self.day, self.now)

    def typed(self, text: str) -> None:
        """The list of orders with a text typed into its filter."""
        found = self.search.find(self.rows.connection, text)
        board(self.rows.connection, self.filter("all")._replace(found=found))

    def lists(self) -> dict[str, Callable[[], Any]]:
        """The lists of the pages: their first rows and counts."""
        rows, day = self.rows, self.now.date()
        found: dict[str, Callable[[], Any]] = {
            f"orders, “{chip}”": lambda chip=chip: board(rows.connection, self.filter(chip))
            for chip in CHIPS["station"]
        }
        return found | {
            "today": lambda: today(rows, TodayFilter(self.place, self.person.id, self.day, self.now)),
            "stock of the place": lambda: stock_view(rows, self.place, self.person.id, day),
            "requests for parts": lambda: list_requests(rows, self.place),
            "parts account": lambda: account_view(rows, self.place, day),
            "shipments, transfers": lambda: (list_shipments(rows, self.place), list_transfers(rows, self.place)),
            "old parts to return": lambda: (
                old_parts.counts(rows.connection, day),
                old_parts.list_old_parts(rows.connection, ("to_tag", "tagged")),
            ),
            "boxes": lambda: list_boxes(rows),
            "approvals": lambda: requests(rows, self.person.id, day),
            "statements": lambda: settlement.statements(rows),
            "knowledge base, newest": lambda: knowledge.search(rows.connection, ""),
            "knowledge base, of a class": lambda: knowledge.search(rows.connection, "", "tv_lcd"),
            "what waits for a person": lambda: sync_issues.sync_issues(rows.connection),
        }

    def searches(self) -> dict[str, Callable[[], Any]]:
        """Typed and scanned texts."""
        serial = next(one.serial for one in self.rows.find(OrderUnit) if one.serial)
        return {
            "orders, “139” typed": lambda: self.typed("139"),
            "orders, “139 李” typed": lambda: self.typed("139 李"),
            "knowledge, “电源”": lambda: knowledge.search(self.rows.connection, "电源"),
            "knowledge, “E5 报警” of a class": lambda: knowledge.search(
                self.rows.connection, "E5 报警", "air_conditioner"
            ),
            "jump: a serial number": lambda: find_target(self.rows, serial or "", self.search),
            "jump: words nobody has": lambda: find_target(self.rows, "没有这样的订单", self.search),
        }

    def pages(self) -> dict[str, Callable[[], Any]]:
        """The page of one thing."""
        order = board(self.rows.connection, self.filter("in_repair")).lines[0].id
        part = self.rows.find(StockMove)[0].part_id
        serial = next(one.serial for one in self.rows.find(OrderUnit) if one.serial)
        lines = knowledge.search(self.rows.connection, "电源")
        line = next(one for one in lines if one.models and one.product_classes and one.symptoms)
        about = About(model=line.models[0], product_class=line.product_classes[0], symptom=line.symptoms[0])
        return {
            "page of an article": lambda: knowledge.article_view(self.rows, line.id),
            "what is known about a unit’s symptom": lambda: knowledge.known_about(self.rows, about, self.place),
            "page of an order in repair": lambda: order_page(self.rows, order, self.viewer, quotation),
            "page of a part": lambda: part_detail(self.rows, self.place, part),
            "page of a unit": lambda: unit_history(self.rows, serial or ""),
        }

    def balances(self) -> dict[str, Callable[[], Any]]:
        """What the shelf has of one part."""
        part, shelf = self.rows.find(StockMove)[0].part_id, location(LocationKind.STATION, self.place)
        return {"balance of a part": lambda: balance(self.rows.find(StockMove, part_id=part), part, shelf)}


def _all(rows: LocalRows) -> list[Measured]:
    desk = Desk(rows)
    desk.typed("1")  # the first letter of a session reads all orders once, off the interface's thread
    groups = (
        (desk.lists(), "list", _LIST_MS),
        (desk.searches(), "search", _LIST_MS),
        (desk.pages(), "list", _PAGE_MS),
        (desk.balances(), "balance", _BALANCE_MS),
    )
    return [
        Measured(name, kind, limit, _median_ms(call)) for calls, kind, limit in groups for name, call in calls.items()
    ]


if __name__ == "__main__":
    sys.exit(main())
