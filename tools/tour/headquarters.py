"""HQ as the tour uses it: its commands, its server switched on and off, and other systems' requests to it."""

import json
import os
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import requests

START_SECONDS = 60
STOP_SECONDS = 30


class Headquarters:
    """One HQ on a free loopback port; its data lies in ``data``."""

    def __init__(self, data: Path) -> None:
        """Nothing is made or started yet."""
        self.data = data
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = int(free.getsockname()[1])
        self.url = f"http://127.0.0.1:{self.port}"
        self._server: subprocess.Popen[bytes] | None = None

    def command(self, *arguments: str) -> dict[str, Any]:
        """Run ``fixpoint-hq --json …`` and return its object; raises RuntimeError with what it said."""
        done = subprocess.run(
            [sys.executable, "-m", "hq", "--data", str(self.data), "--json", *arguments],
            capture_output=True,
            text=True,
            encoding="utf-8",
            check=False,
        )
        if done.returncode:
            raise RuntimeError(f"fixpoint-hq {' '.join(arguments)}: {done.stdout}{done.stderr}")
        answer: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
        return answer

    def start(self) -> None:
        """Switch the server on and wait until it answers."""
        command = [sys.executable, "-m", "hq", "--data", str(self.data), "serve", "--port", str(self.port)]
        with (self.data / "serve.log").open("ab") as log:
            self._server = subprocess.Popen(command, stdout=log, stderr=log, env=os.environ | {"PYTHONUNBUFFERED": "1"})
        until = time.monotonic() + START_SECONDS
        while time.monotonic() < until:
            try:
                if requests.get(f"{self.url}/v1/health", timeout=2).ok:
                    return
            except requests.RequestException:
                time.sleep(0.1)
        raise RuntimeError("HQ did not start")

    def stop(self) -> None:
        """Switch the server off; harmless when it is."""
        if self._server is None:
            return
        self._server.send_signal(signal.SIGTERM)
        try:
            self._server.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            self._server.kill()
        self._server = None

    def ask(self, method: str, path: str, key: str, body: dict[str, Any] | None = None) -> dict[str, Any]:
        """Another system's request with its key; raises for an error status."""
        headers = {"Authorization": f"Bearer {key}"}
        reply = requests.request(method, self.url + path, json=body, headers=headers, timeout=30)
        reply.raise_for_status()
        found: dict[str, Any] = reply.json()
        return found
