"""The one door for background work: one answer, on the interface thread, never after the owner is gone."""

import threading

import pytest
from PySide6.QtCore import QCoreApplication, QEvent, QObject

from app.ui.background import AtOnce, Background, Failure
from core.refusals import Refusal


@pytest.fixture
def background(qapp):
    made = Background()
    yield made
    assert made.shutdown()


def test_the_job_runs_elsewhere_and_the_answer_comes_here(background, qtbot):
    answers, owner = [], QObject()
    background.run(lambda _p: threading.get_ident(), lambda r: answers.append((r, threading.get_ident())), owner=owner)
    qtbot.waitUntil(lambda: bool(answers))
    (worker, here) = answers[0]
    assert here == threading.get_ident() != worker


def _raise(error):
    raise error


@pytest.mark.parametrize(("error", "is_refusal"), [(Refusal("login_wrong"), True), (ZeroDivisionError("x"), False)])
def test_an_error_is_answered_once_and_refusals_are_told_from_defects(background, qtbot, error, is_refusal):
    failures, results, owner = [], [], QObject()
    background.run(lambda _p: _raise(error), results.append, failures.append, owner=owner)
    qtbot.waitUntil(lambda: bool(failures))
    assert results == []
    assert [f.error for f in failures] == [error]
    assert (failures[0].refusal is error) is is_refusal


def test_a_defect_without_a_handler_is_logged(background, qtbot, caplog):
    owner = QObject()
    background.run(lambda _p: _raise(ValueError("inside")), lambda _r: None, owner=owner)
    qtbot.waitUntil(lambda: "background job failed" in caplog.text)
    assert "inside" in caplog.text


def test_nothing_is_answered_when_the_owner_is_gone(background, qtbot):
    started, go, answers, owner = threading.Event(), threading.Event(), [], QObject()
    seen = []

    def job(progress):
        started.set()
        go.wait(5)
        seen.append(progress.cancelled)

    background.run(job, answers.append, answers.append, owner=owner)
    assert started.wait(5)
    owner.deleteLater()
    QCoreApplication.sendPostedEvents(owner, QEvent.Type.DeferredDelete)
    go.set()
    later, second = QObject(), []
    qtbot.waitUntil(lambda: bool(seen))
    background.run(lambda _p: 1, second.append, owner=later)
    qtbot.waitUntil(lambda: second == [1])
    assert answers == []
    assert seen == [True]


def test_progress_arrives_in_order_and_a_cancelled_job_knows_it(background, qtbot):
    steps, answers, owner = [], [], QObject()

    def job(progress):
        for n in range(1, 4):
            progress.step(n, 3)
        return progress.sleep(5)

    token = background.run(job, answers.append, owner=owner, progress=lambda n, of: steps.append((n, of)))
    qtbot.waitUntil(lambda: len(steps) == 3)
    token.cancel()
    qtbot.waitUntil(lambda: bool(answers))
    assert steps == [(1, 3), (2, 3), (3, 3)]
    assert answers == [True]


def test_shutdown_stops_jobs_and_loops_and_nothing_comes_after(qapp, qtbot):
    background, owner, answers = Background(), QObject(), []
    running = threading.Barrier(3)

    def until_stopped(progress):
        running.wait(5)
        progress.sleep(30)

    background.run(until_stopped, answers.append, owner=owner)
    background.start_loop("sync", until_stopped, owner=owner)
    running.wait(5)
    assert background.shutdown()
    QCoreApplication.processEvents()
    assert answers == []
    late = background.run(lambda _p: 1, answers.append, owner=owner)
    QCoreApplication.processEvents()
    assert late.cancelled
    assert answers == []


def test_a_loop_can_speak_to_the_window(background, qtbot):
    owner, heard = QObject(), []

    def body(progress):
        background.call_soon(lambda: heard.append(threading.get_ident()), owner=owner)
        progress.sleep(30)

    token = background.start_loop("sync", body, owner=owner)
    qtbot.waitUntil(lambda: heard == [threading.get_ident()])
    token.cancel()


def test_the_double_keeps_the_same_promises_at_once(qapp):
    runner, owner, seen = AtOnce(), QObject(), []
    runner.run(lambda _p: 7, seen.append, owner=owner)
    runner.run(
        lambda _p: _raise(Refusal("login_wrong")), seen.append, lambda f: seen.append(f.refusal.code), owner=owner
    )
    assert seen == [7, "login_wrong"]
    assert Failure(ValueError()).refusal is None
