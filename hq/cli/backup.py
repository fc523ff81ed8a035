"""``backup``: everything into one file, while the server runs."""

import argparse
from pathlib import Path

import msgspec

from core.refusals import Refusal
from hq.backups import dump
from hq.cli.context import Answer, Context


def add(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> argparse.ArgumentParser:
    """Declare the command."""
    parser = commands.add_parser("backup", help="write everything into one file; the server may run")
    parser.add_argument("file", nargs="?", type=Path, metavar="FILE", help="a new file (in the data folder's backups)")
    return parser


def run(chosen: Context, options: argparse.Namespace) -> Answer:
    """Write it; raises Refusal ``file_exists``."""
    now = chosen.now()
    path: Path = options.file or chosen.data / "backups" / f"hq-{now:%Y%m%d-%H%M%S}.fixpoint"
    if path.exists():
        raise Refusal("file_exists", file=str(path))
    with chosen.store() as store:
        done = dump(store, chosen.data / "blobs", path, now)
    text = chosen.gettext("Backup: {file} ({rows} rows, {blobs} photos and signatures)")
    return Answer(msgspec.to_builtins(done), text.format(file=done.file, rows=done.rows, blobs=done.blobs))
