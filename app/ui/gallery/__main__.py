"""`python -m app.ui.gallery --out DIR` paints the kit in both themes and languages."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path

from PySide6.QtWidgets import QApplication, QWidget

from app import i18n
from app.i18n import N_
from app.ui import live, theme
from app.ui.components.person_badge import Person
from app.ui.components.sync_chip import SyncItem, SyncState
from app.ui.gallery.list_page import ListPage
from app.ui.gallery.login_scenes import gates
from app.ui.gallery.order_page import OrderPage
from app.ui.gallery.widgets_page import WidgetsPage
from app.ui.gallery.words import two
from app.ui.page import PageSpec
from app.ui.shell import Shell


def specs() -> list[PageSpec]:
    """The made-up pages."""
    return [
        PageSpec("orders", "orders", N_("Orders"), ListPage),
        PageSpec("order", "orders", N_("Order"), OrderPage, in_rail=False, lit_as="orders"),
        PageSpec("old_parts", "old_parts", N_("Old parts"), WidgetsPage),
        PageSpec("approvals", "approvals", N_("Approvals"), WidgetsPage),
        PageSpec("settlement", "settlement", N_("Settlement"), WidgetsPage),
        PageSpec("settings", "settings", N_("Settings"), WidgetsPage, at_bottom=True),
    ]


def demo_shell() -> Shell:
    """A shell with a person, a sync that needs somebody, and devices."""
    shell = Shell(specs())
    role = two("维修工程师", "Technician")
    shell.enter(Person("p1", "李伟", role, frozenset({"technician"})))
    shell.set_badge("orders", 7)
    shell.set_badge("old_parts", 3)
    shell.status.say("place", "深圳南山维修站")
    shell.status.say("hq", two("总部：离线（上次同步 09:12）", "HQ: offline (last sync 09:12)"))
    shell.status.say("registry", two("保修库 50,000 台 · 3月17日", "Registry 50,000 units · 17 Mar"))
    shell.status.device("scanner", two("扫码枪", "Scanner"), two("就绪", "ready"), "ok")
    shell.status.device("camera", two("摄像头", "Camera"), two("未接", "none"), "off")
    shell.status.device("printer", two("标签打印机", "Label printer"), two("缺纸", "no paper"), "bad")
    shell.sync.show(SyncState("offline", datetime(2026, 3, 17, 1, 12, tzinfo=UTC), pending=3), _items())
    return shell


def _items() -> list[SyncItem]:
    return [
        SyncItem(
            "bad",
            two("未采纳：完工", "Parked: complete"),
            two("SZ-260317-0271：旧件机号与登记不符。", "SZ-260317-0271: the old part's serial is another."),
            ((two("打开工单", "Open order"), str), (two("撤回", "Withdraw"), str)),
        ),
        SyncItem("blue", two("待发送 3", "3 to send"), two("照片 2，用料 1", "2 photos, 1 part")),
    ]


def scenes(shell: Shell) -> Iterator[tuple[str, Callable[[], object]]]:
    """Names and what to do before each picture."""
    yield "list", lambda: shell.open("orders")
    yield "order", lambda: shell.open("order", order="x")
    yield "widgets", lambda: shell.open("settings")
    yield "sync", lambda: _sync_scene(shell)
    yield "keys", lambda: _keys_scene(shell)
    yield "toast", lambda: _toast_scene(shell)


def _sync_scene(shell: Shell) -> None:
    shell.open("order")
    shell.chip.click()


def _keys_scene(shell: Shell) -> None:
    shell.chip.click()
    shell.show_keys()


def _toast_scene(shell: Shell) -> None:
    shell.show_keys()
    shell.toast("ok", two("已申请特批", "Goodwill asked for"), two("联网后送达。", "Sent when online."))
    shell.toast("bad", two("旧件机号不符", "Old part's serial differs"), two("请再扫一次。", "Scan it again."))
    shell.flash("ok", two("已识别机号", "Serial read"))


def picture(widget: QWidget, path: Path) -> None:
    """Writes what a widget looks like."""
    app = QApplication.instance()
    for _round in range(3):
        if app is not None:
            app.processEvents()
    widget.grab().save(str(path))


def main(argv: list[str] | None = None) -> int:
    """Writes all pictures; 0 done."""
    parser = argparse.ArgumentParser(prog="python -m app.ui.gallery", description=__doc__)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--only", default="", help="a scene's name")
    parser.add_argument("--languages", default="zh_CN,en", help="pseudo shows untranslated and cut texts")
    options = parser.parse_args(argv)
    options.out.mkdir(parents=True, exist_ok=True)
    os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
    app = QApplication(sys.argv[:1])
    theme.install(app, "light")
    live.install(app)
    for language in options.languages.split(","):
        i18n.set_language(language)
        for name in ("light", "dark"):
            theme.set_theme("dark" if name == "dark" else "light")
            _paint_all(options.out, f"{name}-{language}", options.only)
    return 0


def _paint_all(out: Path, suffix: str, only: str) -> None:
    shell = demo_shell()
    shell.show()
    for name, prepare in scenes(shell):
        prepare()
        if only in {"", name}:
            picture(shell, out / f"{name}-{suffix}.png")
    for name, gate in gates():
        shell.set_gate(gate)
        if only in {"", name}:
            picture(shell, out / f"{name}-{suffix}.png")
    shell.close()
    shell.deleteLater()


if __name__ == "__main__":
    raise SystemExit(main())
