"""``corrections``: what places propose to correct in the registry, and HQ's decision."""

import argparse

import msgspec

from core.words import word
from hq.cli.context import Answer, Context
from hq.warranty.corrections import INSTALLATION_CARD, Proposed, decide, proposed

LIST, ACCEPT, REFUSE = "list", "accept", "refuse"


def add(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> argparse.ArgumentParser:
    """Declare the command."""
    parser = commands.add_parser("corrections", help="corrections of the registry that places propose; decide them")
    parser.add_argument("step", nargs="?", choices=(LIST, ACCEPT, REFUSE), default=LIST)
    parser.add_argument("id", nargs="?", metavar="ID", help="which one")
    parser.add_argument("--answer", default="", help="what the place reads; needed for a refusal")
    parser.add_argument("--all", action="store_true", help="list decided ones too")
    return parser


def run(chosen: Context, options: argparse.Namespace) -> Answer:
    """List them, or decide one; raises the Refusals of :func:`hq.warranty.corrections.decide`."""
    with chosen.store() as store:
        if options.step == LIST:
            return _listed(chosen, proposed(store, undecided=not options.all))
        accepted = options.step == ACCEPT
        decided = decide(store, options.id or "", accepted=accepted, answer=options.answer, by="HQ", now=chosen.now())
    said = chosen.gettext(word("correction_state", decided.state.value))
    return Answer(msgspec.to_builtins(decided), f"{decided.serial}  {said}")


def _listed(chosen: Context, found: list[Proposed]) -> Answer:
    facts = {"count": len(found), "corrections": msgspec.to_builtins(found)}
    if not found:
        return Answer(facts, chosen.gettext("Nothing waits."))
    return Answer(facts, "\n".join(_line(chosen, one) for one in found))


def _line(chosen: Context, one: Proposed) -> str:
    field = chosen.gettext(word("correction_field", one.field))
    state = chosen.gettext(word("correction_state", one.state))
    reason = chosen.gettext("The installation card says so.") if one.reason == INSTALLATION_CARD else one.reason
    values = f"{field}: {_value(one.old)} → {_value(one.new)}"
    who = f"{one.place} {one.person}"
    return (
        f"{one.id}  {one.proposed_at:%Y-%m-%d %H:%M}  {who}  {one.model} {one.serial}\n    {values}  {reason}  {state}"
    )


def _value(text: str) -> str:
    return text or "—"
