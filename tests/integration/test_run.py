"""`make run` and its companions, without a window: started once, found again, another port when taken, stopped."""

import socket

import pytest

from tools import processes, run


@pytest.fixture(name="demo")
def _demo(tmp_path, monkeypatch):
    monkeypatch.delenv("FIXPOINT_PASSPHRASE", raising=False)
    monkeypatch.setattr(run, "FIRST_PORT", run.free_port(0))
    yield run.Demo(tmp_path / "run", small=True)
    run.main(["--home", str(tmp_path / "run"), "--reset"])


def _start(demo):
    return run.main(["--home", str(demo.home), "--small", "--no-window"])


@pytest.mark.slow
@pytest.mark.timeout(240)
def test_a_second_run_finds_the_first_and_reset_leaves_nothing(demo, capsys):
    assert _start(demo) == 0
    first = processes.read(demo.hq_record)
    assert run.healthy(first.port)
    assert "technician" in capsys.readouterr().out
    assert _start(demo) == 0
    assert processes.read(demo.hq_record) == first
    assert run.main(["--home", str(demo.home), "--reset"]) == 0
    assert not first.alive
    assert not demo.home.exists()


def test_a_port_that_somebody_has_is_not_taken():
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        assert run.free_port(other.getsockname()[1]) != other.getsockname()[1]


def test_stopping_where_nothing_runs_says_so(tmp_path, capsys):
    assert run.main(["--home", str(tmp_path / "none"), "--stop"]) == 0
    assert "Nothing was running." in capsys.readouterr().out
