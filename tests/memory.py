"""Folders that tests write much to: in memory where the computer has room there, else where temporary files lie."""

import os
import shutil
import tempfile
from pathlib import Path

#: Chooses the place by hand.
CHOSEN = "FIXPOINT_TEST_MEMORY"
_SHARED = Path("/dev/shm")
_ROOM = 2 * 1024**3


def memory_folder(prefix: str) -> Path:
    """A new folder whose name begins with ``prefix``; whoever asked for it takes it away."""
    return Path(tempfile.mkdtemp(prefix=prefix, dir=os.environ.get(CHOSEN) or (_SHARED if _has_room() else None)))


def _has_room() -> bool:
    return os.access(_SHARED, os.W_OK) and shutil.disk_usage(_SHARED).free >= _ROOM
