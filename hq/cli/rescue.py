"""``rescue``: a device's rescue file, handed in at HQ itself."""

import argparse
import getpass
import os
import sys
from pathlib import Path

import msgspec

from core.contract.rescue import RescueReply
from core.refusals import Refusal
from core.words import word
from hq.cli.context import Answer, Context
from hq.feed import Blobs
from hq.inbox import rescuing
from hq.store import Store
from rowstore.rescue_format import Batch, BlobContent, RescueFile

VARIABLE = "FIXPOINT_RESCUE_PASSPHRASE"


def add(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> argparse.ArgumentParser:
    """Declare the command."""
    parser = commands.add_parser("rescue", help="take in a device's rescue file; again is safe")
    parser.add_argument("file", type=Path, metavar="FILE")
    parser.add_argument("--passphrase-file", type=Path, metavar="FILE", help="its first line is the passphrase")
    return parser


def run(chosen: Context, options: argparse.Namespace) -> Answer:
    """Prove the whole file, then take what HQ does not have; raises the file's and the inbox's Refusals."""
    file = RescueFile(options.file, _passphrase(chosen, options.passphrase_file))
    file.prove(lambda done, total: None)
    with chosen.store() as store:
        taking = _Taking(store, Blobs(store, chosen.data / "blobs"), chosen)
        taking.take(file)
    manifest = file.manifest
    facts: dict[str, object] = {"device": manifest.device, "place": manifest.place, "place_name": manifest.place_name}
    facts |= {"known": taking.known, "taken": taking.taken, "photos": taking.photos, "outcomes": taking.outcomes}
    text = chosen.gettext("{place}: {taken} steps taken, {known} were there already, {photos} photos or signatures.")
    said = [text.format(place=manifest.place_name, taken=taking.taken, known=taking.known, photos=taking.photos)]
    said += [f"  {chosen.gettext(word('fate', name))}: {count}" for name, count in sorted(taking.outcomes.items())]
    return Answer(facts, "\n".join(said))


class _Taking:
    """One file on its way in; each batch is a transaction of its own, so that a cut one goes on where it was."""

    def __init__(self, store: Store, blobs: Blobs, chosen: Context) -> None:
        self._store = store
        self._blobs = blobs
        self._chosen = chosen
        self.known = self.taken = self.photos = 0
        self.outcomes: dict[str, int] = {}

    def take(self, file: RescueFile) -> None:
        begun = rescuing.begin(self._store, file.signed, None, self._chosen.now())
        for found in file.records():
            if isinstance(found, BlobContent):
                self._blob(begun.device, found)
            else:
                self._count(self._batch(begun.id, found))

    def _batch(self, rescue_id: str, batch: Batch) -> RescueReply:
        raw = [msgspec.Raw(msgspec.json.encode(one)) for one in batch]
        return rescuing.take(self._store, rescue_id, None, raw, self._chosen.now())

    def _count(self, reply: RescueReply) -> None:
        self.known += reply.known
        self.taken += reply.taken
        for name, count in reply.outcomes.items():
            self.outcomes[name] = self.outcomes.get(name, 0) + count

    def _blob(self, device_id: str, blob: BlobContent) -> None:
        at, there = 0, self._offset(blob.about.sha256, device_id)
        for piece in blob.pieces:
            at += len(piece)
            if at > there:
                there = self._append(blob, piece[max(0, len(piece) - (at - there)) :], there, device_id)
        self.photos += 1

    def _offset(self, sha256: str, device_id: str) -> int:
        try:
            return self._blobs.state(sha256, device_id).received
        except Refusal:
            return 0

    def _append(self, blob: BlobContent, piece: bytes, offset: int, device_id: str) -> int:
        about = blob.about
        state = self._blobs.append(
            about.sha256,
            piece,
            offset=offset,
            total=about.bytes,
            media_type=about.media_type,
            device_id=device_id,
            now=self._chosen.now(),
        )
        return state.received


def _passphrase(chosen: Context, file: Path | None) -> str:
    if file is not None:
        try:
            return file.read_text("utf-8").splitlines()[0]
        except FileNotFoundError as error:
            raise Refusal("file_missing", file=str(file)) from error
        except (OSError, ValueError, IndexError) as error:
            raise Refusal("file_unreadable", file=str(file), problem="not text") from error
    given = os.environ.get(VARIABLE)
    if given:
        return given
    if sys.stdin is None or not sys.stdin.isatty():
        raise Refusal("rescue_passphrase_needed")
    return getpass.getpass(chosen.gettext("Passphrase of the rescue file") + ": ")
