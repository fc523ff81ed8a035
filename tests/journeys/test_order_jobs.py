"""What stands around a repair, through the order page: refusals beside their fields, the card, several units."""

from datetime import timedelta

from PySide6.QtWidgets import QApplication

from app import i18n
from app.actions import act
from app.offline_db.engine import writing
from app.offline_db.schema import ROW_TABLES
from app.queries.today import TodayFilter, today
from app.ui.live import retranslate
from app.ui.widgets import Link
from core.ids import derive
from core.rows.jobs import Certificate, Custody
from core.rows.orders import ApprovalQuestion, ApprovalRequest, TimelineEntry
from core.work_order import State
from rowstore.rows import insert_rows
from tests.journeys.legibility import cut_texts
from tests.journeys.places import NOW, ORDER
from tests.journeys.steps import ask_and_send_back, bring_to, desk_of
from tests.journeys.test_order_page import after, close, open_page, press, print_window, texts

__all__ = ["open_page"]


def test_a_certificate_is_written_from_the_menu_and_shown_with_its_number(world, open_page, qtbot, tmp_path):
    bring_to(world, "judged")
    page = open_page(world)
    dict(page._more())["Write inspection certificate"]()
    form = page.next.form
    form.editors["purpose"].pick("exchange")
    form.editors["finding"].pick("faulty")
    form.editors["fault"].setText("no backlight")
    form.editors["measured"].setText("12 V rail 0.2 V")
    press(page)
    assert "name = value" in form.fields["measured"].reason
    form.editors["measured"].setText("12 V rail = 0.2 V；backlight = 0 mA")
    press(page)
    assert form.fields["signature_png"].reason == "This is needed."
    form.editors["signature_png"]._name.setText("Chen Jing")
    after(qtbot, page, lambda: press(page))
    with world.store.reading() as rows:
        (one,) = rows.find(Certificate, order_id=ORDER)
    assert [(fact.name, fact.value) for fact in one.measured] == [("12 V rail", "0.2 V"), ("backlight", "0 mA")]
    assert one.number in texts(page.job)


def test_a_unit_is_taken_along_and_several_units_are_switched(world, open_page, qtbot, tmp_path):
    bring_to(world, "judged")
    page = open_page(world)
    dict(page._more())["Take to the shop"]()
    press(page)
    assert page.next.form.fields["condition"].reason == "This is needed."
    page.next.form.editors["condition"].setText("no scratches")
    after(qtbot, page, lambda: press(page))
    assert world.order().state is State.IN_SHOP
    with world.store.reading() as rows:
        assert rows.find(Custody, order_id=ORDER)[0].condition == "no scratches"
    assert "Taken along" in texts(page.job)
    after(qtbot, page, dict(page._more())["Add a unit"])
    first, second = page.desk.view.job.units
    assert page.desk.view.job.unit_id == first.id or not first.done, "one that lacks something is shown"
    after(qtbot, page, lambda: page.desk.unit_asked.emit(second.id))
    assert page.desk.view.unit.id == second.id
    page.next.start("return_unrepaired")
    i18n.set_language("zh_CN")
    retranslate(page)
    after(qtbot, page, page.reload)
    qtbot.waitUntil(lambda: "拉修" in texts(page.job), timeout=5000)
    assert page.grab().save(str(tmp_path / "jobs.png"))
    assert cut_texts(page) == []


def test_papers_of_the_shop_are_offered_where_they_are_told(world, open_page, qtbot):
    bring_to(world, "judged")
    act("take_to_shop", {"order_id": ORDER, "condition": "有划痕"}, desk_of(world))
    lent = {"order_id": ORDER, "model": "LED32K32U", "serial": "K32U5525A0001234", "condition": "完好"}
    act("lend_loaner", lent, desk_of(world))
    page = open_page(world)
    QApplication.processEvents()
    kinds = []
    for link in [one for one in page.job.findChildren(Link) if one.isVisible()]:
        link.click()
        window = print_window(qtbot)
        kinds.append(window.what.kind.id)
        close(window, qtbot)
    assert kinds == ["unit_receipt", "loaner_slip"]
    assert "Print counter receipt" not in dict(page._more()), "this one came from the call centre"


def test_the_counter_has_its_receipt(world, open_page, qtbot):
    opened = act(
        "open_order",
        {"customer_name": "陈静", "customer_phone": "13800138000", "fault": "不开机", "product_class": "tv_lcd"},
        desk_of(world),
    )
    order = next(touch.id for touch in opened.operation.touches if touch.entity == "work_order")
    page = open_page(world, order=order)
    assert page.header.paper.text() == "Counter receipt" and "Print field slip" in dict(page._more())
    page.header.paper.click()
    window = print_window(qtbot)
    assert window.what.kind.id == "counter_receipt"
    close(window, qtbot)


def test_a_question_about_a_request_is_answered_and_it_goes_up_again(world, open_page, qtbot):
    bring_to(world, "judged")
    request = ask_and_send_back(world, "请补发票照片")
    page = open_page(world)
    assert page.next.primary.text() == "Answer the question" and "请补发票照片" in texts(page.next)
    press(page)
    form = page.next.form
    press(page)
    assert form.fields["answer"].reason == "This is needed."
    form.editors["answer"].setText("invoice added")
    form.editors["amount_fen"].setText("120.50")
    after(qtbot, page, lambda: press(page))
    with world.store.reading() as rows:
        again = rows.get(ApprovalRequest, request.id)
        (told,) = rows.find(ApprovalQuestion, request_id=request.id)
    assert (told.answer, again.amount_fen, again.revision, again.question_id) == ("invoice added", 12_050, 1, None)
    assert again.subject_hash != request.subject_hash
    assert page.next.primary.text() != "Answer the question"
    assert "invoice added" in texts(page.timeline)
    dict(page._more())["Print approval"]()
    window = print_window(qtbot)
    assert window.what.kind.id == "approval"
    close(window, qtbot)


def test_today_tells_that_an_answer_is_wanted(world):
    bring_to(world, "judged")
    act("ask_approval", {"order_id": ORDER, "reason": "老用户"}, desk_of(world))
    with world.store.reading() as rows:
        (request,) = rows.find(ApprovalRequest, order_id=ORDER)
    wanted = TodayFilter(world.place.id, None, (NOW, NOW + timedelta(days=1)), NOW)

    def blocks() -> tuple[str, str]:
        with world.store.reading() as rows:
            line = next(one for one in today(rows, wanted).lines if one.id == ORDER)
        return line.blocks, line.why

    assert blocks() == ("waiting_approval", "老用户")
    entry = TimelineEntry(
        id=derive(request.id, "entry"), version=1, branch_id=request.branch_id, station_id=request.station_id,
        order_id=ORDER, action="ask_back", person_id=None, at=NOW + timedelta(hours=1), detail={"reason": "发票？"},
    )  # fmt: skip
    with writing(world.store.engine) as connection:
        insert_rows(connection, ROW_TABLES, [entry])
    assert blocks() == ("asked_back", "发票？")
