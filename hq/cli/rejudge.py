"""``rejudge``: judges what waited because it was made by a newer Fixpoint than HQ was then."""

import argparse

from hq.cli.context import Answer, Context


def add(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> argparse.ArgumentParser:
    """Declare the command."""
    return commands.add_parser("rejudge", help="after an update: judge what was made by newer devices (serve does too)")


def run(chosen: Context, options: argparse.Namespace) -> Answer:
    """Judge in the order they were made in."""
    from hq.inbox import rejudge

    with chosen.store() as store:
        count = rejudge(store)
    return Answer({"judged": count}, chosen.gettext("{count} operations judged").format(count=count))
