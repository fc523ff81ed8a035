"""Linux's own door to a camera (V4L2): the picture sizes it offers, its focus and its lamp.

The numbers are those of linux/videodev2.h and linux/v4l2-controls.h, which are part of the kernel's stable interface.
"""

import os
import struct
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

QUERY, GET, SET, SIZES = 0xC0445624, 0xC008561B, 0xC008561C, 0xC02C564A  # VIDIOC_QUERYCTRL, G_CTRL, S_CTRL, ENUM_…
FOCUS, AUTO_FOCUS = 0x009A090A, 0x009A090C  # V4L2_CID_FOCUS_ABSOLUTE, V4L2_CID_FOCUS_AUTO
LAMP, LAMP_INTENSITY = 0x009C0901, 0x009C0908  # V4L2_CID_FLASH_LED_MODE, V4L2_CID_FLASH_TORCH_INTENSITY
LAMP_OFF, LAMP_TORCH = 0, 2  # V4L2_FLASH_LED_MODE_NONE, …_TORCH
_DISABLED = 0x1  # V4L2_CTRL_FLAG_DISABLED
_QUERY = struct.Struct("=II32siiiiI8x")
_CONTROL = struct.Struct("=Ii")
_SIZE = struct.Struct("=IIIII24x")
_DISCRETE = 1  # V4L2_FRMSIZE_TYPE_DISCRETE
_FORMATS = tuple(int.from_bytes(name, "little") for name in (b"MJPG", b"YUYV", b"NV12"))
_MOST_SIZES = 40

#: ``ioctl(file descriptor, request, bytes)`` → bytes, raising OSError; the module fcntl's in the program.
Ioctl = Callable[[int, int, bytes], bytes]


class Control(NamedTuple):
    """A control of the driver with its name and bounds."""

    number: int
    name: str
    least: int
    most: int
    step: int


def _kernel(descriptor: int, request: int, data: bytes) -> bytes:
    import fcntl  # Linux only, like this module's callers

    return fcntl.ioctl(descriptor, request, data)


@contextmanager
def _opened(path: Path) -> Iterator[int]:
    descriptor = os.open(path, os.O_RDWR | getattr(os, "O_NONBLOCK", 0))
    try:
        yield descriptor
    finally:
        os.close(descriptor)


def control(path: Path, number: int, ioctl: Ioctl = _kernel) -> Control | None:
    """The driver's control, None where it has none (or the device can't be opened)."""
    try:
        with _opened(path) as device:
            answer = ioctl(device, QUERY, _QUERY.pack(number, 0, b"", 0, 0, 0, 0, 0))
    except OSError:
        return None
    _number, _kind, name, least, most, step, _default, flags = _QUERY.unpack(answer)
    if flags & _DISABLED:
        return None
    return Control(number, name.split(b"\0")[0].decode("ascii", "replace"), least, most, step)


def value(path: Path, number: int, ioctl: Ioctl = _kernel) -> int | None:
    """How the control stands; None where that can't be told."""
    try:
        with _opened(path) as device:
            return int(_CONTROL.unpack(ioctl(device, GET, _CONTROL.pack(number, 0)))[1])
    except OSError:
        return None


def put(path: Path, number: int, level: int, ioctl: Ioctl = _kernel) -> bool:
    """Sets the control; whether the driver took it."""
    try:
        with _opened(path) as device:
            ioctl(device, SET, _CONTROL.pack(number, level))
    except OSError:
        return False
    return True


def sizes(path: Path, ioctl: Ioctl = _kernel) -> list[tuple[int, int]]:
    """The picture sizes the driver offers, largest first; empty where it does not tell single ones."""
    found: set[tuple[int, int]] = set()
    try:
        with _opened(path) as device:
            for kind in _FORMATS:
                found.update(_sizes_of(device, kind, ioctl))
    except OSError:
        return []
    return sorted(found, reverse=True)


def _sizes_of(device: int, kind: int, ioctl: Ioctl) -> Iterator[tuple[int, int]]:
    for index in range(_MOST_SIZES):
        try:
            answer = ioctl(device, SIZES, _SIZE.pack(index, kind, 0, 0, 0))
        except OSError:  # there is no further one
            return
        _index, _kind, way, width, height = _SIZE.unpack(answer)
        if way != _DISCRETE:
            return
        yield width, height
