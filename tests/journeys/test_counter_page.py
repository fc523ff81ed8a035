"""The counter in a real window: a scan fills what the registry knows, nothing is lost, the order is open offline."""

from collections.abc import Callable

import pytest
from PySide6.QtWidgets import QApplication

from app import i18n
from app.ui.pages.counter import DRAFT, CounterPage
from core.roles import Role
from core.rows.orders import WorkOrder
from core.work_order import State
from tests.journeys.places import ORDER, trade
from tests.journeys.world import World, with_state


@pytest.fixture
def open_page(themed: QApplication, qtbot, nav) -> Callable[[World], CounterPage]:
    i18n.set_language("en")

    def make(world: World, role: Role = Role.TECHNICIAN) -> CounterPage:
        page = CounterPage(world.bench(nav, role))
        qtbot.addWidget(page)
        page.resize(1290, 670)
        page.show()
        page.opened()
        return page

    return make


def fill(page: CounterPage) -> None:
    page.fault.setText("不开机")
    page.name.setText("陈静")
    page.phone.setText("13800138000")


def test_a_scan_fills_in_what_the_registry_knows_and_the_order_opens_offline(station, open_page, qtbot, nav):
    page = open_page(station)
    with qtbot.waitSignal(page.known):
        assert page.scanned(trade().story.serial, "wedge")
    assert (page.model.text(), page.product_class.current_id()) == (trade().story.model, "tv_lcd")
    fill(page)
    with qtbot.waitSignal(page.opened_order) as opened:
        page.submit()
    order = station.order(opened.args[0])
    assert (order.state, order.source, order.reported_serial) == (State.ACCEPTED, "counter", trade().story.serial)
    assert order.number.startswith("SZ01-260317-") and order.technician_id == station.person(Role.TECHNICIAN).id
    assert nav.opened[-1] == ("order", {"order": order.id})
    assert page.serial.text() == "" and station.drafts.load(DRAFT) in (None, {})


def test_an_order_that_is_open_for_the_unit_is_shown_instead_of_a_second_one(station, open_page, qtbot, nav):
    with_state(station, station.order(), reported_serial=trade().story.serial)
    page = open_page(station)
    with qtbot.waitSignal(page.known):
        page.scanned(trade().story.serial, "wedge")
    assert page.go_there.isVisible() and station.order().number in page.told.text()
    page.go_there.click()
    assert nav.opened[-1] == ("order", {"order": ORDER})
    fill(page)
    page.submit()
    qtbot.waitUntil(lambda: page.fields["serial"].refused)
    assert station.order().number in page.fields["serial"].reason


def test_what_is_missing_is_said_beside_its_field_and_what_was_typed_is_kept(station, open_page, qtbot):
    page = open_page(station)
    page.submit()
    assert page.fields["fault"].refused
    page.fault.setText("有异响")
    qtbot.keyClicks(page.name, "chen")
    assert not page.fields["fault"].refused
    page.leaving()
    qtbot.waitUntil(lambda: bool(station.drafts.load(DRAFT)))
    again = open_page(station)
    assert (again.fault.text(), again.name.text()) == ("有异响", "chen")
    fill(again)
    again.submit()
    qtbot.waitUntil(lambda: again.fields["product_class"].refused)
    with station.store.reading() as rows:
        assert not [one for one in rows.find(WorkOrder) if one.source == "counter"]
