"""Where a scanned or typed text leads: an order, a unit’s open order or history, a part, a box, orders, an article."""

from typing import NamedTuple

from app.offline_db import knowledge_index
from app.offline_db.store import LocalRows
from app.queries.order_search import OrderSearch
from app.queries.orders import OrderFilter, list_orders, words_of
from core.identifiers import BOX_PREFIX, box_id, fold_serial, parse_box, parse_old_part, parse_order
from core.judging import open_orders_of
from core.refusals import Refusal
from core.rows.boxes import Box
from core.rows.orders import OrderUnit, WorkOrder
from core.rows.parts import OldPart
from core.rows.reference import Part
from core.rows.units import UnitRecord

_LONGEST = 4096  # characters; no code of a label or slip is longer


class Target(NamedTuple):
    """A page and what it is opened with; several ``orders`` when the text fits more than one."""

    page: str
    params: dict[str, str]


def find_target(rows: LocalRows, text: str, orders: OrderSearch | None = None) -> Target | None:
    """The place a text leads to; None when nothing here fits it. ``orders`` finds words sooner, if there is one."""
    if len(text) > _LONGEST:
        return None
    text = text.encode("utf-8", "replace").decode()
    return (
        _order(rows, text)
        or _old_part(rows, text)
        or _part(rows, text)
        or _box(rows, text)
        or _unit(rows, text)
        or _words(rows, text, orders)
        or _known(rows, text)
    )


def _order(rows: LocalRows, text: str) -> Target | None:
    number = parse_order(text) or text.strip().upper()
    found = rows.find(WorkOrder, number=number)
    return Target("order", {"order": found[0].id}) if found else None


def _old_part(rows: LocalRows, text: str) -> Target | None:
    try:
        tag = parse_old_part(text)
    except Refusal:
        return None
    found = rows.find(OldPart, tag=tag) if tag else []
    return Target("old_parts", {"tag": found[0].tag}) if found else None


def _part(rows: LocalRows, text: str) -> Target | None:
    found = rows.get(Part, text.strip().upper())
    return Target("parts", {"part": found.id}) if found else None


def _box(rows: LocalRows, text: str) -> Target | None:
    try:
        number = parse_box(text)
    except Refusal:
        return None
    if number is None or not (text.upper().startswith(BOX_PREFIX) or rows.get(Box, box_id(number))):
        return None
    return Target("boxes", {"number": number})


def _unit(rows: LocalRows, text: str) -> Target | None:
    serial = fold_serial(text)
    known = open_orders_of(serial, rows)
    if known:
        return Target("order", {"order": known[0].id})
    known_here = bool(rows.find(OrderUnit, serial=serial)) or bool(rows.find(UnitRecord, serial=serial))
    _, registered = rows.look_up(serial)
    return Target("unit", {"serial": serial}) if known_here or registered else None


def _known(rows: LocalRows, text: str) -> Target | None:
    """What nothing else fits may be spoken of in the knowledge base."""
    return Target("knowledge", {"text": text}) if knowledge_index.find(rows.connection, text, 1) else None


def _words(rows: LocalRows, text: str, orders: OrderSearch | None) -> Target | None:
    words = words_of(text)
    if not words:
        return None
    if orders is not None:
        found = sorted(orders.find(rows.connection, " ".join(words)))
    else:
        found = [line.id for line in list_orders(rows.connection, OrderFilter(text=text, limit=2))]
    if len(found) == 1:
        return Target("order", {"order": found[0]})
    return Target("orders", {"text": text}) if found else None
