"""Paper of an order: the field slip and the tags of its old parts, written off the thread, opened on request."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import cast

from PySide6.QtCore import QUrl
from PySide6.QtGui import QDesktopServices
from PySide6.QtWidgets import QWidget

from app.i18n import _
from app.queries.order_view import OrderView, PartUsed
from app.ui import formats
from app.ui.background import Failure
from app.ui.components.print_window import PrintWindow, print_folder
from app.ui.pages.order.desk import OrderDesk
from app.ui.pages.order.texts import coded, either
from app.ui.printing import (
    LABEL,
    LARGE_LABEL,
    TAG,
    CertificatePage,
    FieldSlip,
    Labelled,
    OldPartTag,
    OrderLabel,
    PaperSize,
    UnitLabel,
    write_certificate,
    write_field_slip,
)
from core.rows.jobs import Certificate


def print_slip(desk: OrderDesk, view: OrderView) -> None:
    """Write the field slip and offer to open it."""
    slip = field_slip(desk, view)
    _write(desk, f"{view.head.number}.pdf", lambda path: write_field_slip(slip, path), lambda: _("Field slip ready"))


def print_certificate(desk: OrderDesk, view: OrderView, one: Certificate) -> None:
    """Write an inspection certificate and offer to open it."""
    page = certificate_page(desk, view, one)
    _write(desk, f"{one.number}.pdf", lambda path: write_certificate(page, path), lambda: _("Certificate ready"))


def certificate_page(desk: OrderDesk, view: OrderView, one: Certificate) -> CertificatePage:
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
        printed_at=formats.moment(desk.bench.desk.now()),
    )


def print_tag(desk: OrderDesk, view: OrderView, part: PartUsed) -> None:
    """Offer to print an old part's tag."""
    tag = OldPartTag(
        tag=part.tag,
        part_number=part.part_id,
        part_name=either(part.zh, part.en)(),
        order_number=view.head.number,
        serial=part.old_serial,
        station=view.head.station,
        removed_on=_today(desk),
    )
    _offer(desk, tag, TAG)


def print_unit_label(desk: OrderDesk, view: OrderView) -> None:
    """Offer to print a label for the order's identified unit, whose own may be worn off."""
    unit = view.unit
    if unit is not None and unit.serial:
        name = either(*unit.model_name)()
        label = UnitLabel(unit.model or "", unit.serial, name, view.head.number, view.head.station, _today(desk))
        _offer(desk, label, LABEL)


def print_order_label(desk: OrderDesk, view: OrderView) -> None:
    """Offer to print the label that goes on the unit in the shop; who passes reads no whole name."""
    head, unit = view.head, view.unit
    model = f"{unit.model or unit.reported_model or ''} {either(*unit.model_name)()}".strip() if unit else ""
    customer = formats.masked_name(view.customer.name)
    label = OrderLabel(head.number, model, view.customer.fault, customer, head.station, _today(desk))
    _offer(desk, label, LARGE_LABEL)


def _offer(desk: OrderDesk, label: Labelled, size: PaperSize) -> None:
    bench, page = desk.bench, cast("QWidget", desk.parent())
    PrintWindow(label, size, nav=bench.nav, runner=bench.runner, settings=bench.settings, parent=page.window()).show()


def _today(desk: OrderDesk) -> str:
    return formats.day(formats.local(desk.bench.desk.now()).date())


def field_slip(desk: OrderDesk, view: OrderView) -> FieldSlip:
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
        printed_at=formats.moment(desk.bench.desk.now()),
    )


def _write(desk: OrderDesk, name: str, write: Callable[[Path], Path], title: Callable[[], str]) -> None:
    nav = desk.bench.nav

    def job(_progress: object) -> Path:
        return write(print_folder(desk.bench.settings) / name)

    def done(path: Path) -> None:
        show = lambda: QDesktopServices.openUrl(QUrl.fromLocalFile(str(path)))  # noqa: E731
        nav.toast("ok", title, str(path), link=lambda: _("Open file"), on_link=show)

    def failed(failure: Failure) -> None:
        nav.toast("bad", lambda: _("The PDF could not be written"), str(getattr(failure.error, "strerror", "") or ""))

    desk.bench.runner.run(job, done, failed, owner=desk)
