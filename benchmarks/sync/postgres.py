"""A PostgreSQL of its own for a measurement, with durable commits, and the CPU time that its processes took."""

import os
import shutil
import socket
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

PROGRAMS = Path("/usr/lib/postgresql/15/bin")
_TICK = os.sysconf("SC_CLK_TCK")


@contextmanager
def postgres() -> Iterator[str]:
    """The address of an empty database; everything is removed at the end."""
    home = Path(tempfile.mkdtemp(prefix="fixpoint-bench-"))
    if os.geteuid() == 0:
        shutil.chown(home, "postgres")
    data, port = home / "data", _free_port()
    _run(home, "initdb", "-D", str(data), "-U", "fixpoint", "--auth=trust", "-E", "UTF8", "--no-locale")
    options = f"-c listen_addresses=127.0.0.1 -c port={port} -c unix_socket_directories={home}"
    _run(home, "pg_ctl", "-D", str(data), "-w", "-l", str(home / "log"), "-o", options, "start")
    try:
        yield f"postgresql+psycopg://fixpoint@127.0.0.1:{port}/postgres"
    finally:
        _run(home, "pg_ctl", "-D", str(data), "-w", "-m", "immediate", "stop")
        shutil.rmtree(home)


def postmaster_of(address: str) -> int:
    """The process id of the server at ``address``."""
    import psycopg

    with psycopg.connect(address.replace("+psycopg", ""), autocommit=True) as connection:
        folder = connection.execute("SHOW data_directory").fetchone()
    assert folder is not None
    return int((Path(folder[0]) / "postmaster.pid").read_text().split()[0])


def cpu_seconds(pid: int) -> float:
    """CPU time of a process and of all its children, those that have ended too."""
    total = 0.0
    for entry in Path("/proc").iterdir():
        if not entry.name.isdigit():
            continue
        try:
            fields = (entry / "stat").read_text().rpartition(")")[2].split()
        except OSError:
            continue
        if entry.name == str(pid):
            total += sum(map(int, fields[11:15])) / _TICK
        elif fields[1] == str(pid):
            total += sum(map(int, fields[11:13])) / _TICK
    return total


def _run(home: Path, program: str, *arguments: str) -> None:
    command = [str(PROGRAMS / program), *arguments]
    if os.geteuid() == 0:  # PostgreSQL refuses to run as root
        command = ["runuser", "-u", "postgres", "--", *command]
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, cwd=home)


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as probe:
        return int(probe.getsockname()[1])
