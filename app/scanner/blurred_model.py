"""What an EAN-13 looks like through a blur, and the number whose look differs least from a row of a picture.

The digits' patterns are seen through a Gaussian; the row is cut from the middle of each digit to the middle of the
next, so that each piece depends on two digits alone, and the cheapest chain of pieces is the number.
"""

import math
from functools import cache
from itertools import pairwise
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

Row = npt.NDArray[np.floating]

MODULES, QUIET = 95, 4  # of the code, and of each margin that is looked at
_DENSITY = 2  # samples in a module
BLURS = (0.3, 0.45, 0.6, 0.75, 0.9, 1.05, 1.2, 1.35, 1.5, 1.7)  # standard deviations in modules
_LEFT = ("0001101", "0011001", "0010011", "0111101", "0100011", "0110001", "0101111", "0111011", "0110111", "0001011")
# Which of the six left digits are written the other way round (G), by the first digit, which has no bars of its own.
_PARITY = ("LLLLLL", "LLGLGG", "LLGGLG", "LLGGGL", "LGLLGG", "LGGLLG", "LGGGLL", "LGLGLG", "LGLGGL", "LGGLGL")
_STARTS = (*range(3, 45, 7), *range(50, 92, 7))  # the first module of each of the twelve digits
_GUARD_MODULES = (*range(3), *range(45, 50), *range(92, 95))
_DARK_GUARDS = (0, 2, 46, 48, 92, 94)

# Larger products would be shared among threads, which wait for one another longer than they work.
_AT_ONCE = 40


class Fit(NamedTuple):
    """The number that fits best, what is left of the row (root mean square, as a share of the bars' contrast), and
    how many times as much the best other number leaves (squared)."""

    text: str
    residue: float
    margin: float


class _Window(NamedTuple):
    """The samples from the middle of one digit to the middle of the next, and what each pair would give there."""

    samples: slice
    shown: Row  # pairs × samples
    energy: Row


_L = np.array([[float(bit) for bit in pattern] for pattern in _LEFT])
_R = 1 - _L
_EITHER = np.concatenate([_L, _R[:, ::-1]])  # the twenty symbols on the left: L, then G


def template() -> Row:
    """+1 at modules that are dark in every EAN-13, −1 at light ones, less at the margins, 0 where digits differ."""
    known = np.zeros(MODULES + 2 * QUIET)
    known[:QUIET] = known[-QUIET:] = -0.5
    for module in _GUARD_MODULES:
        known[QUIET + module] = 1.0 if module in _DARK_GUARDS else -1.0
    for number, start in enumerate(_STARTS):
        first = -1.0 if number < 6 else 1.0
        known[QUIET + start], known[QUIET + start + 6] = first, -first
    return known


def sample_positions() -> Row:
    """Where samples are taken, in modules from the code's beginning."""
    return (np.arange((MODULES + 2 * QUIET) * _DENSITY) + 0.5) / _DENSITY - QUIET


@cache
def _response(blur: float) -> Row:
    """What each sample sees of each module through a Gaussian blur (samples × modules)."""
    edges = (np.arange(MODULES + 1)[None, :] - sample_positions()[:, None]) / (blur * math.sqrt(2))
    steps = np.array([[math.erf(value) for value in row] for row in edges])
    return np.diff(steps, axis=1) / 2


def look(path: list[int], blur: float) -> Row:
    """The darkness of each sample of a code with these twelve symbols."""
    modules = np.zeros(MODULES)
    modules[list(_DARK_GUARDS)] = 1
    for number, symbol in enumerate(path):
        modules[_STARTS[number] : _STARTS[number] + 7] = (_EITHER if number < 6 else _R)[symbol]
    return seen_of(modules, blur)


def seen_of(modules: Row, blur: float) -> Row:
    """The darkness of each sample of any 95 modules."""
    seen: Row = np.einsum("ij,j->i", _response(blur), modules)
    return seen


@cache
def _windows(blur: float) -> tuple[_Window, ...]:
    """Thirteen pieces of the row: margin to first digit, eleven pairs, last digit to margin."""
    cuts = [0, *(round((start + 3.5 + QUIET) * _DENSITY) for start in _STARTS), len(sample_positions())]
    return tuple(_window(blur, number, *ends) for number, ends in enumerate(pairwise(cuts)))


def _window(blur: float, number: int, begin: int, end: int) -> _Window:
    part, near = _response(blur)[begin:end], [digit for digit in (number - 1, number) if 0 <= digit < 12]
    rest = np.full(MODULES, 0.5)  # digits farther away, of which little is seen
    for module in _GUARD_MODULES:
        rest[module] = float(module in _DARK_GUARDS)
    for digit in near:
        rest[_STARTS[digit] : _STARTS[digit] + 7] = 0
    pieces = [(_EITHER if digit < 6 else _R) @ part[:, _STARTS[digit] : _STARTS[digit] + 7].T for digit in near]
    pairs = pieces[0] if len(pieces) == 1 else (pieces[0][:, None] + pieces[1][None]).reshape(-1, end - begin)
    shown = (pairs + part @ rest).astype(np.float32)
    return _Window(slice(begin, end), shown, (shown**2).sum(axis=1))


def _costs(rows: Row, blur: float) -> list[Row]:
    """Squared differences of each piece, by row and by its pair of symbols."""
    counts = [20] * 6 + [10] * 6
    found = []
    for number, window in enumerate(_windows(blur)):
        seen = rows[:, window.samples]
        cost = window.energy[None] - 2 * seen @ window.shown.T + (seen**2).sum(axis=1)[:, None]
        shape = (len(rows), counts[number - 1], counts[number]) if 0 < number < 12 else (len(rows), -1)
        found.append(cost.reshape(shape))
    return found


def path_costs(rows: Row, blur: float) -> Row:
    """What the cheapest chain of symbols leaves of each of many rows of samples."""
    parts = [rows[begin : begin + _AT_ONCE] for begin in range(0, len(rows), _AT_ONCE)]
    return np.concatenate([_path_costs(part.astype(np.float32), blur) for part in parts])


def _path_costs(rows: Row, blur: float) -> Row:
    costs = _costs(rows, blur)
    total = costs[0]
    for pair in costs[1:12]:
        total = (total[:, :, None] + pair).min(axis=1)
    cheapest: Row = (total + costs[12]).min(axis=1)
    return cheapest


def best_path(row: Row, blur: float) -> tuple[float, list[int]]:
    """The cheapest chain of twelve symbols, whatever its check digit, and what it leaves."""
    costs = [cost[0] for cost in _costs(row[None], blur)]
    total, back = costs[0], []
    for pair in costs[1:12]:
        sums = total[:, None] + pair
        back.append(sums.argmin(axis=0))
        total = sums.min(axis=0)
    total = total + costs[12]
    path = [int(total.argmin())]
    for step in reversed(back):
        path.append(int(step[path[-1]]))
    return float(total.min()), path[::-1]


def judged(row: Row, blur: float) -> Fit | None:
    """The number that fits a row best, None when it is not a right one by itself.

    The check digit and the parity that stands for the first digit only check here: a number that they would have to
    mend fits a wrong code as well.
    """
    cost, path = best_path(row, blur)
    text = _number(path)
    if text is None:
        return None
    costs = [piece[0].astype(np.float64) for piece in _costs(row[None], blur)]
    best = sorted(_by_first_digit(costs, first) for first in range(10))
    others = [best[0][2], best[1][0]]
    return Fit(text, math.sqrt(max(cost, 0.0) / len(row)), min(others) / max(cost, 1e-9))


def _number(path: list[int]) -> str | None:
    """The thirteen digits of a chain of symbols, None when parity or check digit is wrong."""
    sides = "".join("L" if symbol < 10 else "G" for symbol in path[:6])
    if sides not in _PARITY:
        return None
    digits = [_PARITY.index(sides), *(symbol % 10 for symbol in path)]
    right = sum(digit * (3 if place % 2 else 1) for place, digit in enumerate(digits)) % 10 == 0
    return "".join(map(str, digits)) if right else None


def _by_first_digit(costs: list[Row], first: int) -> tuple[float, str, float]:
    """The cheapest number that begins with `first`, and the cost of the cheapest other one.

    States are a digit and the check sum so far; through each digit of each place goes a cheapest number, found from
    both ends.
    """
    picks = [np.arange(10) + (10 if side == "G" else 0) for side in _PARITY[first]] + [np.arange(10)] * 6
    pairs = [costs[number][np.ix_(picks[number - 1], picks[number])] for number in range(1, 12)]
    ahead = [np.full((10, 10), np.inf)]
    ahead[0][np.arange(10), (first + 3 * np.arange(10)) % 10] = costs[0][picks[0]]
    for number, pair in enumerate(pairs, 1):
        ahead.append(_added((ahead[-1][:, None, :] + pair[:, :, None]).min(axis=0), _weight(number)))
    behind = [np.full((10, 10), np.inf)]
    behind[0][:, 0] = costs[12][picks[11]]
    for number in range(11, 0, -1):
        after = _added(behind[-1], -_weight(number))
        behind.append((pairs[number - 1][:, :, None] + after[None]).min(axis=1))
    through = np.array([(one + two).min(axis=1) for one, two in zip(ahead, reversed(behind), strict=True)])
    digits = through.argmin(axis=1)
    others = through.copy()
    others[np.arange(12), digits] = np.inf
    return float(through.min()), "".join(map(str, [first, *digits])), float(others.min())


def _weight(number: int) -> int:
    return 1 if number % 2 else 3


def _added(table: Row, weight: int) -> Row:
    """`table` (digit × sum) with each digit's share put into the sum."""
    return np.stack([np.roll(table[digit], weight * digit) for digit in range(10)])
