"""Sync: the chip tells the truth, the panel lists what waits, and each thing has what mends it."""

from datetime import timedelta

import pytest
from shiboken6 import isValid

from app.offline_db.sync_store import SyncStore
from app.sync.status import SyncStatus
from app.ui.components.sync_chip import SyncModel
from app.ui.pages.sync_blocks import ConflictBlock, ParkedBlock
from app.ui.pages.sync_issues import sync_issues_page
from app.ui.pages.sync_values import kind_of, typed_value, value_words
from app.ui.sync_presenter import SyncPresenter
from core.ids import derive
from core.operations.add_note import AddNote
from core.rows.orders import WorkOrder
from core.rows.sync import Conflict, ParkedOperation
from tests.journeys.places import NOW, ORDER, ROOT, person_named

PARKED, CONFLICT = derive(ROOT, "parked"), derive(ROOT, "conflict")


def troubles() -> list[ParkedOperation | Conflict]:
    """A refused completion and a visit that two people moved."""
    who = person_named("liwei")
    shared = {"version": 1, "branch_id": who.branch_id, "place_id": who.place_id}
    return [
        ParkedOperation(
            id=PARKED,
            **shared,
            device_id=derive(ROOT, "device"),
            n=4,
            action="complete_order",
            person_id=who.id,
            made_at=NOW - timedelta(hours=3),
            code="old_parts_untagged",
            facts={"count": 1},
            touches=(f"work_order/{ORDER}",),
        ),
        Conflict(
            id=CONFLICT,
            **shared,
            entity="work_order",
            row_id=ORDER,
            order_id=ORDER,
            field="customer_phone",
            base="10013800138",
            hq_value="13900001111",
            place_value="13800002222",
            operation_id=derive(ROOT, "operation"),
            person_id=who.id,
            at=NOW - timedelta(hours=2),
        ),
    ]


def test_the_chip_tells_the_truth(at_work, qtbot):
    work = at_work("liwei", {"sync_issues": sync_issues_page})
    model = SyncModel(work.shell)
    presenter = SyncPresenter(work.bench, model, work.shell)
    qtbot.waitUntil(lambda: presenter._issues is not None, timeout=10_000)
    assert model.state.kind == "unknown"  # nothing was exchanged since the program began
    presenter.take(SyncStatus(last_sync_at=NOW))
    qtbot.waitUntil(lambda: model.state.kind == "fresh", timeout=10_000)
    note = AddNote(order_id=ORDER, text="called the customer")
    work.opened.store.record("add_note", note, work.opened.person.id)
    qtbot.waitUntil(lambda: model.state.kind == "pending" and model.state.pending == 1, timeout=10_000)
    assert any("Add note" in item.title() for item in model.items if callable(item.title))
    presenter.take(SyncStatus(pending=1, offline_since=NOW, problem="hq_unreachable"))
    qtbot.waitUntil(lambda: model.state.kind == "offline", timeout=10_000)
    assert model.state.at == NOW and model.state.pending == 1
    presenter.take(SyncStatus(pending=1, syncing=True, step="push", done=1, total=3))
    qtbot.waitUntil(lambda: model.state.kind == "syncing", timeout=10_000)
    assert any("Sending: 1 of 3" in item.text() for item in model.items if callable(item.text))
    work.opened.put(troubles())
    presenter.refresh()
    qtbot.waitUntil(lambda: model.state.kind == "attention" and model.state.attention == 2, timeout=10_000)


def test_parked_work_is_withdrawn_and_a_conflict_settled(at_work, qtbot, every_look):
    pages = {"sync_issues": lambda bench: sync_issues_page(bench, SyncModel(None))}
    work = at_work("liwei", pages, rows=troubles())
    for text in ("called the customer", "brings the invoice on Friday"):
        work.opened.store.record("add_note", AddNote(order_id=ORDER, text=text), work.opened.person.id)
    presenter = SyncPresenter(work.bench, work.shell.sync, work.shell)
    page = work.page
    qtbot.waitUntil(lambda: len(page.blocks) == 2 and page.model.rowCount() == 2, timeout=10_000)
    every_look(work.shell, "sync_issues")
    work.shell.chip.click()
    every_look(work.shell, "sync_panel")
    parked, conflict = page.blocks
    assert isinstance(parked, ParkedBlock) and isinstance(conflict, ConflictBlock)
    conflict.third.setText("13700003333")
    conflict.pick_third()

    def settled() -> bool:
        with work.opened.store.reading() as rows:
            order = rows.get(WorkOrder, ORDER)
            return order is not None and order.customer_phone == "13700003333"

    qtbot.waitUntil(settled, timeout=10_000)
    qtbot.waitUntil(lambda: len(page.blocks) == 1, timeout=10_000)
    presenter.withdraw(PARKED)
    qtbot.waitUntil(lambda: SyncStore(work.opened.store).counts().parked == 0, timeout=10_000)
    qtbot.waitUntil(lambda: not page.blocks, timeout=10_000)
    every_look(work.shell, "sync_issues-none")


@pytest.mark.parametrize(
    ("text", "field", "example", "value"),
    [
        ("12", "distance_m", 5, 12),
        ("128.50", "invoice_fen", 9_900, 12_850),
        ("¥1,280", "invoice_fen", None, 128_000),
        ("2026-03-18", "invoice_date", None, "2026-03-18"),
        (" new text ", "customer_name", "old", "new text"),
        ("first", "customer_name", None, "first"),
    ],
)
def test_a_third_value_takes_the_form_of_its_field(text, field, example, value):
    assert typed_value(text, kind_of(field, example)) == value


def test_a_third_time_is_typed_as_it_is_shown():
    shown = "2026-03-18T01:30:00Z"
    typed = value_words("visit_from", shown)
    assert isinstance(typed, str)
    assert typed_value(typed, kind_of("visit_from", None, shown)) == shown


@pytest.mark.parametrize(
    ("text", "kind"), [("soon", "number"), ("18.3.", "day"), ("x", "time"), ("1.005", "money"), ("NaN", "money")]
)
def test_what_cannot_be_such_a_value_is_told(text, kind):
    with pytest.raises(ValueError, match=r".+"):
        typed_value(text, kind)


def test_a_presenter_that_is_gone_hears_nothing_more(at_work, qtbot):
    work = at_work("liwei", {"sync_issues": sync_issues_page})
    first = SyncPresenter(work.bench, work.shell.sync, work.shell)
    first.deleteLater()
    qtbot.waitUntil(lambda: not isValid(first), timeout=10_000)
    second = SyncPresenter(work.bench, work.shell.sync, work.shell)
    note = AddNote(order_id=ORDER, text="called the customer")
    work.opened.store.record("add_note", note, work.opened.person.id)
    qtbot.waitUntil(lambda: work.shell.sync.state.pending == 1, timeout=10_000)
    assert isValid(second)
