"""The pages that exist, and for whom; their modules are loaded when they are first opened."""

import importlib
from collections.abc import Callable

from app.i18n import N_
from app.ui.bench import Bench
from app.ui.page import Navigator, Page, PageSpec

STATION = frozenset({"technician", "station_lead"})
ORDERS = STATION | {"branch_manager"}
MakeBench = Callable[[Navigator], Bench]


def page_specs(make_bench: MakeBench) -> list[PageSpec]:
    """The rail from top to bottom, then the pages without a place in it."""

    def made(module: str, name: str) -> Callable[[Navigator], Page]:
        def factory(nav: Navigator) -> Page:
            page: Page = getattr(importlib.import_module(f"app.ui.pages.{module}"), name)(make_bench(nav))
            return page

        return factory

    return [
        PageSpec("orders", "orders", N_("Orders"), made("orders", "orders_page"), roles=ORDERS),
        PageSpec("scan", "scan", N_("Scan"), made("scan", "scan_page"), roles=STATION),
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
        PageSpec("settings", "settings", N_("Settings"), made("settings", "settings_page"), at_bottom=True),
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
            made("sync_issues", "sync_issues_page"),
            in_rail=False,
        ),
    ]
