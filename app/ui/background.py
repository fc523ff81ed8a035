"""The one door for background work: a job off the interface thread, one answer on it, dropped with its owner."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Protocol, TypeVar

from PySide6.QtCore import QMetaObject, QObject, QRunnable, Qt, QThread, QThreadPool, Signal, Slot
from shiboken6 import isValid

from core.refusals import Refusal

log = logging.getLogger(__name__)
T = TypeVar("T")


class Progress:
    """Given to a job: it reports how far it is and asks whether it should stop."""

    def __init__(self, report: Callable[[int, int], None] | None = None) -> None:
        self._stop = threading.Event()
        self._report = report

    def cancel(self) -> None:
        """Asks the job to stop at its next look."""
        self._stop.set()

    @property
    def cancelled(self) -> bool:
        """True once somebody asked the job to stop."""
        return self._stop.is_set()

    def step(self, done: int, total: int) -> None:
        """Reports done of total; total 0 means unknown."""
        if self._report is not None:
            self._report(done, total)

    def sleep(self, seconds: float) -> bool:
        """Waits, or returns early; True when the job should stop."""
        return self._stop.wait(seconds)


@dataclass(frozen=True)
class Failure:
    """What went wrong: a refusal (a person can act on it) or a defect (a report is due)."""

    error: BaseException

    @property
    def refusal(self) -> Refusal | None:
        """The refusal, or None for a defect."""
        return self.error if isinstance(self.error, Refusal) else None


Job = Callable[[Progress], T]
Done = Callable[[T], None]
Failed = Callable[[Failure], None]


class Runner(Protocol):
    """What pages are handed: `Background` in the program, `AtOnce` in tests."""

    def run(
        self,
        job: Job[T],
        done: Done[T],
        failed: Failed | None = None,
        *,
        owner: QObject,
        progress: Callable[[int, int], None] | None = None,
    ) -> Progress:
        """Runs job off the thread; exactly one of done and failed is called on it, or none when the owner is gone."""
        ...

    def start_loop(self, name: str, body: Callable[[Progress], None], *, owner: QObject) -> Progress:
        """Runs body, which lasts as long as the window, until its token is cancelled."""
        ...


def report_defect(failure: Failure) -> None:
    """The answer to a defect that nobody handles: one log line with its trace."""
    log.error("background job failed", exc_info=failure.error)


class _Post(QObject):
    """Carries answers to the interface thread by a queued signal."""

    answer = Signal(object)

    def __init__(self) -> None:
        super().__init__()
        self.answer.connect(self._deliver, Qt.ConnectionType.QueuedConnection)

    @Slot(object)
    def _deliver(self, call: Callable[[], None]) -> None:
        call()


@dataclass
class _Ticket:
    """Who asked and what to call; forgets both when the owner is destroyed."""

    owner: QObject
    done: Callable[[Any], None]
    failed: Failed
    progress: Callable[[int, int], None] | None
    token: Progress = field(default_factory=Progress)
    watch: QMetaObject.Connection | None = None

    def release(self) -> None:
        """Ends the watch on the owner's end, so that a long-lived owner does not gather watches."""
        if self.watch is not None and self.wanted:
            QObject.disconnect(self.watch)

    @property
    def wanted(self) -> bool:
        return isValid(self.owner)

    def succeed(self, result: Any) -> None:
        if self.wanted:
            self.done(result)

    def fail(self, failure: Failure) -> None:
        if self.wanted:
            self.failed(failure)

    def advance(self, done: int, total: int) -> None:
        if self.wanted and self.progress is not None and not self.token.cancelled:
            self.progress(done, total)


def _ticket(
    owner: QObject,
    done: Callable[[Any], None],
    failed: Failed | None,
    progress: Callable[[int, int], None] | None,
) -> _Ticket:
    return _Ticket(owner, done, failed or report_defect, progress)


class _Work(QRunnable):
    def __init__(self, call: Callable[[], None]) -> None:
        super().__init__()
        self._call = call

    def run(self) -> None:
        self._call()


class _Loop(QThread):
    def __init__(self, name: str, call: Callable[[], None]) -> None:
        super().__init__()
        self.setObjectName(name)
        self._call = call

    def run(self) -> None:
        self._call()


class Background:
    """A small pool of threads for jobs, and one thread for each loop."""

    def __init__(self, threads: int = 3) -> None:
        self._pool = QThreadPool()
        self._pool.setMaxThreadCount(threads)
        self._post = _Post()
        self._open: set[Progress] = set()
        self._loops: list[_Loop] = []
        self._closed = False

    def run(
        self,
        job: Job[T],
        done: Done[T],
        failed: Failed | None = None,
        *,
        owner: QObject,
        progress: Callable[[int, int], None] | None = None,
    ) -> Progress:
        """See Runner.run. The returned token cancels; a cancelled job still answers with what it returns or raises."""
        ticket = _ticket(owner, done, failed, progress)
        ticket.token = token = Progress(lambda n, of: self._later(lambda: ticket.advance(n, of)))
        if self._closed:
            token.cancel()
            return token
        self._open.add(token)
        ticket.watch = owner.destroyed.connect(token.cancel)
        self._pool.start(_Work(lambda: self._answer(job, ticket)))
        return token

    def start_loop(self, name: str, body: Callable[[Progress], None], *, owner: QObject) -> Progress:
        """See Runner.start_loop; a loop that ends with an error is reported as a defect."""
        token = Progress()
        self._open.add(token)
        owner.destroyed.connect(token.cancel)
        loop = _Loop(name, lambda: self._loop_body(body, token))
        self._loops.append(loop)
        loop.start()
        return token

    def call_soon(self, call: Callable[[], None], *, owner: QObject) -> None:
        """From any thread: calls on the interface thread, unless the owner is gone by then."""
        self._later(lambda: call() if isValid(owner) else None)

    def shutdown(self, wait_ms: int = 10_000) -> bool:
        """Asks everything to stop and waits; True when nothing runs any more. No answer arrives afterwards."""
        self._closed = True
        for token in tuple(self._open):
            token.cancel()
        self._pool.clear()
        quiet = self._pool.waitForDone(wait_ms)
        for loop in self._loops:
            quiet = loop.wait(wait_ms) and quiet
        return quiet

    def _later(self, call: Callable[[], None]) -> None:
        if not self._closed:
            self._post.answer.emit(call)

    def _answer(self, job: Job[Any], ticket: _Ticket) -> None:
        try:
            result = job(ticket.token)
        except Exception as error:  # noqa: BLE001 - outer door: whatever a job raises is answered on the interface thread
            failure = Failure(error)
            self._later(lambda: self._finish(ticket, lambda: ticket.fail(failure)))
        else:
            self._later(lambda: self._finish(ticket, lambda: ticket.succeed(result)))

    def _finish(self, ticket: _Ticket, call: Callable[[], None]) -> None:
        self._open.discard(ticket.token)
        ticket.release()
        if not self._closed:
            call()

    def _loop_body(self, body: Callable[[Progress], None], token: Progress) -> None:
        try:
            body(token)
        except Exception as error:  # noqa: BLE001 - outer door: a loop must not take the process with it
            report_defect(Failure(error))


class AtOnce:
    """The double for tests: the same contract, on the caller's thread, before `run` returns; loops do not run."""

    def __init__(self) -> None:
        self.loops: dict[str, Callable[[Progress], None]] = {}

    def run(
        self,
        job: Job[T],
        done: Done[T],
        failed: Failed | None = None,
        *,
        owner: QObject,
        progress: Callable[[int, int], None] | None = None,
    ) -> Progress:
        """Runs the job now."""
        ticket = _ticket(owner, done, failed, progress)
        ticket.token = Progress(ticket.advance)
        try:
            result = job(ticket.token)
        except Exception as error:  # noqa: BLE001 - outer door, as in Background
            ticket.fail(Failure(error))
        else:
            ticket.succeed(result)
        return ticket.token

    def start_loop(self, name: str, body: Callable[[Progress], None], *, owner: QObject) -> Progress:
        """Keeps the body under its name; a test may call it."""
        self.loops[name] = body
        return Progress()

    def call_soon(self, call: Callable[[], None], *, owner: QObject) -> None:
        """Calls now."""
        if isValid(owner):
            call()

    def shutdown(self, wait_ms: int = 0) -> bool:
        """Nothing runs."""
        return True
