"""What is given on a command line, checked before any command runs: what can't be right is a usage error (exit 2)."""

from argparse import ArgumentTypeError
from datetime import date

from core.work_order import State

_MOST = 100_000
_MOST_DIGITS = 10
_FIRST_YEAR, _LAST_YEAR = 1900, 2200  # arithmetic on such a day never leaves the calendar


def text(given: str) -> str:
    """Text that can be stored and sent; bytes that are no UTF-8 are refused."""
    try:
        given.encode()
    except UnicodeEncodeError as error:
        raise ArgumentTypeError("this is not text") from error
    return given


def day(given: str) -> date:
    """A calendar day of the years 1900 to 2200."""
    try:
        found = date.fromisoformat(given)
    except ValueError as error:
        raise ArgumentTypeError(f"{given!r} is no day; write it like 2026-03-17") from error
    if not _FIRST_YEAR <= found.year <= _LAST_YEAR:
        raise ArgumentTypeError(f"{given!r} lies outside the years {_FIRST_YEAR} to {_LAST_YEAR}")
    return found


def count(given: str) -> int:
    """How many at most: from 1 to 100,000."""
    if not (given.isascii() and given.isdigit() and 1 <= len(given) <= len(str(_MOST)) and 1 <= int(given) <= _MOST):
        raise ArgumentTypeError(f"{given!r} is no number from 1 to {_MOST}")
    return int(given)


def fen(given: str) -> int:
    """A sum in fen, up to ten billion."""
    if not (given.isascii() and given.isdigit() and len(given) <= _MOST_DIGITS):
        raise ArgumentTypeError(f"{given!r} is no sum in fen")
    return int(given)


def states(given: str) -> tuple[str, ...]:
    """One or more states of an order, comma separated."""
    named = tuple(name.strip() for name in given.split(",") if name.strip())
    unknown = [name for name in named if name not in set(State)]
    if unknown:
        raise ArgumentTypeError(f"there is no state {unknown[0]!r}; states are {', '.join(State)}")
    return named
