"""Pictures of today, the board and the counter: `python -m tests.journeys.pictures_dispatch [DIR]`, in every look."""

from __future__ import annotations

import os
import sys
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
os.environ.setdefault("TZ", "Asia/Shanghai")

from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from app import i18n
from app.i18n import N_, _
from app.ui import live, theme
from app.ui.bench import Bench
from app.ui.components.person_badge import Person
from app.ui.components.sync_chip import SyncState
from app.ui.page import Page, PageSpec
from app.ui.pages.counter import counter_page
from app.ui.pages.dispatch import dispatch_page
from app.ui.pages.order.page import order_page
from app.ui.pages.orders import orders_page
from app.ui.pages.today import today_page
from app.ui.shell import Shell
from core.roles import Role
from core.words import word
from core.work_order import State
from tests.journeys.pictures_orders import settle
from tests.journeys.places import NOW, trade
from tests.journeys.world import World, make_world, more_stations

PAGES: tuple[tuple[str, str, str, Callable[[Bench], Page]], ...] = (
    ("today", "today", N_("Today"), today_page),
    ("dispatch", "send", N_("Dispatch"), dispatch_page),
    ("orders", "orders", N_("Orders"), orders_page),
    ("order", "orders", N_("Order"), order_page),
    ("counter", "add", N_("Unit at the counter"), counter_page),
)


def shell_for(world: World, role: Role) -> Shell:
    """A shell with the pages for a person of the place."""
    benches: list[Bench] = []

    def made(factory: Callable[[Bench], Page]) -> Callable[[object], Page]:
        def make(nav: object) -> Page:
            if not benches:
                benches.append(world.bench(nav, role))  # type: ignore[arg-type]
            return factory(benches[0])

        return make

    hidden = {"order", "counter"} | ({"today"} if role is Role.BRANCH_MANAGER else set())
    shell = Shell([PageSpec(name, icon, title, made(f), in_rail=name not in hidden) for name, icon, title, f in PAGES])
    one = world.person(role)
    shell.enter(Person(one.id, one.name, lambda: _(word("role", role.value)), frozenset({role.value})))
    shell.status.say("place", world.place.name)
    shell.sync.show(SyncState("offline", NOW, pending=3), [])
    return shell


def scenes(world: World, shell: Shell, role: Role) -> Iterator[str]:
    """What is on the screen, by name."""
    name = "branch" if role is Role.BRANCH_MANAGER else "lead" if role is Role.STATION_LEAD else "technician"
    if role is not Role.BRANCH_MANAGER:
        shell.open("today")
        settle()
        yield f"today-{name}"
    if role is Role.TECHNICIAN:
        shell.open("counter")
        settle()
        page = shell.page
        page.serial.setText(trade().story.serial)  # type: ignore[union-attr]
        page.fault.setText(trade().story.fault)  # type: ignore[union-attr]
        settle()
        yield "counter"
        return
    shell.open("dispatch", chip="to_give" if role is Role.BRANCH_MANAGER else "all")
    settle()
    page = shell.page
    rows = page.order_rows  # type: ignore[union-attr]
    page.select(*(rows.row_at(line).id for line in range(min(2, rows.rowCount()))))  # type: ignore[union-attr]
    settle()
    settle()
    yield f"dispatch-{name}"
    if role is Role.BRANCH_MANAGER:
        shell.open("orders")
        settle()
        yield "orders-branch-limits"
        shell.open("order", order=world.first_in(State.AT_BRANCH, State.OFFERED_BRANCH, State.DECLINED).id)
        settle()
        shell.page.next.start("dispatch_order")  # type: ignore[union-attr]
        yield "order-dispatch"


def main(argv: list[str]) -> int:
    """Write all pictures; a second word keeps to one look, e.g. light-zh_CN."""
    out = Path(argv[0]) if argv else Path("build/pictures")
    only = argv[1] if len(argv) > 1 else ""
    out.mkdir(parents=True, exist_ok=True)
    app = QApplication([])
    theme.install(app, "light")
    live.install(app)
    places = (("station", Role.TECHNICIAN), ("station", Role.STATION_LEAD), ("branch", Role.BRANCH_MANAGER))
    for at, role in places:
        with tempfile.TemporaryDirectory() as folder:
            world = make_world(Path(folder) / "profile", at=at)
            if at == "branch":
                more_stations(world)
            shell = shell_for(world, role)
            shell.resize(1366, 768)
            shell.show()
            for name in scenes(world, shell, role):
                _paint(shell, out, name, only)
            QTest.qWait(400)  # half-typed things are kept a moment later
            shell.close()
            world.close()
    return 0


def _paint(shell: Shell, out: Path, name: str, only: str) -> None:
    for look in ("light", "dark"):
        for language in ("zh_CN", "en"):
            if only and only != f"{look}-{language}":
                continue
            i18n.set_language(language)
            theme.set_theme(look)
            settle()
            shell.grab().save(str(out / f"{name}-{look}-{language}.png"))
    theme.set_theme("light")
    i18n.set_language("en")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
