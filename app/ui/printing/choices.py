"""What was chosen for each kind of paper the last time, and where PDFs are put; kept in the device's settings."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

from PySide6.QtCore import QStandardPaths

from app.ui.printing.kinds import Kind
from app.ui.printing.sheet import LABEL_DPI, PAPER_DPI, PaperSize

CHOICES, FOLDER = "prints", "print_folder"
"""The settings: choices by the kind's id, and the folder for PDFs (the documents folder otherwise)."""
PDF = ":pdf"
"""Stands among the printers for a file; no printer is called so."""
LABEL_RESOLUTIONS = (LABEL_DPI, 300, 600)


class Kept(Protocol):
    """Settings of this device."""

    def get(self, name: str, otherwise: Any = None) -> Any:
        """The value, or `otherwise`."""
        ...

    def set(self, name: str, value: Any) -> None:
        """Keep a value."""
        ...


@dataclass(frozen=True)
class Choice:
    """How a kind is printed; printer "" is the system's usual one, language "" the window's."""

    printer: str
    size: PaperSize
    dpi: int
    language: str = ""


def kept_choice(settings: Kept, kind: Kind) -> Choice:
    """What was chosen last; what can't be chosen any more is as usual."""
    kept = settings.get(CHOICES, {}).get(kind.id, {})
    sizes = {(size.width, size.height): size for size in kind.sizes}
    size = sizes.get(tuple(kept.get("size", ())), kind.usual)
    dpi = kept.get("dpi") if kind.is_label else None
    return Choice(
        printer=kept.get("printer", ""),
        size=size,
        dpi=dpi if dpi in LABEL_RESOLUTIONS else LABEL_DPI if kind.is_label else PAPER_DPI,
        language=kept.get("language", ""),
    )


def keep_choice(settings: Kept, kind: Kind, choice: Choice) -> None:
    """Keeps a choice for the next of its kind."""
    values = {
        "printer": choice.printer,
        "size": [choice.size.width, choice.size.height],
        "dpi": choice.dpi,
        "language": choice.language,
    }
    settings.set(CHOICES, {**settings.get(CHOICES, {}), kind.id: values})


def print_folder(settings: Kept) -> Path:
    """Where PDFs are put, made when it is not there; OSError when it can't be."""
    folder = named_folder(settings)
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def named_folder(settings: Kept) -> Path:
    """The folder that PDFs would be put into."""
    given = settings.get(FOLDER)
    where = QStandardPaths.writableLocation(QStandardPaths.StandardLocation.DocumentsLocation)
    return Path(given) if given else Path(where) / "Fixpoint"
