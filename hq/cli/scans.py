"""``scans``: what was scanned for an order, and what proves each unit's serial number."""

import argparse

import msgspec

from core.scan_lines import scan_lines
from hq.cli.context import Answer, Context
from hq.dispatch.repository import find_order
from hq.warranty.evidence import evidence


def add(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> argparse.ArgumentParser:
    """Declare the command."""
    parser = commands.add_parser("scans", help="an order's scans: codes, bytes, pictures, what proves a serial number")
    parser.add_argument("order", metavar="ORDER", help="id or number")
    parser.add_argument("--branch", metavar="CODE", help="only when it is this branch's")
    return parser


def run(chosen: Context, options: argparse.Namespace) -> Answer:
    """Show them; raises Refusal ``order_unknown`` or ``branch_unknown``."""
    with chosen.store() as store, store.reading() as connection:
        _branch, order = find_order(store, connection, options.order, options.branch)
        found = evidence(store, connection, order, chosen.now())
    return Answer(msgspec.to_builtins(found), "\n".join(scan_lines(found, chosen.gettext)))
