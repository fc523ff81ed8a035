"""What both ends say of boxes: states and fates with their tones, differences in words, a counter for a metre away."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QVBoxLayout, QWidget

from app.i18n import _, ngettext
from app.queries.boxes import BoxRow
from app.ui import formats
from app.ui.live import Words, bind, text_of
from app.ui.refusal_words import code_words
from app.ui.widgets import Column, Label
from core.identifiers import show_tag
from core.rows.boxes import BoxDifference

BOX_TONES = {"open": "grey", "sealed": "warn", "shipped": "blue", "counting": "blue", "closed": "ok"}
FATE_TONES = {
    "to_tag": "warn",
    "tagged": "blue",
    "packed": "blue",
    "on_its_way": "blue",
    "counting": "blue",
    "not_in_box": "bad",
    "received": "warn",
    "written_off": "ok",
    "not_due": "grey",
    "refurbish": "ok",
    "scrap": "grey",
    "supplier": "warn",
    "sent": "blue",
    "accepted": "ok",
    "replaced": "ok",
    "refused": "bad",
}
DIFFERENCE_TONES = {
    "missing": "bad",
    "over": "warn",
    "wrong_part": "bad",
    "wrong_serial": "bad",
    "damaged": "bad",
    "late": "warn",
}


def box_tone(row: BoxRow) -> str:
    """Bad where a counted box differs from its list."""
    return "bad" if row.differences else BOX_TONES[row.state]


def box_words(row: BoxRow) -> str:
    """The state, and of a counted box how it came out."""
    if row.state == "closed" and row.differences:
        count = len(row.differences)
        return ngettext("{n} difference", "{n} differences", count).format(n=count)
    return text_of(code_words("box", row.state))


def since_words(row: BoxRow) -> str:
    """When the last thing was done with the box."""
    at = row.closed_at or row.opened_at or row.shipped_at or row.sealed_at
    return f"{formats.short_day(formats.local(at).date())} {formats.clock(at)}" if at else ""


def box_columns(*, blind: bool) -> list[Column[BoxRow]]:
    """Number, state and time of a box; ``blind``: how many are on its list is told only once it is counted."""

    def parts(row: BoxRow) -> str:
        return "—" if blind and row.state != "closed" else str(row.parts)

    where: list[Column[BoxRow]] = (
        [Column(lambda: _("Station"), lambda row: row.station, width=160)]
        if blind
        else [Column(lambda: _("Carrier number"), lambda row: row.carrier_number, width=142)]
    )
    return [
        Column(lambda: _("Box"), lambda row: row.number, tone=lambda _row: "strong", width=136),
        Column(lambda: _("State"), box_words, tone=box_tone, width=124),
        *where,
        Column(lambda: _("Pieces"), parts, number=True, width=60),
        Column(lambda: _("Last step"), since_words, tone=lambda _row: "muted", stretch=True),
    ]


def difference_words(one: BoxDifference) -> str:
    """What was found instead, or that it is not there."""
    if one.kind == "missing":
        return _("on the list, not in the box")
    if one.kind == "over":
        return _("in the box, not on the list")
    read = " · ".join(filter(None, (one.found_part_id, one.found_serial)))
    return _("read: {what}").format(what=read) if read and one.kind.startswith("wrong") else ""


def difference_columns(*, tags: bool) -> list[Column[BoxDifference]]:
    """What differs: the kind as a pill, the piece, with ``tags`` its tag, and what was found."""
    tag = [Column[BoxDifference](lambda: _("Tag number"), lambda one: show_tag(one.tag or "") or "—", width=140)]
    return [
        Column(
            lambda: _("Difference"),
            lambda one: text_of(code_words("finding", one.kind)),
            tone=lambda one: DIFFERENCE_TONES[one.kind],
            width=156 if tags else 112,
        ),
        Column(lambda: _("Part"), lambda one: one.part_id or "—", width=120),
        Column(lambda: _("Serial number"), lambda one: one.serial or "—", width=154),
        *(tag if tags else ()),
        Column(lambda: _("Found"), difference_words, stretch=True),
    ]


def difference_id(one: BoxDifference) -> str:
    """The row's id in a table."""
    return f"{one.kind}/{one.tag or one.count_id}"


class Counter(QWidget):
    """A number that one can read from a metre, and below it what it counts."""

    def __init__(self, words: Words) -> None:
        super().__init__()
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        self.figure = Label("0")
        self.figure.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self.figure.setStyleSheet("font-size: 84px; font-weight: 700;")
        self.figure.setMinimumHeight(96)
        caption = Label(words, "muted")
        caption.setAlignment(Qt.AlignmentFlag.AlignCenter)
        column.addWidget(self.figure)
        column.addWidget(caption)
        self._words = words
        self.show_number(0)

    def show_number(self, number: int) -> None:
        """Shows it; read aloud with what it counts."""
        self.figure.say(formats.number(number))
        bind(self, self.setAccessibleName, lambda: f"{number} {text_of(self._words)}")
