"""The evening: a phone's folder dropped on the window, looked over, moved, recorded; stopped half way; twice."""

from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

import msgspec
import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QLabel, QMenu, QWidget

from app.actions import phone_pictures
from app.ui.pages.phone import PhonePage, phone_page
from core.identifiers import Invoice
from core.ids import derive
from core.late_entry import LEFT_OUT
from core.rows.orders import Attachment, OrderUnit, ScanEvent, WorkOrder
from core.work_order import State
from tests.journeys.dropping import drop
from tests.journeys.phone_folder import save, scene, slip_picture
from tests.journeys.places import NOW, NUMBER, ORDER, ROOT, UNIT, person_named, story_order, trade
from tools.labels import invoice_picture, photograph, product_label

CHINA = timezone(timedelta(hours=8))
OTHER, OTHER_NUMBER = derive(ROOT, "evening order"), "SZ-260317-0300"
WAIT = 60_000


def at(hour: int, minute: int) -> datetime:
    return datetime(2026, 3, 17, hour, minute, tzinfo=CHINA)


@pytest.fixture
def folder(tmp_path) -> Path:
    """Two visits, a picture without a time, and a file that is none."""
    made = tmp_path / "DCIM"
    made.mkdir()
    facts = trade().story
    label = photograph(product_label(facts.model, facts.serial, facts.gtin[-13:]), tilt_deg=5, seed=3)
    save(slip_picture(NUMBER, tmp_path), made / "IMG_1.jpg", at(8, 0))
    save(label, made / "IMG_2.jpg", at(8, 5))
    save(scene(-20), made / "IMG_3.jpg", at(8, 50))
    save(slip_picture(OTHER_NUMBER, tmp_path, seed=2), made / "IMG_4.jpg", at(9, 30))
    save(scene(10), made / "IMG_5.jpg", at(9, 41))
    save(scene(30), made / "wx_6.jpg", None)
    (made / "broken.jpg").write_bytes(b"\xff\xd8\xff and no more")
    hidden = made / ".thumbnails"
    hidden.mkdir()
    save(scene(0, (90, 60)), hidden / "small.jpg", at(8, 0))
    return made


def other_order() -> list[object]:
    who = person_named("liwei")
    order = story_order(
        id=OTHER, number=OTHER_NUMBER, state=State.SCHEDULED, technician_id=who.id, customer_name="周敏",
        reported_at=NOW - timedelta(days=1), accepted_at=NOW - timedelta(hours=3),
    )  # fmt: skip
    unit = OrderUnit(
        id=derive(ROOT, "evening unit"), version=1, branch_id=who.branch_id, station_id=who.place_id, order_id=OTHER
    )
    return [order, unit]


@pytest.fixture
def evening(at_work, qtbot) -> tuple:
    work = at_work("liwei", {"orders": phone_page, "phone": phone_page}, rows=other_order())
    return work, qtbot


def opened(work, qtbot, folder: Path) -> PhonePage:
    assert drop(work.shell, folder)
    page = work.page
    assert isinstance(page, PhonePage)
    wait_read(page, qtbot)
    return page


def wait_read(page: PhonePage, qtbot) -> None:
    qtbot.waitUntil(lambda: page._running is None and page.progress.isHidden(), timeout=WAIT)


def told(page: PhonePage) -> dict[str, list[str]]:
    """Per order's number ("" none) the files."""
    return {
        card.order.job.number if card.order else "": [one.picture.name for one in card.group.placed]
        for card in page.cards
    }


def kept(work, order: str) -> dict[str, Attachment]:
    with work.opened.store.reading() as rows:
        return {one.sha256: one for one in rows.find(Attachment, order_id=order)}


def hash_of(page: PhonePage, name: str) -> str:
    return next(one.picture.sha256 for one in page._pile.seen.values() if one.picture.name == name)


def card_with(page: PhonePage, name: str):
    sha256 = hash_of(page, name)
    card = next(one for one in page.cards if sha256 in {each.picture.sha256 for each in one.group.placed})
    card.thumbs.choose(sha256)
    return card


def test_a_dropped_folder_finds_its_orders_and_is_recorded_once(evening, folder, every_look):
    work, qtbot = evening
    page = opened(work, qtbot, folder)
    assert told(page) == {
        NUMBER: ["IMG_1.jpg", "IMG_2.jpg", "IMG_3.jpg"],
        OTHER_NUMBER: ["IMG_4.jpg", "IMG_5.jpg"],
        "": ["wx_6.jpg"],
    }
    assert [Path(file).name for file in page._pile.failed] == ["broken.jpg"]
    every_look(work.shell, "phone")

    # by keyboard: the picture without a time belongs to the second order
    QTest.keyClick(card_with(page, "wx_6.jpg").thumbs, Qt.Key.Key_M)
    menu = page.findChild(QMenu)
    next(one for one in menu.actions() if OTHER_NUMBER in one.text()).trigger()
    menu.close()
    QTest.keyClick(card_with(page, "IMG_3.jpg").thumbs, Qt.Key.Key_Delete)
    assert told(page)[OTHER_NUMBER] == ["IMG_4.jpg", "IMG_5.jpg", "wx_6.jpg"]
    assert told(page)[""] == ["IMG_3.jpg"]
    card_with(page, "IMG_3.jpg").thumbs.moved_here.emit([])  # a drop of nothing decides nothing
    next(one for one in page.cards if one.order and one.order.job.number == NUMBER).thumbs.moved_here.emit(
        [hash_of(page, "IMG_3.jpg")]
    )
    assert "" not in told(page)
    every_look(work.shell, "phone-decided")

    work.shell.activateWindow()  # the closed menu was the active window
    qtbot.waitUntil(work.shell.isActiveWindow)
    QTest.keyClick(work.shell.windowHandle(), Qt.Key.Key_Return, Qt.KeyboardModifier.ControlModifier)
    qtbot.waitUntil(lambda: page._running is None and not page._pile.seen, timeout=WAIT)
    first, second = kept(work, ORDER), kept(work, OTHER)
    assert sorted(one.kind for one in first.values()) == ["label", "photo", "slip"]
    assert sorted(one.kind for one in second.values()) == ["photo", "photo", "slip"]
    assert {one.taken_at for one in second.values()} == {at(9, 30), at(9, 41), None}, "a file's time is no evidence"
    assert all(one.added_at >= NOW for one in first.values()), "the entry's own time"
    with work.opened.store.reading() as rows:
        unit, order, begun = rows.get(OrderUnit, UNIT), rows.get(WorkOrder, ORDER), rows.get(WorkOrder, OTHER)
        scan = rows.get(ScanEvent, unit.scan_id or "")
    assert (unit.serial, unit.serial_source) == (trade().story.serial, "scan") and unit.verdict_id is not None
    assert scan.scanned_at == at(8, 5) and scan.picture_sha256 in first and scan.read_ms
    assert scan.device_name == "IMG_2.jpg" and any(code.engine for code in scan.codes)
    assert (begun.state, begun.started_at) == (State.IN_PROGRESS, at(9, 30)), "the visit's time, not the entry's"
    assert order.started_at == NOW - timedelta(minutes=40), "begun by hand before: it stays"

    # the same folder once more: nothing is attached twice
    page = opened(work, qtbot, folder)
    assert not page.record_button.isEnabled() or page._pile.fresh() == 0
    page.decide([hash_of(page, "wx_6.jpg")], OTHER)
    assert page._pile.fresh() == 0
    page.record()
    assert (kept(work, ORDER), kept(work, OTHER)) == (first, second)
    page.drop()
    assert page._stack.currentIndex() == 0


def test_the_invoice_in_the_pictures_is_shown_and_recorded(evening, tmp_path, every_look):
    work, qtbot = evening
    facts, made = trade().story, tmp_path / "DCIM"
    made.mkdir()
    invoice = Invoice("10", "", facts.invoice_number, facts.invoice_fen, facts.invoice_date)
    save(slip_picture(NUMBER, tmp_path), made / "IMG_1.jpg", at(8, 0))
    save(invoice_picture(invoice), made / "IMG_2.jpg", at(8, 5))
    page = opened(work, qtbot, made)
    said = [label.text() for card in page.cards for label in card.findChildren(QLabel)]
    assert any(facts.invoice_date.isoformat() in text and "will be recorded" in text for text in said)
    assert "Invoice 24117" in page.cards[0].thumbs.item(1).toolTip()
    every_look(work.shell, "phone-invoice")
    page.decide([hash_of(page, "IMG_2.jpg")], LEFT_OUT)
    said = [label.text() for card in page.cards for label in card.findChildren(QLabel)]
    assert not any("will be recorded" in text for text in said), "a picture that is left out records nothing"
    page.decide([hash_of(page, "IMG_2.jpg")], None)
    page.record()
    qtbot.waitUntil(lambda: page._running is None and not page._pile.seen, timeout=WAIT)
    with work.opened.store.reading() as rows:
        unit = rows.get(OrderUnit, UNIT)
    assert (unit.invoice_date, unit.invoice_fen, unit.invoice_number) == (
        facts.invoice_date, facts.invoice_fen, facts.invoice_number,
    )  # fmt: skip
    assert sorted(one.kind for one in kept(work, ORDER).values()) == ["invoice", "slip"]


def test_reading_stops_half_way_and_goes_on(evening, folder, qtbot, every_look, monkeypatch):
    work, qtbot = evening
    look_at, seen = phone_pictures.look_at, []

    def looking(file, desk, offset):
        found = look_at(file, desk, offset)
        seen.append(file.name)
        if len(seen) == 2:
            work.page.cancel()
        return found

    monkeypatch.setattr(phone_pictures, "look_at", looking)
    page = opened(work, qtbot, folder)
    assert seen == ["IMG_1.jpg", "IMG_2.jpg"]
    assert told(page) == {NUMBER: ["IMG_1.jpg", "IMG_2.jpg"]}
    assert len(page._pile.left) == 5
    every_look(work.shell, "phone-stopped")
    page.go_on()
    wait_read(page, qtbot)
    assert len(page._pile.seen) == 6 and not page._pile.left
    assert len(told(page)[OTHER_NUMBER]) == 2


def test_decisions_are_there_again_after_a_restart_and_a_failure_leaves_the_rest(evening, folder, qtbot):
    work, qtbot = evening
    page = opened(work, qtbot, folder)
    page.decide([hash_of(page, "wx_6.jpg")], OTHER)
    again = PhonePage(work.bench)
    qtbot.addWidget(again)
    again.opened()
    wait_read(again, qtbot)
    assert told(again)[OTHER_NUMBER] == ["IMG_4.jpg", "IMG_5.jpg", "wx_6.jpg"]

    (folder / "IMG_5.jpg").unlink()
    save(scene(99), folder / "IMG_3.jpg", at(8, 50))
    again.record()
    qtbot.waitUntil(lambda: again._running is None and again.progress.isHidden(), timeout=WAIT)
    reasons = {Path(file).name: why.code for file, why in again._pile.failed.items()}
    assert reasons == {"IMG_5.jpg": "file_missing", "IMG_3.jpg": "file_changed"}
    assert len(kept(work, ORDER)) == 2 and len(kept(work, OTHER)) == 2
    assert {one.picture.name for one in again._pile.seen.values()} == {"IMG_3.jpg", "IMG_5.jpg"}
    again.drop()
    assert work.bench.drafts.load(again._draft) is None


def test_a_locked_window_takes_no_files(evening, folder):
    work, _qtbot = evening
    work.shell.set_gate(QWidget())
    assert not drop(work.shell, folder)
    assert not isinstance(work.shell.page, PhonePage) or not work.shell.page._places


def test_a_folder_without_pictures_says_so(evening, tmp_path, qtbot):
    work, qtbot = evening
    empty = tmp_path / "empty"
    empty.mkdir()
    (empty / "notes.txt").write_text("x")
    page = opened(work, qtbot, empty)
    assert work.shell.toasts.texts() == ["Not read"]
    assert page._stack.currentIndex() == 0


def test_another_persons_orders_are_not_offered(evening, folder):
    """A slip of a colleague's order is asked about: this person may not add to it."""
    from app.queries.late_entry import open_orders

    work, _qtbot = evening
    with work.opened.store.reading() as rows:
        mine = {one.job.number for one in open_orders(rows, work.bench.desk.place_id, work.bench.desk.person_id)}
        order = rows.get(WorkOrder, OTHER)
    assert {NUMBER, OTHER_NUMBER} <= mine
    colleague = msgspec.structs.replace(order, id=derive(ROOT, "x"), number="SZ-X", technician_id=derive(ROOT, "who"))
    work.opened.put([colleague])
    with work.opened.store.reading() as rows:
        again = {one.job.number for one in open_orders(rows, work.bench.desk.place_id, work.bench.desk.person_id)}
    assert again == mine
    assert at(8, 0).astimezone(UTC) < NOW
