"""The first start: this computer becomes a device of a place, by HQ's address and a one-time code."""

from collections.abc import Callable

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLineEdit, QVBoxLayout, QWidget

import resources
from app import i18n
from app.i18n import _
from app.ui.background import Failure, Progress, Runner
from app.ui.live import bind
from app.ui.widgets import Field, Label, PrimaryButton, ProgressLine

#: Enrols with (address, code) and fetches the first rows; reports done and total.
Enrol = Callable[[str, str, Progress], object]


class EnrolPage(QWidget):
    """Asks for address and code, shows the first sync's progress; ``enrolled`` when people can log in."""

    enrolled = Signal()

    def __init__(self, enrol: Enrol, runner: Runner) -> None:
        super().__init__()
        self._enrol = enrol
        self._runner = runner
        self.setProperty("surface", "bg")
        self.address = QLineEdit("https://")
        self.code = QLineEdit()
        self.address_field = Field(lambda: _("Address of headquarters"), self.address)
        self.code_field = Field(
            lambda: _("Enrolment code"), self.code, lambda: _("From HQ; good once, for 15 minutes.")
        )
        self.button = PrimaryButton(lambda: _("Enrol this computer"), self.start)
        self.progress = ProgressLine(lambda: _("Fetching orders and people"))
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
        outer = QVBoxLayout(self)
        row = QHBoxLayout()
        row.addStretch(1)
        row.addWidget(card)
        row.addStretch(1)
        outer.addStretch(2)
        outer.addLayout(row)
        outer.addStretch(3)

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
        self._runner.run(
            lambda progress: self._enrol(address, code, progress), lambda _done: self._done(), self._failed, owner=self
        )

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
