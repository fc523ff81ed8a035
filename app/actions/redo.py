"""A parked operation is mended: withdrawn and done again with other details, in one transaction."""

from collections.abc import Iterable, Mapping
from contextlib import AbstractContextManager
from typing import Any, Protocol

from app.actions.desk import Recorded
from app.offline_db.parked import Given, given_to
from app.offline_db.store import Asked, LocalRows
from core.operations.resolve import WithdrawOperation
from core.refusals import Refusal


class MendingStore(Protocol):
    """The station's database as mending uses it."""

    def reading(self) -> AbstractContextManager[LocalRows]:
        """Rows as they stand."""

    def record_together(self, asked: Iterable[Asked], person_id: str) -> tuple[Recorded, ...]:
        """Several operations in one transaction."""


def redo(store: MendingStore, parked_id: str, changed: Mapping[str, Any], person_id: str) -> Recorded:
    """Withdraw a parked operation of this place and do it again with ``changed`` details (names of its arguments).

    A detail given as None is left out. Anybody of the place may whose role allows the action; the new operation is
    theirs. Returns it. Raises the Refusal of either, ``operation_not_parked`` or ``parked_unreadable``, and then
    changes nothing.
    """
    with store.reading() as rows:
        given = given_to(rows.connection, parked_id)
    if given.args is None:
        raise Refusal("parked_unreadable")
    both = {**given.args, **changed}
    args = {name: value for name, value in both.items() if value is not None}
    withdrawal = Asked("withdraw_operation", WithdrawOperation(operation_id=parked_id))
    _, done = store.record_together([withdrawal, Asked(given.action, args, given.versions)], person_id)
    return done


def take_back(store: MendingStore, parked_id: str, person_id: str) -> Given:
    """Withdraw a parked operation; what was given to it is returned, so that :func:`again` can undo that.

    Raises Refusal ``operation_not_parked`` or of the role.
    """
    with store.reading() as rows:
        given = given_to(rows.connection, parked_id)
    store.record_together([Asked("withdraw_operation", WithdrawOperation(operation_id=parked_id))], person_id)
    return given


def again(store: MendingStore, given: Given, person_id: str) -> Recorded:
    """Do once more what was taken back; raises the action's Refusal or ``parked_unreadable``."""
    if given.args is None:
        raise Refusal("parked_unreadable")
    (done,) = store.record_together([Asked(given.action, given.args, given.versions)], person_id)
    return done
