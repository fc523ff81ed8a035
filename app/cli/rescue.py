"""``fixpoint rescue`` and ``wipe``: unsent work into a file and to HQ by another machine; leaving for good."""

import argparse
import getpass
import os
import sys
from datetime import UTC, datetime
from pathlib import Path

from app.bootstrap import Station, chosen_profile, open_station
from app.cli.answer import Answer
from app.cli.asking import somebody_is_there, ways_to_keys
from app.i18n import _
from app.offline_db import wiping
from app.offline_db.engine import reading
from app.offline_db.profile import Profile
from app.offline_db.rescue import Exported, export_rescue
from app.security.key_store import forget_keys
from app.sync.rescue import HandedIn, hand_in
from core.refusals import Refusal
from core.words import word
from rowstore.rescue_format import RescueFile

VARIABLE = "FIXPOINT_RESCUE_PASSPHRASE"
_MOST_PASSPHRASE = 4096  # bytes
_MB = 1024 * 1024


def rescue(options: argparse.Namespace, station: Station) -> Answer:
    """Write a rescue file, or hand one in."""
    return (_export if options.way == "export" else _import)(options, station)


def _export(options: argparse.Namespace, station: Station) -> Answer:
    exported = _written(station, Path(options.file), options.passphrase_file)
    return Answer(_facts(exported), _told(exported))


def _written(station: Station, path: Path, passphrase_file: str | None) -> Exported:
    if path.exists():  # told before the passphrase is asked for
        raise Refusal("file_exists", file=str(path))
    passphrase = _passphrase(passphrase_file, twice=True)
    shown = _Progress(_("photos written"))
    key = station.keys.device_key
    return export_rescue(station.engine, station.blobs, key, path, passphrase, datetime.now(UTC), shown)


def _facts(exported: Exported) -> dict[str, object]:
    return exported._asdict() | {"file": str(exported.file)}


def _told(exported: Exported) -> str:
    text = _("{file}: {operations} steps ({unanswered} not yet at HQ), {photos} photos or signatures.")
    said = text.format_map(_facts(exported))
    if exported.missing:
        said += "\n" + _("{count} queued photos are no longer on this computer.").format(count=exported.missing)
    return said


def _import(options: argparse.Namespace, station: Station) -> Answer:
    """The whole file is proved before anything is sent; a second import goes on where the first was cut."""
    client = station.client()
    file = RescueFile(Path(options.file), _passphrase(options.passphrase_file, twice=False))
    file.prove(_Progress(_("proved")))
    manifest, sent = file.manifest, _Sent(file)
    try:
        done = hand_in(file, client, sent)
    except Refusal:
        _say_how_far(sent.done)
        raise
    facts = {
        "device": manifest.device,
        "place": manifest.place,
        "place_name": manifest.place_name,
        "made_at": manifest.made_at,
        **done._asdict(),
    }
    text = _("{place}: {taken} steps taken, {known} were there already, {photos} photos or signatures.")
    said = [text.format(place=manifest.place_name, taken=done.taken, known=done.known, photos=done.photos)]
    said += [f"  {_(word('fate', name))}: {count}" for name, count in done.outcomes.items()]
    return Answer(facts, "\n".join(said))


class _Sent:
    """Tells how far an import has come on standard error: at its end, and at most once for each hundredth before."""

    def __init__(self, file: RescueFile) -> None:
        self.done = HandedIn()
        self._operations, self._photos = file.manifest.operations, len(file.manifest.blobs)
        self._told = -1

    def __call__(self, done: HandedIn) -> None:
        self.done = done
        operations = done.known + done.taken
        hundredth = 100 * (operations + done.photos) // max(self._operations + self._photos, 1)
        if hundredth > self._told:
            self._told = hundredth
            text = _("{done} of {total} steps, {photos} of {all_photos} photos")
            facts = {"done": operations, "total": self._operations, "photos": done.photos, "all_photos": self._photos}
            _tell(text.format_map(facts))


def _say_how_far(done: HandedIn) -> None:
    """What was sent before the refusal stays at HQ: say so, rather than leave it half without a word."""
    text = _("Until then HQ had {count} steps and {photos} photos of the file; importing it again goes on from there.")
    _tell(text.format(count=done.known + done.taken, photos=done.photos))


def _tell(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


class _Progress:
    """Tells of large amounts on standard error, at most once for each tenth."""

    def __init__(self, what: str) -> None:
        self._what = what
        self._told = 0

    def __call__(self, done: int, total: int) -> None:
        tenth = 10 * done // max(total, 1)
        if total > _MB and tenth > self._told:
            self._told = tenth
            _tell(f"{self._what}: {done // _MB} / {total // _MB} MB")


def _passphrase(file: str | None, *, twice: bool) -> str:
    """From the file, the variable, or a prompt; a new one is asked for twice."""
    if file:
        return _first_line(Path(file))
    given = os.environ.get(VARIABLE)
    if given:
        return given
    if not somebody_is_there():
        raise Refusal("rescue_passphrase_needed")
    given = getpass.getpass(_("Passphrase of the rescue file") + ": ")
    if twice and getpass.getpass(_("Once more") + ": ") != given:
        raise Refusal("rescue_passphrases_differ")
    return given


def _first_line(path: Path) -> str:
    try:
        with path.open("rb") as file:
            return file.readline(_MOST_PASSPHRASE).rstrip(b"\r\n").decode()
    except FileNotFoundError as error:
        raise Refusal("file_missing", file=str(path)) from error
    except (OSError, ValueError) as error:
        problem = getattr(error, "strerror", None) or "not text"
        raise Refusal("file_unreadable", file=str(path), problem=problem) from error


def wipe(options: argparse.Namespace) -> Answer:
    """Remove this profile's data and keys; never while work is unsent, unless a rescue file was written first."""
    profile = chosen_profile(options.data)
    if not profile.path.exists() or not (profile.has_database or profile.keys.exists() or wiping.was_begun(profile)):
        return Answer({"removed": 0, "folder": str(profile.path)}, _("There is nothing to remove."))
    if options.rescue and Path(options.rescue).resolve().is_relative_to(profile.path.resolve()):
        raise Refusal("rescue_inside_profile", file=options.rescue)
    ways = ways_to_keys(profile)

    def forget() -> None:
        forget_keys(profile.path, ways)

    if wiping.was_begun(profile) and not profile.keys.exists():
        return _removed(profile, wiping.wipe(profile, None, None, forget), None)
    station = open_station(profile, ways, log_name="command")
    try:
        seen, exported = _looked(options, station)
        key = station.keys.database_key
    finally:
        station.close()
    return _removed(profile, wiping.wipe(profile, key, seen, forget), exported)


def _looked(options: argparse.Namespace, station: Station) -> tuple[wiping.Seen, Exported | None]:
    """What is here, after the person has confirmed and what HQ lacks is safe in a file."""
    with reading(station.engine) as connection:
        seen = wiping.look(connection)
    if seen.unsent.any and not options.rescue:
        raise wiping.refusal_of(seen.unsent)
    if not options.yes and not _confirmed(station.profile):
        raise Refusal("wipe_unconfirmed")
    if not options.rescue:
        return seen, None
    return seen, _written(station, Path(options.rescue), options.passphrase_file)


def _typed(question: str) -> str:
    return input(question)


def _confirmed(profile: Profile) -> bool:
    if not somebody_is_there():
        return False
    question = _("Remove all data and keys in {folder} for good? Type yes:").format(folder=profile.path)
    return _typed(question + " ").strip().lower() == "yes"


def _removed(profile: Profile, count: int, exported: Exported | None) -> Answer:
    facts = {"removed": count, "folder": str(profile.path), "rescue": _facts(exported) if exported else None}
    said = [_told(exported)] if exported else []
    said.append(_("{count} files and the keys of {folder} are removed.").format(count=count, folder=profile.path))
    return Answer(facts, "\n".join(said))
