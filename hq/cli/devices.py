"""``devices``: every enrolled device, when it was last seen, and whether it forks again and again."""

import argparse
from typing import Any

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
    revoked = chosen.gettext("trusted no more")
    lines = []
    for one in found:
        marks = [mark for mark, holds in ((revoked, one["revoked_at"]), (forks, one["forks_again"])) if holds]
        lines.append("  ".join([_line(one), *marks]))
    return Answer({"devices": found}, "\n".join(lines))


def _line(one: dict[str, Any]) -> str:
    seen = f"{one['last_seen']:%Y-%m-%d %H:%M}" if one["last_seen"] else "—"
    return f"{one['id']}  {one['place'] or one['place_id']}  {one['name']}  {seen}  n={one['last_n']}"
