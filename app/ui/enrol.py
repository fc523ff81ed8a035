"""The first start: this computer becomes a device of a place, by HQ's address and a one-time code."""

from collections.abc import Callable

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLineEdit, QVBoxLayout, QWidget

import resources
from app import i18n
from app.i18n import N_, _
from app.ui.background import Failure, Progress, Runner
from app.ui.live import bind
from app.ui.widgets import Field, Label, PrimaryButton, ProgressLine

#: Told by the job: the step (a scope, ``enrol``, ``push``), how much is done and of how much (None: not known).
Told = Callable[[str, int, int | None], None]
#: Enrols with (address, code) and fetches the first rows.
Enrol = Callable[[str, str, Told], object]
_STEPS = {
    "enrol": N_("Making this computer known to HQ"),
    "reference": N_("Fetching parts, codes and tariffs"),
    "place": N_("Fetching orders and people"),
}
_UNKNOWN = N_("Asking HQ what there is")


class EnrolPage(QWidget):
    """Asks for address and code, shows the first sync's progress; ``enrolled`` when people can log in."""

    enrolled = Signal()

    def __init__(self, enrol: Enrol, runner: Runner) -> None:
        super().__init__()
        self._enrol = enrol
        self._runner = runner
        self._step = ""
        self.setProperty("surface", "bg")
        self.address = QLineEdit("https://")
        self.code = QLineEdit()
        self.address_field = Field(lambda: _("Address of headquarters"), self.address)
        self.code_field = Field(
            lambda: _("Enrolment code"), self.code, lambda: _("From HQ; good once, for 15 minutes.")
        )
        self.button = PrimaryButton(lambda: _("Enrol this computer"), self.start)
        self.progress = ProgressLine(lambda: _(_STEPS["enrol"]), can_cancel=False)
        self.progress.hide()
        self._lay_out()
        self.code.returnPressed.connect(self.start)
        bind(self, self.setAccessibleName, lambda: _("First start"))

    def _lay_out(self) -> None:
        card = QFrame()
        card.setProperty("kind", "card")
        card.setFixedWidth(440)
        box = QVBoxLayout(card)
        box.setContentsMargins(32, 28, 32, 32)
        box.setSpacing(16)
        box.addWidget(Label(lambda: _("First start"), "h1"))
        box.addWidget(Label(lambda: _("This computer is not known to headquarters yet."), "muted", wrap=True))
        for widget in (self.address_field, self.code_field, self.button, self.progress):
            box.addWidget(widget)
        box.addWidget(Label(self._meanwhile, "small", wrap=True))
        outer = QVBoxLayout(self)
        row = QHBoxLayout()
        row.addStretch(1)
        row.addWidget(card)
        row.addStretch(1)
        outer.addStretch(2)
        outer.addLayout(row)
        outer.addStretch(3)

    @staticmethod
    def _meanwhile() -> str:
        return _("Orders come first: work begins as soon as they are here. The registry follows beside it.")

    def start(self) -> None:
        """Enrol; the fields stay as they are when it is refused."""
        address, code = self.address.text().strip(), self.code.text().strip()
        self.address_field.accept()
        self.code_field.accept()
        if "://" not in address or len(address) < len("http://x"):
            self.address_field.refuse(lambda: _("An address looks like https://hq.example.com"))
            return
        if not code:
            self.code_field.refuse(lambda: _("Enter the code"))
            return
        self.button.setEnabled(False)
        self.progress.show()
        self.progress.advance(0, 0)
        self._step = "enrol"

        def job(progress: Progress) -> object:
            def told(step: str, done: int, total: int | None) -> None:
                self._step = step  # read on the interface thread at the figure that follows
                progress.step(done, total or 0)

            return self._enrol(address, code, told)

        self._runner.run(job, lambda _done: self._done(), self._failed, owner=self, progress=self._advance)

    def _advance(self, done: int, total: int) -> None:
        words = _STEPS.get(self._step.partition("/")[0], _UNKNOWN)
        self.progress.say(lambda: _(words))
        self.progress.advance(done, total)

    def _done(self) -> None:
        self.progress.hide()
        self.enrolled.emit()

    def _failed(self, failure: Failure) -> None:
        self.button.setEnabled(True)
        self.progress.hide()
        refusal = failure.refusal
        if refusal is None:
            self.address_field.refuse(lambda: _("Something unexpected happened; details are in the log."))
            return
        field = self.address_field if refusal.code.startswith("hq_") else self.code_field
        field.refuse(lambda: resources.sentence(refusal, i18n.language()))
