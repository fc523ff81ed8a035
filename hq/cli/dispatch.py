"""``dispatch``: who is fit for an order, with the figures; and direct dispatch where its branch allows it."""

import argparse
from typing import Any

from core.dispatch import Candidate
from core.words import word
from hq.cli.context import Answer, Context
from hq.dispatch.desk import Suggested, direct, offer_to_branch, suggest


def add(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> argparse.ArgumentParser:
    """Declare the command."""
    parser = commands.add_parser("dispatch", help="who is fit for an order; with --station offer it directly")
    parser.add_argument("order", metavar="ORDER", help="its number or id")
    parser.add_argument("--station", metavar="CODE", help="offer it to this station without asking the branch")
    parser.add_argument("--branch", metavar="CODE", help="offer what its branch gave back to this branch")
    return parser


def run(chosen: Context, options: argparse.Namespace) -> Answer:
    """List the stations or offer the order.

    Raises Refusal ``order_unknown``, ``direct_dispatch_not_allowed`` and those of the station.
    """
    with chosen.store() as store:
        if options.station:
            offered = direct(store, options.order, options.station, chosen.now())
            text = chosen.gettext("{order} is offered to {station}.")
            facts = {"order": offered.number, "station": options.station, "state": offered.state.value}
            return Answer(facts, text.format(order=offered.number, station=options.station))
        if options.branch:
            again = offer_to_branch(store, options.order, options.branch, chosen.now())
            text = chosen.gettext("{order} is offered to {station}.")
            facts = {"order": again.number, "branch": options.branch, "state": again.state.value}
            return Answer(facts, text.format(order=again.number, station=options.branch))
        found = suggest(store, options.order, chosen.now())
    lines = [_line(one, chosen) for one in (*found.ranking.offered, *found.ranking.excluded)]
    return Answer(_facts(found), "\n".join(lines) or chosen.gettext("The branch has no stations."))


def _facts(found: Suggested) -> dict[str, Any]:
    every = (*found.ranking.offered, *found.ranking.excluded)
    return {"order": found.order.number, "candidates": [_figures(one) for one in every]}


def _figures(one: Candidate) -> dict[str, Any]:
    facts = one.facts
    return {
        "code": facts.code,
        "name": facts.name,
        "points": one.points,
        "excluded": list(one.excluded),
        "distance_m": one.distance_m,
        "grade": facts.grade,
        "tier": one.tier,
        "load": facts.load,
        "people": facts.people,
        "parts": facts.parts,
        "first_time_fix": [facts.fixed, facts.finished],
        "marks": {mark.criterion: [mark.points, mark.weight] for mark in one.marks},
    }


def _line(one: Candidate, chosen: Context) -> str:
    said = chosen.gettext
    why = ", ".join(said(word("excluded", code)) for code in one.excluded)
    marks = "  ".join(f"{said(word('criterion', mark.criterion))} {mark.points}" for mark in one.marks if mark.weight)
    return f"{one.facts.code:<6} {one.facts.name}  {why or one.points}  {marks}"
