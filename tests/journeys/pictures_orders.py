"""Pictures of the orders and order pages: `python -m tests.journeys.pictures_orders [DIR]`, light/dark, zh/en."""

from __future__ import annotations

import os
import sys
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
os.environ.setdefault("TZ", "Asia/Shanghai")

from PySide6.QtGui import QImage, QLinearGradient, QPainter
from PySide6.QtWidgets import QApplication

from app import i18n
from app.actions import act
from app.i18n import N_, _
from app.ui import live, theme
from app.ui.components.person_badge import Person
from app.ui.components.sync_chip import SyncState
from app.ui.page import PageSpec
from app.ui.pages.order.page import order_page
from app.ui.pages.orders import orders_page
from app.ui.shell import Shell
from app.ui.widgets.signature_pad import image_png
from core.roles import Role
from core.rows.orders import OrderUnit
from core.words import word
from core.work_order import State
from tests.journeys import steps
from tests.journeys.places import NOW, ORDER
from tests.journeys.steps import ask_and_send_back, bring_to, desk_of, publish_measurements
from tests.journeys.world import World, make_world

Scenes = Callable[[World, Shell, Role], Iterator[str]]
STEPS = ("offered", "identified", "judged", "signing", "repaired", "completed")


def shell_for(world: World, role: Role) -> Shell:
    """A shell with the two pages for a person of the place."""
    holder: list[Shell] = []
    bench = world.bench(_Later(holder), role)
    shell = Shell(
        [
            PageSpec("orders", "orders", N_("Orders"), lambda _nav: orders_page(bench)),
            PageSpec("order", "orders", N_("Order"), lambda _nav: order_page(bench), in_rail=False, lit_as="orders"),
        ]
    )
    holder.append(shell)
    shell.enter(
        Person(bench.person.id, bench.person.name, lambda: _(word("role", role.value)), frozenset({role.value}))
    )
    shell.status.say("place", world.place.name)
    shell.sync.show(SyncState("offline", NOW, pending=3), [])
    return shell


class _Later:
    """Benches are made before their shell."""

    def __init__(self, holder: list[Shell]) -> None:
        self._holder = holder

    def __getattr__(self, name: str) -> object:
        return getattr(self._holder[0], name)


def picture() -> bytes:
    """Something that looks like a photo at the size of a thumbnail."""
    image = QImage(400, 300, QImage.Format.Format_RGB32)
    painter = QPainter(image)
    shade = QLinearGradient(0, 0, 400, 300)
    shade.setColorAt(0, "#8fa6bb")
    shade.setColorAt(1, "#53697d")
    painter.fillRect(image.rect(), shade)
    painter.end()
    return image_png(image)


def settle() -> None:
    """Let timers and repaints run."""
    from PySide6.QtTest import QTest

    for _round in range(4):
        QTest.qWait(30)


def scenes(world: World, shell: Shell, role: Role) -> Iterator[str]:
    """What is on the screen, by name."""
    shell.open("orders")
    yield "orders"
    if role is Role.BRANCH_MANAGER:
        shell.open("order", order=world.first_in(State.AT_BRANCH, State.OFFERED_BRANCH, State.DECLINED).id)
        settle()
        shell.page.next.start("dispatch_order")  # type: ignore[union-attr]
        yield "dispatch"
        return
    for step in STEPS:
        bring_to(world, step)
        shell.open("order", order=ORDER)
        settle()
        if step == "judged":
            shell.page.next.press()  # type: ignore[union-attr]
            yield "order-goodwill"
            shell.page.next.close_form()  # type: ignore[union-attr]
        if step == "signing":
            shell.page.next.start("sign_quotation")  # type: ignore[union-attr]
        yield f"order-{step}"


def around_the_repair(world: World, shell: Shell, _role: Role) -> Iterator[str]:
    """Figures before and after, the unit in the shop with a loaner out, and a request that came back."""
    bring_to(world, "judged")
    publish_measurements(world)
    desk = desk_of(world)
    with world.store.reading() as rows:
        unit = rows.find(OrderUnit, order_id=ORDER)[0].id
    for code, phase, value in (("PWR", "before", 7_250), ("V12", "before", 12_000), ("PWR", "after", 1_001)):
        figure = {"unit_id": unit, "code": code, "phase": phase, "value": value}
        act("record_measurement", {"order_id": ORDER, **figure}, desk)
    act("take_to_shop", {"order_id": ORDER, "condition": "屏幕左下角有划痕", "accessories": "遥控器、底座"}, desk)
    lent = {"model": "LED32K32U", "serial": "K32U5525A0001234", "condition": "完好"}
    act("lend_loaner", {"order_id": ORDER, **lent}, desk)
    shell.open("order", order=ORDER)
    settle()
    yield "order-shop"
    ask_and_send_back(world, "请补购机发票照片，并说明去年那次维修换了什么")
    shell.open("order", order=ORDER)
    settle()
    shell.page.next.press()  # type: ignore[union-attr]
    yield "order-asked-back"


def main(argv: list[str]) -> int:
    """Write all pictures."""
    out = Path(argv[0]) if argv else Path("build/pictures")
    only = argv[1] if len(argv) > 1 else ""
    out.mkdir(parents=True, exist_ok=True)
    app = QApplication([])
    steps.PNG = picture()
    theme.install(app, "light")
    live.install(app)
    for at, role, seen in (
        ("station", Role.TECHNICIAN, scenes),
        ("station", Role.TECHNICIAN, around_the_repair),
        ("branch", Role.BRANCH_MANAGER, scenes),
    ):
        with tempfile.TemporaryDirectory() as folder:
            _paint(make_world(Path(folder) / "p", at=at), role, seen, (out, f"{at}-", only))
    return 0


def _paint(world: World, role: Role, seen: Scenes, where: tuple[Path, str, str]) -> None:
    out, prefix, only = where
    shell = shell_for(world, role)
    shell.show()
    for name in seen(world, shell, role):
        for language in ("zh_CN", "en"):
            for kind in ("light", "dark"):
                if only and only not in f"{prefix}{name}-{kind}-{language}":
                    continue
                i18n.set_language(language)
                theme.set_theme("dark" if kind == "dark" else "light")
                settle()
                shell.grab().save(str(out / f"{prefix}{name}-{kind}-{language}.png"))
    shell.close()
    world.close()


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
