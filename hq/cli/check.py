"""``check``: proves the books."""

import argparse

from hq.books import prove
from hq.books.warnings import warnings
from hq.cli.context import Answer, Context

_FAILED = 3


def add(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> argparse.ArgumentParser:
    """Declare the command."""
    parser = commands.add_parser("check", help="prove the books: operations, feed, stock, orders, statements, photos")
    parser.add_argument("--thorough", action="store_true", help="read every photo to its end too")
    return parser


def run(chosen: Context, options: argparse.Namespace) -> Answer:
    """Check; the exit code is 3 when something is wrong."""
    with chosen.store() as store:
        report = prove(store, chosen.data / "blobs", thorough=options.thorough)
        with store.reading() as connection:
            warned = warnings(connection, chosen.now())
    facts = report.facts() | {"warnings": [one._asdict() for one in warned]}
    looks = [chosen.gettext("To be looked at: {what}").format(what=one) for one in warned]
    if report.ok:
        text = chosen.gettext("The books are right: {operations} operations, {orders} orders, {rows} rows.")
        return Answer(facts, "\n".join([text.format(**report.counts), *looks]))
    head = chosen.gettext("{count} problems:").format(count=report.problem_count)
    lines = [f"{problem['check']}: {problem['where']}: {problem['what']}" for problem in report.problems]
    return Answer(facts, "\n".join([head, *lines, *looks]), _FAILED)
