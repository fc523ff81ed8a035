"""Pictures of an order that are still at HQ: small first, whole when opened, progress, trouble and a second try."""

import threading
from collections.abc import Callable
from dataclasses import replace

from PySide6.QtGui import QColor, QImage

from app.ui.bench import Bench
from app.ui.page import Page
from app.ui.pages.order.page import order_page
from app.ui.pages.order.photo_window import PhotoWindow
from app.ui.widgets.signature_pad import image_png
from core.ids import derive
from core.refusals import Refusal
from core.rows.orders import Attachment
from tests.journeys.places import NOW, ORDER, ROOT, person_named

WAIT = 10_000
WHOLE, SMALL = "a" * 64, "b" * 64


def png(width: int, color: str) -> bytes:
    image = QImage(width, width * 3 // 4, QImage.Format.Format_RGB32)
    image.fill(QColor(color))
    return image_png(image)


class AtHq:
    """HQ's pictures: what was asked for, and how the whole one answers."""

    def __init__(self) -> None:
        self.asked: list[str] = []
        self.reachable = True
        self.go_on = threading.Event()

    def fetch(self, sha256: str, size: int, told: Callable[[int, int], None]) -> bytes:
        self.asked.append(sha256)
        if sha256 == SMALL:
            return png(200, "#7d93a8")
        told(size // 3, size)
        assert self.go_on.wait(20)
        if not self.reachable:
            raise Refusal("hq_unreachable")
        return png(1_200, "#4d6377")


def attachment() -> Attachment:
    who = person_named("liwei")
    return Attachment(
        id=derive(ROOT, "picture"), version=1, branch_id=who.branch_id, station_id=who.place_id, order_id=ORDER,
        kind="photo", sha256=WHOLE, bytes=4_200_000, media_type="image/jpeg", added_by=who.id, added_at=NOW,
        thumbnail_sha256=SMALL, thumbnail_bytes=9_000,
    )  # fmt: skip


def test_small_first_whole_when_opened_and_again_after_a_cut(at_work, qtbot, every_look):
    hq = AtHq()

    def pages(bench: Bench) -> Page:
        return order_page(replace(bench, fetch=hq.fetch))

    work = at_work("liwei", {"order": pages}, rows=[attachment()])
    work.shell.open("order", order=ORDER)
    photos = work.page.photos
    qtbot.waitUntil(lambda: WHOLE in photos._thumbs, timeout=WAIT)
    assert hq.asked == [SMALL]
    assert photos._thumbs[WHOLE].pixelColor(5, 5).name() == "#7d93a8"

    photos.strip.opened.emit(attachment().id)
    window = photos.findChild(PhotoWindow)
    qtbot.waitUntil(lambda: "1.4 MB of 4.2 MB" in window.progress._figure.text(), timeout=WAIT)
    hq.reachable = False
    hq.go_on.set()
    qtbot.waitUntil(window.again.isVisible, timeout=WAIT)
    assert "HQ can’t be reached" in window.trouble.text()
    assert not window.is_whole
    every_look(window, "order-picture-out-of-reach")
    hq.reachable = True
    window.again.click()
    qtbot.waitUntil(lambda: window.is_whole, timeout=WAIT)
    assert not window.again.isVisible()
    assert not window.progress.isVisible()
    window.close()
