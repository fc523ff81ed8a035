"""One order through the order page's own widgets, from the offer to its completion, on a real encrypted database."""

from collections.abc import Callable, Iterator

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QImage
from PySide6.QtWidgets import QApplication, QLabel, QPushButton, QWidget

from app import i18n
from app.ui import formats
from app.ui.background import Background
from app.ui.components.print_window import PrintWindow
from app.ui.live import retranslate
from app.ui.pages.order.drafts import DraftBox
from app.ui.pages.order.page import OrderPage
from core.roles import Role
from core.rows.orders import ApprovalRequest, Attachment, OrderUnit, Quotation
from core.rows.parts import OldPart, OldPartState, PartLine
from core.work_order import State
from tests.journeys.legibility import cut_texts
from tests.journeys.places import ORDER, trade
from tests.journeys.steps import bring_to, codes_for
from tests.journeys.world import World, make_world, with_state

Press = Callable[[Callable[[], object]], None]


@pytest.fixture
def open_page(themed: QApplication, qtbot, nav) -> Iterator[Callable[..., OrderPage]]:
    """Opens the order page of a person, shown and read."""
    i18n.set_language("en")

    def make(world: World, role: Role = Role.TECHNICIAN, order: str = ORDER, runner=None) -> OrderPage:
        page = OrderPage(world.bench(nav, role, runner))
        qtbot.addWidget(page)
        page.resize(1290, 670)
        page.show()
        with qtbot.waitSignal(page.shown):
            page.opened(order=order)
        return page

    yield make
    i18n.set_language("en")


def texts(widget: QWidget) -> str:
    """All that can be read in a widget (what was just added is shown by the next turn of the event loop)."""
    QApplication.processEvents()
    return "\n".join(w.text() for kind in (QLabel, QPushButton) for w in widget.findChildren(kind) if w.isVisible())


def after(qtbot, page: OrderPage, act: Callable[[], object]) -> None:
    """Do something and wait until the order is shown as it is then."""
    with qtbot.waitSignal(page.shown, timeout=5000):
        act()


def press(page: OrderPage) -> None:
    page.next.primary.click()


def sign(page: OrderPage) -> None:
    pad = page.next.form.pad  # type: ignore[union-attr]
    pad._name.setText("Chen Jing")


def test_an_order_is_worked_from_the_offer_to_its_completion(world, open_page, qtbot, nav, tmp_path):
    page = open_page(world)
    _begin(page, qtbot, world)
    _identify_and_judge(page, qtbot)
    _code_and_sign(page, qtbot, world)
    _mend(page, qtbot, tmp_path / "photo.png")
    assert page.next.primary.text() == "Complete order"
    press(page)
    page.next.form.result.setText("mended")
    after(qtbot, page, lambda: press(page))  # complete_order
    assert world.order().state is State.COMPLETED
    assert not page.next.primary.isVisible()
    assert all(tone == "ok" for tone, _text in nav.toasts)
    with world.store.reading() as rows:
        assert len(rows.find(Quotation, order_id=ORDER)) == len(rows.find(PartLine, order_id=ORDER)) == 1
        assert {one.kind for one in rows.find(Attachment, order_id=ORDER)} == {"photo", "signature"}


def test_the_labels_of_an_order_and_its_unit_are_offered_for_printing(world, open_page, qtbot):
    page = open_page(world)
    assert "Print unit label" not in dict(page._more())
    _begin(page, qtbot, world)
    _identify_and_judge(page, qtbot)
    for words, text in (("Print order label", page.desk.view.head.number), ("Print unit label", trade().story.serial)):
        dict(page._more())[words]()
        window = print_window(qtbot)
        assert window.what.name == text
        close(window, qtbot)


def print_window(qtbot) -> PrintWindow:
    """The one that is open, with its page painted and its printers known."""
    qtbot.waitUntil(lambda: any(isinstance(one, PrintWindow) for one in QApplication.topLevelWidgets()))
    (window,) = (one for one in QApplication.topLevelWidgets() if isinstance(one, PrintWindow))
    qtbot.waitUntil(lambda: window.print_button.isEnabled() and window.printer.count() > 0)
    assert not window.preview.picture.pixmap().isNull()
    return window


def close(window: PrintWindow, qtbot) -> None:
    window.close()
    qtbot.waitUntil(lambda: not any(isinstance(one, PrintWindow) for one in QApplication.topLevelWidgets()))


def test_the_verdict_is_printed_from_its_card_and_the_receipt_when_the_repair_is_finished(
    world, open_page, qtbot, tmp_path
):
    world.settings.set("print_folder", str(tmp_path / "prints"))
    bring_to(world, "identified")
    page = open_page(world)
    assert not page.unit.print.isVisible()
    bring_to(world, "completed")
    page.reload()
    page.unit.print.click()
    print_window(qtbot).save()
    qtbot.waitUntil(lambda: not any(isinstance(one, PrintWindow) for one in QApplication.topLevelWidgets()))
    assert page.header.paper.text() == "Repair receipt"
    page.header.paper.click()
    print_window(qtbot).save()
    names = sorted(one.name for one in (tmp_path / "prints").iterdir())
    assert names == ["SZ-260317-0271-repair-receipt.pdf", "SZ-260317-0271-warranty-verdict.pdf"]


def _begin(page, qtbot, world):
    assert page.next.primary.text() == "Accept order"
    after(qtbot, page, lambda: press(page))  # accept_order
    assert world.order().state is State.ACCEPTED
    press(page)  # opens the form of book_visit
    after(qtbot, page, lambda: press(page))
    assert world.order().state is State.SCHEDULED
    after(qtbot, page, lambda: press(page))  # start_work


def _identify_and_judge(page, qtbot):
    story = trade().story
    press(page)  # identify_unit: a form
    page.next.form.serial.setText(story.serial)
    after(qtbot, page, lambda: press(page))
    page.next.start("record_documents")
    page.next.form.invoice.setText(story.invoice_qr)
    after(qtbot, page, lambda: press(page))
    after(qtbot, page, lambda: press(page))  # judge_warranty
    assert "Main parts only" in page.unit.banner.accessibleName()


def _code_and_sign(page, qtbot, world):
    part = trade().story.part_id
    for field, code in codes_for(world, part).items():  # code_fault
        after(qtbot, page, lambda field=field, code=code: page.codes.editors[field].pick(code))
    page.parts.picker.pick(part)
    after(qtbot, page, page.parts.plan.click)
    assert page.desk.view.fees.planned == (part,)
    page.next.start("sign_quotation")
    sign(page)
    after(qtbot, page, lambda: press(page))


def _mend(page, qtbot, photo):
    page.parts.picker.pick(trade().story.part_id)
    page.parts.serial.setText("N1234567")
    after(qtbot, page, page.parts.use.click)  # use_part
    assert page.desk.view.fees.planned == ()
    QImage(40, 30, QImage.Format.Format_RGB32).save(str(photo))
    after(qtbot, page, lambda: page.photos.strip.files_added.emit([str(photo)]))  # add_attachment


def test_goodwill_is_asked_and_the_customer_may_sign_meanwhile(world, open_page, qtbot):
    bring_to(world, "judged")
    page = open_page(world)
    assert page.next.primary.text() == "Ask for goodwill"
    press(page)
    press(page)  # no reason yet
    assert page.next.form.fields["reason"].reason == "Please give a reason."
    page.next.form.reason.setPlainText("a loyal customer")
    after(qtbot, page, lambda: press(page))  # ask_approval
    assert world.order().state is State.WAITING_APPROVAL
    assert "Goodwill: asked" in texts(page.next)
    assert page.next.primary.text() == "Quote and sign"
    press(page)
    press(page)
    assert page.next.form.fields["sign"].reason == "The customer’s signature is missing."
    sign(page)
    after(qtbot, page, lambda: press(page))
    assert page.desk.view.fees.signed_fen == page.desk.view.fees.total_fen
    with world.store.reading() as rows:
        assert rows.find(ApprovalRequest, order_id=ORDER)[0].reason == "a loyal customer"


def test_an_old_part_gets_its_serial_beside_its_line(world, open_page, qtbot):
    bring_to(world, "signing")
    granted_part = _covered_part(world)
    page = open_page(world)
    page.parts.picker.pick(granted_part)
    qtbot.keyClicks(page.parts.serial, "N99")
    after(qtbot, page, page.parts.use.click)
    assert page.parts.serial.text() == "", "the next part does not get this one's serial"
    lines = page.parts._tags
    ((old_id, editor),) = lines.editors.items()
    editor.returnPressed.emit()  # tag_old_part without a serial is refused beside the field
    assert "serial number" in lines.fields[old_id].reason
    editor.setText("O77")
    after(qtbot, page, editor.returnPressed.emit)
    with world.store.reading() as rows:
        old = rows.get(OldPart, old_id)
    assert (old.state, old.serial) == (OldPartState.TAGGED, "O77")
    assert "Print tag" in texts(page.parts)


def _covered_part(world: World) -> str:
    """A main part that the maker pays for."""
    from app.actions.pricing import quotation
    from app.queries.order_page import order_page
    from app.queries.order_view import Viewer
    from tests.journeys.places import AS_OF, NOW

    viewer = Viewer(world.person(Role.TECHNICIAN).id, frozenset({"technician"}), world.place.id, "station", NOW, AS_OF)
    with world.store.reading() as rows:
        view = order_page(rows, ORDER, viewer, quotation)
    return next(one.id for one in view.part_choices if one.covered and one.serialised)


def test_a_placeholder_serial_is_refused_beside_its_field(world, open_page):
    bring_to(world, "accepted")
    page = open_page(world)
    press(page)
    page.next.form.serial.setText("1234567890")
    press(page)
    assert page.next.form.fields["serial"].refused
    assert "1234567890" in page.next.form.fields["serial"].reason
    with world.store.reading() as rows:
        assert rows.find(OrderUnit, order_id=ORDER)[0].serial is None


def test_declining_needs_a_reason(world, open_page, qtbot):
    page = open_page(world)
    page.next.start("decline_order")
    press(page)
    assert page.next.form.fields["reason"].reason == "Please give a reason."
    page.next.form.reason.setText("no capacity")
    after(qtbot, page, lambda: press(page))
    assert world.order().decline_reason == "no capacity"


def test_a_second_press_does_the_same_thing_once(world, open_page, qtbot):
    bring_to(world, "signing")
    page = open_page(world, runner=(runner := Background()))
    page.parts.picker.pick(trade().story.part_id)
    page.parts.serial.setText("N1")
    with qtbot.waitSignal(page.desk.done):
        page.parts.use.click()
        page.parts.use.click()
    with qtbot.waitSignal(page.shown):
        page.reload()
    with world.store.reading() as rows:
        assert len(rows.find(PartLine, order_id=ORDER)) == 1
    assert runner.shutdown()


def test_what_is_typed_is_kept_when_the_page_is_left(world, open_page, qtbot):
    page = open_page(world)
    page.next.start("decline_order")
    qtbot.keyClicks(page.next.form.reason, "too far")
    qtbot.keyClicks(page.timeline.note, "call back")
    page.leaving()
    assert world.drafts.load(DraftBox.key(ORDER)) == {"decline_order/reason": "too far", "note": "call back"}
    again = open_page(world)
    again.next.start("decline_order")
    assert again.next.form.reason.text() == "too far"
    assert again.timeline.note.text() == "call back"


def test_a_note_is_added_by_enter_and_marked_as_not_sent(world, open_page, qtbot):
    page = open_page(world)
    qtbot.keyClicks(page.timeline.note, "dog in the yard")
    after(qtbot, page, lambda: qtbot.keyClick(page.timeline.note, Qt.Key.Key_Return))  # add_note
    shown = texts(page.timeline)
    assert "Add note: dog in the yard" in shown
    assert "not sent yet" in shown
    assert page.timeline.note.text() == ""


def test_the_language_changes_at_once(world, open_page, qtbot):
    bring_to(world, "judged")
    page = open_page(world)
    i18n.set_language("zh_CN")
    after(qtbot, page, lambda: retranslate(page))
    assert page.next.primary.text() == "申请特批"
    assert "主要部件在保" in page.unit.banner.accessibleName()
    assert "客户" in texts(page.customer)


@pytest.mark.parametrize("language", ["en", "zh_CN", "pseudo"])
@pytest.mark.parametrize(
    ("step", "form"), [("judged", "ask_approval"), ("signing", "sign_quotation"), ("repaired", "")]
)
def test_nothing_is_cut_in_any_language(world, open_page, qtbot, language, step, form):
    bring_to(world, step)
    page = open_page(world)
    i18n.set_language(language)
    after(qtbot, page, lambda: retranslate(page))
    if form:
        page.next.start(form)
    qtbot.waitUntil(lambda: cut_texts(page) == [], timeout=4000)


def test_name_and_phone_are_masked_until_they_are_needed(world, open_page):
    page = open_page(world)
    phone = trade().story.customer_phone
    assert phone not in texts(page.customer)
    page.customer.findChildren(QPushButton)[0].click()
    assert phone in texts(page.customer)


def test_what_came_from_hq_is_shown_without_asking(world, open_page, qtbot):
    page = open_page(world)
    after(qtbot, page, lambda: with_state(world, world.order(), reminders=4))
    assert page.desk.view.head.reminders == 4


def test_another_technicians_order_can_only_be_looked_at(world, open_page, qtbot):
    bring_to(world, "identified")
    with_state(world, world.order(), technician_id=world.person(Role.STATION_LEAD).id)
    page = open_page(world)
    assert not page.next.primary.isVisible()
    assert not page.desk.view.can_edit
    assert not page.parts.picker.isVisible()


def test_the_lead_gives_the_order_to_a_technician(world, open_page, qtbot):
    bring_to(world, "accepted")
    page = open_page(world, Role.STATION_LEAD)
    page.next.start("assign_technician")
    name, person = list(page.next.form.names.items())[-1]
    page.next.form.who.pick(name)
    after(qtbot, page, lambda: press(page))
    assert world.order().technician_id == person


def test_the_field_slip_is_written_as_a_pdf(world, open_page, tmp_path, nav, qtbot):
    world.settings.set("print_folder", str(tmp_path / "prints"))
    page = open_page(world)
    page.header.paper.click()
    print_window(qtbot).save()
    assert (tmp_path / "prints" / "SZ-260317-0271-field-slip.pdf").read_bytes().startswith(b"%PDF-")
    assert nav.toasts == [("ok", "Saved as PDF")]


def test_a_scanned_serial_identifies_the_unit(world, open_page, qtbot):
    bring_to(world, "accepted")
    page = open_page(world)
    after(qtbot, page, lambda: page.scanned(trade().story.serial, "wedge"))
    assert page.desk.view.unit.serial == trade().story.serial
    assert page.desk.view.unit.source == "wedge"


def test_an_unknown_order_says_so(world, themed, qtbot, nav):
    page = OrderPage(world.bench(nav))
    qtbot.addWidget(page)
    page.show()
    page.opened(order="SZ-000000-0000")
    assert "SZ-000000-0000" in texts(page)


@pytest.fixture
def branch(tmp_path) -> Iterator[World]:
    """A branch's device."""
    made = make_world(tmp_path / "branch", at="branch")
    yield made
    made.close()


def test_the_branch_dispatches_to_a_licensed_station(branch, open_page, qtbot):
    order = branch.first_in(State.AT_BRANCH, State.OFFERED_BRANCH, State.DECLINED)
    page = open_page(branch, Role.BRANCH_MANAGER, order.id)
    page.next.start("dispatch_order")
    press(page)
    assert page.next.form.fields["station"].reason == "Choose the station."
    licensed = next(one for one in page.desk.view.stations if one.licensed)
    assert page.next.form.station.pick(licensed.code)
    after(qtbot, page, lambda: press(page))
    assert branch.order(order.id).state is State.OFFERED_STATION
    assert branch.order(order.id).station_id == licensed.id


@pytest.mark.parametrize(("step", "form"), [("judged", "ask_approval"), ("signing", "sign_quotation")])
def test_the_sum_of_an_open_form_is_the_sum_of_now(world, open_page, qtbot, step, form):
    bring_to(world, step)
    page = open_page(world)
    page.next.start(form)
    before = page.desk.view.fees.total_fen
    page.parts.picker.pick(trade().story.part_id)
    after(qtbot, page, page.parts.plan.click)
    now = page.desk.view.fees.total_fen
    shown = " ".join(label.text() for label in page.next.form.findChildren(QLabel))
    assert now > before
    assert formats.money(now) in shown
    assert formats.money(before) not in shown
