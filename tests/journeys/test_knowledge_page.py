"""The knowledge base in real windows: searched while one types, read, offered beside the codes, proposed, published."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import msgspec
import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QImage, QInputMethodEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QAbstractButton, QApplication, QLabel, QPushButton, QWidget

from app.bootstrap import Station, open_station
from app.offline_db import knowledge_index
from app.offline_db.engine import reading
from app.offline_db.profile import Profile
from app.security.key_store import Ways
from app.security.wrapped_keys import Cost
from app.ui.pages.knowledge import KnowledgePage, knowledge_page
from app.ui.pages.order.page import OrderPage, order_page
from app.ui.widgets import Pill
from app.window.window import Window
from core.roles import PlaceKind, Role
from core.rows.knowledge import ArticleProposal, ProposalPicture, ProposalState
from core.rows.people import Credential
from core.rows.reference import ProductClass
from core.rows.supply import PartRequest, RequestLine, Reservation
from hq.knowledge import service
from hq.knowledge.service import Publication
from tests.integration import station_kit as kit
from tests.integration.hq_kit import Device, Hq, now, with_sample
from tests.journeys.bench import AtWork
from tests.journeys.legibility import cut_texts
from tests.journeys.places import NOW, ORDER

WAIT = 30_000


def open_page(at_work, login: str = "liwei", qtbot=None) -> tuple[AtWork, KnowledgePage]:
    work = at_work(login, {"knowledge": knowledge_page, "order": order_page})
    work.shell.open("knowledge")
    page = work.page
    assert isinstance(page, KnowledgePage)
    qtbot.waitUntil(lambda: page.list.lines.rowCount() > 0, timeout=WAIT)
    return work, page


def texts(widget: QWidget) -> str:
    """All that can be read in a widget."""
    QApplication.processEvents()
    words = [w.text() for kind in (QLabel, QPushButton) for w in widget.findChildren(kind) if w.isVisible()]
    return "\n".join([*words, *(pill.text for pill in widget.findChildren(Pill) if pill.isVisible())])


def numbers(page: KnowledgePage) -> list[str]:
    return [line.number for line in page.list.lines.lines]


def type_into(page: KnowledgePage, text: str, qtbot) -> None:
    """Commit it as an input method does, and wait until the list is the one for it."""
    page.text.setFocus()
    with qtbot.waitSignal(page.shown, timeout=WAIT):
        page.text.selectAll()
        QApplication.sendEvent(page.text, _committed(text))


def _committed(text: str) -> QInputMethodEvent:
    event = QInputMethodEvent()
    event.setCommitString(text)
    return event


def test_what_is_typed_is_found_and_read_by_the_keyboard_alone(at_work, qtbot, every_look):
    work, page = open_page(at_work, qtbot=qtbot)
    assert "KB-0014" not in numbers(page), "withdrawn"
    type_into(page, "E5 报警", qtbot)
    qtbot.waitUntil(lambda: sorted(numbers(page)) == ["JT-0006", "KB-0007"], timeout=WAIT)
    QTest.keyClick(page.text, Qt.Key.Key_Down)
    assert page.list.hasFocus()
    if numbers(page)[0] != "KB-0007":
        QTest.keyClick(page.list, Qt.Key.Key_Down)
    qtbot.waitUntil(lambda: "Outside causes first" in texts(page.reader), timeout=WAIT)
    QTest.keyClick(page.list, Qt.Key.Key_Return)
    assert page.reader.hasFocus()
    assert cut_texts(page) == []
    every_look(work.shell, "knowledge-search")
    type_into(page, "压缩", qtbot)
    qtbot.waitUntil(lambda: numbers(page)[:1] == ["KB-0003"], timeout=WAIT)
    type_into(page, '"*-(', qtbot)
    qtbot.waitUntil(page.empty.isVisible, timeout=WAIT)
    assert "Nothing matches" in texts(page.empty)
    every_look(work.shell, "knowledge-nothing")


def test_the_list_is_narrowed_by_class_and_model(at_work, qtbot):
    _work, page = open_page(at_work, qtbot=qtbot)
    page.product_class.setCurrentIndex(page.product_class.findData("tv_lcd"))
    with qtbot.waitSignal(page.shown, timeout=WAIT):
        page.product_class.activated.emit(page.product_class.currentIndex())
    assert set(numbers(page)) == {"KB-0001", "KB-0002", "KB-0013", "KB-0015", "JT-0001", "JT-0002"}
    with qtbot.waitSignal(page.shown, timeout=WAIT):
        page.model.pick("LED65K50U")
    assert "KB-0013" not in numbers(page), "it is about another model"


def test_an_earlier_edition_says_that_it_is_replaced_and_leads_to_the_newest(at_work, qtbot, every_look):
    work, page = open_page(at_work, qtbot=qtbot)
    work.shell.open("knowledge", article="KB-0005.1")
    qtbot.waitUntil(lambda: "Replaced by a later edition" in texts(page.reader), timeout=WAIT)
    link = next(w for w in page.reader.findChildren(QPushButton) if w.text() == "Read the edition of now")
    link.click()
    qtbot.waitUntil(lambda: "edition 2" in texts(page.reader) and "Editions" in texts(page.reader), timeout=WAIT)
    work.shell.open("knowledge", template="JT-0005.1")
    wanted = ("Likely parts", "depends on the model")
    qtbot.waitUntil(lambda: all(words in texts(page.reader) for words in wanted), timeout=WAIT)
    every_look(work.shell, "knowledge-template")


# --- beside the fault codes --------------------


def coded_order(at_work, qtbot, symptom: str = "D01") -> tuple[AtWork, OrderPage]:
    """The demonstration's order in repair, its model reported, its symptom coded."""
    work = at_work("liwei", {"order": order_page, "knowledge": knowledge_page})
    work.shell.open("order", order=ORDER)
    page = work.page
    assert isinstance(page, OrderPage)
    qtbot.waitUntil(lambda: [one.number for one in page.known.known.articles] == ["KB-0013"], timeout=WAIT)
    page.codes.editors["symptom"].pick(symptom)
    qtbot.waitUntil(lambda: page.known.known.template is not None, timeout=WAIT)
    return work, page


def test_what_is_known_stands_beside_the_codes_and_opens_by_one_key(at_work, qtbot, every_look):
    work, page = coded_order(at_work, qtbot)
    assert [one.number for one in page.known.known.articles] == ["KB-0001"]
    assert page.known.known.template is not None
    assert page.known.known.template.number == "JT-0001"
    page.known.toggle()
    qtbot.waitUntil(lambda: "Confirm the picture with a torch" in texts(page.known), timeout=WAIT)
    every_look(work.shell, "order-known")
    QTest.keyClick(work.shell, Qt.Key.Key_J, Qt.KeyboardModifier.ControlModifier)
    qtbot.waitUntil(lambda: isinstance(work.page, KnowledgePage), timeout=WAIT)
    reader = work.page.reader
    qtbot.waitUntil(lambda: "Often misjudged" in texts(reader), timeout=WAIT)


def found(work: AtWork, kind: type[Any], **equal: object) -> list[Any]:
    with work.opened.store.reading() as rows:
        return list(rows.find(kind, **equal))


def test_the_likely_parts_are_kept_or_requested_for_the_order_in_one_step(at_work, qtbot):
    work, page = coded_order(at_work, qtbot)
    template = page.known.known.template
    assert template is not None
    wanted = {part.part_id: part for part in template.parts}
    page.known.toggle()
    qtbot.waitUntil(page.known.take.isVisible, timeout=WAIT)
    page.known.take.click()

    def taken() -> bool:
        now_known = page.known.known.template
        return now_known is not None and all(part.still == 0 for part in now_known.parts)

    qtbot.waitUntil(taken, timeout=WAIT)
    kept = {one.part_id: one.quantity for one in found(work, Reservation, order_id=ORDER)}
    requests = [one.id for one in found(work, PartRequest, order_id=ORDER)]
    asked = {one.part_id: one.quantity for request in requests for one in found(work, RequestLine, request_id=request)}
    for part_id, part in wanted.items():
        assert kept.get(part_id, 0) == min(part.quantity, part.free)
        assert kept.get(part_id, 0) + asked.get(part_id, 0) == part.quantity
    assert "Keep or request these parts" not in texts(page.known)


# --- proposing --------------------


def a_photo(folder: Path) -> str:
    image = QImage(400, 300, QImage.Format.Format_RGB32)
    image.fill(0xFF336699)
    path = folder / "strip.png"
    assert image.save(str(path))
    return str(path)


def fill(page: KnowledgePage, title: str, text: str, qtbot) -> None:
    form = page.form
    qtbot.waitUntil(lambda: page.stack.currentIndex() == 2 and bool(form._topics), timeout=WAIT)
    form.title.setFocus()
    form.title.clear()
    QTest.keyClicks(form.title, title)
    form.text.setPlainText(text)


def test_an_article_is_proposed_from_an_order_with_its_codes_and_a_picture(at_work, qtbot, tmp_path, every_look):
    work, order = coded_order(at_work, qtbot)
    order.known.propose()
    page = work.page
    assert isinstance(page, KnowledgePage)
    fill(page, "LED55K35U backlight", "# Steps\n- Measure the strips.", qtbot)
    assert "Symptom: D01" in texts(page.form) and "Model: LED55K35U" in texts(page.form)
    page.form.photos.files_added.emit([a_photo(tmp_path)])
    qtbot.waitUntil(lambda: len(page.form.photos.findChildren(QAbstractButton)) == 2, timeout=WAIT)
    every_look(work.shell, "knowledge-form")
    page.form.button.click()
    qtbot.waitUntil(lambda: bool(found(work, ArticleProposal, title="LED55K35U backlight")), timeout=WAIT)
    (made,) = found(work, ArticleProposal, title="LED55K35U backlight")
    assert (made.order_id, made.models, made.symptoms) == (ORDER, ("LED55K35U",), ("D01",))
    assert made.language == "en"
    assert len(found(work, ProposalPicture, proposal_id=made.id)) == 1
    qtbot.waitUntil(lambda: "HQ has not decided" in texts(page.proposals), timeout=WAIT)
    assert page.form.title.text() == ""


def test_what_is_missing_is_said_beside_its_field_and_what_was_typed_stays(at_work, qtbot):
    work, page = open_page(at_work, qtbot=qtbot)
    page.propose()
    fill(page, "A title", "A text", qtbot)
    page.form.text.setPlainText("")
    page.form.propose()
    assert page.form._text_field.refused
    page.form.text.setPlainText("A text")
    page.form.button.click()
    qtbot.waitUntil(lambda: page.form._about_field.refused, timeout=WAIT)
    assert "product class, model or fault code" in page.form._about_field.reason
    QTest.keyClick(page.form.title, Qt.Key.Key_Escape)
    assert page.stack.currentIndex() == 0
    page.propose()
    qtbot.waitUntil(lambda: page.form.title.text() == "A title", timeout=WAIT)
    page.form.discard()
    assert page.form.title.text() == ""
    assert not found(work, ArticleProposal, title="A title")


def test_a_returned_proposal_stands_first_with_hqs_words_and_is_proposed_anew(at_work, qtbot, every_look):
    work, page = open_page(at_work, qtbot=qtbot)
    values = {
        "branch_id": work.opened.place.branch_id, "station_id": work.opened.place.id, "order_id": None,
        "language": "zh", "body": "有些滚筒门锁灯一直闪。", "models": (), "symptoms": ("W06",),
        "proposed_by": work.opened.person.id, "proposed_at": NOW, "version": 1,
    }  # fmt: skip
    returned = ArticleProposal(
        id=kit.named("returned"), title="门锁灯闪烁", state=ProposalState.RETURNED, answer="请写明机型",
        decided_by="HQ", decided_at=NOW, **values,
    )  # fmt: skip
    work.opened.put([returned, ArticleProposal(id=kit.named("open"), title="另一篇", **values)])
    work.opened.store.tell([("article_proposal", returned.id)])
    qtbot.waitUntil(lambda: len(page.proposals.shown) >= 2, timeout=WAIT)
    page.chips.activate("proposals")
    qtbot.waitUntil(lambda: "请写明机型" in texts(page.proposals), timeout=WAIT)
    assert page.proposals.shown[0].id == returned.id
    every_look(work.shell, "knowledge-proposals")
    qtbot.waitUntil(lambda: cut_texts(page.proposals) == [], timeout=WAIT)
    again = next(w for w in page.proposals.findChildren(QPushButton) if w.text() == "Propose anew")
    again.click()
    qtbot.waitUntil(lambda: page.form.title.text() == "门锁灯闪烁", timeout=WAIT)
    page.form.text.setPlainText("型号 XQG80-K10D：有些门锁灯一直闪。")
    page.form.button.click()
    qtbot.waitUntil(lambda: bool(found(work, ArticleProposal, earlier_id=returned.id)), timeout=WAIT)


# --- from one station to another --------------------


def refused(page: KnowledgePage) -> list[str]:
    """Every reason that the form shows."""
    form = page.form
    trouble = [form.trouble.text()] if form.trouble.isVisible() else []
    return trouble + [field.reason for field in form._fields.values() if field.refused]


@pytest.fixture
def hq(tmp_path: Path) -> Iterator[Hq]:
    with with_sample(tmp_path / "hq") as made:
        shared = {"version": 1, "branch_id": kit.BRANCH, "place_id": kit.STATION}
        television = ProductClass(id="tv_lcd", version=1, name_zh="平板电视", name_en="Flat TV")
        other = kit.place(kit.named("other station"), PlaceKind.STATION, "二号网点")
        colleague = kit.person(kit.named("colleague"), "周", Role.TECHNICIAN, at=other.id)
        made.add([Credential(id=kit.WANG, **shared, verifier="set", must_change=False), television, other, colleague])
        yield made
        made._server.force_exit = True  # a window's long poll is still out: nobody waits for its end


@pytest.fixture
def opened(tmp_path: Path) -> Iterator[Station]:
    ways = Ways(environ={"FIXPOINT_PASSPHRASE": "only for this test"}, cost=Cost(memory_kib=1024, time=1, lanes=1))
    station = open_station(Profile(tmp_path / "profile"), ways)
    yield station
    station.close()


@pytest.fixture
def window(themed: QApplication, qtbot) -> Iterator[Callable[[Station], Window]]:
    made: list[Window] = []

    def make(station: Station) -> Window:
        station.sessions.begin(kit.WANG)
        one = Window(themed, station, wedge=False)
        made.append(one)
        qtbot.addWidget(one.shell)
        one.open()
        return one

    yield make
    for one in made:
        one.shell.close()


@pytest.mark.timeout(300)
def test_what_one_station_proposes_and_hq_publishes_another_station_finds(hq, opened, window, qtbot, tmp_path):
    opened.enrol(hq.url, hq.code(kit.STATION))
    opened.syncer(with_registry=False).sync_once()
    shown = window(opened)
    shown.shell.open("knowledge", propose=True, models="KT55")
    page = shown.shell.page
    assert isinstance(page, KnowledgePage)
    fill(page, "KT55 restarts", "看网络视频二十分钟后重启，先升级固件。", qtbot)
    page.form.photos.files_added.emit([a_photo(tmp_path)])
    page.form.button.click()

    def whole() -> bool:
        return [(one.pictures_here, len(one.pictures)) for one in service.proposals(hq.store)] == [(1, 1)]

    qtbot.waitUntil(lambda: page.stack.currentIndex() == 1 or bool(refused(page)), timeout=60_000)
    assert refused(page) == []
    qtbot.waitUntil(whole, timeout=60_000)  # what was done here is sent by itself, and soon
    (waiting,) = service.proposals(hq.store)
    english = Publication(title_zh="KT55 自动重启", title_en="KT55 restarts by itself", reason="谢谢")
    english = msgspec.structs.replace(english, body_zh=waiting.body, body_en="Update the firmware first.")
    service.publish(hq.store, waiting.id, english, by="HQ", now=now())
    qtbot.waitUntil(lambda: "Published by HQ" in texts(page.proposals), timeout=60_000)
    other = Device(tmp_path / "other", hq, kit.named("other station"), seed=7)
    other.syncer.sync_once()
    with reading(other.store.engine) as connection:
        (hit,) = knowledge_index.find(connection, "升级固件")
        assert hit.row_id == "KB-0001.1"
    other.close()
