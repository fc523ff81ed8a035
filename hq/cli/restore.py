"""``restore``: a backup takes the place of everything there is."""

import argparse
from pathlib import Path

import msgspec

from core.refusals import Refusal
from hq.backups import restore
from hq.cli.context import Answer, Context


def add(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> argparse.ArgumentParser:
    """Declare the command."""
    parser = commands.add_parser("restore", help="replace everything by a backup; stop the server first")
    parser.add_argument("file", type=Path, metavar="FILE")
    return parser


def run(chosen: Context, options: argparse.Namespace) -> Answer:
    """Restore; devices find a new incarnation of the feed and send again what this HQ does not have."""
    if not options.file.is_file():
        raise Refusal("backup_unknown", backup=options.file.name)
    with chosen.any_store() as store:
        store.upgrade()
        done = restore(store, chosen.data / "blobs", options.file, chosen.now())
    text = chosen.gettext("Restored: {rows} rows as of {made_at}; devices will load their data anew.")
    return Answer({"ok": True, **msgspec.to_builtins(done)}, text.format(rows=done.rows, made_at=done.made_at))
