"""Keeps Python's search for cycles out of a page of rows: thousands of short-lived objects that hold no cycle."""

import gc
import threading
from collections.abc import Iterator
from contextlib import contextmanager

_lock = threading.Lock()
_pausing = 0
_was_on = False


@contextmanager
def paused() -> Iterator[None]:
    """No search meanwhile, in no thread: it took a third of the processor time of a pulled row, again and again looking
    at the rows that had just come. For short work only; pauses may overlap.
    """
    global _pausing, _was_on  # noqa: PLW0603 - the collector is the process's
    with _lock:
        if not _pausing:
            _was_on = gc.isenabled()
            gc.disable()
        _pausing += 1
    try:
        yield
    finally:
        with _lock:
            _pausing -= 1
            if not _pausing and _was_on:
                gc.enable()
