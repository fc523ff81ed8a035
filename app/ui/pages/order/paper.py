"""Paper of an order: the field slip and the tags of its old parts, written off the thread, opened on request."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from PySide6.QtCore import QStandardPaths, QUrl
from PySide6.QtGui import QDesktopServices

from app.i18n import _
from app.queries.order_view import OrderView, PartUsed
from app.ui import formats
from app.ui.background import Failure
from app.ui.pages.order.desk import OrderDesk
from app.ui.pages.order.texts import coded, either
from app.ui.printing import FieldSlip, OldPartTag, write_field_slip, write_old_part_tag

PRINT_FOLDER = "print_folder"
"""The setting that names where PDFs are put; the documents folder otherwise."""


def print_slip(desk: OrderDesk, view: OrderView) -> None:
    """Write the field slip and offer to open it."""
    slip = field_slip(desk, view)
    _write(desk, f"{view.head.number}.pdf", lambda path: write_field_slip(slip, path), lambda: _("Field slip ready"))


def print_tag(desk: OrderDesk, view: OrderView, part: PartUsed) -> None:
    """Write an old part's tag and offer to open it."""
    tag = OldPartTag(
        tag=part.tag,
        part_number=part.part_id,
        part_name=either(part.zh, part.en)(),
        order_number=view.head.number,
        serial=part.old_serial,
        station=view.head.station,
        removed_on=formats.day(formats.local(desk.bench.desk.now()).date()),
    )
    _write(desk, f"{part.tag}.pdf", lambda path: write_old_part_tag(tag, path), lambda: _("Tag ready"))


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
        given = desk.bench.settings.get(PRINT_FOLDER)
        where = QStandardPaths.writableLocation(QStandardPaths.StandardLocation.DocumentsLocation)
        folder = Path(given) if given else Path(where) / "Fixpoint"
        folder.mkdir(parents=True, exist_ok=True)
        return write(folder / name)

    def done(path: Path) -> None:
        show = lambda: QDesktopServices.openUrl(QUrl.fromLocalFile(str(path)))  # noqa: E731
        nav.toast("ok", title, str(path), link=lambda: _("Open file"), on_link=show)

    def failed(failure: Failure) -> None:
        nav.toast("bad", lambda: _("The PDF could not be written"), str(getattr(failure.error, "strerror", "") or ""))

    desk.bench.runner.run(job, done, failed, owner=desk)
