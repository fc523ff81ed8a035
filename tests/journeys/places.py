"""What all journeys stand on: the sample, and each place's real encrypted database as that place receives it."""

import atexit
import shutil
import tempfile
from datetime import UTC, date, datetime, timedelta
from functools import cache
from pathlib import Path

import msgspec
from sqlalchemy import Engine

from app.offline_db import knowledge_index
from app.offline_db.engine import open_engine, writing
from app.offline_db.migrate import upgrade
from app.offline_db.profile import Profile
from app.offline_db.schema import ROW_TABLES
from app.offline_db.store import Store
from app.security.device_key import DeviceKey
from core.contract.messages import EnrolReply
from core.ids import derive
from core.rows import Row, is_visible_to
from core.rows.orders import OrderUnit, WorkOrder
from core.rows.people import Person, Place
from core.warranty import RegisteredUnit, RegistryState
from core.work_order import State
from hq.sample import Sample, sample
from rowstore.rows import insert_rows

AS_OF = date(2026, 3, 17)
NOW = datetime(2026, 3, 17, 2, 46, tzinfo=UTC)
KEY = bytes(range(32))
ROOT = "01900000-0000-7000-8000-000000000000"
ORDER, UNIT = derive(ROOT, "story order"), derive(ROOT, "story unit")
NUMBER = "SZ-260317-0271"


@cache
def trade() -> Sample:
    """The sample all journeys share, made once per process."""
    return sample(AS_OF, stations=3, units=1_500, orders=150)


@cache
def units() -> dict[str, RegisteredUnit]:
    """The sample's registry by serial number."""
    return {unit.serial: unit for unit in trade().units}


class SampleRegistry:
    """The registry as if it had come down whole."""

    def look_up(self, serial: str, /) -> tuple[RegistryState, RegisteredUnit | None]:
        """What is known of ``serial``."""
        return RegistryState.COMPLETE, units().get(serial)


def person_named(login: str) -> Person:
    """One of the sample's people: liwei (technician), liyong (lead), wangfang (branch), luojie2 (warehouse)."""
    return next(row for row in trade().rows if isinstance(row, Person) and row.login == login)


def place_with(place_id: str) -> Place:
    """One of the sample's places."""
    return next(row for row in trade().rows if isinstance(row, Place) and row.id == place_id)


def story_order(**more: object) -> WorkOrder:
    """The demonstration's order at the first station: a television that is not identified yet."""
    facts = trade().story
    values: dict[str, object] = {
        "id": ORDER,
        "version": 1,
        "branch_id": facts.branch_id,
        "station_id": facts.station_id,
        "number": NUMBER,
        "product_class": facts.product_class,
        "customer_name": facts.customer_name,
        "customer_phone": facts.customer_phone,
        "customer_address": facts.customer_address,
        "distance_m": 6_200,
        "fault_report": facts.fault,
        "reported_model": facts.model,
        "due_at": NOW + timedelta(hours=5, minutes=20),
    }
    return WorkOrder(**values | more)  # type: ignore[arg-type]


def story_unit() -> OrderUnit:
    """The unit of the demonstration's order."""
    facts = trade().story
    return OrderUnit(id=UNIT, version=1, branch_id=facts.branch_id, station_id=facts.station_id, order_id=ORDER)


def story_at_work() -> list[Row]:
    """The demonstration's order in repair since this morning."""
    begun = {"accepted_at": NOW - timedelta(hours=18), "started_at": NOW - timedelta(minutes=40)}
    owner = person_named("liwei").id
    order = story_order(state=State.IN_PROGRESS, technician_id=owner, reported_at=NOW - timedelta(days=1), **begun)
    return [order, story_unit()]


def story_offered() -> list[Row]:
    """The demonstration's order as its station is offered it this morning."""
    offer = {"offered_at": NOW - timedelta(hours=1), "reminders": 1, "warranty_guess": "out_of_warranty"}
    return [
        story_order(state=State.OFFERED_STATION, reported_at=NOW - timedelta(hours=3), **offer),
        story_unit(),
    ]


@cache
def _template(place_id: str) -> Path:
    """A filled profile of the place, to be copied; it ends with the process."""
    folder = Path(tempfile.mkdtemp(prefix="fixpoint-journeys-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    profile = Profile(folder / "profile").create()
    engine = open_engine(profile, KEY)
    upgrade(engine, profile, NOW)
    seen = [row for row in trade().rows if is_visible_to(row, place_id)]
    with writing(engine) as connection:
        insert_rows(connection, ROW_TABLES, [msgspec.structs.replace(row, version=1) for row in seen])
        knowledge_index.rebuild(connection)
    Store(engine, DeviceKey(KEY)).enrol("http://127.0.0.1:9", _enrolled(place_with(place_id)))
    engine.dispose()
    return profile.path


def _enrolled(place: Place) -> EnrolReply:
    return EnrolReply(
        device=derive(ROOT, f"device {place.code}"),
        place=place.id,
        place_name=place.name,
        place_kind=place.kind,
        branch_id=place.branch_id,
        epoch=1,
        hq_id="hq-1",
        hq_key="k",
        server_time=NOW,
    )


def open_copy(folder: Path, place_id: str, *rows: Row) -> tuple[Profile, Engine]:
    """A copy of the place's profile in ``folder`` with ``rows`` besides; the engine is the caller's to dispose of."""
    shutil.copytree(_template(place_id), folder, dirs_exist_ok=True)
    profile = Profile(folder).create()
    engine = open_engine(profile, KEY)
    with writing(engine) as connection:
        insert_rows(connection, ROW_TABLES, [row for row in rows if is_visible_to(row, place_id)])
    return profile, engine
