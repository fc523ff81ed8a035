"""The camera a page listens to while it is shown."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from queue import Empty, SimpleQueue
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QObject, Signal
from PySide6.QtGui import QImage, QTransform

from app.actions.identify_unit import read_codes
from app.ui.background import Progress, Runner
from app.ui.pages.scan_shot import Shot, jpeg_of
from core.refusals import Refusal

if TYPE_CHECKING:
    from app.scanner.camera import Camera, Frame
    from app.scanner.codes import Code, Point
    from app.scanner.live import Job, Look

_FILM_PAUSE_S = 0.03  # a film is read frame by frame at about the speed of a camera
_LOOK_S = 0.2  # how often the worker aside looks whether it should end


@dataclass(frozen=True)
class Seen:
    """One frame for the screen with the codes found on it; `shot` when a new set of codes is believed.

    `hint` tells what hinders reading, `doubted` the texts of which two were read at one place.
    """

    image: QImage
    corners: tuple[tuple[tuple[float, float], ...], ...]
    texts: tuple[str, ...]
    shot: Shot | None = None
    hint: str = ""
    doubted: tuple[str, ...] = ()


@dataclass(frozen=True)
class View:
    """How the preview is shown; reading always takes the picture as the camera gives it."""

    mirrored: bool = False
    quarters: int = 0  # quarter turns clockwise

    def transform(self) -> QTransform:
        """From the camera's picture to the preview."""
        return QTransform().rotate(90 * self.quarters).scale(-1 if self.mirrored else 1, 1)


@dataclass(frozen=True)
class Setup:
    """What a camera is started with: its source, its name for sentences, and the picture's size in pixels."""

    source: int | str
    name: str = ""
    size: tuple[int, int] = (1920, 1080)
    formats: tuple[str, ...] = field(default=())


def camera_source(text: str) -> int | str | None:
    """The source a setting names: a device's number, a file or an address; None when there is none."""
    clean = text.strip()
    if not clean:
        return None
    return int(clean) if clean.isascii() and clean.isdigit() else clean


class CameraReader(QObject):
    """Reads a camera in a thread of its own: `seen` for frames, `failed` for a refusal, `ended` at a film's end.

    Frames are dropped, never queued: the next one is taken when the window has shown the one before (`shown`). The
    hard steps of reading run in a second thread, so that they hold up neither the window nor the frames.
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
        self.view = View()

    @property
    def is_running(self) -> bool:
        """True from start to stop or failure."""
        return self._token is not None and not self._token.cancelled

    def start(self, setup: Setup) -> None:
        """Begins to read; a running camera is stopped first."""
        self.stop()
        self.name = setup.name or str(setup.source)
        self._free.set()
        jobs: SimpleQueue[Job] = SimpleQueue()
        token = self._runner.start_loop("camera", lambda token: self._read(setup, jobs, token), owner=self)
        self._token = token
        self._runner.start_loop("camera aside", lambda own: _work_aside(jobs, own, token), owner=self)

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

    def focus(self, level: int | None) -> None:
        """Sets a fixed focus, or the automatic one for None."""
        camera = self._camera
        if camera is not None:
            camera.focus(level)

    def _read(self, setup: Setup, jobs: SimpleQueue[Job], token: Progress) -> None:
        from app.scanner.camera import Camera

        try:
            with Camera(setup.source, *setup.size, name=self.name) as camera:
                self._camera = camera
                self._frames(camera, setup, jobs, token)
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

    def _frames(self, camera: Camera, setup: Setup, jobs: SimpleQueue[Job], token: Progress) -> None:
        from app.scanner.confirm import Confirmation
        from app.scanner.label_watch import LabelWatch
        from app.scanner.live import LiveReader, believed

        reader = LiveReader(setup.formats or None, jobs.put)
        confirmation, label = Confirmation(formats=setup.formats), LabelWatch()
        for frame in camera:
            if token.cancelled:
                return
            look = reader.read(frame.image, frame.at_ms)
            codes = believed(confirmation, look, frame.at_ms)
            news = label.feed(codes, frame.at_ms)
            if news.is_new or self._free.is_set():
                self._free.clear()
                shot = self._shot(frame, look, codes, begins=news.begins) if news.is_new else None
                self.seen.emit(self._seen(frame, look, codes, shot, confirmation.disputed))
            if not camera.live and token.sleep(_FILM_PAUSE_S):
                return

    def _seen(
        self, frame: Frame, look: Look, believed: tuple[Code, ...], shot: Shot | None, disputed: tuple[Code, ...]
    ) -> Seen:
        image, placed = previewed(frame.image, self.view)
        codes = look.codes or (believed if shot else ())
        hint = look.hint.value if look.hint else ""
        corners, texts = tuple(placed(code.corners) for code in codes), tuple(code.text for code in codes)
        return Seen(image, corners, texts, shot, hint, tuple(code.text for code in disputed))

    def _shot(self, frame: Frame, look: Look, believed: tuple[Code, ...], *, begins: bool) -> Shot:
        """The frame as evidence; a code that is believed but not seen in this very frame has no corners in it."""
        image, placed = previewed(frame.image, self.view)
        here = {code.identity: placed(code.corners) for code in look.codes}
        corners = tuple(here.get(code.identity, ()) for code in believed)
        picture = jpeg_of(frame_image(frame.image))
        return Shot("camera", self.name, read_codes(believed), self._now(), corners, image, picture, begins=begins)


def _work_aside(jobs: SimpleQueue[Job], own: Progress, camera: Progress) -> None:
    """The worker's loop: job after job until the camera ends."""
    while not (own.cancelled or camera.cancelled):
        try:
            job = jobs.get(timeout=_LOOK_S)
        except Empty:
            continue
        job()


def frame_image(bgr: Any) -> QImage:
    """A camera's picture (BGR) as an image of its own memory."""
    high, wide = bgr.shape[:2]
    return QImage(bgr.tobytes(), wide, high, wide * 3, QImage.Format.Format_BGR888).copy()


def previewed(bgr: Any, view: View) -> tuple[QImage, Callable[[tuple[Point, ...]], tuple[Point, ...]]]:
    """The picture as the preview shows it, and where corners of the camera's picture lie in it."""
    image = frame_image(bgr)
    if view == View():
        return image, lambda corners: corners
    matrix = QImage.trueMatrix(view.transform(), image.width(), image.height())
    turned = image.transformed(view.transform())

    def placed(corners: tuple[Point, ...]) -> tuple[Point, ...]:
        # PySide6 knows map() of two numbers; its stubs name the other overloads only.
        return tuple(matrix.map(x, y) for x, y in corners)  # type: ignore[misc]

    return turned, placed
