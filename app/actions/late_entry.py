"""Late entry is recorded: visit's begin, invoice, labels' units, pictures; each by itself, twice does no harm."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import msgspec

from app.actions import identify_unit, judge_warranty, record_documents
from app.actions.attachments import keep_bytes, record_attachment
from app.actions.desk import Desk, find_order
from app.actions.identify_unit import IdentifyAsked
from app.actions.judge_warranty import JudgeAsked
from app.actions.phone_pictures import Seen, Steps, kept_form
from app.actions.record_documents import DocumentsAsked
from core.late_entry import Group, Placed
from core.late_papers import papers_to_record, recorded_of
from core.operations.start_work import StartWork
from core.refusals import Refusal
from core.rows.orders import Attachment, OrderUnit
from core.warranty import DocumentProblem
from core.work_order import State

_BEFORE_VISIT = frozenset({State.ACCEPTED, State.SCHEDULED})


class Entered(msgspec.Struct, frozen=True, kw_only=True):
    """What came of it: hashes of the pictures attached now and of those that were there already; what failed and why.

    ``identified``, ``begun`` and ``invoices`` name orders. ``stopped``: a person ended it before the last picture.
    """

    attached: tuple[str, ...] = ()
    already: tuple[str, ...] = ()
    identified: tuple[str, ...] = ()
    begun: tuple[str, ...] = ()
    invoices: tuple[str, ...] = ()
    failed: tuple[tuple[str, Refusal], ...] = ()
    stopped: bool = False


class _Tally:
    """Counts while it goes on; a refusal of one step leaves the others."""

    def __init__(self) -> None:
        self.attached: list[str] = []
        self.already: list[str] = []
        self.identified: list[str] = []
        self.begun: list[str] = []
        self.invoices: list[str] = []
        self.failed: list[tuple[str, Refusal]] = []

    def tried(self, what: str, call: Callable[[], object]) -> None:
        """Do it, or keep its refusal."""
        try:
            call()
        except Refusal as refusal:
            self.failed.append((what, refusal))

    def answer(self, *, stopped: bool) -> Entered:
        """What came of it."""
        return Entered(
            attached=tuple(self.attached),
            already=tuple(self.already),
            identified=tuple(self.identified),
            begun=tuple(self.begun),
            invoices=tuple(self.invoices),
            failed=tuple(self.failed),
            stopped=stopped,
        )


def enter(groups: Sequence[Group], seen: Mapping[str, Seen], desk: Desk, steps: Steps) -> Entered:
    """Record every group that has an order; ``seen`` is by the pictures' hashes. Labels come before other pictures."""
    tally, done = _Tally(), 0
    total = sum(len(group.placed) for group in groups if group.order_id)
    for group in groups:
        order_id = group.order_id
        if order_id is None:
            continue
        _begin(order_id, group, desk, tally)
        _record_papers(order_id, [seen[one.picture.sha256] for one in group.placed], desk, tally)
        attached = _attached(order_id, desk)
        for one in sorted(group.placed, key=lambda one: one.picture.kind != "label"):
            if steps.cancelled:
                return tally.answer(stopped=True)
            steps.step(done, total)
            _enter_one(order_id, one, seen[one.picture.sha256], attached, desk, tally)
            done += 1
    steps.step(done, total)
    return tally.answer(stopped=False)


def _begin(order_id: str, group: Group, desk: Desk, tally: _Tally) -> None:
    """The visit began with its first picture whose time is sure, whenever that is entered."""
    with desk.store.reading() as rows:
        waits = find_order(rows, order_id).state in _BEFORE_VISIT
    if waits and group.first is not None:
        args = StartWork(order_id=order_id, began_at=group.first)

        def begin() -> None:
            desk.store.record("start_work", args, desk.person_id)
            tally.begun.append(order_id)

        tally.tried(order_id, begin)


def _record_papers(order_id: str, pictures: Sequence[Seen], desk: Desk, tally: _Tally) -> None:
    """The invoice in the pictures, where the unit has no other: before the unit is judged by it."""
    with_invoice = [one for one in pictures if one.invoice]
    with desk.store.reading() as rows:
        units = sorted(rows.find(OrderUnit, order_id=order_id), key=lambda unit: unit.position)
    invoice, _rule = papers_to_record([one.invoice for one in with_invoice if one.invoice], recorded_of(units))
    if invoice is None:
        return
    unit = units[0]
    asked = DocumentsAsked(
        order_id=order_id,
        unit_id=unit.id,
        invoice_number=invoice.key,
        invoice_date=invoice.date,
        invoice_fen=invoice.amount_fen,
        problem=DocumentProblem(unit.document_problem) if unit.document_problem else None,
    )

    def record() -> None:
        record_documents.run(asked, desk)
        tally.invoices.append(order_id)
        if unit.serial:
            judge_warranty.run(JudgeAsked(order_id=order_id, unit_id=unit.id), desk)

    tally.tried(with_invoice[0].path, record)


def _attached(order_id: str, desk: Desk) -> set[str]:
    with desk.store.reading() as rows:
        return {one.sha256 for one in rows.find(Attachment, order_id=order_id)}


def _enter_one(order_id: str, one: Placed, seen: Seen, attached: set[str], desk: Desk, tally: _Tally) -> None:
    sha256 = one.picture.sha256
    unit_id = _unit_to_identify(order_id, seen, desk)
    if unit_id is not None:
        tally.tried(seen.path, lambda: _identify(order_id, unit_id, seen, desk, tally))
    if sha256 in attached:
        tally.already.append(sha256)
        return

    def attach() -> None:
        kept = keep_bytes(_unchanged(seen), desk, one.picture.name)
        record_attachment(order_id, one.picture.kind, kept, desk, one.picture.sure_time)
        attached.add(sha256)
        tally.attached.append(sha256)

    tally.tried(seen.path, attach)


def _unit_to_identify(order_id: str, seen: Seen, desk: Desk) -> str | None:
    """The order's first unit that nobody identified yet; None when the label's unit is known to be one of them."""
    if seen.serial is None:
        return None
    with desk.store.reading() as rows:
        units = sorted(rows.find(OrderUnit, order_id=order_id), key=lambda unit: unit.position)
    if any(unit.serial == seen.serial for unit in units):
        return None
    return next((unit.id for unit in units if unit.serial is None), None)


def _identify(order_id: str, unit_id: str, seen: Seen, desk: Desk, tally: _Tally) -> None:
    asked = IdentifyAsked(
        order_id=order_id,
        unit_id=unit_id,
        source="picture",
        device_name=seen.picture.name[:200],
        codes=seen.codes,
        picture_sha256=seen.picture.sha256,
        scanned_at=seen.picture.sure_time,
        read_ms=seen.read_ms,
    )
    identify_unit.run(asked, desk)
    tally.identified.append(order_id)
    judge_warranty.run(JudgeAsked(order_id=order_id, unit_id=unit_id), desk)


def _unchanged(seen: Seen) -> bytes:
    """The picture's bytes as they were looked at; refuses a file that is another one by now."""
    from app.scanner.pictures import read_bytes

    data, name = read_bytes(Path(seen.path))
    kept = kept_form(data, name)
    if hashlib.sha256(kept).hexdigest() != seen.picture.sha256:
        raise Refusal("file_changed", file=name)
    return kept
