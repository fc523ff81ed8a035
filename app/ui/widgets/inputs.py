"""Editors of numbers and days in the kit's look."""

from __future__ import annotations

from datetime import date

from PySide6.QtCore import QDate
from PySide6.QtWidgets import QAbstractSpinBox, QDateEdit, QLineEdit, QSpinBox, QWidget


def give_room(spin: QAbstractSpinBox) -> None:
    """Puts the text as far from the edge as in a plain line (a style sheet cannot)."""
    line = spin.findChild(QLineEdit)
    if line is not None:
        line.setTextMargins(7, 0, 0, 0)


class NumberInput(QSpinBox):
    """A whole number from `least` to `most`; the wheel changes it only while it has the keyboard."""

    def __init__(self, least: int = 0, most: int = 999_999, value: int = 0, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setRange(least, most)
        self.setValue(value)
        self.setGroupSeparatorShown(True)
        give_room(self)


class DayInput(QDateEdit):
    """A day, typed or taken from a calendar: 2026-03-17."""

    def __init__(self, day: date | None = None, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setDisplayFormat("yyyy-MM-dd")
        self.setCalendarPopup(True)
        self.set_day(day or date.today())  # noqa: DTZ011 - a person's own day, where the window stands
        give_room(self)

    def day(self) -> date:
        """The day that is shown."""
        shown = self.date()
        return date(shown.year(), shown.month(), shown.day())

    def set_day(self, day: date) -> None:
        """Shows a day."""
        self.setDate(QDate(day.year, day.month, day.day))
