"""The hand scanners a window listens to, as its settings' page is handed them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from app.ui.wedge_filter import WedgeFilter

if TYPE_CHECKING:
    from app.ui.pages.scan_port import PortReader


@dataclass(frozen=True)
class Hearing:
    """The keyboard's filter and the serial port's reader, where there are any.

    `as_set_up` lets the filter listen again as the settings say, after a test scan that did not.
    """

    wedge: WedgeFilter | None = None
    port: PortReader | None = None
    as_set_up: Callable[[], object] = lambda: None
