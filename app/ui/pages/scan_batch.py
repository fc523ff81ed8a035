"""Several pictures at once on the scan page: each is read, what it says stands in one list, choosing one shows it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import NamedTuple

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QListWidget, QListWidgetItem

from app.actions.identify_unit import read_codes, read_label
from app.i18n import _
from app.ui.background import Failure, Progress, report_defect
from app.ui.bench import Bench
from app.ui.live import Words, bind, text_of
from app.ui.refusal_words import refusal_words
from app.ui.widgets import Card, Link, ProgressLine
from core.refusals import Refusal
from core.visible import shown

_HEIGHT = 112  # pixels: four lines, the rest by scrolling
_FILE = Qt.ItemDataRole.UserRole


class Line(NamedTuple):
    """One file: what it says (a serial, an invoice, any texts), or why it says nothing."""

    file: Path
    said: str = ""
    refusal: Refusal | None = None

    def words(self) -> str:
        """As it stands in the list."""
        if self.refusal is not None:
            return text_of(refusal_words(self.refusal))
        return f"{self.file.name}   {self.said or _('No code found')}"


class Batch(NamedTuple):
    """The files that were read, and how many were not when a person stopped it."""

    lines: tuple[Line, ...]
    left: int


def read_many(bench: Bench, files: Sequence[Path], formats: Sequence[str]) -> Callable[[Progress], Batch]:
    """The job that reads one file after the other; nothing of a picture stays in memory. See `read_expected`."""

    def job(progress: Progress) -> Batch:
        lines: list[Line] = []
        for place, file in enumerate(files):
            if progress.cancelled:
                break
            progress.step(place, len(files))
            lines.append(_line(bench, file, formats))
        return Batch(tuple(lines), len(files) - len(lines))

    return job


def _line(bench: Bench, file: Path, formats: Sequence[str]) -> Line:
    from app.scanner.pdfs import read_expected

    try:
        codes = read_codes(read_expected(file, formats).codes)
    except Refusal as refusal:
        return Line(file, refusal=refusal)
    with bench.store.reading() as rows:
        label = read_label(codes, rows, None)
    texts = [f"{shown(code.text)} ({code.page})" if code.page else shown(code.text) for code in codes]
    return Line(file, label.serial or " · ".join(texts))


class BatchCard(Card):
    """`chosen` tells the file that is to be shown; the card is hidden while there is nothing to list."""

    chosen = Signal(object)

    def __init__(self, bench: Bench) -> None:
        super().__init__(lambda: _("Several files"), "photo")
        self._bench = bench
        self._running: Progress | None = None
        self.batch = Batch((), 0)
        self.progress = ProgressLine(lambda: _("Reading files"))
        self.progress.cancelled.connect(self.cancel)
        self.list = QListWidget()
        self.list.setProperty("kind", "pop")
        self.list.setFixedHeight(_HEIGHT)
        bind(self.list, self.list.setAccessibleName, lambda: _("Several files"))
        self.list.itemActivated.connect(self._choose)
        self.list.itemClicked.connect(self._choose)
        self.add(self.progress)
        self.add(self.list)
        self.set_trailing(Link(lambda: _("Clear"), self.forget))
        self.hide()

    @property
    def is_reading(self) -> bool:
        """Whether files are being read now."""
        return self._running is not None

    def read(self, files: Sequence[Path], formats: Sequence[str] = ()) -> None:
        """Reads them all for the formats that are expected; those of an earlier batch leave the list."""
        self.cancel()
        self.batch = Batch((), 0)
        self.show()
        self.progress.show()
        self.progress.advance(0, len(files))
        self._list()
        self._running = self._bench.runner.run(
            read_many(self._bench, files, formats), self._read, self._failed, owner=self, progress=self.progress.advance
        )

    def cancel(self) -> None:
        """Stops after the file that is being read; what was read stays in the list."""
        if self._running is not None:
            self._running.cancel()

    def forget(self) -> None:
        """Empties the list."""
        self.cancel()
        self.batch = Batch((), 0)
        self.hide()

    def retranslate(self) -> None:
        """Renews what is painted with words."""
        self._list()

    def _read(self, batch: Batch) -> None:
        self._running = None
        self.batch = batch
        self.progress.hide()
        self._list()
        said = next((line for line in batch.lines if line.said), None)
        if said is not None and not self.isHidden():
            self.list.setCurrentRow(batch.lines.index(said))
            self.chosen.emit(said.file)

    def _failed(self, failure: Failure) -> None:
        self._running = None
        self.hide()
        report_defect(failure)

    def _list(self) -> None:
        self.set_title(self._head_words())
        row = self.list.currentRow()
        self.list.clear()
        for line in self.batch.lines:
            item = QListWidgetItem(line.words())
            item.setData(_FILE, str(line.file))
            item.setToolTip(str(line.file))
            self.list.addItem(item)
        self.list.setCurrentRow(row)

    def _head_words(self) -> Words:
        count, left = len(self.batch.lines), self.batch.left
        if left:
            return lambda: _("Stopped by hand: {n} files were not read").format(n=left)
        return (lambda: _("{n} files").format(n=count)) if count else (lambda: _("Several files"))

    def _choose(self, item: QListWidgetItem) -> None:
        self.chosen.emit(Path(str(item.data(_FILE))))
