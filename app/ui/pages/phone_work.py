"""What the page of a phone's pictures asks of the rooms below, each as one job off the interface thread."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QImage

from app.actions.late_entry import Entered, enter
from app.actions.phone_pictures import Looked, Seen, files_in, look_through
from app.queries.late_entry import OpenOrder, open_orders
from app.ui.background import Progress
from app.ui.bench import Bench
from core.late_entry import Group, grouped, place
from core.late_papers import Papers, papers_to_record
from core.refusals import Refusal

THUMB = QSize(128, 96)


@dataclass(frozen=True)
class Brought:
    """What one reading brought: pictures, small images by hash, files not read yet, what could not be read."""

    looked: Looked
    images: Mapping[str, QImage]


@dataclass
class Pile:
    """All pictures that wait on the page, and what was decided about them."""

    seen: dict[str, Seen] = field(default_factory=dict)
    images: dict[str, QImage] = field(default_factory=dict)
    failed: dict[str, Refusal] = field(default_factory=dict)
    left: tuple[str, ...] = ()
    decided: dict[str, str] = field(default_factory=dict)
    orders: dict[str, OpenOrder] = field(default_factory=dict)

    def add(self, brought: Brought) -> None:
        """More pictures; one that is here already under another name is here once."""
        for one in brought.looked.seen:
            self.seen.setdefault(one.picture.sha256, one)
        self.images.update(brought.images)
        self.failed.update(dict(brought.looked.failed))
        self.left = brought.looked.left

    def groups(self) -> tuple[Group, ...]:
        """By order, as signs and decisions tell."""
        pictures = [one.picture for one in self.seen.values()]
        return grouped(place(pictures, [one.job for one in self.orders.values()], self.decided))

    def fresh(self) -> int:
        """How much recording would add: pictures that are not attached yet, and invoices."""
        return sum(self._fresh_in(group, self.orders[group.order_id]) for group in self.groups() if group.order_id)

    def _fresh_in(self, group: Group, order: OpenOrder) -> int:
        new = sum(one.picture.sha256 not in order.job.attached for one in group.placed)
        return new + (papers_in(group, order, self.seen).invoice is not None)

    def take_off(self, entered: Entered) -> None:
        """What is attached now is no longer waiting; what failed stays with its reason."""
        failed = dict(entered.failed)
        for sha256 in (*entered.attached, *entered.already):
            if sha256 in self.seen and self.seen[sha256].path not in failed:
                del self.seen[sha256]
                self.images.pop(sha256, None)
                self.decided.pop(sha256, None)
        self.failed = failed


def papers_in(group: Group, order: OpenOrder, seen: Mapping[str, Seen]) -> Papers:
    """The invoice in an order's pictures that would be recorded, and by which rule, or why none."""
    found = [invoice for one in group.placed if (invoice := seen[one.picture.sha256].invoice)]
    return papers_to_record(found, order.job.papers)


def read_folder(bench: Bench, places: Sequence[Path]) -> Callable[[Progress], Brought]:
    """The job that looks through files and folders, picture by picture; only thumbnails stay in memory."""

    def job(progress: Progress) -> Brought:
        files = files_in(places)
        looked = look_through(files, bench.desk, bench.place.utc_offset_minutes, progress)
        return Brought(looked, {one.picture.sha256: _small(one.thumbnail) for one in looked.seen})

    return job


def _small(thumbnail: bytes) -> QImage:
    image = QImage.fromData(thumbnail)
    if image.isNull():
        return image
    return image.scaled(THUMB, Qt.AspectRatioMode.KeepAspectRatio, Qt.TransformationMode.SmoothTransformation)


def read_orders(bench: Bench) -> dict[str, OpenOrder]:
    """The open orders by id."""
    with bench.store.reading() as rows:
        return {one.job.order_id: one for one in open_orders(rows, bench.desk.place_id, bench.desk.person_id)}


def record(bench: Bench, groups: Iterable[Group], seen: Mapping[str, Seen]) -> Callable[[Progress], Entered]:
    """The job that records what is decided."""
    given, table = list(groups), dict(seen)
    return lambda progress: enter(given, table, bench.desk, progress)
