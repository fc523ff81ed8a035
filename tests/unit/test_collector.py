"""The pause of the search for cycles: over when the last one that asked for it is done, and never more than before."""

import gc
from collections.abc import Iterator

import pytest

from app.offline_db.collector import paused


@pytest.fixture(autouse=True)
def as_before() -> Iterator[None]:
    """Whatever a test does, the collector is on afterwards."""
    yield
    gc.enable()


def test_overlapping_pauses_end_with_the_last() -> None:
    first, second = paused(), paused()
    first.__enter__()
    second.__enter__()
    first.__exit__(None, None, None)
    assert not gc.isenabled()
    second.__exit__(None, None, None)
    assert gc.isenabled()


def test_a_failure_ends_it() -> None:
    with pytest.raises(RuntimeError), paused():
        raise RuntimeError
    assert gc.isenabled()


def test_what_was_off_stays_off() -> None:
    gc.disable()
    with paused():
        pass
    assert not gc.isenabled()
