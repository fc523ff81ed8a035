"""Camera pictures through OpenCV: a device by number, a video file or a network address; always the newest frame."""

import threading
import time
from collections.abc import Iterator
from pathlib import Path
from types import TracebackType
from typing import NamedTuple, Self

import cv2
import numpy as np
import numpy.typing as npt

from core.refusals import Refusal

_FIRST_FRAME_S = 10.0


class Frame(NamedTuple):
    """One picture (BGR) with its number and the monotonic time in ms at which it came."""

    image: npt.NDArray[np.uint8]
    number: int
    at_ms: float


def cameras(most: int = 4) -> list[int]:
    """The numbers of the cameras that can be opened now, of the first `most`; may take a second."""
    _quiet()
    found = []
    for number in range(most):
        capture = cv2.VideoCapture(number)
        if capture.isOpened():
            found.append(number)
        capture.release()
    return found


def _quiet() -> None:
    """OpenCV writes to stderr about every camera that is not there."""
    cv2.utils.logging.setLogLevel(cv2.utils.logging.LOG_LEVEL_SILENT)


class Camera:
    """Frames of one source, opened at once; iterate in one thread, :meth:`stop` from any.

    A device or address is read by a thread of its own that keeps only the newest frame, so that a slow reader never
    sees old pictures. A file is read frame by frame, none left out, and simply ends. Refuses `camera_missing` on
    opening, `camera_ended` when a live source falls silent.
    """

    def __init__(self, source: int | str, width: int = 1920, height: int = 1080) -> None:
        _quiet()
        self.source = source
        self.live = isinstance(source, int) or "://" in source
        self._stopped = threading.Event()
        self._fresh = threading.Condition()
        self._busy = threading.Lock()  # OpenCV must not release a capture that is being read
        self._newest: Frame | None = None
        self._silent = False
        self._count = 0
        self._reader: threading.Thread | None = None
        if isinstance(source, str) and not self.live and not Path(source).is_file():
            raise Refusal("camera_missing", camera=source)
        self._capture = cv2.VideoCapture(source)
        if not self._capture.isOpened():
            self._capture.release()
            raise Refusal("camera_missing", camera=source)
        if isinstance(source, int):
            self._capture.set(cv2.CAP_PROP_FRAME_WIDTH, width)
            self._capture.set(cv2.CAP_PROP_FRAME_HEIGHT, height)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def __iter__(self) -> Iterator[Frame]:
        return self._live_frames() if self.live else self._file_frames()

    def stop(self) -> None:
        """End the iteration and give the camera back; stopping twice is fine."""
        self._stopped.set()
        with self._fresh:
            self._fresh.notify_all()
        if self._reader and self._reader is not threading.current_thread():
            self._reader.join(timeout=5)
        with self._busy:
            self._capture.release()

    def _file_frames(self) -> Iterator[Frame]:
        while not self._stopped.is_set():
            frame = self._grab()
            if frame is None:
                return
            yield frame

    def _live_frames(self) -> Iterator[Frame]:
        if self._reader is None:
            self._reader = threading.Thread(target=self._read_on, name="camera", daemon=True)
            self._reader.start()
        seen = 0
        while not self._stopped.is_set():
            frame = self._next_after(seen)
            if frame is None:
                return
            seen = frame.number
            yield frame

    def _next_after(self, number: int) -> Frame | None:
        """The newest frame once it is newer than `number`, None when stopped."""
        with self._fresh:
            came = self._fresh.wait_for(
                lambda: self._stopped.is_set() or self._silent or (self._newest and self._newest.number > number),
                timeout=_FIRST_FRAME_S,
            )
            if self._stopped.is_set():
                return None
            if not came or self._silent:
                raise Refusal("camera_ended", camera=self.source)
            return self._newest

    def _read_on(self) -> None:
        """The reading thread: keep the newest frame."""
        while not self._stopped.is_set():
            frame = self._grab()
            with self._fresh:
                self._silent = frame is None
                self._newest = frame or self._newest
                self._fresh.notify_all()
            if frame is None:
                return

    def _grab(self) -> Frame | None:
        with self._busy:
            good, image = self._capture.read() if self._capture.isOpened() else (False, None)
        if not good or image is None:
            return None
        self._count += 1
        return Frame(image.astype(np.uint8), self._count, time.monotonic() * 1000)
