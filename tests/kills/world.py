"""What HQ holds at the beginning, and what the people at the three devices may do with it."""

import random
from collections.abc import Callable
from datetime import timedelta
from typing import Any, NamedTuple

from app.offline_db.blob_queue import QueuedBlob
from core.ids import new_id
from core.roles import Role
from core.rows import Row
from core.warranty import RegisteredUnit
from core.work_order import State
from tests.integration import station_kit as kit
from tests.integration.hq_kit import Device

ORDERS = [kit.named(f"killed order {n}") for n in range(8)]
UNITS = [kit.named(f"killed unit {n}") for n in range(8)]


class Post(NamedTuple):
    """One device: its folder's name, its place, who works there, and the seed of its key."""

    name: str
    place: str
    person: str
    seed: int


POSTS = (
    Post("one", kit.STATION, kit.WANG, 1),
    Post("two", kit.STATION, kit.LEAD, 2),
    Post("branch", kit.BRANCH, kit.MANAGER, 3),
)


def rows() -> list[Row]:
    """Places, people, a catalogue, and orders in work at the station."""
    made: list[Row] = [*kit.reference(), *kit.people()]
    made.append(kit.person(kit.MANAGER, "赵", Role.BRANCH_MANAGER, at=kit.BRANCH))
    for n, (order, unit) in enumerate(zip(ORDERS, UNITS, strict=True)):
        at = kit.NOW + timedelta(hours=n)
        more: dict[str, Any] = {"accepted_at": at, "technician_id": kit.WANG, "number": f"K{n}"}
        made += [kit.order(order, state=State.IN_PROGRESS, **more), kit.unit(order, unit, model="KT55")]
    return made


def units() -> list[RegisteredUnit]:
    """Units of the registry, so that a first start fetches a file."""
    return [RegisteredUnit(serial=f"K{n:06}", model="KT55", made=kit.NOW.date()) for n in range(200)]


class Did(NamedTuple):
    """An operation that the person was told is done: its id, its action, and what must be found of it everywhere."""

    id: str
    action: str
    mark: str


Act = Callable[[Device, Post, random.Random], Did]


def _note(device: Device, post: Post, dice: random.Random) -> Did:
    text = f"{post.name} {new_id()}"
    return _done(device, post, "add_note", {"order_id": dice.choice(ORDERS), "text": text}, text)


def _part(device: Device, post: Post, dice: random.Random) -> Did:
    n = dice.randrange(len(ORDERS))
    return _done(device, post, "use_part", {"order_id": ORDERS[n], "unit_id": UNITS[n], "part_id": "P1"}, "")


def _identify(device: Device, post: Post, dice: random.Random) -> Did:
    """The same unit by two people: merges and conflicts."""
    n = dice.randrange(len(ORDERS))
    args = {"unit_id": UNITS[n], "model": "KT55", "serial": dice.choice("ABC"), "source": "typed"}
    return _done(device, post, "identify_unit", {"order_id": ORDERS[n]} | args, "")


def _photo(device: Device, post: Post, dice: random.Random) -> Did:
    """Mostly small, now and then several pieces long; every content is another one."""
    size = 1_300_000 if dice.random() < 0.04 else int(10 ** dice.uniform(1, 4.5))
    data = new_id().encode() + random.Random(size).randbytes(size)
    kept = device.blobs.put(data)
    args = {"order_id": dice.choice(ORDERS), "kind": "photo", "sha256": kept.sha256, "bytes": kept.size}
    queued = QueuedBlob(kept.sha256, kept.size, "photo", args["order_id"], "image/jpeg")  # type: ignore[arg-type]
    return _done(device, post, "add_attachment", args | {"media_type": "image/jpeg"}, kept.sha256, queued)


def _done(device: Device, post: Post, action: str, args: dict[str, Any], mark: str, *blobs: QueuedBlob) -> Did:
    made = device.store.record(action, args, post.person, blobs=blobs)
    return Did(made.operation.id, action, mark)


def act(device: Device, post: Post, dice: random.Random) -> Did:
    """Something that a person of this post does; raises the Refusal of a disk that takes nothing."""
    if post.place == kit.BRANCH:
        return dice.choices((_note, _photo), (4, 1))[0](device, post, dice)
    return dice.choices((_note, _photo, _part, _identify), (5, 2, 2, 1))[0](device, post, dice)
