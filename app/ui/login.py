"""Log-in without network: the people of the place, a password, the first password, and the lock screen."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QShowEvent
from PySide6.QtWidgets import QFrame, QHBoxLayout, QVBoxLayout, QWidget

from app.i18n import _
from app.ui.background import Runner
from app.ui.components.password_form import Authenticator, LoginPerson, PasswordForm
from app.ui.components.people_list import PeopleList
from app.ui.live import Words, bind
from app.ui.widgets.banner import Banner
from app.ui.widgets.text import Icon, Label, Link

__all__ = ["Authenticator", "Gate", "LockScreen", "LoginPage", "LoginPerson"]


class Gate(QWidget):
    """A quiet ground with one card in the middle."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.setProperty("surface", "bg")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        outer = QVBoxLayout(self)
        card = QFrame()
        card.setProperty("kind", "card")
        card.setFixedWidth(width)
        self.box = QVBoxLayout(card)
        self.box.setContentsMargins(32, 28, 32, 32)
        self.box.setSpacing(16)
        outer.addStretch(2)
        row = QHBoxLayout()  # an alignment instead would ignore how high wrapped texts are
        row.addStretch(1)
        row.addWidget(card)
        row.addStretch(1)
        outer.addLayout(row)
        outer.addStretch(3)


class LoginPage(Gate):
    """`entered` tells the person who proved who they are."""

    entered = Signal(str)

    def __init__(self, authenticator: Authenticator, runner: Runner, place: Words = "") -> None:
        super().__init__(width=720)
        self._authenticator = authenticator
        head = QVBoxLayout()
        head.setSpacing(4)
        head.addWidget(Label(lambda: _("Who is working?"), "h1"))
        head.addWidget(Label(place, "muted"))
        self.box.addLayout(head)
        self._nobody = Banner(
            "warn",
            lambda: _("Nobody is registered at this place yet"),
            lambda: _("Sync once with headquarters; the people of this place come with it."),
        )
        self.box.addWidget(self._nobody)
        self.people = PeopleList()
        self.form = PasswordForm(authenticator, runner, lambda: _("Log in"))
        row = QHBoxLayout()
        row.setSpacing(24)
        row.addWidget(self.people, 1, Qt.AlignmentFlag.AlignTop)
        right = QVBoxLayout()
        right.addWidget(self.form)
        right.addStretch(1)
        row.addLayout(right, 1)
        self.box.addLayout(row)
        self.people.chosen.connect(self._chosen)
        self.people.confirmed.connect(lambda: self.form.password.setFocus())
        self.form.entered.connect(self.entered.emit)
        self.reload()

    def tell(self, note: Words) -> Label:
        """Something to know before anybody logs in, under the head; the label may be given other words later."""
        label = Label(note, "muted", wrap=True)
        self.box.insertWidget(1, label)
        return label

    def reload(self) -> None:
        """Reads the people anew (after a sync)."""
        people = list(self._authenticator.people())
        self._nobody.setVisible(not people)
        self.people.setVisible(bool(people))
        self.form.setVisible(bool(people))
        self.people.set_people(people)

    def _chosen(self, person: LoginPerson) -> None:
        self.form.ask_for(person)

    def showEvent(self, event: QShowEvent) -> None:
        """One person only: the password is next; several: the list."""
        super().showEvent(event)
        alone = self.people.count() == 1
        (self.form.password if alone else self.people).setFocus()


class LockScreen(Gate):
    """Covers the window of one person; their password opens it, or somebody else logs in."""

    entered = Signal(str)
    change_asked = Signal()

    def __init__(self, authenticator: Authenticator, runner: Runner, person: LoginPerson) -> None:
        super().__init__(width=400)
        centre = Qt.AlignmentFlag.AlignHCenter
        self.box.addWidget(Icon("lock", "accent", 36), 0, centre)
        name = Label(person.name, "h1")
        self.box.addWidget(name, 0, centre)
        note = Label(lambda: _("Locked. What you typed is kept."), "muted", wrap=True)
        note.setAlignment(centre)
        self.box.addWidget(note)
        self.form = PasswordForm(authenticator, runner, lambda: _("Unlock"))
        self.form.ask_for(person)
        self.box.addWidget(self.form)
        self.box.addWidget(Link(lambda: _("Somebody else"), self.change_asked.emit), 0, centre)
        self.form.entered.connect(self.entered.emit)
        bind(self, self.setAccessibleName, lambda: _("Locked"))

    def showEvent(self, event: QShowEvent) -> None:
        """The password is next."""
        super().showEvent(event)
        self.form.password.setFocus()
