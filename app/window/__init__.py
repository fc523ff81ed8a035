"""The window of a station: puts the pages, the log-in, the sync loop and the scanner's keys together."""

# Before Qt, because Qt's bindings look into the source of each module that is imported after them.
import app.bootstrap  # noqa: F401
from app.window.start import run

__all__ = ["run"]
