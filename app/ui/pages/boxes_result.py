"""A counted box: how many were listed and counted, and every piece that differs."""

from __future__ import annotations

from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from app.i18n import _
from app.queries.boxes import Counting
from app.ui.live import text_of
from app.ui.pages.boxes_words import Counter, difference_columns, difference_id
from app.ui.refusal_words import code_words
from app.ui.widgets import Banner, Card, DataTable, EmptyState, RowsModel, table_card
from core.rows.boxes import BoxDifference


class ResultCard(QWidget):
    """Listed, counted and different in large figures; the differences below."""

    def __init__(self) -> None:
        super().__init__()
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(10)
        card = Card(lambda: _("Counted"), "check")
        row = QHBoxLayout()
        self.listed = Counter(lambda: _("on the list"))
        self.counted = Counter(lambda: _("pieces counted"))
        self.differing = Counter(lambda: _("differences"))
        for counter in (self.listed, self.counted, self.differing):
            row.addWidget(counter, 1)
        card.add(row)
        self.banner = Banner("grey", "")
        card.add(self.banner)
        column.addWidget(card)
        self.model = RowsModel[BoxDifference](difference_columns(tags=True), difference_id)
        empty = EmptyState(lambda: _("No differences"), lambda: _("Every piece is as the list says."), "check")
        self.table = DataTable(self.model, empty).sortable().name(lambda: _("Differences"))
        column.addWidget(table_card(self.table), 1)

    def show_result(self, found: Counting) -> None:
        """Shows a closed box; while its list has not been heard of, that."""
        box = found.box
        self.listed.show_number(found.listed or 0)
        self.counted.show_number(box.counted)
        self.differing.show_number(len(box.differences))
        self.model.set_rows(list(box.differences))
        if found.listed is None:
            self.banner.say(
                "warn",
                lambda: _("The list is not here yet"),
                lambda: _("The station has not sent it; the differences are told as soon as it comes."),
            )
        elif box.differences:
            kinds = {one.kind: sum(other.kind == one.kind for other in box.differences) for one in box.differences}
            self.banner.say("bad", lambda: _("Not as listed"), lambda: _kinds(kinds))
        else:
            self.banner.say("ok", lambda: _("Everything arrived"), lambda: _("The duty is written off and credited."))


def _kinds(kinds: dict[str, int]) -> str:
    return " · ".join(f"{text_of(code_words('finding', kind))} {count}" for kind, count in kinds.items())
