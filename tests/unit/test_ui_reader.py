"""A view that reads the same again at each news never ends with an older state than the last one."""

from collections.abc import Callable
from typing import Any, cast

from app.ui.background import Failure
from app.ui.bench import Bench
from app.ui.reader import Reader
from core.refusals import Refusal


class Reads:
    """A bench whose reads are answered when the test says so."""

    def __init__(self) -> None:
        self.open: list[tuple[Callable[[Any], None], Callable[[Failure], None]]] = []

    def read(self, query: Any, done: Callable[[Any], None], *, owner: Any, failed: Callable[[Failure], None]) -> None:
        self.open.append((done, failed))


def made() -> tuple[Reads, list[str], Reader[str]]:
    reads, seen = Reads(), []
    return reads, seen, Reader(cast("Bench", reads), lambda rows: "", seen.append, cast("Any", None))


def test_news_during_a_read_are_read_after_it():
    reads, seen, reader = made()
    reader.ask()
    reader.ask()
    reader.ask()
    assert len(reads.open) == 1
    reads.open.pop()[0]("old")
    assert len(reads.open) == 1
    reads.open.pop()[0]("new")
    assert seen == ["old", "new"]
    assert reads.open == []


def test_a_read_that_failed_is_not_the_last():
    reads, seen, reader = made()
    reader.ask()
    reads.open.pop()[1](Failure(Refusal("disk_full", folder="x")))
    reader.ask()
    reads.open.pop()[0]("new")
    assert seen == ["new"]
