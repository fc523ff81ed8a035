"""Rows out: every change is stamped into the scopes that may see it, in commit order, and read from there."""

from hq.feed.registry import load_registry, units_by_serial
from hq.feed.work import Work, load, work

__all__ = ["Work", "load", "load_registry", "units_by_serial", "work"]
