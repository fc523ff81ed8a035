"""The test scan: two codes on the screen whose text is known tell how a hand scanner is set up."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QColor, QPainter, QPaintEvent
from PySide6.QtWidgets import QHBoxLayout, QSizePolicy, QVBoxLayout, QWidget

from app.i18n import _
from app.scanner.calibration import BARS_TEXT, MATRIX_TEXT, Calibration, calibrate
from app.scanner.frame import symbology_words
from app.scanner.wedge import BurstDetector, Input
from app.ui import formats
from app.ui.hearing import Hearing
from app.ui.live import Words, bind
from app.ui.pages.settings_words import LAYOUTS, word
from app.ui.printing.codes import CODE128_QUIET, QR_QUIET, code128, qr
from app.ui.widgets import Banner, KeyValueGrid, Label, PrimaryButton

_BAR, _BARS_HEIGHT, _CELL = 2, 84, 4


class CodeView(QWidget):
    """A code in whole pixels on white, whatever the theme, with the quiet zone that scanners need."""

    def __init__(self, rows: Sequence[Sequence[bool]], cell: QSize, quiet: int, name: Words) -> None:
        super().__init__()
        self._rows, self._cell, self._quiet = rows, cell, quiet
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        margin = 2 * quiet * cell.width()
        self.setFixedSize(len(rows[0]) * cell.width() + margin, len(rows) * cell.height() + min(margin, 24))
        bind(self, self.setAccessibleName, name)

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Paints the modules."""
        painter = QPainter(self)
        painter.fillRect(self.rect(), QColor("white"))
        top = (self.height() - len(self._rows) * self._cell.height()) / 2
        for y, row in enumerate(self._rows):
            for x, dark in enumerate(row):
                if dark:
                    left = (self._quiet + x) * self._cell.width()
                    place = QRectF(left, top + y * self._cell.height(), self._cell.width(), self._cell.height())
                    painter.fillRect(place, QColor("black"))
        painter.end()


class CalibrationPanel(QWidget):
    """Shows the codes, what the scan of one revealed, and takes it over when asked."""

    def __init__(self, hearing: Hearing, use: Callable[[dict[str, Any]], object]) -> None:
        super().__init__()
        self._hearing, self._use = hearing, use
        self.waits = False
        self.found: Calibration | None = None
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(0, 4, 0, 0)
        self._column.setSpacing(8)
        self.result = Banner("blue", "")
        self.facts = KeyValueGrid(label_width=130)
        self.use_button = PrimaryButton(lambda: _("Use these settings"), self.use, icon="check")
        self._drawn = False
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Minimum)
        self.facts.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Minimum)

    def _draw(self) -> None:
        """The codes are made when they are looked at first."""
        self._drawn = True
        hint = Label(lambda: _("Scan one of these two with the hand scanner; the square one if it can."), wrap=True)
        row = QHBoxLayout()
        row.setSpacing(16)
        bars = [[module == "1" for module in code128(BARS_TEXT)]]
        row.addWidget(CodeView(bars, QSize(_BAR, _BARS_HEIGHT), CODE128_QUIET, lambda: _("Test code of bars")))
        row.addWidget(CodeView(qr(MATRIX_TEXT), QSize(_CELL, _CELL), QR_QUIET, lambda: _("Test code as QR code")))
        row.addStretch(1)
        self._column.addWidget(hint)
        self._column.addLayout(row)
        self._column.addWidget(self.result)
        self._column.addWidget(self.facts)
        self._column.addWidget(self.use_button, 0, Qt.AlignmentFlag.AlignLeft)

    def begin(self) -> None:
        """Shows the codes; the keyboard's filter listens without any setting until the end."""
        if not self._drawn:
            self._draw()
        self.show()
        self.waits = True
        self.facts.set_rows([])
        self.use_button.hide()
        self.result.hide()
        if self._hearing.wedge is not None:
            self._hearing.wedge.use(BurstDetector())
            self._hearing.wedge.row_over.connect(self._take)

    def end(self) -> None:
        """Hides the codes; everything is heard as the settings say again."""
        if self.waits and self._hearing.wedge is not None:
            self._hearing.wedge.row_over.disconnect(self._take)
            self._hearing.as_set_up()
        self.waits = False
        self.hide()

    def _take(self, row: Input) -> None:
        self.found = found = calibrate(row)
        self.result.show()
        self.use_button.setVisible(found is not None)
        if found is None:
            self.facts.set_rows([])
            self.result.say("warn", lambda: _("That was not one of the test codes, or some of it was lost."), "")
            return
        slow = _("Its rhythm is that of typing: set shorter pauses between characters at the scanner.")
        self.result.say(
            "ok" if found.believed else "warn",
            lambda: _("The scanner is understood."),
            lambda: "" if found.believed else slow,
        )
        self.facts.set_rows(_facts(found))
        self.use_button.setFocus(Qt.FocusReason.OtherFocusReason)

    def use(self) -> None:
        """Takes over what was found."""
        if self.found is not None:
            self._use(dict(self.found.settings._asdict()))
            self.end()


def _facts(found: Calibration) -> list[tuple[Words, Words]]:
    """What the test scan revealed, line by line."""
    settings = found.settings
    ends = {0: lambda: _("nothing"), 1: lambda: _("Enter or Tab"), 2: lambda: _("Enter twice")}
    gs: dict[str, Words] = {"": lambda: _("did not come"), "control": lambda: _("comes through")}
    caps: dict[str, Words] = {
        "": lambda: _("was off"), "swap": lambda: _("turns letters around"), "keep": lambda: _("is made up for"),
    }  # fmt: skip
    return [
        (lambda: _("Keyboard"), word(LAYOUTS, settings.layout)),
        (lambda: _("Before, after"), f"{settings.prefix or '—'}   {settings.suffix or '—'}"),
        (lambda: _("Symbology"), symbology_words(found.symbology_id) or (lambda: _("symbology not told"))),
        (lambda: _("Group separator"), gs.get(found.gs, found.gs)),
        (lambda: _("Ends with"), ends.get(settings.enters, str(settings.enters))),
        (lambda: _("Caps Lock"), caps[settings.caps]),
        (lambda: _("Between keys"), lambda: _("{ms} ms").format(ms=formats.number(round(found.median_ms)))),
    ]
