"""The verdict page and the repair receipt say what the rows say: covers, reasons, fees, the guarantee's last day."""

import re
from dataclasses import replace
from datetime import timedelta
from typing import Any

import msgspec
import pytest

from app import i18n
from app.queries.receipt_paper import receipt_facts
from app.queries.verdict_paper import verdict_facts
from app.ui.printing.paper import Facts, Notice, Paper, Table, Words
from app.ui.printing.repair_receipt import receipt_paper
from app.ui.printing.verdict_page import verdict_paper
from core.refusals import Refusal
from core.roles import PlaceKind
from core.rows.orders import FeeLine, OrderUnit, Quotation, TimelineEntry, WorkOrder
from core.warranty import Outcome
from core.work_order import State
from tests.unit import world as w
from tests.unit.test_claiming import fitted, goodwill, worked
from tests.unit.world import MemoryRows, an_id, an_order

HQ = w.place(an_id("hq"), PlaceKind.HQ, "康威总部", an_id("hq"))
DONE = w.NOW + timedelta(hours=1)


def finished(*fees: FeeLine, if_goodwill: int | None = None) -> MemoryRows:
    """A completed order, out of warranty for its board, with a signed quotation of these lines."""
    rows = worked(HQ, fitted(payer="customer"))
    rows.put(
        Quotation(
            id=an_id("q"), branch_id=w.BRANCH, station_id=w.STATION, order_id=w.ORDER, lines=fees,
            total_fen=sum(fee.amount_fen for fee in fees), if_goodwill_fen=if_goodwill, price_list="2026-01",
            signed_by="陈静", signature_sha256="0" * 64, signed_at=w.NOW,
        )
    )  # fmt: skip
    order = rows.get(WorkOrder, w.ORDER)
    assert order is not None
    rows.put(msgspec.structs.replace(order, state=State.COMPLETED, completed_at=DONE, result="更换后正常"))
    return rows


VISIT = FeeLine(kind="visit", text="visit", amount_fen=5_000)
BOARD = FeeLine(kind="part", text="主板", part_id=w.PART, amount_fen=38_000)
FREE = FeeLine(kind="visit", text="visit", amount_fen=0, reason="in_warranty")
EMPTY = FeeLine(kind="distance", text="distance", amount_fen=0)


def cells(paper: Paper, heading: str) -> list[tuple[str, ...]]:
    """The rows of the table under a heading, the total last."""
    (table,) = (one for one in paper.blocks if isinstance(one, Table) and one.heading == heading)
    return [tuple(row) for row in (*table.rows, *((table.total,) if table.total else ()))]


def said(paper: Paper) -> str:
    """Everything on the paper."""
    words: list[str] = [paper.title, paper.number, paper.maker, paper.place, paper.footnote]
    for block in paper.blocks:
        if isinstance(block, Facts):
            words += [f"{label}: {value}" for label, value in block.rows]
        elif isinstance(block, Table):
            words += [block.heading, *(cell for row in block.rows for cell in row)]
        elif isinstance(block, Notice):
            words += [block.title, block.words]
        elif isinstance(block, Words):
            words.append(block.words)
    return "\n".join(words)


def test_a_paid_repair_lists_each_fee_with_its_reason_and_holds_for_90_days() -> None:
    paper = receipt_paper(receipt_facts(finished(VISIT, BOARD, EMPTY), w.ORDER))
    assert cells(paper, "What the customer pays") == [
        ("Visit fee", "Main parts only, price list 2026-01", "¥50.00"),
        ("Main board", "Main parts only, price list 2026-01", "¥380.00"),
        ("To pay", "signed by 陈静, 2026-11-20", "¥430.00"),
    ]
    assert cells(paper, "Parts put in") == [("MB-5535", "Main board", "1", "—", "Customer", "")]
    words = said(paper)
    assert "90 days, until 2027-02-18" in words
    assert "The same fault" in words
    assert "Received (¥)" in {label for block in paper.blocks for label in getattr(block, "labels", ())}
    assert "康威总部" in words
    assert "Result: 更换后正常" in words


def test_a_free_repair_says_why_and_holds_for_30_days() -> None:
    paper = receipt_paper(receipt_facts(finished(FREE), w.ORDER))
    assert cells(paper, "What the customer pays") == [
        ("Visit fee", "free: In warranty", "¥0.00"),
        ("To pay", "signed by 陈静, 2026-11-20", "¥0.00"),
    ]
    assert "30 days, until 2026-12-20" in said(paper)
    assert not any(hasattr(block, "labels") for block in paper.blocks)


def test_granted_goodwill_is_taken_off_what_was_signed_and_the_lines_add_up() -> None:
    rows = finished(VISIT, BOARD, if_goodwill=1_000)
    assert receipt_facts(rows, w.ORDER).total_fen == 43_000
    goodwill(rows)
    facts = receipt_facts(rows, w.ORDER)
    assert (facts.total_fen, facts.goodwill_fen) == (1_000, 42_000)
    assert sum(fee.amount_fen for fee in facts.fees) - facts.goodwill_fen == facts.total_fen
    assert ("Granted by the maker", "goodwill", "-¥420.00") in cells(receipt_paper(facts), "What the customer pays")


def test_a_refused_goodwill_leaves_the_whole_sum() -> None:
    rows = finished(VISIT, BOARD, if_goodwill=1_000)
    goodwill(rows, approved=False)
    assert receipt_facts(rows, w.ORDER).total_fen == 43_000


def test_there_is_no_receipt_before_the_end_and_no_page_before_the_verdict() -> None:
    for query, rows, code in (
        (receipt_facts, worked(), "receipt_too_early"),
        (verdict_facts, w.a_world(), "no_verdict"),
        (verdict_facts, MemoryRows(), "order_unknown"),
        (receipt_facts, MemoryRows(), "order_unknown"),
    ):
        with pytest.raises(Refusal) as caught:
            query(rows, w.ORDER)
        assert caught.value.code == code


def test_the_page_tells_each_cover_what_has_ended_and_what_it_rests_on() -> None:
    rows = worked(HQ)
    facts = verdict_facts(rows, w.ORDER)
    assert facts.verdict.outcome is Outcome.MAIN_PARTS_ONLY
    paper = verdict_paper(facts)
    covers = cells(paper, "What is covered, and how long")
    assert covers[0] == ("Whole unit", "2025-11-09", "2026-11-09", "0", "12 months by law, from the invoice date")
    assert covers[1][1:] == ("2025-11-09", "2028-11-09", "0", "36 months by law, from the invoice date")
    assert "Display panel" in covers[1][0]
    ended = cells(paper, "What is not covered, and why")
    assert ended[0][0] == "Whole unit"
    assert "11 days ago" in ended[0][1]
    assert ("Invoice", "0123", "2025-11-09") in cells(paper, "What the verdict rests on")
    assert "law-tv-lcd v1" in paper.footnote
    assert facts.verdict_id in paper.footnote


def test_days_added_are_told_with_the_orders_they_come_from() -> None:
    earlier = an_order(
        id=an_id("earlier"), number="SZ-260301-0007", state=State.CLOSED,
        started_at=w.NOW - timedelta(days=200), completed_at=w.NOW - timedelta(days=196),
    )  # fmt: skip
    unit = OrderUnit(
        id=an_id("earlier unit"), branch_id=w.BRANCH, station_id=w.STATION, order_id=earlier.id, serial=w.SERIAL
    )
    common: dict[str, Any] = {"branch_id": w.BRANCH, "station_id": w.STATION, "order_id": earlier.id, "person_id": None}
    waits = [
        TimelineEntry(id=an_id(name), action=name, at=w.NOW - timedelta(days=days), **common)
        for name, days in (("wait_for_parts", 199), ("resume_work", 198))
    ]
    paper = verdict_paper(verdict_facts(worked(earlier, unit, *waits), w.ORDER))
    covers = cells(paper, "What is covered, and how long")
    assert {row[3] for row in covers} == {"5"}
    assert covers[0][2] == "2026-11-14"
    assert cells(paper, "Days you were without the unit, which are added") == [
        ("SZ-260301-0007", "In repair", "2026-05-04", "2026-05-08"),
        ("SZ-260301-0007", "Waiting for parts", "2026-05-05", "2026-05-06"),
    ]


def test_papers_that_are_no_good_end_the_cover_and_are_named() -> None:
    rows = worked(HQ)
    unit = rows.find(OrderUnit, order_id=w.ORDER)[0]
    rows.put(msgspec.structs.replace(unit, document_problem="altered"))
    facts = verdict_facts(rows, w.ORDER)
    assert "The papers were altered." in verdict_paper(facts).footnote
    refused = msgspec.structs.replace(
        facts.verdict, outcome=Outcome.OUT_OF_WARRANTY, reasons=facts.verdict.reasons[:0], remedies=()
    )
    ended = cells(verdict_paper(replace(facts, verdict=refused)), "What is not covered, and why")
    assert ended[0][0] == "Whole unit and all parts"
    asked = msgspec.structs.replace(refused, outcome=Outcome.NEEDS_REVIEW)
    assert cells(verdict_paper(replace(facts, verdict=asked)), "What is not decided yet, and why")


def test_headquarters_other_verdict_and_goodwill_are_said_first() -> None:
    rows = worked(HQ)
    goodwill(rows)
    facts = replace(verdict_facts(rows, w.ORDER), hq_outcome="out_of_warranty")
    (notice,) = (one for one in verdict_paper(facts).blocks if isinstance(one, Notice))
    assert notice.title == "Main parts only, and goodwill was granted"
    assert "Headquarters judged otherwise since: Out of warranty" in notice.words


def test_both_papers_are_wholly_chinese_in_chinese() -> None:
    rows = finished(VISIT, BOARD)
    with i18n.speaking("zh_CN"):
        words = said(verdict_paper(verdict_facts(rows, w.ORDER))) + said(receipt_paper(receipt_facts(rows, w.ORDER)))
    assert set(re.findall(r"[A-Za-z]{4,}", words)) == set(), "English in a Chinese paper"


def test_the_last_day_of_the_guarantee_is_the_stations_own_day() -> None:
    rows = finished(VISIT)
    order = rows.get(WorkOrder, w.ORDER)
    assert order is not None
    late = order.reported_at.replace(hour=17, minute=30)  # already the next day at the station
    rows.put(msgspec.structs.replace(order, completed_at=late))
    facts = receipt_facts(rows, w.ORDER)
    assert facts.holds_until == late.date() + timedelta(days=1) + timedelta(days=90)
