"""Rows of pixels in which there is no right EAN-13: how often the reader of blurred bars would accept one all the same.

    python -m benchmarks.blurred_negatives [COUNT] [--thorough]

Each row is one of: bars of random widths, Code 128-like and ITF-like bars, an EAN-13 with a wrong check digit or
parity, a part of one, two short codes side by side, text-like strokes, smooth texture; blurred by 0.3 to 1.7 modules,
noisy, unevenly lit.
"""

import argparse
import sys
import time
from collections import Counter
from collections.abc import Callable

import numpy as np

from app.scanner.blurred import SLIGHT, THOROUGH, everywhere, fit_row, is_clear
from app.scanner.blurred_model import BLURS, judged, look, seen_of

_WIDTH, _MODULE = 540, 3.8
Random = np.random.Generator


def _bars(widths: np.ndarray) -> np.ndarray:
    """Modules, dark and light by turns."""
    return np.repeat(np.arange(len(widths)) % 2 == 0, widths).astype(float)


def random_bars(random: Random) -> np.ndarray:
    """Bars one to four modules wide, as many as an EAN-13 has or so."""
    return _bars(random.integers(1, 5, random.integers(36, 70)))


def code_128_like(random: Random) -> np.ndarray:
    """Characters of eleven modules in six bars."""
    return np.concatenate([_bars(_parts(random, 11, 6)) for _ in range(random.integers(7, 12))])


def itf_like(random: Random) -> np.ndarray:
    """Bars of two widths."""
    return _bars(random.choice([1, 1, 1, 3, 3], random.integers(40, 60)))


def _parts(random: Random, total: int, count: int) -> np.ndarray:
    cuts = np.sort(random.choice(np.arange(1, total), count - 1, replace=False))
    return np.diff([0, *cuts, total])


def _number(random: Random) -> list[int]:
    return [int(digit) for digit in random.integers(0, 10, 12)]


def _modules(symbols: list[int]) -> np.ndarray:
    return (look(symbols, 0.05).reshape(-1, 2).mean(axis=1)[4:-4] > 0.5).astype(float)


def wrong_check_digit(random: Random) -> np.ndarray:
    """A UPC-A with right bars throughout, whose last digit is wrong."""
    digits = _number(random)
    right = (10 - sum(digit * (3 if place % 2 == 0 else 1) for place, digit in enumerate(digits[:11]))) % 10
    digits[11] = (right + int(random.integers(1, 10))) % 10
    return _modules(digits)


def wrong_parity(random: Random) -> np.ndarray:
    """Digits written the one way and the other as no EAN-13 does (the first one is always L)."""
    symbols = _number(random)
    return _modules(
        [10 + symbols[0], *(symbol + 10 * int(random.integers(2)) for symbol in symbols[1:6]), *symbols[6:]]
    )


def part_of_one(random: Random) -> np.ndarray:
    """A right code of which some digits are torn off."""
    whole = _modules(_number(random))
    torn = int(random.integers(10, 50))
    return whole[torn:] if random.integers(2) else whole[:-torn]


def two_short_ones(random: Random) -> np.ndarray:
    """Two pieces of bars with a gap between."""
    return np.concatenate([random_bars(random)[:45], np.zeros(random.integers(4, 12)), random_bars(random)[:45]])


def strokes(random: Random) -> np.ndarray:
    """What a line of small print looks like: bits of ink with gaps."""
    return (np.convolve(random.normal(size=110), np.ones(2), "same") > random.uniform(0, 1)).astype(float)


def texture(random: Random) -> np.ndarray:
    """Tones that change smoothly."""
    tones = np.convolve(random.normal(size=120), np.hanning(random.integers(3, 9)), "same")
    return (tones - tones.min()) / np.ptp(tones)


KINDS: dict[str, Callable[[Random], np.ndarray]] = {
    "random bars": random_bars,
    "Code 128-like": code_128_like,
    "ITF-like": itf_like,
    "wrong check digit": wrong_check_digit,
    "wrong parity": wrong_parity,
    "part of a code": part_of_one,
    "two short codes": two_short_ones,
    "strokes": strokes,
    "texture": texture,
}


def row_of(modules: np.ndarray, random: Random) -> np.ndarray:
    """The modules as a camera out of focus sees them, brought to the width that the reader looks at."""
    module = _MODULE * 95 / len(modules) if random.integers(2) else _MODULE
    blur = float(random.choice(BLURS)) * module
    fine = np.repeat(modules, 10)
    at = (np.arange(_WIDTH) - _WIDTH / 2) / module * 10 + len(fine) / 2 + random.uniform(-20, 20)
    ink = np.where((at >= 0) & (at < len(fine)), fine[np.clip(at.astype(int), 0, len(fine) - 1)], 0.0)
    reach = np.arange(-40, 41)
    kernel = np.exp(-(reach**2) / (2 * blur**2))
    seen = np.convolve(np.pad(ink, 40), kernel / kernel.sum(), "valid")
    light = random.uniform(120, 230) + random.uniform(-20, 20) * np.linspace(-1, 1, _WIDTH)
    noise = random.normal(0, random.uniform(0, 2.0), _WIDTH)  # of a row averaged over its height
    row: np.ndarray = np.clip(light - random.uniform(25, 100) * seen + noise, 0, 255)
    return row


def trial(count: int, *, thorough: bool = False, seed: int = 1) -> tuple[Counter[str], float]:
    """Accepted rows by kind, and the greatest margin among the rows whose residue would do."""
    accepted: Counter[str] = Counter()
    random, greatest, effort = np.random.default_rng(seed), 0.0, THOROUGH if thorough else SLIGHT
    for number in range(count):
        kind = list(KINDS)[number % len(KINDS)]
        found = fit_row(row_of(KINDS[kind](random), random), *everywhere(_WIDTH), effort)
        if found is None:
            continue
        accepted[kind] += is_clear(found[0])
        if is_clear(found[0], 0.0):
            greatest = max(greatest, found[0].margin)
    return accepted, greatest


def aligned_trial(count: int, seed: int = 2) -> tuple[Counter[str], float]:
    """The same where the search has found place, blur and levels of bars as wide as an EAN-13's to perfection."""
    accepted: Counter[str] = Counter()
    random, greatest = np.random.default_rng(seed), 0.0
    kinds = {name: kind for name, kind in KINDS.items() if name not in {"texture", "part of a code"}}
    for number in range(count):
        kind = list(kinds)[number % len(kinds)]
        modules = np.resize(KINDS[kind](random), 95)
        blur = float(random.choice(BLURS))
        found = judged(seen_of(modules, blur) + random.normal(0, random.uniform(0, 0.03), 206), blur)
        if found is None:
            continue
        accepted[kind] += is_clear(found)
        if is_clear(found, 0.0):
            greatest = max(greatest, found.margin)
    return accepted, greatest


def main() -> int:
    """Print what was accepted."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("count", type=int, nargs="?", default=20_000)
    parser.add_argument("--thorough", action="store_true", help="the search of a first row (some five times as long)")
    parser.add_argument(
        "--aligned", action="store_true", help="no search: place and blur are given (fifty times as fast)"
    )
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    began = time.thread_time()
    if options.aligned:
        accepted, greatest = aligned_trial(options.count, options.seed)
    else:
        accepted, greatest = trial(options.count, thorough=options.thorough, seed=options.seed)
    each = (time.thread_time() - began) / options.count * 1000
    kinds = ", ".join(f"{name} {count}" for name, count in (+accepted).items()) or "none"
    print(f"{options.count} rows, accepted: {kinds}; greatest margin {greatest:.2f}; {each:.0f} ms a row")
    return 0


if __name__ == "__main__":
    sys.exit(main())
