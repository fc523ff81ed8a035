"""A small disk for one station that can be filled and made read-only; without the right to mount, limits stand in."""

import os
import subprocess
from pathlib import Path

_BYTES = 512 * 1024 * 1024
_BALLAST = "ballast"


class Disk:
    """``folder`` on a file system of its own where mounting is possible (``mounted``), else an ordinary folder."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        folder.mkdir()
        mount = ["mount", "-t", "tmpfs", "-o", f"size={_BYTES}", "tmpfs", str(folder)]
        self.mounted = os.geteuid() == 0 and subprocess.run(mount, check=False, capture_output=True).returncode == 0

    def fill(self, leave: int) -> int | None:
        """Leave so many bytes; returns the largest size that any file may have where no disk could be filled."""
        if not self.mounted:
            return max(file.stat().st_size for file in self.folder.rglob("*") if file.is_file()) + leave
        found = os.statvfs(self.folder)
        with (self.folder / _BALLAST).open("wb") as ballast:
            os.posix_fallocate(ballast.fileno(), 0, max(found.f_bavail * found.f_frsize - leave, 1))
        return None

    def free(self) -> None:
        """Give the space back."""
        (self.folder / _BALLAST).unlink(missing_ok=True)

    def lock(self) -> None:
        """Nothing can be written any more; no process may have files open."""
        self._set("ro", 0o500)

    def unlock(self) -> None:
        """It can be written again."""
        self._set("rw", 0o700)

    def _set(self, how: str, mode: int) -> None:
        if self.mounted:
            subprocess.run(["mount", "-o", f"remount,{how}", str(self.folder)], check=True, capture_output=True)
            return
        for entry in (self.folder, *self.folder.rglob("*")):
            if entry.is_dir():
                entry.chmod(mode)

    def close(self) -> None:
        """Take it away."""
        if self.mounted:
            subprocess.run(["umount", "-l", str(self.folder)], check=False, capture_output=True)
