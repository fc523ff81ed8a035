"""``self-checks``: where devices held other rows than HQ, and what people found out about it."""

import argparse
from typing import Any

from hq.cli.context import Answer, Context
from hq.inbox.self_checks import explain, reports

_COUNTS = ("missing", "different", "extra", "kept")


def add(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> argparse.ArgumentParser:
    """Declare the command."""
    parser = commands.add_parser("self-checks", help="devices whose rows were not HQ's; --explain notes why")
    parser.add_argument("--explain", nargs=2, metavar=("REPORT", "WHY"), help="note what was found out")
    return parser


def run(chosen: Context, options: argparse.Namespace) -> Answer:
    """List the newest reports, or explain one; raises Refusal ``request_invalid``."""
    with chosen.store() as store:
        if options.explain:
            with store.writing() as connection:
                return Answer(explain(connection, *options.explain), chosen.gettext("Noted."))
        with store.reading() as connection:
            found = [dict(one) for one in reports(connection)]
    if not found:
        return Answer({"reports": []}, chosen.gettext("No device ever held other rows than HQ."))
    return Answer({"reports": found}, "\n".join(_line(one) for one in found))


def _line(report: dict[str, Any]) -> str:
    counts = " ".join(f"{name}={report['found'].get(name, '?')}" for name in _COUNTS)
    who = f"{report['device_id']} {report['scope']}"
    return f"{report['id']} {report['at']:%Y-%m-%d %H:%M} {who} {counts} {report['explained']}".rstrip()
