"""One operation judged on HQ's rows: authorised, checked, replayed, merged, followed up; or the reason it is not."""

import logging
from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple, TypeVar

from sqlalchemy.exc import OperationalError

from core.contract.messages import Outcome
from core.ids import derive
from core.merge import Change
from core.operations.kernel import Nature, authorise, perform
from core.operations.operation import Operation
from core.refusals import Refusal
from core.roles import PlaceKind
from core.rows import Row, is_visible_to, places_of
from core.rows.people import Person, Place
from core.rows.sync import Task
from core.warranty import RegisteredUnit, RegistryState
from hq.feed import TakenBack, Work
from hq.identity import Device
from hq.inbox import contesting
from hq.inbox.follow_ups import follow_ups, tells
from hq.inbox.merging import fields_of, merge_changes
from hq.inbox.messages import Readable, harmless
from hq.inbox.writers import others_wrote
from rowstore.rows import SqlRows

R = TypeVar("R", bound=Row)
_log = logging.getLogger(__name__)
#: Refusals that mean: its maker is trusted no more; a person of HQ looks at it first.
_QUARANTINE = frozenset({"person_inactive", "device_revoked"})


class Judgement(NamedTuple):
    """What became of an operation, and the rows it changed."""

    outcome: Outcome
    refusal: Refusal | None = None
    changes: tuple[Change, ...] = ()
    facts: dict[str, Any] = {}


#: What another device's id becomes: nothing is changed under it, and a person looks.
TAKEN = Judgement(Outcome.PARKED, Refusal("operation_invalid", problem="the id of another device's operation"))


class _WithVisitors:
    """The rows of the operation's branch; its maker may come from elsewhere (a warehouse serves several branches)."""

    def __init__(self, rows: SqlRows, home: SqlRows) -> None:
        self._rows = rows
        self._home = home

    def get(self, kind: type[R], row_id: str, /) -> R | None:
        found = self._rows.get(kind, row_id)
        return self._home.get(kind, row_id) if found is None and kind is Person else found

    def find(self, kind: type[R], /, **equal: object) -> Sequence[R]:
        return self._rows.find(kind, **equal)

    def put(self, row: Row, /) -> None:
        self._rows.put(row)

    def look_up(self, serial: str, /) -> tuple[RegistryState, RegisteredUnit | None]:
        return self._rows.look_up(serial)


def judge(doing: Work, device: Device, readable: Readable, *, trusted: bool = False) -> Judgement:
    """Give the operation its effect, or say why not; never raises for what is wrong with the operation itself.

    ``trusted``: a person of HQ has looked at it, its revoked maker no longer stands in its way.
    """
    try:
        return _judge(doing, device, readable, trusted)
    except Refusal as refusal:
        outcome = Outcome.QUARANTINED if refusal.code in _QUARANTINE else Outcome.PARKED
        rows = doing.view(readable.operation.branch_id)
        return Judgement(outcome, contesting.explained(doing.beside, rows, readable, refusal))
    except (OperationalError, TakenBack):
        raise  # the database is ill, or the transaction lost: the whole push is tried again
    except Exception:  # noqa: BLE001 - one operation's defect must not stop the rest of its batch
        _log.exception("operation %s could not be applied", readable.operation.id)
        return Judgement(Outcome.PARKED, Refusal("operation_failed"))


def _judge(doing: Work, device: Device, readable: Readable, trusted: bool) -> Judgement:
    operation = readable.operation
    if operation.device != device.id or operation.place != device.place_id:
        raise Refusal("not_your_place")
    if operation.branch_id != device.branch_id and not _serves_branches(doing, device):
        raise Refusal("not_your_place")
    if device.revoked_at is not None and not trusted:
        raise Refusal("device_revoked")
    with doing.trial(operation.branch_id) as rows:
        visiting = _WithVisitors(rows, doing.view(device.branch_id))
        _authorise(readable, visiting, trusted)
        entry = contesting.moot(doing.beside, rows, readable)
        if entry is not None:
            rows.put(entry)
            return Judgement(Outcome.MERGED, None, tuple(rows.changes), {"moot": True})
        revived = contesting.revive(rows, readable)
        contest = contesting.begin(doing.beside, rows, readable)
        misfit = contesting.misfit_of(contest, rows, _perform(readable, visiting))
        contested = contest is not None and contesting.end(rows, operation, contest)
        _check_scope(rows.changes, operation.place)
        made = rows.changes
        met = merge_changes(rows, operation)
        merged = bool(met.kept) or others_wrote(doing, rows.changes, operation)
        if revived is not None:
            contesting.keep_revived(rows, revived)
        tell = tells.get(operation.action)
        if tell is not None:
            tell(doing.beside, rows, operation)
        follow_up = follow_ups.get(operation.action)
        if follow_up is not None:
            follow_up(rows, operation)
        if misfit is not None and misfit.code not in readable.action.kept:
            rows.put(_task(operation, misfit, readable.args))
    clashed = (*met.clashed, *(("work_order.state",) if contested else ()))
    outcome = Outcome.CONFLICT if clashed else Outcome.MERGED if merged else Outcome.APPLIED
    told = {"conflicts": list(clashed), "fields": fields_of(made, operation) if merged else [], "kept": list(met.kept)}
    facts: dict[str, Any] = {name: names for name, names in told.items() if names}
    if misfit is not None and misfit.code in readable.action.kept:
        facts["code"] = misfit.code
    return Judgement(outcome, misfit, tuple(rows.changes), facts)


def _authorise(readable: Readable, rows: _WithVisitors, trusted: bool) -> None:
    """Whether the maker may do this; somebody HQ has looked at need not be trusted any more, but needs the role."""
    try:
        authorise(readable.action, readable.operation, rows)
    except Refusal as refusal:
        person = rows.get(Person, readable.operation.user)
        if not (trusted and refusal.code in _QUARANTINE) or person is None:
            raise
        if person.roles and not set(person.roles) & set(readable.action.roles):
            raise Refusal("role_not_allowed", action=readable.action.name) from refusal


def branches_of(doing: Work, device: Device, readables: Iterable[Readable]) -> set[str]:
    """The branches in which these operations may change anything: a push must not lock others by naming them."""
    named = {readable.operation.branch_id for readable in readables} - {device.branch_id}
    if named and _serves_branches(doing, device):
        places = doing.view(device.branch_id)
        return {device.branch_id, *(one for one in named if places.get(Place, one) is not None)}
    return {device.branch_id}


def _serves_branches(doing: Work, device: Device) -> bool:
    """Whether the device stands where work for other branches is done: in a warehouse."""
    place = doing.view(device.branch_id).get(Place, device.place_id)
    return place is not None and place.kind is PlaceKind.WAREHOUSE


def _perform(readable: Readable, rows: _WithVisitors) -> Refusal | None:
    """Check and replay; the refusal of a physical fact is returned: it has happened, whether it fits or not."""
    operation, action, args = readable
    misfit = None
    try:
        action.check(args, operation, rows)
    except Refusal as refusal:
        if action.nature is not Nature.FACT and refusal.code not in action.kept:
            raise
        misfit = refusal
    perform(action, args, operation, rows)
    return misfit


def _check_scope(changes: Iterable[Change], place_id: str) -> None:
    """A place changes only rows that it sees, and makes rows only for those who see what it changed."""
    seen = {place_id}
    for before, after in changes:
        if before is not None and before != after:
            if not is_visible_to(before, place_id):
                raise Refusal("not_your_place")
            seen |= places_of(before)
    for before, after in changes:
        if before is None and place_id not in places_of(after) and not places_of(after) <= seen:
            raise Refusal("not_your_place")


def _task(operation: Operation, misfit: Refusal, args: Any) -> Task:
    return Task(
        id=derive(operation.id, "task"),
        branch_id=operation.branch_id,
        place_id=operation.place,
        kind="fact_does_not_fit",
        order_id=getattr(args, "order_id", None),
        facts={"action": operation.action, "code": misfit.code, "facts": harmless(misfit.facts)},
        at=operation.made_at,
    )
