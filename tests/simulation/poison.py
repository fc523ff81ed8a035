"""Operations no person makes: signed by the device and in its chain, but HQ can't read or apply them."""

import random
from datetime import datetime
from typing import Any

import msgspec

from app.offline_db import device as identity
from app.offline_db import outbox
from app.offline_db.engine import writing
from app.offline_db.recording import Intent, _begun
from core.operations import ACTIONS
from core.operations.operation import Operation
from core.rows.orders import WorkOrder
from tests.simulation.parties import Device

#: A note with this text makes HQ's database raise.
MARK = "poison for the database"
_KINDS = ("unknown action", "wrong arguments", "control characters", "old times", "database", "touches nothing")


def insert(device: Device, dice: random.Random) -> Operation:
    """Put one at the end of the device's chain."""
    with device.store.reading() as rows:
        orders = rows.find(WorkOrder)
    order = dice.choice(orders).id if orders else device.spot.place
    kind = dice.choice(_KINDS)
    args: dict[str, Any] = {"order_id": order, "text": MARK if kind == "database" else "x"}
    with writing(device.engine) as connection:
        state = identity.require(connection)
        intent = Intent(device.store._ids(), "add_note", args, device.spot.people[0], {}, device.now())
        made = _begun(state, ACTIONS["add_note"], msgspec.json.encode(args), intent)
        made = msgspec.structs.replace(made, **_twisted(kind, args))
        outbox.append(connection, made, device.key, order)
    return made


def _twisted(kind: str, args: dict[str, Any]) -> dict[str, Any]:
    raw = msgspec.json.encode
    return {
        "unknown action": {"action": "fly_to_the_moon"},
        "wrong arguments": {"args": msgspec.Raw(raw(args | {"text": 2**70 // 2**8}))},
        "control characters": {"args": msgspec.Raw(raw(args | {"text": "\x00"}))},
        "old times": {"made_at": datetime.fromisoformat("1800-01-01T00:00:00+00:00")},
        "database": {},
        "touches nothing": {"args": msgspec.Raw(b"{}")},
    }[kind]
