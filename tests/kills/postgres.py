"""A PostgreSQL of one's own, with durable commits, whose processes can be killed and started again."""

import os
import pwd
import shutil
import subprocess
import tempfile
import time
from pathlib import Path

import psycopg

PROGRAMS = Path("/usr/lib/postgresql/15/bin")
_READY_SECONDS = 30.0


class Postgres:
    """One server in a folder of its own; ``url`` is the address of its database for HQ."""

    def __init__(self, port: int) -> None:
        # socket paths may have 107 bytes at most, and the user postgres must reach the folder
        self.home = Path(tempfile.mkdtemp(prefix="fixpoint-kills-"))
        self._port = port
        self._who = "postgres" if os.geteuid() == 0 else None  # it refuses to run as root
        if self._who:
            shutil.chown(self.home, self._who)
        self._data = self.home / "data"
        init = ("-U", "fixpoint", "--auth=trust", "-E", "UTF8", "-N")
        self._run([str(PROGRAMS / "initdb"), "-D", str(self._data), *init]).wait()
        self.url = f"postgresql+psycopg://fixpoint@127.0.0.1:{port}/postgres"
        self.start()
        self.wait()

    def _run(self, command: list[str]) -> subprocess.Popen[bytes]:
        with (self.home / "log").open("ab") as log:
            groups: list[str] | None = [] if self._who else None
            group = pwd.getpwnam(self._who).pw_gid if self._who else None
            return subprocess.Popen(
                command, cwd=self.home, stdout=log, stderr=log, user=self._who, group=group, extra_groups=groups
            )

    def start(self) -> None:
        """Start it; after a kill it recovers from its log."""
        options = {
            "listen_addresses": "127.0.0.1",
            "port": str(self._port),
            "unix_socket_directories": str(self.home),
            "fsync": "on",
            "synchronous_commit": "on",
        }
        settings = [part for name, value in options.items() for part in ("-c", f"{name}={value}")]
        self._server = self._run([str(PROGRAMS / "postgres"), "-D", str(self._data), *settings])

    def is_ready(self) -> bool:
        """Whether it takes connections now; one that has given up (an old part was still ending) is started anew."""
        if self._server.poll() is not None:
            self.start()
        try:
            psycopg.connect(self.url.replace("+psycopg", ""), connect_timeout=2).close()
        except psycopg.OperationalError:
            return False
        return True

    def wait(self) -> None:
        """Hold until it takes connections."""
        end = time.monotonic() + _READY_SECONDS
        while not self.is_ready():
            if time.monotonic() > end:
                raise TimeoutError((self.home / "log").read_text(errors="replace")[-2000:])
            time.sleep(0.02)

    def kill(self) -> int:
        """Kill the postmaster, then every process it has started; returns how many died."""
        children = _children(self._server.pid)
        self._server.kill()
        for pid in children:
            _kill(pid)
        self._server.wait()
        end = time.monotonic() + 5
        while any(_is_alive(pid) for pid in children) and time.monotonic() < end:
            time.sleep(0.002)
        return 1 + len(children)

    def close(self) -> None:
        """End it and remove everything."""
        self.kill()
        shutil.rmtree(self.home, ignore_errors=True)


def _kill(pid: int) -> None:
    try:
        os.kill(pid, 9)
    except ProcessLookupError:
        return


def _stat(pid: int | str) -> list[str]:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except (FileNotFoundError, ProcessLookupError):
        return []


def _children(parent: int) -> list[int]:
    pids = [int(entry.name) for entry in Path("/proc").iterdir() if entry.name.isdecimal()]
    return [pid for pid in pids if (found := _stat(pid)) and int(found[1]) == parent]


def _is_alive(pid: int) -> bool:
    found = _stat(pid)
    return bool(found) and found[0] != "Z"
