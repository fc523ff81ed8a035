"""zbar in a process of its own: that process is really aborted, killed and hung while it looks at a picture."""

import io
import logging
import os
import signal
import subprocess
import sys
import textwrap
from pathlib import Path

import numpy as np
import pytest

from app.scanner import engines
from app.scanner.arrays import read_array
from app.scanner.engines import STATION_FORMATS, read_zbar
from app.scanner.pictures import read_picture
from app.scanner.zbar import ZbarWorker, own_command
from tools import labels

ROOT = Path(__file__).resolve().parents[2]
SERIAL = "K35U5523A0810472"


@pytest.fixture(scope="module")
def bars():
    return np.ascontiguousarray(labels.bars("code128", SERIAL).convert("L"))


@pytest.fixture
def worker(monkeypatch):
    """Put a worker in the program's place; what it starts ends with the test."""
    made = []

    def put(command=None, **options):
        made.append(ZbarWorker(command, **options))
        monkeypatch.setattr(engines, "WORKER", made[-1])
        return made[-1]

    yield put
    for one in made:
        one.close()


def faulty(fault, good_pictures=0):
    """The command of a real worker that does `fault` on each picture after so many good ones."""
    code = f"""
        import os, signal, sys, time
        from app.scanner import zbar_worker
        real, seen = zbar_worker._load(), []
        def decode(picture, names):
            seen.append(picture)
            if len(seen) > {good_pictures}:
                {fault}
            return real(picture, names)
        zbar_worker._load = lambda: decode
        zbar_worker.main()
    """
    return [sys.executable, "-c", textwrap.dedent(code)]


def texts(codes):
    return [code.text for code in codes]


FAULTS = {
    "assertion": "os.abort()",
    "killed": "os.kill(os.getpid(), signal.SIGKILL)",
    "segfault": "import ctypes; ctypes.string_at(0)",
    "memory": "bytearray(4 << 30)",
    "defect": "raise ValueError",
    "noise": "print('_zbar_decode_databar: Assertion failed', file=sys.stderr, flush=True); "
    "os.write(1, b'noise'); os.write(2, b'noise'); os.abort()",
}


class TestCrashes:
    @pytest.mark.parametrize("fault", FAULTS)
    def test_an_engines_crash_takes_nothing_down_and_zxing_reads_on(self, worker, bars, fault, capfd):
        """Pyzbar #143: an assertion in zbar aborts the whole process."""
        broken = worker(faulty(FAULTS[fault]))
        assert read_zbar(bars, STATION_FORMATS) == []
        assert broken.pid is None
        (code,) = read_array(bars)
        assert code.text == SERIAL
        assert capfd.readouterr() == ("", "")

    def test_a_picture_file_is_read_though_every_picture_aborts_zbar(self, worker, label_file):
        """Pyzbar #143, through the door that the window and the command line use."""
        broken = worker(faulty("os.abort()"))
        assert {SERIAL} <= set(texts(read_picture(label_file).codes))
        assert broken.state() in {"present", "given up after 3 crashes"}

    def test_the_next_picture_gets_a_new_worker(self, worker, bars):
        broken = worker(faulty("os.abort()", good_pictures=1))
        pids = []
        for expected in ([SERIAL], [], [SERIAL], [], [SERIAL]):
            assert texts(read_zbar(bars, STATION_FORMATS)) == expected
            pids.append(broken.pid)
        assert broken.state() == "present"
        assert len({pids[0], pids[2], pids[4]}) == 3

    def test_killed_from_outside_between_two_pictures(self, worker, bars):
        mine = worker()
        assert texts(read_zbar(bars, STATION_FORMATS)) == [SERIAL]
        first = mine.pid
        os.kill(first, signal.SIGKILL)
        os.waitid(os.P_PID, first, os.WEXITED | os.WNOWAIT)
        assert texts(read_zbar(bars, STATION_FORMATS)) == [SERIAL]
        assert mine.pid != first

    def test_it_is_given_up_after_three_in_a_row_with_a_note(self, worker, bars, caplog):
        broken = worker(faulty("os.abort()"))
        with caplog.at_level(logging.WARNING):
            for _ in range(5):
                assert read_zbar(bars, STATION_FORMATS) == []
        assert [record.getMessage().rpartition("; ")[2] for record in caplog.records] == [
            "it will be started again",
            "it will be started again",
            "it is given up",
        ]
        assert engines.engines()["pyzbar"] == broken.state() == "given up after 3 crashes"

    def test_a_hang_is_ended(self, worker, bars):
        slow = worker(faulty("time.sleep(600)"), answering_seconds=0.2)
        assert read_zbar(bars, STATION_FORMATS) == []
        assert slow.pid is None

    def test_a_command_that_can_not_be_started(self, worker, bars, tmp_path):
        nothing = worker([str(tmp_path / "none")])
        for _ in range(2):
            assert read_zbar(bars, STATION_FORMATS) == []
        assert nothing.state().startswith("given up")

    @pytest.mark.parametrize("answer", ["\\xff\\xff\\xff\\xff", "\\x03\\0\\0\\0abc", "\\x02\\0\\0\\0"])
    def test_a_worker_that_speaks_nonsense(self, worker, bars, answer):
        worker([sys.executable, "-c", f"import sys; sys.stdout.buffer.write(b'{answer}')"])
        assert read_zbar(bars, STATION_FORMATS) == []


@pytest.fixture
def label_file():
    buffer = io.BytesIO()
    photo = labels.photograph(labels.product_label("LED55K35U", SERIAL, "6901234567892"), 30, noise=10, seed=3)
    photo.save(buffer, "PNG")
    return buffer.getvalue()


class TestAbsence:
    def test_without_pyzbar_pictures_are_read_all_the_same(self, worker, label_file):
        gone = "import sys; sys.modules['pyzbar'] = None; from app.scanner.zbar_worker import main; main()"
        absent = worker([sys.executable, "-c", gone])
        assert engines.engines()["pyzbar"] == "library missing"
        assert absent.pid is None
        assert {SERIAL} <= set(texts(read_picture(label_file).codes))

    def test_without_the_library_that_pyzbar_loads(self, worker, bars):
        gone = (
            "import ctypes.util; ctypes.util.find_library = lambda name: None; "
            "from app.scanner.zbar_worker import main; main()"
        )
        absent = worker([sys.executable, "-c", gone])
        assert read_zbar(bars, STATION_FORMATS) == []
        assert absent.state() == "library missing"


class TestWork:
    def test_zbar_gives_a_second_opinion(self, worker, bars):
        worker()
        (found,) = read_zbar(bars, STATION_FORMATS, stage="test")
        assert (found.text, found.format, found.engine) == (SERIAL, "Code128", "zbar/test")
        assert read_zbar(bars, ["DataMatrix"]) == []
        assert read_zbar(np.zeros((0, 9), np.uint8), STATION_FORMATS) == []

    def test_it_is_started_when_first_needed_and_kept(self, worker, bars):
        mine = worker()
        assert mine.pid is None
        read_zbar(bars, STATION_FORMATS)
        first = mine.pid
        read_zbar(bars, STATION_FORMATS)
        assert first == mine.pid is not None

    def test_the_bundles_entry_serves_too(self, worker, bars):
        worker([sys.executable, str(ROOT / "installer" / "entry.py"), *own_command_of_a_bundle()])
        assert texts(read_zbar(bars, STATION_FORMATS)) == [SERIAL]

    @pytest.mark.parametrize("end", ["pass", "os._exit(1)", "os.kill(os.getpid(), signal.SIGKILL)"])
    def test_it_ends_with_the_program_however_that_ends(self, end):
        script = (
            "import os, signal, numpy\nfrom app.scanner import engines\n"
            "engines.read_zbar(numpy.full((40, 40), 255, numpy.uint8), ['Code128'])\n"
            f"print(engines.WORKER.pid, flush=True)\n{end}\n"
        )
        ran = subprocess.run([sys.executable, "-c", script], cwd=ROOT, capture_output=True, text=True, check=False)
        assert ran.stderr == ""
        wait_until_gone(int(ran.stdout))


def own_command_of_a_bundle():
    try:
        sys.frozen = True
        return own_command()[1:]
    finally:
        del sys.frozen


def wait_until_gone(pid):
    """Wait on the process itself (it is no child of ours); fails by pytest's own limit when it stays."""
    try:
        handle = os.pidfd_open(pid)
    except ProcessLookupError:
        return
    import select

    poll = select.poll()
    poll.register(handle, select.POLLIN)
    assert poll.poll(30_000), "the worker outlived its program"
    os.close(handle)
