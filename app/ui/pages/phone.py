"""Pictures of a phone: a day's folder is matched to orders by its slips and labels, looked over, and recorded."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from PySide6.QtWidgets import QFileDialog, QMenu, QStackedWidget, QWidget

from app.actions.late_entry import Entered
from app.i18n import _
from app.ui.background import Failure, Progress
from app.ui.bench import Bench
from app.ui.keys import bind_keys
from app.ui.live import Words, text_of
from app.ui.page import Page
from app.ui.pages.phone_group import GroupCard
from app.ui.pages.phone_work import Brought, Pile, read_folder, read_orders, record
from app.ui.refusal_words import refusal_words, told
from app.ui.widgets import Banner, Button, EmptyState, PageHeader, ProgressLine, ScrollColumn, empty_layout
from core.late_entry import LEFT_OUT

_MOST_FAILED = 5  # named one by one


def phone_page(bench: Bench) -> Page:
    """The page `phone`; opened with `files` it reads them."""
    return PhonePage(bench)


class PhonePage(Page):
    """Everything read and decided stays until it is recorded or dropped, also over a restart of the program."""

    def __init__(self, bench: Bench) -> None:
        super().__init__()
        self._bench = bench
        self._pile = Pile()
        self._places: list[str] = []
        self._waiting: list[Path] = []
        self._running: Progress | None = None
        self._fresh = True
        self.cards: list[GroupCard] = []
        self._build()
        bind_keys(self, "Ctrl+O", lambda: _("Choose a folder of pictures"), self.choose)

    def _build(self) -> None:
        self.header = PageHeader(lambda: _("Pictures of a phone"))
        self.drop_button = Button(lambda: _("Clear the list"), self.drop)
        self.record_button = Button(
            lambda: _("Record"), self.record, icon="check", shortcut="Ctrl+Return", primary=True
        )
        for button in (
            Button(lambda: _("Choose a folder…"), self.choose, icon="photo"), self.drop_button, self.record_button,
        ):  # fmt: skip
            self.header.add_button(button)
        self.body.addWidget(self.header)
        self.progress = ProgressLine(lambda: _("Reading pictures"))
        self.progress.cancelled.connect(self.cancel)
        self.progress.hide()
        self.body.addWidget(self.progress)
        self._column = ScrollColumn()
        self._stack = QStackedWidget()
        self._stack.addWidget(
            EmptyState(
                lambda: _("Drop the phone’s folder here"),
                lambda: _(
                    "Field slips and unit labels in the pictures tell which order they belong to. "
                    "Take a picture of the slip first, then of label, invoice and damage."
                ),
                "photo",
            )
        )
        self._stack.addWidget(self._column)
        self.body.addWidget(self._stack, 1)
        self._show()

    # --- coming and going -------------------------------------------------------------------------------------

    @property
    def _draft(self) -> str:
        return f"phone/{self._bench.person.id}"

    def opened(self, files: Sequence[Path] = (), **_params: Any) -> None:
        """Reads what was dropped; at the first opening also what was being decided when the program ended."""
        if self._fresh:
            self._fresh = False
            kept = self._bench.drafts.load(self._draft) or {}
            self._pile.decided = dict(kept.get("decided", {}))
            self._places = list(kept.get("places", []))
            files = [*(Path(place) for place in self._places), *files]
        self.take_files(files)

    def choose(self) -> None:
        """Asks for a folder."""
        folder = QFileDialog.getExistingDirectory(self, text_of(lambda: _("Pictures of a phone")))
        if folder:
            self.take_files([Path(folder)])

    def take_files(self, files: Sequence[Path]) -> None:
        """Reads files and folders, one batch after the other."""
        self._waiting += files
        self._places = list(dict.fromkeys([*self._places, *map(str, files)]))
        if self._running is None:
            self._next()

    def _next(self) -> None:
        files, self._waiting = self._waiting, []
        if not files:
            self._read_orders()
            return
        self._keep()
        self._start(lambda: _("Reading pictures"))
        job = read_folder(self._bench, files)
        self._running = self._bench.runner.run(
            job, self._brought, self._not_brought, owner=self, progress=self.progress.advance
        )

    def cancel(self) -> None:
        """Stops after the picture that is being worked on; what is done stays."""
        if self._running is not None:
            self._running.cancel()

    def go_on(self) -> None:
        """Reads what was left when it was stopped."""
        self.take_files([Path(file) for file in self._pile.left])

    def _start(self, words: Words) -> None:
        self.progress.say(words)
        self.progress.advance(0, 0)
        self.progress.show()
        self.record_button.setEnabled(False)

    def _brought(self, brought: Brought) -> None:
        self._running = None
        self._pile.add(brought)
        self._next()

    def _not_brought(self, failure: Failure) -> None:
        self._running = None
        self._bench.nav.toast("bad", lambda: _("Not read"), told(failure))
        self._next()

    def _read_orders(self) -> None:
        self._bench.runner.run(lambda _progress: read_orders(self._bench), self._orders_read, owner=self)

    def _orders_read(self, orders: dict[str, Any]) -> None:
        self._pile.orders = orders
        self.progress.hide()
        self._show()

    # --- deciding ---------------------------------------------------------------------------------------------

    def selected(self) -> list[str]:
        """The hashes of all selected pictures."""
        return [sha256 for card in self.cards for sha256 in card.thumbs.chosen()]

    def decide(self, hashes: Sequence[str], order_id: str | None) -> None:
        """These pictures belong to that order; LEFT_OUT: to none; None: what the signs say counts again."""
        for sha256 in hashes:
            if order_id is None:
                self._pile.decided.pop(sha256, None)
            else:
                self._pile.decided[sha256] = order_id
        self._keep()
        self._show()
        if hashes:
            for card in self.cards:
                card.thumbs.choose(hashes[0])

    def ask_order(self) -> QMenu:
        """Offers the open orders for what is selected."""
        hashes = self.selected()
        menu = QMenu(self)
        for order in self._pile.orders.values():
            words = " · ".join(filter(None, (order.job.number, order.customer, order.model)))
            menu.addAction(words, lambda order=order: self.decide(hashes, order.job.order_id))  # type: ignore[misc]
        menu.addSeparator()
        menu.addAction(_("Leave out"), lambda: self.decide(hashes, LEFT_OUT))
        menu.addAction(_("By its signs"), lambda: self.decide(hashes, None))
        menu.aboutToHide.connect(menu.deleteLater)
        focused = next((card.thumbs for card in self.cards if card.thumbs.hasFocus()), self)
        menu.popup(focused.mapToGlobal(focused.rect().center()))
        return menu

    def drop(self) -> None:
        """Forgets all of it; nothing was recorded by looking."""
        self.cancel()
        orders = self._pile.orders
        self._pile, self._places = Pile(orders=orders), []
        self._bench.drafts.drop(self._draft)
        self._show()

    def _keep(self) -> None:
        self._bench.drafts.save(self._draft, {"places": self._places, "decided": self._pile.decided})

    # --- recording --------------------------------------------------------------------------------------------

    def record(self) -> None:
        """Records what is decided; what is asked stays here."""
        if self._running is not None or not self._pile.fresh():
            return
        self._start(lambda: _("Recording"))
        job = record(self._bench, self._pile.groups(), self._pile.seen)
        self._running = self._bench.runner.run(
            job, self._recorded, self._not_recorded, owner=self, progress=self.progress.advance
        )

    def _recorded(self, entered: Entered) -> None:
        self._running = None
        self._pile.take_off(entered)
        self._bench.nav.toast(
            "warn" if entered.failed or entered.stopped else "ok",
            lambda: _("{n} pictures attached").format(n=len(entered.attached)),
            lambda: _(
                "{units} units identified, {invoices} invoices recorded, {visits} visits begun; {failed} failed."
            ).format(
                units=len(entered.identified),
                invoices=len(entered.invoices),
                visits=len(entered.begun),
                failed=len(entered.failed),
            ),
        )
        if self._pile.seen:
            self._keep()
        else:
            self._places = []
            self._bench.drafts.drop(self._draft)
        self._read_orders()

    def _not_recorded(self, failure: Failure) -> None:
        self._running = None
        self._bench.nav.toast("bad", lambda: _("Not recorded"), told(failure))
        self._read_orders()

    # --- showing ----------------------------------------------------------------------------------------------

    def retranslate(self) -> None:
        """Renews what is painted with words."""
        self._show()

    def _show(self) -> None:
        empty_layout(self._column.body)
        groups = self._pile.groups()
        self.cards = [
            GroupCard(group, self._pile.orders.get(group.order_id or ""), self._pile.seen, self._pile.images)
            for group in groups
        ]
        for notice in self._notices():
            self._column.body.addWidget(notice)
        for card in sorted(self.cards, key=lambda one: one.order is not None):
            self._connect(card)
            self._column.body.addWidget(card)
            card.show()  # at once: the column asks for its height before a layout would show it
        self._column.body.addStretch(1)
        fresh = self._pile.fresh()
        self.record_button.setEnabled(bool(fresh) and self._running is None)
        self.drop_button.setVisible(bool(self._pile.seen or self._pile.failed))
        self._stack.setCurrentIndex(1 if self._pile.seen or self._pile.failed or self._pile.left else 0)
        count = len(self._pile.seen)
        self.header.say(lambda: _("Pictures of a phone"), (lambda: _("{n} pictures").format(n=count)) if count else "")

    def _connect(self, card: GroupCard) -> None:
        card.thumbs.move_asked.connect(self.ask_order)
        card.thumbs.out_asked.connect(lambda: self.decide(self.selected(), LEFT_OUT))
        card.thumbs.itemSelectionChanged.connect(lambda: self._only_in(card))
        order_id = card.group.order_id
        card.thumbs.moved_here.connect(lambda hashes: self.decide(hashes, order_id or LEFT_OUT))

    def _only_in(self, chosen: GroupCard) -> None:
        """Selecting in one group ends the selection in the others: one key press moves what is seen selected."""
        if not chosen.thumbs.selectedItems():
            return
        for card in self.cards:
            if card is not chosen and card.thumbs.selectedItems():
                card.thumbs.clearSelection()

    def _notices(self) -> list[QWidget]:
        notices: list[QWidget] = []
        if self._pile.left:
            left = len(self._pile.left)
            more = Button(lambda: _("Read the rest"), self.go_on)
            notices.append(Banner("warn", lambda: _("Stopped: {n} files are not read").format(n=left), action=more))
        failed = list(self._pile.failed.items())
        if failed:
            count = len(failed)
            notices.append(
                Banner("bad", lambda: _("{n} did not work").format(n=count), lambda: _reasons(failed[:_MOST_FAILED]))
            )
        return notices


def _reasons(failed: Sequence[tuple[str, Any]]) -> str:
    return "\n".join(text_of(refusal_words(refusal)) for _file, refusal in failed)
