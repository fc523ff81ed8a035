"""Labelled pictures of bar codes: this program's reader beside plain zxing-cpp and plain pyzbar, in one run.

    python -m benchmarks.scan_pictures FOLDER [--wrong] [--only WORD] [--no-stages] [--record]

FOLDER holds ``manifest.json`` (a list ``files`` of file, symbology, expected, allowed_extra, negative, set, kind) and
the pictures. ``--record`` writes the tables into docs/scanning.md.
"""

import argparse
import json
import os
import sys
import time
from collections import Counter
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from PIL import Image

from app.scanner.acceptance import is_sure
from app.scanner.arrays import STAGES, read_array, to_gray
from app.scanner.engines import EVERY_FORMAT, read_zxing
from app.scanner.zbar import WORKER
from benchmarks.report import conditions, record
from benchmarks.scan_scoring import Figures, Read, Score, judged

Reader = Callable[[np.ndarray], list[Read]]
Entry = dict[str, Any]
DOCUMENT = Path("docs/scanning.md")


def ours(picture: np.ndarray, without: Sequence[str] = ()) -> list[Read]:
    """This program's pipeline, looking for every symbology."""
    return [Read(code.text, is_sure(code)) for code in read_array(picture, EVERY_FORMAT, without=without)]


def plain_zxing(picture: np.ndarray) -> list[Read]:
    """zxing-cpp as a program would call it."""
    return [Read(code.text) for code in read_zxing(to_gray(picture), EVERY_FORMAT)]


def plain_pyzbar(picture: np.ndarray) -> list[Read]:
    """Pyzbar as a program would call it, in this process."""
    from pyzbar import pyzbar

    return [Read(found.data.decode("utf-8", "replace")) for found in pyzbar.decode(to_gray(picture))]


READERS: dict[str, Reader] = {"fixpoint": ours, "pyzbar": plain_pyzbar, "zxing-cpp": plain_zxing}


def load(path: Path) -> np.ndarray:
    """The picture in OpenCV's order, on white."""
    with Image.open(path) as image:
        if image.mode in {"RGBA", "LA", "P"}:
            layer = image.convert("RGBA")
            white = Image.new("RGBA", layer.size, "white")
            image = Image.alpha_composite(white, layer)  # noqa: PLW2901 - same picture on white
        return cv2.cvtColor(np.asarray(image.convert("RGB")), cv2.COLOR_RGB2BGR)


def cpu_ms() -> float:
    """Processor time of this thread and of the process in which zbar runs."""
    mine = time.thread_time()
    if WORKER.pid and sys.platform == "linux":
        mine += time.clock_gettime(~WORKER.pid << 3 | 2)  # the kernel's number for the clock of a process
    return mine * 1000


def measure(
    folder: Path, files: Sequence[Entry], readers: dict[str, Reader], *, tell: bool = False
) -> dict[str, Score]:
    """Every reader on every picture."""
    scores = {name: Score() for name in readers}
    read_zxing(np.full((40, 40), 255, np.uint8), EVERY_FORMAT)
    WORKER.state()  # it starts here, not within a picture's time
    for entry in files:
        picture = load(folder / entry["file"])
        for name, reader in readers.items():
            began, cpu = time.perf_counter(), cpu_ms()
            read = reader(picture)
            spent = max(0.0, cpu_ms() - cpu)
            seen = judged(entry, read, (time.perf_counter() - began) * 1000, spent)
            scores[name].add(groups_of(entry), not entry["negative"], seen)
            if tell and name == "fixpoint" and (seen.wrong or not (seen.found or entry["negative"])):
                print(entry["file"], entry["symbology"], "expected", entry["expected"], "read", read, flush=True)
    return scores


def groups_of(entry: Entry) -> tuple[str, str]:
    """The set and the symbology under which a picture counts; one without codes is “negative”."""
    return f"set {entry['set'].partition('/')[0]}", "negative" if entry["negative"] else entry["symbology"]


def table(files: Sequence[Entry], scores: dict[str, Score]) -> str:
    """Recall, wrong texts and milliseconds of all readers, by set and by symbology."""
    counts = Counter(group for entry in files for group in groups_of(entry))
    groups = ["all", *sorted(counts, key=lambda group: (not group.startswith("set "), group == "negative", group))]
    head = ["pictures", "n", *(f"{name}: {what}" for what in ("recall", "wrong", "ms") for name in scores)]
    head.insert(2 + len(scores), "fixpoint: recall of sure")
    rows = [_row(group, counts.get(group, len(files)), [score.figures(group) for score in scores.values()])
            for group in groups]  # fmt: skip
    return _markdown(head, rows)


def _row(group: str, count: int, figures: Sequence[Figures]) -> list[str]:
    """Wrong texts of this program: all, then those it would take without a look; ms: median / p95 / processor."""
    mine = figures[0]
    return [
        group,
        str(count),
        *(_percent(one.recall) for one in figures),
        _percent(mine.sure),
        f"{mine.wrong}, sure {mine.sure_wrong}",
        *(str(one.wrong) for one in figures[1:]),
        *(f"{one.median:.0f} / {one.p95:.0f} / {one.cpu:.0f}" for one in figures),
    ]


def _percent(share: float) -> str:
    return "–" if np.isnan(share) else f"{share:.1%}"


def _markdown(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join("| " + " | ".join(line) + " |" for line in lines)


def stages(folder: Path, files: Sequence[Entry]) -> str:
    """What each stage buys: the figures of the whole less those without it."""
    readers = {"all stages": ours, **{name: partial(ours, without=[name]) for name in STAGES}}
    scores = measure(folder, files, readers)
    whole = scores.pop("all stages").figures("all")
    positive = sum(not entry["negative"] for entry in files)
    rows = [_bought(name, whole, score.figures("all"), positive) for name, score in scores.items()]
    return _markdown(
        ["stage", "pictures read", "read surely", "wrong texts", "sure wrong texts", "CPU ms a picture"], rows
    )


def _bought(name: str, whole: Figures, without: Figures, positive: int) -> list[str]:
    return [
        name,
        f"{round((whole.recall - without.recall) * positive):+}",
        f"{round((whole.sure - without.sure) * positive):+}",
        f"{whole.wrong - without.wrong:+}",
        f"{whole.sure_wrong - without.sure_wrong:+}",
        f"{whole.cpu - without.cpu:+.1f}",
    ]


def main() -> int:
    """Print the tables; 0 also when the set is not there."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--wrong", action="store_true", help="list every miss and wrong text of this program")
    parser.add_argument("--only", default="", help="only pictures whose symbology or file holds this word")
    parser.add_argument("--no-stages", action="store_true", help="leave out what each stage buys (it takes longest)")
    parser.add_argument("--record", action="store_true", help=f"write the tables into {DOCUMENT}")
    options = parser.parse_args()
    manifest = options.folder / "manifest.json"
    if not manifest.exists():
        print(f"skipped: there is no {manifest}")
        return 0
    began, load_before = time.monotonic(), os.getloadavg()[0]
    listed = json.loads(manifest.read_text("utf-8"))["files"]
    files = [entry for entry in listed if options.only in entry["symbology"] or options.only in entry["file"]]
    parts = [table(files, measure(options.folder, files, READERS, tell=options.wrong))]
    if not options.no_stages:
        parts.append(stages(options.folder, files))
    text = "\n\n".join([conditions(load_before, time.monotonic() - began), *parts]) + "\n"
    print(f"\n{text}")
    if options.record:
        record(text, "scan", DOCUMENT)
    return 0


if __name__ == "__main__":
    sys.exit(main())
