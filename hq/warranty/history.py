"""What HQ knows of one unit whatever branch it was at: repairs by their orders, and the contracts that were bought."""

from collections.abc import Iterable
from datetime import date, datetime

import msgspec
from sqlalchemy import Connection, select

from core.contract.messages import UnitAnswer
from core.ids import derive
from core.judging import Asked
from core.operations.operation import Operation
from core.rows.access import Rows
from core.rows.orders import OrderUnit, WorkOrder
from core.rows.units import PastRepair, UnitRecord
from core.unit_history import own_repairs
from core.warranty import Contract
from hq.feed.registry import RegistryTable, units_of
from hq.store.schema import TABLES, service_contract
from rowstore.bulk import write_many
from rowstore.rows import SqlRows

_UNITS = TABLES[OrderUnit].c


def repairs_everywhere(connection: Connection, serial: str) -> list[PastRepair]:
    """Every finished repair of the unit, of all branches, oldest first."""
    branches = connection.execute(select(_UNITS.branch_id).where(_UNITS.serial == serial).distinct()).scalars()
    found = [repair for branch in sorted(branches) for repair in own_repairs(serial, _rows(connection, branch))]
    return sorted(found, key=lambda repair: (repair.from_day, repair.order_id))


def _rows(connection: Connection, branch_id: str) -> SqlRows:
    return SqlRows(connection, TABLES, RegistryTable(connection), branch_id)


def contracts_bought(connection: Connection, serial: str) -> tuple[Contract, ...]:
    """The unit's extended warranties by their first day."""
    wanted = select(service_contract).where(service_contract.c.serial == serial)
    rows = connection.execute(wanted.order_by(service_contract.c.from_day, service_contract.c.id)).mappings()
    return tuple(
        Contract(
            id=row["id"],
            name=row["name"],
            from_day=row["from_day"],
            to_day=row["to_day"],
            parts=tuple(row["parts"]),
        )
        for row in rows
    )


def sell(connection: Connection, sold: Iterable[tuple[str, Contract]]) -> None:
    """Write extended warranties, each with its unit's serial number; a known id is written anew."""
    rows = [msgspec.to_builtins(one, builtin_types=(date,)) | {"serial": serial} for serial, one in sold]
    write_many(connection, service_contract, [{"parts": []} | row for row in rows], replace=True)


def known_everywhere(connection: Connection, product_class: str, serial: str | None) -> Asked:
    """What the rules are asked with when HQ guesses: all repairs and contracts, whatever branch the order is for."""
    if serial is None:
        return Asked(product_class=product_class)
    return Asked(
        product_class=product_class,
        elsewhere=tuple(repairs_everywhere(connection, serial)),
        contracts=contracts_bought(connection, serial),
    )


def answer(connection: Connection, serial: str, now: datetime) -> UnitAnswer:
    """All that HQ tells a device that asks for exactly this serial number."""
    return UnitAnswer(
        serial=serial,
        as_of=now,
        units=tuple(units_of(connection, serial)),
        repairs=tuple(repairs_everywhere(connection, serial)),
        contracts=contracts_bought(connection, serial),
    )


def tell(connection: Connection, rows: Rows, operation: Operation) -> None:
    """Tell the place of an operation's order what it can't know of the units: repairs elsewhere, contracts.

    A place is told of a unit when it has to do with it, and anew when there is more to tell.
    """
    order_id = msgspec.json.decode(operation.args, type=_OfOrder).order_id
    order = rows.get(WorkOrder, order_id)
    if order is None:
        return
    serials = {unit.serial for unit in rows.find(OrderUnit, order_id=order.id)} | {order.reported_serial}
    for serial in sorted(filter(None, serials)):
        _tell_of(connection, rows, order, serial, operation.made_at)


class _OfOrder(msgspec.Struct):
    order_id: str = ""


def _tell_of(connection: Connection, rows: Rows, order: WorkOrder, serial: str, as_of: datetime) -> None:
    repairs = tuple(
        repair
        for repair in repairs_everywhere(connection, serial)
        if not _is_own(rows.get(WorkOrder, repair.order_id), order)
    )
    put_record(rows, order, serial, repairs, contracts_bought(connection, serial), as_of)


def put_record(
    rows: Rows,
    order: WorkOrder,
    serial: str,
    repairs: tuple[PastRepair, ...],
    contracts: tuple[Contract, ...],
    as_of: datetime,
) -> None:
    """Tell the place of an order what was repaired elsewhere and bought for a unit, when there is more to tell."""
    place = order.station_id or order.branch_id
    record_id = derive(place, f"unit/{serial}")
    told = rows.get(UnitRecord, record_id)
    if (told.repairs, told.contracts) == (repairs, contracts) if told else not (repairs or contracts):
        return
    fresh = UnitRecord(
        id=record_id,
        version=told.version if told else 0,
        branch_id=order.branch_id,
        station_id=order.station_id,
        serial=serial,
        repairs=repairs,
        contracts=contracts,
        as_of=as_of,
    )
    rows.put(fresh)


def _is_own(done: WorkOrder | None, order: WorkOrder) -> bool:
    """Whether the place that is told has the finished order itself."""
    return done is not None and done.station_id == order.station_id
