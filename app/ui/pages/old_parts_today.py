"""What the warehouse received today, newest first."""

from __future__ import annotations

from datetime import datetime, timedelta

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QVBoxLayout, QWidget

from app.i18n import N_, _
from app.offline_db.store import LocalRows
from app.queries.old_parts import OldPartLine, received_since
from app.ui import formats
from app.ui.bench import Bench, Keys
from app.ui.live import Words, text_of
from app.ui.pages.old_parts_card import part_name
from app.ui.refusal_words import code_words
from app.ui.widgets import (
    Column,
    DataTable,
    EmptyState,
    RowsModel,
    table_card,
)

GRADES = (("refurbish", N_("Refurbish")), ("scrap", N_("Scrap")), ("supplier", N_("Back to supplier")))
_FINDING_TONES = {"ok": "ok", "late": "warn", "wrong_part": "bad", "wrong_serial": "bad", "damaged": "bad"}
_GRADE_WORDS = dict(GRADES)


class ReceivedToday(QWidget):
    """The day's receipts; renewed by itself while it is visible."""

    counted = Signal(int)

    def __init__(self, bench: Bench) -> None:
        super().__init__()
        self._bench = bench
        self.model = RowsModel[OldPartLine](
            [
                Column(lambda: _("Time"), _clock_of, tone=lambda _line: "muted", width=80),
                Column(lambda: _("Part"), lambda line: line.part_id, second=part_name, stretch=True),
                Column(lambda: _("Serial number"), lambda line: line.serial or "—", width=170),
                Column(lambda: _("Station"), lambda line: line.station, width=130),
                Column(
                    lambda: _("Finding"),
                    lambda line: text_of(code_words("finding", line.finding or "ok")),
                    tone=lambda line: _FINDING_TONES.get(line.finding or "ok", "grey"),
                    width=150,
                ),
                Column(lambda: _("Grade"), lambda line: text_of(grade_words(line.grade or "")), width=130),
                Column(lambda: _("By"), lambda line: line.received_by, width=90),
            ],
            lambda line: line.id,
        )
        empty = EmptyState(
            lambda: _("Nothing received today"), lambda: _("Scan the first tag: the part comes up at once."), icon="box"
        )
        self.table = DataTable(self.model, empty).sortable().name(lambda: _("Received today"))
        box = QVBoxLayout(self)
        box.setContentsMargins(0, 0, 0, 0)
        box.addWidget(table_card(self.table))
        bench.news.changed.connect(self._changed)

    def load(self) -> None:
        """Reads what was received today."""
        since = self._midnight()
        self._bench.read(lambda rows: _today(rows, since), self._loaded, owner=self)

    def _midnight(self) -> datetime:
        offset = timedelta(minutes=self._bench.place.utc_offset_minutes)
        here = self._bench.desk.now() + offset
        return here.replace(hour=0, minute=0, second=0, microsecond=0) - offset

    def _loaded(self, lines: list[OldPartLine]) -> None:
        self.model.set_rows(lines)
        self.counted.emit(len(lines))

    def _changed(self, keys: Keys) -> None:
        if self.isVisible() and any(entity == "old_part" for entity, _id in keys):
            self.load()


def _today(rows: LocalRows, since: datetime) -> list[OldPartLine]:
    return received_since(rows.connection, since)


def _clock_of(line: OldPartLine) -> str:
    return formats.clock(line.received_at) if line.received_at else ""


def grade_words(code: str) -> Words:
    """What happens to the part, as the clerk says it."""
    return lambda: _(_GRADE_WORDS.get(code, "")) or "—"
