"""One look at a label: the codes with their evidence, what they mean, and what is known of the unit."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path

from PySide6.QtCore import QBuffer, QIODevice
from PySide6.QtGui import QImage

from app.actions.identify_unit import ReadCode, read_codes
from app.queries.scanning import UnitCard
from app.scanner.codes import Point
from app.scanner.heard import evidence_of
from core.identifiers import LabelReading
from core.warranty import Verdict

_KEPT_SIDE = 2_400  # pixels of the longer side of a picture that must be made smaller to be kept
_SHOWN_SIDE = 2_000
_MOST_CODES = 20
#: Devices that read a label code by code.
COLLECTING = frozenset({"wedge", "serial", "camera"})


@dataclass(frozen=True)
class Shot:
    """What one device read at one moment; `picture` are the bytes to keep as evidence.

    `begins` tells that a camera has gone on to another label, `unsure` the texts that a single picture gave too few
    readings of.
    """

    source: str  # wedge | serial | camera | picture | typed
    device: str
    codes: tuple[ReadCode, ...]
    at: datetime
    corners: tuple[tuple[Point, ...], ...] = ()
    image: QImage | None = None
    picture: bytes | None = None
    ms: float = 0.0
    begins: bool = False
    unsure: frozenset[str] = frozenset()

    def joined(self, earlier: Shot | None) -> Shot:
        """This shot with the codes an earlier one of the same device read: labels are scanned code by code.

        Codes that are not on this picture have no corners on it.
        """
        if earlier is None or earlier.source != self.source or self.source not in COLLECTING or self.begins:
            return self
        placed = dict(zip(self.codes, self.corners, strict=False))
        old = tuple(code for code in earlier.codes if code not in placed)
        codes = (*old, *self.codes)[-_MOST_CODES:]
        corners = tuple(placed.get(code, ()) for code in codes) if self.corners else ()
        return replace(self, codes=codes, corners=corners)


@dataclass(frozen=True)
class Reading:
    """A shot with its meaning; `picked` is the serial a person chose on a tie or typed."""

    shot: Shot
    label: LabelReading
    card: UnitCard | None = None
    verdict: Verdict | None = None
    picked: str | None = None

    @property
    def serial(self) -> str | None:
        """The serial number that would be used."""
        return self.picked or self.label.serial

    @property
    def is_unsure(self) -> bool:
        """Whether a person should compare the chosen serial with the label: too few readings of a picture gave it."""
        if self.serial is None or self.picked is not None:
            return False
        chosen = {code.text for code in self.label.codes if code.value == self.serial}
        return bool(chosen) and chosen <= self.shot.unsure

    @property
    def is_known(self) -> bool:
        """Whether the registry knows the unit."""
        return self.card is not None and self.card.unit is not None

    @property
    def model_differs(self) -> bool:
        """Whether registry and label name different models."""
        unit = self.card.unit if self.card else None
        return bool(unit and self.label.model and unit.model != self.label.model)


def read_text(text: str) -> ReadCode:
    """A hand scanner's or a typed text as the action takes it, with the evidence that came with it."""
    return ReadCode(**evidence_of(text)._asdict())


def image_of(data: bytes, name: str = "picture") -> tuple[QImage, float]:
    """The picture upright in a size that is painted fast, by the decoder that read its codes, and how much smaller.

    Qt reads no HEIC, and what a person sees must be what was read.
    """
    from app.scanner.opening import shown

    found = shown(data, name, _SHOWN_SIDE)
    image = QImage(found.rgb, found.width, found.height, found.width * 3, QImage.Format.Format_RGB888)
    return image.copy(), found.factor


def reduced(image: QImage, corners: Sequence[Sequence[Point]]) -> tuple[QImage, tuple[tuple[Point, ...], ...]]:
    """The image in a size that is painted fast, and the corners in its pixels."""
    longest = max(image.width(), image.height(), 1)
    if longest <= _SHOWN_SIDE:
        return image, tuple(tuple(one) for one in corners)
    factor = _SHOWN_SIDE / longest
    small = image.scaled(round(image.width() * factor), round(image.height() * factor))
    return small, tuple(tuple((x * factor, y * factor) for x, y in one) for one in corners)


def jpeg_of(image: QImage) -> bytes:
    """The image as a JPEG of moderate size."""
    longest = max(image.width(), image.height(), 1)
    kept = image if longest <= _KEPT_SIDE else image.scaledToWidth(round(image.width() * _KEPT_SIDE / longest))
    buffer = QBuffer()
    buffer.open(QIODevice.OpenModeFlag.WriteOnly)
    kept.save(buffer, "JPEG", 85)  # type: ignore[call-overload]
    return bytes(buffer.data().data())


def read_picture_file(source: Path | bytes, now: datetime, formats: Sequence[str] = ()) -> Shot:
    """Read a picture or PDF, by file or as pasted bytes; ``formats`` are those of the label that is expected.

    Raises the scanner's refusals.
    """
    from app.scanner.acceptance import is_sure
    from app.scanner.pdfs import first_page, is_pdf, read_expected
    from app.scanner.pictures import read_bytes

    data, name = read_bytes(source)
    reading = read_expected(data, formats)
    whole_corners = [code.corners for code in reading.codes]
    if is_pdf(data):
        page = first_page(data, name)
        gray = QImage(page.tobytes(), page.shape[1], page.shape[0], page.shape[1], QImage.Format.Format_Grayscale8)
        image, corners = reduced(gray.copy(), whole_corners)
    else:
        image, factor = image_of(data, name)
        corners = tuple(tuple((x / factor, y / factor) for x, y in one) for one in whole_corners)
    device = name if isinstance(source, Path) else ""
    unsure = frozenset(code.text for code in reading.codes if not is_sure(code))
    return Shot("picture", device, read_codes(reading.codes), now, corners, image, data, reading.ms, unsure=unsure)
