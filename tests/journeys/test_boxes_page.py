"""Boxes in real windows: the station packs, seals and ships by scanning; the clerk counts blind, grades, sends on."""

import pytest
from msgspec.structs import replace
from PySide6.QtCore import Qt
from PySide6.QtGui import QImage

from app.scanner.pdfs import read_file
from app.ui.components.print_window import PrintWindow
from app.ui.pages.boxes import boxes_page
from app.ui.pages.boxes_count import CountPage
from app.ui.pages.boxes_pack import PackPage
from app.ui.pages.old_parts import old_parts_page
from app.ui.pages.old_parts_grade import GradePage, grading_page
from app.ui.printing import A4, PAPER_DPI, write_print
from core.identifiers import box_id, format_box, format_old_part, format_old_part_qr, tag_of
from core.ids import derive
from core.rows import Row
from core.rows.boxes import Box, BoxState
from core.rows.parts import OldPart, OldPartState
from tests.journeys.bench import AtWork
from tests.journeys.places import person_named, trade

_WAIT = 20_000


def sample_boxes(state: BoxState, station_id: str | None = None) -> list[Box]:
    found = [row for row in trade().rows if isinstance(row, Box) and row.state is state]
    return [box for box in found if station_id in (None, box.station_id)]


def spare_parts(count: int) -> list[Row]:
    """Tagged old parts of the story's station, beside the sample's."""
    station = person_named("liyong").place_id
    first = next(row for row in trade().rows if isinstance(row, OldPart) and row.station_id == station)
    made = []
    for index in range(count):
        old_id = derive(first.id, f"spare {index}")
        values = {"id": old_id, "tag": tag_of(old_id), "serial": f"SP{index:04d}", "state": OldPartState.TAGGED}
        made.append(replace(first, version=1, due_on=None, box_id=None, received_at=None, finding=None, **values))
    return made


def kept(work: AtWork, number: str) -> Box:
    with work.opened.store.reading() as rows:
        found = rows.get(Box, box_id(number))
    assert found is not None
    return found


def open_page(at_work, login, *, rows=()) -> AtWork:
    pages = {"old_parts": old_parts_page, "boxes": boxes_page}
    clerk = {"grading": grading_page} if login == "luojie2" else {}
    work = at_work(login, pages | clerk, rows=rows)
    work.shell.open("boxes")
    return work


def scan(work: AtWork, text: str) -> None:
    work.shell.take_text(text, "wedge")


def test_a_station_packs_seals_and_ships_a_box_by_scanning(at_work, qtbot, every_look, tmp_path):
    parts = spare_parts(3)
    work = open_page(at_work, "liyong", rows=parts)
    page = work.page
    assert isinstance(page, PackPage)
    work.bench.settings.set("print_folder", str(tmp_path))
    qtbot.waitUntil(lambda: page.boxes.rowCount() >= 3, timeout=_WAIT)
    before = page.model.rowCount()
    for index, old in enumerate(parts):  # quicker than the disk
        scan(work, format_old_part(old.tag) if index % 2 else format_old_part_qr(old.tag))
    qtbot.waitUntil(lambda: page.counter.figure.text() == str(before + 3), timeout=_WAIT)
    scan(work, format_old_part(parts[0].tag))
    qtbot.waitUntil(lambda: "already" in page.banner.accessibleDescription(), timeout=_WAIT)
    every_look(work.shell, "boxes-pack-twice")
    page.undo_button.click()
    qtbot.waitUntil(lambda: page.counter.figure.text() == str(before + 2), timeout=_WAIT)
    scan(work, format_old_part(parts[2].tag))
    qtbot.waitUntil(lambda: page.counter.figure.text() == str(before + 3), timeout=_WAIT)
    every_look(work.shell, "boxes-pack")
    number = page._packing.box.number
    page.seal_button.click()
    qtbot.waitUntil(lambda: kept(work, number).state is BoxState.SEALED, timeout=_WAIT)
    qtbot.waitUntil(lambda: page.card.takes_number and page.card._box.number == number, timeout=_WAIT)
    every_look(work.shell, "boxes-sealed")
    page.card.print_list()
    qtbot.waitUntil(lambda: bool(work.shell.findChildren(PrintWindow)), timeout=_WAIT)
    paper = write_print(work.shell.findChildren(PrintWindow)[0].what, tmp_path / "list.pdf", A4, PAPER_DPI)
    assert format_box(number) in {code.text for code in read_file(paper).codes}, "the list can be scanned"
    work.shell.findChildren(PrintWindow)[0].close()
    scan(work, "SF1234567890123")
    qtbot.waitUntil(lambda: kept(work, number).carrier_number == "SF1234567890123", timeout=_WAIT)
    assert len(kept(work, number).manifest) == before + 3
    qtbot.waitUntil(lambda: page.counter.figure.text() == "0", timeout=_WAIT)
    every_look(work.shell, "boxes-shipped")


def test_a_station_sees_how_its_box_came_out_and_the_fate_of_each_part(at_work, qtbot, every_look):
    work = open_page(at_work, "liyong")
    page = work.page
    (box,) = sample_boxes(BoxState.CLOSED, person_named("liyong").place_id)
    qtbot.waitUntil(lambda: page.boxes.line_of(box.id) >= 0, timeout=_WAIT)
    scan(work, format_box(box.number))
    qtbot.waitUntil(lambda: page.card.differences is not None, timeout=_WAIT)
    shown = {page.card.differences.row_at(line).kind for line in range(page.card.differences.rowCount())}
    assert shown == {one.kind for one in box.differences}
    every_look(work.shell, "boxes-differences")
    work.shell.open("old_parts")
    old_parts = work.page
    qtbot.waitUntil(lambda: old_parts.model.rowCount() > 0, timeout=_WAIT)
    fates = {old_parts.model.row_at(line).fate for line in range(old_parts.model.rowCount())}
    assert {"not_in_box", "on_its_way", "packed"} <= fates
    assert old_parts.late.isVisible(), "parts are past their day"
    every_look(work.shell, "old_parts-fates")


def test_a_clerk_counts_a_box_blind_and_is_told_the_differences_only_then(at_work, qtbot, every_look, tmp_path):
    work = open_page(at_work, "luojie2")
    page = work.page
    assert isinstance(page, CountPage)
    box = next(box for box in sample_boxes(BoxState.SHIPPED) if len(box.manifest) == 3)
    qtbot.waitUntil(lambda: page.model.rowCount() > 0, timeout=_WAIT)
    every_look(work.shell, "boxes-warehouse")
    counting = page.counting
    first, second, _missing = box.manifest
    for text in (format_box(box.number), format_old_part(first.tag)):
        scan(work, text)  # quicker than the disk
    qtbot.waitUntil(lambda: counting.counter.figure.text() == "1", timeout=_WAIT)
    scan(work, format_old_part(first.tag))
    qtbot.waitUntil(lambda: "counted already" in counting.banner.accessibleDescription(), timeout=_WAIT)
    scan(work, "ANOTHERSERIAL1")  # what the piece itself bears
    qtbot.waitUntil(lambda: counting.last is not None and counting.last.serial == "ANOTHERSERIAL1", timeout=_WAIT)
    assert counting.counter.figure.text() == "1"
    counting.part_line.setText(second.part_id)
    counting.serial_line.setText(second.serial or "")
    counting.count_unread()
    qtbot.waitUntil(lambda: counting.counter.figure.text() == "2", timeout=_WAIT)
    qtbot.keyClick(work.shell, Qt.Key.Key_F2)
    qtbot.waitUntil(lambda: counting.last.finding == "damaged", timeout=_WAIT)
    qtbot.keyClick(work.shell, Qt.Key.Key_F7)
    qtbot.waitUntil(lambda: counting.last.grade == "supplier", timeout=_WAIT)
    picture = QImage(64, 48, QImage.Format.Format_RGB32)
    picture.fill(Qt.GlobalColor.darkRed)
    picture.save(str(tmp_path / "damage.png"))
    counting.take_photo(tmp_path / "damage.png")
    qtbot.waitUntil(lambda: counting.last.has_photo, timeout=_WAIT)
    shown = " ".join(label.text() for label in page.findChildren(type(page.counting.counter.figure)))
    listed = [line for line in box.manifest if line.tag != first.tag]
    assert not [line for line in listed if line.tag in shown.replace("-", "")], "blind: nothing of the list is told"
    every_look(work.shell, "boxes-counting")
    counting.close_button.click()
    qtbot.waitUntil(page.result.isVisible, timeout=_WAIT)
    assert sorted(one.kind for one in kept(work, box.number).differences) == ["damaged", "missing", "wrong_serial"]
    figures = [counter.figure.text() for counter in (page.result.listed, page.result.counted, page.result.differing)]
    assert figures == ["3", "2", "3"]
    every_look(work.shell, "boxes-result")


@pytest.mark.parametrize("code", ["SZ01", "FX-B:SZ01-22222222"])
def test_what_is_no_box_is_said_beside_the_line(at_work, qtbot, code):
    work = open_page(at_work, "luojie2")
    page = work.page
    qtbot.waitUntil(lambda: page.model.rowCount() > 0, timeout=_WAIT)
    scan(work, code)
    qtbot.waitUntil(lambda: "ox" in page.banner.accessibleDescription() and page.number is None, timeout=_WAIT)


def test_received_parts_are_graded_by_keys_and_go_to_their_supplier_who_answers(at_work, qtbot, every_look):
    work = open_page(at_work, "luojie2")
    work.shell.open("grading")
    page = work.page
    assert isinstance(page, GradePage)
    qtbot.waitUntil(lambda: page.model.rowCount() > 1, timeout=_WAIT)
    every_look(work.shell, "grading")
    line = page._line()
    page.table.setFocus()
    qtbot.keyClick(page.table, Qt.Key.Key_3)
    qtbot.waitUntil(lambda: page.model.line_of(line.id) < 0, timeout=_WAIT)
    page.chips.activate("supplier")
    qtbot.waitUntil(lambda: page.model.line_of(line.id) >= 0, timeout=_WAIT)
    every_look(work.shell, "grading-supplier")
    count = page.model.rowCount()
    page.supplier_line.setText("华南屏厂")
    page.send_button.click()
    qtbot.waitUntil(lambda: page.model.rowCount() == 0, timeout=_WAIT)
    page.chips.activate("sent")
    qtbot.waitUntil(lambda: page.model.rowCount() >= count, timeout=_WAIT)
    page.table.select_id(line.id)
    qtbot.keyClick(page.table, Qt.Key.Key_1)
    with_answer = lambda: page.model.row_at(page.model.line_of(line.id)).fate == "accepted"  # noqa: E731
    qtbot.waitUntil(with_answer, timeout=_WAIT)
    every_look(work.shell, "grading-sent")


def test_a_tag_scanned_at_the_grading_desk_finds_its_part(at_work, qtbot):
    work = open_page(at_work, "luojie2")
    rows = [row for row in trade().rows if isinstance(row, OldPart) and row.grade == "scrap" and row.received_at]
    work.shell.open("grading")
    page = work.page
    qtbot.waitUntil(lambda: page.model.rowCount() > 0, timeout=_WAIT)
    scan(work, format_old_part(rows[0].tag))
    qtbot.waitUntil(lambda: page.shown == "scrap" and page.table.current_id() == rows[0].id, timeout=_WAIT)


def test_an_unread_tag_is_found_by_part_serial_and_station_at_the_receiving_desk(at_work, qtbot):
    work = open_page(at_work, "luojie2")
    olds = (row for row in trade().rows if isinstance(row, OldPart) and row.state is OldPartState.TAGGED)
    old = next(row for row in olds if row.serial)
    work.shell.open("old_parts")
    page = work.page
    page.look(f"{old.part_id} {old.serial}")
    qtbot.waitUntil(lambda: page._line is not None and page._line.id == old.id, timeout=_WAIT)
    assert page.button.isEnabled()
