"""``fixpoint parked``, ``redo`` and ``op``: what HQ refused, doing it again otherwise, what became of an operation."""

import argparse
import json
import re
import sys
from typing import Any

from app.actions.redo import redo as redo_operation
from app.bootstrap import Station
from app.cli.answer import Answer, sentence
from app.i18n import _
from app.queries.fate import fate_of, fate_told
from app.queries.parked import mendable
from app.queries.sync_issues import ConflictLine, ParkedLine, sync_issues
from core.refusals import CATALOGUE, Refusal
from core.words import word

_ID = re.compile(r"[0-9a-f-]{36}")
_MOST_ARGS = 1024 * 1024  # characters


def parked(options: argparse.Namespace, station: Station) -> Answer:
    """The parked operations of this place, whoever made them, with what was given to them; and open conflicts."""
    _require_device(station)
    with station.store.reading() as rows:
        issues = sync_issues(rows.connection)
        found = issues.parked
        details = {one.id: mendable(rows.connection, one.id).details for one in found}
    facts = [
        {**one._asdict(), "sentence": _reason(one.code, one.facts), "details": [d._asdict() for d in details[one.id]]}
        for one in found
    ]
    lines = [f"{_line(one)}\n    {_reason(one.code, one.facts)}" for one in found]
    lines += [_conflict(one) for one in issues.conflicts]
    told = {"parked": facts, "conflicts": [one._asdict() for one in issues.conflicts]}
    return Answer(told, "\n".join(lines) or _("Nothing is parked."))


def _conflict(one: ConflictLine) -> str:
    values = _("Two values. HQ: {hq}; {person}: {place}")
    said = values.format(hq=_value(one.hq_value), person=one.person, place=_value(one.place_value))
    return f"{one.id}  {one.order_number}  {one.entity}.{one.field}\n    {said}"


def _value(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def _line(one: ParkedLine) -> str:
    return f"{one.id}  {one.order_number}  {one.person}  {_(word('action', one.action))}"


def redo(options: argparse.Namespace, station: Station) -> Answer:
    """Withdraw a parked operation and do it again with other details, as the person who is logged in."""
    _require_device(station)
    session = station.sessions.current()
    done = redo_operation(station.store, options.operation, _changed(options.args or "{}"), session.person).operation
    facts = {"operation": done.id, "n": done.n, "action": done.action, "withdrawn": options.operation}
    return Answer(facts, _("Done: {action}.").format(action=_(word("action", done.action))))


def operation(options: argparse.Namespace, station: Station) -> Answer:
    """What became of one operation: by this device's own outbox, else by HQ."""
    _require_device(station)
    with station.store.reading() as rows:
        found = fate_of(rows.connection, options.operation)
    if found is None:
        if not _ID.fullmatch(options.operation):
            raise Refusal("operation_unknown")
        found = fate_told(station.client().operation(options.operation))
    said = _(word("fate", found.outcome))
    if found.code is not None:
        said += "\n" + _reason(found.code, found.facts)
    return Answer(found._asdict(), said)


def _reason(code: str, facts: dict[str, Any]) -> str:
    """The refusal as a sentence; a newer HQ may have reasons that this program does not know."""
    return sentence(Refusal(code, **facts)) if code in CATALOGUE else code


def _require_device(station: Station) -> None:
    if station.store.device() is None:
        raise Refusal("not_enrolled")


def _changed(text: str) -> dict[str, Any]:
    try:
        given = json.loads(sys.stdin.read(_MOST_ARGS) if text == "-" else text)
    except (ValueError, RecursionError) as error:
        raise Refusal("arguments_invalid", action="redo", problem="not JSON") from error
    if not isinstance(given, dict):
        raise Refusal("arguments_invalid", action="redo", problem="not an object")
    return given
