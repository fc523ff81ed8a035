"""``revoke-device`` and ``deactivate-person``: a lost computer, a person who has left; what they signed still waits."""

import argparse

import msgspec

from hq.cli.context import Answer, Context
from hq.identity import revoke_named
from hq.inbox.distrust import deactivate


class RevokeDevice:
    """The command ``revoke-device``."""

    @staticmethod
    def add(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> argparse.ArgumentParser:
        """Declare the command."""
        parser = commands.add_parser("revoke-device", help="trust a device no more: it gets nothing, its work waits")
        parser.add_argument("device", metavar="NAME|ID")
        return parser

    @staticmethod
    def run(chosen: Context, options: argparse.Namespace) -> Answer:
        """Revoke; raises Refusal ``device_named_wrong`` or ``device_ambiguous``."""
        with chosen.store() as store, store.writing() as connection:
            known = revoke_named(connection, options.device, chosen.now())
        text = chosen.gettext("{name} ({place}) is trusted no more; what it still sends waits for you.")
        facts = msgspec.to_builtins(known._asdict())
        return Answer(facts, text.format(name=known.name or known.id, place=known.place_name))


class DeactivatePerson:
    """The command ``deactivate-person``."""

    @staticmethod
    def add(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> argparse.ArgumentParser:
        """Declare the command."""
        parser = commands.add_parser("deactivate-person", help="a person has left: their unsent work waits for you")
        parser.add_argument("login", metavar="LOGIN|ID")
        return parser

    @staticmethod
    def run(chosen: Context, options: argparse.Namespace) -> Answer:
        """Deactivate; raises Refusal ``login_unknown`` or ``login_ambiguous``."""
        with chosen.store() as store:
            person = deactivate(store, options.login)
        facts = {"id": person.id, "login": person.login, "name": person.name, "active": person.active}
        return Answer(facts, chosen.gettext("{name} can no longer log in or act.").format(name=person.name))
