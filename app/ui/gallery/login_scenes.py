"""Log-in and lock screen with made-up people."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from PySide6.QtWidgets import QWidget

from app.ui.background import AtOnce
from app.ui.gallery.words import two
from app.ui.login import LockScreen, LoginPage, LoginPerson
from core.refusals import Refusal

PEOPLE = (
    LoginPerson("p1", "李伟", two("维修工程师", "Technician")),
    LoginPerson("p2", "张敏", two("维修工程师", "Technician"), needs_first_password=True),
    LoginPerson("p3", "王芳", two("网点负责人", "Station lead")),
)


class DemoAuthenticator:
    """Takes one password, and lets people wait after a wrong one."""

    def people(self) -> Sequence[LoginPerson]:
        """The made-up people."""
        return PEOPLE

    def verify(self, person_id: str, password: str) -> Refusal | None:
        """Right is "right"."""
        if password == "right":
            return None
        return Refusal("login_wait", seconds=30) if person_id == "p1" else Refusal("login_wrong")

    def set_first_password(self, person_id: str, password: str) -> Refusal | None:
        """Always right."""
        return None


def gates() -> Iterator[tuple[str, QWidget]]:
    """The covers of the window, one after the other."""
    login = LoginPage(DemoAuthenticator(), AtOnce(), two("深圳南山维修站", "Shenzhen Nanshan station"))
    yield "login", login
    first = LoginPage(DemoAuthenticator(), AtOnce(), two("深圳南山维修站", "Shenzhen Nanshan station"))
    first.people.setCurrentRow(1)
    yield "login_first", first
    lock = LockScreen(DemoAuthenticator(), AtOnce(), PEOPLE[0])
    lock.form.password.setText("wrong")
    lock.form.submit()
    yield "lock", lock
