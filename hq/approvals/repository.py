"""The approval desk's own question to the database: which orders wait for a decision, branch by branch."""

from sqlalchemy import Connection, select

from core.rows.orders import WorkOrder
from core.work_order import State
from hq.store import Store

_ORDERS = Store.tables[WorkOrder].c


def waiting_orders(connection: Connection) -> dict[str, list[str]]:
    """The ids of the orders that wait for a decision, by branch."""
    wanted = _ORDERS.state == State.WAITING_APPROVAL.value
    found: dict[str, list[str]] = {}
    for branch_id, order_id in connection.execute(select(_ORDERS.branch_id, _ORDERS.id).where(wanted)):
        found.setdefault(branch_id, []).append(order_id)
    return found
