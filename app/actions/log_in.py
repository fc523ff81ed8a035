"""Logging in at this place, with no line to HQ needed: who works here, is the password right, set a first one."""

from collections.abc import Sequence
from typing import NamedTuple

from app.actions.change_password import PasswordAsked
from app.actions.change_password import run as change_password
from app.actions.desk import Desk, LocalStore
from app.security.login_guard import LoginGuard
from app.security.passwords import is_right, waste_a_check
from core.refusals import Refusal
from core.roles import Role
from core.rows.access import Rows
from core.rows.people import Credential, Person


class Colleague(NamedTuple):
    """Somebody who may log in at this place."""

    id: str
    login: str
    name: str
    roles: tuple[Role, ...]
    needs_first_password: bool


def colleagues(rows: Rows, place_id: str) -> list[Colleague]:
    """The active people of the place, by name."""
    known = {credential.id: credential for credential in rows.find(Credential, place_id=place_id)}
    people = [person for person in rows.find(Person, place_id=place_id) if person.active and person.id in known]
    return [
        Colleague(person.id, person.login, person.name, person.roles, known[person.id].must_change)
        for person in sorted(people, key=lambda person: (person.roles, person.login))
    ]


def find_person(people: Sequence[Colleague], wanted: str) -> Colleague | None:
    """The colleague with this log-in name or id."""
    return next((one for one in people if wanted in (one.id, one.login)), None)


class LogIn:
    """Checks passwords against the verifiers that came down with the place's rows."""

    def __init__(self, store: LocalStore, guard: LoginGuard, place_id: str) -> None:
        """``guard`` slows guessing down and survives restarts."""
        self._store = store
        self._guard = guard
        self._place_id = place_id

    def people(self) -> list[Colleague]:
        """Who may log in here."""
        with self._store.reading() as rows:
            return colleagues(rows, self._place_id)

    def verify(self, login: str, password: str) -> Colleague:
        """The person, when the password is right; raises Refusal ``login_wrong`` or ``login_wait``."""
        person = find_person(self.people(), login)
        if person is None:
            waste_a_check(password)
            raise Refusal("login_wrong")
        with self._store.reading() as rows:
            credential = rows.get(Credential, person.id)
        verifier = credential.verifier if credential else ""
        if not self._guard.check(person.id, lambda: is_right(verifier, password)):
            raise Refusal("login_wrong")
        return person

    def set_first_password(self, desk: Desk, password: str) -> None:
        """Replace the handed-out password by the person's own; raises Refusal ``password_length``."""
        change_password(PasswordAsked(password=password), desk)
