"""``fixpoint scans``: what was scanned for an order, and what proves each unit's serial number."""

import argparse

import msgspec

from app.actions.desk import find_order
from app.bootstrap import Station
from app.cli.answer import Answer
from app.i18n import _
from core.refusals import Refusal
from core.scan_evidence import order_scans
from core.scan_lines import scan_lines


def scans(options: argparse.Namespace, station: Station) -> Answer:
    """The scans by their time; a picture is at hand when this device holds its bytes."""
    if station.store.device() is None:
        raise Refusal("not_enrolled")
    with station.store.reading() as rows:
        found = order_scans(find_order(rows, options.order), rows, station.now(), station.blobs.has)
    return Answer(msgspec.to_builtins(found), "\n".join(scan_lines(found, _)))
