"""``fixpoint backup``, ``restore`` and ``doctor``: keeping the station's data well."""

import argparse
import dataclasses
from datetime import UTC, datetime
from typing import Any

from app.bootstrap import Station, chosen_profile
from app.cli.answer import Answer
from app.i18n import _
from app.offline_db.backup import back_up, restore
from app.offline_db.doctor import examine
from app.security.key_store import KeyStore
from core.refusals import Refusal


def back_up_now(options: argparse.Namespace, station: Station) -> Answer:
    """Copy the encrypted database into the profile's backups."""
    backup = back_up(station.engine, station.profile, datetime.now(UTC))
    return Answer({"backup": backup.name}, _("Backed up: {name}").format(name=backup.name))


def put_back(options: argparse.Namespace) -> Answer:
    """Put a backup in the database's place; the replaced file is kept aside."""
    profile = chosen_profile(options.data)
    keys = KeyStore.open(profile.path, database_exists=True)
    aside = restore(profile, keys.database_key, options.which, datetime.now(UTC))
    return Answer(
        {"restored": options.which, "replaced": str(aside)},
        _("Restored; the old file is {name}").format(name=aside.name),
    )


def doctor(options: argparse.Namespace, station: Station) -> Answer:
    """Look at everything this program depends on; changes nothing."""
    device = station.store.device()
    today = datetime.now(UTC).astimezone().date()
    storage = examine(station.profile, station.engine, station.keys.database_key, station.registry, today)
    facts: dict[str, Any] = {
        "key_store": station.keys.store,
        "database": dataclasses.asdict(storage),
        "registry": {"state": storage.registry, "rows": storage.registry_rows},
        "scanner": _scanner(),
        "device": device and {"id": device.id, "place": device.place_name, "hq": device.hq_url},
        "hq": _reach(station) if device else {"reached": False, "enrolled": False},
        "clock_offset_s": device.clock_offset_s if device else None,
        "last_n": device.last_n if device else 0,
        "pending": station.store.pending() if device else 0,
        "log": str(station.profile.log),
    }
    facts["ok"] = storage.whole
    return Answer(facts)


def _scanner() -> dict[str, Any]:
    from app.scanner.camera import cameras
    from app.scanner.engines import engines
    from app.scanner.serial_port import ports

    return {"engines": engines(), "cameras": cameras(), "serial_ports": ports()}


def _reach(station: Station) -> dict[str, Any]:
    try:
        return {"reached": True, "ms": station.ping()}
    except Refusal as refusal:
        return {"reached": False, "code": refusal.code, "sentence": refusal.sentence()}
