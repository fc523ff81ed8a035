"""The panel behind the sync chip: what is pending, parked or in conflict, and a button for each that mends it."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFrame, QHBoxLayout, QVBoxLayout, QWidget

from app.i18n import N_, _
from app.ui.components.popover import Popover
from app.ui.components.sync_chip import SyncItem, SyncKind, SyncModel
from app.ui.live import text_of
from app.ui.widgets.banner import Banner
from app.ui.widgets.buttons import Button
from app.ui.widgets.card import empty_layout
from app.ui.widgets.pill import Pill
from app.ui.widgets.scroll import ScrollColumn
from app.ui.widgets.text import Label, Link, Rule

_MOST = 100
_SENDING = N_("Kept here safely; being sent in order.")
_MEANINGS: dict[SyncKind, str] = {
    "offline": N_("Work goes on. Everything is kept here and sent when the line is back."),
    "attention": N_("These wait for your decision. The rest goes on."),
    "fresh": N_("Everything done here has reached headquarters."),
    "syncing": N_("Work goes on meanwhile."),
    "unknown": N_("Not compared with headquarters since the start of the program."),
    "stopped": N_("Work goes on. Everything is kept here; it is tried again by itself."),
    "update": N_("Work is still sent. News from HQ comes again after the update."),
    "revoked": N_("Unsent work is still taken by HQ; nothing new comes here."),
}


class SyncPanel(Popover):
    """Follows the model while it is open."""

    def __init__(self, host: QWidget, model: SyncModel) -> None:
        super().__init__(host, lambda: _("Sync with headquarters"), width=420)
        self.setObjectName("sync_panel")
        self._model = model
        self._column = ScrollColumn()
        self._column.body.setSpacing(8)
        self.body.addWidget(self._column)
        self.body.addWidget(Button(lambda: _("Sync now"), model.sync_asked.emit, icon="syncing", primary=True))
        model.changed.connect(self._model_changed)

    def _model_changed(self) -> None:
        if self.isVisible():
            self.refresh()
            self.adjustSize()

    def retranslate(self) -> None:
        """Renews what is on show."""
        self._model_changed()

    def refresh(self) -> None:
        """Lists the model's items."""
        body = self._column.body
        empty_layout(body)
        state = self._model.state
        body.addWidget(Banner(state.tone, state.words(), self._meaning()))
        for item in self._model.items[:_MOST]:
            body.addWidget(Rule())
            body.addWidget(self._line(item))
        more = len(self._model.items) - _MOST
        if more > 0:
            body.addWidget(Label(_("and {n} more").format(n=more), "small"))
        body.addStretch(1)
        for index in range(body.count()):  # what is added to an open panel is shown later, and has no height till then
            if (added := body.itemAt(index).widget()) is not None:  # type: ignore[union-attr]
                added.show()
        self._column.setFixedHeight(min(self._column.natural_height(self.width() - 34), 420))

    def _meaning(self) -> str:
        kind = self._model.state.kind
        return _(_MEANINGS.get(kind, _SENDING))

    @staticmethod
    def _line(item: SyncItem) -> QWidget:
        line = QFrame()
        column = QVBoxLayout(line)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(3)
        head = QHBoxLayout()
        head.setSpacing(8)
        head.addWidget(Pill(item.title, item.tone))
        head.addStretch(1)
        for words, run in item.actions:
            head.addWidget(Link(words, run), 0, Qt.AlignmentFlag.AlignVCenter)
        column.addLayout(head)
        if text_of(item.text):
            column.addWidget(Label(item.text, "muted", wrap=True))
        return line
