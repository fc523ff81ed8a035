"""The knowledge base: searched while one types, read at the right; proposing an article, and what became of those."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import Any, NamedTuple

from PySide6.QtCore import Qt, QTimer, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QComboBox, QHBoxLayout, QLineEdit, QStackedWidget, QVBoxLayout, QWidget

from app.i18n import _, language, ngettext
from app.offline_db.store import LocalRows
from app.queries.knowledge import (
    ARTICLE,
    ArticleView,
    KnownLine,
    Named,
    ProposalLine,
    TemplateView,
    article_view,
    class_choices,
    model_choices,
    proposals,
    search,
    template_view,
)
from app.ui import icons
from app.ui.background import Failure
from app.ui.bench import Bench, Keys
from app.ui.components.scan_box import Suggestion
from app.ui.keys import bind_keys
from app.ui.live import bind
from app.ui.page import Page
from app.ui.pages.knowledge_form import ProposeForm
from app.ui.pages.knowledge_list import KnownList, title_of
from app.ui.pages.knowledge_proposals import ProposalsColumn
from app.ui.pages.knowledge_reader import KnowledgeReader
from app.ui.refusal_words import told
from app.ui.widgets import Card, Chip, Choice, ComboSearch, EmptyState, FilterChips, Label, PageHeader, PrimaryButton

_ENTITIES = frozenset({"article", "article_picture", "job_template", "article_proposal"})
_TYPING_MS, _NEWS_MS = 150, 200
SEARCH, PROPOSALS, FORM = "search", "proposals", "form"


class _Found(NamedTuple):
    """What one reading brought."""

    lines: tuple[KnownLine, ...]
    proposals: tuple[ProposalLine, ...]
    classes: tuple[Named, ...]
    models: tuple[Named, ...]


def knowledge_page(bench: Bench) -> Page:
    """The page ``knowledge``; opened with ``text``, an ``article`` or ``template`` (row ids), or ``propose``."""
    return KnowledgePage(bench)


class KnowledgePage(Page):
    """The list at the left follows what is typed, the reader at the right what is chosen."""

    shown = Signal()
    """The lines, as read now, are on the screen."""
    read = Signal()
    """An article or template is on the screen."""

    def __init__(self, bench: Bench) -> None:
        super().__init__()
        self._bench = bench
        self._asked = 0
        self._keep = self._wanted = ""
        self._product_classes: tuple[Named, ...] = ()
        self._places = bench.has_role("technician", "station_lead", "branch_manager")
        self.header = PageHeader(lambda: _("Knowledge base"))
        propose = PrimaryButton(lambda: _("Propose an article"), self.propose, icon="add", shortcut="Ctrl+N")
        if self._places:
            self.header.add_button(propose)
        self.chips = FilterChips()
        self.stack = QStackedWidget()
        self.list, self.reader = KnownList(), KnowledgeReader(bench)
        self.form, self.proposals = ProposeForm(bench), ProposalsColumn(bench)
        self.text, self.product_class = QLineEdit(), QComboBox()
        self.model = ComboSearch([], lambda: _("All models"))
        self.body.addWidget(self.header)
        self.body.addWidget(self.chips)
        self.body.addWidget(self.stack, 1)
        for widget in (self._search_side(), self.proposals, self._form_side()):
            self.stack.addWidget(widget)
        self._show_chips(0, 0)
        self._listen()

    # --- building ---------------------------------------------------------------------------------------------

    def _search_side(self) -> QWidget:
        whole = QWidget()
        column = QVBoxLayout(whole)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(10)
        column.addLayout(self._filters())
        self.empty = EmptyState(lambda: _("Nothing here"), "", "search")
        left = Card()
        left.body.setSpacing(0)
        outer = left.layout()
        assert outer is not None
        outer.setContentsMargins(4, 4, 4, 4)
        left.add(self.list, 1)
        left.add(self.empty, 1)
        right = Card()
        inner = right.layout()
        assert inner is not None
        inner.setContentsMargins(0, 0, 0, 0)
        right.add(self.reader, 1)
        row = QHBoxLayout()
        row.setSpacing(10)
        row.addWidget(left, 2)
        row.addWidget(right, 3)
        column.addLayout(row, 1)
        self.foot = Label("", "small")
        column.addWidget(self.foot)
        return whole

    def _filters(self) -> QHBoxLayout:
        self.text.setClearButtonEnabled(True)
        self.text.setMaxLength(120)
        self.text.addAction(icons.icon("search", "ink3"), QLineEdit.ActionPosition.LeadingPosition)
        bind(self.text, self.text.setPlaceholderText, lambda: _("Words, an error code, part of a model number …"))
        bind(self.text, self.text.setAccessibleName, lambda: _("Search the knowledge base"))
        bind(self.product_class, self.product_class.setAccessibleName, lambda: _("Product class"))
        self.product_class.setMinimumWidth(170)
        self.model.setFixedWidth(250)
        row = QHBoxLayout()
        row.setSpacing(10)
        row.addWidget(self.text, 1)
        row.addWidget(self.product_class)
        row.addWidget(self.model)
        return row

    def _type(self) -> None:
        """What is typed chooses anew."""
        self._keep = ""
        self._typed.start()

    def _form_side(self) -> QWidget:
        whole = QWidget()
        row = QHBoxLayout(whole)
        row.setContentsMargins(0, 0, 0, 0)
        row.addWidget(self.form, 1)
        row.addStretch(0)
        self.form.setMaximumWidth(900)
        return whole

    def _listen(self) -> None:
        self._soon, self._typed = QTimer(self), QTimer(self)
        for timer, wait in ((self._soon, _NEWS_MS), (self._typed, _TYPING_MS)):
            timer.setSingleShot(True)
            timer.setInterval(wait)
            timer.timeout.connect(self.reload)
        self.text.textChanged.connect(lambda _text: self._type())
        self.text.returnPressed.connect(self._enter_list)
        self.text.installEventFilter(self)
        self.product_class.activated.connect(lambda _index: self.reload())
        self.model.picked.connect(lambda _model: self.reload())
        self.list.chosen.connect(self._chosen)
        self.list.entered.connect(self.reader.setFocus)
        self.chips.changed.connect(lambda ids: self.show_section(ids[0]))
        self.reader.edition_asked.connect(self._read_article)
        self.reader.revise_asked.connect(lambda view: self.propose(revises=view))
        self.form.closed.connect(lambda: self.show_section(SEARCH))
        self.form.proposed.connect(self._proposed)
        self.proposals.again.connect(lambda one: self.propose(again=one))
        self.proposals.read_asked.connect(self._open_article)
        self._bench.news.changed.connect(self._heard)
        bind_keys(self, "Ctrl+F", lambda: _("Search"), self.focus_search)
        bind_keys(self, "F5", lambda: _("Refresh"), self.reload)

    # --- opening ----------------------------------------------------------------------------------------------

    def opened(self, **params: Any) -> None:
        """Show the search; ``text``, ``article``, ``template`` or ``propose`` (with what it is about) choose more."""
        if params.pop("propose", False):
            self.propose(**params)
        elif "section" in params:
            self.show_section(str(params["section"]))
        elif self.stack.currentIndex() != 2 or params:
            self._show_index(0)
            self.focus_search()
        if "text" in params or "article" in params or "template" in params:
            self.text.setText(str(params.get("text", "")))
        wanted = str(params.get("article") or params.get("template") or "")
        if wanted:
            self._keep = wanted
            read = self._read_article if "article" in params else self._read_template
            read(wanted)
        self.reload()

    def leaving(self) -> None:
        """Nothing that was typed is lost."""
        self.form.drafts.flush()

    def show_section(self, name: str) -> None:
        """The search or the proposals."""
        self._show_index({SEARCH: 0, PROPOSALS: 1}.get(name, 0))
        if self.chips.active() != [name] and name != FORM:
            self.chips.blockSignals(True)
            self.chips.activate(name)
            self.chips.blockSignals(False)
        if name == SEARCH:
            self.focus_search()
        self.reload()

    def _show_index(self, index: int) -> None:
        self.stack.setCurrentIndex(index)
        self.chips.setVisible(self._places and index != 2)

    def propose(self, **given: Any) -> None:
        """Open the form; without anything given it goes on with what was kept."""
        self._show_index(2)
        self.form.begin(**given)

    def _proposed(self) -> None:
        self.show_section(PROPOSALS)

    def focus_search(self) -> None:
        """Put the keyboard where one types."""
        if self.stack.currentIndex() == 0:
            self.text.setFocus(Qt.FocusReason.ShortcutFocusReason)
            self.text.selectAll()

    def commands(self) -> Sequence[Suggestion]:
        """Proposing, from the list behind Ctrl+K."""
        return [Suggestion(lambda: _("Propose an article"), self.propose)] if self._places else []

    # --- reading ----------------------------------------------------------------------------------------------

    def _heard(self, keys: Keys) -> None:
        if self.isVisible() and any(entity in _ENTITIES for entity, _row in keys):
            self._soon.start()

    def reload(self) -> None:
        """Search again; of several readings only the newest is shown."""
        self._asked += 1
        asked = (self.text.text(), str(self.product_class.currentData() or ""), self.model.current_id())
        self._bench.read(partial(self._query, asked), partial(self._got, self._asked), owner=self, failed=self._failed)

    def _query(self, asked: tuple[str, str, str], rows: LocalRows) -> _Found:
        """Runs off the thread."""
        lines = search(rows.connection, *asked)
        mine = proposals(rows, self._bench.person.id)
        return _Found(lines, mine, class_choices(rows), model_choices(rows))

    def _got(self, number: int, found: _Found) -> None:
        if number != self._asked:
            return
        self._offer(found)
        self.list.setVisible(bool(found.lines))
        self.empty.setVisible(not found.lines)
        self.empty.say(*self._nothing())
        self.list.show_lines(found.lines, self._keep)
        if not found.lines and not self._keep:
            self.reader.show_nothing()
        count = len(found.lines)
        self.foot.say(lambda: ngettext("{n} found", "{n} found", count).format(n=count))
        self.proposals.show_lines(found.proposals)
        returned = sum(one.state == "returned" for one in found.proposals)
        self._show_chips(len(found.proposals), returned)
        self.shown.emit()

    def _failed(self, failure: Failure) -> None:
        self.list.hide()
        self.empty.show()
        self.empty.say(lambda: _("The knowledge base could not be read"), told(failure))

    def _nothing(self) -> tuple[Any, Any]:
        if self.text.text().strip() or self.product_class.currentData() or self.model.current_id():
            return (lambda: _("Nothing matches"), lambda: _("Try fewer words, or another class or model."))
        return (lambda: _("Nothing here yet"), lambda: _("Articles come from HQ with the next sync."))

    def _offer(self, found: _Found) -> None:
        self.model.set_choices([_model_choice(one) for one in found.models])
        if found.classes != self._product_classes:
            self._product_classes = found.classes
            self._name_classes()

    def _name_classes(self) -> None:
        chosen = self.product_class.currentData()
        self.product_class.clear()
        self.product_class.addItem(_("All classes"), "")
        for one in self._product_classes:
            self.product_class.addItem(title_of(one.zh, one.en), one.id)
        self.product_class.setCurrentIndex(max(0, self.product_class.findData(chosen)))

    def retranslate(self) -> None:
        """Names of classes and titles follow the language."""
        self._name_classes()
        self.list.viewport().update()

    def _show_chips(self, count: int, returned: int) -> None:
        tone = "warn" if returned else "grey"
        self.chips.set_chips(
            [Chip(SEARCH, lambda: _("Search")), Chip(PROPOSALS, lambda: _("Proposed here"), count or None, tone)]
        )
        self.chips.setVisible(self._places and self.stack.currentIndex() != 2)
        self._bench.nav.set_badge("knowledge", returned)

    # --- choosing ---------------------------------------------------------------------------------------------

    def _enter_list(self) -> None:
        if self.list.lines.lines:
            self.list.setFocus(Qt.FocusReason.TabFocusReason)

    def eventFilter(self, watched: Any, event: Any) -> bool:
        """From the search line the down key goes into the list."""
        if watched is self.text and isinstance(event, QKeyEvent) and event.type() == QKeyEvent.Type.KeyPress:
            if event.key() == Qt.Key.Key_Down:
                self._enter_list()
                return True
            if event.key() == Qt.Key.Key_Escape and self.text.text():
                self.text.clear()
                return True
        return super().eventFilter(watched, event)

    def _chosen(self, line: KnownLine) -> None:
        self._keep = ""
        (self._read_article if line.entity == ARTICLE else self._read_template)(line.id)

    def _open_article(self, article_id: str) -> None:
        self._show_index(0)
        self.chips.blockSignals(True)
        self.chips.activate(SEARCH)
        self.chips.blockSignals(False)
        self.text.clear()
        self._keep = article_id
        self._read_article(article_id)

    def _read_article(self, article_id: str) -> None:
        self._wanted = article_id
        self._bench.read(lambda rows: article_view(rows, article_id), self._show_article, owner=self, failed=self._gone)

    def _read_template(self, template_id: str) -> None:
        self._wanted = template_id
        place, model = self._bench.place.id, self.model.current_id()
        self._bench.read(
            lambda rows: template_view(rows, template_id, place, model),
            self._show_template,
            owner=self,
            failed=self._gone,
        )

    def _show_article(self, view: ArticleView) -> None:
        if view.id == self._wanted:
            self.reader.show_article(view)
            self.read.emit()

    def _show_template(self, view: TemplateView) -> None:
        if view.id == self._wanted:
            self.reader.show_template(view)
            self.read.emit()

    def _gone(self, failure: Failure) -> None:
        self.reader.show_nothing()
        self._bench.nav.toast("warn", lambda: _("It could not be read"), told(failure))


def _model_choice(one: Named) -> Choice:
    name, other = (one.zh, one.en) if language() == "zh_CN" else (one.en, one.zh)
    return Choice(one.id, name, other)
