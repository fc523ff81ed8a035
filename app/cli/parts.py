"""``fixpoint parts``: the stock of this place, one part, requests, shipments, transfers, and the parts account."""

import argparse
from collections.abc import Callable
from typing import Any

import msgspec

from app.bootstrap import Station
from app.cli.answer import Answer, table
from app.i18n import _, language
from app.offline_db.store import LocalRows
from app.queries.part_requests import account_view, list_requests
from app.queries.parts import StockLine, part_detail, stock_view
from app.queries.shipments import list_shipments, list_transfers
from core.judging import local_day
from core.money import yuan_text
from core.refusals import Refusal
from core.words import word


def parts(options: argparse.Namespace, station: Station) -> Answer:
    """What is asked for; raises Refusal ``not_enrolled``, ``part_unknown``."""
    device = station.store.device()
    if device is None:
        raise Refusal("not_enrolled")
    tell: Callable[[argparse.Namespace, LocalRows, str], Answer] = {
        "stock": _stock,
        "requests": _requests,
        "shipments": _shipments,
        "transfers": _transfers,
        "account": _account,
    }[options.what]
    with station.store.reading() as rows:
        return tell(options, rows, device.place_id)


def _today(rows: LocalRows, place_id: str) -> Any:
    from app.offline_db.store import utc_now

    return local_day(rows, place_id, utc_now())


def _stock(options: argparse.Namespace, rows: LocalRows, place_id: str) -> Answer:
    view = stock_view(rows, place_id, "", _today(rows, place_id))
    if options.part:
        wanted = options.part.strip().upper()
        line = next((one for one in view.lines if one.part_id == wanted), None)
        if line is None:
            raise Refusal("part_unknown", part=options.part)
        detail = part_detail(rows, place_id, wanted)
        facts = _facts(line) | {"elsewhere": _plain(detail.elsewhere), "moves": _plain(detail.moves)}
        places = [(one.name, str(one.quantity), f"{one.as_of:%Y-%m-%d %H:%M}") for one in detail.elsewhere]
        text = _table([line]) + "\n\n" + table(places, (_("Elsewhere"), _("Free"), _("When")))
        return Answer(facts | {"synced_at": view.synced_at}, text)
    words = (options.text or "").casefold().split()
    hay = [(line, f"{line.part_id} {line.zh} {line.en}".casefold()) for line in view.lines]
    lines = [line for line, text in hay if (line.is_here or words) and all(one in text for one in words)]
    return Answer({"parts": [_facts(line) for line in lines], "synced_at": view.synced_at}, _table(lines))


def _facts(line: StockLine) -> dict[str, Any]:
    return line._asdict() | {"state": line.state, "suggestion": msgspec.to_builtins(line.suggestion)}


def _plain(rows: tuple[Any, ...]) -> list[dict[str, Any]]:
    return [one._asdict() for one in rows]


def _table(lines: list[StockLine]) -> str:
    heads = (_("Part"), _("Part name"), _("On hand"), _("Kept"), _("Free"), _("Coming"), _("Safety"), _("Reorder"))
    cells = [
        (
            line.part_id, line.zh if language() == "zh_CN" else line.en,
            *map(str, (line.on_hand, line.reserved, line.available, line.in_transit)),
            str(line.suggestion.safety), str(line.suggestion.quantity),
        )
        for line in lines
    ]  # fmt: skip
    return table(cells, heads)


def _requests(_options: argparse.Namespace, rows: LocalRows, place_id: str) -> Answer:
    found = list_requests(rows, place_id)
    facts = [one._asdict() | {"lines": _plain(one.lines)} for one in found]
    cells = [
        (
            one.id[-8:], one.station, _(word("part_request", one.state)),
            ", ".join(f"{line.part_id} × {line.asked}" for line in one.lines),
        )
        for one in found
    ]  # fmt: skip
    return Answer({"requests": facts}, table(cells, ("ID", _("Station"), _("State"), _("Spare parts"))))


def _shipments(_options: argparse.Namespace, rows: LocalRows, place_id: str) -> Answer:
    found = list_shipments(rows, place_id)
    facts = [one._asdict() | {"parts": _plain(one.parts), "found": _plain(one.found)} for one in found]
    cells = [
        (
            one.id[-8:], one.document, one.from_name or _(word("location", one.from_kind)),
            _(word("shipment", one.state)),
            ", ".join(f"{part.part_id} × {part.quantity}" for part in one.parts),
        )
        for one in found
    ]  # fmt: skip
    heads = ("ID", _("Delivery note"), _("Sender"), _("State"), _("Spare parts"))
    return Answer({"shipments": facts}, table(cells, heads))


def _transfers(_options: argparse.Namespace, rows: LocalRows, place_id: str) -> Answer:
    found = list_transfers(rows, place_id)
    facts = [one._asdict() | {"parts": _plain(one.parts)} for one in found]
    cells = [
        (
            one.id[-8:], one.giver, one.taker, _(word("transfer", one.state)),
            ", ".join(f"{part.part_id} × {part.quantity}" for part in one.parts),
        )
        for one in found
    ]  # fmt: skip
    heads = ("ID", _("Gives"), _("Takes"), _("State"), _("Spare parts"))
    return Answer({"transfers": facts}, table(cells, heads))


def _account(_options: argparse.Namespace, rows: LocalRows, place_id: str) -> Answer:
    view = account_view(rows, place_id, _today(rows, place_id))
    found = view.standing
    facts = found._asdict() | {"free_fen": found.free_fen, "entries": _plain(view.entries)}
    limit = "—" if found.limit_fen is None else f"¥{yuan_text(found.limit_fen)}"
    lines = [
        (_("Owed for parts drawn"), f"¥{yuan_text(found.owed_fen)}"),
        (_("Asked for"), f"¥{yuan_text(found.asked_fen)}"),
        (_("Limit"), limit),
    ]
    return Answer(facts, table(lines, (_("Parts account"), view.station)))
