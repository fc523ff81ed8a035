"""The dispatch desk's own questions to the database; each carries the branch."""

from datetime import datetime

from sqlalchemy import Connection, func, or_, select

from core.refusals import Refusal
from core.roles import PlaceKind
from core.rows.orders import WorkOrder
from core.rows.people import Place
from core.work_order import ENDED, State
from hq.store import Store
from rowstore.rows import SqlRows

_ORDERS = Store.tables[WorkOrder].c
_OFFERED = [State.NEW.value, State.OFFERED_BRANCH.value, State.OFFERED_STATION.value]
_OPEN = [state.value for state in State if state not in ENDED]


def last_number(connection: Connection, branch_id: str, begin: str) -> str | None:
    """The highest of the branch's order numbers that begin with ``begin`` (branch and day), or None."""
    # a prefix, not a range: what lies between two texts depends on the database's collation
    of_day = (_ORDERS.branch_id == branch_id, _ORDERS.number.startswith(begin, autoescape=True))
    longest = func.length(_ORDERS.number).desc()
    found = select(_ORDERS.number).where(*of_day).order_by(longest, _ORDERS.number.desc()).limit(1)
    return connection.execute(found).scalar_one_or_none()


def waiting_orders(connection: Connection, branch_id: str, now: datetime) -> list[str]:
    """The branch's orders that somebody has yet to answer, and those that run late and are not raised to HQ yet."""
    offered = _ORDERS.state.in_(_OFFERED)
    late = (_ORDERS.due_at < now) & _ORDERS.paused_at.is_(None) & _ORDERS.state.in_(_OPEN)
    wanted = or_(offered, late & or_(_ORDERS.escalated_to.is_(None), _ORDERS.escalated_to != "hq"))
    found = select(_ORDERS.id).where(_ORDERS.branch_id == branch_id, _ORDERS.state.in_(_OPEN), wanted)
    return list(connection.execute(found.order_by(_ORDERS.id)).scalars())


def open_order_reported(connection: Connection, branch_id: str, serial: str) -> str | None:
    """The id of the branch's open order that was reported for this serial number, the oldest one."""
    wanted = (_ORDERS.branch_id == branch_id, _ORDERS.reported_serial == serial, _ORDERS.state.in_(_OPEN))
    return connection.execute(select(_ORDERS.id).where(*wanted).order_by(_ORDERS.id).limit(1)).scalar_one_or_none()


def find_order(
    store: Store, connection: Connection, order_id: str, branch: str | None = None
) -> tuple[Place, WorkOrder]:
    """The order with this id or number, asked branch by branch, or of one branch alone (its id or code).

    Raises Refusal ``branch_unknown`` and ``order_unknown``.
    """
    branches = SqlRows(connection, store.tables).find(Place, kind=PlaceKind.BRANCH) if order_id.isprintable() else ()
    if branch is not None:
        branches = [place for place in branches if branch in (place.id, place.code) or branch.upper() == place.code]
        if not branches:
            raise Refusal("branch_unknown", branch=branch)
    for place in branches:
        rows = SqlRows(connection, store.tables, branch_id=place.id)
        found = rows.get(WorkOrder, order_id) or next(iter(rows.find(WorkOrder, number=order_id)), None)
        if found is not None:
            return place, found
    raise Refusal("order_unknown", order=order_id[:40])
