"""The form of what was found at the unit: what ends its warranty, with a photo, or that a dealer has not sold it."""

from __future__ import annotations

from functools import partial

from PySide6.QtWidgets import QCheckBox, QFileDialog

from app.i18n import _
from app.ui.live import bind
from app.ui.pages.order.form import Form, Given
from app.ui.widgets import Banner, Link
from core.warranty import Exclusion, Holder
from core.words import word


class FindingsForm(Form):
    """Nothing ticked takes back what was recorded before."""

    home = "finding"
    homes = {
        "finding_photo_missing": "photo", "file_missing": "photo", "file_unreadable": "photo",
        "picture_unknown": "photo", "file_too_large": "photo",
    }  # fmt: skip

    def build(self) -> None:
        """What it does to the warranty first; then the findings, the words and the photo."""
        self.box.addWidget(
            Banner(
                "warn",
                lambda: _("This ends the free repair"),
                lambda: _("Say what you see and add a photo of it. The verdict is judged anew."),
            )
        )
        unit = self.view.unit
        found = unit.exclusions if unit else ()
        self.boxes = {one: self._tick("exclusion", one.value, one.value in found) for one in Exclusion}
        self.dealer = self._tick("holder", Holder.DEALER.value, bool(unit and unit.held_by == Holder.DEALER))
        self.finding = self.line("finding", lambda: _("Finding"), lambda: _("what you see, and where"))
        if unit and not self.finding.text():
            self.finding.setText(unit.finding)
        self.photo = self.line("photo", lambda: _("Photo"), lambda: _("a file"))
        self.box.addWidget(Link(lambda: _("Choose a photo…"), self._choose))

    def _tick(self, family: str, code: str, checked: bool) -> QCheckBox:
        box = QCheckBox()
        bind(box, box.setText, partial(_words, family, code))
        box.setChecked(checked)
        self.box.addWidget(box)
        return box

    def _choose(self) -> None:
        name, _kind = QFileDialog.getOpenFileName(self, _("Choose photos"), "", "*.jpg *.jpeg *.png")
        if name:
            self.photo.setText(name)
            self.keep("photo", name)

    def given(self) -> Given | None:
        """What is ticked now."""
        found = [one.value for one, box in self.boxes.items() if box.isChecked()]
        words = self.finding.text().strip()
        if found and not self.need("finding", words, lambda: _("Please say what you see.")):
            return None
        holder = Holder.DEALER if self.dealer.isChecked() else Holder.CUSTOMER
        photo = self.photo.text().strip() or None
        return {"exclusions": found, "held_by": holder.value, "finding": words, "photo": photo}


def _words(family: str, code: str) -> str:
    return _(word(family, code))
