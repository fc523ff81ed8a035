"""Our printed labels as a camera at a bench sees them: thermal dots on paper, tilted, at an angle, blurred, noisy.

The same view gives the same picture. For the bench of printed labels and for its tests.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

import cv2
import numpy as np
import numpy.typing as npt
from PySide6.QtGui import QImage

from app.ui.printing import BOX_LABEL, LABEL, LARGE_LABEL, TAG, BoxLabel, Labelled, OldPartTag, OrderLabel, UnitLabel
from app.ui.printing.label import paint_label
from app.ui.printing.sheet import PaperSize
from core.identifiers import tag_of

Gray = npt.NDArray[np.uint8]

_ORDER, _STATION, _DAY = "SZ-260317-0271", "深圳南山维修站", "2026-03-17"
SAMPLES: Mapping[str, tuple[Labelled, PaperSize]] = MappingProxyType(
    {
        "old-part tag 50×30": (
            OldPartTag(
                tag_of("0195d3c0-0000-7000-8000-0123456789ab"), "BL-5535-A", "背光灯条组件（左右两条）", _ORDER,
                "PN5523A0810472", _STATION, _DAY,
            ),
            TAG,
        ),
        "unit label 60×40": (
            UnitLabel("LED55K35U", "K35U5523A0810472", "55英寸4K智能液晶电视机", _ORDER, _STATION, _DAY), LABEL,
        ),
        "unit label 50×30": (
            UnitLabel("LED55K35U", "K35U5523A0810472", "55英寸4K智能液晶电视机", _ORDER, _STATION, _DAY), TAG,
        ),
        "order label 70×50": (
            OrderLabel(_ORDER, "LED55K35U 液晶电视", "有声音无图像", "陈**", _STATION, _DAY), LARGE_LABEL,
        ),
        "box label 100×70": (
            BoxLabel("SZ-B-2603-0012", "FX-B:SZ-B-2603-0012", _STATION, "深圳分公司旧件库", 17, _DAY), BOX_LABEL,
        ),
    }
)  # fmt: skip


@dataclass(frozen=True)
class View:
    """How a label is held before the camera.

    `share` is the label's width over the frame's when held straight; `tilt` turns it in the picture and `angle` away
    from the camera (degrees); `blur` and `noise` are standard deviations in pixels and levels of 255; `light` is the
    paper's brightness over that of a well lit one; `jpeg` the quality with which the camera compresses (0: not at all).
    """

    frame: tuple[int, int] = (1920, 1080)
    share: float = 0.5
    tilt: float = 0.0
    angle: float = 0.0
    blur: float = 0.6
    noise: float = 3.0
    light: float = 1.0
    jpeg: int = 92
    seed: int = 1


def thermal(label: Labelled, size: PaperSize) -> Gray:
    """The label as a 203 dpi thermal printer burns it: black or nothing, dot by dot."""
    image = paint_label(label, size).convertToFormat(QImage.Format.Format_Grayscale8)
    rows = np.frombuffer(image.constBits(), np.uint8).reshape(image.height(), image.bytesPerLine())
    return np.where(rows[:, : image.width()] < 128, 0, 255).astype(np.uint8)


def shoot(dots: Gray, view: View) -> Gray:
    """What the camera sees of the printed dots."""
    random = np.random.default_rng(view.seed)
    width, height = view.frame
    forth = _homography(dots.shape, view, 2.0)  # twice as fine, then averaged: what a sensor's pixels do
    fine = (2 * width, 2 * height)
    paper = cv2.warpPerspective(40 + dots // 255 * 170, forth, fine, flags=cv2.INTER_LINEAR)
    inside = cv2.warpPerspective(np.full_like(dots, 255), forth, fine) > 127
    scene = cv2.resize(np.where(inside, paper, 74).astype(np.uint8), view.frame, interpolation=cv2.INTER_AREA)
    shot = scene.astype(np.float64) * view.light * _falloff(view.frame, random)
    shot = cv2.GaussianBlur(shot, (0, 0), view.blur).astype(np.float64) if view.blur > 0 else shot
    shot += random.normal(0, view.noise, shot.shape)
    gray = np.clip(shot, 0, 255).astype(np.uint8)
    if not view.jpeg:
        return gray
    _done, packed = cv2.imencode(".jpg", gray, [cv2.IMWRITE_JPEG_QUALITY, view.jpeg])
    return np.asarray(cv2.imdecode(packed, cv2.IMREAD_GRAYSCALE), dtype=np.uint8)


def _homography(shape: tuple[int, ...], view: View, finer: float) -> npt.NDArray[np.float64]:
    """From the label's dots to the frame's pixels, by a camera that sees 60 degrees across."""
    high, wide = shape
    tilt, angle = np.radians(view.tilt), np.radians(view.angle)
    corners = np.array([[-wide, -high], [wide, -high], [wide, high], [-wide, high]]) / 2 / wide  # one label wide
    turned = corners @ np.array([[np.cos(tilt), np.sin(tilt)], [-np.sin(tilt), np.cos(tilt)]])
    focal = view.frame[0] / 2 / np.tan(np.radians(30))
    depth = focal / (view.share * view.frame[0])
    away = depth + turned[:, 0] * np.sin(angle)
    seen = np.stack([focal * turned[:, 0] * np.cos(angle) / away, focal * turned[:, 1] / away], axis=1)
    seen = (seen + np.array(view.frame) / 2) * finer
    source = np.array([[0, 0], [wide, 0], [wide, high], [0, high]], dtype=np.float32)
    return np.asarray(cv2.getPerspectiveTransform(source, seen.astype(np.float32)), dtype=np.float64)


def _falloff(frame: tuple[int, int], random: np.random.Generator) -> npt.NDArray[np.float64]:
    """A lamp to one side: up to a third darker across the frame."""
    across, down = np.meshgrid(np.linspace(-0.5, 0.5, frame[0]), np.linspace(-0.5, 0.5, frame[1]))
    where = random.uniform(0, 2 * np.pi)
    slope = across * np.cos(where) + down * np.sin(where)
    return np.asarray(1 - 0.33 * (slope - slope.min()) / np.ptp(slope), dtype=np.float64)
