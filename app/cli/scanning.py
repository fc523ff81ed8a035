"""``fixpoint scan`` and ``fixpoint verdict``: work before enrolment with the shipped patterns and policies."""

import argparse
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import msgspec

from app.actions.identify_unit import read_codes, read_label
from app.bootstrap import chosen_profile, open_station
from app.cli.answer import Answer, exit_code, refusal_facts, sentence
from app.cli.asking import ways_to_keys
from app.i18n import _
from app.offline_db import device
from app.offline_db.store import LocalRows, utc_now
from app.queries.remedies import advice_lines
from core.identifiers import LabelReading
from core.judging import Asked, advise_serial, local_day, typed_serial
from core.refusals import Refusal
from core.rows.access import Rows
from core.visible import shown
from core.warranty import Documents, Verdict
from core.words import word
from rowstore.shipped import ShippedRows

#: Why the station's own rows may not be at hand: then the shipped ones serve.
_NOT_AT_HAND = {"passphrase_needed", "key_store_locked", "key_store_failed", "not_enrolled"}


@contextmanager
def known_rows(options: argparse.Namespace) -> Iterator[Rows]:
    """The enrolled station's rows, or the shipped documents."""
    profile = chosen_profile(options.data)
    if not profile.has_database:
        yield ShippedRows()
        return
    try:
        station = open_station(profile, ways_to_keys(profile), log_name="command")
    except Refusal as refusal:
        if refusal.code not in _NOT_AT_HAND:
            raise
        yield ShippedRows()
        return
    try:
        if station.store.device() is None:
            yield ShippedRows()
        else:
            with station.store.reading() as rows:
                yield rows
    finally:
        station.close()


def scan(options: argparse.Namespace) -> Iterator[Answer]:
    """One answer per file; a file that can't be read answers with its refusal."""
    formats = _formats(options.formats)
    with known_rows(options) as rows:
        for file in options.files:
            yield _scanned(file, rows, formats)


def _formats(given: str | None) -> tuple[str, ...]:
    """The symbologies to look for: all, or those that are named (in any case of letters)."""
    from app.scanner.engines import EVERY_FORMAT  # OpenCV and the engines take a moment: only this command pays for it

    if given is None:
        return EVERY_FORMAT
    known = {name.lower(): name for name in EVERY_FORMAT}
    named = [name.strip() for name in given.split(",") if name.strip()]
    unknown = [name for name in named if name.lower() not in known]
    if unknown or not named:
        raise Refusal("format_unknown", format=", ".join(unknown) or given, formats=", ".join(EVERY_FORMAT))
    return tuple(known[name.lower()] for name in named)


def _scanned(file: str, rows: Rows, formats: tuple[str, ...]) -> Answer:
    from app.scanner.acceptance import is_sure
    from app.scanner.pdfs import read_file

    try:
        reading = read_file(Path(file), formats)
    except Refusal as refusal:
        named = Refusal(refusal.code, **{**refusal.facts, "file": file})  # as it was given, not its last part alone
        return Answer({"file": file, "codes": [], **refusal_facts(named)}, sentence(named), exit_code(named))
    label = read_label(read_codes(reading.codes), rows, None)
    codes = [
        {
            "format": code.format,
            "text": shown(code.text),
            "symbology_id": code.symbology_id,
            "chosen_as": judged.chosen_as,
            "sure": is_sure(code),
            "engine": code.engine,
            "agreed": code.agreed,
            "page": code.page or None,
            "doubtful": code.doubtful,
        }
        for code, judged in zip(reading.codes, label.codes, strict=True)
    ]
    facts: dict[str, object] = {"file": file, "codes": codes, "ms": round(reading.ms, 1)}
    lines = [f"  {code['format']:<12} {code['text']}  {_told(code)}" for code in codes]
    notice = _notice(label)
    if notice:
        facts["notice"] = refusal_facts(notice)
        lines.append(f"  {sentence(notice)}")
    return Answer(facts, "\n".join([file, *lines]))


def _notice(label: LabelReading) -> Refusal | None:
    """Why the codes of a picture tell no unit, invoice, order or old part; reading them was done all the same."""
    if not label.codes:
        return Refusal("label_no_code")
    told = label.serial or label.invoice or label.order or label.old_part
    return None if told else label.refusal()


def _told(code: dict[str, Any]) -> str:
    """What a code was chosen as, where it stands, and whether its characters are sure."""
    chosen = f"← {_(word('chosen_as', code['chosen_as']))}" if code["chosen_as"] else ""
    page = _("page {n}").format(n=code["page"]) if code["page"] else ""
    doubts = (_("uncertain text") if code["doubtful"] else "", "" if code["sure"] else _("(please check)"))
    return "  ".join(filter(None, (chosen, page, *doubts)))


def verdict(options: argparse.Namespace) -> Answer:
    """The warranty verdict of a serial number, from what this computer knows."""
    papers = Documents(invoice_date=options.invoice)
    with known_rows(options) as rows:
        day = options.day or _today(rows)
        serial = typed_serial(options.serial)
        advised = advise_serial(options.model or "", serial, day, rows, Asked(documents=papers), options.price)
    found = advised.verdict
    too_early = next((reason for reason in found.reasons if reason.rule == "day_before_manufacture"), None)
    if too_early:
        raise Refusal("day_before_manufacture", **too_early.facts)
    facts = verdict_facts(found) | {"remedies": msgspec.to_builtins(advised.advice)}
    return Answer(facts, "\n".join([verdict_text(found), *advice_lines(advised.advice)]))


def _today(rows: Rows) -> date:
    """The day at this station; before enrolment the computer's."""
    if isinstance(rows, LocalRows):
        return local_day(rows, device.require(rows.connection).place_id, utc_now())
    return datetime.now(UTC).astimezone().date()


def verdict_facts(found: Verdict) -> dict[str, object]:
    """The fixed JSON form of a verdict."""
    return {
        "outcome": found.outcome.value,
        "model": found.model,
        "serial": found.serial,
        "days_over": found.days_over,
        "covers": [
            {
                "part": cover.part,
                "from": cover.from_day.isoformat(),
                "to": cover.to_day.isoformat(),
                "by": cover.by,
                "days_added": cover.days_added,
            }
            for cover in found.covers
        ],
        "reasons": [{"rule": reason.rule, "facts": reason.facts} for reason in found.reasons],
        "proof": [{"rule": step.rule, "facts": step.facts} for step in found.proof],
    }


def verdict_text(found: Verdict) -> str:
    """The verdict in words."""
    from app.queries.verdicts import proof_lines, reason_lines

    return "\n".join([_(word("outcome", found.outcome.value)), *reason_lines(found), *proof_lines(found)])
