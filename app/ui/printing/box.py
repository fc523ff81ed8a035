"""Paper of a box: the label on its outside, and the list of what is in it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from app.i18n import _, ngettext
from app.ui.printing.label import Label, Line
from app.ui.printing.paper import Column, Facts, Paper, Signatures, Table


@dataclass(frozen=True)
class BoxLabel:
    """What stands on a box; `code` is the text that a scanner reads to mean this very box."""

    number: str
    code: str
    from_place: str
    to_place: str
    count: int
    packed_on: str = ""

    def label(self) -> Label:
        """The label in the language of now."""
        return Label(
            title=self.number,
            bars=self.code,
            shown=self.number,
            qr=self.code,
            lines=(
                Line(_("To {place}").format(place=self.to_place), 7, bold=True, lines=3),
                Line(_("From {place}").format(place=self.from_place), 6, lines=2),
                Line(count_words(self.count), 7, bold=True),
                Line(self.packed_on, 5.5),
            ),
        )


@dataclass(frozen=True)
class BoxItem:
    """One line of the box list, all in the words that are to be printed."""

    tag: str
    part_number: str
    part_name: str
    serial: str
    order_number: str


def count_words(count: int) -> str:
    """How many old parts are in the box."""
    return ngettext("{n} old part", "{n} old parts", count).format(n=count)


def box_list_paper(box: BoxLabel, items: Sequence[BoxItem], maker: str = "") -> Paper:
    """The list of a box, as many pages as it needs; an empty box has one page too."""
    columns = (
        Column("", whole=True, right=True),
        Column(_("Tag number"), whole=True, mono=True),
        Column(_("Part"), 18),
        Column(_("Part name"), 30),
        Column(_("Serial number"), 26),
        Column(_("Order"), 26),
    )
    rows = [
        (str(place), item.tag, item.part_number, item.part_name, item.serial, item.order_number)
        for place, item in enumerate(items, 1)
    ]
    return Paper(
        title=_("Box list"),
        number=box.number,
        code=box.code,
        maker=maker,
        place=box.from_place,
        blocks=(
            Facts(
                (
                    (_("Goes to"), box.to_place),
                    (_("Comes from"), box.from_place),
                    (_("In the box"), count_words(box.count)),
                    (_("Packed"), box.packed_on),
                )
            ),
            Table(columns, rows, empty=_("Nothing is in this box.")),
        ),
        signatures=Signatures((_("Packed by, day"), _("Received by, day"))),
    )
