"""The window program as a process: one window per profile, and a clean end while a request to HQ is out."""

import os
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator

import pytest

PASSPHRASE = "only for this test"
CLOSES_WHILE_WAITING = """
import sys
from datetime import UTC, datetime
from pathlib import Path
from app.bootstrap import open_station
from app.offline_db.blob_queue import QueuedBlob, enqueue
from app.offline_db.engine import writing
from app.offline_db.profile import Profile
from app.window.start import application
from app.window.window import Window
from core.contract.messages import EnrolReply
from core.ids import new_id
from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QLabel

app = application()
station = open_station(Profile(Path(sys.argv[1])))
place = new_id()
station.store.enrol(sys.argv[2], EnrolReply(
    device=new_id(), place=place, place_name="南山维修站", place_kind="station", branch_id=new_id(), epoch=1,
    hq_id="hq", hq_key="", server_time=datetime.now(UTC).replace(microsecond=0)))
if len(sys.argv) > 3:  # a photo that is still to go
    with writing(station.engine) as connection:
        enqueue(connection, [QueuedBlob("0" * 64, 5, "photo")], datetime.now(UTC))
window = Window(app, station, wedge=False)
window.open()
if len(sys.argv) > 3:
    window.change_person()
    print(*(label.text() for label in window.shell.findChildren(QLabel)), sep="\\n")

def close_when_asked():
    if window.loop.status.syncing:
        window.shell.close()
        app.quit()
    else:
        QTimer.singleShot(50, close_when_asked)

QTimer.singleShot(50, close_when_asked)
app.exec()
station.close()
print("closed")
"""

HOLDS_THE_WINDOW = """
import sys
from pathlib import Path
from app.offline_db.profile import Profile
profile = Profile(Path(sys.argv[1])).create()
profile.lock_window()
print("held", flush=True)
sys.stdin.read()
"""


@pytest.fixture(name="silent_hq")
def _silent_hq() -> Iterator[str]:
    """An HQ that takes every connection and answers nothing."""
    taken: list[socket.socket] = []
    with socket.create_server(("127.0.0.1", 0)) as server:

        def take() -> None:
            while True:
                try:
                    taken.append(server.accept()[0])
                except OSError:
                    return

        thread = threading.Thread(target=take, daemon=True)
        thread.start()
        yield f"http://127.0.0.1:{server.getsockname()[1]}"
        server.shutdown(socket.SHUT_RDWR)
        thread.join(5)
    for connection in taken:
        connection.close()


def _env() -> dict[str, str]:
    return {**os.environ, "QT_QPA_PLATFORM": "offscreen", "FIXPOINT_PASSPHRASE": PASSPHRASE}


def test_closing_while_a_request_is_out_is_clean(silent_hq, tmp_path):
    done = subprocess.run(
        [sys.executable, "-c", CLOSES_WHILE_WAITING, str(tmp_path / "profile"), silent_hq],
        env=_env(),
        capture_output=True,
        text=True,
        encoding="utf-8",
        timeout=50,
        check=False,
    )
    assert (done.returncode, done.stdout.split()) == (0, ["closed"]), done.stderr
    assert "QThread: Destroyed" not in done.stderr


def test_a_log_out_tells_what_is_still_to_be_sent(silent_hq, tmp_path):
    done = subprocess.run(
        [sys.executable, "-c", CLOSES_WHILE_WAITING, str(tmp_path / "profile"), silent_hq, "log out"],
        env=_env() | {"LANG": "C.UTF-8", "LC_ALL": "C.UTF-8"},
        capture_output=True,
        text=True,
        encoding="utf-8",
        timeout=50,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert "0 steps, 1 photos" in done.stdout or "0 步操作，1 份照片" in done.stdout, done.stdout


def test_a_second_window_on_the_profile_is_refused(tmp_path):
    profile = tmp_path / "profile"
    first = subprocess.Popen(
        [sys.executable, "-c", HOLDS_THE_WINDOW, str(profile)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    try:
        assert first.stdout is not None
        assert first.stdout.readline().strip() == "held"
        second = subprocess.run(
            [sys.executable, "-m", "app", "--data", str(profile), "--lang", "en"],
            env=_env(),
            capture_output=True,
            text=True,
            encoding="utf-8",
            timeout=50,
            check=False,
        )
    finally:
        first.communicate()
    assert second.returncode == 3
    assert str(first.pid) in second.stderr
