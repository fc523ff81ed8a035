"""A unit comes into the station's hands and goes back, with the receipt's facts, photos and signature."""

from datetime import datetime
from typing import Any

from app.actions.desk import Desk, DeskAction, OrderAsked, Recorded, find_order, find_unit
from app.actions.pictures_of import kept_photos, kept_signature, record_all
from core.operations.custody import GiveBack, ReceiveUnit, TakeToShop
from core.rows.jobs import CustodyKind
from core.rows.orders import ServiceType

_BY_SERVICE = {ServiceType.MAIL_IN: CustodyKind.MAILED_IN}


class TakeAsked(OrderAsked, frozen=True, kw_only=True):
    """What is taken, in what state, from whom (the customer when empty); photos by path, a signature."""

    unit_id: str | None = None
    accessories: str = ""
    condition: str
    from_name: str = ""
    photos: tuple[str, ...] = ()
    signature: str | None = None
    signature_png: str | None = None
    at: datetime | None = None


class ReceiveAsked(TakeAsked, frozen=True, kw_only=True):
    """A unit at the counter or in a parcel; the kind follows the order's service type when absent."""

    kind: CustodyKind | None = None
    carrier: str | None = None
    tracking: str | None = None


class GiveAsked(OrderAsked, frozen=True, kw_only=True):
    """To whom the unit goes (the customer when empty), and the parcel's number."""

    unit_id: str | None = None
    to_name: str = ""
    carrier: str | None = None
    tracking: str | None = None
    at: datetime | None = None


def take(asked: TakeAsked, desk: Desk) -> Recorded:
    """Record that the unit is taken along."""
    return _record("take_to_shop", asked, desk)


def receive(asked: ReceiveAsked, desk: Desk) -> Recorded:
    """Record that the unit came in."""
    return _record("receive_unit", asked, desk)


def _record(action: str, asked: TakeAsked, desk: Desk) -> Recorded:
    with desk.store.reading() as rows:
        order = find_order(rows, asked.order_id)
        unit = find_unit(rows, order, asked.unit_id)
    photos = kept_photos(asked.photos, desk)
    signature = kept_signature(asked.signature_png, asked.signature, desk)
    receipt: dict[str, Any] = {
        "order_id": order.id,
        "unit_id": unit.id,
        "accessories": asked.accessories,
        "condition": asked.condition,
        "from_name": asked.from_name or order.customer_name,
        "signature_sha256": signature.sha256 if signature else None,
        "at": asked.at,
    }
    args: TakeToShop = TakeToShop(**receipt)
    if isinstance(asked, ReceiveAsked):
        kind = asked.kind or _BY_SERVICE.get(order.service_type, CustodyKind.CARRIED_IN)
        args = ReceiveUnit(**receipt, kind=kind, carrier=asked.carrier or None, tracking=asked.tracking or None)
    blobs = [one.queued("photo", order.id) for one in photos]
    blobs += [signature.queued("signature", order.id)] if signature else []
    recorded = desk.store.record(action, args, desk.person_id, blobs=blobs)
    record_all(order.id, "photo", photos, desk)
    record_all(order.id, "signature", [signature] if signature else [], desk)
    return recorded


def give(asked: GiveAsked, desk: Desk) -> Recorded:
    """Record that the unit is back with its owner."""
    with desk.store.reading() as rows:
        order = find_order(rows, asked.order_id)
        unit = find_unit(rows, order, asked.unit_id)
    args = GiveBack(
        order_id=order.id,
        unit_id=unit.id,
        to_name=asked.to_name or order.customer_name,
        carrier=asked.carrier or None,
        tracking=asked.tracking or None,
        at=asked.at,
    )
    return desk.store.record("give_back", args, desk.person_id)


TAKE = DeskAction("take_to_shop", TakeAsked, take)
RECEIVE = DeskAction("receive_unit", ReceiveAsked, receive)
GIVE = DeskAction("give_back", GiveAsked, give)
