"""``fixpoint enrol``, ``login``, ``logout`` and ``sync``."""

import argparse
import ssl
import time
from pathlib import Path

from app.actions.log_in import LogIn
from app.bootstrap import Station
from app.cli.answer import Answer, refusal_facts, sentence
from app.cli.asking import password
from app.i18n import _
from app.offline_db.backup import back_up_when_due
from app.offline_db.engine import reading
from app.offline_db.rescue import unsent_work
from app.offline_db.store import utc_now
from core.refusals import Refusal
from core.words import word


def enrol(options: argparse.Namespace, station: Station) -> Answer:
    """Make this computer a device of a place, then fetch what it may see."""
    state = station.enrol(options.hq, options.code, _authority(options.ca) if options.ca else None)
    facts = {"device": state.id, "place": state.place_id, "place_name": state.place_name, "pulled": 0}
    text = _("This computer is now a device of {place}.").format(place=state.place_name)
    try:
        facts["pulled"] = station.syncer().sync_once().pulled
    except Refusal as refusal:  # the code is used up and the device known: what is missing comes with the next sync
        return Answer(facts | {"sync": refusal_facts(refusal)}, f"{text}\n{sentence(refusal)}")
    return Answer(facts, text)


def _authority(name: str) -> Path:
    """The file of an authority's certificates, looked at before the one-time code is spent."""
    path = Path(name)
    try:
        ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT).load_verify_locations(cadata=path.read_text(encoding="ascii"))
    except FileNotFoundError as error:
        raise Refusal("file_missing", file=name) from error
    except (ssl.SSLError, ValueError) as error:
        raise Refusal("file_unreadable", file=name, problem="not a certificate") from error
    except OSError as error:
        raise Refusal("file_unreadable", file=name, problem=error.strerror or "") from error
    return path


def log_in(options: argparse.Namespace, station: Station) -> Answer:
    """Check the password (standard input, or a prompt at a terminal) and keep the session for twelve hours."""
    device = station.store.device()
    if device is None:
        raise Refusal("not_enrolled")
    person = LogIn(station.store, station.guard, device.place_id).verify(options.user, password())
    session = station.sessions.begin(person.id)
    roles = "、".join(_(word("role", role)) for role in person.roles)
    facts = {"person": person.id, "name": person.name, "roles": person.roles, "until": session.ends_at}
    return Answer(facts, _("{name} ({roles}) is logged in.").format(name=person.name, roles=roles))


def log_out(options: argparse.Namespace, station: Station) -> Answer:
    """End the session; the computer goes on sending what is unsent, whoever is logged in."""
    station.sessions.end()
    with reading(station.engine) as connection:
        unsent = unsent_work(connection)
    text = _("Nobody is logged in now.")
    if unsent.any:
        more = _("Still to send from this computer: {operations} steps, {photos} photos or signatures.")
        text += "\n" + more.format(operations=unsent.operations, photos=unsent.photos)
    return Answer({"logged_out": True, "unsent": unsent._asdict()}, text)


def sync(options: argparse.Namespace, station: Station) -> Answer:
    """Send and fetch everything once."""
    began = time.perf_counter()
    report = station.syncer().sync_once()
    back_up_when_due(station.engine, station.profile, utc_now())
    facts = {
        "pushed": report.pushed,
        "pulled": report.pulled,
        "parked": report.parked,
        "conflicts": report.conflicts,
        "pending": report.pending,
        "ms": round((time.perf_counter() - began) * 1000),
    }
    text = _("{pushed} sent, {pulled} received, {pending} still to send.")
    said = text.format(pushed=report.pushed, pulled=report.pulled, pending=report.pending)
    device = station.store.device()
    if device is not None and device.revoked:
        blocked = Refusal("device_revoked")
        return Answer(facts | refusal_facts(blocked), f"{said}\n{sentence(blocked)}")
    return Answer(facts, said)
