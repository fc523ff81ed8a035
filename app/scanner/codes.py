"""What a scanner reads: one code, and all codes of one picture."""

import math

import msgspec

from app.scanner.encodings import read_text
from core.identifiers import expand_upce
from core.refusals import Refusal

Point = tuple[float, float]

MATRIX_FORMATS = frozenset(
    {"QRCode", "MicroQRCode", "RMQRCode", "DataMatrix", "Aztec", "PDF417", "MicroPDF417", "MaxiCode"}
)
# One wrong bar can still pass for a right code in these: they have no check digit, or a weak one.
WEAK_FORMATS = frozenset({"Code39", "Code93", "Codabar", "ITF", "EAN8", "UPCE"})
RETAIL_FORMATS = frozenset({"EAN13", "EAN8", "UPCA", "UPCE"})


# AIM identifiers by which the code itself declares its encoding (ECI).
ECI_IDENTIFIERS = frozenset({"]Q2", "]Q4", "]Q6", "]d4", "]d5", "]d6", "]L1", "]z3", "]z4", "]z5"})


class Code(msgspec.Struct, frozen=True):
    """One code as read: usual format name (Code128, EAN13, QRCode, DataMatrix …), text and raw bytes.

    `symbology_id` is the AIM identifier (]C0, ]C1 …). `corners` are pixels of the picture, clockwise from the code's
    own top left. `engine` tells which decoder read it after which preparation, e.g. ``zxing`` or ``zbar/deskewed``.
    `agreed` counts the renditions of a picture, or the frames of a camera, that gave this very text; `disputed` tells
    that another text was read at the same place. `doubtful` says that the bytes can be read as another text just as
    well (a QR code that does not declare its encoding). `page` is the document's page, from 1; 0 where there are none.
    """

    format: str
    text: str
    raw: bytes
    symbology_id: str
    corners: tuple[Point, ...]
    engine: str
    agreed: int = 1
    doubtful: bool = False
    disputed: bool = False
    page: int = 0

    @property
    def identity(self) -> tuple[str, str]:
        """Equal for the same content, whichever engine read it (UPC-A is an EAN-13 with a leading zero, and a UPC-E
        is short for a UPC-A)."""
        if self.format == "UPCE" and (whole := expand_upce(self.text)):
            return "retail", whole.zfill(13)
        retail = self.format in RETAIL_FORMATS
        return ("retail", self.text.zfill(13)) if retail else (self.format, self.text)

    @property
    def gs_unproven(self) -> bool:
        """A decoder gives every byte, the group separator too."""
        return False

    @property
    def centre(self) -> Point:
        """The middle of the corners."""
        count = len(self.corners) or 1
        return sum(x for x, _ in self.corners) / count, sum(y for _, y in self.corners) / count


class ImageReading(msgspec.Struct, frozen=True):
    """All codes of a picture (or of a document's pages): size in pixels, SHA-256 of the bytes, time taken in ms.

    `refusals` tell what could not be looked at although the rest could.
    """

    codes: tuple[Code, ...]
    size: tuple[int, int]
    sha256: str
    ms: float
    refusals: tuple[Refusal, ...] = ()


def decode_text(raw: bytes, guess: str = "") -> str:
    """The text of bytes that declare no encoding, where nobody asks whether it is certain."""
    return read_text(raw, guess).text


def moved(code: Code, x: float, y: float, factor: float = 1.0) -> Code:
    """`code` with its corners multiplied by `factor`, then moved by `x` and `y` pixels."""
    corners = tuple((across * factor + x, down * factor + y) for across, down in code.corners)
    return msgspec.structs.replace(code, corners=corners)


def contains(corners: tuple[Point, ...], point: Point, margin: float = 0.0) -> bool:
    """Whether `point` lies inside the convex `corners` or within `margin` pixels of their outline."""
    edges = list(zip(corners, corners[1:] + corners[:1], strict=True))
    sides = [_side(begin, end, point) for begin, end in edges]
    if len(corners) > 2 and (min(sides) > 0 or max(sides) < 0):
        return True
    return any(_distance(begin, end, point) <= margin for begin, end in edges)


def _side(begin: Point, end: Point, point: Point) -> float:
    """Above zero on one side of the line, below zero on the other."""
    return (end[0] - begin[0]) * (point[1] - begin[1]) - (end[1] - begin[1]) * (point[0] - begin[0])


def _distance(begin: Point, end: Point, point: Point) -> float:
    """From `point` to the nearest place of the piece of line."""
    across, down = end[0] - begin[0], end[1] - begin[1]
    length = across**2 + down**2
    share = ((point[0] - begin[0]) * across + (point[1] - begin[1]) * down) / length if length else 0.0
    share = min(1.0, max(0.0, share))
    return math.hypot(point[0] - begin[0] - share * across, point[1] - begin[1] - share * down)
