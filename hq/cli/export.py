"""``export``: the month's statements as files for the ERP."""

import argparse
from pathlib import Path

import msgspec

from hq.cli.context import Answer, Context
from hq.erp import export


def add(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> argparse.ArgumentParser:
    """Declare the command."""
    parser = commands.add_parser("export", help="write a month's statements as CSV, XLSX and JSON with a manifest")
    parser.add_argument("month", metavar="MONTH", help="e.g. 2026-03")
    parser.add_argument("--to", type=Path, required=True, metavar="DIR", dest="folder")
    return parser


def run(chosen: Context, options: argparse.Namespace) -> Answer:
    """Write them; raises Refusal ``month_invalid``."""
    with chosen.store() as store:
        done = export(store, options.month, options.folder, chosen.now())
    text = chosen.gettext("{files} files for {statements} statements; manifest: {manifest}")
    said = text.format(files=done.files, statements=done.statements, manifest=done.manifest)
    return Answer(msgspec.to_builtins(done), said)
