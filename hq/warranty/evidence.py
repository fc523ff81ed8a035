"""An order's scans for HQ's people: what was read when, by whom, with what, and what proves each serial number."""

from datetime import datetime

from sqlalchemy import Connection

from core.rows.orders import ScanEvent, WorkOrder
from core.scan_evidence import OrderScans, order_scans
from hq.feed import held
from hq.feed.registry import RegistryTable
from hq.store import Store
from rowstore.rows import SqlRows


def evidence(store: Store, connection: Connection, order: WorkOrder, now: datetime) -> OrderScans:
    """The scans of ``order`` as HQ holds them at ``now``, and which of their pictures are here whole."""
    rows = SqlRows(connection, store.tables, RegistryTable(connection), order.branch_id)
    named = [scan.picture_sha256 for scan in rows.find(ScanEvent, order_id=order.id) if scan.picture_sha256]
    here = held(connection, named)
    return order_scans(order, rows, now, here.__contains__)
