"""Our own labels, printed at 203 dpi and photographed in ways that get worse: how many this program reads again.

    python -m benchmarks.scan_labels [--live] [--only tilt,blur]

One row per condition and one column per label: pictures in which the label was read by either code, over all (two
frame sizes and three distances), then those in which its bars and its QR code were read. A text that does not stand
on the label counts as wrong; there must be none.
"""

import argparse
import os
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import replace

from app.scanner.arrays import read_array
from app.scanner.confirm import Confirmation
from app.scanner.live import LiveReader, believed
from app.ui.printing.label import Label
from tools.label_shots import SAMPLES, Gray, View, shoot, thermal

FRAMES = ((1280, 720), (1920, 1080))
SHARES = (0.2, 0.35, 0.5)  # more, and a label on its side leaves the frame
LIVE_FRAMES, FRAME_MS = 20, 50.0

PLAIN = View()
CONDITIONS: dict[str, tuple[View, ...]] = {
    "straight": (PLAIN,),
    "tilt": tuple(replace(PLAIN, tilt=tilt) for tilt in (20, 45, 70, 90)),
    "angle": tuple(replace(PLAIN, angle=angle) for angle in (15, 30, 45)),
    "blur": tuple(replace(PLAIN, blur=blur) for blur in (1.0, 2.0, 3.0)),
    "noise": tuple(replace(PLAIN, noise=noise) for noise in (8, 20)),
    "light": tuple(replace(PLAIN, light=light, noise=6) for light in (0.5, 0.25, 0.12)),
    "jpeg": tuple(replace(PLAIN, jpeg=quality) for quality in (60, 25)),
    "poor": (
        replace(PLAIN, tilt=12, angle=20, blur=0.8, noise=6, light=0.6, jpeg=80),
        replace(PLAIN, tilt=35, angle=30, blur=1.0, noise=8, light=0.4, jpeg=70),
        replace(PLAIN, tilt=60, angle=40, blur=1.2, noise=10, light=0.3, jpeg=60),
    ),
}
Texts = tuple[str, ...]


def read_once(dots: Gray, view: View) -> Texts:
    """What the thorough reader finds in one picture."""
    return tuple(code.text for code in read_array(shoot(dots, view)))


def read_live(dots: Gray, view: View) -> Texts:
    """What the live reader accepts within a second: the hand trembles, so no two frames are alike."""
    reader, confirmation = LiveReader(), Confirmation()
    for frame in range(LIVE_FRAMES):
        seen = replace(view, tilt=view.tilt + (frame % 5 - 2) * 0.4, seed=view.seed + frame)
        at_ms = frame * FRAME_MS
        accepted = believed(confirmation, reader.read(shoot(dots, seen), at_ms), at_ms)
        if accepted:
            return tuple(code.text for code in accepted)
    return ()


def views(condition: View) -> Iterator[View]:
    """One condition at every frame size and distance."""
    for frame in FRAMES:
        for share in SHARES:
            yield replace(condition, frame=frame, share=share)


def words(name: str, view: View) -> str:
    """A condition by the one thing that differs from the plain view."""
    if name in {"straight", "poor"}:
        return "straight" if name == "straight" else f"poor: tilt {view.tilt}°, angle {view.angle}°, light {view.light}"
    return f"{name} {getattr(view, name)}"


def measure(read: Callable[[Gray, View], Texts], wanted: set[str]) -> tuple[list[tuple[str, list[str]]], list[str]]:
    """The table's rows, and every wrong text with where it was read."""
    printed = {name: thermal(*sample) for name, sample in SAMPLES.items()}
    rights = {name: {made.bars, made.qr} for name, made in ((n, s[0].label()) for n, s in SAMPLES.items())}
    rows, wrong = [], []
    for name, conditions in CONDITIONS.items():
        for condition in conditions if name in wanted else ():
            cells = []
            for label, dots in printed.items():
                found = [(view, set(read(dots, view))) for view in views(condition)]
                wrong += [f"{label}, {view}: {text}" for view, texts in found for text in texts - rights[label]]
                cells.append(_cell(SAMPLES[label][0].label(), [texts for _view, texts in found]))
            rows.append((words(name, condition), cells))
            print(rows[-1][0], *cells, f"wrong so far: {len(wrong)}", flush=True)
    return rows, wrong


def _cell(label: Label, found: list[set[str]]) -> str:
    """Pictures read, of how many, and by which code; a label whose two codes say the same counts them as one."""
    read = sum(bool(texts & {label.bars, label.qr}) for texts in found)
    bars, qr = (sum(text in texts for texts in found) for text in (label.bars, label.qr))
    return f"{read}/{len(found)}" if label.bars == label.qr else f"{read}/{len(found)} ({bars}, {qr})"


def main() -> int:
    """Prints the table; 1 when a wrong text was read."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.scan_labels", description=__doc__.split("\n")[0])
    parser.add_argument("--live", action="store_true", help="frames through the live reader instead of single pictures")
    parser.add_argument("--only", default=",".join(CONDITIONS), help="conditions, parted by commas")
    options = parser.parse_args()
    os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
    from PySide6.QtGui import QGuiApplication

    _application = QGuiApplication([])
    began = time.process_time()
    rows, wrong = measure(read_live if options.live else read_once, set(options.only.split(",")))
    print("\n| held | " + " | ".join(SAMPLES) + " |\n|" + "---|" * (len(SAMPLES) + 1))
    for name, cells in rows:
        print(f"| {name} | " + " | ".join(cells) + " |")
    print(f"\nwrong texts: {len(wrong)}; {time.process_time() - began:.0f} s of processor time")
    print(*wrong, sep="\n")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
