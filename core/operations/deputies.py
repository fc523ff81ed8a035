"""Somebody who is away names who decides in their stead, and may end it early."""

from datetime import date, timedelta

from core.ids import derive
from core.operations.kernel import Action, Args, Nature, Rows
from core.operations.operation import Id, Operation
from core.operations.orders import change
from core.refusals import Refusal
from core.roles import Role
from core.rows.people import Deputy, Person

#: Who decides at a desk, and so may stand in for somebody.
DECIDE = frozenset({Role.STATION_LEAD, Role.BRANCH_MANAGER})


class NameDeputy(Args, frozen=True, kw_only=True):
    """Who stands in for the person who signs this, from the first to the last day, both included."""

    deputy_id: Id
    first_day: date
    last_day: date


class EndDeputy(Args, frozen=True, kw_only=True):
    """The deputyship that ends with the day before this one."""

    deputyship_id: Id


def check(args: NameDeputy, operation: Operation, rows: Rows) -> None:
    """A colleague of the same place who decides too; the days lie in order."""
    colleague = rows.get(Person, args.deputy_id)
    if colleague is None or colleague.place_id != operation.place or colleague.id == operation.user:
        raise Refusal("deputy_unknown")
    if not colleague.active or not set(colleague.roles) & DECIDE:
        raise Refusal("deputy_decides_nothing", name=colleague.name)
    if args.last_day < args.first_day:
        raise Refusal("days_reversed")


def replay(args: NameDeputy, operation: Operation, rows: Rows) -> None:
    """Note it."""
    rows.put(
        Deputy(
            id=derive(operation.id, "deputy"),
            branch_id=operation.branch_id,
            place_id=operation.place,
            person_id=operation.user,
            deputy_id=args.deputy_id,
            first_day=args.first_day,
            last_day=args.last_day,
            named_at=operation.made_at,
        )
    )


def _own(args: EndDeputy, operation: Operation, rows: Rows) -> Deputy:
    found = rows.get(Deputy, args.deputyship_id)
    if found is None or found.person_id != operation.user:
        raise Refusal("deputy_unknown")
    return found


def _check_end(args: EndDeputy, operation: Operation, rows: Rows) -> None:
    _own(args, operation, rows)


def _end(args: EndDeputy, operation: Operation, rows: Rows) -> None:
    """What was decided until yesterday stands."""
    found = _own(args, operation, rows)
    yesterday = (operation.made_at + timedelta(minutes=operation.utc_offset_minutes)).date() - timedelta(days=1)
    change(rows, found, last_day=min(found.last_day, yesterday))


NAME = Action("name_deputy", NameDeputy, tuple(sorted(DECIDE)), Nature.DECISION, replay, check)
END = Action("end_deputy", EndDeputy, tuple(sorted(DECIDE)), Nature.DECISION, _end, _check_end)
