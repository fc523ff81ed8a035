"""``withdraw``: an operation that waits is taken back for good, with the reason."""

import argparse

import msgspec

from hq.cli.context import Answer, Context
from hq.inbox.releasing import withdraw
from hq.inbox.waiting import branch_of


def add(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> argparse.ArgumentParser:
    """Declare the command."""
    parser = commands.add_parser("withdraw", help="take an operation that waits back for good; it stays readable")
    parser.add_argument("operation", metavar="OP", help="its id, as waiting lists it")
    parser.add_argument("--reason", required=True, help="why; its place reads it")
    return parser


def run(chosen: Context, options: argparse.Namespace) -> Answer:
    """Withdraw; raises Refusal ``operation_unknown``, ``operation_not_parked``, ``reason_missing``."""
    with chosen.store() as store:
        branch = branch_of(store, options.operation)
        answer = withdraw(store, branch, options.operation, options.reason, by="HQ")
    return Answer(msgspec.to_builtins(answer), chosen.gettext("Withdrawn."))
