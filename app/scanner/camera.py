"""Camera pictures through OpenCV: a device by number, a video file or a network address; always the newest frame."""

import os
import threading
import time
from collections import deque
from collections.abc import Callable, Iterator
from pathlib import Path
from types import TracebackType
from typing import Any, NamedTuple, Protocol, Self

import cv2
import numpy as np
import numpy.typing as npt

from app.scanner.devices import node_of, quiet
from core.refusals import Refusal

_FIRST_FRAME_S = 10.0
_MOST_WISHES = 20


class Frame(NamedTuple):
    """One picture (BGR) with its number and the monotonic time in ms at which it came."""

    image: npt.NDArray[np.uint8]
    number: int
    at_ms: float


class Capture(Protocol):
    """What is used of OpenCV's VideoCapture."""

    def isOpened(self) -> bool: ...  # noqa: N802 - OpenCV's name
    def read(self) -> tuple[bool, Any]: ...
    def set(self, number: int, level: float, /) -> bool: ...
    def get(self, number: int, /) -> float: ...
    def release(self) -> None: ...


class Camera:
    """Frames of one source, opened at once; iterate in one thread, :meth:`stop` from any.

    A device or address is read by a thread of its own that keeps only the newest frame, so that a slow reader never
    sees old pictures. A file is read frame by frame, none left out, and simply ends. Refuses on opening
    `camera_missing`, `camera_denied` and `camera_busy` (also when no first picture comes), and `camera_ended` when a
    source falls silent. `name` is how sentences call it; `nodes` is where Linux keeps its device files.
    """

    def __init__(
        self,
        source: int | str,
        width: int = 1920,
        height: int = 1080,
        *,
        name: str = "",
        open_capture: Callable[[int | str], Capture] | None = None,
        nodes: Path = Path("/dev"),
    ) -> None:
        quiet()
        self.source = source
        self.name = name or str(source)
        self.live = isinstance(source, int) or "://" in source
        self._stopped = threading.Event()
        self._fresh = threading.Condition()
        self._busy = threading.Lock()  # OpenCV must not release a capture that is being read
        self._newest: Frame | None = None
        self._silent = False
        self._count = 0
        self._reader: threading.Thread | None = None
        self._wishes: deque[tuple[int, float]] = deque(maxlen=_MOST_WISHES)
        if isinstance(source, str) and not self.live and not Path(source).is_file():
            raise Refusal("camera_missing", camera=self.name)
        self._capture: Capture = (open_capture or cv2.VideoCapture)(source)
        if not self._capture.isOpened():
            self._capture.release()
            raise Refusal(_why_not(source, nodes), camera=self.name)
        #: Whether the driver lets the program switch its automatic focus.
        self.has_auto_focus = isinstance(source, int) and self._set_up(width, height)

    def _set_up(self, width: int, height: int) -> bool:
        """Asks for size and automatic focus; compressed pictures, or a USB 2 line carries five large ones a second."""
        self._capture.set(cv2.CAP_PROP_FOURCC, float(cv2.VideoWriter.fourcc(*"MJPG")))
        self._capture.set(cv2.CAP_PROP_FRAME_WIDTH, width)
        self._capture.set(cv2.CAP_PROP_FRAME_HEIGHT, height)
        return bool(self._capture.set(cv2.CAP_PROP_AUTOFOCUS, 1))

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

    def focus(self, level: int | None) -> None:
        """From any thread: a fixed focus from the next frame on, None for the automatic one."""
        if level is None:
            self._wishes.append((cv2.CAP_PROP_AUTOFOCUS, 1))
            return
        self._wishes.extend(((cv2.CAP_PROP_AUTOFOCUS, 0), (cv2.CAP_PROP_FOCUS, level)))

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
                raise Refusal("camera_ended" if self._count else "camera_busy", camera=self.name)
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
            good, image = self._read() if self._capture.isOpened() else (False, None)
        if not good or image is None:
            return None
        self._count += 1
        return Frame(np.asarray(image, dtype=np.uint8), self._count, time.monotonic() * 1000)

    def _read(self) -> tuple[bool, Any]:
        while self._wishes:
            self._capture.set(*self._wishes.popleft())
        return self._capture.read()


def _why_not(source: int | str, nodes: Path) -> str:
    """Why a camera does not open: it is not there, this account may not use it, or another program holds it."""
    node = node_of(source, nodes) if isinstance(source, int) else None
    if node is None or not node.exists():
        return "camera_missing"
    return "camera_busy" if os.access(node, os.R_OK | os.W_OK) else "camera_denied"
