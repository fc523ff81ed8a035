"""The demonstration behind `make run`: HQ with sample data in the background, a station enrolled, its window opened."""

from __future__ import annotations

import argparse
import contextlib
import http.client
import json
import os
import shutil
import socket
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tools import labels, processes

ROOT = Path(__file__).resolve().parent.parent
FIRST_PORT = 8765
PASSPHRASE = "demonstration only"  # noqa: S105 - the sample profile's, printed on purpose
START_SECONDS = 60.0


class Stop(Exception):
    """The demonstration cannot go on; the message says why and what to do."""


@dataclass(frozen=True)
class Demo:
    """Where the demonstration keeps everything: one folder that `make reset` removes."""

    home: Path
    small: bool = False

    @property
    def hq(self) -> Path:
        """HQ's data."""
        return self.home / "hq"

    @property
    def hq_record(self) -> Path:
        """Which process is HQ."""
        return self.home / "hq.json"

    @property
    def window_record(self) -> Path:
        """Which process is the window."""
        return self.home / "window.json"

    @property
    def papers(self) -> Path:
        """Pictures of a unit's label and invoice, to try the scanner with."""
        return self.home / "papers"

    @property
    def accounts(self) -> Path:
        """What `init` answered: the accounts among it."""
        return self.home / "accounts.json"

    def station(self, port: int) -> Path:
        """Return the station's profile; it is enrolled with HQ at this port."""
        return self.home / f"station-{port}"

    @property
    def env(self) -> dict[str, str]:
        """The environment of both programs."""
        return {**os.environ, "FIXPOINT_PASSPHRASE": os.environ.get("FIXPOINT_PASSPHRASE", PASSPHRASE)}


def main(argv: list[str] | None = None) -> int:
    """Start, stop or reset the demonstration."""
    parser = argparse.ArgumentParser(prog="python -m tools.run", description=__doc__)
    parser.add_argument("--home", type=Path, default=ROOT / ".run", help="the demonstration's folder")
    parser.add_argument("--stop", action="store_true", help="stop what runs")
    parser.add_argument("--reset", action="store_true", help="stop it and remove its data")
    parser.add_argument("--no-window", action="store_true", help="start HQ and enrol the station, open no window")
    parser.add_argument("--small", action="store_true", help="little sample data: quick to make")
    options = parser.parse_args(argv)
    demo = Demo(options.home.resolve(), small=options.small)
    if options.stop or options.reset:
        return _stop(demo, remove=options.reset)
    if not options.no_window and not has_display():
        return _tour()
    try:
        return _start(demo, window=not options.no_window)
    except Stop as reason:
        print(reason, file=sys.stderr)
        return 1


def has_display() -> bool:
    """Tell whether a window can be opened here."""
    named = os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY") or os.environ.get("QT_QPA_PLATFORM")
    return sys.platform in ("win32", "darwin") or bool(named)


def _tour() -> int:
    """Run the tour instead of opening a window, and say where its pictures are."""
    print("There is no display here: the tour runs instead, in windows nobody sees (two or three minutes).", flush=True)
    code = subprocess.run([sys.executable, "-m", "tools.tour"], cwd=ROOT, check=False).returncode
    print("Pictures: build/tour/*.png, figures: build/tour/summary.json" if code == 0 else "The tour did not finish.")
    print("HQ and a station for the command line: make demo")
    return code


def _start(demo: Demo, *, window: bool) -> int:
    demo.home.mkdir(parents=True, exist_ok=True)
    accounts = _sample(demo)
    port = _serve(demo)
    technician = first_technician(accounts)
    profile = _enrolled(demo, port, str(technician["place"]))
    _show(accounts, technician, port, profile, demo)
    _show_unit(demo)
    if processes.read(demo.window_record) is not None:
        print("The window is open already.")
        return 0
    _log_in(demo, profile, technician)
    return _open_window(demo, profile) if window else 0


def program(name: str, data: Path, *arguments: str) -> list[str]:
    """Return the command line of one of our two programs (`app` or `hq`) on its data."""
    return [sys.executable, "-m", name, "--data", str(data), *arguments]


def _ask(demo: Demo, command: list[str], given: str = "") -> dict[str, Any]:
    """Run one command with `--json` and return its object; raises Stop with what it said."""
    done = subprocess.run(
        command, cwd=ROOT, env=demo.env, input=given, capture_output=True, text=True, encoding="utf-8", check=False
    )
    if done.returncode:
        raise Stop(f"This did not work ({done.returncode}): {' '.join(command[1:])}\n{done.stdout}{done.stderr}")
    found: dict[str, Any] = json.loads(done.stdout.strip().splitlines()[-1])
    return found


def _sample(demo: Demo) -> list[dict[str, Any]]:
    """Fill HQ with sample data once; returns the demonstration accounts."""
    if not demo.accounts.exists():
        print("Filling HQ with sample data (once, up to a minute) …", flush=True)
        shutil.rmtree(demo.hq, ignore_errors=True)  # half filled: it was broken off
        size = ["--stations", "3", "--units", "600", "--orders", "30"] if demo.small else []
        answer = _ask(demo, program("hq", demo.hq, "--json", "init", "--sample", *size))
        demo.accounts.write_text(json.dumps(answer, ensure_ascii=False), encoding="utf-8")
    accounts: list[dict[str, Any]] = json.loads(demo.accounts.read_text(encoding="utf-8"))["accounts"]
    return accounts


def _serve(demo: Demo) -> int:
    """Return the port of the HQ that runs, starting it when none does."""
    running = processes.read(demo.hq_record)
    if running is not None and healthy(running.port):
        print(f"HQ runs already (port {running.port}).")
        return running.port
    processes.stop(demo.hq_record)
    port, log = free_port(_port_before(demo)), demo.home / "hq.log"
    print(f"Starting HQ on port {port} …", flush=True)
    record = processes.start(
        program("hq", demo.hq, "serve", "--port", str(port)), demo.hq_record, log, demo.env, port=port
    )
    if not processes.wait_for(lambda: healthy(port) or not record.alive, START_SECONDS) or not record.alive:
        processes.stop(demo.hq_record)
        raise Stop(f"HQ did not start. The end of {log}:\n{_tail(log)}")
    return port


def _port_before(demo: Demo) -> int:
    """Return the port the station was enrolled at, so that it finds HQ again; else the first of our choice."""
    enrolled = sorted(demo.home.glob("station-*/.enrolled"), key=lambda mark: mark.stat().st_mtime)
    return int(enrolled[-1].parent.name.removeprefix("station-")) if enrolled else FIRST_PORT


def healthy(port: int) -> bool:
    """Tell whether an HQ answers on this port of our own machine."""
    line = http.client.HTTPConnection("127.0.0.1", port, timeout=2)
    with contextlib.closing(line):
        try:
            line.request("GET", "/v1/health")
            return line.getresponse().status == 200
        except (OSError, http.client.HTTPException):
            return False


def free_port(wanted: int) -> int:
    """Return the wanted port when nobody listens there, else one that the system gives."""
    for port in (wanted, 0):
        with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as listener:
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                listener.bind(("127.0.0.1", port))
            except OSError:
                continue
            return int(listener.getsockname()[1])
    raise Stop("No port is free on this machine.")


def first_with(accounts: list[dict[str, Any]], role: str) -> dict[str, Any]:
    """Return the first sample account with this role."""
    for account in accounts:
        if account["role"] == role:
            return account
    raise Stop(f"The sample data has no {role}.")


def first_technician(accounts: list[dict[str, Any]]) -> dict[str, Any]:
    """Return the sample technician whose window is opened."""
    return first_with(accounts, "technician")


def _enrolled(demo: Demo, port: int, place: str) -> Path:
    """Return the station's profile, enrolled and synced."""
    profile, url = demo.station(port), f"http://127.0.0.1:{port}"
    mark = profile / ".enrolled"
    if not mark.exists():
        print("Enrolling the station's device …", flush=True)
        shutil.rmtree(profile, ignore_errors=True)  # half enrolled: it was broken off
        code = _ask(demo, program("hq", demo.hq, "--json", "enrol-code", place))["code"]
        _ask(demo, program("app", profile, "--json", "enrol", "--hq", url, "--code", str(code)))
        _ask(demo, program("app", profile, "--json", "sync"))
        mark.touch()
    return profile


def _log_in(demo: Demo, profile: Path, technician: dict[str, Any]) -> None:
    """Log the technician in; where that fails (the password was changed, say) the window asks who it is."""
    login = program("app", profile, "--json", "login", str(technician["login"]))
    try:
        _ask(demo, login, str(technician["password"]) + "\n")
    except Stop:
        print("The technician could not be logged in (was the password changed?); the window will ask.")


def _show(accounts: list[dict[str, Any]], person: dict[str, Any], port: int, profile: Path, demo: Demo) -> None:
    """Print the demonstration's accounts and how to use it from the command line."""
    print(f"\nHQ: http://127.0.0.1:{port}   log: {_near(demo.home / 'hq.log')}")
    print("Demonstration accounts (log-in, password, role, name, place):")
    shown = [one for one in accounts if one["place"] == person["place"] or one is first_with(accounts, one["role"])]
    for account in shown:
        here = "*" if account["login"] == person["login"] else " "
        print(f" {here} " + "  ".join(str(account[key]) for key in ("login", "password", "role", "name", "place")))
    print(f"   {len(accounts) - len(shown)} more: {_near(demo.accounts)}")
    phrase = demo.env["FIXPOINT_PASSPHRASE"]
    print(f"The station's profile: {_near(profile)}; passphrase of its key file (if no key store): {phrase}")
    print(f'Command line:  FIXPOINT_PASSPHRASE="{phrase}" .venv/bin/fixpoint --data {_near(profile)} orders')
    print("make stop ends it, make reset throws its data away.", flush=True)


def _show_unit(demo: Demo) -> None:
    """Print a registered unit that an order can be made for: what a label and an invoice would say."""
    unit = json.loads(demo.accounts.read_text(encoding="utf-8")).get("story") or {}
    names = ("serial", "model", "invoice_number", "invoice_date", "part_id")
    if not unit:
        return
    print("A unit to try: " + "  ".join(f"{name} {unit[name]}" for name in names))
    if not demo.papers.exists():
        labels.write(labels.arguments(["--to", str(demo.papers), *labels.of_unit(unit), "--tilt", "13"]))
    print(f"Its label and invoice as photographs, and a signature: {_near(demo.papers)}\n", flush=True)


def _near(path: Path) -> Path:
    """Return a path as a person in the project's folder would type it."""
    return path.relative_to(ROOT) if path.is_relative_to(ROOT) else path


def _open_window(demo: Demo, profile: Path) -> int:
    """Open the window and stay until it is closed."""
    log = demo.home / "window.log"
    record = processes.start(program("app", profile), demo.window_record, log, demo.env)
    print("The window is open. HQ goes on when you close it.", flush=True)
    try:
        code = processes.ended_with(record)
    except KeyboardInterrupt:
        processes.stop(demo.window_record)
        return 130
    demo.window_record.unlink(missing_ok=True)
    if code:
        print(f"The window ended with an error. The end of {_near(log)}:\n{_tail(log)}", file=sys.stderr)
    return 1 if code else 0


def _tail(log: Path, lines: int = 15) -> str:
    return "\n".join(log.read_text(encoding="utf-8", errors="replace").splitlines()[-lines:]) if log.exists() else ""


def _stop(demo: Demo, *, remove: bool) -> int:
    """End what the records name and nothing else; with `remove`, throw the data away too."""
    ran = [processes.stop(record) for record in (demo.window_record, demo.hq_record)]
    print("Stopped." if any(ran) else "Nothing was running.")
    if remove and demo.home.exists():
        shutil.rmtree(demo.home)
        print(f"Removed {_near(demo.home)}.")
    return 0


if __name__ == "__main__":
    sys.exit(main())
