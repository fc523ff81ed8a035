"""Hears every key of the program's windows and tells a keyboard-wedge scanner's burst from typing.

Keys are taken where no input method has had them yet (`native_keys`), or else from the key events of windows, never
of widgets, so that each counts once and the focus does not matter. Into an editor they go at once; when they prove to
be a scan, the editor gets its text back. Where they would act at once they are held back for a moment.
"""

from __future__ import annotations

import time
from collections.abc import Callable

from PySide6.QtCore import QEvent, QObject, Qt, QTimer, Signal
from PySide6.QtGui import QGuiApplication, QInputMethodEvent, QKeyEvent, QWindow
from PySide6.QtWidgets import QApplication

from app.scanner.heard import heard_keys
from app.scanner.strokes import ENTER, GS, LAYOUTS, PAD_DIGITS, TAB, Stroke
from app.scanner.wedge import BurstDetector, Input
from app.ui.editors import Remembered, editor_in_use, is_beside_secret, is_secret, type_into
from app.ui.held_keys import HeldKeys
from app.ui.native_keys import NativeKey, NativeKeys

_ENTERS = {Qt.Key.Key_Return, Qt.Key.Key_Enter}
_COMMANDS = Qt.KeyboardModifier.ControlModifier | Qt.KeyboardModifier.AltModifier | Qt.KeyboardModifier.MetaModifier
_PLACES = {28: ENTER, 96: ENTER, 15: TAB}
_F8, _BRACKET, _ALTS = 66, 27, {56, 100}
_LOCK_MASK = {"xcb": 0x2, "windows": 0x100}
_POSITION_OFFSET = {"xcb": 8, "wayland": 8}
_TOLD_KEYS = 4
"""Shorter rows of typing are nobody's business, not even the test bench's."""


def _monotonic_ms() -> float:
    return time.monotonic() * 1000.0


class WedgeFilter(QObject):
    """`scanned` tells the text of a scan, `heard` everything about it and about what was no scan (a `Heard`).

    Typing goes through untouched. Keys with Ctrl, Alt or Meta count only inside a burst, as control characters.
    """

    scanned = Signal(str)
    heard = Signal(object)
    row_over = Signal(object)
    """A row of keys with all of them (an `Input`), for a test scan."""

    def __init__(
        self,
        detector: BurstDetector | None = None,
        parent: QObject | None = None,
        now_ms: Callable[[], float] | None = None,
    ) -> None:
        super().__init__(parent)
        self._detector = detector or BurstDetector()
        self._given_now = now_ms
        self._native: NativeKeys | None = None
        self._unnamed: list[Stroke] = []  # native keys whose key events have not come yet, or never will
        self._before: list[tuple[Stroke, Remembered]] = []
        self._alt = ""
        self._pressed_at = 0.0
        self._held = HeldKeys(self)
        self._held.due.timeout.connect(self._hold_over)
        self._silence = QTimer(self)
        self._silence.setSingleShot(True)
        # keys that wait in the window system's queue come first: the program may have been busy
        self._silence.timeout.connect(lambda: QTimer.singleShot(0, self, self._flush))

    def install(self, app: QGuiApplication) -> WedgeFilter:
        """Listens to all windows of the application; returns itself."""
        app.installEventFilter(self)
        if NativeKeys.can_be_read():
            self._native = NativeKeys(self._native_key)
            app.installNativeEventFilter(self._native)
        return self

    def remove(self, app: QGuiApplication) -> None:
        """Listens no more."""
        app.removeEventFilter(self)
        if self._native is not None:
            app.removeNativeEventFilter(self._native)
            self._native = None

    def use(self, detector: BurstDetector) -> None:
        """Takes another detector, after the scanner's settings changed."""
        self._held.give_back()
        self._detector = detector
        self._before.clear()

    # --- where keys come from ---------------------------------------------------------------------------------

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """True for the Enter of a scan, which nothing else may see, and for keys that are held back."""
        if self._held.giving_back:
            return False
        kind = event.type()
        if kind == QEvent.Type.KeyPress and isinstance(watched, QWindow) and isinstance(event, QKeyEvent):
            return self._key_event(watched, event)
        if kind == QEvent.Type.KeyRelease and isinstance(watched, QWindow) and isinstance(event, QKeyEvent):
            return self._release_event(watched, event)
        if kind == QEvent.Type.InputMethod and isinstance(event, QInputMethodEvent) and self._native is None:
            self._committed(watched, event)
        return False

    def _native_key(self, key: NativeKey) -> bool:
        if not key.down:
            self._released(key.position, key.at_ms)
            return False
        if is_secret(QApplication.focusWidget()):
            return False
        text = self._special(key)
        if text is None or not (text or key.position in LAYOUTS["us"]):
            return False
        stroke = Stroke(key.at_ms, text, key.position, key.shift, key.caps)
        self._unnamed = [*self._unnamed[-63:], stroke]
        taken = self._press(stroke)
        return taken or (text == GS and stroke in self._detector.row)

    def _special(self, key: NativeKey) -> str | None:
        """The control character a native key stands for; empty for letters and the like, None for commands."""
        inside = self._detector.in_burst(key.at_ms)
        if key.command and key.position in PAD_DIGITS:
            self._alt += PAD_DIGITS[key.position]
            return None
        if inside and ((key.command and key.position == _BRACKET) or (key.position == _F8 and not key.command)):
            return GS
        return None if key.command else _PLACES.get(key.position, "")

    def _key_event(self, window: QWindow, event: QKeyEvent) -> bool:
        if is_secret(QApplication.focusWidget()):
            return False
        text = self._text_of(event)
        stroke = self._named(event, text)
        if stroke is None:
            if self._native is not None or not text:
                return False
            stroke = self._stroke(event, text)
            if self._press(stroke) or (text == GS and stroke in self._detector.row):
                return True
        if text in {ENTER, TAB} and stroke not in self._detector.row:
            self._held.give_back()
            return False
        # A scanner's doubled character may arrive marked as auto-repeat (both presses carry one timestamp): it counts.
        if editor_in_use() is None and len(text) == 1 and text >= " " and self._detector.pending:
            self._held.hold(window, event)
            return True
        return False

    def _release_event(self, window: QWindow, event: QKeyEvent) -> bool:
        if self._native is None:
            position = self._position(event)
            self._released(position or (56 if event.key() == Qt.Key.Key_Alt else 0), self._time(event))
        if self._held.holds_press_of(event):
            self._held.hold(window, event)
            return True
        return False

    def _text_of(self, event: QKeyEvent) -> str:
        """One character, or empty for what is none; inside a burst also the control characters scanners send."""
        if event.key() in _ENTERS:
            return ENTER
        if self._native is not None or not event.modifiers() & _COMMANDS:
            inside = (
                event.key() == Qt.Key.Key_F8 and self._native is None and self._detector.in_burst(self._time(event))
            )
            text = GS if inside else TAB if event.key() == Qt.Key.Key_Tab else event.text()
            return text if len(text) == 1 and (text in {TAB, GS} or text.isprintable()) else ""
        if event.modifiers() & Qt.KeyboardModifier.KeypadModifier and event.text().isdigit():
            self._alt += event.text()
            return ""
        inside = self._detector.in_burst(self._time(event))
        is_gs = inside and (event.text() == GS or event.key() == Qt.Key.Key_BracketRight)
        return GS if is_gs else ""

    def _named(self, event: QKeyEvent, text: str) -> Stroke | None:
        """The native key this event is about, with its text; None when there is none."""
        position, at = self._position(event), event.timestamp()
        for place, stroke in enumerate(self._unnamed):
            if stroke.position == position and stroke.at_ms == at:
                stroke.text = stroke.text or text
                del self._unnamed[place]
                return stroke
        return None

    def _stroke(self, event: QKeyEvent, text: str) -> Stroke:
        mask = _LOCK_MASK.get(QGuiApplication.platformName())
        return Stroke(
            self._time(event),
            text,
            self._position(event),
            bool(event.modifiers() & Qt.KeyboardModifier.ShiftModifier),
            bool(event.nativeModifiers() & mask) if mask else None,
        )

    def _committed(self, watched: QObject, event: QInputMethodEvent) -> None:
        """An input method's text, one key at a time: full-width digits come like this."""
        text = event.commitString()
        if len(text) == 1 and watched is QApplication.focusObject() and not is_secret(QApplication.focusWidget()):
            self._press(Stroke(self._now(), text))

    @staticmethod
    def _position(event: QKeyEvent) -> int:
        return max(0, event.nativeScanCode() - _POSITION_OFFSET.get(QGuiApplication.platformName(), 0))

    def _now(self) -> float:
        return self._given_now() if self._given_now is not None else _monotonic_ms()

    def _time(self, event: QKeyEvent) -> float:
        """When the key went down, not when the program came to look: a busy program would make typing look fast."""
        if self._given_now is not None:
            return self._given_now()
        return float(event.timestamp()) or _monotonic_ms()

    # --- what they are ----------------------------------------------------------------------------------------

    def _press(self, stroke: Stroke) -> bool:
        """A key goes down; True when nothing else may see it."""
        for row in self._detector.flush(stroke.at_ms):
            self._over(row)
        editor = editor_in_use()
        if editor is not None:
            self._before.append((stroke, Remembered.of(editor)))
        for row in self._detector.press(stroke):
            self._over(row)
        self._pressed_at = _monotonic_ms()
        taken = self._detector.takes(stroke)
        if taken and is_beside_secret():
            self._detector.forget()
            self._held.give_back()
            return False
        if self._detector.pending:
            self._silence.start(round(self._detector.waits_ms) + 5)
        return taken

    def _released(self, position: int, at_ms: float) -> None:
        self._detector.release(position, at_ms)
        if position in _ALTS and self._alt:
            code, self._alt = int(self._alt), ""
            if 0 < code < 0x110000:
                self._press(Stroke(at_ms, chr(code)))

    def _flush(self) -> None:
        waited = _monotonic_ms() - self._pressed_at
        now = self._given_now() if self._given_now is not None else self._detector.last_ms + waited
        for row in self._detector.flush(now):
            self._over(row)
        if self._detector.pending and not self._silence.isActive():
            self._silence.start(round(self._detector.waits_ms) + 5)

    def _hold_over(self) -> None:
        if not self._detector.in_burst(self._detector.last_ms):
            self._held.give_back()

    def _over(self, row: Input) -> None:
        if row.kind != "typing" and not is_beside_secret():
            self._take(row)
        else:
            self._held.give_back()
            if len(row.strokes) >= _TOLD_KEYS:
                self._tell(row)
        waiting = {id(stroke) for stroke in self._detector.row}
        self._before = [(stroke, one) for stroke, one in self._before if id(stroke) in waiting]

    def _take(self, row: Input) -> None:
        """Takes the scan's characters out of wherever they went; what a person typed meanwhile stays."""
        self._held.drop()
        if any(not stroke.text for stroke in row.strokes):
            QGuiApplication.inputMethod().reset()  # what it still composes goes away with the rest
        mine = {id(stroke) for stroke in row.strokes}
        first: dict[int, Remembered] = {}
        for stroke, one in self._before:
            if id(stroke) in mine:
                first.setdefault(id(one.editor), one)
        for one in first.values():
            one.restore()
        if row.aside:
            type_into("".join(stroke.text for stroke in row.aside if stroke.text >= " "))
        self._tell(row)

    def _tell(self, row: Input) -> None:
        heard = heard_keys(row, self._detector.settings)
        QTimer.singleShot(0, self, lambda: self.row_over.emit(row))
        QTimer.singleShot(0, self, lambda: self.heard.emit(heard))
        if heard.kind == "scan":
            QTimer.singleShot(0, self, lambda: self.scanned.emit(heard.text))
