"""The orders page: filters by role, filtering while typing, opening, and what it keeps and refreshes by itself."""

from collections.abc import Callable, Iterator

import msgspec
import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from app import i18n
from app.offline_db.engine import writing
from app.offline_db.schema import ROW_TABLES
from app.queries.order_board import LIMIT
from app.ui.live import retranslate
from app.ui.pages.orders import DRAFT, OrdersPage
from core.ids import derive
from core.roles import Role
from core.rows.orders import WorkOrder
from core.work_order import State
from rowstore.rows import insert_rows
from tests.journeys.places import ORDER
from tests.journeys.world import World, make_world, with_state


@pytest.fixture(scope="module")
def station(tmp_path_factory) -> Iterator[World]:
    """A station's device; the tests here change one order at most."""
    made = make_world(tmp_path_factory.mktemp("station") / "profile")
    yield made
    made.close()


@pytest.fixture
def open_page(themed: QApplication, qtbot, nav) -> Iterator[Callable[..., OrdersPage]]:
    """Opens the orders page of a person, shown and read."""
    i18n.set_language("en")

    def make(world: World, role: Role = Role.TECHNICIAN) -> OrdersPage:
        page = OrdersPage(world.bench(nav, role))
        qtbot.addWidget(page)
        page.resize(1290, 670)
        page.show()
        with qtbot.waitSignal(page.shown):
            page.opened()
        return page

    yield make
    i18n.set_language("en")


def ids(page: OrdersPage) -> list[str]:
    return [page.model.row_at(line).id for line in range(page.model.rowCount())]


def choose(qtbot, page: OrdersPage, chip: str) -> None:
    with qtbot.waitSignal(page.shown):
        page.chips.activate(chip)


def type_text(qtbot, page: OrdersPage, text: str) -> None:
    """Type, or paste what no test can press keys for."""
    with qtbot.waitSignal(page.shown):
        page.text.clear()
        qtbot.keyClicks(page.text, text) if text.isascii() else page.text.setText(text)


def test_today_has_the_new_offer_and_all_has_everything(station, open_page, qtbot, nav):
    page = open_page(station)
    assert ORDER in ids(page)
    choose(qtbot, page, "all")
    with station.store.reading() as rows:
        assert len(ids(page)) == len(rows.find(WorkOrder)) > 20
    assert nav.badges["orders"] >= 1
    world_name = station.place.name
    assert world_name in page.header._subtitle.text()


@pytest.mark.parametrize("chip", ["offered", "to_visit", "in_repair", "waiting", "finished"])
def test_a_filter_shows_as_many_as_its_count_says(station, open_page, qtbot, chip):
    page = open_page(station)
    choose(qtbot, page, chip)
    counts = {button.chip.id: button.chip.count for button in page.chips._buttons()}
    assert counts[chip] == len(ids(page))


def test_typing_narrows_by_number_customer_and_serial(station, open_page, qtbot):
    page = open_page(station)
    choose(qtbot, page, "all")
    type_text(qtbot, page, "260317-0271")
    assert ids(page) == [ORDER]
    type_text(qtbot, page, "260317-0271 nobody")
    assert ids(page) == []
    assert page.empty.isVisible()
    type_text(qtbot, page, "陈静 海德一道")
    assert ORDER in ids(page)


def test_enter_opens_the_order_under_the_cursor(station, open_page, qtbot, nav):
    page = open_page(station)
    page.table.select_id(ORDER)
    QTest.keyClick(page.table, Qt.Key.Key_Return)
    assert nav.opened == [("order", {"order": ORDER})]


def test_the_filter_is_kept(station, open_page, qtbot):
    page = open_page(station)
    choose(qtbot, page, "all")
    type_text(qtbot, page, "0271")
    assert station.drafts.load(DRAFT) == {"chip": "all", "text": "0271"}
    again = open_page(station)
    assert again.text.text() == "0271"
    assert ids(again) == [ORDER]
    station.drafts.drop(DRAFT)


def test_it_reads_again_only_when_orders_changed(station, open_page, qtbot):
    page = open_page(station)
    with qtbot.assertNotEmitted(page.shown, wait=400):
        station.store.tell([("stock_move", "x")])
    with qtbot.waitSignal(page.shown):
        with_state(station, station.order(), reminders=7)
    assert (
        next(page.model.row_at(n) for n in range(page.model.rowCount()) if page.model.row_at(n).id == ORDER).reminders
        == 7
    )


def test_typing_finds_what_changed_meanwhile(station, open_page, qtbot):
    page = open_page(station)
    choose(qtbot, page, "all")
    type_text(qtbot, page, "renamed")
    assert ids(page) == []
    with qtbot.waitSignal(page.shown):
        with_state(station, station.order(), customer_address="renamed street")
    assert ids(page) == [ORDER]


def test_titles_and_filters_follow_the_language(station, open_page, qtbot):
    page = open_page(station)
    i18n.set_language("zh_CN")
    retranslate(page)
    assert page.chips._buttons()[0].text().startswith("今日")
    assert page.model.headerData(1, Qt.Orientation.Horizontal) == "状态"


def test_customers_are_masked(station, open_page):
    page = open_page(station)
    line = ids(page).index(ORDER)
    assert page.model.index(line, 3).data() == "陈 **"


def test_the_branch_sees_what_is_to_dispatch_first(tmp_path, open_page, qtbot, nav):
    branch = make_world(tmp_path / "branch", at="branch")
    page = open_page(branch, Role.BRANCH_MANAGER)
    assert page._chip() == "to_dispatch"
    states = {page.model.row_at(line).state for line in range(page.model.rowCount())}
    assert states <= {"offered_branch", "at_branch", "declined", "recalled"}
    page._dispatch()
    assert nav.toasts[-1][1] == "Choose an order first."
    page.table.selectRow(0)
    page._dispatch()
    assert nav.opened[-1] == ("order", {"order": ids(page)[0], "start": "dispatch_order"})
    branch.close()


def test_more_orders_than_anybody_reads_are_counted_not_fetched(tmp_path, open_page, qtbot):
    many = make_world(tmp_path / "many")
    one = many.order()
    more = [
        msgspec.structs.replace(one, id=derive(ORDER, str(n)), number=f"SZ-M-{n:05d}", state=State.SETTLED)
        for n in range(LIMIT + 20)
    ]
    with writing(many.store.engine) as connection:
        insert_rows(connection, ROW_TABLES, more)
    page = open_page(many)
    choose(qtbot, page, "finished")
    assert len(ids(page)) == LIMIT
    assert page.foot.text().startswith(f"first {LIMIT} of ")
    type_text(qtbot, page, "SZ-M-00007")
    assert [page.model.row_at(0).number, len(ids(page))] == ["SZ-M-00007", 1]
    many.close()
