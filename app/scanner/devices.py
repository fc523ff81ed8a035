"""The cameras of this computer by name, and what each of them can do; the one place that tells platforms apart."""

from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import cv2

from app.scanner import v4l2

SYS = Path("/sys/class/video4linux")
USUAL_SIZES = ((640, 480), (1280, 720), (1920, 1080))
_MOST = 4  # numbers that are tried where the system does not list cameras


class CameraDevice(NamedTuple):
    """A camera: the number by which it is opened, and its name; an empty name where the system tells none."""

    number: int
    name: str = ""


class Abilities(NamedTuple):
    """What a camera's driver offers: sizes (width, height) in pixels, least and greatest focus, a lamp.

    `sizes_known` tells that the driver named the sizes itself.
    """

    sizes: tuple[tuple[int, int], ...] = USUAL_SIZES
    sizes_known: bool = False
    auto_focus: bool = False
    focus: tuple[int, int] | None = None
    torch: bool = False


def cameras(folder: Path | None = None, probe: Callable[[int], bool] | None = None) -> list[CameraDevice]:
    """The cameras of this computer. Linux tells their names without opening one; elsewhere the first four numbers are
    tried, which may take a second, and have no names."""
    listing = folder or SYS
    if listing.is_dir():
        return _listed(listing)
    opens = probe or _opens
    return [CameraDevice(number) for number in range(_MOST) if opens(number)]


def _listed(folder: Path) -> list[CameraDevice]:
    """What the kernel lists; a camera's further nodes (index 1 and on) carry no picture."""
    found = []
    for node in folder.glob("video*"):
        number = node.name.removeprefix("video")
        if number.isdigit() and _text(node / "index") in {"", "0"}:
            found.append(CameraDevice(int(number), _text(node / "name")))
    return sorted(found)


def _text(file: Path) -> str:
    try:
        return file.read_text(encoding="utf-8", errors="replace").strip()
    except OSError:
        return ""


def _opens(number: int) -> bool:
    quiet()
    capture = cv2.VideoCapture(number)
    try:
        return bool(capture.isOpened())
    finally:
        capture.release()


def quiet() -> None:
    """OpenCV writes to stderr about every camera that is not there."""
    cv2.utils.logging.setLogLevel(cv2.utils.logging.LOG_LEVEL_SILENT)


def node_of(number: int, folder: Path = Path("/dev")) -> Path:
    """The camera's device file on Linux."""
    return folder / f"video{number}"


def abilities(number: int, folder: Path = Path("/dev"), ioctl: v4l2.Ioctl | None = None) -> Abilities:
    """What the camera's driver offers, asked without taking its picture; the usual sizes and nothing else where the
    system does not tell (Windows, macOS)."""
    node = node_of(number, folder)
    if not node.exists():
        return Abilities()
    door = (ioctl,) if ioctl else ()
    sizes = v4l2.sizes(node, *door)
    focus = v4l2.control(node, v4l2.FOCUS, *door)
    lamp = v4l2.control(node, v4l2.LAMP, *door)
    return Abilities(
        sizes=tuple(sizes) or USUAL_SIZES,
        sizes_known=bool(sizes),
        auto_focus=v4l2.control(node, v4l2.AUTO_FOCUS, *door) is not None,
        focus=(focus.least, focus.most) if focus else None,
        torch=lamp is not None and lamp.most >= v4l2.LAMP_TORCH,
    )


def set_torch(number: int, *, on: bool, folder: Path = Path("/dev"), ioctl: v4l2.Ioctl | None = None) -> bool:
    """Switches the camera's lamp; whether the driver took it."""
    mode = v4l2.LAMP_TORCH if on else v4l2.LAMP_OFF
    return v4l2.put(node_of(number, folder), v4l2.LAMP, mode, *((ioctl,) if ioctl else ()))
