"""zbar behind a process of its own: started when first needed, again after a crash, given up after repeated ones."""

import atexit
import importlib.util
import json
import logging
import os
import subprocess
import sys
import threading
from collections.abc import Sequence
from pathlib import Path
from typing import IO, Any

import numpy as np
import numpy.typing as npt

from app.scanner.zbar_worker import FLAG, HEADER, LENGTH, LIMIT_SECONDS

log = logging.getLogger(__name__)

_STARTING_SECONDS = 30.0
_ANSWERING_SECONDS = LIMIT_SECONDS + 5
_MOST_CRASHES = 3  # in a row
_MOST_ANSWER = 1 << 22  # bytes; no picture holds so many codes
_ROOT = Path(__file__).resolve().parents[2]


class _Crashed(Exception):
    """The worker is gone or no longer makes sense."""


def own_command() -> list[str]:
    """How this program starts its worker, bundled or not."""
    if getattr(sys, "frozen", False):
        return [sys.executable, FLAG]
    return [sys.executable, "-m", "app.scanner.zbar_worker"]


class ZbarWorker:
    """One worker for the whole program; calls from several threads wait for one another.

    A picture on which the worker crashes, hangs or runs out of memory has no codes; the next one starts a new worker.
    """

    def __init__(self, command: Sequence[str] | None = None, answering_seconds: float = _ANSWERING_SECONDS) -> None:
        self._command = list(command or own_command())
        self._patience = answering_seconds
        self._turn = threading.Lock()
        self._process: subprocess.Popen[bytes] | None = None
        self._crashes = 0
        self._absent = False

    @property
    def pid(self) -> int | None:
        """The running worker's process."""
        return self._process.pid if self._process else None

    def decode(self, image: npt.NDArray[np.uint8], names: Sequence[str]) -> list[dict[str, Any]]:
        """What zbar finds of its symbologies `names`: type, data (hex) and corners of each."""
        with self._turn:
            if not self._ready():
                return []
            high, wide = image.shape
            listed = " ".join(names).encode()
            try:
                found: list[dict[str, Any]] = self._ask([HEADER.pack(wide, high, len(listed)), listed, image.tobytes()])
            except _Crashed:
                self._crashed("while it looked at a picture")
                return []
            self._crashes = 0
            return found

    def state(self) -> str:
        """“present”, or why there is no second opinion; for the doctor."""
        with self._turn:
            if self._ready():
                return "present"
            if self._absent:
                return "library missing" if importlib.util.find_spec("pyzbar") else "not installed"
            return f"given up after {self._crashes} crashes" if self._given_up else "could not be started"

    def close(self) -> None:
        """End the worker; a later picture would start it again."""
        with self._turn:
            self._end()

    @property
    def _given_up(self) -> bool:
        return self._crashes >= _MOST_CRASHES

    def _ready(self) -> bool:
        if self._process and self._process.poll() is not None:
            self._crashed("between two pictures")
        if self._process or self._absent or self._given_up:
            return self._process is not None
        try:
            self._process = _started(self._command)
            self._absent = not self._receive(self._process, _STARTING_SECONDS)["present"]
        except (OSError, _Crashed):
            self._crashed("as it started")
        else:
            if self._absent:
                self._end()
        return self._process is not None

    def _ask(self, parts: Sequence[bytes]) -> Any:
        process = self._process
        if process is None or process.stdin is None:
            raise _Crashed
        try:
            for part in parts:
                process.stdin.write(part)
            process.stdin.flush()
        except OSError as error:
            raise _Crashed from error
        return self._receive(process, self._patience)

    def _receive(self, process: subprocess.Popen[bytes], seconds: float) -> Any:
        """The worker's next message. Windows can't wait for a pipe with a limit, so a watch kills the worker."""
        watch = threading.Timer(seconds, process.kill)
        watch.daemon = True
        watch.start()
        try:
            (length,) = LENGTH.unpack(_exactly(process.stdout, LENGTH.size))
            if length > _MOST_ANSWER:
                raise _Crashed
            return json.loads(_exactly(process.stdout, length))
        except (OSError, ValueError) as error:
            raise _Crashed from error
        finally:
            watch.cancel()

    def _crashed(self, when: str) -> None:
        self._end()
        self._crashes += 1
        log.warning("zbar crashed %s; %s", when, "it is given up" if self._given_up else "it will be started again")

    def _end(self) -> None:
        process, self._process = self._process, None
        if process is None:
            return
        process.kill()
        for stream in (process.stdin, process.stdout):
            try:
                if stream:
                    stream.close()
            except OSError:  # what was still to be written to a process that is gone
                continue
        process.wait()


def _started(command: Sequence[str]) -> subprocess.Popen[bytes]:
    """The worker's process, without a console window and out of reach of the terminal's Ctrl+C."""
    paths = [str(_ROOT), *filter(None, [os.environ.get("PYTHONPATH")])]
    return subprocess.Popen(
        list(command),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(paths)},
        creationflags=getattr(subprocess, "CREATE_NO_WINDOW", 0),
    )


def _exactly(stream: IO[bytes] | None, count: int) -> bytes:
    data = stream.read(count) if stream else b""
    if len(data) < count:
        raise _Crashed
    return data


WORKER = ZbarWorker()
atexit.register(WORKER.close)
