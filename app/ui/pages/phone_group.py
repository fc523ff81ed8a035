"""One order's pictures on the page of a phone's pictures: thumbnails that are moved by mouse or keyboard."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from PySide6.QtCore import QMimeData, QSize, Qt, Signal
from PySide6.QtGui import QDragEnterEvent, QDragMoveEvent, QDropEvent, QIcon, QImage, QKeyEvent, QPixmap, QResizeEvent
from PySide6.QtWidgets import QAbstractItemView, QListView, QListWidget, QListWidgetItem

from app.actions.phone_pictures import Seen
from app.i18n import _
from app.queries.late_entry import OpenOrder
from app.ui import formats
from app.ui.live import Words, bind
from app.ui.pages.phone_work import THUMB, papers_in
from app.ui.widgets import Card, ElidedLabel, Pill
from core.identifiers import Invoice
from core.late_entry import Group, Placed
from core.words import word

_MIME = "application/x-fixpoint-pictures"
_WIDE = THUMB.width() + 24
_LINE, _LINES_OF_REASON = 18, 2  # pixels of a line below a picture; lines that a reason may take
_HASH = Qt.ItemDataRole.UserRole


class Thumbs(QListWidget):
    """`moved_here` tells the hashes of pictures dropped on it; `move_asked` and `out_asked` that keys were pressed."""

    moved_here = Signal(list)
    move_asked = Signal()
    out_asked = Signal()

    def __init__(self, *, reasons: bool = False) -> None:
        """With ``reasons`` there is room below each picture for why it is asked about."""
        super().__init__()
        self.cell = QSize(_WIDE, THUMB.height() + 8 + _LINE * (1 + _LINES_OF_REASON * reasons))
        self.setProperty("kind", "pop")
        self.setViewMode(QListView.ViewMode.IconMode)
        self.setResizeMode(QListView.ResizeMode.Adjust)
        self.setMovement(QListView.Movement.Static)
        self.setSelectionMode(QAbstractItemView.SelectionMode.ExtendedSelection)
        self.setIconSize(THUMB)
        self.setGridSize(self.cell)
        self.setWordWrap(True)
        self.setDragEnabled(True)
        self.setAcceptDrops(True)
        self.setDropIndicatorShown(False)
        self.setDragDropMode(QAbstractItemView.DragDropMode.DragDrop)
        self.setDefaultDropAction(Qt.DropAction.CopyAction)
        self.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)

    def chosen(self) -> list[str]:
        """The hashes of the selected pictures."""
        return [str(item.data(_HASH)) for item in self.selectedItems()]

    def choose(self, sha256: str) -> None:
        """Selects one picture and gives it the keyboard."""
        for place in range(self.count()):
            item = self.item(place)
            if item.data(_HASH) == sha256:
                self.setCurrentItem(item)
                self.setFocus()

    def mimeData(self, items: Sequence[QListWidgetItem]) -> QMimeData:
        """What is dragged: hashes."""
        data = QMimeData()
        data.setData(_MIME, "\n".join(str(item.data(_HASH)) for item in items).encode())
        return data

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        """Pictures of this page; files from outside go on to the window."""
        self._let_in(event)

    def dragMoveEvent(self, event: QDragMoveEvent) -> None:
        """As when it came in."""
        self._let_in(event)

    @staticmethod
    def _let_in(event: QDragMoveEvent) -> None:
        event.acceptProposedAction() if event.mimeData().hasFormat(_MIME) else event.ignore()

    def dropEvent(self, event: QDropEvent) -> None:
        """The pictures belong here now."""
        hashes = bytes(event.mimeData().data(_MIME).data()).decode().split()
        if hashes:
            event.acceptProposedAction()
            self.moved_here.emit(hashes)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """M moves, Delete leaves out."""
        if event.key() == Qt.Key.Key_M and self.selectedItems():
            self.move_asked.emit()
        elif event.key() == Qt.Key.Key_Delete and self.selectedItems():
            self.out_asked.emit()
        else:
            super().keyPressEvent(event)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """As high as its rows need."""
        super().resizeEvent(event)
        self.fit()

    def fit(self) -> None:
        """No scroll bar of its own: the page scrolls."""
        across = max(1, (self.width() - 4) // self.cell.width())
        self.setFixedHeight(max(1, -(-self.count() // across)) * self.cell.height() + 6)


class GroupCard(Card):
    """The pictures of one order, or those that belong to none."""

    def __init__(
        self, group: Group, order: OpenOrder | None, seen: Mapping[str, Seen], images: Mapping[str, QImage]
    ) -> None:
        super().__init__(_title(order), "orders" if order else "warning")
        self.group, self.order = group, order
        self.set_trailing(_pill(group, order))
        self.add(ElidedLabel(lambda: " · ".join(_lines(group, order, seen)), "muted"))
        known = order is not None and any(one.picture.sha256 in order.job.attached for one in group.placed)
        self.thumbs = Thumbs(reasons=order is None or known)
        bind(self.thumbs, self.thumbs.setAccessibleName, _title(order))
        for one in group.placed:
            item = _item(one, order, images.get(one.picture.sha256), seen[one.picture.sha256].invoice)
            item.setSizeHint(self.thumbs.cell)
            self.thumbs.addItem(item)
        self.thumbs.fit()
        self.add(self.thumbs)


def _title(order: OpenOrder | None) -> Words:
    if order is None:
        return lambda: _("Without an order")
    return lambda: " · ".join(filter(None, (order.job.number, order.customer, order.model)))


def _pill(group: Group, order: OpenOrder | None) -> Pill | None:
    count = len(group.placed)
    asked = sum(one.is_asked for one in group.placed)
    if order is None:
        return Pill(lambda: _("{n} to decide").format(n=asked), "warn") if asked else None
    known = sum(one.picture.sha256 in order.job.attached for one in group.placed)
    if known == count:
        return Pill(lambda: _("All attached already"), "grey", "check")
    return Pill(lambda: _("{n} to attach").format(n=count - known), "blue")


def _lines(group: Group, order: OpenOrder | None, seen: Mapping[str, Seen]) -> list[str]:
    """The times of the visit, and what recording does beside attaching."""
    if order is None:
        return [_("Select pictures and press M to choose their order, Delete to leave them out, or drag them.")]
    lines = []
    if group.first and group.last:
        lines.append(
            _("Taken {first} to {last}").format(first=formats.moment(group.first), last=formats.clock(group.last))
        )
    if order.can_begin and group.first:
        lines.append(_("visit begins {time}").format(time=formats.clock(group.first)))
    serial = next((seen[one.picture.sha256].serial for one in group.placed if seen[one.picture.sha256].serial), None)
    if order.serial:
        lines.append(_("identified: {serial}").format(serial=order.serial))
    elif serial:
        lines.append(_("will be identified: {serial}").format(serial=serial))
    return lines + _papers_lines(group, order, seen)


def _papers_lines(group: Group, order: OpenOrder, seen: Mapping[str, Seen]) -> list[str]:
    """The invoice that will be recorded, or why a person has to look at it."""
    invoice, rule = papers_in(group, order, seen)
    if invoice is None:
        return [] if rule == "none" else [_(word("invoice_rule", rule))]
    amount = formats.money(invoice.amount_fen) if invoice.amount_fen is not None else "—"
    said = _("invoice of {day}, {amount}: will be recorded")
    return [said.format(day=formats.day(invoice.date), amount=amount)]


def _item(one: Placed, order: OpenOrder | None, image: QImage | None, invoice: Invoice | None) -> QListWidgetItem:
    picture = one.picture
    kind, rule = _(word("attachment", picture.kind)), _(word("picture_rule", one.rule))
    known = order is not None and picture.sha256 in order.job.attached
    time = formats.clock(picture.taken_at) if picture.taken_at else ""
    time = f"{time}?" if picture.weak and time else time
    below = _("attached already") if known else rule if order is None else ""
    item = QListWidgetItem("\n".join(filter(None, (" · ".join(filter(None, (kind, time))), below))))
    item.setData(_HASH, picture.sha256)
    paper = _("Invoice {number} of {day}").format(number=invoice.key, day=invoice.date) if invoice else ""
    taken = formats.moment(picture.taken_at) if picture.taken_at else ""
    item.setToolTip("\n".join(filter(None, (picture.name, rule, taken, paper))))
    item.setData(Qt.ItemDataRole.AccessibleTextRole, f"{picture.name} {kind} {time} {rule}")
    item.setTextAlignment(Qt.AlignmentFlag.AlignHCenter | Qt.AlignmentFlag.AlignTop)
    if image is not None and not image.isNull():
        item.setIcon(QIcon(QPixmap.fromImage(image)))
    return item
