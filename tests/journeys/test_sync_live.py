"""The whole window with its sync loop: news by themselves, others' work on the profile, a slow HQ blocks nothing."""

import socket
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import msgspec
import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QLabel

from app.bootstrap import Station, open_station
from app.offline_db.engine import open_engine
from app.offline_db.profile import Profile
from app.offline_db.store import Store
from app.offline_db.sync_store import SyncStore
from app.security.device_key import DeviceKey
from app.security.key_store import Ways
from app.security.wrapped_keys import Cost
from app.sync.lane import Moving
from app.sync.status import SyncStatus
from app.ui.enrol import EnrolPage, Told
from app.ui.pages.orders import OrdersPage
from app.ui.widgets import ElidedLabel
from app.window.window import Window
from core.roles import PlaceKind
from core.rows.orders import WorkOrder
from core.rows.people import Credential
from tests.integration import station_kit as kit
from tests.integration.hq_kit import Hq, now, with_sample

WAIT = 20_000
CHEAP = Cost(memory_kib=1024, time=1, lanes=1)


@pytest.fixture
def hq(tmp_path: Path) -> Iterator[Hq]:
    with with_sample(tmp_path / "hq") as hq:
        shared = {"version": 1, "branch_id": kit.BRANCH, "place_id": kit.STATION}
        hq.add([Credential(id=kit.WANG, **shared, verifier="set", must_change=False)])
        yield hq
        hq._server.force_exit = True  # a window's long poll is still out: nobody waits for its end


@pytest.fixture
def silent_hq() -> Iterator[str]:
    """An HQ that takes every connection and answers nothing until the end."""
    taken: list[socket.socket] = []
    with socket.create_server(("127.0.0.1", 0)) as server:

        def take() -> None:
            while True:
                try:
                    taken.append(server.accept()[0])
                except OSError:
                    return

        thread = threading.Thread(target=take, daemon=True)
        thread.start()
        yield f"http://127.0.0.1:{server.getsockname()[1]}"
        server.shutdown(socket.SHUT_RDWR)
        thread.join(5)
    for connection in taken:
        connection.close()


@pytest.fixture
def opened(tmp_path: Path) -> Iterator[Station]:
    """A profile without a device."""
    ways = Ways(environ={"FIXPOINT_PASSPHRASE": "only for this test"}, cost=CHEAP)
    station = open_station(Profile(tmp_path / "profile"), ways)
    yield station
    station.close()


@pytest.fixture
def window(themed: QApplication, qtbot) -> Iterator[Callable[[Station], Window]]:
    """``window(station)`` shows the window with Wang at work; it is closed at the end."""
    made: list[Window] = []

    def make(station: Station) -> Window:
        station.sessions.begin(kit.WANG)
        one = Window(themed, station, wedge=False)
        made.append(one)
        qtbot.addWidget(one.shell)
        one.open()
        assert one.person is not None, "who has a session goes on"
        return one

    yield make
    for one in made:
        one.shell.close()


def with_rows(station: Station, url: str) -> None:
    """Enrolled with an HQ that is out of reach now; the sample came before."""
    reply = kit.enrol_reply(kit.STATION, PlaceKind.STATION)
    station.store.enrol(url, reply)
    sync = SyncStore(station.store)
    shared = {"version": 1, "branch_id": kit.BRANCH, "place_id": kit.STATION}
    credential = Credential(id=kit.WANG, **shared, verifier="set", must_change=False)
    sync.greeted(kit.hello_reply(kit.SCOPE, "reference"), 0)
    kit.page(sync, kit.lines([*kit.people(), credential, kit.order(), kit.unit()]))


def orders_page(window: Window) -> OrdersPage:
    window.shell.open("orders")
    page = window.shell.page
    assert isinstance(page, OrdersPage)
    return page


def test_what_hq_changes_shows_by_itself(hq, opened, window, qtbot):
    opened.enrol(hq.url, hq.code(kit.STATION))
    opened.syncer(with_registry=False).sync_once()
    shown = window(opened)
    page = orders_page(shown)
    qtbot.waitUntil(lambda: page.model.rowCount() == 1, timeout=WAIT)
    qtbot.waitUntil(lambda: shown.shell.sync.state.kind == "fresh", timeout=WAIT)
    order = hq.get(WorkOrder, kit.ORDER)
    assert isinstance(order, WorkOrder)
    hq.put(msgspec.structs.replace(order, customer_name="周女士"))

    def told() -> bool:
        cells = (page.model.index(0, column).data() for column in range(page.model.columnCount()))
        return any("周" in str(cell) for cell in cells)

    qtbot.waitUntil(told, timeout=WAIT)


def test_work_of_another_process_shows_in_the_chip(silent_hq, opened, window, qtbot):
    with_rows(opened, silent_hq)
    shown = window(opened)
    engine = open_engine(opened.profile, opened.keys.database_key)
    beside = Store(engine, DeviceKey(opened.keys.database_key), clock=now)
    loop = shown.loop
    assert loop is not None
    qtbot.waitUntil(lambda: getattr(loop._neighbours, "_kept", None) is not None, timeout=WAIT)  # it listens now
    beside.record("add_note", {"order_id": kit.ORDER, "text": "by the command line"}, kit.WANG)
    engine.dispose()
    qtbot.waitUntil(lambda: shown.shell.sync.state.pending == 1, timeout=WAIT)


def test_no_page_waits_for_a_sync(silent_hq, opened, window, qtbot):
    with_rows(opened, silent_hq)
    shown = window(opened)
    loop = shown.loop
    assert loop is not None
    qtbot.waitUntil(lambda: loop.status.syncing, timeout=WAIT)
    page = orders_page(shown)
    qtbot.waitUntil(lambda: page.model.rowCount() == 1, timeout=WAIT)
    for name in ("scan", "settings", "sync_issues", "orders"):
        shown.shell.open(name)
        assert shown.shell.page is not None
    box = shown.shell.box
    box.setFocus(Qt.FocusReason.OtherFocusReason)
    QTest.keyClicks(QApplication.focusWidget(), "w12")
    assert "w12" in QApplication.focusWidget().property("text")
    done = opened.store.record("add_note", {"order_id": kit.ORDER, "text": "while it syncs"}, kit.WANG)
    qtbot.waitUntil(lambda: shown.shell.sync.state.pending == 1, timeout=WAIT)
    assert done.operation.action == "add_note"
    assert loop.status.syncing  # all of that went on while HQ had not said a word
    assert shown.shell.sync.state.kind == "syncing"


def test_the_registry_on_its_way_is_told_before_and_after_the_log_in(silent_hq, opened, window, qtbot, every_look):
    with_rows(opened, silent_hq)
    shown = window(opened)
    qtbot.waitUntil(lambda: shown.shell.sync.state.kind == "syncing", timeout=WAIT)  # the loop has said its word
    shown._show_status(SyncStatus(registry=Moving(12_000_000, 62_000_000)))
    qtbot.waitUntil(lambda: "registry 19 %" in _chip_items(shown), timeout=WAIT)
    shown.change_person()
    texts = [label.text() for label in shown.shell.findChildren(QLabel)]
    assert any("orders are here" in text and "12.0 MB of 62.0 MB" in text for text in texts)
    assert any(text == "Registry: 12.0 MB of 62.0 MB" for text in texts)
    every_look(shown.shell, "log_in-registry")


def test_the_first_start_tells_its_steps_with_figures(themed, opened, qtbot, every_look):
    shown = Window(themed, opened, wedge=False)
    qtbot.addWidget(shown.shell)
    shown.open()
    gate = shown.shell.findChild(EnrolPage)
    assert gate is not None
    go_on, told = threading.Event(), []

    def enrol(address: str, code: str, tell: Told) -> None:
        for step, done, total in (("enrol", 0, None), ("reference", 5_000, 12_000), ("place/P", 800, 1_200)):
            tell(step, done, total)
        assert go_on.wait(20)

    gate._enrol = enrol
    gate.address.setText("https://hq.example.com")
    gate.code.setText("7K4M-2QPX")
    gate.enrolled.disconnect()
    gate.enrolled.connect(lambda: told.append("enrolled"))
    gate.start()
    label = gate.progress.findChild(ElidedLabel)
    assert label is not None
    qtbot.waitUntil(lambda: label.text() == "Fetching orders and people", timeout=WAIT)
    figures = [one.text() for one in gate.progress.findChildren(QLabel)]
    qtbot.waitUntil(lambda: "800 of 1,200" in [one.text() for one in gate.progress.findChildren(QLabel)], timeout=WAIT)
    assert "Cancel" not in figures
    every_look(shown.shell, "first_start")
    go_on.set()
    qtbot.waitUntil(lambda: told == ["enrolled"], timeout=WAIT)
    shown.shell.close()


def _chip_items(shown: Window) -> str:
    state = shown.shell.sync.state
    return str(state.more() if callable(state.more) else state.more) + " ".join(
        str(one.text() if callable(one.text) else one.text) for one in shown.shell.sync.items
    )
