"""Requests for parts with their progress, and the station's account that they weigh on."""

from collections.abc import Mapping
from datetime import date, datetime
from typing import NamedTuple

from sqlalchemy import func, select

from app.offline_db.schema import ROW_TABLES
from app.offline_db.store import LocalRows
from app.queries.orders import ORDERS
from app.queries.parts import PARTS, REQUESTS, Names, figures_here, unfinished
from core.parts.account import Standing
from core.parts.books import Summed, granted_lines, progress_of, shelf_of, standing_of
from core.parts.requests import LineProgress, state_of
from core.parts.stock import PartFigures
from core.rows.parts import AccountEntry
from core.rows.supply import Allocation, PartRequest

ENTRIES = ROW_TABLES[AccountEntry]
_MOST_ENTRIES = 400
_MOST_DONE = 100


class AskedPart(NamedTuple):
    """One line of a request, in pieces; ``here``: what this place has of it to spare."""

    line_id: str
    part_id: str
    zh: str
    en: str
    asked: int
    allocated: int
    refused: int
    reason: str
    sent: int
    arrived: int
    to_allocate: int
    here: int
    finding: str
    suggested: bool


class RequestRow(NamedTuple):
    """One request; ``to_send``: pieces this branch has granted and not sent."""

    id: str
    kind: str
    state: str
    station: str
    station_id: str
    order_id: str
    order_number: str
    note: str
    asked_at: datetime
    asked_by: str
    lines: tuple[AskedPart, ...]
    to_send: int

    @property
    def is_open(self) -> bool:
        """Whether anything of it is still to happen."""
        return self.state not in ("done", "refused", "withdrawn")


class EntryRow(NamedTuple):
    """One entry of the account in fen; ``after_fen``: the balance with it."""

    id: str
    at: datetime
    kind: str
    part_id: str
    zh: str
    en: str
    order_number: str
    amount_fen: int
    after_fen: int


class AccountView(NamedTuple):
    """How a station's account stands, and its newest entries."""

    station: str
    standing: Standing
    entries: tuple[EntryRow, ...]


def list_requests(rows: LocalRows, place_id: str) -> list[RequestRow]:
    """The requests of this station, or of the branch's stations, the newest first.

    All that something is still to come of, and the newest of the others.
    """
    looked = _Looked(Names(rows), figures_here(rows, place_id)[1])
    newest = select(REQUESTS.c.id).order_by(REQUESTS.c.asked_at.desc()).limit(_MOST_DONE)
    wanted = unfinished(rows.connection).union(rows.connection.execute(newest).scalars())
    asked = [one for request_id in wanted if (one := rows.get(PartRequest, request_id)) is not None]
    found = [_request(rows, one, place_id, looked) for one in asked]
    return sorted(found, key=lambda one: (one.asked_at, one.id), reverse=True)


class _Looked(NamedTuple):
    names: Names
    stock: Mapping[str, PartFigures]


def _request(rows: LocalRows, one: PartRequest, place_id: str, looked: _Looked) -> RequestRow:
    names = looked.names
    progress = progress_of(rows, one.id)
    reasons: dict[str, list[str]] = {}
    for allocation in rows.find(Allocation, request_id=one.id):
        if allocation.reason:
            reasons.setdefault(allocation.line_id, []).append(allocation.reason)
    lines = tuple(_asked(line, looked, reasons) for line in progress)
    return RequestRow(
        id=one.id,
        kind=one.kind,
        state=state_of(one.state == "withdrawn", progress),
        station=names.place(one.station_id or ""),
        station_id=one.station_id or "",
        order_id=one.order_id or "",
        order_number=names.order(one.order_id or ""),
        note=one.note,
        asked_at=one.asked_at,
        asked_by=names.person(one.asked_by),
        lines=lines,
        to_send=sum(sent.quantity for sent in granted_lines(rows, one.id, shelf_of(rows, place_id))),
    )


def _asked(line: LineProgress, looked: _Looked, reasons: Mapping[str, list[str]]) -> AskedPart:
    part, here = looked.names.part(line.line.part_id), looked.stock.get(line.line.part_id)
    return AskedPart(
        line_id=line.line.id,
        part_id=line.line.part_id,
        zh=part.name_zh if part else "",
        en=part.name_en if part else "",
        asked=line.line.quantity,
        allocated=line.allocated,
        refused=line.refused,
        reason="; ".join(reasons.get(line.line.id, ())),
        sent=line.sent,
        arrived=line.arrived,
        to_allocate=line.to_allocate,
        here=max(0, here.available) if here else 0,
        finding=line.line.finding or "",
        suggested=line.line.figures is not None,
    )


def account_view(rows: LocalRows, station_id: str, today: date) -> AccountView:
    """The account of a station with its newest entries and the balance after each."""
    summed = summed_of(rows, station_id)
    standing, balance = standing_of(rows, station_id, today, summed=summed), summed.balance_fen
    of_parts = ENTRIES.outerjoin(PARTS, PARTS.c.id == ENTRIES.c.part_id)
    found = (
        select(
            ENTRIES.c.id,
            ENTRIES.c.at,
            ENTRIES.c.kind,
            ENTRIES.c.part_id,
            PARTS.c.name_zh,
            PARTS.c.name_en,
            ORDERS.c.number,
            ENTRIES.c.amount_fen,
        )
        .select_from(of_parts.outerjoin(ORDERS, ORDERS.c.id == ENTRIES.c.order_id))
        .where(ENTRIES.c.station_id == station_id)
        .order_by(ENTRIES.c.at.desc(), ENTRIES.c.id.desc())
    )
    lines = []
    for entry_id, at, kind, part_id, zh, en, number, amount in rows.connection.execute(found.limit(_MOST_ENTRIES)):
        lines.append(EntryRow(entry_id, at, kind, part_id or "", zh or "", en or "", number or "", amount, balance))
        balance -= amount
    return AccountView(Names(rows).place(station_id), standing, tuple(lines))


def summed_of(rows: LocalRows, station_id: str) -> Summed:
    """What an account's standing rests on, summed up by the database: a station has tens of thousands of entries."""
    summed = select(func.coalesce(func.sum(ENTRIES.c.amount_fen), 0)).where(ENTRIES.c.station_id == station_id)
    asked = [rows.get(PartRequest, one) for one in sorted(unfinished(rows.connection))]
    mine = [one for one in asked if one is not None and one.station_id == station_id]
    return Summed(int(rows.connection.execute(summed).scalar_one()), mine)
