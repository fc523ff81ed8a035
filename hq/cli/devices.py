"""``devices``: every enrolled device, when it was last seen, and whether it forks again and again."""

import argparse

from hq.books.warnings import devices
from hq.cli.context import Answer, Context


def add(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> argparse.ArgumentParser:
    """Declare the command."""
    return commands.add_parser("devices", help="list devices; one that forks again and again runs on two machines")


def run(chosen: Context, options: argparse.Namespace) -> Answer:
    """List them."""
    with chosen.store() as store, store.reading() as connection:
        found = devices(connection, chosen.now())
    forks = chosen.gettext("forks again and again: its disk was probably copied to a second machine")
    lines = [
        f"{one['id']} {one['place_id']} {one['name']} {one['last_seen']:%Y-%m-%d %H:%M} n={one['last_n']}"
        if one["last_seen"]
        else f"{one['id']} {one['place_id']} {one['name']} — n={one['last_n']}"
        for one in found
    ]
    lines = [f"{line}  {forks}" if one["forks_again"] else line for line, one in zip(lines, found, strict=True)]
    return Answer({"devices": found}, "\n".join(lines))
