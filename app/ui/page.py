"""What a page is to the shell, and what the shell is to a page."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

from PySide6.QtWidgets import QVBoxLayout, QWidget

from app.ui.components.scan_box import Suggestion
from app.ui.live import Words
from app.ui.widgets.scroll import ScrollColumn


class Navigator(Protocol):
    """The shell as pages see it."""

    def open(self, page_id: str, **params: Any) -> None:
        """Shows a page; KeyError when this person has no such page."""
        ...

    def back(self) -> None:
        """Shows the page before this one."""
        ...

    def toast(
        self,
        tone: str,
        title: Words,
        text: Words = "",
        *,
        link: Words = "",
        on_link: Callable[[], object] | None = None,
    ) -> None:
        """Tells a result quietly; tone ok, blue, warn or bad."""
        ...

    def flash(self, tone: str, word: Words) -> None:
        """Colours the frame for a moment with a word one can read from a metre; tone ok, warn or bad."""
        ...

    def set_badge(self, page_id: str, count: int) -> None:
        """Puts a number on a place of the rail; 0 takes it away."""
        ...


class Page(QWidget):
    """A page: 16 px from the sides, its parts 10 px apart in `body`; all hooks may be left as they are.

    `scrolls` puts the body into a column that scrolls where the window is too low: for pages of cards, not of tables.
    """

    def __init__(self, parent: QWidget | None = None, *, scrolls: bool = False) -> None:
        super().__init__(parent)
        self.body = QVBoxLayout(self)
        if scrolls:
            column = ScrollColumn()
            self.body.setContentsMargins(0, 0, 0, 0)
            self.body.addWidget(column)
            self.body = column.body
        self.body.setContentsMargins(16, 12, 16, 12)
        self.body.setSpacing(10)

    def opened(self, **params: Any) -> None:
        """The page is on the screen now, with what `Navigator.open` was given."""

    def leaving(self) -> None:
        """Another page comes; what is typed must be kept."""

    def commands(self) -> Sequence[Suggestion]:
        """What this page adds to the list behind Ctrl+K."""
        return ()

    def scanned(self, text: str, source: str) -> bool:
        """A code was read while this page is shown; True when the page took it."""
        return False


@dataclass(frozen=True)
class PageSpec:
    """A page that exists. `title` is a msgid (`N_`); no roles means everyone; the factory runs at first opening."""

    id: str
    icon: str
    title: str
    factory: Callable[[Navigator], Page]
    roles: frozenset[str] = field(default_factory=frozenset)
    in_rail: bool = True
    at_bottom: bool = False
    lit_as: str = ""
    """The rail's place that is lit while this page is shown, when it has none of its own."""
    takes_files: bool = False
    """Opened with `files` when files or folders are dropped on the window where nothing else takes them."""

    def open_to(self, roles: frozenset[str]) -> bool:
        """True when one of the person's roles may see it."""
        return not self.roles or bool(self.roles & roles)
