"""Recall on a set of labelled bar code pictures: this program's reader beside plain zxing-cpp and plain zbar.

    python -m benchmarks.scan_pictures FOLDER [--wrong]

FOLDER holds ``manifest.json`` (a list ``files`` of file, symbology, expected, allowed_extra, negative) and
the pictures.
"""

import argparse
import json
import sys
import time
from collections import defaultdict
from collections.abc import Callable, Sequence
from pathlib import Path

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
    files = [one for one in json.loads(manifest.read_text("utf-8"))["files"] if arguments.only in one["symbology"]]
    found: dict[str, float] = defaultdict(float)
    wrong: dict[str, int] = defaultdict(int)
    negatives: dict[str, int] = defaultdict(int)
    spent: dict[str, float] = defaultdict(float)
    by_kind: dict[str, dict[str, float]] = defaultdict(lambda: defaultdict(float))
    for entry in files:
        picture = load(arguments.folder / entry["file"])
        for name, reader in READERS.items():
            began = time.thread_time()
            read = reader(picture)
            spent[name] += time.thread_time() - began
            if entry["negative"]:
                negatives[name] += bool(read)
                continue
            expected = entry["expected"]
            if entry["symbology"] == "EAN+addon":  # the add-on is optional
                expected = [text[:13] for text in expected] + [text[:12] for text in expected]
            hits = sum(any(same(text, one) for text in read) for one in expected) / len(entry["expected"])
            hits = min(1.0, hits)
            found[name] += hits
            by_kind[entry["symbology"]][name] += hits
            by_kind[entry["symbology"]]["n"] += name == "zbar"
            bad = [text for text in read if not any(same(text, one) for one in expected + entry["allowed_extra"])]
            wrong[name] += bool(bad)
            if arguments.wrong and name == "fixpoint" and (hits < 1 or bad):
                print(entry["file"], entry["symbology"], "expected", expected, "read", read)
    positives = sum(not entry["negative"] for entry in files)
    for name in READERS:
        print(
            f"{name:10} recall {found[name] / max(1, positives):6.1%} of {positives}, pictures with a wrong text "
            f"{wrong[name]}, negatives with output {negatives[name]}, CPU {spent[name] / max(1, len(files)) * 1000:.0f} ms a picture"
        )
    for kind, row in sorted(by_kind.items()):
        print(f"  {kind:12} {row['n']:4.0f} " + "  ".join(f"{name} {row[name] / row['n']:.1%}" for name in READERS))
    return 0


if __name__ == "__main__":
    sys.exit(main())
