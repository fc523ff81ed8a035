"""Asking for a password: the first one twice, refusals at the field, and a countdown after wrong ones."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from PySide6.QtCore import Qt, QTimer, Signal
from PySide6.QtWidgets import QLineEdit, QVBoxLayout, QWidget

import resources
from app.i18n import _, language
from app.ui.background import Failure, Progress, Runner, report_defect
from app.ui.live import Words
from app.ui.widgets.buttons import PrimaryButton
from app.ui.widgets.field import Field
from app.ui.widgets.text import Label
from core.refusals import Refusal

LEAST_PASSWORD = 8


@dataclass(frozen=True)
class LoginPerson:
    """Somebody who may work here; `role` is what people call it in the language of now."""

    id: str
    name: str
    role: Words
    needs_first_password: bool = False


class Authenticator(Protocol):
    """Who may work here; both checks run off the interface thread and may take a second."""

    def people(self) -> Sequence[LoginPerson]:
        """The active people of the place."""
        ...

    def verify(self, person_id: str, password: str) -> Refusal | None:
        """None when the password is right; a refusal (`login_wrong`, `login_wait` with `seconds` …) otherwise."""
        ...

    def set_first_password(self, person_id: str, password: str) -> Refusal | None:
        """Sets the password of somebody who has none; a refusal when it may not be."""
        ...


class PasswordForm(QWidget):
    """Password (and its repetition for the first one), a button, a refusal beside the field, a countdown."""

    entered = Signal(str)

    def __init__(self, authenticator: Authenticator, runner: Runner, button: Words) -> None:
        super().__init__()
        self._authenticator, self._runner = authenticator, runner
        self._person: LoginPerson | None = None
        self._seconds = 0
        box = QVBoxLayout(self)
        box.setContentsMargins(0, 0, 0, 0)
        box.setSpacing(12)
        self._intro = Label("", "muted", wrap=True)
        self.password, self.again = _secret_line(), _secret_line()
        self._first = Field(self._password_label, self.password)
        self._second = Field(lambda: _("Repeat the password"), self.again)
        self.button = PrimaryButton(button, self.submit)
        for widget in (self._intro, self._first, self._second, self.button):
            box.addWidget(widget)
        self.password.returnPressed.connect(self._next_or_submit)
        self.again.returnPressed.connect(self.submit)
        self._clock = QTimer(self)
        self._clock.setInterval(1000)
        self._clock.timeout.connect(self._tick)
        self.ask_for(None)

    def _password_label(self) -> str:
        return _("New password") if self._new else _("Password")

    @property
    def _new(self) -> bool:
        return self._person is not None and self._person.needs_first_password

    def ask_for(self, person: LoginPerson | None) -> None:
        """Asks for this person's password; nothing typed for another one stays."""
        self._person = person
        self._clock.stop()
        for line in (self.password, self.again):
            line.clear()
        for field in (self._first, self._second):
            field.accept()
        self._second.setVisible(self._new)
        self._intro.setVisible(self._new)
        self._intro.say(_first_time)
        self._first.rename(self._password_label)
        self._enable()

    def _enable(self, *, waiting: bool = False) -> None:
        usable = self._person is not None and not waiting
        for widget in (self.password, self.again, self.button):
            widget.setEnabled(usable)

    def _next_or_submit(self) -> None:
        if self._new and not self.again.text():
            self.again.setFocus()
        else:
            self.submit()

    def submit(self) -> None:
        """Checks what was typed; the answer comes from the background."""
        person, password = self._person, self.password.text()
        if person is None or self._clock.isActive() or not self._complete(password):
            return
        self._enable(waiting=True)
        check = self._authenticator.set_first_password if self._new else self._authenticator.verify

        def job(_progress: Progress) -> Refusal | None:
            return check(person.id, password)

        self._runner.run(job, self._answered, self._failed, owner=self)

    def _complete(self, password: str) -> bool:
        for field in (self._first, self._second):
            field.accept()
        if not password:
            self._first.refuse(lambda: _("Type the password."))
        elif self._new and len(password) < LEAST_PASSWORD:
            self._first.refuse(lambda: _("At least {n} characters, please.").format(n=LEAST_PASSWORD))
        elif self._new and password != self.again.text():
            self._second.refuse(lambda: _("The two passwords are not the same."))
        else:
            return True
        return False

    def _answered(self, refusal: Refusal | None) -> None:
        self._enable()
        person = self._person
        if refusal is None and person is not None:
            self.password.clear()
            self.again.clear()
            self.entered.emit(person.id)
        elif refusal is not None:
            self._refuse(refusal)

    def _failed(self, failure: Failure) -> None:
        self._enable()
        if failure.refusal is not None:
            self._refuse(failure.refusal)
            return
        report_defect(failure)
        self._first.refuse(
            lambda: _("Logging in failed because of a fault in the program. Nothing was lost; try again.")
        )

    def _refuse(self, refusal: Refusal) -> None:
        self.password.clear()
        seconds = refusal.facts.get("seconds")
        if isinstance(seconds, int | float) and seconds > 0:
            self._seconds = int(seconds + 0.999)
            self._enable(waiting=True)
            self._clock.start()
            self._show_wait()
        else:
            self._first.refuse(lambda: resources.sentence(refusal, language()))

    def _tick(self) -> None:
        self._seconds -= 1
        if self._seconds > 0:
            self._show_wait()
            return
        self._clock.stop()
        self._first.accept()
        self._enable()
        self.password.setFocus()

    def _show_wait(self) -> None:
        seconds = self._seconds
        self._first.refuse(lambda: _("Too many wrong passwords. Try again in {n} s.").format(n=seconds))

    @property
    def trouble(self) -> str:
        """The reason on show; empty when there is none."""
        return self._first.reason or self._second.reason


def _first_time() -> str:
    return _("Your first time here: choose a password of at least {n} characters.").format(n=LEAST_PASSWORD)


def _secret_line() -> QLineEdit:
    line = QLineEdit()
    line.setEchoMode(QLineEdit.EchoMode.Password)
    line.setMaxLength(200)
    line.setInputMethodHints(Qt.InputMethodHint.ImhSensitiveData | Qt.InputMethodHint.ImhNoPredictiveText)
    line.setMinimumHeight(36)
    return line
