"""``approvals``, ``decide`` and ``ask-back``: what waits for a decision, and headquarters' own decisions."""

import argparse

import msgspec

from core.money import yuan_text
from core.rows.orders import ApprovalLevel
from core.words import word
from hq.approvals.service import WaitingRequest, ask_back, decide, escalate, waiting
from hq.cli.context import Answer, Context


class Approvals:
    """``approvals``: list them, and take upward what nobody answered in time."""

    @staticmethod
    def add(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> argparse.ArgumentParser:
        """Declare the command."""
        parser = commands.add_parser("approvals", help="requests that nobody has decided")
        parser.add_argument("--level", choices=[level.value for level in ApprovalLevel], help="only of this level")
        parser.add_argument("--escalate", action="store_true", help="first take upward what is late (the server does)")
        return parser

    @staticmethod
    def run(chosen: Context, options: argparse.Namespace) -> Answer:
        """List them, the longest waiting first."""
        with chosen.store() as store:
            moved = escalate(store, chosen.now()) if options.escalate else 0
            found = waiting(store, ApprovalLevel(options.level) if options.level else None)
        facts = {"escalated": moved, "count": len(found), "requests": msgspec.to_builtins(found)}
        lines = [_line(one, chosen) for one in found] or [chosen.gettext("Nothing waits.")]
        return Answer(facts, "\n".join(lines))


class Decide:
    """``decide``: headquarters' answer to one request."""

    @staticmethod
    def add(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> argparse.ArgumentParser:
        """Declare the command."""
        parser = commands.add_parser("decide", help="approve or refuse a request")
        parser.add_argument("request", metavar="ID", help="as approvals lists it")
        parser.add_argument("answer", choices=("yes", "no"))
        parser.add_argument("--reason", default="", help="told to the station; needed for a no")
        parser.add_argument("--by", required=True, metavar="NAME", help="who decides")
        return parser

    @staticmethod
    def run(chosen: Context, options: argparse.Namespace) -> Answer:
        """Decide; raises Refusal ``approval_unknown``, ``approval_decided``, ``reason_missing``."""
        approved = options.answer == "yes"
        with chosen.store() as store:
            decide(store, options.request, approved=approved, reason=options.reason, by=options.by, at=chosen.now())
        said = chosen.gettext("Approved") if approved else chosen.gettext("Refused")
        return Answer({"request": options.request, "approved": approved}, said)


class AskBack:
    """``ask-back``: headquarters sends a request back with a question."""

    @staticmethod
    def add(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> argparse.ArgumentParser:
        """Declare the command."""
        parser = commands.add_parser("ask-back", help="send a request back with a question")
        parser.add_argument("request", metavar="ID", help="as approvals lists it")
        parser.add_argument("question", help="what the station is to tell first")
        parser.add_argument("--by", required=True, metavar="NAME", help="who asks")
        return parser

    @staticmethod
    def run(chosen: Context, options: argparse.Namespace) -> Answer:
        """Ask; raises Refusal ``approval_unknown``, ``approval_decided``, ``approval_asked_back``."""
        with chosen.store() as store:
            ask_back(store, options.request, question=options.question, by=options.by, at=chosen.now())
        return Answer({"request": options.request, "question": options.question}, chosen.gettext("Asked back"))


def _line(one: WaitingRequest, chosen: Context) -> str:
    kind, level = chosen.gettext(word("approval", one.kind)), chosen.gettext(word("approval_level", one.level))
    until = f" → {one.answer_by:%Y-%m-%d %H:%M}" if one.answer_by else ""
    amount = chosen.gettext("{yuan} yuan").format(yuan=yuan_text(one.amount_fen))
    head = f"{one.id}  {one.asked_at:%Y-%m-%d %H:%M}{until}  {one.station}  {one.order}"
    back = f"\n    {chosen.gettext('Asked back')}: {one.question}" if one.question else ""
    return f"{head}\n    {level}: {kind}, {amount}; {one.reason}{back}"
