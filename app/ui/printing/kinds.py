"""The kinds of paper that are printed, each with its sizes; choices are kept by kind, and Settings lists them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType

from app.i18n import N_
from app.ui.printing.label import Labelled, label_pages
from app.ui.printing.paper import Paper, paper_pages
from app.ui.printing.sheet import (
    A4,
    A5,
    BOX_LABEL,
    LABEL,
    LABEL_SIZES,
    LARGE_LABEL,
    TAG,
    Compose,
    PaperSize,
    write_pages,
)


@dataclass(frozen=True)
class Kind:
    """One kind of paper: a msgid for people, the sizes to choose from and the usual one."""

    id: str
    words: str
    usual: PaperSize

    @property
    def is_label(self) -> bool:
        """Whether it goes on a label printer, which knows its own dots only."""
        return self.usual in LABEL_SIZES

    @property
    def sizes(self) -> tuple[PaperSize, ...]:
        """What can be chosen."""
        return LABEL_SIZES if self.is_label else (A4, A5)


_ALL = (
    Kind("unit_label", N_("Unit label"), LABEL),
    Kind("order_label", N_("Order label"), LARGE_LABEL),
    Kind("old_part_tag", N_("Old-part tag"), TAG),
    Kind("box_label", N_("Box label"), BOX_LABEL),
    Kind("field_slip", N_("Field slip"), A4),
    Kind("box_list", N_("Box list"), A4),
    Kind("warranty_verdict", N_("Warranty verdict"), A4),
    Kind("repair_receipt", N_("Repair receipt"), A5),
    Kind("approval", N_("Approval"), A4),
    Kind("counter_receipt", N_("Counter receipt"), A5),
    Kind("unit_receipt", N_("Receipt for the unit"), A5),
    Kind("loaner_slip", N_("Loaner slip"), A5),
    Kind("certificate", N_("Inspection certificate"), A4),
    Kind("article", N_("Article"), A4),
)
KINDS: Mapping[str, Kind] = MappingProxyType({kind.id: kind for kind in _ALL})
"""By id, in the order in which Settings shows them."""


@dataclass(frozen=True)
class Print:
    """Something to be printed: its kind, the name of the print (also of a PDF's file), and what draws its pages."""

    kind: Kind
    name: str
    compose: Compose

    @property
    def file_name(self) -> str:
        """A name for its PDF: kinds of the same order have different ones."""
        name = "".join(c if c.isalnum() or c in "-_." else "_" for c in self.name)
        return f"{name}-{self.kind.id.replace('_', '-')}.pdf"


def label_print(kind: Kind, label: Labelled) -> Print:
    """A label to be printed."""
    return Print(kind, label.label().title, label_pages(label))


def paper_print(kind: Kind, name: str, make: Callable[[], Paper]) -> Print:
    """A paper to be printed; `make` is called off the interface thread, in the language chosen for the paper."""
    return Print(kind, name, lambda sheet: paper_pages(make(), sheet))


def write_print(what: Print, path: Path, size: PaperSize, dpi: int) -> Path:
    """Writes a print as PDF; OSError when the file cannot be written, ValueError for a code that does not fit."""
    return write_pages(path, size, dpi, what.name, what.compose)
