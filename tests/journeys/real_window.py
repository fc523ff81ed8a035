"""A real window on a screen of its own (Xvfb, openbox), real keys by xdotool, and a child that says what it hears.

The child prints one JSON line per thing that happens; the parent waits for lines, never for time to pass.
"""

import ctypes
import json
import os
import shutil
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from queue import Queue
from typing import Any

import pytest

PROGRAMS = ("Xvfb", "openbox", "xdotool", "setxkbmap")
MISSING = [name for name in PROGRAMS if shutil.which(name) is None]
needs_screen = pytest.mark.skipif(bool(MISSING), reason=f"tools/bootstrap.sh test installs them: {MISSING}")
WAIT_S = 20


class Screen:
    """An X server with a window manager; ends with the test."""

    def __init__(self) -> None:
        read, write = os.pipe()
        words = ["Xvfb", "-displayfd", str(write), "-screen", "0", "1366x768x24", "-nolisten", "tcp"]
        self._server = subprocess.Popen(words, pass_fds=[write], stderr=subprocess.DEVNULL)
        os.close(write)
        with os.fdopen(read) as told:
            self.display = f":{told.readline().strip()}"
        self.env = {**os.environ, "DISPLAY": self.display, "QT_QPA_PLATFORM": "xcb", "QT_IM_MODULE": "compose"}
        self._manager = subprocess.Popen(["openbox", "--sm-disable"], env=self.env, stderr=subprocess.DEVNULL)
        self._programs: list[Program] = []

    def layout(self, name: str) -> None:
        """Sets the computer's keyboard."""
        subprocess.run(["setxkbmap", name], env=self.env, check=True, timeout=WAIT_S)

    def press(self, *strokes: tuple[int, bool, int]) -> None:
        """Presses and lets go keys by their X codes, each after so many ms; the server itself keeps the rhythm.

        Xdotool does the same by the same library, but sleeps between keys, which a busy machine stretches.
        """
        x11, test = ctypes.CDLL("libX11.so.6"), ctypes.CDLL("libXtst.so.6")
        x11.XOpenDisplay.restype = ctypes.c_void_p
        display = ctypes.c_void_p(x11.XOpenDisplay(self.display.encode()))
        for code, down, after_ms in strokes:
            test.XTestFakeKeyEvent(display, code, down, ctypes.c_ulong(after_ms))
        x11.XSync(display, False)
        x11.XCloseDisplay(display)

    def keys(self, *words: str) -> None:
        """Runs xdotool with these words."""
        subprocess.run(["xdotool", *words], env=self.env, check=True, timeout=WAIT_S)

    def start(self, script: Path) -> "Program":
        """Starts a program on the screen."""
        self._programs.append(Program(script, self.env))
        return self._programs[-1]

    def close(self) -> None:
        """Ends programs, manager and server."""
        for program in self._programs:
            program.close()
        for process in (self._manager, self._server):
            process.terminate()
            process.wait(WAIT_S)


class Program:
    """A child program: `tell` sends it a line, `wait` returns the next line of a kind."""

    def __init__(self, script: Path, env: dict[str, str]) -> None:
        self.process = subprocess.Popen(
            [sys.executable, str(script)], env=env, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        self._lines: Queue[dict[str, Any]] = Queue()
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def _read(self) -> None:
        assert self.process.stdout is not None
        for line in self.process.stdout:
            self._lines.put(json.loads(line))

    def close(self) -> None:
        """Ends the program and gives its pipes back."""
        self.process.terminate()
        self.process.wait(WAIT_S)
        self._reader.join(WAIT_S)
        for pipe in (self.process.stdin, self.process.stdout):
            if pipe is not None:
                pipe.close()

    def ask(self, what: str) -> dict[str, Any]:
        """Sends a word and returns the answer to it."""
        assert self.process.stdin is not None
        self.process.stdin.write(what + "\n")
        self.process.stdin.flush()
        return self.wait("answer")

    def wait(self, kind: str) -> dict[str, Any]:
        """The next line of the kind; lines of other kinds before it are thrown away."""
        while True:
            line = self._lines.get(timeout=WAIT_S)
            if line["kind"] == kind:
                return line


@pytest.fixture
def screen() -> Iterator[Screen]:
    """A screen with a window manager."""
    made = Screen()
    yield made
    made.close()
