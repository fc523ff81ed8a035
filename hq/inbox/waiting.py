"""What waits for a person, as HQ lists it: whose work, from which device, what and why."""

from collections.abc import Iterator
from datetime import datetime
from typing import Any

import msgspec
from sqlalchemy import Connection, select

from core.contract.messages import Outcome
from core.refusals import Refusal
from core.rows.people import Person, Place
from core.rows.sync import ParkedOperation
from hq.store import Store
from hq.store.schema import device, inbox
from rowstore.rows import SqlRows


class Waiting(msgspec.Struct, frozen=True, kw_only=True):
    """One operation; ``kind`` is parked (a rule refused it) or quarantined (its maker is trusted no more)."""

    id: str
    kind: str
    branch: str
    place: str
    place_name: str
    device: str
    device_name: str
    login: str
    person: str
    action: str
    args: dict[str, Any] | None
    made_at: datetime
    received_at: datetime
    code: str
    facts: dict[str, Any]
    rescued: bool  # it came by a rescue file and stands beside its device's chain


def waiting(store: Store, branch: str | None = None) -> list[Waiting]:
    """Everything that waits (in one branch, by its code or id), oldest first; raises Refusal ``branch_unknown``."""
    with store.reading() as connection:
        found = [one for place in _branches(store, connection, branch) for one in _of(store, connection, place)]
    return sorted(found, key=lambda one: (one.made_at, one.id))


def branch_of(store: Store, op_id: str) -> str:
    """The branch whose inbox holds the operation; raises Refusal ``operation_unknown``."""
    with store.reading() as connection:
        for place in SqlRows(connection, store.tables).find(Place):
            mine = (inbox.c.branch_id == place.branch_id, inbox.c.op_id == op_id)
            if place.id == place.branch_id and connection.execute(select(inbox.c.n).where(*mine)).first():
                return place.id
    raise Refusal("operation_unknown")


def _branches(store: Store, connection: Connection, named: str | None) -> list[Place]:
    """The branches, and warehouses that belong to none."""
    every = [place for place in SqlRows(connection, store.tables).find(Place) if place.id == place.branch_id]
    if named is None:
        return every
    chosen = [place for place in every if named in (place.id, place.code) or named.upper() == place.code]
    if not chosen:
        raise Refusal("branch_unknown", branch=named)
    return chosen


def _of(store: Store, connection: Connection, branch: Place) -> Iterator[Waiting]:
    rows = SqlRows(connection, store.tables, branch_id=branch.id)
    names = {found.id: found.name for found in connection.execute(select(device.c.id, device.c.name))}
    for parked in rows.find(ParkedOperation, state="open"):
        mine = (inbox.c.branch_id == branch.id, inbox.c.op_id == parked.id)
        columns = (inbox.c.outcome, inbox.c.received_at, inbox.c.epoch)
        stored = connection.execute(select(*columns).where(*mine)).first()
        place = rows.get(Place, parked.place_id)
        person = rows.get(Person, parked.person_id)
        if stored is None:
            continue
        yield Waiting(
            id=parked.id,
            kind="quarantined" if stored.outcome == Outcome.QUARANTINED else "parked",
            branch=branch.code,
            place=place.code if place else parked.place_id,
            place_name=place.name if place else "",
            device=parked.device_id,
            device_name=names.get(parked.device_id, ""),
            login=person.login if person else "",
            person=person.name if person else "",
            action=parked.action,
            args=parked.args,
            made_at=parked.made_at,
            received_at=stored.received_at,
            code=parked.code,
            facts=parked.facts,
            rescued=stored.epoch == 0,
        )
