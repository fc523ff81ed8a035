"""The parts planner's desk: open requests of all branches, and finding what an id or its end names."""

from datetime import datetime
from typing import TypeVar

import msgspec

from core.judging import local_day
from core.parts.books import progress_of, standing_of
from core.parts.requests import state_of
from core.refusals import Refusal
from core.roles import PlaceKind
from core.rows import TradeRow
from core.rows.access import Rows
from core.rows.people import Place
from core.rows.reference import Part
from core.rows.supply import PartRequest, Shipment
from hq.feed import Work
from hq.store import Store
from rowstore.rows import SqlRows

R = TypeVar("R", bound=TradeRow)
#: So many characters of an id's end tell requests and shipments apart for a person.
_LEAST = 6


class OpenLine(msgspec.Struct, frozen=True, kw_only=True):
    """One line that HQ or the branch has still to decide on or to send; pieces."""

    id: str
    part: str
    name: str
    asked: int
    allocated: int
    refused: int
    sent: int
    to_allocate: int
    to_send: int


class OpenRequest(msgspec.Struct, frozen=True, kw_only=True):
    """A station's request with what is open of it, and how its account stands (fen)."""

    id: str
    station: str
    station_name: str
    kind: str
    state: str
    order: str | None
    note: str
    asked_at: datetime
    owed_fen: int
    free_fen: int | None
    frozen: bool
    lines: tuple[OpenLine, ...]


class OpenRequests(msgspec.Struct, frozen=True, kw_only=True):
    """What waits for the parts planner, the oldest first."""

    requests: tuple[OpenRequest, ...]


def open_requests(store: Store, now: datetime) -> OpenRequests:
    """Requests of which something is to be decided on or sent."""
    found: list[OpenRequest] = []
    with store.reading() as connection:
        for branch in SqlRows(connection, store.tables).find(Place, kind=PlaceKind.BRANCH):
            rows = SqlRows(connection, store.tables, branch_id=branch.id)
            found += [seen for one in rows.find(PartRequest, state="open") if (seen := _open(rows, one, now))]
    return OpenRequests(requests=tuple(sorted(found, key=lambda one: (one.asked_at, one.id))))


def _open(rows: Rows, request: PartRequest, now: datetime) -> OpenRequest | None:
    progress = progress_of(rows, request.id)
    if not any(one.to_allocate or one.to_send for one in progress):
        return None
    station = rows.get(Place, request.station_id or "")
    standing = standing_of(rows, request.station_id or "", local_day(rows, request.station_id, now))
    lines = []
    for one in progress:
        part = rows.get(Part, one.line.part_id)
        lines.append(
            OpenLine(
                id=one.line.id,
                part=one.line.part_id,
                name=part.name_zh if part else "",
                asked=one.line.quantity,
                allocated=one.allocated,
                refused=one.refused,
                sent=one.sent,
                to_allocate=one.to_allocate,
                to_send=one.to_send,
            )
        )
    return OpenRequest(
        id=request.id,
        station=station.code if station else "",
        station_name=station.name if station else "",
        kind=request.kind,
        state=state_of(False, progress),
        order=request.order_id,
        note=request.note,
        asked_at=request.asked_at,
        owed_fen=standing.owed_fen,
        free_fen=standing.free_fen,
        frozen=standing.frozen or standing.frozen_by_age,
        lines=tuple(lines),
    )


def request_named(doing: Work, text: str) -> PartRequest:
    """The request with this id or an id that ends so; raises Refusal ``part_request_unknown``."""
    return _named(doing, PartRequest, text, "part_request_unknown")


def shipment_named(doing: Work, text: str) -> Shipment:
    """The shipment with this id, delivery note, or an id that ends so; raises Refusal ``shipment_unknown``."""
    return _named(doing, Shipment, text, "shipment_unknown")


def _named(doing: Work, kind: type[R], text: str, code: str) -> R:
    branches = doing.reference().find(Place, kind=PlaceKind.BRANCH) if text.isprintable() and text else ()
    found: list[R] = []
    for branch in branches:
        rows = doing.view(branch.id)
        exact = rows.get(kind, text)
        if exact is not None:
            return exact
        if len(text) >= _LEAST:
            found += [one for one in rows.find(kind) if one.id.endswith(text) or getattr(one, "document", "") == text]
    if len(found) != 1:
        raise Refusal(code)
    return found[0]
