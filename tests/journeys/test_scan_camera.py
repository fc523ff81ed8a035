"""The scan page's camera: films of labels through the real camera, codes gathered; devices, hints, the preview."""

from datetime import timedelta

import cv2
import numpy as np
import pytest

from app.scanner import devices
from app.ui.pages.scan import ScanPage, scan_page
from app.ui.pages.scan_devices import View, previewed
from app.ui.widgets import Label
from core.identifiers import make_imei
from core.ids import derive
from core.rows.orders import OrderUnit
from core.work_order import State
from tests.journeys.places import NOW, ROOT, person_named, story_order, trade
from tools.labels import bars, phone_label, photograph, product_label

SIZE = (1280, 720)
PHONE_ORDER = derive(ROOT, "phone order")
IMEIS = make_imei("86123456", 789012), make_imei("86123456", 789013)


def phone():
    """A phone of the sample: its registered unit and its model's row."""
    lines = {row.id: row for row in trade().rows if getattr(row, "product_class", "") == "phone"}
    unit = next(unit for unit in trade().units if unit.model in lines)
    return unit, lines[unit.model]


def phone_rows():
    """An order of a technician's for that phone, not identified yet."""
    unit, _model = phone()
    begun = {"accepted_at": NOW - timedelta(hours=18), "started_at": NOW - timedelta(minutes=40)}
    order = story_order(
        id=PHONE_ORDER, number="SZ-260317-0288", product_class="phone", reported_model=unit.model,
        state=State.IN_PROGRESS, technician_id=person_named("liwei").id, reported_at=NOW - timedelta(days=1), **begun,
    )  # fmt: skip
    mine = {"branch_id": order.branch_id, "station_id": order.station_id}
    return [order, OrderUnit(id=derive(ROOT, "phone unit"), version=1, order_id=PHONE_ORDER, **mine)]


def box_label(imeis=IMEIS):
    unit, model = phone()
    return phone_label(unit.model, unit.serial, imeis, model.gtin[-13:])


def in_frame(picture, top=0):
    """`picture` at its own size on a desk, scrolled by `top` pixels."""
    flat = cv2.cvtColor(np.asarray(picture.convert("RGB")), cv2.COLOR_RGB2BGR)
    desk = np.full((2 * SIZE[1] + flat.shape[0], SIZE[0], 3), 70, np.uint8)
    left = (SIZE[0] - flat.shape[1]) // 2
    desk[SIZE[1] : SIZE[1] + flat.shape[0], left : left + flat.shape[1]] = flat
    return desk[SIZE[1] + top : 2 * SIZE[1] + top]


def through_a_slit(frame):
    """Only a strip in the middle is to be seen: two codes of a label at most."""
    covered = np.full_like(frame, 70)
    covered[235:485] = frame[235:485]
    return covered


def write(file, frames):
    """A film of these frames, softened and with a sensor's noise."""
    noise = np.random.default_rng(5).normal(0, 3, (SIZE[1], SIZE[0], 3)).astype(np.int16)
    out = cv2.VideoWriter(str(file), cv2.VideoWriter.fourcc(*"MJPG"), 15, SIZE)
    assert out.isOpened()
    for number, frame in enumerate(frames):
        soft = cv2.GaussianBlur(frame, (0, 0), 0.6).astype(np.int16)
        out.write(cv2.add(soft, np.roll(noise, 37 * number, axis=1)).clip(0, 255).astype(np.uint8))
    out.release()
    return file


def scan(at_work, film, **params):
    work = at_work("liwei", {"scan": scan_page, "settings": scan_page}, rows=phone_rows())
    work.bench.settings.set("camera_source", str(film))
    work.shell.open("scan", **params)
    page = work.page
    assert isinstance(page, ScanPage)
    return work, page


def told(page):
    """What the card of the label's codes says."""
    return [label.text() for label in page.side.label_card.findChildren(Label)]


def kinds(page):
    return {code.chosen_as for code in page._reading.label.codes} if page._reading else set()


@pytest.mark.timeout(200)  # a film of some seconds, on a machine that may be busy
def test_codes_that_come_into_view_one_after_the_other_complete_the_label(at_work, qtbot, tmp_path, every_look):
    """The label glides past the camera, two of its four codes in sight at most; nobody touches a key."""
    unit, _model = phone()
    film = write(tmp_path / "box.avi", [through_a_slit(in_frame(box_label(), top)) for top in range(-310, 350, 10)])
    work, page = scan(at_work, film, order=PHONE_ORDER)
    qtbot.waitUntil(lambda: "IMEI 2 is still to be read, if the label has one" in told(page), timeout=10_000)
    every_look(work.shell, "scan-camera-expected")
    assert page.sources.formats == ("Code128", "EAN13", "UPCA", "QRCode", "DataMatrix")  # the phone's form narrows
    page.camera_button.click()
    qtbot.waitUntil(lambda: {"imei1", "gtin"} <= kinds(page), timeout=50_000)
    assert "Serial number is still to be read" in told(page) or "serial" in kinds(page)
    qtbot.waitUntil(lambda: {"imei1", "imei2", "serial", "gtin"} <= kinds(page), timeout=50_000)
    assert page._reading is not None and page._reading.serial == unit.serial
    assert page._reading.label.imeis == IMEIS
    assert "Every code expected on this label has been read." in told(page)
    assert any(text.startswith("Read by: Camera · box.avi") for text in told(page))
    qtbot.waitUntil(lambda: not page.camera.is_running, timeout=50_000)
    every_look(work.shell, "scan-camera-complete")
    assert page.use_button.isEnabled()


def test_while_codes_are_missing_the_strip_says_which(at_work, qtbot, tmp_path, every_look):
    _unit, model = phone()
    sheet = in_frame(bars("ean13", model.gtin[-13:], height=140), -280)
    work, page = scan(at_work, write(tmp_path / "ean.avi", [sheet] * 25), order=PHONE_ORDER)
    qtbot.waitUntil(lambda: page._target is not None, timeout=10_000)
    page.camera_button.click()
    rest = "Still to be read: IMEI 1, IMEI 2, Serial number"
    qtbot.waitUntil(lambda: rest in page.view.accessibleName(), timeout=50_000)
    assert not page.use_button.isEnabled()
    qtbot.waitUntil(lambda: not page.camera.is_running, timeout=50_000)
    every_look(work.shell, "scan-camera-missing")


@pytest.mark.timeout(200)  # a film of some seconds, on a machine that may be busy
def test_a_second_phones_label_is_not_mixed_with_the_first(at_work, qtbot, tmp_path):
    """Three IMEIs can't be one phone's: what was gathered before is let go."""
    other = make_imei("86123456", 700001), make_imei("86123456", 700002)
    sheets = [in_frame(box_label()), np.full((SIZE[1], SIZE[0], 3), 70, np.uint8), in_frame(box_label(other))]
    _work, page = scan(at_work, write(tmp_path / "two.avi", [sheets[0]] * 30 + [sheets[1]] * 40 + [sheets[2]] * 30))
    page.camera_button.click()
    qtbot.waitUntil(lambda: page._reading is not None and page._reading.label.imeis == IMEIS, timeout=50_000)
    qtbot.waitUntil(lambda: page._reading.label.imeis == other, timeout=50_000)
    assert not any(code.reason.rule == "imei_more" for code in page._reading.label.codes)


@pytest.mark.parametrize(("level", "words"), [(0, "The picture is black"), (250, "Too bright")])
def test_what_hinders_is_told_calmly_below_the_picture(at_work, qtbot, tmp_path, every_look, level, words):
    film = write(tmp_path / "plain.avi", [np.full((SIZE[1], SIZE[0], 3), level, np.uint8)] * 90)
    work, page = scan(at_work, film)
    page.camera_button.click()
    qtbot.waitUntil(lambda: words in page.sources.camera_bar.hint.text(), timeout=50_000)
    every_look(work.shell, f"scan-hint-{level}")
    page.camera_button.click()
    assert page.sources.camera_bar.hint.text() == ""


def test_cameras_are_picked_by_name_and_what_a_driver_lacks_is_hidden(
    at_work, qtbot, tmp_path, monkeypatch, every_look
):
    for number, name in ((0, "Integrated Camera"), (2, "USB 文档摄像头")):
        (tmp_path / "sys" / f"video{number}").mkdir(parents=True)
        (tmp_path / "sys" / f"video{number}" / "name").write_text(name, encoding="utf-8")
    monkeypatch.setattr(devices, "SYS", tmp_path / "sys")
    work, page = scan(at_work, "")
    bar = page.sources.camera_bar
    qtbot.waitUntil(lambda: bar.device.count() == 2, timeout=10_000)
    assert [bar.device.itemText(place) for place in range(2)] == ["Integrated Camera", "USB 文档摄像头"]
    every_look(work.shell, "scan-cameras")
    bar.device.setCurrentIndex(1)
    bar.device.activated.emit(1)
    assert work.bench.settings.get("camera_source") == "2" and bar.source == 2
    assert bar.torch.isHidden() and bar.focus_choice.isHidden() and not bar.size_choice.isHidden()
    bar.size_choice.setCurrentIndex(bar.size_choice.findData("1280x720"))
    bar.size_choice.activated.emit(bar.size_choice.currentIndex())
    assert bar.setup(2, ()).size == (1280, 720) and bar.setup(2, ()).name == "USB 文档摄像头"


def test_focus_and_lamp_are_shown_where_the_driver_has_them(at_work, qtbot, tmp_path, monkeypatch):
    asked = []
    (tmp_path / "sys" / "video0").mkdir(parents=True)
    monkeypatch.setattr(devices, "SYS", tmp_path / "sys")
    found = devices.Abilities(((640, 480),), True, True, (0, 250), True)
    monkeypatch.setattr(devices, "abilities", lambda number: found)
    monkeypatch.setattr(devices, "set_torch", lambda number, *, on: asked.append((number, on)) or True)
    _work, page = scan(at_work, "")
    bar = page.sources.camera_bar
    qtbot.waitUntil(lambda: not bar.torch.isHidden(), timeout=10_000)
    bar._focus = asked.append
    bar.torch.click()
    qtbot.waitUntil(lambda: (0, True) in asked, timeout=10_000)
    for place in (1, 0):
        bar.focus_choice.setCurrentIndex(place)
        bar.focus_choice.activated.emit(place)
    assert asked[1:] == [200, None]


def test_two_texts_at_one_place_are_told_and_neither_is_taken(at_work, qtbot, tmp_path, every_look):
    """The same spot shows one number and then another, as a decoder does that errs: a person has to look."""
    facts = trade().story
    texts = facts.serial, facts.serial[:-1] + "2"
    sheets = [in_frame(bars("code128", text, height=200), -260) for text in texts]
    work, page = scan(at_work, write(tmp_path / "disputed.avi", [sheets[number % 2] for number in range(90)]))
    page.camera_button.click()
    hint = page.sources.camera_bar.hint
    qtbot.waitUntil(lambda: "neither is taken" in hint.text(), timeout=50_000)
    assert all(text in hint.text() for text in texts)
    every_look(work.shell, "scan-camera-disputed")
    assert page._reading is None
    page.camera_button.click()


def test_no_camera_says_so_and_leads_to_the_settings(at_work, qtbot, tmp_path, monkeypatch):
    (tmp_path / "sys").mkdir()
    monkeypatch.setattr(devices, "SYS", tmp_path / "sys")
    work, page = scan(at_work, "")
    assert page.sources.camera_bar.device.currentText() == "No camera found"
    page.camera_button.click()
    assert work.shell.page is not page


def test_a_mirrored_and_turned_preview_keeps_the_outlines_on_the_codes(at_work, qtbot, tmp_path, every_look):
    facts = trade().story
    sheet = in_frame(product_label(facts.model, facts.serial, facts.gtin[-13:]), -40)
    work, page = scan(at_work, write(tmp_path / "film.avi", [sheet] * 60))
    bar = page.sources.camera_bar
    qtbot.waitUntil(bar.mirror.isEnabled, timeout=10_000)
    bar.mirror.click()
    bar.turn_button.click()
    assert page.camera.view == View(mirrored=True, quarters=1) == bar.view
    page.camera_button.click()
    qtbot.waitUntil(lambda: page._reading is not None and page._reading.serial == facts.serial, timeout=50_000)
    image = page._reading.shot.image
    assert (image.width(), image.height()) == (SIZE[1], SIZE[0])
    page.camera_button.click()
    every_look(work.shell, "scan-camera-turned")
    for corners in page._reading.shot.corners:
        assert all(0 <= x <= SIZE[1] and 0 <= y <= SIZE[0] for x, y in corners)


def test_a_corner_lies_where_its_pixel_is():
    frame = np.zeros((60, 100, 3), np.uint8)
    frame[10, 20] = 255
    for view in (View(), View(mirrored=True), View(quarters=1), View(mirrored=True, quarters=3)):
        image, placed = previewed(frame, view)
        ((x, y),) = placed(((20.5, 10.5),))
        assert image.pixelColor(int(x), int(y)).red() == 255, view


def test_a_picture_that_gave_its_number_once_asks_for_a_look(at_work, qtbot, tmp_path, every_look):
    facts = trade().story
    file = tmp_path / "label.jpg"
    photograph(product_label(facts.model, facts.serial, facts.gtin[-13:], with_qr=False), 4, seed=3).save(file)
    work, page = scan(at_work, "")
    page.take_file(file)
    qtbot.waitUntil(lambda: page._reading is not None, timeout=30_000)
    if page._reading.is_unsure:
        assert "Please compare with the label" in page.view.accessibleName()
    page._take(page._reading.shot.__class__(**{**vars(page._reading.shot), "unsure": frozenset({facts.serial})}))
    qtbot.waitUntil(lambda: "Please compare with the label" in page.view.accessibleName(), timeout=10_000)
    every_look(work.shell, "scan-unsure")
