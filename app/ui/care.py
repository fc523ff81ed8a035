"""What the window does for the data on this device when a person asks: the self-check, and a rescue file."""

from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

from app.offline_db.rescue import Exported
from app.sync.self_check import ScopeChecked


class Care(NamedTuple):
    """What the window does for the settings; each runs off the thread and may raise a Refusal."""

    check: Callable[[], list[ScopeChecked]]
    rescue: Callable[[Path, str, Callable[[int, int], None]], Exported]
