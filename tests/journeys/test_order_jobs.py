"""What stands around a repair, through the order page: refusals beside their fields, the card, several units."""

from app import i18n
from app.ui.live import retranslate
from core.rows.jobs import Certificate, Custody
from core.work_order import State
from tests.journeys.legibility import cut_texts
from tests.journeys.places import ORDER
from tests.journeys.steps import bring_to
from tests.journeys.test_order_page import after, open_page, press, texts

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
