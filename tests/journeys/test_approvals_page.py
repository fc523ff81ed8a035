"""Approvals: the branch manager decides with the keyboard alone."""

import hashlib
import io
from datetime import timedelta

import msgspec
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from sqlalchemy import select

from app.offline_db.schema import operation
from app.ui.pages.approvals import ApprovalsPage, approvals_page
from app.ui.pages.approvals_photo import PhotoView
from app.ui.widgets import KeyValueGrid, Link
from core.ids import derive
from core.rows import Row
from core.rows.orders import (
    ApprovalDecision,
    ApprovalKind,
    ApprovalLevel,
    ApprovalQuestion,
    ApprovalRequest,
    OrderUnit,
    WorkOrder,
)
from core.rows.people import Deputy
from core.work_order import State
from tests.journeys.places import NOW, ROOT, person_named, story_at_work, trade
from tests.journeys.test_order_page import close, print_window
from tools.labels import photograph, product_label


def photo() -> bytes:
    """A photo of the label, as the technician attached it."""
    facts, file = trade().story, io.BytesIO()
    photograph(product_label(facts.model, facts.serial, facts.gtin[-13:])).save(file, "JPEG")
    return file.getvalue()


def waiting(place: int, over: int, fen: int, sha256: str | None) -> list[Row]:
    """An order that waits for the branch, its unit, and the request."""
    order, unit = story_at_work()
    assert isinstance(order, WorkOrder) and isinstance(unit, OrderUnit)
    order_id, facts = derive(ROOT, f"waiting {place}"), trade().story
    order = msgspec.structs.replace(
        order,
        id=order_id,
        number=f"SZ-260316-08{place:02d}",
        state=State.WAITING_APPROVAL,
        held_from=State.IN_PROGRESS,
    )
    unit = msgspec.structs.replace(
        unit, id=derive(ROOT, f"unit {place}"), order_id=order_id, model=facts.model, serial=facts.serial
    )
    subject = [ApprovalKind.GOODWILL, over, fen, [(unit.model, unit.serial, unit.verdict_id)]]
    request = ApprovalRequest(
        id=derive(ROOT, f"request {place}"),
        version=1,
        branch_id=order.branch_id,
        station_id=order.station_id,
        order_id=order_id,
        kind=ApprovalKind.GOODWILL,
        rule="goodwill.days_over",
        days_over=over,
        amount_fen=fen,
        reason="整机过保数日，老用户，恳请特批",
        photo_sha256=sha256,
        subject_hash=hashlib.sha256(msgspec.json.encode(subject)).hexdigest(),
        asked_by=person_named("liwei").id,
        asked_at=NOW - timedelta(hours=5 - place),
    )
    return [order, unit, request]


def shown(at_work, qtbot):
    """The page with two requests; the first has a photo."""
    data = photo()
    rows = waiting(1, 11, 23_800, hashlib.sha256(data).hexdigest()) + waiting(2, 41, 46_000, None)
    work = at_work("wangfang", {"approvals": approvals_page}, rows=rows)
    work.bench.blobs.put(data)
    page = work.page
    assert isinstance(page, ApprovalsPage)
    qtbot.waitUntil(page.card.approve_button.isEnabled, timeout=10_000)
    page.load()
    qtbot.waitUntil(lambda: bool(page.card.findChildren(PhotoView)), timeout=10_000)
    return work, page


def decisions(work, request_id: str) -> list[ApprovalDecision]:
    with work.opened.store.reading() as rows:
        return list(rows.find(ApprovalDecision, request_id=request_id))


def test_the_branch_approves_and_refuses_by_keyboard(at_work, qtbot, every_look):
    work, page = shown(at_work, qtbot)
    every_look(work.shell, "approvals")
    first = page.table.current_id()
    assert page._lines[first].subject_hash
    page.table.setFocus()
    QTest.keyClick(page.table, Qt.Key.Key_A)
    qtbot.waitUntil(lambda: bool(decisions(work, first)), timeout=10_000)
    assert decisions(work, first)[0].approved
    assert decisions(work, first)[0].subject_hash == page._lines[first].subject_hash
    qtbot.waitUntil(lambda: page._lines[first].decided is not None, timeout=10_000)
    second = page.table.current_id()
    if second:
        qtbot.waitUntil(page.card.refuse_button.isEnabled, timeout=10_000)
        QTest.keyClick(page.table, Qt.Key.Key_R)
        assert page.card.reason.hasFocus()
        QTest.keyClicks(page.card.reason, "rate too high")
        QTest.keyClick(page.card.reason, Qt.Key.Key_Return)
        qtbot.waitUntil(lambda: bool(decisions(work, second)), timeout=10_000)
        assert not decisions(work, second)[0].approved
        assert decisions(work, second)[0].reason == "rate too high"
    page.chips.activate("decided")
    qtbot.waitUntil(lambda: page.model.rowCount() > 0, timeout=10_000)
    every_look(work.shell, "approvals-decided")


def test_a_request_is_sent_back_with_a_question_and_lies_with_the_station(at_work, qtbot, every_look):
    work, page = shown(at_work, qtbot)
    first = page.table.current_id()
    page.table.setFocus()
    QTest.keyClick(page.table, Qt.Key.Key_Q)
    assert page.card.reason.hasFocus()
    QTest.keyClicks(page.card.reason, "which invoice?")
    QTest.keyClick(page.card.reason, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: page._lines[first].asked_back, timeout=10_000)
    assert done(work) == ["ask_back"] and not decisions(work, first)
    assert page.card.reason.text() == "", "the next request is not asked the same by accident"
    page.chips.activate("back")
    qtbot.waitUntil(lambda: page.table.current_id() == first, timeout=10_000)
    qtbot.waitUntil(lambda: bool(page.card.findChildren(KeyValueGrid)), timeout=10_000)
    assert not page.card.ask_button.isEnabled() and page.card.refuse_button.isEnabled()
    every_look(work.shell, "approvals-asked-back")
    with work.opened.store.reading() as rows:
        (question,) = rows.find(ApprovalQuestion, request_id=first)
    assert (question.question, question.answer) == ("which invoice?", None)


def test_enter_refuses_unless_a_question_was_begun(at_work, qtbot):
    work, page = shown(at_work, qtbot)
    first = page.table.current_id()
    page.card.reason.setFocus()
    QTest.keyClicks(page.card.reason, "too much")
    QTest.keyClick(page.card.reason, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: bool(decisions(work, first)), timeout=10_000)
    assert not decisions(work, first)[0].approved


def test_the_page_of_a_request_is_offered_for_printing(at_work, qtbot):
    _work, page = shown(at_work, qtbot)
    page.card.print_link.click()
    window = print_window(qtbot)
    assert window.what.name == page._lines[page.table.current_id()].order_number
    close(window, qtbot)


def test_a_request_that_changed_meanwhile_is_refused_beside_the_decision(at_work, qtbot, every_look):
    work, page = shown(at_work, qtbot)
    wanted = page.table.current_id()
    page.card._line = page._lines[wanted]._replace(subject_hash="0" * 64)
    page.card.approve()
    qtbot.waitUntil(lambda: page.card.field.refused, timeout=10_000)
    assert "has changed since" in page.card.field.reason
    every_look(work.shell, "approvals-outdated")
    assert not decisions(work, wanted)


def test_what_others_decide_is_shown_and_can_not_be_decided_here(at_work, qtbot, every_look):
    rows = waiting(1, 45, 23_800, None)
    rows[-1] = msgspec.structs.replace(
        rows[-1], level=ApprovalLevel.HEADQUARTERS, answer_by=NOW + timedelta(hours=30), escalations=1
    )
    work = at_work("wangfang", {"approvals": approvals_page}, rows=rows)
    page = work.page
    qtbot.waitUntil(lambda: page._counted[:2] == (0, 1), timeout=10_000)
    page.chips.activate("above")
    qtbot.waitUntil(lambda: page.model.rowCount() == 1, timeout=10_000)
    qtbot.waitUntil(lambda: bool(page.card.findChildren(KeyValueGrid)), timeout=10_000)
    assert page.card.approve_button.isVisible() and not page.card.approve_button.isEnabled()
    QTest.keyClick(page.table, Qt.Key.Key_A)
    assert not decisions(work, page.table.current_id())
    every_look(work.shell, "approvals-above")


def test_a_colleague_is_named_for_the_days_one_is_away_and_it_ends_early(at_work, qtbot, every_look):
    manager = person_named("wangfang")
    colleague = msgspec.structs.replace(manager, id=derive(ROOT, "second manager"), login="second", name="周敏")
    work = at_work("wangfang", {"approvals": approvals_page}, rows=[colleague])
    page = work.page
    page.deputy_button.click()
    panel = page.deputies
    qtbot.waitUntil(lambda: panel.colleague.count() > 0, timeout=10_000)
    panel.colleague.setCurrentIndex(panel.colleague.findData(colleague.id))
    panel.last.set_day(panel.first.day() - timedelta(days=1))
    panel.name()
    qtbot.waitUntil(lambda: panel.field.refused, timeout=10_000)
    panel.last.set_day(panel.first.day() + timedelta(days=3))
    panel.name()
    qtbot.waitUntil(lambda: len(deputyships(work)) == 1, timeout=10_000)
    assert done(work) == ["name_deputy"]
    qtbot.waitUntil(lambda: bool(panel.findChildren(Link)), timeout=10_000)
    every_look(work.shell, "approvals-deputies")
    panel.findChildren(Link)[0].click()
    qtbot.waitUntil(lambda: deputyships(work)[0].last_day < panel.first.day(), timeout=10_000)
    assert done(work) == ["name_deputy", "end_deputy"]


def done(work) -> list[str]:
    """What this device has recorded, in order."""
    with work.opened.store.reading() as rows:
        return list(rows.connection.execute(select(operation.c.action).order_by(operation.c.n)).scalars())


def deputyships(work) -> list[Deputy]:
    with work.opened.store.reading() as rows:
        return list(rows.find(Deputy))
