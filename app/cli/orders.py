"""``fixpoint orders``, ``order``, ``actions`` and ``act``: the whole flow of an order from the command line."""

import argparse
import json
import sys
from typing import Any

import msgspec

from app.actions import ACTIONS, act
from app.actions.desk import find_order
from app.bootstrap import Station
from app.cli.answer import Answer, table
from app.cli.order_words import order_words
from app.i18n import _
from app.offline_db.store import utc_now
from app.queries.orders import OrderFilter, list_orders
from app.queries.remedies import advice_of
from core.judging import local_day
from core.operations import action_named
from core.refusals import Refusal
from core.rows.jobs import Certificate, Contact, Custody, Loaner, MeasuredValue, OrderEnd
from core.rows.orders import (
    ApprovalDecision,
    ApprovalQuestion,
    ApprovalRequest,
    Attachment,
    Note,
    OrderUnit,
    Quotation,
    ScanEvent,
    TimelineEntry,
    UnitVerdict,
    Visit,
)
from core.rows.parts import OldPart, PartLine
from core.rows.settlement import Claim
from core.words import word

#: What belongs to an order, by the name it has in the answer.
PARTS_OF_AN_ORDER = {
    "units": OrderUnit,
    "visits": Visit,
    "contacts": Contact,
    "custody": Custody,
    "loaners": Loaner,
    "certificates": Certificate,
    "ends": OrderEnd,
    "measured": MeasuredValue,
    "scans": ScanEvent,
    "verdicts": UnitVerdict,
    "requests": ApprovalRequest,
    "decisions": ApprovalDecision,
    "questions": ApprovalQuestion,
    "quotations": Quotation,
    "part_lines": PartLine,
    "old_parts": OldPart,
    "attachments": Attachment,
    "notes": Note,
    "claims": Claim,
    "timeline": TimelineEntry,
}

_MOST_ARGS = 16 * 1024 * 1024  # characters; a pasted picture is the largest thing


def orders(options: argparse.Namespace, station: Station) -> Answer:
    """The orders of this place, newest first."""
    _require_device(station)
    wanted = OrderFilter(states=options.state, text=options.text or "", limit=options.limit)
    with station.store.reading() as rows:
        found = list_orders(rows.connection, wanted)
    heads = (_("Number"), _("State"), _("Customer"), _("Model"), _("Serial number"))
    lines = [(o.number, _(word("state", o.state)), o.customer, o.model or "", o.serial or "") for o in found]
    return Answer({"orders": [line._asdict() for line in found]}, table(lines, heads))


def order(options: argparse.Namespace, station: Station) -> Answer:
    """One order with everything that belongs to it."""
    _require_device(station)
    with station.store.reading() as rows:
        one = find_order(rows, options.order)
        facts: dict[str, Any] = msgspec.to_builtins(one)
        for name, kind in PARTS_OF_AN_ORDER.items():
            facts[name] = msgspec.to_builtins(rows.find(kind, order_id=one.id))
        today = local_day(rows, one.station_id, utc_now())
        facts["remedies"] = msgspec.to_builtins(advice_of(one, rows, today))
    return Answer(facts, order_words(facts))


def actions(options: argparse.Namespace) -> Answer:
    """Every action with who may do it and the JSON schema of its arguments."""
    facts: list[dict[str, Any]] = [
        {
            "action": name,
            "name": _(word("action", name)),
            "roles": list(action_named(name).roles),
            "arguments": msgspec.json.schema(action.asked),
        }
        for name, action in sorted(ACTIONS.items())
    ]
    lines = [(one["action"], str(one["name"]), ", ".join(one["roles"])) for one in facts]
    return Answer({"actions": facts}, table(lines, (_("Action"), _("Name"), _("Roles"))))


def do(options: argparse.Namespace, station: Station) -> Answer:
    """Do one action as the person who is logged in."""
    _require_device(station)
    session = station.sessions.current()
    given = _given(options.action, options.args or "{}")
    if options.order:
        given["order_id"] = options.order
    recorded = act(options.action, given, station.desk(session.person))
    operation = recorded.operation
    facts = {"operation": operation.id, "n": operation.n, "action": operation.action}
    return Answer(facts, _("Done: {action}.").format(action=_(word("action", operation.action))))


def _require_device(station: Station) -> None:
    if station.store.device() is None:
        raise Refusal("not_enrolled")


def _given(action: str, text: str) -> dict[str, Any]:
    """The details; ``-`` reads them from standard input: every program of the computer can see a command line."""
    try:
        given = json.loads(sys.stdin.read(_MOST_ARGS) if text == "-" else text)
    except (ValueError, RecursionError) as error:
        raise Refusal("arguments_invalid", action=action, problem="not JSON") from error
    if not isinstance(given, dict):
        raise Refusal("arguments_invalid", action=action, problem="not an object")
    if "password" in given and text != "-":
        raise Refusal("password_on_command_line")
    return given
