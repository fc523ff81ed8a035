"""Recall on a set of labelled bar code pictures: this program's reader beside plain zxing-cpp and plain zbar.

    python -m benchmarks.scan_pictures FOLDER [--wrong]

FOLDER holds ``manifest.json`` (a list ``files`` of file, symbology, expected, allowed_extra, negative) and
the pictures.
"""

import argparse
import json
import sys
import time
from collections import Counter, defaultdict
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from PIL import Image

from app.scanner.arrays import read_array, to_gray
from app.scanner.codes import Code
from app.scanner.engines import EVERY_FORMAT, read_zbar, read_zxing

Reader = Callable[[np.ndarray], list[str]]


def texts(codes: Sequence[Code]) -> list[str]:
    """The texts of `codes`."""
    return [code.text for code in codes]


READERS: dict[str, Reader] = {
    "zbar": lambda picture: texts(read_zbar(to_gray(picture), EVERY_FORMAT)),
    "zxing-cpp": lambda picture: texts(read_zxing(to_gray(picture), EVERY_FORMAT)),
    "fixpoint": lambda picture: texts(read_array(picture, EVERY_FORMAT)),
}


def forms(text: str) -> set[str]:
    """The spellings under which a text counts as the label's, by the set's own rules."""
    plain = text.replace("\x1d", "").replace("(", "").replace(")", "").strip()
    if plain.startswith("]"):
        plain = plain[3:]
    both = {plain, plain.removeprefix("01"), plain.removeprefix("I")}
    if plain.isdigit():
        both.add(plain.lstrip("0"))
    if len(plain) == 8 and plain.isdigit():
        both.add(expand_upce(plain).lstrip("0"))
    if plain[:1] in set("ABCDTNE*") and plain[-1:] in set("ABCDTNE*"):
        both.add(plain[1:-1])
    return both - {""}


def expand_upce(text: str) -> str:
    """UPC-A of an eight-digit UPC-E."""
    system, body, check = text[0], text[1:7], text[7]
    last = body[5]
    if last in "012":
        middle = body[:2] + last + "0000" + body[2:5]
    elif last == "3":
        middle = body[:3] + "00000" + body[3:5]
    elif last == "4":
        middle = body[:4] + "00000" + body[4]
    else:
        middle = body[:5] + "0000" + last
    return system + middle + check


def same(read: str, expected: str) -> bool:
    """Whether what was read counts as the label's text."""
    return bool(forms(read) & forms(expected))


def load(path: Path) -> np.ndarray:
    """The picture in OpenCV's order, on white."""
    with Image.open(path) as image:
        if image.mode in {"RGBA", "LA", "P"}:
            layer = image.convert("RGBA")
            white = Image.new("RGBA", layer.size, "white")
            image = Image.alpha_composite(white, layer)  # noqa: PLW2901 - same picture on white
        return cv2.cvtColor(np.asarray(image.convert("RGB")), cv2.COLOR_RGB2BGR)


class Score:
    """Running figures of one reader."""

    def __init__(self) -> None:
        self.found: dict[str, float] = defaultdict(float)
        self.wrong = self.negatives = 0
        self.cpu = 0.0

    def add(self, entry: dict[str, Any], read: list[str]) -> bool:
        """Count one picture; whether everything expected and nothing else was read."""
        if entry["negative"]:
            self.negatives += bool(read)
            return not read
        expected = wanted(entry)
        hit = any(same(text, one) for text in read for one in expected)
        bad = any(not any(same(text, one) for one in expected + entry["allowed_extra"]) for text in read)
        self.found[entry["symbology"]] += hit
        self.wrong += bad
        return hit and not bad


def wanted(entry: dict[str, Any]) -> list[str]:
    """The texts that count; an add-on beside an EAN or UPC is optional."""
    expected = list(entry["expected"])
    if entry["symbology"] == "EAN+addon":
        expected += [text[:length] for text in entry["expected"] for length in (12, 13)]
    return expected


def measure(folder: Path, files: list[dict[str, Any]], *, tell: bool) -> dict[str, Score]:
    """Every reader on every picture."""
    scores = {name: Score() for name in READERS}
    for entry in files:
        picture = load(folder / entry["file"])
        for name, reader in READERS.items():
            began = time.thread_time()
            read = reader(picture)
            scores[name].cpu += time.thread_time() - began
            if not scores[name].add(entry, read) and tell and name == "fixpoint":
                print(entry["file"], entry["symbology"], "expected", entry["expected"], "read", read)
    return scores


def show(files: list[dict[str, Any]], scores: dict[str, Score]) -> None:
    """The totals, then recall by symbology."""
    kinds = Counter(entry["symbology"] for entry in files if not entry["negative"])
    for name, score in scores.items():
        recall = sum(score.found.values()) / max(1, kinds.total())
        print(
            f"{name:10} recall {recall:6.1%} of {kinds.total()}, pictures with a wrong text {score.wrong}, "
            f"negatives with output {score.negatives}, CPU {score.cpu / max(1, len(files)) * 1000:.0f} ms a picture"
        )
    for kind, count in sorted(kinds.items()):
        print(
            f"  {kind:12} {count:4}  " + "  ".join(f"{name} {scores[name].found[kind] / count:.1%}" for name in scores)
        )


def main() -> int:
    """Print the figures; 0 also when the set is not there."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--wrong", action="store_true", help="list every miss and wrong text of this program")
    parser.add_argument("--only", default="", help="only symbologies that contain this word")
    arguments = parser.parse_args()
    manifest = arguments.folder / "manifest.json"
    if not manifest.exists():
        print(f"skipped: no {manifest}")
        return 0
    listed = json.loads(manifest.read_text("utf-8"))["files"]
    files = [entry for entry in listed if arguments.only in entry["symbology"]]
    show(files, measure(arguments.folder, files, tell=arguments.wrong))
    return 0


if __name__ == "__main__":
    sys.exit(main())
