"""``init``: a new headquarters, empty or with sample data; never over one that exists."""

import argparse
import hashlib
from datetime import date, timedelta

from core.refusals import Refusal
from core.rows.settlement import Statement, StatementLine
from hq.cli.context import Answer, Context, is_initialised
from hq.feed import Blobs, load, load_registry, work
from hq.identity import establish
from hq.sample import Sample, photos, sample, signatures
from hq.sample.documents import documents, product_classes
from hq.sample.memory import MemoryRows
from hq.settlement.desk import publish
from hq.store import Store
from hq.warranty.history import sell

__all__ = ["add", "run"]
_LOCAL = timedelta(hours=8)


def add(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> argparse.ArgumentParser:
    """Declare the command."""
    parser = commands.add_parser("init", help="make a new headquarters, with sample data if wanted")
    parser.add_argument("--sample", action="store_true", help="fill it with three months of a maker's service network")
    parser.add_argument("--as-of", type=date.fromisoformat, metavar="DAY", help="the sample's day (today)")
    parser.add_argument("--stations", type=_number(1, 500), default=12)
    parser.add_argument("--units", type=_number(600, 20_000_000), default=50_000)
    parser.add_argument("--orders", type=_number(0, 200_000), default=600)
    return parser


def _number(least: int, most: int) -> type[int]:
    def read(text: str) -> int:
        number = int(text)
        if not least <= number <= most:
            raise argparse.ArgumentTypeError(f"must be {least} to {most}")
        return number

    return read  # type: ignore[return-value]


def run(chosen: Context, options: argparse.Namespace) -> Answer:
    """Make it; raises Refusal ``hq_database_not_empty``."""
    with chosen.any_store() as store:
        if is_initialised(store):
            raise Refusal("hq_database_not_empty", database=chosen.shown)
        store.upgrade()
        if not options.sample:
            _plain(store, chosen)
            establish(store, chosen.now())
            return Answer(
                {"ok": True, "database": chosen.shown, "accounts": []}, chosen.gettext("The headquarters is made.")
            )
        day = options.as_of or (chosen.now() + _LOCAL).date()
        if options.units < 10 * options.orders:
            raise Refusal("arguments_invalid", action="init", problem="--units must be at least 10 times --orders")
        made = sample(day, stations=options.stations, units=options.units, orders=options.orders)
        _fill(store, made, chosen)
        establish(store, chosen.now())
    return Answer(_facts(made, chosen), _text(made, chosen))


def _plain(store: Store, chosen: Context) -> None:
    """The shipped policies, tariffs, codes and patterns, so that the first import has what to stand on."""
    now = chosen.now()
    with work(store) as doing:
        load(doing, [*product_classes(), *documents(now, (now + _LOCAL).date())])


def _fill(store: Store, made: Sample, chosen: Context) -> None:
    """Rows, registry and the statements' documents in one transaction; HQ's identity comes last, as the mark of it."""
    rows = MemoryRows()
    for row in made.rows:
        rows.put(row)
    with work(store) as doing:
        load(doing, made.rows)
        load_registry(doing, made.units)
        sell(doing.beside, made.contracts)
        for statement in rows.find(Statement):
            lines = tuple(rows.find(StatementLine, statement_id=statement.id))
            publish(doing, rows, statement, lines, chosen.now())
    blobs = Blobs(store, chosen.data / "blobs")
    for picture in (*signatures.pictures(), *photos.pictures()):
        name = hashlib.sha256(picture).hexdigest()
        blobs.append(
            name,
            picture,
            offset=0,
            total=len(picture),
            media_type=signatures.MEDIA_TYPE,
            device_id="",
            now=chosen.now(),
        )


def _facts(made: Sample, chosen: Context) -> dict[str, object]:
    accounts = [account._asdict() for account in made.accounts]
    story = made.story._asdict()
    return {
        "ok": True,
        "database": chosen.shown,
        "as_of": made.as_of,
        "rows": len(made.rows),
        "units": len(made.units),
        "accounts": accounts,
        "story": story,
    }


def _text(made: Sample, chosen: Context) -> str:
    head = chosen.gettext("The headquarters is made, with {rows} rows and {units} registered units.")
    lines = [head.format(rows=len(made.rows), units=len(made.units))]
    for login, password, role, name, place, place_name, _ in made.accounts:
        lines.append(f"{login:<12} {password}  {role:<20} {place:<5} {place_name} {name}")
    return "\n".join(lines)
