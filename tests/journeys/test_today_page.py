"""Today in a real window: what needs one first, the day by time with what holds each up, limits that count on."""

from collections.abc import Callable, Iterator
from datetime import timedelta

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QWidget

from app import i18n
from app.offline_db.engine import writing
from app.offline_db.schema import ROW_TABLES
from app.ui.live import retranslate
from app.ui.pages.clock_words import clock_text
from app.ui.pages.today import TodayPage
from core.ids import derive
from core.roles import Role
from core.rows.sync import ParkedOperation
from core.work_order import State
from rowstore.rows import insert_rows
from tests.journeys.places import NOW, ORDER
from tests.journeys.world import World, with_state


@pytest.fixture
def open_page(themed: QApplication, qtbot, nav) -> Iterator[Callable[..., TodayPage]]:
    i18n.set_language("en")

    def make(world: World, role: Role = Role.TECHNICIAN) -> TodayPage:
        page = TodayPage(world.bench(nav, role))
        qtbot.addWidget(page)
        page.resize(1290, 670)
        with qtbot.waitActive(page):
            page.show()
            page.activateWindow()
        with qtbot.waitSignal(page.shown):
            page.opened()
        return page

    yield make
    i18n.set_language("en")


def line_of(page: TodayPage, order_id: str):
    return page.model.row_at(page.model.line_of(order_id))


def test_the_days_orders_tell_what_they_wait_for_and_enter_opens_one(station, open_page, nav, qtbot):
    page = open_page(station)
    offer = line_of(page, ORDER)
    assert (offer.blocks, offer.state) == ("answer", State.OFFERED_STATION.value)
    assert nav.badges["today"] >= 1
    page.chips.activate("offers")
    assert all(page.model.row_at(n).blocks == "answer" for n in range(page.model.rowCount()))
    page.table.select_id(ORDER)
    QTest.keyClick(page.table, Qt.Key.Key_Return)
    assert nav.opened[-1] == ("order", {"order": ORDER})


def test_a_technician_sees_own_and_free_orders_the_lead_all_of_them(station, open_page):
    me = station.person(Role.TECHNICIAN).name
    mine = open_page(station)
    names = {mine.model.row_at(n).technician for n in range(mine.model.rowCount())}
    assert names <= {me, ""}
    everything = open_page(station, Role.STATION_LEAD)
    assert everything.model.rowCount() >= mine.model.rowCount()
    assert not mine.first.isVisible(), "nothing was refused"


def test_the_limit_counts_on_without_reading_again(station, open_page):
    page = open_page(station)
    ticking = line_of(page, ORDER).ticking
    assert ticking.clock.name.value == "offer_station"
    told = [clock_text(ticking, NOW + timedelta(minutes=more)) for more in (0, 10, 60)]
    assert told[0] != told[1] and told[2].startswith("Answer · overdue")
    assert [ticking.tone(NOW + timedelta(minutes=more)) for more in (5, 45, 61)] == ["grey", "warn", "bad"]


def test_what_hq_refused_comes_first_and_leads_to_where_it_is_mended(station, open_page, nav):
    order = station.order()
    parked = ParkedOperation(
        id=derive(ORDER, "parked"), branch_id=order.branch_id, place_id=station.place.id, device_id="d", n=1,
        action="accept_order", person_id=station.person(Role.TECHNICIAN).id, made_at=NOW - timedelta(days=1),
        code="move_not_allowed", facts={"state": "cancelled", "action": "accept_order"},
        touches=(f"work_order/{ORDER}",),
    )  # fmt: skip
    with writing(station.store.engine) as connection:
        insert_rows(connection, ROW_TABLES, [parked])
    page = open_page(station)
    assert page.first.isVisible()
    said = [child.accessibleName() for child in page.first.findChildren(QWidget)]
    assert any(text.startswith(f"{order.number} Accept: The order is") for text in said)
    assert nav.badges["today"] >= 2


def test_news_of_an_order_are_shown_by_themselves_and_the_words_follow_the_language(station, open_page, qtbot):
    page = open_page(station)
    with qtbot.waitSignal(page.shown):
        with_state(station, station.order(), state=State.WAITING_PARTS, held_from=State.ACCEPTED,
                   technician_id=station.person(Role.TECHNICIAN).id, paused_at=NOW)  # fmt: skip
    line = line_of(page, ORDER)
    assert line.blocks == "waiting_parts" and line.ticking.clock.paused
    i18n.set_language("zh_CN")
    retranslate(page)
    assert page.table.accessibleName() == "今日工单"
    column = next(c for c in page.model.columns if c.tone is not None and c.text(line).startswith("待件"))
    assert column.tone(line) == "warn"


def test_a_key_opens_the_counter(station, open_page, nav):
    page = open_page(station)
    QTest.keyClick(page, Qt.Key.Key_N, Qt.KeyboardModifier.ControlModifier)
    assert nav.opened[-1] == ("counter", {})
