"""Asking HQ for the next page while the last one is being written, on a thread of its own or not at all."""

import threading
from collections.abc import Callable
from typing import Generic, Protocol, TypeVar

T = TypeVar("T")
T_co = TypeVar("T_co", covariant=True)


class Coming(Protocol[T_co]):
    """An answer that is on its way."""

    def result(self) -> T_co:
        """Wait for it; raises what the asking raised. Asked once."""

    def drop(self) -> None:
        """It is not wanted any more; returns when nobody works on it."""


class Later(Generic[T]):
    """Asks only when the answer is wanted."""

    def __init__(self, job: Callable[[], T]) -> None:
        """``job`` asks."""
        self.result = job

    def drop(self) -> None:
        """Nothing has been asked."""


class InThread(Generic[T]):
    """Asks at once, on a thread of its own."""

    def __init__(self, job: Callable[[], T]) -> None:
        """``job`` asks; whoever began it uses the connection again only after ``result`` or ``drop``."""
        self._job = job
        self._error: BaseException | None = None
        self._thread = threading.Thread(target=self._run, name="sync-ahead", daemon=True)
        self._thread.start()

    def result(self) -> T:
        """The answer."""
        self._thread.join()
        if self._error is not None:
            raise self._error
        return self._answer

    def drop(self) -> None:
        """Wait until the connection is free."""
        self._thread.join()

    def _run(self) -> None:
        try:
            self._answer = self._job()
        except BaseException as error:  # noqa: BLE001 - raised again where the answer is wanted
            self._error = error
