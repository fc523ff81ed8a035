"""Who is logged in on the command line: one session of twelve hours, kept in the profile's encrypted database."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import NamedTuple, Protocol

from core.refusals import Refusal

LASTS = timedelta(hours=12)
# A clock that is set right by a few minutes must not end a session; one set back by more would stretch it.
_CLOCK_SLACK = timedelta(minutes=10)


class Session(NamedTuple):
    """One person's log-in; times are aware UTC."""

    person: str
    began_at: datetime
    ends_at: datetime


class SessionStore(Protocol):
    """Where the one session of a profile is kept."""

    def load(self) -> Session | None:
        """The kept session, ended or not; None when there is none."""
        ...

    def save(self, session: Session | None) -> None:
        """Keep ``session`` in the place of the one before; None removes it."""
        ...


class Sessions:
    """Begins, finds and ends the session of a profile."""

    def __init__(self, store: SessionStore, now: Callable[[], datetime]) -> None:
        """``now`` gives aware UTC."""
        self._store = store
        self._now = now

    def begin(self, person: str) -> Session:
        """Log ``person`` in for twelve hours; whoever was logged in before no longer is."""
        began = self._now()
        session = Session(person, began, began + LASTS)
        self._store.save(session)
        return session

    def current(self) -> Session:
        """The session that holds now; refuses with ``login_needed``, also when the clock was set back."""
        session = self._store.load()
        if session is None or not session.began_at - _CLOCK_SLACK <= self._now() < session.ends_at:
            raise Refusal("login_needed")
        return session

    def end(self) -> None:
        """Log out; harmless when nobody is logged in."""
        self._store.save(None)
