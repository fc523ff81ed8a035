"""``overdue``: old parts past their day become tasks of their stations."""

import argparse

import msgspec

from hq.cli.context import Answer, Context
from hq.parts.overdue import sweep


def add(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> argparse.ArgumentParser:
    """Declare the command."""
    return commands.add_parser("overdue", help="open a task for each old part past its day; the server does it daily")


def run(chosen: Context, options: argparse.Namespace) -> Answer:
    """Look now; again is safe."""
    with chosen.store() as store:
        done = sweep(store, chosen.now())
    text = chosen.gettext("{overdue} old parts are past their day, at {stations} stations; {back} have come back.")
    said = text.format(overdue=done.overdue, stations=done.stations, back=done.back)
    return Answer(msgspec.to_builtins(done), said)
