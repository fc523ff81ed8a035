"""What every page works with: reading and acting off the interface thread, and hearing which rows changed."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, TypeVar

from PySide6.QtCore import QObject, Signal

from app.actions import act
from app.actions.desk import Desk, Recorded
from app.actions.log_in import Colleague
from app.offline_db.blobs import BlobStore
from app.offline_db.kept import Drafts, Settings
from app.offline_db.store import LocalRows, Store
from app.queries.order_search import OrderSearch
from app.ui.background import Failure, Runner, report_defect
from app.ui.page import Navigator

T = TypeVar("T")
Keys = frozenset[tuple[str, str]]


class RowNews(QObject):
    """Carries "these rows changed" from whatever thread committed them to the interface thread."""

    changed = Signal(object)
    """A frozenset of (entity, row id)."""

    def __init__(self, store: Store, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._end = store.subscribe(self.changed.emit)

    def stop(self) -> None:
        """Hear nothing more."""
        self._end()


@dataclass(frozen=True)
class Place:
    """Where this device stands."""

    id: str
    name: str
    kind: str
    branch_id: str
    utc_offset_minutes: int


def _quietly(failure: Failure) -> None:
    """A photo that can't be had now is shown as missing; a defect is still reported."""
    if failure.refusal is None:
        report_defect(failure)


@dataclass(frozen=True)
class Bench:
    """One person's work place: handed to every page when it is made."""

    nav: Navigator
    runner: Runner
    store: Store
    blobs: BlobStore
    drafts: Drafts
    settings: Settings
    news: RowNews
    desk: Desk
    person: Colleague
    place: Place
    #: A photo's bytes by hash and size: from here or fetched from HQ, which tells how far it is; raises Refusal.
    #: None: nothing is fetched.
    fetch: Callable[[str, int, Callable[[int, int], None]], bytes] | None = None
    #: Asks HQ for a unit by its serial number and keeps the answer; raises Refusal. None: nobody is asked.
    ask_unit: Callable[[str], object] | None = None
    #: What can be typed of each order; read by the first search, one for the whole window.
    orders: OrderSearch = field(default_factory=OrderSearch)

    def photo(
        self,
        sha256: str,
        size: int,
        done: Callable[[bytes], None],
        *,
        owner: QObject,
        failed: Callable[[Failure], None] = _quietly,
        progress: Callable[[int, int], None] | None = None,
    ) -> None:
        """Bring a photo that may still be at HQ; without ``failed`` nothing happens when it can't be had now."""
        fetch = self.fetch
        if fetch is not None and size > 0:
            job = lambda step: fetch(sha256, size, step.step)  # noqa: E731 - run once, off the thread
            self.runner.run(job, done, failed, owner=owner, progress=progress)

    def read(
        self,
        query: Callable[[LocalRows], T],
        done: Callable[[T], None],
        *,
        owner: QObject,
        failed: Callable[[Failure], None] | None = None,
    ) -> None:
        """Run a query off the thread; ``done`` gets its answer on it (nothing when ``owner`` is gone)."""

        def job(_progress: Any) -> T:
            with self.store.reading() as rows:
                return query(rows)

        self.runner.run(job, done, failed or report_defect, owner=owner)

    def act(
        self,
        name: str,
        asked: Any,
        done: Callable[[Recorded], None],
        failed: Callable[[Failure], None],
        *,
        owner: QObject,
    ) -> None:
        """Do an action off the thread. ``failed`` gets a refusal to show beside the field that mends it.

        Views hear of the changed rows through ``news``; ``done`` is for the toast and the next step.
        """
        self.runner.run(lambda _progress: act(name, asked, self.desk), done, failed, owner=owner)

    def has_role(self, *roles: str) -> bool:
        """Whether the person has one of the roles."""
        return bool({role.value for role in self.person.roles} & set(roles))
