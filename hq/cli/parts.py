"""``parts``: the parts planner's work from the command line: requests, allocation, shipments, returns, accounts."""

import argparse

import msgspec

from core.money import parse_yuan, yuan_text
from core.operations.allocate_request import AllocatedLine
from core.parts.books import progress_of
from core.parts.requests import state_of
from core.parts.shipping import Counted, Sent
from core.refusals import Refusal
from core.roles import PlaceKind
from core.rows.supply import PartRequest, RequestLine
from core.words import word
from hq.cli.context import Answer, Context
from hq.cli.places import place_named
from hq.feed import Work, work
from hq.parts import network, supply
from hq.parts.planning import OpenRequest, open_requests, request_named, shipment_named

_PIECES = "PART=QUANTITY"
Given = tuple[str, int]


def add(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> argparse.ArgumentParser:
    """Declare the command."""
    parser = commands.add_parser("parts", help="requests for parts: list, allocate, send, receive; accounts; stock")
    ways = parser.add_subparsers(required=True, metavar="WAY", dest="way")
    ways.add_parser("requests", help="what stations ask for and is still open")
    one = ways.add_parser("allocate", help="give from HQ's stock, or refuse")
    one.add_argument("request", metavar="ID", help="id of a request, or its last characters")
    one.add_argument("parts", nargs="*", type=_pieces, metavar=_PIECES)
    one.add_argument("--refuse", action="append", type=_pieces, default=[], metavar=_PIECES)
    one.add_argument("--reason", default="", help="why something is refused")
    sent = ways.add_parser("ship", help="send what was granted: all of it, or the named parts")
    sent.add_argument("request", metavar="ID")
    sent.add_argument("parts", nargs="*", type=_pieces, metavar=_PIECES)
    sent.add_argument("--document", default="", help="number of the delivery note")
    sent.add_argument("--carrier", default="")
    back = ways.add_parser("receive", help="receive what a station sent back: all as sent, or as counted")
    back.add_argument("shipment", metavar="ID", help="id of a shipment, its delivery note, or its last characters")
    back.add_argument("parts", nargs="*", type=_pieces, metavar=_PIECES)
    terms = ways.add_parser("account", help="limit and freeze of a station's parts account")
    terms.add_argument("station", metavar="STATION", help="its code")
    terms.add_argument("--limit", type=_limit, default=argparse.SUPPRESS, help="in yuan; none: no limit")
    terms.add_argument("--freeze", metavar="REASON")
    terms.add_argument("--unfreeze", action="store_true")
    terms.add_argument("--freeze-after-days", type=int, help="frozen by itself when an old part is later than that")
    ways.add_parser("stock", help="sum up where parts lie, for every place to see")
    return parser


def run(chosen: Context, options: argparse.Namespace) -> Answer:
    """Do one of them."""
    return {
        "requests": _requests,
        "allocate": _allocate,
        "ship": _ship,
        "receive": _receive,
        "account": _account,
        "stock": _stock,
    }[options.way](chosen, options)


def _pieces(text: str) -> Given:
    part, _, quantity = text.partition("=")
    if not part or not quantity.isascii() or not quantity.isdigit():
        raise argparse.ArgumentTypeError(f"{text!r} is not like MB-5535=2")
    return part.strip().upper(), int(quantity)


def _limit(text: str) -> int | None:
    if text == "none":
        return None
    try:
        return parse_yuan(text)
    except ValueError as error:
        raise argparse.ArgumentTypeError(str(error)) from error


def _requests(chosen: Context, _options: argparse.Namespace) -> Answer:
    with chosen.store() as store:
        found = open_requests(store, chosen.now())
    lines = [line for one in found.requests for line in _told(chosen, one)]
    text = "\n".join(lines) or chosen.gettext("No request for parts waits.")
    return Answer(msgspec.to_builtins(found), text)


def _told(chosen: Context, one: OpenRequest) -> list[str]:
    owed = chosen.gettext("owed ¥{owed}").format(owed=yuan_text(one.owed_fen))
    state = chosen.gettext(word("part_request", one.state))
    head = f"{one.id[-8:]}  {one.station} {one.station_name}  {state}  {owed}"
    return [
        head,
        *(
            "    "
            + chosen.gettext("{part} {name}: asked {asked}, to decide {open}, to send {send}").format(
                part=line.part, name=line.name, asked=line.asked, open=line.to_allocate, send=line.to_send
            )
            for line in one.lines
        ),
    ]


def _allocate(chosen: Context, options: argparse.Namespace) -> Answer:
    with chosen.store() as store, work(store) as doing:
        request = request_named(doing, options.request)
        rows = doing.rows(request.branch_id)
        lines = (*_lines(doing, request, options.parts), *_lines(doing, request, options.refuse, options.reason))
        if not lines:
            raise Refusal("part_request_unknown")
        supply.allocate(rows, request.id, lines, chosen.now())
        state = state_of(False, progress_of(rows, request.id))
    return _moved(chosen, request.id, state)


def _lines(doing: Work, request: PartRequest, given: list[Given], reason: str | None = None) -> list[AllocatedLine]:
    """The lines of a request by their part numbers; raises Refusal ``part_request_unknown``."""
    found = []
    for part, quantity in given:
        line = _line(doing, request, part)
        fields = {"quantity": quantity} if reason is None else {"refused": quantity, "reason": reason}
        found.append(msgspec.structs.replace(AllocatedLine(line_id=line.id), **fields))
    return found


def _line(doing: Work, request: PartRequest, part: str) -> RequestLine:
    lines = doing.view(request.branch_id).find(RequestLine, request_id=request.id)
    for line in lines:
        if line.part_id == part:
            return line
    raise Refusal("part_request_unknown")


def _moved(chosen: Context, row_id: str, state: str) -> Answer:
    said = chosen.gettext("{id}: {state}").format(id=row_id[-8:], state=chosen.gettext(word("part_request", state)))
    return Answer({"id": row_id, "state": state}, said)


def _ship(chosen: Context, options: argparse.Namespace) -> Answer:
    with chosen.store() as store, work(store) as doing:
        request = request_named(doing, options.request)
        lines = tuple(
            Sent(part_id=part, quantity=quantity, request_line_id=_line(doing, request, part).id)
            for part, quantity in options.parts
        )
        papers = {"document": options.document, "carrier": options.carrier}
        sent = supply.send(doing.rows(request.branch_id), request.id, lines, chosen.now(), **papers)
    return _moved(chosen, sent.id, "sent")


def _receive(chosen: Context, options: argparse.Namespace) -> Answer:
    counted = [Counted(part_id=part, good=quantity) for part, quantity in options.parts]
    with chosen.store() as store, work(store) as doing:
        shipment = shipment_named(doing, options.shipment)
        supply.receive(doing.rows(shipment.branch_id), shipment.id, counted, chosen.now())
    return _moved(chosen, shipment.id, "done")


def _account(chosen: Context, options: argparse.Namespace) -> Answer:
    changes: dict[str, object] = {}
    if hasattr(options, "limit"):
        changes["limit_fen"] = options.limit
    if options.freeze or options.unfreeze:
        changes |= {"frozen": bool(options.freeze), "reason": options.freeze or ""}
    if options.freeze_after_days is not None:
        changes["freeze_after_days"] = options.freeze_after_days
    with chosen.store() as store:
        place = place_named(store, options.station)
        if place.kind is not PlaceKind.STATION:
            raise Refusal("place_unknown", place=options.station)
        with work(store) as doing:
            terms = supply.set_terms(doing.rows(place.branch_id), place, chosen.now(), **changes)
    facts = msgspec.to_builtins(terms)
    limit = "—" if terms.limit_fen is None else f"¥{yuan_text(terms.limit_fen)}"
    frozen = chosen.gettext("frozen") if terms.frozen else chosen.gettext("not frozen")
    return Answer(facts, chosen.gettext("{station}: limit {limit}, {frozen}.").format(
        station=place.name, limit=limit, frozen=frozen
    ))  # fmt: skip


def _stock(chosen: Context, _options: argparse.Namespace) -> Answer:
    with chosen.store() as store:
        changed = network.refresh(store, chosen.now())
    return Answer({"changed": changed}, chosen.gettext("{n} figures of the network changed.").format(n=changed))
