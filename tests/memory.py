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
    return Path(tempfile.mkdtemp(prefix=prefix, dir=place()))


def place() -> str:
    """Where such folders lie."""
    has_room = os.access(_SHARED, os.W_OK) and shutil.disk_usage(_SHARED).free >= _ROOM
    return os.environ.get(CHOSEN) or (str(_SHARED) if has_room else tempfile.gettempdir())
