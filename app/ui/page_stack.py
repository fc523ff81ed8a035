"""The pages of the person at the window: made when first opened, one shown at a time, with the way back."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QStackedWidget

from app.ui.history import History, Visit
from app.ui.page import Navigator, Page, PageSpec


class PageStack(QStackedWidget):
    """`shown` tells the spec of the page that came up."""

    shown = Signal(object)

    def __init__(self, specs: Sequence[PageSpec], navigator: Navigator) -> None:
        super().__init__()
        self._specs, self._navigator = tuple(specs), navigator
        self._roles: frozenset[str] = frozenset()
        self._pages: dict[str, Page] = {}
        self._history = History()

    def specs(self) -> list[PageSpec]:
        """The pages that the person of now may see."""
        return [spec for spec in self._specs if spec.open_to(self._roles)]

    @property
    def page(self) -> Page | None:
        """The page that is shown."""
        shown = self.currentWidget()
        return shown if isinstance(shown, Page) else None

    def start(self, roles: frozenset[str], *, afresh: bool) -> str:
        """Another person, or the same one back; returns the id of the page to show. `afresh` throws pages away."""
        self._roles = roles
        if afresh:
            self._history = History()
            for page in self._pages.values():
                self.removeWidget(page)
                page.deleteLater()
            self._pages = {}
        first = next(spec.id for spec in self.specs() if spec.in_rail and not spec.at_bottom)
        return self._history.current_id or first

    def open(self, page_id: str, params: dict[str, Any]) -> None:
        """Shows a page; KeyError when this person has none of that id."""
        visit = Visit(page_id, params)
        self._show(visit)
        self._history.push(visit)

    def back(self) -> None:
        """Shows the page before this one; on the first it does nothing."""
        visit = self._history.pop()
        if visit is not None:
            self._show(visit)

    def _show(self, visit: Visit) -> None:
        spec = next((spec for spec in self.specs() if spec.id == visit.page_id), None)
        if spec is None:
            raise KeyError(visit.page_id)
        before, page = self.page, self._made(spec)
        if before is not None and before is not page:
            before.leaving()
        self.setCurrentWidget(page)
        page.opened(**visit.params)
        self.shown.emit(spec)

    def _made(self, spec: PageSpec) -> Page:
        if spec.id not in self._pages:
            self._pages[spec.id] = page = spec.factory(self._navigator)
            self.addWidget(page)
        return self._pages[spec.id]
