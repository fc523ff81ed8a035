"""A station's profile for tests of the command line: wrapped keys, the sample's rows, a registry, one order at work."""

import contextlib
import hashlib
import io
import json
import shutil
import sys
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

import msgspec
import pytest

from app.__main__ import main
from app.actions.desk import Desk
from app.bootstrap import Station, open_station
from app.offline_db.engine import writing
from app.offline_db.profile import Profile
from app.offline_db.registry_file import Registry
from app.offline_db.schema import ROW_TABLES
from app.security.key_store import KeyStore, Ways
from app.security.wrapped_keys import Cost
from core.contract.messages import EnrolReply
from core.ids import derive
from core.rows import Row, is_visible_to
from core.rows.orders import OrderUnit, WorkOrder
from core.rows.people import Person, Place
from core.warranty import RegisteredUnit, UnitStatus
from core.work_order import State
from hq.sample import Sample, sample
from rowstore.registry_building import build_registry
from rowstore.registry_format import About
from rowstore.rows import SqlRows, insert_rows

PASSPHRASE, PASSWORD = "only for this test", "fixpoint-demo"
NOW = datetime.now(UTC).replace(microsecond=0)
TODAY = (NOW + timedelta(hours=8)).date()
ROOT = "01900000-0000-7000-8000-000000000000"
ORDER, UNIT, OFFERED = (derive(ROOT, label) for label in ("order", "unit", "offered"))
NUMBER, OFFERED_NUMBER = "SZ-990101-0001", "SZ-990101-0002"
EXCHANGED = "K35U5525A1500042"
NOBODY = "http://127.0.0.1:9"  # the port of "discard": nothing listens there


@cache
def trade() -> Sample:
    """The sample all these tests share."""
    return sample(TODAY, stations=3, units=600, orders=20)


def who(login: str) -> Person:
    """One of the sample's people."""
    return next(row for row in trade().rows if isinstance(row, Person) and row.login == login)


def where(login: str) -> Place:
    """The place somebody works at."""
    return next(row for row in trade().rows if isinstance(row, Place) and row.id == who(login).place_id)


def an_order(order_id: str, number: str, state: State, **more: Any) -> WorkOrder:
    """An order of the story's customer at the first station."""
    facts = trade().story
    return WorkOrder(
        id=order_id,
        version=1,
        branch_id=facts.branch_id,
        station_id=facts.station_id,
        number=number,
        state=state,
        product_class=facts.product_class,
        customer_name=facts.customer_name,
        customer_phone=facts.customer_phone,
        customer_address=facts.customer_address,
        distance_m=6_200,
        fault_report=facts.fault,
        reported_model=facts.model,
        reported_at=NOW - timedelta(days=1),
        **more,
    )


def story_rows() -> list[Row]:
    """An order in repair whose unit is not identified yet, and one that is only offered."""
    facts = trade().story
    begun = {"accepted_at": NOW - timedelta(hours=18), "started_at": NOW - timedelta(minutes=40)}
    shared: dict[str, Any] = {"version": 1, "branch_id": facts.branch_id, "station_id": facts.station_id}
    return [
        an_order(ORDER, NUMBER, State.IN_PROGRESS, technician_id=who("liwei").id, **begun),
        OrderUnit(id=UNIT, order_id=ORDER, **shared),
        an_order(OFFERED, OFFERED_NUMBER, State.OFFERED_STATION),
        OrderUnit(id=derive(ROOT, "offered unit"), order_id=OFFERED, **shared),
    ]


def exchanged_unit() -> RegisteredUnit:
    """A television that was taken back in exchange for another."""
    return RegisteredUnit(
        model=trade().story.model,
        serial=EXCHANGED,
        status=UnitStatus.EXCHANGED_OUT,
        made=date(2025, 1, 15),
        sold=TODAY - timedelta(days=90),
        exchanged_on=TODAY - timedelta(days=30),
    )


def make_template(folder: Path, login: str) -> None:
    """A profile with everything but the enrolment, to be copied."""
    profile = Profile(folder).create()
    ways = Ways(environ={"FIXPOINT_PASSPHRASE": PASSPHRASE}, cost=Cost(1024, 1, 1))
    KeyStore.open(profile.path, ways)  # a cheap guess: these tests open the profile hundreds of times
    station = open_station(profile, ways)
    seen = [row for row in (*trade().rows, *story_rows()) if is_visible_to(row, where(login).id)]
    with writing(station.engine) as connection:
        insert_rows(connection, ROW_TABLES, [msgspec.structs.replace(row, version=1) for row in seen])
    install_registry(station.registry, [*trade().units, exchanged_unit()])
    station.close()


def install_registry(registry: Registry, units: Iterable[RegisteredUnit]) -> None:
    """Put a snapshot in place."""
    build_registry(registry.download, units, About(salt=b"0123456789abcdef", at_seq=7, as_of=TODAY))
    registry.install(registry.download, hashlib.sha256(registry.download.read_bytes()).hexdigest())


def enrol_reply(place: Place, hq_id: str = "hq-1") -> EnrolReply:
    """What HQ answered when this device was enrolled."""
    return EnrolReply(
        device=derive(ROOT, f"device {place.code}"),
        place=place.id,
        place_name=place.name,
        place_kind=place.kind,
        branch_id=place.branch_id,
        epoch=1,
        hq_id=hq_id,
        hq_key="k",
        server_time=NOW,
    )


class Ran(NamedTuple):
    """How one command ended; ``answer`` is its JSON object (of the last line)."""

    code: int
    out: str
    errors: str

    @property
    def answer(self) -> dict[str, Any]:
        """The JSON object; there is exactly one line."""
        lines = self.out.splitlines()
        assert len(lines) == 1, self.out
        found: dict[str, Any] = json.loads(lines[0])
        return found

    def refused(self, code: str, exit_code: int = 3) -> dict[str, Any]:
        """The facts of the refusal ``code``; every refusal has a sentence."""
        assert self.code == exit_code, (self.code, self.out, self.errors)
        assert set(self.answer) == {"code", "facts", "sentence"}
        assert self.answer["code"] == code, self.answer
        assert "{" not in self.answer["sentence"]
        facts: dict[str, Any] = self.answer["facts"]
        return facts


def command(*arguments: str, given: str = "") -> Ran:
    """Run ``fixpoint`` with these arguments in this process."""
    out, errors = io.StringIO(), io.StringIO()
    before, sys.stdin = sys.stdin, io.StringIO(given)
    try:
        with contextlib.redirect_stdout(out), contextlib.redirect_stderr(errors):
            try:
                code = main(arguments)
            except SystemExit as usage:  # argparse
                code = int(usage.code or 0)
    finally:
        sys.stdin = before
    return Ran(code, out.getvalue(), errors.getvalue())


@dataclass
class At:
    """One enrolled profile and how it is worked with."""

    folder: Path
    login: str = "liwei"
    opened: list[Station] = field(default_factory=list)

    def __call__(self, *arguments: str, given: str = "", lang: str = "en") -> Ran:
        """``fixpoint --data … --json …``."""
        return command("--data", str(self.folder), "--lang", lang, "--json", *arguments, given=given)

    def sentence(self, *arguments: str, lang: str, given: str = "") -> str:
        """What a person reads when a command is refused."""
        ran = command("--data", str(self.folder), "--lang", lang, *arguments, given=given)
        assert ran.code in (3, 4) and ran.out == "", ran
        return ran.errors.strip()

    def act(self, action: str, order: str = ORDER, **args: Any) -> Ran:
        """An action as the person who is logged in."""
        named = ["--order", order] if order else []
        return self("act", action, *named, "--args", json.dumps(args, ensure_ascii=False))

    def log_in(self) -> "At":
        """Begin the session."""
        assert self("login", self.login, given=PASSWORD + "\n").code == 0
        return self

    def open(self) -> Station:
        """The opened profile; closed at the end of the test."""
        self.opened.append(open_station(Profile(self.folder)))
        return self.opened[-1]

    def desk(self) -> Desk:
        """The person's desk, without the command line."""
        return self.open().desk(who(self.login).id)

    def put(self, *rows: Row) -> None:
        """Let rows come down from HQ, new or changed."""
        station = open_station(Profile(self.folder))
        with writing(station.engine) as connection:
            down = SqlRows(connection, ROW_TABLES, None)
            for row in rows:
                down.put(row)
        station.close()

    def close(self) -> None:
        """Let go of what was opened."""
        while self.opened:
            self.opened.pop().close()

    def pending(self) -> int:
        """Operations that wait for HQ: the proof that nothing was lost and nothing was done."""
        station = open_station(Profile(self.folder))
        try:
            return station.store.pending()
        finally:
            station.close()


@pytest.fixture(scope="session")
def profiles(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where the profiles lie that are copied."""
    return tmp_path_factory.mktemp("profiles")


class Stations:
    """Makes enrolled profiles."""

    def __init__(self, templates: Path, folder: Path) -> None:
        """Copy from ``templates`` into ``folder``."""
        self.templates = templates
        self.folder = folder
        self.made: list[At] = []

    def __call__(self, login: str = "liwei", url: str = NOBODY, hq_id: str = "hq-1", *, logged_in: bool = False) -> At:
        """The profile of somebody's place, enrolled at ``url``."""
        template = self.templates / login
        if not template.exists():
            make_template(template, login)
        at = At(self.folder / f"{login}-{len(self.made)}", login)
        shutil.copytree(template, at.folder)
        station = open_station(Profile(at.folder))
        station.store.enrol(url, enrol_reply(where(login), hq_id))
        station.close()
        self.made.append(at)
        return at.log_in() if logged_in else at


@pytest.fixture
def stations(profiles: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterable[Stations]:
    """``stations("liwei")`` is the enrolled profile of her place."""
    monkeypatch.setenv("FIXPOINT_PASSPHRASE", PASSPHRASE)
    made = Stations(profiles, tmp_path)
    yield made
    for at in made.made:
        at.close()


@pytest.fixture
def at(stations: Stations) -> At:
    """The technician's profile with nobody logged in."""
    return stations()


@pytest.fixture
def work(stations: Stations) -> At:
    """The technician's profile with the technician logged in."""
    return stations(logged_in=True)
