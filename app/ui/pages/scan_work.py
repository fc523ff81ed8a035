"""What the scan page asks of the rooms below, each as one job off the interface thread."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from app.actions import act
from app.actions.attachments import Kept, keep_bytes, record_attachment
from app.actions.identify_unit import IdentifyAsked, read_label
from app.actions.judge_warranty import JudgeAsked
from app.actions.record_documents import DocumentsAsked
from app.offline_db.store import LocalRows
from app.queries.scanning import ScanTarget, stored_verdict, unit_card, verdict_for
from app.ui.bench import Bench
from app.ui.pages.scan_shot import Reading, Shot, jpeg_of, read_picture_file
from core.identifiers import LabelReading
from core.refusals import Refusal
from core.warranty import Verdict

#: Refusals of a picture that is kept after all when it is written anew, smaller.
_MADE_ANEW = {"file_too_large", "picture_unknown"}


class Used(NamedTuple):
    """What using a reading led to; `left_out` says why the picture could not be kept."""

    verdict: Verdict | None
    left_out: Refusal | None


def read_source(bench: Bench, source: Path | bytes, formats: Sequence[str]) -> Callable[[Any], Shot]:
    """The job that reads a picture or PDF for the ``formats`` of the label that is expected (empty: the usual ones)."""
    return lambda _progress: read_picture_file(source, bench.desk.now(), formats)


def judged(
    bench: Bench, shot: Shot, target: ScanTarget | None, earlier: Shot | None = None
) -> Callable[[LocalRows], Reading]:
    """The query that tells what a shot means; an earlier one is joined unless they can't be of one label: two serial
    numbers would tie, or a phone would have three IMEIs."""

    def query(rows: LocalRows) -> Reading:
        expected = target.model if target else None
        alone = read_label(shot.codes, rows, expected)
        whole, label = shot.joined(earlier), alone
        if whole.codes != shot.codes:
            both = read_label(whole.codes, rows, expected)
            whole, label = (shot, alone) if _contradict(alone, both) else (whole, both)
        return known(bench, rows, Reading(whole, label), target)

    return query


def _contradict(alone: LabelReading, both: LabelReading) -> bool:
    if any(code.reason.rule == "imei_more" for code in both.codes):
        return True
    return bool(both.tie) and alone.serial is not None


def known(bench: Bench, rows: LocalRows, reading: Reading, target: ScanTarget | None) -> Reading:
    """The reading with what is known of its unit."""
    serial = reading.serial
    if serial is None:
        return reading
    order_id = target.order_id if target else None
    today = bench.desk.today(rows)
    card = unit_card(rows, serial, today, but=order_id)
    model = reading.label.model or (card.unit.model if card.unit else None) or (target.model if target else None)
    verdict = verdict_for(rows, order_id or "", model, serial, today)
    return Reading(reading.shot, reading.label, card, verdict, reading.picked)


def use_reading(bench: Bench, reading: Reading, target: ScanTarget) -> Callable[[Any], Used]:
    """The job that identifies the unit by a reading, keeps its picture, and judges the warranty."""
    shot = reading.shot
    typed = shot.source == "typed"

    def job(_progress: Any) -> Used:
        kept, left_out = _kept(bench, shot)
        asked = IdentifyAsked(
            order_id=target.order_id,
            unit_id=target.unit_id,
            serial=reading.serial if typed or reading.picked else None,
            source=shot.source,
            device_name=shot.device[:200],
            codes=() if typed else shot.codes,
            picture_sha256=kept.sha256 if kept else None,
            scanned_at=shot.at,
            read_ms=round(shot.ms) if shot.ms else None,
        )
        act("identify_unit", asked, bench.desk)
        if kept is not None:
            record_attachment(target.order_id, "label", kept, bench.desk, shot.at)
        return Used(_judge(bench, target), left_out)

    return job


def use_invoice(bench: Bench, reading: Reading, target: ScanTarget) -> Callable[[Any], Used]:
    """The job that fills the papers from an invoice's QR code and judges again where the unit is identified."""
    shot = reading.shot
    text = next(
        code.text for code, found in zip(shot.codes, reading.label.codes, strict=True) if found.chosen_as == "invoice"
    )

    def job(_progress: Any) -> Used:
        kept, left_out = _kept(bench, shot)
        asked = DocumentsAsked(order_id=target.order_id, unit_id=target.unit_id, invoice=text)
        act("record_documents", asked, bench.desk)
        if kept is not None:
            record_attachment(target.order_id, "invoice", kept, bench.desk, shot.at)
        return Used(_judge(bench, target) if target.serial else None, left_out)

    return job


def _judge(bench: Bench, target: ScanTarget) -> Verdict | None:
    asked = JudgeAsked(order_id=target.order_id, unit_id=target.unit_id)
    act("judge_warranty", asked, bench.desk)
    with bench.store.reading() as rows:
        return stored_verdict(rows, target.order_id, target.unit_id)


def _kept(bench: Bench, shot: Shot) -> tuple[Kept | None, Refusal | None]:
    """The kept picture; one that is too large or of another kind is written anew. A picture never stops the work."""
    if shot.picture is None:
        return None, None
    try:
        return keep_bytes(shot.picture, bench.desk, shot.device), None
    except Refusal as refusal:
        if refusal.code not in _MADE_ANEW or shot.image is None or shot.image.isNull():
            return None, refusal
    try:
        return keep_bytes(jpeg_of(shot.image), bench.desk, shot.device), None
    except Refusal as refusal:
        return None, refusal
