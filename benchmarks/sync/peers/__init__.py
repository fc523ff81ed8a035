"""The peers of the sync bench, in environments of their own below build/peers: PouchDB and Anki, each with its server.

python -m benchmarks.sync.peers.install      installs them (some 300 MB), once
"""

import json
import os
import socket
import subprocess
import tempfile
import time
import venv
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

HOME = Path("build/peers").absolute()
HERE = Path(__file__).parent
ANKI = "26.9.3"
NODE_PACKAGES = ("pouchdb@9.0.0", "express-pouchdb@4.2.0", "express@4")
_PYTHON = HOME / "python" / "bin" / "python"
_NODE = HOME / "node"
_MOST_SECONDS = 600
_USER = "bench:bench"


class Took(NamedTuple):
    """Seconds of the wall and of all processes' CPU; ``idle`` has no CPU."""

    seconds: float
    cpu: float


Measured = Mapping[str, Took]
"""``pull`` of all rows into an empty store, ``push`` of the changed ones, ``idle``: one sync with nothing to do."""


def are_installed() -> bool:
    """Whether both can be run."""
    return _PYTHON.exists() and (_NODE / "node_modules" / "pouchdb").exists()


def install() -> None:
    """Fetch both; the project's own environment stays as it is. Raises CalledProcessError."""
    venv.create(HOME / "python", with_pip=True)
    subprocess.run([_PYTHON, "-m", "pip", "install", "-q", f"anki=={ANKI}"], check=True)
    _NODE.mkdir(parents=True, exist_ok=True)
    (_NODE / "package.json").write_text('{"private": true, "type": "module"}\n')
    subprocess.run(["npm", "install", "--no-audit", "--no-fund", "--silent", *NODE_PACKAGES], cwd=_NODE, check=True)


def measure_anki(rows: int, changed: int, idle: int) -> Measured:
    """Two Anki collections through Anki's sync server; a row is a note with its card."""
    port = _free_port()
    variables = {"SYNC_USER1": _USER, "SYNC_HOST": "127.0.0.1", "SYNC_PORT": str(port)}
    with tempfile.TemporaryDirectory() as folder:
        (Path(folder) / "server").mkdir()
        variables["SYNC_BASE"] = f"{folder}/server"
        server = [str(_PYTHON), "-m", "anki.syncserver"]
        with _running(server, Path(folder), lambda: _answers(port), variables) as pid:
            command = [str(_PYTHON), str(HERE / "anki_client.py"), folder, f"http://127.0.0.1:{port}/", str(pid)]
            return _told([*command, str(rows), str(changed), str(idle)], Path(folder))


def measure_pouchdb(rows: int, changed: int, idle: int) -> Measured:
    """PouchDB on LevelDB through express-pouchdb, both ends in batches of a thousand."""
    port = _free_port()
    script = _NODE / "pouchdb.mjs"  # beside its packages
    script.write_bytes((HERE / "pouchdb.mjs").read_bytes())
    with tempfile.TemporaryDirectory() as folder:
        for name in ("server", "client"):
            (Path(folder) / name).mkdir()
        server = ["node", str(script), "serve", f"{folder}/server", str(port), str(rows)]
        with _running(server, Path(folder), lambda: _answers(port)):
            url = f"http://127.0.0.1:{port}"
            command = ["node", str(script), "client", f"{folder}/client", url, str(rows), str(changed), str(idle)]
            return _told(command, Path(folder))


def _told(command: list[str], folder: Path) -> Measured:
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=_MOST_SECONDS, check=False)
    if done.returncode:
        raise RuntimeError(done.stderr[-2000:])
    return {name: Took(**took) for name, took in json.loads(done.stdout.splitlines()[-1]).items()}


@contextmanager
def _running(
    command: list[str], folder: Path, is_ready: Callable[[], bool], more: Mapping[str, str] | None = None
) -> Iterator[int]:
    with (
        (folder / "server.log").open("wb") as log,
        subprocess.Popen(command, cwd=folder, env=os.environ | (more or {}), stdout=log, stderr=log) as server,
    ):
        try:
            until = time.monotonic() + _MOST_SECONDS
            while not is_ready():
                if server.poll() is not None or time.monotonic() > until:
                    raise RuntimeError((folder / "server.log").read_text()[-2000:])
                time.sleep(0.1)
            yield server.pid
        finally:
            server.kill()


def _answers(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as probe:
        return int(probe.getsockname()[1])
