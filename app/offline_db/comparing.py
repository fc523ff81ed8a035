"""After HQ was restored: what it answered once is compared with what it has now, by id and never by number.

A number tells nothing then: another machine with a copy of this disk may have used it for its own work meanwhile.
"""

from collections.abc import Collection
from typing import NamedTuple

from sqlalchemy import Connection, bindparam, delete, insert, select, update

from app.offline_db import outbox
from app.offline_db.schema import operation, setting
from core.contract.messages import Answer
from rowstore.bulk import among

#: The setting that holds HQ's incarnation until everything has been compared with it.
MARK = "compare_with"
#: Operations of one page: its transaction holds the write lock shortly.
AT_ONCE = 1_000


class Compared(NamedTuple):
    """A page of answered operations; ``upto`` is the position of its last."""

    incarnation: str
    upto: int
    ids: tuple[str, ...]

    @property
    def is_last(self) -> bool:
        """Whether nothing comes behind it."""
        return len(self.ids) < AT_ONCE


_MARKED = select(setting.c.value).where(setting.c.name == MARK)


def begin(connection: Connection, incarnation: str) -> None:
    """Everything answered is to be compared with this incarnation of HQ."""
    connection.execute(insert(setting).prefix_with("OR REPLACE").values(name=MARK, value=incarnation))


def marked(connection: Connection) -> str | None:
    """The incarnation with which is still to be compared."""
    found: str | None = connection.execute(_MARKED).scalar_one_or_none()
    return found


def page(connection: Connection, after: int) -> Compared | None:
    """The answered operations behind position ``after``; None: nothing is to be compared."""
    incarnation = marked(connection)
    if incarnation is None:
        return None
    answered = select(operation.c.position, operation.c.id).where(operation.c.state == "answered")
    behind = answered.where(operation.c.position > after).order_by(operation.c.position).limit(AT_ONCE)
    found = connection.execute(behind).all()
    return Compared(incarnation, found[-1].position if found else after, tuple(one.id for one in found))


def end(connection: Connection) -> None:
    """All has been compared."""
    connection.execute(delete(setting).where(setting.c.name == MARK))


def confirm(connection: Connection, answers: Collection[Answer]) -> None:
    """What HQ says now of operations it answered before: they are kept no longer for it."""
    values = [{"op": answer.id, **outbox.told(answer)} for answer in answers]
    if values:
        same = (operation.c.id == bindparam("op")) & (operation.c.state == "answered")
        connection.execute(update(operation).where(same), values)


def put_back(connection: Connection, ids: Collection[str]) -> list[str]:
    """Have operations that HQ has lost sent once more; returns those that had been answered."""
    lost = among(connection, operation.c.id, ids) & (operation.c.state == "answered")
    return outbox.unanswer(connection, lost)
