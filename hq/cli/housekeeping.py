"""``housekeeping``: forget what every device has had ninety days to read; the server does it daily by itself."""

import argparse

from hq.cli.context import Answer, Context
from hq.feed.blobs import Blobs
from hq.feed.housekeeping import tidy


def add(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> argparse.ArgumentParser:
    """Declare the command."""
    return commands.add_parser("housekeeping", help="forget tombstones and unfinished uploads older than 90 days")


def run(chosen: Context, options: argparse.Namespace) -> Answer:
    """Tidy up now; again is safe."""
    with chosen.store() as store:
        done = tidy(store, Blobs(store, chosen.data / "blobs"), chosen.now())
    text = chosen.gettext("{tombstones} old tombstones and {uploads} unfinished uploads are gone.")
    return Answer(done._asdict(), text.format(tombstones=done.tombstones, uploads=done.uploads))
