"""The card "Known about this": articles and the job template that fit the unit and its codes; opened in one step."""

from __future__ import annotations

from functools import partial
from typing import Any

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from app.i18n import _, language, ngettext
from app.queries.knowledge import KnownAbout, KnownLine, LikelyLine, TemplateView, known_about
from app.queries.order_view import OrderView
from app.ui.keys import bind_keys
from app.ui.live import bind
from app.ui.pages.knowledge_list import title_of
from app.ui.pages.knowledge_reader import parts_grid, steps_list
from app.ui.pages.order.desk import OrderDesk
from app.ui.refusal_words import refusal_words
from app.ui.widgets import Button, Card, Label, Link, Pill, empty_layout
from app.ui.widgets.text import plain_tip
from core.knowledge import About
from core.refusals import Refusal

_MOST_WIDE = 350


class KnownCard(Card):
    """Reads what is known for itself; an order about which nothing is known shows only how to propose an article."""

    def __init__(self, desk: OrderDesk) -> None:
        super().__init__(lambda: _("Known about this"), "knowledge")
        self._desk = desk
        self._view: OrderView | None = None
        self.known = KnownAbout()
        self._is_open = False
        self._box = QVBoxLayout()
        self._box.setSpacing(6)
        self.add(self._box)
        self.trouble = Label("", tone="bad", wrap=True)
        self.trouble.hide()
        self.add(self.trouble)
        self.body.addStretch(1)
        self.hide()
        bind_keys(self, "Ctrl+J", lambda: _("Known about this"), self.open_first)

    def show_view(self, view: OrderView) -> None:
        """Look up what fits the unit on show."""
        self._view = view
        about, place, order = about_of(view), self._desk.bench.place.id, view.head.id
        self._desk.bench.read(
            lambda rows: known_about(rows, about, place, order), partial(self._got, view.head.id, about), owner=self
        )

    def _got(self, order_id: str, about: About, found: KnownAbout) -> None:
        view = self._view
        if view is None or view.head.id != order_id or about_of(view) != about:
            return
        self.known = found
        self._show(view)

    def _show(self, view: OrderView) -> None:
        empty_layout(self._box)
        self.trouble.hide()
        for line in self.known.articles:
            self._box.addWidget(self._article(line))
        if self.known.template is not None:
            self._template(self.known.template, can_take=view.can_edit)
        has_any = bool(self.known.articles or self.known.template)
        if not has_any:
            self._box.addWidget(Label(lambda: _("Nothing in the knowledge base yet."), "muted", wrap=True))
        self.set_trailing(Link(lambda: _("Propose an article…"), self.propose) if view.side else None)
        self.setVisible(has_any or (bool(view.side) and view.working))

    def _article(self, line: KnownLine) -> QWidget:
        whole = QWidget()
        row = QHBoxLayout(whole)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(8)
        opening = partial(self._desk.bench.nav.open, "knowledge", article=line.id)
        link = Link(lambda: self._short(title_of(line.title_zh, line.title_en)), opening)
        bind(link, link.setToolTip, lambda: plain_tip(title_of(line.title_zh, line.title_en)))
        row.addWidget(link)
        row.addStretch(1)
        row.addWidget(Label(line.number, "small"))
        return whole

    def _short(self, title: str) -> str:
        """A title of one line; a long one does not widen the page."""
        return self.fontMetrics().elidedText(title, Qt.TextElideMode.ElideRight, _MOST_WIDE)

    # --- the template -----------------------------------------------------------------------------------------

    def _template(self, one: TemplateView, *, can_take: bool) -> None:
        row = QHBoxLayout()
        row.setSpacing(8)
        row.addWidget(Label(lambda: title_of(one.title_zh, one.title_en), "strong", wrap=True), 1)
        row.addWidget(Pill(lambda: ngettext("{n} minute", "{n} minutes", one.minutes).format(n=one.minutes), "blue"))
        words = (lambda: _("Hide the steps")) if self._is_open else (lambda: _("Show the steps"))
        row.addWidget(Link(words, self.toggle))
        self._box.addLayout(row)
        if not self._is_open:
            return
        self._box.addWidget(steps_list(one.steps(chinese=language() == "zh_CN")[1]))
        if one.parts:
            self._box.addLayout(parts_grid(one.parts))
        if can_take and any(_is_wanted(part) for part in one.parts):
            self.take = Button(lambda: _("Keep or request these parts"), self.take_parts, icon="parts")
            self._box.addWidget(self.take, 0, Qt.AlignmentFlag.AlignLeft)

    def toggle(self) -> None:
        """Show or hide the steps."""
        self._is_open = not self._is_open
        if self._view is not None:
            self._show(self._view)

    def take_parts(self) -> None:
        """Keep for this order what is free here, and request the rest for it."""
        template = self.known.template
        if template is None:
            return
        wanted = [part for part in template.parts if _is_wanted(part)]
        for part in wanted:
            kept = min(part.still, part.free)
            if kept:
                self._desk.act("reserve_part", {"part_id": part.part_id, "quantity": kept}, self._refuse)
        lines: list[dict[str, Any]] = [
            {"part_id": part.part_id, "quantity": part.still - min(part.still, part.free)}
            for part in wanted
            if part.still > part.free
        ]
        if lines:
            self._desk.act("request_parts", {"lines": lines}, self._refuse)

    def _refuse(self, refusal: Refusal) -> None:
        self.trouble.say(refusal_words(refusal))
        self.trouble.show()

    # --- opening ----------------------------------------------------------------------------------------------

    def open_first(self) -> None:
        """The best article, or the template; with nothing known the search for the symptom's own words."""
        nav, template = self._desk.bench.nav, self.known.template
        if self.known.articles:
            nav.open("knowledge", article=self.known.articles[0].id)
        elif template is not None:
            nav.open("knowledge", template=template.id)
        elif self._view is not None:
            nav.open("knowledge", text=about_of(self._view).symptom)

    def propose(self) -> None:
        """An article that begins with what this order knows."""
        if self._view is None:
            return
        about = about_of(self._view)
        given = {
            "models": about.model,
            "symptoms": about.symptom,
            "sections": about.section,
            "defects": about.defect,
            "product_classes": "" if about.model else about.product_class,
        }
        head = self._view.head
        self._desk.bench.nav.open("knowledge", propose=True, order=head.id, number=head.number, **given)

    def retranslate(self) -> None:
        """Titles follow the language."""
        if self._view is not None:
            self._show(self._view)


def about_of(view: OrderView) -> About:
    """What is known of the unit on show: its model, identified or reported, its class, and the codes so far."""
    codes = {one.field: one.code for one in view.codes}
    unit = view.unit
    return About(
        model=(unit.model or unit.reported_model) if unit else "",
        product_class=view.head.product_class,
        symptom=codes.get("symptom", ""),
        section=codes.get("section", ""),
        defect=codes.get("defect", ""),
    )


def _is_wanted(part: LikelyLine) -> bool:
    return bool(part.part_id) and part.still > 0
