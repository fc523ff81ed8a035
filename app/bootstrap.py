"""The only place of the station program that picks concrete classes: opens a profile and puts its rooms together."""

import logging
import os
import platform
import random
import time
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

import msgspec
from sqlalchemy import Engine

from app import VERSION
from app.actions.desk import Desk
from app.i18n import language
from app.offline_db import migrate, unit_answers
from app.offline_db.blobs import BlobRef, BlobStore
from app.offline_db.carrying import carry_over
from app.offline_db.check_store import CheckStore
from app.offline_db.device import DeviceState
from app.offline_db.engine import open_engine
from app.offline_db.kept import Drafts, KeptAttempts, KeptSession, Settings
from app.offline_db.log import start_log
from app.offline_db.neighbours import Neighbours
from app.offline_db.partial_blobs import PartialBlob
from app.offline_db.profile import Profile
from app.offline_db.registry_file import Registry
from app.offline_db.store import Store, utc_now
from app.offline_db.sync_store import SyncStore
from app.offline_db.unread import read_again_after_update
from app.security.key_store import KeyStore, Ways
from app.security.login_guard import Attempts, LoginGuard
from app.security.session import Session, Sessions
from app.sync.ahead import InThread
from app.sync.blob_lane import BlobLane
from app.sync.blobs import fetch_blob
from app.sync.client import HqClient
from app.sync.enrol import enrol
from app.sync.loop import SyncLoop
from app.sync.registry_lane import RegistryLane
from app.sync.schedule import Schedule
from app.sync.status import SyncStatus
from app.sync.transport import HttpTransport
from app.sync.turn import Clocks, Syncer
from core.contract.messages import UnitAnswer
from core.identifiers import fold_serial
from core.refusals import Refusal
from core.warranty import RegisteredUnit, RegistryState


class RegistryLookUps:
    """The registry file as the rules look units up in it, on the station's own calendar day."""

    def __init__(self, registry: Registry, now: Callable[[], datetime], offset_minutes: int) -> None:
        """``now`` gives aware UTC; the offset is the place's."""
        self._registry = registry
        self._now = now
        self._offset = timedelta(minutes=offset_minutes)

    def look_up(self, serial: str, /) -> tuple[RegistryState, RegisteredUnit | None]:
        """What is known of ``serial``, and how complete the registry is."""
        answer = self._registry.look_up(serial, (self._now() + self._offset).date())
        # Serials are a maker's own; where several models share one, the model on the label tells (model_mismatch).
        return answer.state, answer.units[0] if answer.units else None


@dataclass
class Station:
    """An opened profile: everything the window and the command line work with."""

    profile: Profile
    keys: KeyStore
    engine: Engine
    store: Store
    registry: Registry
    blobs: BlobStore
    sessions: Sessions
    guard: LoginGuard
    drafts: Drafts
    settings: Settings
    log_handler: logging.Handler
    now: Callable[[], datetime] = utc_now

    def desk(self, person_id: str) -> Desk:
        """The desk of a person at this place; raises Refusal ``not_enrolled``."""
        device = self.store.device()
        if device is None:
            raise Refusal("not_enrolled")
        return Desk(self.store, self.blobs, person_id, device.place_id, self.now)

    def enrol(self, hq_url: str, code: str, ca_file: Path | None = None) -> DeviceState:
        """Make this profile a device of HQ at ``hq_url`` by a one-time code.

        ``ca_file`` is the authority of HQ's certificate where the system does not know it; HQ's answer may replace it.
        """
        known = self.store.device()
        if known is not None:  # asked before HQ is: the one-time code is not spent for nothing
            raise Refusal("already_enrolled", place=known.place_name)
        url = hq_url.rstrip("/")
        transport = HttpTransport(url, ca_file)
        try:
            reply = enrol(
                transport,
                self.keys.device_key,
                code,
                device_name=platform.node(),
                app_version=VERSION,
                language=language,
            )
        finally:
            transport.close()
        if reply.ca_pem is None and ca_file is not None:
            reply = msgspec.structs.replace(reply, ca_pem=ca_file.read_text(encoding="ascii"))
        device = self.store.enrol(url, reply)
        self.store.registry = RegistryLookUps(self.registry, self.now, device.utc_offset_minutes)
        return device

    def client(self, colleague: HqClient | None = None) -> HqClient:
        """A connection of its own to this device's HQ, with its colleague's token; raises Refusal ``not_enrolled``."""
        device = self.store.device()
        if device is None:
            raise Refusal("not_enrolled")
        transport = HttpTransport(device.hq_url, self._ca_file(device))
        return HqClient(
            transport,
            self.keys.device_key,
            device.id,
            device.hq_id,
            language=language,
            steady=time.monotonic,
            colleague=colleague,
            ahead=InThread,
        )

    def syncer(
        self,
        registry: RegistryLane | None = None,
        photos: BlobLane | None = None,
        *,
        client: HqClient | None = None,
        with_registry: bool = True,
    ) -> Syncer:
        """What exchanges everything once; registry and photos beside it where they have lanes."""
        clocks = Clocks(self.now, time.monotonic)
        units = registry or (self.registry if with_registry else None)
        return Syncer(
            SyncStore(self.store),
            client or self.client(),
            clocks,
            registry=units,
            blobs=photos or self.blobs,
            app_version=VERSION,
            checks=CheckStore(self.store),
        )

    def sync_loop(self, on_status: Callable[[SyncStatus], None]) -> SyncLoop:
        """The loop for the window; HQ's long poll and the registry have connections of their own."""
        roll = random.SystemRandom().random
        schedule = Schedule(roll, time.monotonic())
        clocks = Clocks(self.now, time.monotonic)
        first, store = self.client(), SyncStore(self.store)
        waiter = self.client(first)
        registry = RegistryLane(self.registry, self.client(first), roll)
        photos = BlobLane(store, self.blobs, self.client(first), roll)
        return SyncLoop(
            self.syncer(registry, photos, client=first),
            schedule,
            clocks,
            on_status,
            wait=lambda: waiter.wait(store.cursors()),
            registry=registry,
            photos=photos,
            neighbours=Neighbours(self.store),
        )

    def fetch_blob(self, sha256: str, size: int, told: Callable[[int, int], None] = lambda done, total: None) -> bytes:
        """A photo or signature of ``size`` bytes: from here, or from HQ, going on where an earlier fetch was cut.

        ``told`` gets the bytes that are here and all. Raises Refusal ``hq_unreachable`` and its kin, ``blob_damaged``.
        """
        if not self.blobs.has(sha256):
            incoming = PartialBlob(self.blobs, BlobRef(sha256, size), self.keys.database_key)
            fetch_blob(self.client(), sha256, size, incoming, told)
        return self.blobs.read(sha256)

    def ask_unit(self, serial: str) -> UnitAnswer:
        """Ask HQ for a unit and keep what it says; raises Refusal ``hq_unreachable`` and its kin, ``serial_empty``."""
        wanted = fold_serial(serial)
        if not wanted:
            raise Refusal("serial_empty")
        answer = self.client().unit(wanted)
        unit_answers.keep(self.engine, answer)
        return answer

    def ping(self) -> int:
        """Milliseconds of one round trip to HQ; raises Refusal ``hq_unreachable`` and its kin."""
        began = time.perf_counter()
        self.client().hello(SyncStore(self.store).hello(VERSION))
        return round((time.perf_counter() - began) * 1000)

    def _ca_file(self, device: DeviceState) -> Path | None:
        """The pinned authority as the file that HTTP libraries ask for; the database holds the original."""
        if device.ca_pem is None:
            return None
        path = self.profile.path / "hq-ca.pem"
        if not path.exists() or path.read_text(encoding="ascii") != device.ca_pem:
            path.write_text(device.ca_pem, encoding="ascii")
        return path

    def close(self) -> None:
        """Let go of the database, the registry file and the log."""
        self.registry.close()
        self.engine.dispose()
        _stop_log(self.log_handler)


def chosen_profile(data: str | None) -> Profile:
    """The profile of ``--data``, FIXPOINT_DATA or the operating system's place for data."""
    return Profile.chosen(data, os.environ)


def open_station(profile: Profile, ways: Ways | None = None, *, log_name: str = "window") -> Station:
    """Open the profile, making it at the first call: keys, encrypted database at the newest schema, registry, blobs.

    Raises the Refusals of keys, database and disk.
    """
    profile.create()
    with ExitStack() as undo:  # what was opened is let go of when a later step refuses
        handler = start_log(profile, log_name)
        undo.callback(_stop_log, handler)
        keys = KeyStore.open(profile.path, ways, database_exists=profile.has_database)
        engine = open_engine(profile, keys.database_key)
        undo.callback(engine.dispose)
        migrate.upgrade(engine, profile, utc_now())
        read_again_after_update(engine)
        station = _together(profile, keys, engine, handler)
        carry_over(profile, station.store, keys.database_key)
        undo.pop_all()
    return station


def _stop_log(handler: logging.Handler) -> None:
    logging.getLogger().removeHandler(handler)
    handler.close()


def _together(profile: Profile, keys: KeyStore, engine: Engine, log_handler: logging.Handler) -> Station:
    registry = Registry(profile.registry)
    store = Store(engine, keys.device_key)
    device = store.device()
    store.registry = RegistryLookUps(registry, utc_now, device.utc_offset_minutes if device else 480)
    return Station(
        profile=profile,
        keys=keys,
        engine=engine,
        store=store,
        registry=registry,
        blobs=BlobStore(profile.blobs, keys.database_key),
        sessions=Sessions(KeptSession(engine, Session), utc_now),
        guard=LoginGuard(KeptAttempts(engine, Attempts), utc_now),
        drafts=Drafts(engine, utc_now),
        settings=Settings(engine),
        log_handler=log_handler,
    )
