"""Keys as the window system tells them, before an input method may take them; and the reason why that is needed.

With a Chinese input method on, the letters of a scan never become key events: Qt hands each key to the input method
first (xcb: `QPlatformInputContext::filterEvent`; Windows: the key comes as VK_PROCESSKEY and is left out). Native
events come before that. Where there is none that can be read (Wayland, macOS, no screen), key events must do.
"""

from __future__ import annotations

import ctypes
import struct
from collections.abc import Callable
from typing import Any, NamedTuple

from PySide6.QtCore import QAbstractNativeEventFilter, QByteArray
from PySide6.QtGui import QGuiApplication

_X_PRESS, _X_RELEASE, _X_OFFSET = 2, 3, 8
_X_EVENT = struct.Struct("=BBHI20xH")  # kind, key code, sequence, time in ms, (windows and places), state
_X_SHIFT, _X_LOCK, _X_COMMANDS = 1, 2, 4 | 8 | 64
_WM_DOWN, _WM_UP = {0x100, 0x104}, {0x101, 0x105}
_VK_SHIFT, _VK_CAPS, _VK_COMMANDS = 0x10, 0x14, (0x11, 0x12, 0x5B, 0x5C)


class NativeKey(NamedTuple):
    """A key that goes down or up; `position` is the kernel's code, `command` tells Ctrl, Alt or Meta with it."""

    at_ms: float
    position: int
    down: bool
    shift: bool
    caps: bool
    command: bool


class NativeKeys(QAbstractNativeEventFilter):
    """Calls `told` with each key; a key for which it answers True goes no further."""

    def __init__(self, told: Callable[[NativeKey], bool]) -> None:
        super().__init__()
        self._told, self._read = told, _READERS[QGuiApplication.platformName()]

    @staticmethod
    def can_be_read() -> bool:
        """Whether this window system's events are understood here."""
        return QGuiApplication.platformName() in _READERS

    def nativeEventFilter(self, kind: QByteArray | bytes | bytearray | memoryview, message: int) -> object:
        """See Qt; called for every native event, so that what is no key must cost little."""
        key = self._read(int(message))
        return (key is not None and self._told(key)), 0


def _x_key(address: int) -> NativeKey | None:
    kind = ctypes.c_uint8.from_address(address).value & 0x7F
    if kind not in (_X_PRESS, _X_RELEASE):
        return None
    _kind, code, _sequence, at, state = _X_EVENT.unpack(ctypes.string_at(address, _X_EVENT.size))
    return NativeKey(
        at, code - _X_OFFSET, kind == _X_PRESS, bool(state & _X_SHIFT), bool(state & _X_LOCK), bool(state & _X_COMMANDS)
    )


class _Message(ctypes.Structure):
    """A message of Windows."""

    _fields_ = [
        ("window", ctypes.c_void_p), ("kind", ctypes.c_uint), ("first", ctypes.c_size_t), ("second", ctypes.c_ssize_t),
        ("time", ctypes.c_uint),
    ]  # fmt: skip


def _windows_key(address: int) -> NativeKey | None:
    message: Any = _Message.from_address(address)
    if message.kind not in _WM_DOWN | _WM_UP:
        return None
    state = ctypes.windll.user32.GetKeyState  # type: ignore[attr-defined]
    position = (message.second >> 16) & 0xFF  # equal to the kernel's codes on the main block and the number pad
    position = {0x1C: 96, 0x35: 98}.get(position, 0) if message.second & 0x1000000 else position
    return NativeKey(
        message.time,
        position,
        message.kind in _WM_DOWN,
        bool(state(_VK_SHIFT) & 0x8000),
        bool(state(_VK_CAPS) & 1),
        any(state(key) & 0x8000 for key in _VK_COMMANDS),
    )


_READERS: dict[str, Callable[[int], NativeKey | None]] = {"xcb": _x_key, "windows": _windows_key}
