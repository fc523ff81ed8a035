"""The station program: its window, and a command line for everything the window does."""

import argparse
import functools
import sys
from collections.abc import Callable, Sequence
from typing import Any

from app import i18n
from app.cli import given
from app.cli.answer import DONE, INTERRUPTED, Answer, refuse, show
from core.refusals import Refusal

Command = Callable[[argparse.Namespace], Any]
AddCommand = Callable[..., argparse.ArgumentParser]


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command, or the window when there is none; returns the exit code (0, 2, 3, 4)."""
    for stream in (sys.stdout, sys.stderr):
        reconfigure = getattr(stream, "reconfigure", None)
        if reconfigure:
            reconfigure(encoding="utf-8", errors="replace")
    if hasattr(sys.stdin, "reconfigure"):
        sys.stdin.reconfigure(errors="surrogateescape")  # bytes that are no text are told apart later, not here
    options = _parser().parse_args(argv)
    i18n.set_language(options.lang or i18n.system_language())
    try:
        return int(options.run(options))
    except Refusal as refusal:
        return refuse(refusal, as_json=options.json)
    except BrokenPipeError:  # the reader of a pipe has seen enough
        sys.stdout = None
        return DONE
    except KeyboardInterrupt:  # whatever was not committed has not happened
        return INTERRUPTED


def _answering(run: Command) -> Command:
    """A command without a profile: its answers are shown; the worst of their exit codes is the command's."""

    def call(options: argparse.Namespace) -> int:
        found, code = run(options), DONE
        for answer in [found] if isinstance(found, Answer) else found:
            show(answer, as_json=options.json)
            code = max(code, answer.code)
        return code

    return call


def _at_station(module: str, name: str) -> Command:
    """A command on the opened profile; heavy modules are loaded only for it."""

    def call(options: argparse.Namespace) -> int:
        import importlib

        from app.bootstrap import chosen_profile, open_station
        from app.cli.asking import ways_to_keys

        profile = chosen_profile(options.data)
        station = open_station(profile, ways_to_keys(profile), log_name="command")
        try:
            run = getattr(importlib.import_module(module), name)
            answer: Answer = run(options, station)
            show(answer, as_json=options.json)
        finally:
            station.close()
        return answer.code

    return call


def _late(module: str, name: str) -> Command:
    def call(options: argparse.Namespace) -> Any:
        import importlib

        return getattr(importlib.import_module(module), name)(options)

    return call


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="fixpoint", description="Fixpoint, the program of repair stations.")
    parser.add_argument("--data", metavar="DIR", help="the profile's folder (or FIXPOINT_DATA)")
    parser.add_argument("--json", action="store_true", help="answer with one JSON object")
    parser.add_argument("--lang", choices=("zh_CN", "en"), help="language of the answers")
    parser.set_defaults(run=_late("app.window", "run"))
    add = functools.partial(parser.add_subparsers(metavar="COMMAND").add_parser, parents=[_also_behind()])
    for group in (_scanning, _people, _orders, _care):
        group(add)
    return parser


def _also_behind() -> argparse.ArgumentParser:
    """The global options once more, for people who write them behind the command."""
    again = argparse.ArgumentParser(add_help=False, argument_default=argparse.SUPPRESS)
    again.add_argument("--data", metavar="DIR", help=argparse.SUPPRESS)
    again.add_argument("--json", action="store_true", help=argparse.SUPPRESS)
    again.add_argument("--lang", choices=("zh_CN", "en"), help=argparse.SUPPRESS)
    return again


def _scanning(add: AddCommand) -> None:
    scan = add("scan", help="read the codes in pictures and PDF files")
    scan.add_argument("files", nargs="+", metavar="FILE")
    scan.add_argument("--formats", type=given.text, help="only these, e.g. Code128,QRCode")
    scan.set_defaults(run=_answering(_late("app.cli.scanning", "scan")))
    photos = add("photos", help="match a phone's folder of pictures to orders by the slips and labels in them")
    photos.add_argument("folder", type=given.text, metavar="FOLDER")
    photos.add_argument("--apply", action="store_true", help="record visits, units and pictures")
    photos.set_defaults(run=_at_station("app.cli.photos", "photos"))
    verdict = add("verdict", help="the warranty verdict of a serial number")
    verdict.add_argument("serial", type=given.text)
    verdict.add_argument("--model", type=given.text)
    verdict.add_argument("--day", type=given.day, metavar="YYYY-MM-DD")
    verdict.add_argument("--invoice", type=given.day, metavar="YYYY-MM-DD", help="the invoice's date")
    verdict.add_argument("--price", type=given.fen, metavar="FEN", help="what was paid, for the sum of a refund")
    verdict.set_defaults(run=_answering(_late("app.cli.scanning", "verdict")))


def _people(add: AddCommand) -> None:
    enrol = add("enrol", help="make this computer a device of a place")
    enrol.add_argument("--hq", required=True, type=given.text, metavar="URL")
    enrol.add_argument("--code", required=True, type=given.text)
    enrol.add_argument("--ca", metavar="FILE", help="the authority of HQ's certificate, where the system knows none")
    enrol.set_defaults(run=_at_station("app.cli.people", "enrol"))
    log_in = add("login", help="log in; the password comes from standard input")
    log_in.add_argument("user", type=given.text)
    log_in.set_defaults(run=_at_station("app.cli.people", "log_in"))
    for name, function, says in (
        ("logout", "log_out", "end the session"),
        ("sync", "sync", "send and fetch everything once"),
    ):
        add(name, help=says).set_defaults(run=_at_station("app.cli.people", function))


def _orders(add: AddCommand) -> None:
    orders = add("orders", help="the orders of this place")
    orders.add_argument("--state", type=given.states, default=(), help="one or more states, comma separated")
    orders.add_argument("--text", type=given.text, help="words anywhere in an order")
    orders.add_argument("--limit", type=given.count, default=200, metavar="N")
    orders.set_defaults(run=_at_station("app.cli.orders", "orders"))
    order = add("order", help="one order with everything that belongs to it")
    order.add_argument("order", type=given.text, metavar="ID", help="id or number")
    order.set_defaults(run=_at_station("app.cli.orders", "order"))
    scans = add("scans", help="an order's scans: codes, bytes, pictures, what proves a serial number")
    scans.add_argument("order", type=given.text, metavar="ID", help="id or number")
    scans.set_defaults(run=_at_station("app.cli.scans", "scans"))
    actions = add("actions", help="every action and its arguments")
    actions.set_defaults(run=_answering(_late("app.cli.orders", "actions")))
    stock = add("parts", help="stock, requests, shipments, transfers or the parts account of this place")
    what = ("stock", "requests", "shipments", "transfers", "account")
    stock.add_argument("what", nargs="?", choices=what, default="stock")
    stock.add_argument("--text", type=given.text, help="words in number or name; looks in the whole catalogue")
    stock.add_argument("--part", type=given.text, metavar="NUMBER", help="one part: its moves, and where else it lies")
    stock.set_defaults(run=_at_station("app.cli.parts", "parts"))
    known = add("knowledge", help="search the knowledge base; one article or template; what this place proposed")
    known.add_argument("text", nargs="*", type=given.text, metavar="SEARCH", help="words, codes, part of a model")
    known.add_argument("--show", type=given.text, metavar="NUMBER", help="one article or template, whole")
    known.add_argument("--class", dest="product_class", type=given.text, metavar="CLASS", help="only for this class")
    known.add_argument("--model", type=given.text, help="only for this model; with --show its own parts")
    known.add_argument("--proposals", action="store_true", help="what was proposed here and what became of it")
    known.set_defaults(run=_at_station("app.cli.knowledge", "knowledge"))
    act = add("act", help="do an action as the person who is logged in")
    act.add_argument("action", type=given.text)
    act.add_argument("--order", type=given.text, metavar="ID", help="id or number")
    act.add_argument("--args", type=given.text, metavar="JSON", help="the details; - reads them from standard input")
    act.set_defaults(run=_at_station("app.cli.orders", "do"))


def _care(add: AddCommand) -> None:
    add("backup", help="back the local data up").set_defaults(run=_at_station("app.cli.care", "back_up_now"))
    restore = add("restore", help="put a backup back")
    restore.add_argument("which", nargs="?", help="the backup's name; the newest when absent")
    restore.set_defaults(run=_answering(_late("app.cli.care", "put_back")))
    rescue = add("rescue", help="unsent work into a file, or such a file to HQ from this machine")
    rescue.add_argument("way", choices=("export", "import"))
    rescue.add_argument("file", type=given.text, metavar="FILE")
    rescue.add_argument("--passphrase-file", type=given.text, metavar="FILE", help="its first line is the passphrase")
    rescue.set_defaults(run=_at_station("app.cli.rescue", "rescue"))
    wipe = add("wipe", help="remove this profile's data and keys; refused while work is unsent")
    wipe.add_argument("--rescue", type=given.text, metavar="FILE", help="first write what is unsent into this file")
    wipe.add_argument("--passphrase-file", type=given.text, metavar="FILE", help="its first line is the passphrase")
    wipe.add_argument("--yes", action="store_true", help="do not ask")
    wipe.set_defaults(run=_answering(_late("app.cli.rescue", "wipe")))
    op = add("op", help="what became of one operation")
    op.add_argument("operation", type=given.text, metavar="ID")
    op.set_defaults(run=_at_station("app.cli.mending", "operation"))
    parked = add("parked", help="what HQ refused at this place, and open conflicts")
    parked.set_defaults(run=_at_station("app.cli.mending", "parked"))
    redo = add("redo", help="withdraw a parked operation and do it again with other details")
    redo.add_argument("operation", type=given.text, metavar="ID")
    redo.add_argument("--args", type=given.text, metavar="JSON", help="what changes; - reads it from input")
    redo.set_defaults(run=_at_station("app.cli.mending", "redo"))
    doctor = add("doctor", help="look at everything the program depends on")
    doctor.add_argument("--with-hq", action="store_true", help="compare every row with HQ's and set right what differs")
    doctor.add_argument("--search", action="store_true", help="make the search of the knowledge base anew")
    doctor.set_defaults(run=_answering(_late("app.cli.care", "doctor")))


if __name__ == "__main__":
    sys.exit(main())
