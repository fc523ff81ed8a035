"""``fixpoint backup``, ``restore`` and ``doctor``: keeping the station's data well."""

import argparse
import dataclasses
import functools
from datetime import UTC, date, datetime
from typing import Any

import msgspec
from sqlalchemy.exc import DBAPIError

from app.bootstrap import Station, chosen_profile, open_station
from app.cli.answer import UNREACHABLE, Answer, exit_code, refusal_facts
from app.cli.asking import ways_to_keys
from app.i18n import _
from app.offline_db import knowledge_index
from app.offline_db.backup import back_up, newest_backup, restore
from app.offline_db.books import prove
from app.offline_db.check_store import CheckStore
from app.offline_db.doctor import examine
from app.offline_db.engine import open_engine, reading, writing
from app.offline_db.profile import Profile
from app.offline_db.registry_file import Registry
from app.offline_db.rescue import Unsent, unsent_work
from app.security.device_key import verify
from app.security.key_store import KeyStore, recorded_store
from core.findings import Findings
from core.refusals import Refusal


def back_up_now(options: argparse.Namespace, station: Station) -> Answer:
    """Copy the encrypted database into the profile's backups."""
    backup = back_up(station.engine, station.profile, datetime.now(UTC))
    return Answer({"backup": backup.name}, _("Backed up: {name}").format(name=backup.name))


def put_back(options: argparse.Namespace) -> Answer:
    """Put a backup in the database's place; the replaced file is kept aside."""
    profile = chosen_profile(options.data)
    if recorded_store(profile.path) is None and not profile.has_database:
        raise Refusal("backup_unknown", backup=options.which or "—")
    keys = KeyStore.open(profile.path, ways_to_keys(profile), database_exists=True)
    unsent = _unsent(profile, keys.database_key)
    aside = restore(profile, keys.database_key, options.which, datetime.now(UTC))
    text = _("Restored; the old file is {name}").format(name=aside.name)
    if unsent is not None and unsent.any:
        more = _("What HQ did not have is carried over: {operations} steps, {photos} photos or signatures.")
        text += "\n" + more.format(operations=unsent.operations, photos=unsent.photos)
    facts = {"restored": options.which, "replaced": str(aside), "unsent": unsent and unsent._asdict()}
    return Answer(facts, text)


def _unsent(profile: Profile, key: bytes) -> Unsent | None:
    """What the database that is replaced has not sent; None when it is not there or can't be read any more."""
    if not profile.has_database:
        return None
    try:
        engine = open_engine(profile, key)
    except Refusal:
        return None
    try:
        with reading(engine) as connection:
            return unsent_work(connection)
    except (Refusal, DBAPIError):
        return None
    finally:
        engine.dispose()


def doctor(options: argparse.Namespace) -> Answer:
    """Look at everything this program depends on; a profile that can't be opened is told with the rest."""
    profile = chosen_profile(options.data)
    try:
        station = open_station(profile, ways_to_keys(profile), log_name="command")
    except Refusal as refusal:
        return _unopened(profile, refusal)
    try:
        rebuilt = _rebuilt(station) if options.search else None
        return _examined(station, with_hq=options.with_hq, rebuilt=rebuilt)
    finally:
        station.close()


def _unopened(profile: Profile, refusal: Refusal) -> Answer:
    """What can be said without the keys or the database; the refusal says what to do."""
    registry = Registry(profile.registry)
    about = registry.about()
    facts = {
        "ok": False,
        **refusal_facts(refusal),
        "key_store": _recorded(profile),
        "database": {"folder": str(profile.path), "whole": False, "newest_backup": _newest(profile)},
        "registry": {"state": registry.state(_today()).value, "rows": about.rows if about else 0},
        "scanner": _scanner(),
        "device": None,
        "hq": {"reached": False},
        "clock_offset_s": None,
        "last_n": None,
        "pending": None,
        "log": str(profile.log),
    }
    registry.close()
    return Answer(facts, code=exit_code(refusal))


def _recorded(profile: Profile) -> str | None:
    try:
        return recorded_store(profile.path)
    except (Refusal, OSError):
        return None


def _newest(profile: Profile) -> str | None:
    backup = newest_backup(profile)
    return backup.name if backup else None


def _today() -> date:
    return datetime.now(UTC).astimezone().date()


def _rebuilt(station: Station) -> int:
    """Make the search of the knowledge base anew; returns how many articles and templates it finds."""
    with writing(station.engine) as connection:
        return knowledge_index.rebuild(connection)


def _examined(station: Station, *, with_hq: bool, rebuilt: int | None = None) -> Answer:
    device = station.store.device()
    storage = examine(station.profile, station.engine, station.keys.database_key, station.registry, _today())
    found = _books(station) if storage.whole else None
    facts: dict[str, Any] = {
        "ok": storage.whole and not (found and found.total),
        "key_store": station.keys.store,
        "database": dataclasses.asdict(storage),
        "books": found and found.facts(),
        "registry": {"state": storage.registry, "rows": storage.registry_rows},
        "scanner": _scanner(),
        "device": device and {"id": device.id, "place": device.place_name, "hq": device.hq_url},
        "hq": _reach(station) if device else {"reached": False, "enrolled": False},
        "clock_offset_s": device.clock_offset_s if device else None,
        "last_n": device.last_n if device else 0,
        "pending": station.store.pending() if device else 0,
        "unread_rows": station.store.unread(),
        "self_check": CheckStore(station.store).last() | (_checked(station) if with_hq and device else {}),
        "log": str(station.profile.log),
    } | ({"search_rebuilt": rebuilt} if rebuilt is not None else {})
    if found is not None:
        if found.total:
            return _refused(facts, _books_wrong(found))
        return Answer(facts, code=UNREACHABLE if with_hq and not facts["hq"]["reached"] else 0)
    page = storage.damaged_pages[0] if storage.damaged_pages else "—"
    damage = Refusal("database_damaged", page=page, backup=storage.newest_backup or "—")
    return _refused(facts, damage)


def _checked(station: Station) -> dict[str, Any]:
    """Compare every row with HQ's now and set right what differs; nothing that was not sent is touched."""
    try:
        return {"now": [msgspec.to_builtins(one) for one in station.syncer(with_registry=False).check_now()]}
    except Refusal as refusal:
        return {"now": refusal_facts(refusal)}


def _refused(facts: dict[str, Any], refusal: Refusal) -> Answer:
    return Answer(facts | refusal_facts(refusal), code=exit_code(refusal))


def _books(station: Station) -> Findings:
    """Whether the station's own records fit together; reads all of them."""
    is_signed = functools.partial(verify, station.keys.device_key.public_bytes)
    with reading(station.engine) as connection:
        return prove(connection, is_signed, station.blobs)


def _books_wrong(found: Findings) -> Refusal:
    first = found.problems[0]
    return Refusal("books_wrong", count=found.total, first=f"{first.check} {first.where}")


def _scanner() -> dict[str, Any]:
    from app.scanner.devices import cameras
    from app.scanner.engines import engines
    from app.scanner.serial_port import ports

    return {"engines": engines(), "cameras": [one._asdict() for one in cameras()], "serial_ports": ports()}


def _reach(station: Station) -> dict[str, Any]:
    try:
        return {"reached": True, "ms": station.ping()}
    except Refusal as refusal:
        return {"reached": False, **refusal_facts(refusal)}
