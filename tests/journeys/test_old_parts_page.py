"""Old parts: the station tags and prints, the warehouse receives by scanning the printed tag."""

from app.ui.components.print_window import PrintWindow
from app.ui.pages.old_parts import StationOldPartsPage, old_parts_page
from app.ui.pages.old_parts_receive import ReceivePage
from app.ui.printing import TAG, OldPartTag, write_label
from core.identifiers import format_old_part_qr
from core.rows.parts import AccountEntry, OldPart, OldPartState
from tests.journeys.bench import AtWork
from tests.journeys.dropping import drop
from tests.journeys.places import person_named, trade


def open_page(at_work, qtbot, login) -> AtWork:
    work = at_work(login, {"old_parts": old_parts_page})
    work.shell.open("old_parts")
    return work


def stored(work, old_part_id: str) -> OldPart:
    with work.opened.store.reading() as rows:
        found = rows.get(OldPart, old_part_id)
    assert found is not None
    return found


def test_the_station_sees_what_is_due_and_tags_and_prints(at_work, qtbot, every_look, tmp_path):
    work = open_page(at_work, qtbot, "liyong")
    work.bench.settings.set("print_folder", str(tmp_path / "prints"))
    page = work.page
    assert isinstance(page, StationOldPartsPage)
    qtbot.waitUntil(lambda: page.model.rowCount() > 0, timeout=10_000)
    every_look(work.shell, "old_parts")
    page.chips.activate("to_tag")
    qtbot.waitUntil(lambda: page.model.rowCount() > 0 and page.model.row_at(0).state == "to_tag", timeout=10_000)
    line = page.model.row_at(0)
    page.table.select_id(line.id)
    page.detail._tag()
    if line.serialised:
        qtbot.waitUntil(lambda: page.detail._field is not None and page.detail._field.refused, timeout=10_000)
        every_look(work.shell, "old_parts-refused")
        assert page.scanned("SN77A0012", "wedge")
    qtbot.waitUntil(lambda: stored(work, line.id).state is OldPartState.TAGGED, timeout=10_000)
    qtbot.waitUntil(lambda: len(work.shell.findChildren(PrintWindow)) == 1, timeout=10_000)
    (window,) = work.shell.findChildren(PrintWindow)
    qtbot.waitUntil(lambda: window.pdf_button.isEnabled() and window.printer.count() > 0, timeout=10_000)
    every_look(window, "print-tag")
    window.save()
    paper = tmp_path / "prints" / f"{line.tag}-old-part-tag.pdf"
    qtbot.waitUntil(paper.exists, timeout=10_000)
    qtbot.waitUntil(lambda: not work.shell.findChildren(PrintWindow), timeout=10_000)
    from app.scanner.pdfs import read_file

    assert format_old_part_qr(line.tag) in {code.text for code in read_file(paper).codes}


def test_the_warehouse_receives_a_scanned_tag_and_the_duty_is_written_off(at_work, qtbot, every_look):
    work = open_page(at_work, qtbot, "luojie2")
    page = work.page
    assert isinstance(page, ReceivePage)
    tagged = [row for row in trade().rows if isinstance(row, OldPart) and row.state is OldPartState.TAGGED]
    mine = [row for row in tagged if row.warehouse_id == person_named("luojie2").place_id]
    assert page.scanned("P" + mine[0].tag, "wedge")
    qtbot.waitUntil(page.button.isEnabled, timeout=10_000)
    every_look(work.shell, "receive")
    page.receive()
    qtbot.waitUntil(lambda: stored(work, mine[0].id).state is OldPartState.WRITTEN_OFF, timeout=10_000)
    with work.opened.store.reading() as rows:
        credits = rows.find(AccountEntry, old_part_id=mine[0].id)
    assert len(credits) == 1
    page.scanned(format_old_part_qr(mine[1].tag), "serial")
    qtbot.waitUntil(lambda: page._line is not None and page._line.id == mine[1].id, timeout=10_000)
    page.findings.activate("damaged")
    page.receive()
    qtbot.waitUntil(lambda: stored(work, mine[1].id).finding == "damaged", timeout=10_000)
    qtbot.waitUntil(lambda: page.model.rowCount() >= 2, timeout=10_000)
    every_look(work.shell, "receive-list")


def test_unknown_and_doubly_scanned_tags_stop_the_clerk(at_work, qtbot, every_look):
    work = open_page(at_work, qtbot, "luojie2")
    page = work.page
    page.look("0123456789AB")
    qtbot.waitUntil(lambda: "No old part with this tag" in page.banner.accessibleDescription(), timeout=10_000)
    every_look(work.shell, "receive-unknown")
    done = next(row for row in trade().rows if isinstance(row, OldPart) and row.state is OldPartState.WRITTEN_OFF)
    page.look(done.tag)
    qtbot.waitUntil(lambda: "already been received" in page.banner.accessibleDescription(), timeout=10_000)
    assert not page.button.isEnabled()


def test_a_tag_is_read_from_its_print_dropped_on_the_page(at_work, qtbot, tmp_path):
    page = open_page(at_work, qtbot, "luojie2").page
    assert isinstance(page, ReceivePage)
    mine = person_named("luojie2").place_id
    tagged = (row for row in trade().rows if isinstance(row, OldPart) and row.state is OldPartState.TAGGED)
    part = next(row for row in tagged if row.warehouse_id == mine)
    paper = write_label(OldPartTag(part.tag, part.part_id, "", "SZ-1"), tmp_path / "tag.pdf", TAG)
    assert drop(page, paper)
    qtbot.waitUntil(lambda: page._line is not None and page._line.id == part.id, timeout=20_000)
    assert page.button.isEnabled()
    empty = tmp_path / "empty.pdf"
    empty.write_bytes(b"")
    assert drop(page, empty)
    qtbot.waitUntil(lambda: page._line is None and not page.button.isEnabled(), timeout=10_000)
