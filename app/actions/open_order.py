"""An order is opened at the counter: what was scanned or typed becomes model and serial, the number comes by itself."""

import msgspec

from app.actions.desk import Asked, Desk, DeskAction, Recorded
from core.ids import new_id
from core.judging import typed_serial
from core.operations.open_order import OpenOrder
from core.refusals import Refusal
from core.rows.access import Rows
from core.rows.orders import ServiceType
from core.rows.reference import Model


class OpenAsked(Asked, frozen=True, kw_only=True):
    """Who came with what; ``product_class`` may be left out when the model or the registry tells it."""

    customer_name: str
    customer_phone: str
    customer_address: str = ""
    fault: str
    serial: str = ""
    model: str = ""
    product_class: str = ""
    service_type: ServiceType = ServiceType.CARRY_IN
    urgency: int = 0


def run(asked: OpenAsked, desk: Desk) -> Recorded:
    """Open it; raises Refusal ``order_open_already``, ``model_unknown``, ``product_class_unknown``, a serial's own."""
    serial = typed_serial(asked.serial) if asked.serial.strip() else None
    with desk.store.reading() as rows:
        model = model_of(rows, asked.model, serial)
        product_class = model.product_class if model else asked.product_class.strip()
    if not product_class:
        raise Refusal("model_missing")
    given = msgspec.structs.asdict(asked) | {
        "order_id": new_id(),
        "serial": serial,
        "model": model.id if model else asked.model.strip().upper() or None,
        "product_class": product_class,
    }
    for name in ("customer_name", "customer_phone", "customer_address", "fault"):
        given[name] = given[name].strip()
    return desk.store.record("open_order", msgspec.convert(given, OpenOrder, strict=False), desk.person_id)


def model_of(rows: Rows, named: str, serial: str | None) -> Model | None:
    """The model as named, else as the registry knows the serial; raises Refusal ``model_unknown`` for a wrong name."""
    wanted = named.strip().upper()
    if wanted:
        model = rows.get(Model, wanted)
        if model is None:
            raise Refusal("model_unknown", model=wanted)
        return model
    _, unit = rows.look_up(serial) if serial else (None, None)
    return rows.get(Model, unit.model) if unit else None


ACTION = DeskAction("open_order", OpenAsked, run)
