"""A unit's history on its page: what is known here, what HQ is asked, and a correction that is proposed."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import date, timedelta

import pytest
from PySide6.QtWidgets import QApplication, QLabel, QPushButton, QWidget

from app import i18n
from app.offline_db import unit_answers
from app.offline_db.engine import writing
from app.offline_db.schema import ROW_TABLES
from app.ui.pages.order.page import OrderPage
from app.ui.pages.unit import UnitPage, unit_page
from app.ui.widgets import Pill
from core.contract.messages import UnitAnswer
from core.refusals import Refusal
from core.roles import Role
from core.rows.orders import OrderUnit
from core.rows.people import Place
from core.rows.units import CorrectionField, CorrectionState, PastRepair, UnitCorrection, UnitRecord
from core.warranty import Contract
from rowstore.rows import SqlRows
from tests.journeys.legibility import cut_texts
from tests.journeys.places import NOW, ORDER, trade
from tests.journeys.steps import bring_to
from tests.journeys.world import World


def elsewhere(number: str = "GZ-260105-0007") -> PastRepair:
    """A repair at another branch's station."""
    return PastRepair(
        order_id="01900000-0000-7000-8000-00000000e15e",
        number=number,
        station="GZ02",
        job="repair",
        state="settled",
        from_day=date(2026, 1, 5),
        to_day=date(2026, 1, 19),
        waits=((date(2026, 1, 7), date(2026, 1, 15)),),
        fault="D01",
        parts=("panel",),
    )


def told(station: Place, serial: str) -> UnitRecord:
    """What HQ told the station of the unit."""
    return UnitRecord(
        id="01900000-0000-7000-8000-00000000e1e1",
        version=1,
        branch_id=station.branch_id,
        station_id=station.id,
        serial=serial,
        repairs=(elsewhere(),),
        contracts=(Contract(id="C1", name="三年延保", from_day=date(2026, 3, 7), to_day=date(2028, 3, 6)),),
        as_of=NOW - timedelta(hours=5),
    )


def put(world: World, row) -> None:
    """Have the device hold a row as HQ sent it."""
    with writing(world.store.engine) as connection:
        SqlRows(connection, ROW_TABLES).put(row)


@pytest.fixture
def open_unit(themed: QApplication, qtbot, nav) -> Iterator[Callable[..., UnitPage]]:
    """Opens the page of a unit, shown and read."""
    i18n.set_language("en")

    def make(world: World, serial: str, **more) -> UnitPage:
        page = UnitPage(replace(world.bench(nav, Role.TECHNICIAN), **more))
        qtbot.addWidget(page)
        page.resize(1290, 670)
        page.show()
        with qtbot.waitSignal(page.shown):
            page.opened(serial=serial)
        return page

    yield make
    i18n.set_language("en")


def texts(widget: QWidget) -> str:
    """All that can be read in a widget."""
    QApplication.processEvents()
    words = [w.text() for kind in (QLabel, QPushButton) for w in widget.findChildren(kind) if w.isVisible()]
    return "\n".join([*words, *(pill.text for pill in widget.findChildren(Pill) if pill.isVisible())])


def test_everything_known_of_a_unit_is_shown_without_a_line(world, open_unit):
    serial = trade().story.serial
    put(world, told(world.place, serial))
    page = open_unit(world, serial)
    shown = texts(page)
    for words in ("Made", "Sold", "GZ-260105-0007", "at GZ02", "waited 9 days for parts", "parts: Display panel",
                  "三年延保", "Other places’ repairs as HQ told them"):  # fmt: skip
        assert words in shown, words
    assert not page.ask_button.isVisible(), "without a line to HQ nobody is asked"
    assert cut_texts(page) == []


def test_hq_is_asked_and_its_answer_is_kept(world, open_unit, qtbot):
    serial, asked = trade().story.serial, []

    def ask(wanted: str) -> object:
        asked.append(wanted)
        answer = UnitAnswer(serial=wanted, as_of=NOW, repairs=(elsewhere("BJ-260105-0001"),))
        unit_answers.keep(world.store.engine, answer)
        return answer

    page = open_unit(world, serial, ask_unit=ask)
    assert "HQ was not asked yet" in texts(page)
    with qtbot.waitSignal(page.shown):
        page.ask_button.click()
    assert asked == [serial]
    assert "BJ-260105-0001" in texts(page)
    later = open_unit(world, serial)
    assert "BJ-260105-0001" in texts(later), "kept for the next time, without a line"


def test_out_of_reach_hq_is_told_and_what_is_known_stays(world, open_unit, nav):
    def ask(_wanted: str) -> object:
        raise Refusal("hq_unreachable", problem="no line")

    page = open_unit(world, trade().story.serial, ask_unit=ask)
    page.ask_button.click()
    assert nav.toasts[-1] == ("warn", "HQ could not be asked")
    assert page.ask_button.isEnabled()
    assert "Sold" in texts(page)


def test_a_correction_is_proposed_and_stays_visible_until_hq_decides(world, open_unit, nav, qtbot):
    serial = trade().story.serial
    page = open_unit(world, serial)
    card = page.correct
    card.field.setCurrentIndex(card.field.findData(CorrectionField.SOLD.value))
    assert "The registry says: 20" in card.now.text()
    card.value.setText("31.02.2026")
    card.reason.setText("invoice shows another day")
    card.button.click()
    assert "can’t stand" in texts(card)
    card.value.setText("2026-02-01")
    with qtbot.waitSignal(page.shown):
        card.button.click()
    with world.store.reading() as rows:
        found = rows.find(UnitCorrection, serial=serial)
    assert [(one.field, one.new, one.state) for one in found] == [
        (CorrectionField.SOLD, "2026-02-01", CorrectionState.OPEN)
    ]
    assert "HQ has not decided" in texts(page)
    assert nav.toasts[-1] == ("ok", "Proposed; HQ decides")
    assert card.value.text() == card.reason.text() == ""


def test_an_unknown_number_says_so(world, open_unit):
    page = open_unit(world, "K35U5525A9999999")
    assert "Nothing is known of this unit here" in texts(page)
    assert not page.correct.isVisible()


def test_the_order_page_shows_the_rights_leads_to_the_history_and_takes_findings(
    world, themed, qtbot, nav, tmp_path, picture_file
):
    i18n.set_language("en")
    bring_to(world, "judged")
    page = OrderPage(world.bench(nav, Role.TECHNICIAN))
    qtbot.addWidget(page)
    page.resize(1290, 670)
    page.show()
    with qtbot.waitSignal(page.shown):
        page.opened(order=ORDER)
    assert "Free repair of the main parts" in texts(page.remedies)
    dict(page._more())["Unit history"]()
    assert nav.opened[-1] == ("unit", {"serial": trade().story.serial, "order": ORDER})
    page.next.start("record_findings")
    form = page.next.form
    next(iter(form.boxes.values())).setChecked(True)
    form.finding.setText("liquid on the main board")
    page.next.press()
    assert "add a photo" in texts(form), "no warranty ends without a photo"
    form.photo.setText(str(picture_file))
    with qtbot.waitSignal(page.shown):
        page.next.press()
    with world.store.reading() as rows:
        unit = rows.find(OrderUnit, order_id=ORDER)[0]
    assert (unit.exclusions, unit.finding) == (("misuse",), "liquid on the main board")
    assert unit.finding_photo and unit.verdict_id is None
    assert "Damaged by misuse" in texts(page.unit)


@pytest.fixture
def picture_file(tmp_path):
    """A photo on the disk."""
    from PIL import Image

    path = tmp_path / "photo.png"
    Image.new("RGB", (60, 40), "#345").save(path)
    return path


def test_a_window_opens_the_page(at_work, every_look, qtbot):
    serial = trade().story.serial
    station = next(one for one in trade().rows if isinstance(one, Place) and one.id == trade().story.station_id)
    refused = UnitCorrection(
        id="01900000-0000-7000-8000-00000000e1c1", version=1, branch_id=station.branch_id, station_id=station.id,
        order_id=None, model=trade().story.model, serial=serial, field=CorrectionField.SOLD, old="2025-03-06",
        new="2025-03-16", reason="发票日期为 3 月 16 日", proposed_by=ORDER, proposed_at=NOW - timedelta(days=2),
        state=CorrectionState.REFUSED, answer="发票照片不清",
    )  # fmt: skip
    work = at_work("liwei", {"unit": unit_page}, rows=[told(station, serial), refused])
    work.shell.open("unit", serial=serial)
    assert isinstance(work.page, UnitPage)
    qtbot.waitUntil(lambda: "GZ-260105-0007" in texts(work.page), timeout=10_000)
    every_look(work.shell, "unit")
    assert "Refused by HQ" in texts(work.page)
