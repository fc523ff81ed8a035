"""``api-key``: a key for another system, shown once."""

import argparse

from hq.cli.context import Answer, Context
from hq.identity import issue_api_key

RIGHTS = ("intake", "callback", "settle", "desk", "administer", "approve", "dispatch", "parts")


def add(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> argparse.ArgumentParser:
    """Declare the command."""
    parser = commands.add_parser("api-key", help="a key for another system (call centre, ERP)")
    parser.add_argument("name", metavar="NAME", help="whose key it is")
    parser.add_argument("--right", action="append", choices=RIGHTS, dest="rights", help="what it may do (all of them)")
    return parser


def run(chosen: Context, options: argparse.Namespace) -> Answer:
    """Issue it; only its hash is kept."""
    rights = sorted(set(options.rights or RIGHTS))
    with chosen.store() as store, store.writing() as connection:
        key = issue_api_key(connection, options.name, rights, chosen.now())
    text = chosen.gettext("Key of {name}: {key} (it is not shown again)").format(name=options.name, key=key)
    return Answer({"name": options.name, "key": key, "rights": rights}, text)
