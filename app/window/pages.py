"""The pages that exist, and for whom; their modules are loaded when they are first opened."""

import importlib
from collections.abc import Callable, Mapping
from typing import Any

from app.i18n import N_
from app.ui.bench import Bench
from app.ui.page import Navigator, Page, PageSpec

STATION = frozenset({"technician", "station_lead"})
ORDERS = STATION | {"branch_manager"}
MakeBench = Callable[[Navigator], Bench]
Extras = Mapping[str, Callable[[], dict[str, Any]]]


def page_specs(make_bench: MakeBench, extras: Extras) -> list[PageSpec]:
    """The rail from top to bottom, then the pages without a place in it.

    ``extras`` are what single pages get of the window beside their bench, by the page's id.
    """

    def made(module: str, name: str, page_id: str = "") -> Callable[[Navigator], Page]:
        def factory(nav: Navigator) -> Page:
            more = extras[page_id]() if page_id else {}
            page: Page = getattr(importlib.import_module(f"app.ui.pages.{module}"), name)(make_bench(nav), **more)
            return page

        return factory

    return [
        PageSpec("orders", "orders", N_("Orders"), made("orders", "orders_page"), roles=ORDERS),
        PageSpec("scan", "scan", N_("Scan"), made("scan", "scan_page", "scan"), roles=STATION),
        PageSpec(
            "old_parts",
            "old_parts",
            N_("Old parts"),
            made("old_parts", "old_parts_page"),
            roles=STATION | {"warehouse_clerk"},
        ),
        PageSpec(
            "approvals",
            "approvals",
            N_("Approvals"),
            made("approvals", "approvals_page"),
            roles=frozenset({"branch_manager"}),
        ),
        PageSpec(
            "settlement",
            "settlement",
            N_("Settlement"),
            made("settlement", "settlement_page"),
            roles=frozenset({"station_lead", "branch_manager"}),
        ),
        PageSpec("settings", "settings", N_("Settings"), made("settings", "settings_page", "settings"), at_bottom=True),
        PageSpec(
            "order",
            "orders",
            N_("Order"),
            made("order.page", "order_page"),
            roles=ORDERS,
            in_rail=False,
            lit_as="orders",
        ),
        PageSpec(
            "sync_issues",
            "sync",
            N_("Waiting for you"),
            made("sync_issues", "sync_issues_page", "sync_issues"),
            in_rail=False,
        ),
    ]
