"""What the sections of the parts page share: the bench, the kept drafts, the shape, and telling a result."""

from __future__ import annotations

from typing import Any

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QVBoxLayout, QWidget

from app.i18n import _
from app.ui.background import Failure
from app.ui.bench import Bench
from app.ui.live import Words
from app.ui.pages.order.drafts import DraftBox
from app.ui.refusal_words import told
from app.ui.widgets import Label


class PartsDrafts(DraftBox):
    """What is half typed in one section."""

    @staticmethod
    def key(order_id: str) -> str:
        """Where a section's draft is kept."""
        return f"parts/{order_id}"


class Section(QWidget):
    """One part of the page; `trouble` shows a refusal below what it concerns."""

    counted = Signal(int, str)
    """How many things wait here, and their tone: for the chip of the section."""
    go = Signal(str, dict)
    """Another section is asked for, with what it shall show."""

    def __init__(self, bench: Bench) -> None:
        super().__init__()
        self.bench = bench
        self.box = QVBoxLayout(self)
        self.box.setContentsMargins(0, 0, 0, 0)
        self.box.setSpacing(10)
        self.trouble = Label("", tone="bad", wrap=True, parent=self)
        self.trouble.hide()

    @property
    def is_station(self) -> bool:
        """Whether a station works here, not its branch."""
        return self.bench.place.kind == "station"

    @property
    def leads(self) -> bool:
        """Whether the person leads the place."""
        return self.bench.has_role("station_lead", "branch_manager")

    def load(self) -> None:
        """Reads what is shown."""

    def show_with(self, **_params: Any) -> None:
        """The section is on the screen now."""
        self.load()

    def scanned(self, _text: str) -> bool:
        """A code was read while this section is shown; True when it was taken."""
        return False

    def act(self, name: str, asked: Any, words: Words) -> None:
        """Does something; tells its result as a quiet word, its refusal in `trouble`."""
        self.trouble.hide()
        self.bench.act(name, asked, lambda _done: self.did(name, words), self.refused, owner=self)

    def did(self, _name: str, words: Words) -> None:
        """It is done."""
        self.bench.nav.toast("ok", words, lambda: _("Kept here; sent to HQ by itself."))
        self.load()

    def refused(self, failure: Failure) -> None:
        """It was refused."""
        self.trouble.say(told(failure))
        self.trouble.show()
