"""``fixpoint photos``: a phone's folder matched to orders by its slips and labels, and recorded with ``--apply``."""

import argparse
from pathlib import Path
from typing import Any

from app.actions.late_entry import Entered, enter
from app.actions.phone_pictures import Looked, Seen, files_in, look_through
from app.bootstrap import Station
from app.cli.answer import REFUSED, Answer, refusal_facts, sentence
from app.i18n import _
from app.queries.late_entry import OpenOrder, open_orders
from core.late_entry import Group, grouped, place
from core.late_papers import Papers, papers_to_record
from core.refusals import Refusal
from core.words import word


class _NoSteps:
    """Nobody watches, and Ctrl+C ends it: what was recorded by then stays."""

    cancelled = False

    def step(self, done: int, total: int) -> None:
        """Nothing is shown."""


def photos(options: argparse.Namespace, station: Station) -> Answer:
    """What the pictures show and where they belong; with ``--apply`` recorded as the person who is logged in."""
    device = station.store.device()
    if device is None:
        raise Refusal("not_enrolled")
    desk = station.desk(station.sessions.current().person)
    looked = look_through(files_in([Path(options.folder)]), desk, device.utc_offset_minutes, _NoSteps())
    with station.store.reading() as rows:
        orders = {one.job.order_id: one for one in open_orders(rows, desk.place_id, desk.person_id)}
    groups = grouped(place([one.picture for one in looked.seen], [one.job for one in orders.values()]))
    seen = {one.picture.sha256: one for one in looked.seen}
    entered = enter(groups, seen, desk, _NoSteps()) if options.apply else None
    facts = {
        "groups": [_group_facts(group, orders, seen) for group in groups],
        "unreadable": [{"file": file} | refusal_facts(why) for file, why in looked.failed],
        "applied": _entered_facts(entered, orders) if entered else None,
    }
    failed = bool(looked.failed or (entered and entered.failed))
    return Answer(facts, _text(groups, orders, looked, entered), REFUSED if failed and options.apply else 0)


def _group_facts(group: Group, orders: dict[str, OpenOrder], seen: dict[str, Seen]) -> dict[str, Any]:
    order = orders.get(group.order_id or "")
    papers = _papers(group, order, seen)
    return {
        "order_id": group.order_id,
        "number": order.job.number if order else None,
        "first": group.first,
        "last": group.last,
        "invoice": {"rule": papers.rule, "to_record": papers.invoice},
        "pictures": [
            {
                "file": one.picture.name,
                "kind": one.picture.kind,
                "rule": one.rule,
                "asked": one.is_asked,
                "taken_at": one.picture.taken_at,
                "time_is_weak": one.picture.weak,
                "serials": list(one.picture.serials),
                "attached_already": bool(order and one.picture.sha256 in order.job.attached),
            }
            for one in group.placed
        ],
    }


def _papers(group: Group, order: OpenOrder | None, seen: dict[str, Seen]) -> Papers:
    found = [invoice for one in group.placed if (invoice := seen[one.picture.sha256].invoice)]
    return papers_to_record(found, order.job.papers) if order else Papers(None, "none")


def _papers_line(papers: Papers) -> list[str]:
    """What becomes of the invoice in the pictures."""
    if papers.invoice is None:
        return [] if papers.rule == "none" else [f"  {_(word('invoice_rule', papers.rule))}"]
    invoice = papers.invoice
    return ["  " + _("Invoice {number} of {day}").format(number=invoice.key, day=invoice.date)]


def _entered_facts(entered: Entered, orders: dict[str, OpenOrder]) -> dict[str, Any]:
    return {
        "attached": len(entered.attached),
        "already": len(entered.already),
        "identified": [orders[one].job.number for one in entered.identified],
        "visits_begun": [orders[one].job.number for one in entered.begun],
        "invoices": [orders[one].job.number for one in entered.invoices],
        "failed": [{"what": what} | refusal_facts(why) for what, why in entered.failed],
    }


def _text(groups: tuple[Group, ...], orders: dict[str, OpenOrder], looked: Looked, entered: Entered | None) -> str:
    seen = {one.picture.sha256: one for one in looked.seen}
    lines = []
    for group in groups:
        order = orders.get(group.order_id or "")
        head = f"{order.job.number}  {order.customer}" if order else _("Without an order")
        times = " – ".join(at.isoformat() for at in (group.first, group.last) if at)
        lines.append("  ".join(filter(None, (head, times))))
        lines += [
            f"  {one.picture.name}  {_(word('attachment', one.picture.kind))}  {_(word('picture_rule', one.rule))}"
            for one in group.placed
        ]
        lines += _papers_line(_papers(group, order, seen))
    lines += [f"{file}: {sentence(why)}" for file, why in looked.failed]
    if entered is not None:
        said = _(
            "{n} pictures attached, {known} were there already, {units} units identified, {papers} invoices recorded."
        )
        counts = {"n": entered.attached, "known": entered.already, "units": entered.identified}
        lines.append(said.format(papers=len(entered.invoices), **{name: len(found) for name, found in counts.items()}))
        lines += [f"{what}: {sentence(why)}" for what, why in entered.failed]
    return "\n".join(lines)
