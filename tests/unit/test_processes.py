"""Background programs of the demonstration: found again, ended only when ours."""

import json
import os
import sys

from tools import processes

SLEEPER = [sys.executable, "-c", "import time; time.sleep(60)"]


def test_a_started_program_is_found_again_and_stopped(tmp_path):
    file = tmp_path / "it.json"
    record = processes.start(SLEEPER, file, tmp_path / "log", os.environ, port=99)
    assert processes.read(file) == record
    assert processes.stop(file)
    assert not record.alive
    assert not file.exists()


def test_a_process_that_only_has_the_number_is_left_alone(tmp_path):
    ours = processes.start(SLEEPER, tmp_path / "ours.json", tmp_path / "log", os.environ)
    stale = tmp_path / "stale.json"
    stale.write_text(json.dumps({"pid": ours.pid, "started": "1", "port": 0}))
    try:
        assert processes.read(stale) is None
        assert not processes.stop(stale)
        assert ours.alive
    finally:
        processes.stop(tmp_path / "ours.json")


def test_a_record_that_cannot_be_read_counts_as_none(tmp_path):
    file = tmp_path / "it.json"
    for text in ("", "{", "[]", '{"pid": 1}'):
        file.write_text(text)
        assert processes.read(file) is None
