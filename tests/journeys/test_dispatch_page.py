"""The board in a real window: suggestions with figures, several orders given by one key, refusals beside them."""

from collections.abc import Callable, Iterator

import msgspec
import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from app import i18n
from app.offline_db.engine import writing
from app.offline_db.schema import ROW_TABLES
from app.ui.live import retranslate
from app.ui.pages.dispatch import DispatchPage, dispatch_page
from app.window.pages import page_specs
from core.roles import Role
from core.rows.people import Person
from core.work_order import State
from rowstore.rows import SqlRows
from tests.journeys.world import World, make_world, more_stations


@pytest.fixture
def branch(tmp_path) -> Iterator[World]:
    made = make_world(tmp_path / "profile", at="branch")
    yield made
    made.close()


@pytest.fixture
def open_page(themed: QApplication, qtbot, nav) -> Iterator[Callable[..., DispatchPage]]:
    i18n.set_language("en")

    def make(world: World, role: Role) -> DispatchPage:
        page = dispatch_page(world.bench(nav, role))
        assert isinstance(page, DispatchPage)
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


def ids(page: DispatchPage) -> list[str]:
    return [page.order_rows.row_at(line).id for line in range(page.order_rows.rowCount())]


def choose(qtbot, page: DispatchPage, *order_ids: str) -> None:
    with qtbot.waitSignal(page.ranked):
        page.select(*order_ids)


def test_suggestions_are_ranked_with_their_figures_and_those_left_out_say_why(branch, open_page, qtbot):
    more_stations(branch)
    page = open_page(branch, Role.BRANCH_MANAGER)
    visits = next(one for one in ids(page) if branch.order(one).service_type.value == "on_site")
    choose(qtbot, page, visits)
    assert page.panel.blocks, "somebody is fit"
    points = [block.figures.text() for block in page.panel.blocks]
    assert all("today" in text for text in points)
    from app.ui.widgets import Label

    said = " ".join(label.text() for label in page.panel.findChildren(Label))
    assert "前海维修站 — frozen" in said and "蛇口维修站 — not licensed" in said


def test_several_orders_are_given_to_one_station_by_a_key(branch, open_page, qtbot, nav):
    more_stations(branch)
    page = open_page(branch, Role.BRANCH_MANAGER)
    two = [one for one in ids(page) if branch.order(one).product_class == branch.order(ids(page)[0]).product_class][:1]
    two += [one for one in ids(page) if one not in two][:1]
    choose(qtbot, page, *two)
    first = page.panel.blocks[0]
    assert first.button.keys == "Ctrl+1"
    qtbot.waitUntil(first.button.isVisible)
    with qtbot.waitSignals([page.done, page.shown]):
        QTest.keyClick(page, Qt.Key.Key_1, Qt.KeyboardModifier.ControlModifier)
    given = [one for one in two if branch.order(one).state is State.OFFERED_STATION]
    assert given and nav.toasts[-1][0] == "ok"
    assert set(two) - set(given) <= set(ids(page)), "what was refused stays on the board"
    assert page.trouble.isVisible() == (len(given) < 2)


def test_the_load_of_each_station_stands_below(branch, open_page):
    more_stations(branch)
    page = open_page(branch, Role.BRANCH_MANAGER)
    loads = [page.load_rows.row_at(line) for line in range(page.load_rows.rowCount())]
    assert len(loads) == 4
    assert loads[0].open > 0 and loads[0].finished > 0
    assert [load.excluded for load in loads if load.name == "前海维修站"] == [("frozen",)]


def test_the_filters_count_what_they_show(branch, open_page):
    page = open_page(branch, Role.BRANCH_MANAGER)
    counts = {button.chip.id: button.chip.count for button in page.chips._buttons()}
    for chip in ("to_give", "back", "late", "reminders", "all"):
        page.chips.activate(chip)
        assert len(ids(page)) == counts[chip]


def test_the_lead_assigns_and_nobody_in_re_examination_is_offered(station, open_page, qtbot, nav):
    me, away = station.person(Role.TECHNICIAN), None
    with station.store.reading() as rows:
        away = next(one for one in rows.find(Person, place_id=station.place.id) if one.reexamination)
    order = station.first_in(State.SCHEDULED, State.ACCEPTED)
    with writing(station.store.engine) as connection:
        SqlRows(connection, ROW_TABLES).put(msgspec.structs.replace(order, technician_id=None))
    page = open_page(station, Role.STATION_LEAD)
    assert ids(page) == [order.id]
    choose(qtbot, page, order.id)
    names = [block.name.text() for block in page.panel.blocks]
    assert names and not any(away.name in name for name in names)
    with qtbot.waitSignal(page.done):
        page.panel.blocks[0].button.click()
    assert station.order(order.id).technician_id is not None
    assert me.name


def test_the_words_follow_the_language(branch, open_page, qtbot):
    page = open_page(branch, Role.BRANCH_MANAGER)
    choose(qtbot, page, ids(page)[0])
    i18n.set_language("zh_CN")
    retranslate(page)
    assert page.panel.accessibleName() == "推荐"
    assert "今日" in page.panel.blocks[0].figures.text()


def test_today_is_the_first_page_of_a_station_and_the_board_is_there_for_those_who_give_out():
    specs = page_specs(lambda _nav: None, {})  # type: ignore[arg-type, return-value]
    first = {
        role: next(spec.id for spec in specs if spec.in_rail and spec.open_to(frozenset({role})))
        for role in ("technician", "station_lead", "branch_manager")
    }
    assert first == {"technician": "today", "station_lead": "today", "branch_manager": "dispatch"}
    seen = {spec.id: spec for spec in specs}
    assert seen["dispatch"].open_to(frozenset({"station_lead"})), "the day's “Assign” leads there"
    assert seen["counter"].open_to(frozenset({"technician"}))
