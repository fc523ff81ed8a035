"""The decoders: zxing-cpp first, zbar as an optional second opinion that may be absent."""

import atexit
from collections.abc import Iterable, Mapping, Sequence
from functools import cache
from typing import Any

import numpy as np
import numpy.typing as npt
import zxingcpp

from app.scanner.codes import ECI_IDENTIFIERS, MATRIX_FORMATS, WEAK_FORMATS, Code, Point, contains
from app.scanner.encodings import read_text
from app.scanner.zbar import WORKER

Gray = npt.NDArray[np.uint8]

# What a station meets. EAN-8, UPC-E and Codabar are off: they are seldom on units and turn up in other codes' bars.
STATION_FORMATS: tuple[str, ...] = (
    "Code128", "Code39", "Code93", "EAN13", "UPCA", "ITF", "DataBar", "DataBarExp",
    "QRCode", "MicroQRCode", "DataMatrix", "PDF417", "Aztec",
)  # fmt: skip
EVERY_FORMAT: tuple[str, ...] = (*STATION_FORMATS, "EAN8", "UPCE", "Codabar", "DataBarLtd", "RMQRCode", "MaxiCode")

# A part of one of these can pass for the whole, so they are not looked for in pictures that were sharpened hard.
PARTLY_READABLE = frozenset({"ITF", "Codabar"})
# zxing-cpp tells variants apart that mean the same to everybody else.
_USUAL_NAMES = {
    "Code39Std": "Code39", "Code39Ext": "Code39", "ITF14": "ITF", "ISBN": "EAN13", "DataBarOmni": "DataBar",
    "DataBarStk": "DataBar", "DataBarStkOmni": "DataBar", "DataBarExpStk": "DataBarExp", "CompactPDF417": "PDF417",
    "QRCodeModel1": "QRCode", "QRCodeModel2": "QRCode", "AztecCode": "Aztec", "AztecRune": "Aztec",
}  # fmt: skip
# Fewer characters than this are more often bars of something else than a code.
SHORTEST: Mapping[str, int] = {"ITF": 6, "Codabar": 4, "Code39": 3, "Code93": 3, "Code128": 2}
# zbar's names by ours. Its ITF, DataBar and PDF417 are left out: they read what is not there.
_ZBAR_NAMES = {"Code128": "CODE128", "Code39": "CODE39", "Code93": "CODE93", "EAN13": "EAN13", "UPCA": "UPCA",
               "QRCode": "QRCODE", "EAN8": "EAN8", "UPCE": "UPCE", "Codabar": "CODABAR"}  # fmt: skip
_OURS_BY_ZBAR = {theirs: name for name, theirs in _ZBAR_NAMES.items()}
_ZBAR_IDS = {"Code128": "]C0", "Code39": "]A0", "Code93": "]G0", "EAN13": "]E0", "UPCA": "]E0", "QRCode": "]Q1",
             "EAN8": "]E4", "UPCE": "]E0", "Codabar": "]F0"}  # fmt: skip


@cache
def _zxing_formats(formats: tuple[str, ...]) -> zxingcpp.BarcodeFormats:
    return zxingcpp.barcode_formats_from_str(",".join(formats))


# What is still kept when the process ends would be reported as leaked by the binding.
atexit.register(_zxing_formats.cache_clear)


def read_zxing(
    image: Gray,
    formats: Sequence[str],
    *,
    stage: str = "",
    fast: bool = False,
    histogram: bool = False,
    shortest: Mapping[str, int] = SHORTEST,
) -> list[Code]:
    """The codes zxing-cpp finds. `fast` looks upright, at one size and dark on light only; `histogram` uses one
    threshold for the whole picture instead of local ones (better on low contrast); a text below `shortest` of its
    symbology is none."""
    binarizer = zxingcpp.Binarizer.GlobalHistogram if histogram else zxingcpp.Binarizer.LocalAverage
    found = zxingcpp.read_barcodes(
        image,
        formats=_zxing_formats(tuple(formats)),
        try_rotate=not fast,
        try_downscale=not fast,
        try_invert=not fast,
        text_mode=zxingcpp.TextMode.Plain,
        binarizer=binarizer,
    )
    engine = f"zxing/{stage}" if stage else "zxing"
    codes = [_from_zxing(one, engine) for one in found if one.valid]
    # Asked for QR codes it gives the micro ones as well.
    wanted = [code for code in codes if code.format in formats or code.format not in MATRIX_FORMATS]
    return [code for code in wanted if _long_enough(code, shortest)]


def _from_zxing(one: Any, engine: str) -> Code:
    place = one.position
    corners = (place.top_left, place.top_right, place.bottom_right, place.bottom_left)
    points = tuple((float(corner.x), float(corner.y)) for corner in corners)
    raw = bytes(one.bytes)
    # A linear code is Latin-1 by its standard, and one that declares its encoding needs no guess of ours.
    plain = one.format.name not in MATRIX_FORMATS or one.symbology_identifier in ECI_IDENTIFIERS
    printed = (one.extra or {}).get("UPCE", one.text)  # a UPC-E comes as the UPC-A it stands for (pyzbar #160)
    text, certain = (printed, True) if plain else read_text(raw, one.text)
    name = _USUAL_NAMES.get(one.format.name, one.format.name)
    return Code(name, text, raw, one.symbology_identifier, points, engine, doubtful=not certain)


def read_zbar(image: Gray, formats: Sequence[str], *, stage: str = "") -> list[Code]:
    """The codes zbar finds in a process of its own, none where zbar is absent or has been given up."""
    wanted = [theirs for name, theirs in _ZBAR_NAMES.items() if name in formats]
    if not wanted or not image.size:
        return []
    engine = f"zbar/{stage}" if stage else "zbar"
    found = [_from_zbar(one, engine) for one in WORKER.decode(image, wanted)]
    return [code for code in found if code and _long_enough(code)]


def _from_zbar(one: dict[str, Any], engine: str) -> Code | None:
    ours = _OURS_BY_ZBAR.get(one["type"])
    if ours is None:
        return None
    raw = bytes.fromhex(one["data"])
    corners: tuple[Point, ...] = tuple((float(x), float(y)) for x, y in one["corners"])
    # zbar guesses the encoding of a matrix code itself and keeps no bytes: only ASCII is beyond doubt.
    text = raw.decode("utf-8", "replace")
    doubtful = ours in MATRIX_FORMATS and not text.isascii()
    return Code(ours, text, raw, _ZBAR_IDS[ours], corners, engine, doubtful=doubtful)


def _long_enough(code: Code, shortest: Mapping[str, int] = SHORTEST) -> bool:
    even = code.format != "ITF" or len(code.text) % 2 == 0
    return even and len(code.text) >= shortest.get(code.format, 1)


def merge(known: Sequence[Code], more: Iterable[Code]) -> list[Code]:
    """`known` with those of `more` that are new; where a code is already read, a later other reading is dropped.

    Of two readings at one place that come together, the one of the stronger format stays (parts of an EAN-13 pass for
    an EAN-8 or a UPC-E); two matrix codes, one inside the other, both stay.
    """
    codes, new = list(known), sorted(more, key=lambda code: code.format in WEAK_FORMATS)
    for code in new:
        same = any(other.identity == code.identity for other in codes)
        if not same and not any(_in_the_way(other, code) for other in codes):
            codes.append(code)
    return codes


def _in_the_way(one: Code, other: Code) -> bool:
    both = one.format in MATRIX_FORMATS and other.format in MATRIX_FORMATS and one.engine == other.engine
    return not both and (contains(one.corners, other.centre) or contains(other.corners, one.centre))


def engines() -> dict[str, str]:
    """Each decoder with “present” or why it is missing; for the doctor."""
    return {"zxing-cpp": "present", "pyzbar": WORKER.state()}
