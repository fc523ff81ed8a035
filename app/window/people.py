"""Who may log in here, as the log-in page asks it."""

from collections.abc import Sequence

from app.actions.log_in import Colleague, LogIn
from app.bootstrap import Station
from app.i18n import _
from app.offline_db.device import DeviceState
from app.ui.components.person_badge import Person
from app.ui.live import Words
from app.ui.login import LoginPerson
from core.refusals import Refusal
from core.words import word


def role_words(person: Colleague) -> Words:
    """The person's roles in the language of now."""
    return lambda: "、".join(_(word("role", role.value)) for role in person.roles)


def badge_of(person: Colleague) -> Person:
    """The person as the badge shows them."""
    return Person(person.id, person.name, role_words(person), frozenset(role.value for role in person.roles))


def listed(person: Colleague, *, new_password: bool = False) -> LoginPerson:
    """The person as the log-in page lists them; ``new_password`` asks for one of their own instead of the known one."""
    return LoginPerson(person.id, person.name, role_words(person), new_password)


class PlaceAuthenticator:
    """Fulfils the log-in page's protocol for one place."""

    def __init__(self, station: Station, device: DeviceState) -> None:
        """Check passwords against the rows of ``device``'s place."""
        self._station = station
        self._log_in = LogIn(station.store, station.guard, device.place_id)

    def people(self) -> Sequence[LoginPerson]:
        """The active people of the place."""
        return [listed(person) for person in self._log_in.people()]

    def colleague(self, person_id: str) -> Colleague:
        """The person with this id; a person who is shown is known."""
        return next(person for person in self._log_in.people() if person.id == person_id)

    def verify(self, person_id: str, password: str) -> Refusal | None:
        """None when the password is right."""
        try:
            self._log_in.verify(person_id, password)
        except Refusal as refusal:
            return refusal
        return None

    def set_first_password(self, person_id: str, password: str) -> Refusal | None:
        """Set the person's own password."""
        try:
            self._log_in.set_first_password(self._station.desk(person_id), password)
        except Refusal as refusal:
            return refusal
        return None


class OwnPassword(PlaceAuthenticator):
    """The same for one person who has just shown the handed-out password and must now set their own."""

    def __init__(self, station: Station, device: DeviceState, person: Colleague) -> None:
        """Only ``person`` is listed."""
        super().__init__(station, device)
        self._person = person

    def people(self) -> Sequence[LoginPerson]:
        """That person."""
        return [listed(self._person, new_password=True)]
