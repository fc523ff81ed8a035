"""Mending what HQ did not take, in a real window: done again otherwise, picked by the branch, read again later."""

from datetime import timedelta

import msgspec
import pytest
from PySide6.QtWidgets import QLabel, QLineEdit

from app.offline_db.blob_queue import QueuedBlob, enqueue, failed
from app.offline_db.engine import writing
from app.offline_db.schema import operation
from app.offline_db.sync_store import SyncStore
from app.sync.lane import Moving
from app.sync.status import SyncStatus
from app.ui.components.sync_chip import SyncModel
from app.ui.pages.sync_blocks import ConflictBlock, FailedBlock, ParkedBlock
from app.ui.pages.sync_issues import SyncIssuesPage, sync_issues_page
from app.ui.sync_presenter import SyncPresenter
from app.ui.widgets import Link
from core.ids import derive
from core.rows.orders import Note, WorkOrder
from core.rows.sync import Conflict, ParkedOperation
from core.work_order import State
from tests.journeys.bench import AtWork
from tests.journeys.legibility import cut_texts
from tests.journeys.places import NOW, ORDER, ROOT, person_named

PARKED, STATE, DATE, OLD = (derive(ROOT, name) for name in ("parked", "state contest", "date", "settled"))
WAIT = 10_000
COMING, FULL = Moving(26_700_000, 62_000_000), {"folder": "D:"}


def shared() -> dict[str, object]:
    who = person_named("liwei")
    return {"version": 1, "branch_id": who.branch_id, "place_id": who.place_id}


def parked_visit() -> ParkedOperation:
    """A visit booked for an hour when nobody is there, by a colleague who has gone home."""
    begins = NOW + timedelta(hours=3)
    given = {"order_id": ORDER, "begins_at": begins, "ends_at": begins + timedelta(hours=2)}
    return ParkedOperation(
        id=PARKED,
        **shared(),
        device_id=derive(ROOT, "another device"),
        n=4,
        action="book_visit",
        person_id=person_named("liyong").id,
        made_at=NOW - timedelta(hours=3),
        code="move_not_allowed",
        facts={"state": "in_progress", "action": "book_visit"},
        touches=(f"work_order/{ORDER}",),
        args=msgspec.to_builtins(given),
    )


def parked_note(text: str) -> ParkedOperation:
    """A note that HQ refused."""
    return msgspec.structs.replace(parked_visit(), action="add_note", args={"order_id": ORDER, "text": text})


def conflict(conflict_id: str, **more: object) -> Conflict:
    who = person_named("liwei")
    made: dict[str, object] = {
        "entity": "work_order",
        "row_id": ORDER,
        "order_id": ORDER,
        "operation_id": derive(ROOT, f"operation {conflict_id}"),
        "person_id": who.id,
        "person_name": who.name,
        "hq_person": "王芳",
        "hq_at": NOW - timedelta(hours=4),
        "at": NOW - timedelta(hours=2),
        "stands": "hq",
    }
    return Conflict(id=conflict_id, **shared(), **made | more)  # type: ignore[arg-type]


def contest() -> Conflict:
    """Cancelled at HQ while the station completed it."""
    return conflict(STATE, field="state", base="in_progress", hq_value="cancelled", place_value="completed")


def page_of(work: AtWork) -> SyncIssuesPage:
    page = work.page
    assert isinstance(page, SyncIssuesPage)
    return page


def texts(page: SyncIssuesPage) -> str:
    return "\n".join(label.text() for label in page.findChildren(QLabel) if not label.isHidden())


@pytest.fixture
def pages():
    return {"sync_issues": lambda bench: sync_issues_page(bench, SyncModel(None))}


def test_a_parked_step_is_changed_and_done_again(at_work, qtbot, every_look, pages):
    work = at_work("liwei", pages, rows=[parked_note("call befor noon")])
    page = page_of(work)
    qtbot.waitUntil(lambda: len(page.blocks) == 1, timeout=WAIT)
    block = page.blocks[0]
    assert isinstance(block, ParkedBlock)
    assert "call befor noon" in texts(page)
    block.change()
    assert block.form is not None
    editor = block.form.fields["text"].editor
    assert isinstance(editor, QLineEdit)
    editor.setText("call before noon")
    page.load()  # news from HQ meanwhile: what is typed stays
    with qtbot.waitSignal(work.opened.news.changed, timeout=WAIT):
        work.opened.store.tell([("work_order", ORDER)])
    assert page.blocks[0] is block
    assert editor.text() == "call before noon"
    every_look(work.shell, "sync_issues-mending")
    block.form.submit()
    qtbot.waitUntil(lambda: not page.blocks, timeout=WAIT)
    with work.opened.store.reading() as rows:
        assert "call before noon" in {one.text for one in rows.find(Note, order_id=ORDER)}
        parked = rows.get(ParkedOperation, PARKED)
        assert parked is not None
        assert (parked.state, parked.resolved_by) == ("withdrawn", work.opened.person.id)
    assert SyncStore(work.opened.store).counts().pending == 2


def test_what_cannot_be_done_again_is_told_beside_the_button(at_work, qtbot, pages):
    work = at_work("liwei", pages, rows=[parked_visit()])
    page = page_of(work)
    qtbot.waitUntil(lambda: len(page.blocks) == 1, timeout=WAIT)
    block = page.blocks[0]
    assert isinstance(block, ParkedBlock)
    block.change()
    assert block.form is not None
    begins, ends = (block.form.fields[name].editor for name in ("begins_at", "ends_at"))
    assert isinstance(begins, QLineEdit)
    assert isinstance(ends, QLineEdit)
    begins.setText("tomorrow")
    block.form.submit()
    assert "2026-03-17 09:30" in block.form.fields["begins_at"].reason
    begins.setText("2026-03-18 16:00")
    ends.setText("2026-03-18 15:00")
    block.form.submit()
    qtbot.waitUntil(lambda: not block.form.trouble.isHidden(), timeout=WAIT)
    assert SyncStore(work.opened.store).counts().parked == 1
    assert block.form.button.isEnabled()


def test_a_withdrawal_is_undone(at_work, qtbot, pages):
    work = at_work("liwei", pages, rows=[parked_note("once more")])
    page = page_of(work)
    qtbot.waitUntil(lambda: len(page.blocks) == 1, timeout=WAIT)
    page.blocks[0].withdraw()
    qtbot.waitUntil(lambda: not page.blocks, timeout=WAIT)
    qtbot.waitUntil(lambda: work.shell.toasts.texts() == ["Withdrawn"], timeout=WAIT)
    again = next(link for link in work.shell.findChildren(Link) if link.text() == "Do again")
    again.click()

    def noted() -> bool:
        with work.opened.store.reading() as rows:
            return "once more" in {one.text for one in rows.find(Note, order_id=ORDER)}

    qtbot.waitUntil(noted, timeout=WAIT)


def test_a_third_value_is_written_and_the_loser_stays_readable(at_work, qtbot, pages):
    typed = conflict(DATE, field="customer_name", base="陈静", hq_value="陈晶", place_value="程静")
    work = at_work("liwei", pages, rows=[typed])
    page = page_of(work)
    qtbot.waitUntil(lambda: len(page.blocks) == 1, timeout=WAIT)
    block = page.blocks[0]
    assert isinstance(block, ConflictBlock)
    assert block.third is not None
    assert "王芳 · 2026-03-1" in texts(page)
    cut = cut_texts(page)
    assert cut == []
    block.third.setText("程晶")
    block.pick_third()
    qtbot.waitUntil(lambda: not page.blocks, timeout=WAIT)
    with work.opened.store.reading() as rows:
        order = rows.get(WorkOrder, ORDER)
        assert order is not None
        assert order.customer_name == "程晶"
    qtbot.waitUntil(lambda: "程晶" in texts(page), timeout=WAIT)
    shown = texts(page)
    assert "陈晶" in shown
    assert "程静" in shown  # the loser stays readable


def test_what_became_of_an_order_is_shown_to_the_station_and_picked_by_the_branch(at_work, qtbot, every_look, pages):
    at_station = at_work("liwei", pages, rows=[contest()])
    page = page_of(at_station)
    qtbot.waitUntil(lambda: len(page.blocks) == 1, timeout=WAIT)
    block = page.blocks[0]
    assert isinstance(block, ConflictBlock)
    assert not block.may_pick
    assert block.third is None
    assert "The branch decides" in texts(page)
    presenter = SyncPresenter(at_station.bench, at_station.shell.sync, at_station.shell)
    presenter.take(SyncStatus(last_sync_at=NOW))
    qtbot.waitUntil(lambda: len(at_station.shell.sync.items) == 1, timeout=WAIT)
    assert at_station.shell.sync.state.attention == 0  # shown, but nothing that a person here could do
    every_look(at_station.shell, "sync_issues-contest-station")

    at_branch = at_work("wangfang", pages, rows=[contest()])
    page = page_of(at_branch)
    qtbot.waitUntil(lambda: len(page.blocks) == 1, timeout=WAIT)
    block = page.blocks[0]
    assert isinstance(block, ConflictBlock)
    every_look(at_branch.shell, "sync_issues-contest-branch")
    block.pick("cancelled")
    qtbot.waitUntil(lambda: not page.blocks, timeout=WAIT)
    with at_branch.opened.store.reading() as rows:
        picked = rows.get(Conflict, STATE)
        assert picked is not None
        assert (picked.state, picked.picked, picked.picked_by) == (
            "picked",
            State.CANCELLED,
            at_branch.opened.person.id,
        )


def test_what_was_settled_and_merged_stays_readable(at_work, qtbot, every_look, pages):
    settled = conflict(
        OLD, field="customer_phone", base="10013800138", hq_value="13900001111", place_value="13800002222",
        state="picked", picked="13900001111", picked_by=derive(ROOT, "x"), picked_by_name="王芳", picked_at=NOW,
    )  # fmt: skip
    work = at_work("liwei", pages, rows=[settled])
    page = page_of(work)
    work.opened.store.record("add_note", {"order_id": ORDER, "text": "x"}, work.opened.person.id)
    facts = {"fields": ["work_order.visit_from"], "kept": ["work_order.customer_phone"]}
    with writing(work.opened.engine) as connection:
        connection.execute(operation.update().values(state="answered", outcome="merged", answer={"facts": facts}))
    page.load()
    qtbot.waitUntil(lambda: "Visit begins" in texts(page), timeout=WAIT)
    shown = texts(page)
    assert "HQ: 13900001111 (王芳" in shown
    assert "13800002222" in shown
    assert "Picked: 13900001111 (王芳" in shown
    every_look(work.shell, "sync_issues-settled")


def test_a_photo_that_cannot_be_sent_is_told_with_what_to_do(at_work, qtbot, every_look, pages):
    work = at_work("liwei", pages)
    page = page_of(work)
    with writing(work.opened.engine) as connection:
        enqueue(connection, [QueuedBlob("0" * 64, 5, "photo", ORDER)], NOW)
        failed(connection, "0" * 64, "blob_missing")
    page.load()
    qtbot.waitUntil(lambda: len(page.blocks) == 1, timeout=WAIT)
    assert isinstance(page.blocks[0], FailedBlock)
    presenter = SyncPresenter(work.bench, work.shell.sync, work.shell)
    qtbot.waitUntil(lambda: work.shell.sync.state.kind == "attention", timeout=WAIT)
    presenter.take(SyncStatus(last_sync_at=NOW, registry=COMING))
    work.shell.chip.click()
    every_look(work.shell, "sync_panel-photo")


@pytest.mark.parametrize(
    ("status", "kind", "chip", "line"),
    [
        (
            SyncStatus(last_sync_at=NOW, registry=COMING),
            "fresh",
            "registry 43 %",
            "43 % of 62.0",
        ),
        (
            SyncStatus(last_sync_at=NOW, registry=Moving(problem="disk_full", facts=FULL)),
            "fresh",
            "Up to date",
            "Free some space on the disk of D:",
        ),
        (
            SyncStatus(offline_since=NOW, problem="update_needed", problem_facts={"schema": 1, "least": 3}),
            "update",
            "Update needed",
            "",
        ),
        (
            SyncStatus(offline_since=NOW, problem="disk_full", problem_facts=FULL),
            "stopped",
            "stopped",
            "D:",
        ),
        (SyncStatus(offline_since=NOW, problem="hq_unreachable"), "offline", "Offline since", "kept"),
        (SyncStatus(syncing=True, step="push", done=3, total=12), "syncing", "25 %", "Sending: 3 of 12"),
    ],
)
def test_each_state_is_told_as_it_is(at_work, qtbot, every_look, pages, status, kind, chip, line):
    work = at_work("liwei", pages)
    presenter = SyncPresenter(work.bench, work.shell.sync, work.shell)
    presenter.take(status)
    model = work.shell.sync
    qtbot.waitUntil(lambda: (model.state.kind == kind and bool(model.items)) or not line, timeout=WAIT)
    qtbot.waitUntil(lambda: model.state.kind == kind, timeout=WAIT)
    assert chip in model.state.words()
    said = [str(one.text() if callable(one.text) else one.text) for one in model.items]
    assert any(line in text for text in said) or not line
    work.shell.chip.click()
    every_look(work.shell, f"sync_panel-{kind}-{status.registry.problem or status.step or 'state'}")
