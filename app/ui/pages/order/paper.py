"""Papers of an order: slip, labels, tags, certificates, verdict page and receipt, all through the print window."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar, cast

from PySide6.QtWidgets import QWidget

from app.i18n import _
from app.offline_db.store import LocalRows
from app.queries.approval_paper import approval_facts
from app.queries.order_view import OrderView, PartUsed
from app.queries.papers import maker_name
from app.queries.receipt_paper import receipt_facts
from app.queries.shop_papers import custody_facts, intake_facts, loaner_facts
from app.queries.verdict_paper import verdict_facts
from app.ui import formats
from app.ui.background import Failure
from app.ui.components.print_window import offer
from app.ui.pages.order.desk import OrderDesk
from app.ui.pages.order.texts import coded, either
from app.ui.printing import (
    KINDS,
    FieldSlip,
    OldPartTag,
    OrderLabel,
    Print,
    UnitLabel,
    label_print,
    paper_print,
    slip_paper,
)
from app.ui.printing.approval_page import approval_paper
from app.ui.printing.certificate import CertificatePage, certificate_paper
from app.ui.printing.repair_receipt import receipt_paper
from app.ui.printing.shop_receipts import custody_paper, intake_paper, loaner_paper
from app.ui.printing.verdict_page import verdict_paper
from app.ui.refusal_words import told
from core.rows.jobs import Certificate, Custody, Loaner

T = TypeVar("T")


def print_slip(desk: OrderDesk, view: OrderView) -> None:
    """Offer the field slip."""

    def have(maker: str) -> Print:
        number = view.head.number
        return paper_print(KINDS["field_slip"], number, lambda: slip_paper(field_slip(desk, view, maker)))

    _read_and_offer(desk, maker_name, have)


def print_verdict(desk: OrderDesk, view: OrderView) -> None:
    """Offer the page of the newest verdict."""
    printed, number = _now(desk), view.head.number
    _read_and_offer(
        desk,
        lambda rows: verdict_facts(rows, view.head.id),
        lambda facts: paper_print(KINDS["warranty_verdict"], number, lambda: verdict_paper(facts, printed)),
    )


def print_receipt(desk: OrderDesk, view: OrderView) -> None:
    """Offer the receipt of a finished repair."""
    printed, number = _now(desk), view.head.number
    _read_and_offer(
        desk,
        lambda rows: receipt_facts(rows, view.head.id),
        lambda facts: paper_print(KINDS["repair_receipt"], number, lambda: receipt_paper(facts, printed)),
    )


def print_approval(desk: OrderDesk, view: OrderView) -> None:
    """Offer the page of the newest request."""
    request, bench = view.request, desk.bench
    if request is None:
        return
    printed, number = _now(desk), view.head.number
    _read_and_offer(
        desk,
        lambda rows: approval_facts(rows, request.id, bench.person.id, bench.desk.today(rows)),
        lambda facts: paper_print(KINDS["approval"], number, lambda: approval_paper(facts, printed)),
    )


def print_certificate(desk: OrderDesk, view: OrderView, one: Certificate) -> None:
    """Offer an inspection certificate."""
    _read_and_offer(
        desk,
        maker_name,
        lambda maker: paper_print(
            KINDS["certificate"], one.number, lambda: certificate_paper(certificate_page(desk, view, one, maker))
        ),
    )


def print_custody(desk: OrderDesk, view: OrderView, one: Custody) -> None:
    """Offer the receipt of a unit in the shop, or its hand-over."""
    printed, number = _now(desk), view.head.number
    _read_and_offer(
        desk,
        lambda rows: custody_facts(rows, one.id),
        lambda facts: paper_print(KINDS["unit_receipt"], number, lambda: custody_paper(facts, printed)),
    )


def print_loaner(desk: OrderDesk, view: OrderView, one: Loaner) -> None:
    """Offer the slip of a loaner."""
    printed, number = _now(desk), view.head.number
    _read_and_offer(
        desk,
        lambda rows: loaner_facts(rows, one.id),
        lambda facts: paper_print(KINDS["loaner_slip"], number, lambda: loaner_paper(facts, printed)),
    )


def print_intake(desk: OrderDesk, view: OrderView) -> None:
    """Offer what the customer takes along from the counter."""
    printed, number = _now(desk), view.head.number
    _read_and_offer(
        desk,
        lambda rows: intake_facts(rows, view.head.id),
        lambda facts: paper_print(KINDS["counter_receipt"], number, lambda: intake_paper(facts, printed)),
    )


def certificate_page(desk: OrderDesk, view: OrderView, one: Certificate, maker: str = "") -> CertificatePage:
    """The certificate in the words of now."""
    name = either(*view.unit.model_name)() if view.unit and view.unit.model == one.model else ""
    return CertificatePage(
        number=one.number,
        station=view.head.station,
        order_number=view.head.number,
        purpose=coded("purpose", one.purpose)(),
        finding=coded("inspection", one.finding)(),
        unit=f"{one.model}  {name}".strip(),
        serial=one.serial,
        fault=one.fault,
        measured=tuple((fact.name, fact.value) for fact in one.measured),
        photos=len(one.photos),
        customer=view.customer.name,
        inspected_at=formats.moment(one.inspected_at),
        technician=view.head.technician,
        signed_by=one.signed_by,
        printed_at=_now(desk),
        maker=maker,
    )


def print_tag(desk: OrderDesk, view: OrderView, part: PartUsed) -> None:
    """Offer an old part's tag."""
    tag = OldPartTag(
        tag=part.tag,
        part_number=part.part_id,
        part_name=either(part.zh, part.en)(),
        order_number=view.head.number,
        serial=part.old_serial,
        station=view.head.station,
        removed_on=_today(desk),
    )
    _offer(desk, label_print(KINDS["old_part_tag"], tag))


def print_unit_label(desk: OrderDesk, view: OrderView) -> None:
    """Offer a label for the order's identified unit, whose own may be worn off."""
    unit = view.unit
    if unit is not None and unit.serial:
        name = either(*unit.model_name)()
        label = UnitLabel(unit.model or "", unit.serial, name, view.head.number, view.head.station, _today(desk))
        _offer(desk, label_print(KINDS["unit_label"], label))


def print_order_label(desk: OrderDesk, view: OrderView) -> None:
    """Offer the label that goes on the unit in the shop; who passes reads no whole name."""
    head, unit = view.head, view.unit
    model = f"{unit.model or unit.reported_model or ''} {either(*unit.model_name)()}".strip() if unit else ""
    customer = formats.masked_name(view.customer.name)
    label = OrderLabel(head.number, model, view.customer.fault, customer, head.station, _today(desk))
    _offer(desk, label_print(KINDS["order_label"], label))


def _offer(desk: OrderDesk, what: Print) -> None:
    offer(desk.bench, cast("QWidget", desk.parent()), what)


def _read_and_offer(desk: OrderDesk, query: Callable[[LocalRows], T], have: Callable[[T], Print]) -> None:
    """Read what the paper says off the thread, then offer it; a refusal is told quietly."""

    def failed(failure: Failure) -> None:
        desk.bench.nav.toast("bad", lambda: _("This can’t be printed"), told(failure))

    desk.bench.read(query, lambda facts: _offer(desk, have(facts)), owner=desk, failed=failed)


def _today(desk: OrderDesk) -> str:
    return formats.day(formats.local(desk.bench.desk.now()).date())


def _now(desk: OrderDesk) -> str:
    return formats.moment(desk.bench.desk.now())


def field_slip(desk: OrderDesk, view: OrderView, maker: str = "") -> FieldSlip:
    """The slip in the words of now; the customer's data is whole, for it goes to the customer."""
    head, customer, unit = view.head, view.customer, view.unit
    visit = (
        f"{formats.moment(head.visit_from)}–{formats.clock(head.visit_to)}" if head.visit_from and head.visit_to else ""
    )
    model = f"{unit.model or unit.reported_model}  {either(*unit.model_name)()}" if unit else ""
    outcome = unit.outcome or unit.guess if unit else ""
    return FieldSlip(
        order_number=head.number,
        service=f"{coded('service_type', head.service_type)()} · {coded('job', head.job)()}",
        customer=customer.name,
        phone=customer.phone,
        address=customer.address,
        unit=model.strip(),
        serial=(unit.serial or unit.reported_serial) if unit else "",
        appointment=visit,
        fault=customer.fault,
        station=head.station,
        technician=head.technician,
        verdict=coded("outcome", outcome)() if outcome else "",
        fees_note=formats.money(view.fees.total_fen) if view.fees.lines else "",
        printed_at=_now(desk),
        maker=maker,
    )
