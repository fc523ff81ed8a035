"""Small things a device keeps: the command line's session, wrong passwords, half-typed drafts and settings."""

from collections.abc import Callable
from datetime import datetime
from typing import Any, Generic, TypeVar

from sqlalchemy import Engine, delete, insert, select
from sqlalchemy.dialects.sqlite import insert as upsert

from app.offline_db.engine import reading, writing
from app.offline_db.schema import draft, login_attempt, session, setting

S = TypeVar("S", bound=tuple[str, datetime, datetime])
A = TypeVar("A", bound=tuple[int, datetime])


class KeptSession(Generic[S]):
    """The one session of a profile: (person, began, ends), times aware UTC."""

    def __init__(self, engine: Engine, make: Callable[[str, datetime, datetime], S]) -> None:
        """Keep it in ``engine``'s database; ``make`` names the three values."""
        self._engine = engine
        self._make = make

    def load(self) -> S | None:
        """The kept session, ended or not; None when there is none."""
        with reading(self._engine) as connection:
            found = connection.execute(select(session)).first()
        return None if found is None else self._make(found.person_id, found.began_at, found.ends_at)

    def save(self, values: S | None, /) -> None:
        """Keep ``values`` in the place of the ones before; None removes them."""
        with writing(self._engine) as connection:
            connection.execute(delete(session))
            if values is not None:
                person, began, ends = values
                connection.execute(insert(session).values(only=1, person_id=person, began_at=began, ends_at=ends))


class KeptAttempts(Generic[A]):
    """Wrong passwords per person: (failures in a row, time of the last one in aware UTC)."""

    def __init__(self, engine: Engine, make: Callable[[int, datetime], A]) -> None:
        """Keep them in ``engine``'s database; ``make`` names the two values."""
        self._engine = engine
        self._make = make

    def get(self, person: str) -> A | None:
        """What is kept about ``person``; None when nothing is."""
        with reading(self._engine) as connection:
            found = connection.execute(select(login_attempt).where(login_attempt.c.person == person)).first()
        return None if found is None else self._make(found.failures, found.failed_at)

    def put(self, person: str, attempts: A) -> None:
        """Keep ``attempts``, replacing what was there."""
        values = {"failures": attempts[0], "failed_at": attempts[1]}
        statement = upsert(login_attempt).values(person=person, **values)
        with writing(self._engine) as connection:
            connection.execute(statement.on_conflict_do_update(index_elements=["person"], set_=values))


class Drafts:
    """Half-typed fields by key (for instance ``order/<id>/fault``); any JSON value."""

    def __init__(self, engine: Engine, clock: Callable[[], datetime]) -> None:
        """``clock`` gives aware UTC."""
        self._engine = engine
        self._clock = clock

    def save(self, key: str, content: Any) -> None:
        """Keep ``content`` in the place of what was there."""
        values = {"content": content, "updated_at": self._clock()}
        statement = upsert(draft).values(key=key, **values)
        with writing(self._engine) as connection:
            connection.execute(statement.on_conflict_do_update(index_elements=["key"], set_=values))

    def load(self, key: str) -> Any:
        """What is kept; None when nothing is."""
        with reading(self._engine) as connection:
            return connection.execute(select(draft.c.content).where(draft.c.key == key)).scalar_one_or_none()

    def drop(self, key: str) -> None:
        """Forget it; harmless when nothing is kept."""
        with writing(self._engine) as connection:
            connection.execute(delete(draft).where(draft.c.key == key))


class Settings:
    """Choices of this device (language, theme, scanner); any JSON value by name."""

    def __init__(self, engine: Engine) -> None:
        """Keep them in ``engine``'s database."""
        self._engine = engine

    def get(self, name: str, otherwise: Any = None) -> Any:
        """The value, or ``otherwise``."""
        with reading(self._engine) as connection:
            found = connection.execute(select(setting.c.value).where(setting.c.name == name)).first()
        return otherwise if found is None else found.value

    def set(self, name: str, value: Any) -> None:
        """Keep ``value``."""
        statement = upsert(setting).values(name=name, value=value)
        with writing(self._engine) as connection:
            connection.execute(statement.on_conflict_do_update(index_elements=["name"], set_={"value": value}))
