"""A device's data folder: where each file lies, who may use it at once, and how much room the disk has left."""

import json
import os
import shutil
from collections.abc import Mapping
from pathlib import Path

import platformdirs

from app.file_lock import FileLock
from app.files import PRIVATE_FOLDER, disk_refusals
from core.refusals import Refusal

DATABASE = "fixpoint.db"
# Below this a write could fail half-way through a day's work: warn, and refuse what needs much room.
LOW_SPACE_BYTES = 200 * 1024 * 1024


class Profile:
    """One device's folder (0700): ``fixpoint.db``, ``registry.db``, ``keys.json``, ``blobs/``, ``backups/``, ``log/``.

    The window takes :meth:`lock_window` for as long as it is open; commands may run beside it. Whoever has the database
    open shares :attr:`use`; a restore takes it alone.
    """

    def __init__(self, path: Path) -> None:
        """Name the folder; nothing is made before :meth:`create`."""
        self.path = path.absolute()
        self.database = self.path / DATABASE
        self.key_check = self.path / "fixpoint.db.key-check"
        self.registry = self.path / "registry.db"
        self.keys = self.path / "keys.json"
        self.blobs = self.path / "blobs"
        self.backups = self.path / "backups"
        self.log = self.path / "log"
        self._window = FileLock(self.path / "window.lock")

    @classmethod
    def chosen(cls, data: str | None, environ: Mapping[str, str]) -> "Profile":
        """The folder of ``--data``, else of FIXPOINT_DATA, else the operating system's place for the person's data."""
        given = data or environ.get("FIXPOINT_DATA")
        return cls(Path(given) if given else Path(platformdirs.user_data_dir("Fixpoint", appauthor=False)))

    def create(self) -> "Profile":
        """Make the missing folders, private to this person; refuses with ``profile_unwritable`` or ``disk_full``."""
        try:
            with disk_refusals(self.path):
                self.path.mkdir(parents=True, exist_ok=True)
                for folder in (self.path, self.blobs, self.backups, self.log):
                    folder.mkdir(exist_ok=True)
                    folder.chmod(PRIVATE_FOLDER)
        except (FileExistsError, FileNotFoundError) as error:  # a file has the name, or nothing can be made there
            raise Refusal("profile_unwritable", folder=str(self.path)) from error
        return self

    @property
    def has_database(self) -> bool:
        """Whether a database was ever made here (an empty file does not count)."""
        return self.database.exists() and self.database.stat().st_size > 0

    def use_lock(self) -> FileLock:
        """A new lock object for the database files: shared by those who have them open, alone for a restore."""
        return FileLock(self.path / "database.lock")

    def lock_window(self, address: str = "") -> None:
        """Be the only window of this profile; ``address`` tells a second one how to reach this one.

        Refuses with ``window_open`` (facts ``process`` and ``address``) when there is one already.
        """
        if not self._window.take():
            raise Refusal("window_open", **self._holder())
        self._window.write(json.dumps({"process": os.getpid(), "address": address}).encode())

    @property
    def holds_window(self) -> bool:
        """Whether this object is the profile's window now."""
        return self._window.held

    def unlock_window(self) -> None:
        """Let another window open; harmless when none was locked."""
        self._window.release()

    def _holder(self) -> dict[str, object]:
        try:
            note = json.loads(self._window.read())
            return {"process": int(note["process"]), "address": str(note["address"])}
        except (OSError, ValueError, KeyError, TypeError):
            return {"process": "?", "address": ""}  # the other window has just started and not yet left its note

    def free_bytes(self) -> int:
        """Bytes this person may still write on the profile's disk."""
        return shutil.disk_usage(self.path).free

    def require_space(self, needed: int) -> None:
        """Refuse with ``disk_full`` when ``needed`` bytes and a reserve would not fit."""
        if self.free_bytes() < needed + LOW_SPACE_BYTES // 10:
            raise Refusal("disk_full", folder=str(self.path))
