"""``release``: operations that wait are judged once more, their makers being trusted."""

import argparse

from core.refusals import Refusal
from hq.cli.context import Answer, Context
from hq.inbox import release
from hq.inbox.waiting import branch_of


def add(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> argparse.ArgumentParser:
    """Declare the command."""
    parser = commands.add_parser("release", help="let operations that wait take effect, the earlier ones first")
    parser.add_argument("operations", nargs="+", metavar="OP", help="ids, as waiting lists them")
    return parser


def run(chosen: Context, options: argparse.Namespace) -> Answer:
    """Release each in turn; stops at the first that still can't be applied, with its Refusal."""
    done: list[str] = []
    with chosen.store() as store:
        for op_id in options.operations:
            try:
                release(store, branch_of(store, op_id), op_id)
            except Refusal as refusal:
                raise Refusal(refusal.code, **refusal.facts, operation=op_id, released=done) from refusal
            done.append(op_id)
    return Answer({"released": done}, chosen.gettext("{count} operations took effect.").format(count=len(done)))
