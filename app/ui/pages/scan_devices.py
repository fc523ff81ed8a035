"""The camera a page listens to while it is shown."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QObject, Signal
from PySide6.QtGui import QImage

from app.actions.identify_unit import read_codes
from app.ui.background import Progress, Runner
from app.ui.pages.scan_shot import Shot, jpeg_of
from core.refusals import Refusal

if TYPE_CHECKING:
    from app.scanner.camera import Camera, Frame
    from app.scanner.codes import Code

_FILM_PAUSE_S = 0.03  # a film is read frame by frame at about the speed of a camera


@dataclass(frozen=True)
class Seen:
    """One frame for the screen with the codes found on it; `shot` when a new set of codes is believed."""

    image: QImage
    corners: tuple[tuple[tuple[float, float], ...], ...]
    texts: tuple[str, ...]
    shot: Shot | None = None


def camera_source(text: str) -> int | str | None:
    """The source a setting names: a device's number, a file or an address; None when there is none."""
    clean = text.strip()
    if not clean:
        return None
    return int(clean) if clean.isascii() and clean.isdigit() else clean


class CameraReader(QObject):
    """Reads a camera in a thread of its own: `seen` for frames, `failed` for a refusal, `ended` at a film's end.

    Frames are dropped, never queued: the next one is taken when the window has shown the one before (`shown`).
    """

    seen = Signal(object)
    failed = Signal(object)
    ended = Signal()

    def __init__(self, runner: Runner, now: Callable[[], datetime], parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._runner, self._now = runner, now
        self._free = threading.Event()
        self._token: Progress | None = None
        self._camera: Camera | None = None
        self.name = ""

    @property
    def is_running(self) -> bool:
        """True from start to stop or failure."""
        return self._token is not None and not self._token.cancelled

    def start(self, source: int | str) -> None:
        """Begins to read; a running camera is stopped first."""
        self.stop()
        self.name = str(source)
        self._free.set()
        self._token = self._runner.start_loop("camera", lambda token: self._read(source, token), owner=self)

    def stop(self) -> None:
        """Gives the camera back, without waiting for it here."""
        token, camera, self._token = self._token, self._camera, None
        if token is not None:
            token.cancel()
            self._free.set()
        if camera is not None:
            self._runner.run(lambda _progress: camera.stop(), lambda _done: None, owner=self)

    def shown(self) -> None:
        """The window has shown a frame and takes another."""
        self._free.set()

    def _read(self, source: int | str, token: Progress) -> None:
        from app.scanner.camera import Camera

        try:
            with Camera(source) as camera:
                self._camera = camera
                self._frames(camera, token)
        except Refusal as refusal:
            if not token.cancelled:
                token.cancel()
                self.failed.emit(refusal)
            return
        finally:
            self._camera = None
        if not token.cancelled:
            token.cancel()
            self.ended.emit()

    def _frames(self, camera: Camera, token: Progress) -> None:
        from app.scanner.confirm import Confirmation
        from app.scanner.live import LiveReader

        reader, confirmation, before = LiveReader(), Confirmation(), frozenset[tuple[str, str]]()
        for frame in camera:
            if token.cancelled:
                return
            codes = reader.read(frame.image)
            believed = confirmation.feed(codes, frame.at_ms)
            known = frozenset(code.identity for code in believed)
            is_new = bool(known - before)
            before = known | before if known else before
            if is_new or self._free.is_set():
                self._free.clear()
                self.seen.emit(self._seen(frame, codes, believed if is_new else ()))
            if not camera.live and token.sleep(_FILM_PAUSE_S):
                return

    def _seen(self, frame: Frame, codes: tuple[Code, ...], believed: tuple[Code, ...]) -> Seen:
        image = frame_image(frame.image)
        shown = believed or codes
        corners, texts = tuple(code.corners for code in shown), tuple(code.text for code in shown)
        if not believed:
            return Seen(image, corners, texts)
        shot = Shot("camera", self.name, read_codes(believed), self._now(), corners, image, jpeg_of(image))
        return Seen(image, corners, texts, shot)


def frame_image(bgr: Any) -> QImage:
    """A camera's picture (BGR) as an image of its own memory."""
    high, wide = bgr.shape[:2]
    return QImage(bgr.tobytes(), wide, high, wide * 3, QImage.Format.Format_BGR888).copy()
