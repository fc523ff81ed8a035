"""Which rows a push will ask for, told beforehand, so that each kind is read in one query."""

from collections.abc import Iterable

from core.rows import BY_NAME, Row
from core.rows.orders import OrderUnit, WorkOrder
from core.rows.people import Person, Place
from hq.feed import Work
from hq.inbox.messages import Envelope, Readable
from hq.inbox.writers import Writers

#: Arguments that name a row.
_NAMED: dict[str, type[Row]] = {"order_id": WorkOrder, "unit_id": OrderUnit}


def expect(doing: Work, envelopes: Iterable[Envelope]) -> None:
    """Tell ``doing`` what these operations touch and name."""
    for envelope in envelopes:
        if isinstance(envelope.content, Readable):
            _expect(doing, envelope.content)


def _expect(doing: Work, readable: Readable) -> None:
    operation, args = readable.operation, readable.args
    branch, seen = operation.branch_id, doing.seen
    seen.expect(branch, Person, (operation.user,))
    seen.expect(branch, Place, (operation.place,))
    for touch in operation.touches:
        if touch.entity in BY_NAME:
            seen.expect(branch, BY_NAME[touch.entity], (touch.id,))
    doing.kept(Writers).expect((branch, touch.entity, touch.id) for touch in operation.touches if touch.base_version)
    for name, kind in _NAMED.items():
        row_id = getattr(args, name, None)
        if row_id:
            seen.expect(branch, kind, (row_id,))
    order_id = getattr(args, "order_id", None)
    if order_id:
        seen.expect_orders(branch, (order_id,))
