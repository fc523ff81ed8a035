"""``settle``: the verified claims of a month become the stations' statements."""

import argparse

import msgspec

from core.money import yuan_text
from hq.cli.context import Answer, Context
from hq.settlement.desk import settle


def add(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> argparse.ArgumentParser:
    """Declare the command."""
    parser = commands.add_parser("settle", help="settle the verified claims of a month; again is safe")
    parser.add_argument("month", metavar="MONTH", help="e.g. 2026-03")
    return parser


def run(chosen: Context, options: argparse.Namespace) -> Answer:
    """Settle; raises Refusal ``month_invalid``."""
    with chosen.store() as store:
        done = settle(store, options.month, chosen.now())
    text = chosen.gettext("{statements} statements for {month}, {changed} of them new or changed, {yuan} yuan in all.")
    said = text.format(
        statements=done.statements, month=done.month, changed=done.changed, yuan=yuan_text(done.total_fen)
    )
    return Answer(msgspec.to_builtins(done), said)
