"""``timeouts``: offers nobody answered and late orders go on to the next level; the server does it by itself."""

import argparse
from datetime import UTC, datetime

from hq.cli.context import Answer, Context
from hq.dispatch.timeouts import sweep


def add(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> argparse.ArgumentParser:
    """Declare the command."""
    parser = commands.add_parser("timeouts", help="move offers on that nobody answered in time; again is safe")
    parser.add_argument(
        "--at", type=_moment, metavar="TIME", help="as if it were this time, e.g. 2026-11-30T10:00+08:00"
    )
    return parser


def _moment(text: str) -> datetime:
    found = datetime.fromisoformat(text)
    if found.tzinfo is None:
        raise argparse.ArgumentTypeError("the time needs its offset, e.g. +08:00")
    return found.astimezone(UTC).replace(microsecond=0)


def run(chosen: Context, options: argparse.Namespace) -> Answer:
    """Sweep every branch once."""
    with chosen.store() as store:
        done = sweep(store, options.at or chosen.now())
    text = chosen.gettext(
        "{expired} offers back from stations, {direct} offered directly, {escalated} raised to HQ, "
        "{late} late orders raised."
    )
    return Answer(done._asdict(), text.format(**done._asdict()))
