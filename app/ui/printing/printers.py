"""The printers of this computer: which there are, and a print on one of them; asked off the interface thread only."""

from __future__ import annotations

from typing import NamedTuple, Protocol

from PySide6.QtPrintSupport import QPrinter, QPrinterInfo

from app.ui.printing.kinds import Print
from app.ui.printing.sheet import PaperSize, print_on
from core.refusals import Refusal


class Found(NamedTuple):
    """The printers' names, and the system's own choice among them (empty: none)."""

    names: tuple[str, ...]
    usual: str


class Printers(Protocol):
    """Where printers come from; tests hand in one that prints into a file."""

    def found(self) -> Found:
        """What there is now."""
        ...

    def open(self, name: str) -> QPrinter:
        """A printer by its name; refuses `printer_missing`."""
        ...


class SystemPrinters:
    """What the system knows; asking a print server can take seconds."""

    def found(self) -> Found:
        """What there is now."""
        return Found(tuple(QPrinterInfo.availablePrinterNames()), QPrinterInfo.defaultPrinterName())

    def open(self, name: str) -> QPrinter:
        """A printer by its name; refuses `printer_missing`."""
        info = QPrinterInfo.printerInfo(name)
        if info.isNull():
            raise Refusal("printer_missing", printer=name)
        return QPrinter(info, QPrinter.PrinterMode.HighResolution)


def print_out(printers: Printers, name: str, what: Print, size: PaperSize, dpi: int, copies: int = 1) -> None:
    """Prints in true size; refuses `printer_none`, `printer_missing` and `printer_failed`."""
    known = printers.found().names
    if not known:
        raise Refusal("printer_none")
    if name not in known:
        raise Refusal("printer_missing", printer=name)
    printer = printers.open(name)
    printer.setDocName(what.name)
    printer.setCopyCount(copies)
    try:
        print_on(printer, size, dpi, what.compose)
    except OSError as error:
        raise Refusal("printer_failed", printer=name) from error
