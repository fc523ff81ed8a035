"""``waiting``: the operations that a rule refused or whose maker is trusted no more."""

import argparse

import msgspec

import resources
from core.refusals import CATALOGUE, Refusal
from core.words import word
from hq.cli.context import Answer, Context
from hq.inbox.waiting import Waiting, waiting


def add(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> argparse.ArgumentParser:
    """Declare the command."""
    parser = commands.add_parser("waiting", help="operations that wait for a person (parked, or in quarantine)")
    parser.add_argument("--branch", metavar="CODE", help="only of this branch")
    return parser


def run(chosen: Context, options: argparse.Namespace) -> Answer:
    """List them, oldest first; raises Refusal ``branch_unknown``."""
    with chosen.store() as store:
        found = waiting(store, options.branch)
    facts = {"count": len(found), "waiting": msgspec.to_builtins(found)}
    if not found:
        return Answer(facts, chosen.gettext("Nothing waits."))
    return Answer(facts, "\n".join(_line(one, chosen) for one in found))


def _line(one: Waiting, chosen: Context) -> str:
    known = one.code in CATALOGUE
    reason = resources.sentence(Refusal(one.code, **one.facts), chosen.language) if known else one.code
    kind = chosen.gettext(word("fate", one.kind))
    action = chosen.gettext(word("action", one.action))
    who = f"{one.place} {one.person or one.login} ({one.device_name or one.device})"
    return f"{one.id}  {one.made_at:%Y-%m-%d %H:%M}  {who}  {action}\n    {kind}: {reason}"
