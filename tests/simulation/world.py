"""Where every schedule begins: orders in each state of work, five enrolled devices; made once per process."""

import atexit
import functools
import shutil
from pathlib import Path
from typing import Any, NamedTuple

from core.ids import derive
from core.judging import judge_unit
from core.roles import Role
from core.rows.orders import OrderUnit, WorkOrder
from core.rows.settlement import Statement, StatementLine
from core.settlement import StatementState
from core.work_order import State
from hq.sample.documents import product_classes
from hq.sample.memory import MemoryRows
from tests.memory import memory_folder
from tests.unit import world as w

OTHER_TECHNICIAN, OTHER_LEAD = w.an_id("other technician"), w.an_id("other lead")
OTHER_MANAGER = w.an_id("other manager")
CODES = {"condition": "1", "symptom": "P01", "section": "MBD", "defect": "11", "repair": "10"}
SIGNATURE = "5" * 64


class Spot(NamedTuple):
    """A device: its name, its place, and the people who work on it."""

    name: str
    place: str
    people: tuple[str, ...]


SPOTS = (
    Spot("one", w.STATION, (w.TECHNICIAN, w.LEAD)),
    Spot("two", w.STATION, (w.LEAD, w.COLLEAGUE)),
    Spot("three", w.OTHER_STATION, (OTHER_TECHNICIAN, OTHER_LEAD)),
    Spot("branch", w.BRANCH, (w.MANAGER,)),
    Spot("warehouse", w.WAREHOUSE, (w.CLERK,)),
)
SERIALS = (w.SERIAL, "K35U5525A1500043", "K35U5525A1500044")


def beginning() -> MemoryRows:
    """The rows HQ holds at first, made by the trade's own functions."""
    rows = w.a_world(
        w.person(OTHER_TECHNICIAN, w.OTHER_STATION, Role.TECHNICIAN),
        w.person(OTHER_LEAD, w.OTHER_STATION, Role.STATION_LEAD),
        w.person(OTHER_MANAGER, w.BRANCH, Role.BRANCH_MANAGER),
        *(
            w.place(id_, w.PlaceKind.STATION, code, w.BRANCH, warehouse_id=w.WAREHOUSE)
            for id_, code in ((w.STATION, "SZ01"), (w.OTHER_STATION, "SZ02"))
        ),
    )
    for number in range(2):
        _order(rows, f"offered to the branch {number}", None, State.OFFERED_BRANCH)
        _order(rows, f"at the branch {number}", None, State.AT_BRANCH)
    for station, technician in ((w.STATION, w.TECHNICIAN), (w.OTHER_STATION, OTHER_TECHNICIAN)):
        _of_station(rows, station, technician)
    for product_class in product_classes():
        rows.put(product_class)
    return rows


def _of_station(rows: MemoryRows, station: str, technician: str) -> None:
    for label in ("offered", "offered too", "taken", "half", "done", "asked", "parts"):
        offered = label.startswith("offered")
        state = State.OFFERED_STATION if offered else State.ACCEPTED
        _order(rows, f"{label} {station}", station, state, None if offered else technician)
    work = functools.partial(_do, rows, station, technician)
    work("half", "start_work")
    for label in ("done", "asked", "parts"):
        _identified(rows, station, technician, label)
    request = work("asked", "ask_approval", kind="goodwill", rule="goodwill.days_over", reason="老用户")
    assert request is not None
    for number in range(2):
        part = {"unit_id": _unit(f"parts {station}"), "part_id": w.PANEL}
        used = work("parts", "use_part", label=str(number), **part)
        if number:
            work("parts", "tag_old_part", old_part_id=derive(used, "old_part"), serial=f"OLD{number}")
    _statement(rows, station)


def _identified(rows: MemoryRows, station: str, technician: str, label: str) -> None:
    """Everything up to the customer's signature."""
    work = functools.partial(_do, rows, station, technician, label)
    unit = {"unit_id": _unit(f"{label} {station}")}
    work("start_work")
    work("identify_unit", model=w.MODEL, serial=w.SERIAL, source="typed", **unit)
    order, found = rows.get(WorkOrder, _order_id(f"{label} {station}")), rows.get(OrderUnit, unit["unit_id"])
    assert order is not None and found is not None
    work("judge_warranty", day=w.TODAY, verdict=judge_unit(order, found, rows, w.TODAY), **unit)
    work("code_fault", **CODES, **unit)
    signed = {"lines": (), "total_fen": 0, "price_list": "1", "signed_by": "陈", "signature_sha256": SIGNATURE}
    work("sign_quotation", **signed)


def _do(rows: MemoryRows, place: str, person: str, order: str, action: str, *, label: str = "", **args: Any) -> str:
    args = {"order_id": _order_id(f"{order} {place}")} | args
    return w.do(rows, action, args, user=person, place=place, label=f"{order} {place} {label}").id


def _order_id(label: str) -> str:
    return w.an_id(f"order {label}")


def _unit(label: str) -> str:
    return w.an_id(f"unit {label}")


def _order(rows: MemoryRows, label: str, station: str | None, state: State, technician: str | None = None) -> None:
    number = f"SZ-261119-{len(rows.find(WorkOrder)) + 1:04d}"
    accepted = w.NOW if technician else None
    order_id = _order_id(label)
    rows.put(
        w.an_order(
            id=order_id, number=number, station_id=station, state=state, technician_id=technician, accepted_at=accepted
        )
    )
    rows.put(w.a_unit(id=_unit(label), order_id=order_id, station_id=station))


def _statement(rows: MemoryRows, station: str) -> None:
    """Two statements of the station: one to confirm, one to dispute."""
    for month in ("2026-09", "2026-10"):
        statement = w.an_id(f"statement {station} {month}")
        own = {"branch_id": w.BRANCH, "station_id": station}
        for number in range(2):
            line = {"id": w.an_id(f"line {statement} {number}"), "statement_id": statement, "tariff": "1"}
            rows.put(StatementLine(claim_id=None, order_id=None, kind="labour", amount_fen=5_000, **line, **own))
        made = {"id": statement, "month": month, "total_fen": 10_000, "lines": 2, "tariff": "1", "made_at": w.NOW}
        rows.put(Statement(state=StatementState.DRAFT, **made, **own))


@functools.cache
def first_rows() -> frozenset[str]:
    """The ids of the rows that every schedule begins with."""
    return frozenset(row.id for row in beginning().everything())


@functools.cache
def template() -> Path:
    """The folder of HQ and of every device as a schedule begins with them; removed with the process."""
    from tests.simulation.parties import make_template

    folder = memory_folder("fixpoint-sim-template-")
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    make_template(folder)
    return folder
