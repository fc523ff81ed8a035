"""The window of a station: puts the pages, the log-in, the sync loop and the scanner's keys together."""

import gc

# Nothing that is imported is ever garbage; the collector begins its work when the window stands (start.application).
gc.disable()

# Before Qt, because Qt's bindings look into the source of each module that is imported after them.
import app.bootstrap  # noqa: E402, F401 - the order is the point
from app.window.start import run  # noqa: E402 - the same

__all__ = ["run"]
