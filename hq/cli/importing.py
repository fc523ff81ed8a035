"""``import``: reference data, people and the registry from a file; all of it or nothing."""

import argparse
from pathlib import Path

from core.refusals import Refusal
from hq.cli.context import Answer, Context
from hq.imports import KINDS, import_file


def add(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> argparse.ArgumentParser:
    """Declare the command."""
    parser = commands.add_parser("import", help="import reference data, people or the registry")
    parser.add_argument("kind", choices=KINDS, metavar="KIND", help=", ".join(KINDS))
    parser.add_argument(
        "file", type=Path, metavar="FILE", help="CSV or XLSX by its heading, or JSON (a list of objects)"
    )
    parser.add_argument("--dry-run", action="store_true", help="only say what would be wrong")
    return parser


def run(chosen: Context, options: argparse.Namespace) -> Answer:
    """Import; raises Refusal ``import_invalid`` with every bad row, ``file_missing``, ``file_unreadable``."""
    if not options.file.is_file():
        raise Refusal("file_missing", file=str(options.file))
    with chosen.store() as store:
        rows = import_file(store, options.kind, options.file, chosen.now(), dry_run=options.dry_run)
    facts = {"ok": True, "kind": options.kind, "rows": rows, "imported": 0 if options.dry_run else rows}
    if options.dry_run:
        return Answer(facts, chosen.gettext("{count} rows are right; nothing was changed.").format(count=rows))
    return Answer(facts, chosen.gettext("{count} rows imported.").format(count=rows))
