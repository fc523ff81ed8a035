"""The camera's reader on made streams: speed on one core, time until accepted, what is wrongly accepted.

    python -m benchmarks.scan_live [--negatives N] [--seed S]

Milliseconds are processor time of the reading thread with one OpenCV thread, so that they hold on a busy machine; the
clock of a stream goes on by 33 ms a frame, or by the frame's own time when that is longer. Work aside is finished
that much later on the same clock as the job before it took.
"""

import argparse
import statistics
import sys
import tempfile
import time
from collections.abc import Iterable
from pathlib import Path

import cv2

from app.scanner.camera import Camera
from app.scanner.codes import Code
from app.scanner.confirm import Confirmation
from app.scanner.live import Job, LiveReader, believed
from benchmarks.live_scenes import BROKEN_TRUTH, SIZES, Frame, Scene, negatives, scenes

FRAME_MS = 1000 / 30
FAST_MS, WHOLE_MS, ACCEPTED_MS = 15.0, 70.0, 500.0
_LONGEST_MS, _FEWEST = 2000.0, 20


class Stream:
    """One source being read: the reader, its work aside, what it believes, and the time each look took."""

    def __init__(self) -> None:
        self._jobs: list[tuple[float, Job]] = []
        self._job_ms = 150.0
        self.now = 0.0
        self.looks: dict[str, list[float]] = {"fast": [], "turned": [], "whole": []}
        self.aside: list[float] = []
        self.reader = LiveReader(submit=lambda job: self._jobs.append((self.now + self._job_ms, job)))
        self.watch = Confirmation()

    def take(self, frame: Frame) -> tuple[Code, ...]:
        """Read a frame; all that is believed then."""
        self._finish()
        began = time.thread_time()
        look = self.reader.read(frame, self.now)
        codes = believed(self.watch, look, self.now)
        took = (time.thread_time() - began) * 1000
        self.looks[self.reader.way].append(took)
        self.now += max(FRAME_MS, took)
        return codes

    def _finish(self) -> None:
        due = [job for at_ms, job in self._jobs if at_ms <= self.now]
        self._jobs = [(at_ms, job) for at_ms, job in self._jobs if at_ms > self.now]
        for job in due:
            began = time.thread_time()
            job()
            self._job_ms = (time.thread_time() - began) * 1000
            self.aside.append(self._job_ms)


def play(scene: Scene, stream: Stream) -> tuple[float | None, set[str]]:
    """When all wanted texts had been accepted, in ms (None: never); and the wrong ones that were."""
    seen, wrong, done, number = set[str](), set[str](), None, 0
    while stream.now < _LONGEST_MS and (done is None or number < _FEWEST):
        texts = {code.text for code in stream.take(scene.frames(number))}
        seen, wrong, number = seen | texts, wrong | (texts - scene.truth), number + 1
        if done is None and scene.wanted <= seen:
            done = stream.now
    return done, wrong


def measure() -> tuple[dict[str, dict[str, list[float]]], list[tuple[Scene, float | None, set[str]]], list[float]]:
    """All scenes: times by size and way of looking, the outcome of each, and the times of the jobs aside."""
    looks: dict[str, dict[str, list[float]]] = {size: {"fast": [], "turned": [], "whole": []} for size in SIZES}
    outcomes, aside = [], list[float]()
    for scene in scenes():
        stream = Stream()
        outcomes.append((scene, *play(scene, stream)))
        for way, took in stream.looks.items():
            looks[scene.size][way] += took
        aside += stream.aside
    return looks, outcomes, aside


def film(seconds: int = 2) -> tuple[int, float, set[str]]:
    """A film of the clean 1080p label through the real camera: frames, seconds they took, texts believed."""
    scene = next(scene for scene in scenes() if (scene.name, scene.size) == ("clean", "1080p"))
    with tempfile.TemporaryDirectory() as folder:
        file = str(Path(folder, "film.avi"))
        out = cv2.VideoWriter(file, cv2.VideoWriter.fourcc(*"MJPG"), 30, SIZES["1080p"])
        for number in range(30 * seconds):
            out.write(scene.frames(number))
        out.release()
        stream, texts, began = Stream(), set[str](), time.perf_counter()
        with Camera(file) as camera:
            count = sum(1 for frame in camera if texts.update(code.text for code in stream.take(frame.image)) is None)
        return count, time.perf_counter() - began, texts


def soak(count: int, seed: int) -> tuple[int, list[str]]:
    """So many frames without a code; how many were read, and the texts that were accepted all the same."""
    stream, accepted, done = Stream(), list[str](), 0
    for frame in negatives(seed):
        if done >= count:
            break
        texts = {f"{code.format} {code.text}" for code in stream.take(frame) if code.text not in BROKEN_TRUTH}
        accepted += sorted(texts - set(accepted))
        done += 1
        if done % 500 == 0:
            print(f"  {done} negative frames, accepted: {accepted or 'nothing'}", flush=True)
    return done, accepted


def _figures(took: Iterable[float]) -> str:
    ordered = sorted(took)
    if not ordered:
        return "–"
    return f"{statistics.median(ordered):.1f} / {ordered[int(0.95 * (len(ordered) - 1))]:.1f}"


def report(looks: dict[str, dict[str, list[float]]], aside: list[float]) -> list[bool]:
    """Print the speeds; which goals are met."""
    met = []
    print("\n| size | fast: median / p95 ms | turned | whole frame | all | frames/s on one core |")
    print("|---|---|---|---|---|---|")
    for size, ways in looks.items():
        every = [one for took in ways.values() for one in took]
        print(
            f"| {size} | {_figures(ways['fast'])} | {_figures(ways['turned'])} | {_figures(ways['whole'])} "
            f"| {_figures(every)} | {1000 / statistics.mean(every):.0f} |"
        )
    print(f"\nwork aside (its own thread): {_figures(aside)} ms over {len(aside)} jobs")
    large = looks["1080p"]
    for name, took, goal in (("fast path", large["fast"], FAST_MS), ("whole frame", large["whole"], WHOLE_MS)):
        met.append(statistics.median(took) <= goal)
        print(f"goal {name} at 1080p: {statistics.median(took):.1f} of {goal:.0f} ms: {'met' if met[-1] else 'MISSED'}")
    return met


def report_outcomes(outcomes: list[tuple[Scene, float | None, set[str]]]) -> list[bool]:
    """Print when each scene's codes were accepted; which goals are met."""
    met = []
    print("\n| scene | 720p ms | 1080p ms |\n|---|---|---|")
    by_name: dict[str, dict[str, float | None]] = {}
    for scene, done, _wrong in outcomes:
        by_name.setdefault(scene.name, {})[scene.size] = done
    for name, sizes in by_name.items():
        cells = ("not in 2 s" if done is None else f"{done:.0f}" for done in (sizes[size] for size in SIZES))
        print(f"| {name} | {' | '.join(cells)} |")
    late = [f"{s.name} {s.size}" for s, done, _wrong in outcomes if done is None or done > ACCEPTED_MS]
    wrong = sorted({text for _scene, _done, texts in outcomes for text in texts})
    met += [not late, not wrong]
    print(f"goal accepted within {ACCEPTED_MS:.0f} ms: {'met' if met[0] else 'MISSED by ' + ', '.join(late)}")
    print(f"wrong accepted over {len(outcomes)} scenes: {wrong or 0}")
    return met


def main() -> int:
    """Run all of it; 1 when a goal was missed."""
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.scan_live", description=__doc__.split("\n", maxsplit=1)[0]
    )
    parser.add_argument("--negatives", type=int, default=500, help="frames of scenes without a code")
    parser.add_argument("--only-negatives", action="store_true", help="the soak alone")
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    cv2.setNumThreads(1)
    met: list[bool] = []
    if not options.only_negatives:
        looks, outcomes, aside = measure()
        met += report(looks, aside)
        met += report_outcomes(outcomes)
        count, seconds, texts = film()
        print(
            f"film through the camera: {count} frames of 1080p in {seconds:.1f} s, believed: {', '.join(sorted(texts))}"
        )
    done, accepted = soak(options.negatives, options.seed)
    met.append(not accepted)
    print(f"negative frames: {done}, wrong accepted: {accepted or 0}")
    return int(not all(met))


if __name__ == "__main__":
    sys.exit(main())
