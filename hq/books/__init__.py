"""Proves HQ's books: operations and their chains, the feed, stock, orders, claims and statements."""

from hq.books.report import Report, prove

__all__ = ["Report", "prove"]
