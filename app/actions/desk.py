"""What an action works with: the local store, the blobs, the clock, and the person who acts at this place."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Protocol

import msgspec

from app.offline_db.blob_queue import QueuedBlob
from app.offline_db.blobs import BlobRef
from app.offline_db.store import Asked as Together
from core.judging import local_day
from core.operations.kernel import Args
from core.operations.operation import Operation
from core.refusals import Refusal
from core.rows.access import Rows
from core.rows.orders import OrderUnit, UnitVerdict, WorkOrder


class Recorded(Protocol):
    """What the store answers: the operation as it was signed and stored."""

    @property
    def operation(self) -> Operation: ...


class LocalStore(Protocol):
    """The station's database as actions use it."""

    def reading(self) -> AbstractContextManager[Rows]:
        """Rows as they stand, for looking only."""

    def record(
        self,
        action: str,
        args: Args,
        person_id: str,
        *,
        versions: Mapping[str, str] | None = None,
        blobs: Iterable[QueuedBlob] = (),
    ) -> Recorded:
        """Check, replay, sign and store one operation in one transaction; raises Refusal and then changes nothing.

        ``blobs`` are queued for HQ in the same transaction.
        """

    def record_together(self, asked: Iterable[Together], person_id: str) -> Sequence[Recorded]:
        """Several operations in one transaction: all of them or, with a Refusal, none."""


class BlobKeeper(Protocol):
    """Keeps photos and signatures, encrypted."""

    def put(self, content: bytes) -> BlobRef:
        """Store the bytes and return their SHA-256 (hex) and size."""


@dataclass(frozen=True)
class Desk:
    """One person at work at one place."""

    store: LocalStore
    blobs: BlobKeeper
    person_id: str
    place_id: str
    now: Callable[[], datetime]

    def today(self, rows: Rows) -> date:
        """The calendar day at this place."""
        return local_day(rows, self.place_id, self.now())


def find_order(rows: Rows, wanted: str) -> WorkOrder:
    """The order with this id or number; raises Refusal ``order_unknown``."""
    order = rows.get(WorkOrder, wanted)
    if order is None:
        found = rows.find(WorkOrder, number=wanted.strip().upper())
        order = found[0] if found else None
    if order is None:
        raise Refusal("order_unknown", order=wanted)
    return order


def find_unit(rows: Rows, order: WorkOrder, unit_id: str | None) -> OrderUnit:
    """The named unit of the order, or its only or first one; raises Refusal ``unit_unknown``."""
    units = sorted(rows.find(OrderUnit, order_id=order.id), key=lambda unit: unit.position)
    chosen = [unit for unit in units if unit_id in (None, unit.id)]
    if not chosen:
        raise Refusal("unit_unknown")
    return chosen[0]


def verdict_of(rows: Rows, unit: OrderUnit) -> UnitVerdict:
    """The unit's newest verdict; raises Refusal ``no_verdict``."""
    stored = rows.get(UnitVerdict, unit.verdict_id) if unit.verdict_id else None
    if stored is None:
        raise Refusal("no_verdict")
    return stored


class Asked(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What a person gives to an action; orders are named by id or number."""


class OrderAsked(Asked, frozen=True, kw_only=True):
    """An action on one order."""

    order_id: str


@dataclass(frozen=True)
class DeskAction:
    """One thing a person can do at a desk: what it asks for and how it is done."""

    name: str
    asked: type[msgspec.Struct]
    run: Callable[[Any, Desk], Recorded]
