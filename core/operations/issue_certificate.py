"""An inspection certificate is written: what was found on a unit, for an exchange, a refund, DOA or dealer's stock."""

from typing import Annotated

from msgspec import Meta

from core.identifiers import certificate_prefix
from core.ids import derive
from core.operations.kernel import Action, Args, Nature, Rows
from core.operations.note_contact import not_later
from core.operations.operation import Hash, Id, Moment, Name, Operation, Text
from core.operations.orders import check_open, order_of, unit_of
from core.refusals import Refusal
from core.rows.jobs import Certificate, FindingOf, Measured, Purpose
from core.rows.people import Place
from core.work_order import STATION


class IssueCertificate(Args, frozen=True, kw_only=True):
    """The number made at this device, the finding and its evidence; ``at`` is the inspection's time (None: now)."""

    order_id: Id
    unit_id: Id
    number: Annotated[str, Meta(min_length=8, max_length=40)]
    purpose: Purpose
    finding: FindingOf
    fault: Text
    measured: Annotated[tuple[Measured, ...], Meta(max_length=20)] = ()
    photos: Annotated[tuple[Hash, ...], Meta(max_length=20)] = ()
    signed_by: Name
    signature_sha256: Hash | None = None
    at: Moment | None = None


def check(args: IssueCertificate, operation: Operation, rows: Rows) -> None:
    """The unit must be identified, the finding measured and signed, the number this device's own and new."""
    check_open(rows, args.order_id, operation)
    unit = unit_of(rows, args.order_id, args.unit_id)
    not_later(args.at, operation)
    if unit.serial is None:
        raise Refusal("unit_not_identified")
    if not args.measured:
        raise Refusal("measured_missing")
    if args.signature_sha256 is None:
        raise Refusal("signature_missing")
    place = rows.get(Place, operation.place)
    if place is None or not args.number.startswith(certificate_prefix(place.code, operation.device)):
        raise Refusal("certificate_number_wrong", number=args.number)
    if any(one.id != derive(operation.id, "certificate") for one in rows.find(Certificate, number=args.number)):
        raise Refusal("certificate_number_taken", number=args.number)


def replay(args: IssueCertificate, operation: Operation, rows: Rows) -> None:
    """Keep it with what the unit was known as."""
    order = order_of(rows, args.order_id)
    unit = unit_of(rows, args.order_id, args.unit_id)
    rows.put(
        Certificate(
            id=derive(operation.id, "certificate"),
            branch_id=order.branch_id,
            station_id=order.station_id,
            order_id=order.id,
            unit_id=unit.id,
            number=args.number,
            purpose=args.purpose,
            finding=args.finding,
            model=unit.model or "",
            serial=unit.serial or "",
            fault=args.fault,
            measured=args.measured,
            photos=args.photos,
            signed_by=args.signed_by,
            signature_sha256=args.signature_sha256,
            inspected_at=args.at or operation.made_at,
            issued_by=operation.user,
            entered_at=operation.made_at,
        )
    )


ACTION = Action("issue_certificate", IssueCertificate, STATION, Nature.FACT, replay, check)
