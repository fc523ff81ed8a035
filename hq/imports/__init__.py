"""Imports from files: every row is read and proved first, then all are written in one transaction."""

from datetime import datetime
from pathlib import Path

from core.refusals import Refusal
from hq.feed import work
from hq.imports import catalogue, contracts, documents, knowledge, network, registry
from hq.imports.reading import Reading, read_rows, rows_of
from hq.store import Store

_BY_KIND = {
    "tariff": documents.tariff,
    "policy": documents.policy,
    "price_list": documents.price_list,
    "approval_rules": documents.approval_rules,
    "parts_policy": documents.parts_policy,
    "fault_codes": documents.fault_codes,
    "measurements": documents.measurements,
    "serial_patterns": documents.serial_patterns,
    "sla": documents.sla,
    "dispatch": documents.dispatch,
    "models": catalogue.models,
    "parts": catalogue.parts,
    "people": network.people,
    "places": network.places,
    "registry": registry.units,
    "campaign": documents.campaign,
    "contracts": contracts.bought,
    "articles": knowledge.articles,
    "job_templates": knowledge.job_templates,
}
KINDS = tuple(_BY_KIND)
_MOST_SHOWN = 100_000


def import_file(store: Store, kind: str, path: Path, now: datetime, *, dry_run: bool = False) -> int:
    """Import the file and return its number of rows; with ``dry_run`` nothing is written.

    Raises Refusal ``import_invalid`` with the bad rows (the first hundred thousand) and what is wrong with each.
    """
    return _import(store, kind, read_rows(path), now, dry_run)


def import_bytes(store: Store, kind: str, name: str, data: bytes, now: datetime, *, dry_run: bool = False) -> int:
    """The same for a file that came over the line."""
    return _import(store, kind, rows_of(name, data), now, dry_run)


def _import(store: Store, kind: str, reading: Reading, now: datetime, dry_run: bool) -> int:
    with work(store) as doing:
        write = _BY_KIND[kind](reading, doing, now)
        _refuse_bad(reading)
        if not dry_run:
            write()
    return reading.total


def _refuse_bad(reading: Reading) -> None:
    if reading.bad:
        shown = [f"{row}: {problem}" for row, problem in sorted(reading.bad)[:_MOST_SHOWN]]
        count = len({row for row, _ in reading.bad})
        raise Refusal("import_invalid", count=count, total=reading.total, rows=shown)
