"""Rows out: every change is stamped into the scopes that may see it, in commit order, and read from there."""

from hq.feed.blobs import Blobs, BlobState, Reader, held, sent_from
from hq.feed.counters import prune
from hq.feed.pages import Page, page
from hq.feed.registry import load_registry
from hq.feed.snapshots import Snapshots
from hq.feed.spent import Spent
from hq.feed.work import TakenBack, Work, load, thorough, work

__all__ = [
    "BlobState",
    "Blobs",
    "Page",
    "Reader",
    "Snapshots",
    "Spent",
    "TakenBack",
    "Work",
    "held",
    "load",
    "load_registry",
    "page",
    "prune",
    "sent_from",
    "thorough",
    "work",
]
