"""The window of a station: puts the pages, the log-in, the sync loop and the scanner's keys together."""

from app.window.start import run

__all__ = ["run"]
