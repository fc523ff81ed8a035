"""An inspection certificate is written: its number is made here, offline, and no other device makes the same one."""

from datetime import datetime
from typing import Protocol, cast

from app.actions.desk import Asked, Desk, DeskAction, OrderAsked, Recorded, find_order, find_unit
from app.actions.pictures_of import kept_photos, needed_signature, record_all
from core.identifiers import certificate_number, certificate_prefix
from core.operations.issue_certificate import IssueCertificate
from core.refusals import Refusal
from core.rows.access import Rows
from core.rows.jobs import Certificate, FindingOf, Measured, Purpose
from core.rows.people import Place


class _Enrolled(Protocol):
    """A store that tells which device it belongs to."""

    def device(self) -> object | None: ...


class MeasuredAsked(Asked, frozen=True, kw_only=True):
    """One measured fact."""

    name: str
    value: str


class CertificateAsked(OrderAsked, frozen=True, kw_only=True):
    """The finding with its figures; photos by path; who signs, and the signature."""

    unit_id: str | None = None
    purpose: Purpose
    finding: FindingOf = FindingOf.FAULTY
    fault: str
    measured: tuple[MeasuredAsked, ...] = ()
    photos: tuple[str, ...] = ()
    signed_by: str
    signature: str | None = None
    signature_png: str | None = None
    at: datetime | None = None


def next_number(rows: Rows, place_id: str, device_id: str) -> str:
    """The number after the last one that this device gave."""
    place = rows.get(Place, place_id)
    code = place.code if place else ""
    mine = certificate_prefix(code, device_id)
    given = [one.number for one in rows.find(Certificate, station_id=place_id) if one.number.startswith(mine)]
    return certificate_number(code, device_id, max((int(number.rpartition("-")[2]) for number in given), default=0))


def run(asked: CertificateAsked, desk: Desk) -> Recorded:
    """Record the certificate with its pictures."""
    device = cast("_Enrolled", desk.store).device()
    if device is None:
        raise Refusal("not_enrolled")
    with desk.store.reading() as rows:
        order = find_order(rows, asked.order_id)
        unit = find_unit(rows, order, asked.unit_id)
        number = next_number(rows, desk.place_id, str(device.id))  # type: ignore[attr-defined]
    photos = kept_photos(asked.photos, desk)
    signature = needed_signature(asked.signature_png, asked.signature, desk)
    args = IssueCertificate(
        order_id=order.id,
        unit_id=unit.id,
        number=number,
        purpose=asked.purpose,
        finding=asked.finding,
        fault=asked.fault,
        measured=tuple(Measured(name=one.name, value=one.value) for one in asked.measured),
        photos=tuple(one.sha256 for one in photos),
        signed_by=asked.signed_by,
        signature_sha256=signature.sha256,
        at=asked.at,
    )
    blobs = [*(one.queued("photo", order.id) for one in photos), signature.queued("signature", order.id)]
    recorded = desk.store.record("issue_certificate", args, desk.person_id, blobs=blobs)
    record_all(order.id, "photo", photos, desk)
    record_all(order.id, "signature", [signature], desk)
    return recorded


ACTION = DeskAction("issue_certificate", CertificateAsked, run)
