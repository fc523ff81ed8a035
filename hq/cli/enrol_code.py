"""``enrol-code``: a one-time code that enrols a device for a place."""

import argparse

from hq.cli.context import Answer, Context
from hq.cli.places import place_named
from hq.identity import issue_enrol_code


def add(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> argparse.ArgumentParser:
    """Declare the command."""
    parser = commands.add_parser("enrol-code", help="a code that enrols one device, good for 15 minutes")
    parser.add_argument("place", metavar="PLACE", help="the place's code or id, e.g. SZ01")
    return parser


def run(chosen: Context, options: argparse.Namespace) -> Answer:
    """Issue it; raises Refusal ``place_unknown``."""
    with chosen.store() as store:
        place = place_named(store, options.place)
        with store.writing() as connection:
            code = issue_enrol_code(connection, place.id, chosen.now())
    text = chosen.gettext("Code for {name}: {code} (once, within 15 minutes)").format(name=place.name, code=code)
    return Answer({"code": code, "place": place.code, "place_id": place.id, "minutes": 15}, text)
