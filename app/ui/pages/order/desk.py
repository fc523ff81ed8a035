"""What the cards of the order page share: the order on show, doing things to it, and who mends what."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Protocol

from PySide6.QtCore import QObject, Signal

from app.i18n import _
from app.queries.order_view import OrderView
from app.ui.background import Failure, report_defect
from app.ui.bench import Bench
from app.ui.pages.order.drafts import DraftBox
from app.ui.pages.order.texts import ACTIONS
from core.refusals import Refusal
from core.words import word

Refused = Callable[[Refusal], None]


#: Actions about the unit on show, where the order has several.
OF_A_UNIT = frozenset(
    {
        "identify_unit", "record_documents", "judge_warranty", "code_fault", "use_part", "take_to_shop", "receive_unit",
        "give_back", "issue_certificate", "record_installation", "exchange_unit", "propose_refund",
    }
)  # fmt: skip


class OrderCard(Protocol):
    """A card shows a view; it keeps what a person is typing."""

    def show_view(self, view: OrderView) -> None:
        """Show the order as it is now."""


@dataclass
class _Wish:
    """An action to be done."""

    name: str
    asked: dict[str, Any]
    refused: Refused
    after: Callable[[], object] | None


class OrderDesk(QObject):
    """Cards act and read through here; they do not know each other."""

    done = Signal(str)
    """An action succeeded: its name."""
    refused = Signal(str, str)
    """An action was refused: its name, the refusal's code."""
    mend_asked = Signal(str)
    """A field of the pre-flight is to be mended: its name."""
    start_asked = Signal(str)
    """A person wants to begin an action that may need more to be given."""
    reload_asked = Signal()
    unit_asked = Signal(str)
    """Another of the order's units is to be shown: its id."""

    def __init__(self, bench: Bench, parent: QObject) -> None:
        super().__init__(parent)
        self.bench = bench
        self.view: OrderView | None = None
        self.drafts = DraftBox(bench, self)
        self._waiting: list[_Wish] = []

    @property
    def busy(self) -> bool:
        """Whether something is being done."""
        return bool(self._waiting)

    def act(
        self, name: str, given: dict[str, Any], refused: Refused, after: Callable[[], object] | None = None
    ) -> None:
        """Do the action on the order on show, after those asked for before; the same wish twice is one wish."""
        if self.view is None:
            return
        unit = {"unit_id": self.view.job.unit_id} if name in OF_A_UNIT and len(self.view.job.units) > 1 else {}
        wish = _Wish(name, {"order_id": self.view.head.id, **unit, **given}, refused, after)
        if any((one.name, one.asked) == (wish.name, wish.asked) for one in self._waiting):
            return
        self._waiting.append(wish)
        if len(self._waiting) == 1:
            self._begin()

    def _begin(self) -> None:
        if not self._waiting:
            return
        wish = self._waiting[0]

        def done(_recorded: object) -> None:
            self._waiting.remove(wish)
            if wish.after is not None:
                wish.after()
            self._tell(wish.name)
            self._begin()

        def failed(failure: Failure) -> None:
            self._waiting.remove(wish)
            self._failed(wish.name, failure, wish.refused)
            self._begin()

        self.bench.act(wish.name, wish.asked, done, failed, owner=self)

    def _tell(self, name: str) -> None:
        action = ACTIONS.get(name) or word("action", name)
        self.bench.nav.toast("ok", lambda: _("Recorded: {action}").format(action=_(action)))
        self.done.emit(name)
        self.reload_asked.emit()

    def _failed(self, name: str, failure: Failure, refused: Refused) -> None:
        if failure.refusal is None:
            report_defect(failure)
            self.bench.nav.toast(
                "bad",
                lambda: _("That did not work"),
                lambda: _("The program had an error of its own. What you typed is kept; try again."),
            )
            return
        refused(failure.refusal)
        self.refused.emit(name, failure.refusal.code)
