"""The pages that exist, and for whom; their modules are loaded when they are first opened."""

import importlib
from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

from app.i18n import N_
from app.ui.bench import Bench
from app.ui.page import Navigator, Page, PageSpec

STATION = frozenset({"technician", "station_lead"})
BRANCH = frozenset({"branch_manager"})
ORDERS = STATION | BRANCH
CLERK = frozenset({"warehouse_clerk"})
LEADS = BRANCH | {"station_lead"}
EVERYONE: frozenset[str] = frozenset()
MakeBench = Callable[[Navigator], Bench]
#: What single pages get of the window beside their bench, by the page's id.
Extras = Mapping[str, Callable[[], dict[str, Any]]]


class Entry(NamedTuple):
    """One page: its icon, title (a msgid), the module and factory in app.ui.pages, and its place in the rail."""

    id: str
    icon: str
    title: str
    module: str
    factory: str
    roles: frozenset[str]
    place: str = "rail"  # rail | bottom | none
    lit_as: str = ""
    takes_files: bool = False


#: The rail from top to bottom, then the pages without a place in it.
PAGES = (
    Entry("today", "today", N_("Today"), "today", "today_page", STATION),
    Entry("dispatch", "send", N_("Dispatch"), "dispatch", "dispatch_page", LEADS),
    Entry("orders", "orders", N_("Orders"), "orders", "orders_page", ORDERS),
    Entry("scan", "scan", N_("Scan"), "scan", "scan_page", STATION),
    Entry("parts", "parts", N_("Spares"), "parts", "parts_page", STATION | BRANCH),
    Entry("old_parts", "old_parts", N_("Old parts"), "old_parts", "old_parts_page", STATION | CLERK),
    Entry("boxes", "box", N_("Boxes"), "boxes", "boxes_page", STATION | CLERK),
    Entry("grading", "check-square", N_("Grading"), "old_parts_grade", "grading_page", CLERK),
    Entry("knowledge", "knowledge", N_("Knowledge"), "knowledge", "knowledge_page", ORDERS),
    Entry("approvals", "approvals", N_("Approvals"), "approvals", "approvals_page", BRANCH),
    Entry("settlement", "settlement", N_("Settlement"), "settlement", "settlement_page", LEADS),
    Entry("settings", "settings", N_("Settings"), "settings", "settings_page", EVERYONE, "bottom"),
    Entry("order", "orders", N_("Order"), "order.page", "order_page", ORDERS, "none", "orders"),
    Entry(
        "phone", "photo", N_("Pictures of a phone"), "phone", "phone_page", STATION, "none", "orders", takes_files=True
    ),
    Entry("counter", "add", N_("Unit at the counter"), "counter", "counter_page", STATION, "none", "today"),
    Entry("unit", "verdict", N_("Unit history"), "unit", "unit_page", ORDERS, "none", "orders"),
    Entry("sync_issues", "sync", N_("Waiting for you"), "sync_issues", "sync_issues_page", EVERYONE, "none"),
)


def page_specs(make_bench: MakeBench, extras: Extras) -> list[PageSpec]:
    """Every page as the shell takes it."""
    return [_spec(entry, make_bench, extras.get(entry.id, dict)) for entry in PAGES]


def _spec(entry: Entry, make_bench: MakeBench, more: Callable[[], dict[str, Any]]) -> PageSpec:
    def factory(nav: Navigator) -> Page:
        module = importlib.import_module(f"app.ui.pages.{entry.module}")
        page: Page = getattr(module, entry.factory)(make_bench(nav), **more())
        return page

    return PageSpec(
        entry.id,
        entry.icon,
        entry.title,
        factory,
        roles=entry.roles,
        in_rail=entry.place != "none",
        at_bottom=entry.place == "bottom",
        lit_as=entry.lit_as,
        takes_files=entry.takes_files,
    )
