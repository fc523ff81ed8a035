"""Boxes of old parts: the station packs and ships them, the warehouse counts them."""

from __future__ import annotations

from app.ui.bench import Bench
from app.ui.page import Page
from app.ui.pages.boxes_count import CountPage
from app.ui.pages.boxes_pack import PackPage


def boxes_page(bench: Bench) -> Page:
    """The page of the place that this device stands at."""
    return CountPage(bench) if bench.place.kind == "warehouse" else PackPage(bench)
