"""PDF pages → codes: scanned invoices, and the slips and tags this program printed itself."""

import hashlib
import threading
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

import msgspec
import numpy as np
import numpy.typing as npt
import pypdfium2  # type: ignore[import-untyped]

from app.scanner.arrays import read_array
from app.scanner.codes import Code, ImageReading
from app.scanner.engines import STATION_FORMATS
from app.scanner.pictures import picture_of, read_bytes
from core.refusals import Refusal

MOST_PAGES = 20
_DPI = 300
_LONGEST = 4000  # pixels of a page's longer side
_PDFIUM = threading.Lock()  # the library is not safe to use from two threads


def read_pdf(source: bytes | Path, formats: Sequence[str] | None = None) -> ImageReading:
    """All codes of a PDF's first twenty pages, each once with its page; corners in pixels of that page.

    `size` is the first page's. Refuses `picture_unknown`, `pdf_locked` and what :func:`read_bytes` refuses; pages left
    out or damaged are in the reading's `refusals`.
    """
    return _pdf_of(*read_bytes(source), formats)


def _pdf_of(data: bytes, name: str, formats: Sequence[str] | None) -> ImageReading:
    began = time.perf_counter()
    codes: list[Code] = []
    size, refusals = (0, 0), []
    for number, page in enumerate(_pages(data, name), start=1):
        if isinstance(page, Refusal):
            refusals.append(page)
            continue
        size = size if any(size) else (page.shape[1], page.shape[0])
        found = (msgspec.structs.replace(code, page=number) for code in read_array(page, formats))
        codes += [code for code in found if all(code.identity != known.identity for known in codes)]
    ms = (time.perf_counter() - began) * 1000
    return ImageReading(tuple(codes), size, hashlib.sha256(data).hexdigest(), ms, tuple(refusals))


def _pages(data: bytes, name: str) -> Iterator[npt.NDArray[np.uint8] | Refusal]:
    """Each page in gray on white, or why it can't be shown."""
    with _PDFIUM:
        document = _open(data, name)
        count = len(document)
    try:
        for number in range(min(count, MOST_PAGES)):
            yield _render(document, number, name)
        if count > MOST_PAGES:
            yield Refusal("pdf_pages_left_out", file=name, limit=MOST_PAGES, count=count)
    finally:
        with _PDFIUM:
            document.close()


def _open(data: bytes, name: str) -> pypdfium2.PdfDocument:
    try:
        return pypdfium2.PdfDocument(data)
    except pypdfium2.PdfiumError as error:
        locked = "password" in str(error).lower()
        raise Refusal("pdf_locked" if locked else "picture_unknown", file=name) from error


def _render(document: pypdfium2.PdfDocument, number: int, name: str) -> npt.NDArray[np.uint8] | Refusal:
    with _PDFIUM:
        try:
            page = document[number]
            scale = min(_DPI / 72, _LONGEST / max(*page.get_size(), 1.0))
            bitmap = page.render(scale=scale, grayscale=True, fill_color=(255, 255, 255, 255))
            return np.array(bitmap.to_numpy(), dtype=np.uint8).reshape(bitmap.height, bitmap.width)
        except (pypdfium2.PdfiumError, ValueError):
            return Refusal("picture_damaged", file=f"{name}, {number + 1}")


def first_page(data: bytes, name: str) -> npt.NDArray[np.uint8]:
    """A PDF's first page in gray on white, as it is searched; refuses as :func:`read_pdf` does."""
    page = next(_pages(data, name), None)
    if page is None or isinstance(page, Refusal):
        raise page or Refusal("picture_damaged", file=name)
    return page


def is_pdf(data: bytes) -> bool:
    """Whether the bytes begin as a PDF does (some writers put a few bytes before)."""
    return b"%PDF-" in data[:1024]


def read_file(source: bytes | Path, formats: Sequence[str] | None = None) -> ImageReading:
    """All codes of a picture or PDF, told apart by their first bytes; refuses as the one that fits does."""
    data, name = read_bytes(source)
    return _pdf_of(data, name, formats) if is_pdf(data) else picture_of(data, name, formats)


def read_expected(source: bytes | Path, formats: Sequence[str]) -> ImageReading:
    """:func:`read_file` for the formats of a label that is expected; empty: what a station meets.

    Only where nothing of them is read the station's other ones are tried: a person who brings a file wants an answer.
    """
    data, name = read_bytes(source)
    read = _pdf_of if is_pdf(data) else picture_of
    reading = read(data, name, formats or None)
    others = tuple(one for one in STATION_FORMATS if one not in formats)
    if reading.codes or not formats or not others:
        return reading
    other = read(data, name, others)
    return msgspec.structs.replace(other, ms=reading.ms + other.ms)
