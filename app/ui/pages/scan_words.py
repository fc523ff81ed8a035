"""What the strip below the scanner's picture says of a reading, what is still missing, and the outlines."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QApplication

from app.i18n import _
from app.ui import formats
from app.ui.bench import Bench
from app.ui.live import Words, text_of
from app.ui.pages.scan_devices import Seen
from app.ui.pages.scan_label import meaning_words, need_words
from app.ui.pages.scan_shot import Reading
from app.ui.refusal_words import refusal_words
from app.ui.widgets import ImageView, Outline
from core.identifiers import Invoice, Need
from core.refusals import Refusal


class Strip(NamedTuple):
    """A tone (ok, warn, bad), a word one can read from a metre, and a detail."""

    tone: str = "ok"
    word: Words = ""
    detail: Words = ""


class Teller:
    """Tells on the strip what came of reading and using; by a flash and a sound too where it matters."""

    def __init__(self, view: ImageView, bench: Bench) -> None:
        self._view, self._bench = view, bench
        self._strip = Strip()
        self._flashed: object = None

    def say(self, strip: Strip) -> None:
        """Shows it below the picture."""
        self._strip = strip
        self.again()

    def again(self) -> None:
        """Shows it anew, in the language of now."""
        self._view.say(self._strip.tone, text_of(self._strip.word), text_of(self._strip.detail))

    def tell(self, reading: Reading, rest: Sequence[Need] = ()) -> None:
        """Says what a reading came to, and flashes and sounds; for a camera once a label, however many codes come."""
        strip = strip_of(reading, rest)
        self.say(strip)
        is_camera = reading.shot.source == "camera"
        outcome = (strip.tone, reading.serial, reading.label.tie)
        is_partial = is_camera and reading.serial is None and not reading.label.tie
        if is_partial or (is_camera and outcome == self._flashed and not reading.shot.begins):
            return
        self._flashed = outcome
        self._bench.nav.flash(strip.tone, strip.word)
        if strip.tone != "ok" or reading.shot.source not in _BEEPING:
            self.alarm(strip.tone)

    def alarm(self, tone: str) -> None:
        """Sounds once when all is well and twice when not, unless the person has turned sounds off."""
        if self._bench.settings.get("sound", True):
            QApplication.beep()
            if tone != "ok":
                QTimer.singleShot(_SECOND_BEEP_MS, QApplication.beep)


#: Hand scanners beep themselves when they have read.
_BEEPING = frozenset({"wedge", "serial"})
_SECOND_BEEP_MS = 180


def strip_of(reading: Reading, rest: Sequence[Need] = ()) -> Strip:
    """What a reading came to; `rest` is what is still to be read of its label."""
    label = reading.label
    if label.invoice is not None and reading.serial is None:
        return _invoice(label.invoice)
    if reading.serial is None:
        refusal = refusal_words(label.refusal() or Refusal("label_no_code"))
        if label.tie:
            return Strip("warn", lambda: _("Choose one"), refusal)
        if reading.shot.source == "camera" and rest:
            return Strip("warn", lambda: _("Go on"), rest_words(rest))
        return Strip("bad", lambda: _("No serial number"), refusal)
    tone, detail = _rating(reading)
    return Strip(tone, reading.serial, detail)


def rest_words(rest: Sequence[Need]) -> Words:
    """What is still to be read, in one sentence."""
    return lambda: _("Still to be read: {codes}").format(codes=_(", ").join(text_of(need_words(need)) for need in rest))


def _invoice(invoice: Invoice) -> Strip:
    amount = formats.money(invoice.amount_fen) if invoice.amount_fen is not None else "—"
    day = formats.day(invoice.date)
    return Strip("ok", lambda: _("Invoice {day}").format(day=day), lambda: _("Amount {amount}").format(amount=amount))


def _rating(reading: Reading) -> tuple[str, Words]:
    """The tone and words for a serial that was found."""
    if reading.model_differs and reading.card and reading.card.unit:
        registered = reading.card.unit.model
        return "warn", lambda: _("Registered as {model}: another model than the label’s").format(model=registered)
    if not reading.is_known:
        return "warn", lambda: _("Read, but not in the registry")
    if reading.is_unsure:
        return "warn", lambda: _("Please compare with the label: the picture gave this number only once")
    seconds = reading.shot.ms / 1000
    if seconds:
        return "ok", lambda: _("Serial number read · {seconds} s").format(seconds=f"{seconds:.2f}")
    return "ok", lambda: _("Serial number read")


def live_outlines(seen: Seen, reading: Reading | None) -> list[Outline]:
    """What is read in a camera's frame right now: the chosen code marked, disputed ones in amber."""
    meanings = {code.text: code for code in reading.label.codes} if reading else {}
    found = []
    for corners, text in zip(seen.corners, seen.texts, strict=True):
        code = meanings.get(text)
        is_serial = code is not None and reading is not None and code.value == reading.serial
        tone = "warn" if text in seen.doubted else "ok" if is_serial else "grey"
        found.append(Outline(corners, text_of(meaning_words(code)) if code and code.chosen_as else text, tone))
    return found


def outlines_of(reading: Reading | None) -> list[Outline]:
    """The codes' outlines with their meaning."""
    if reading is None or len(reading.shot.corners) != len(reading.label.codes):
        return []
    found = []
    for corners, code in zip(reading.shot.corners, reading.label.codes, strict=True):
        is_serial = code.value == reading.serial
        tone = (
            "ok" if is_serial or code.chosen_as == "invoice" else "warn" if code.value in reading.label.tie else "grey"
        )
        tone = "bad" if code.reason.rule in {"damaged", "placeholder"} else tone
        words = text_of(meaning_words(code))
        found.append(Outline(corners, words if is_serial else f"{words} · {code.format}", tone))
    return found
