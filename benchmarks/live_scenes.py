"""Frames for the live scanner's bench, made by own code: labels under many conditions, and scenes without a code."""

from collections.abc import Callable, Iterator
from typing import NamedTuple

import cv2
import numpy as np
import numpy.typing as npt
from PIL import Image

from core.identifiers import format_unit, make_imei
from tools import labels

Frame = npt.NDArray[np.uint8]
SIZES = {"720p": (1280, 720), "1080p": (1920, 1080)}
MODEL, SERIAL, GTIN = "LED55K35U", "K35U5523A0810472", "6901234567892"
PHONE, PHONE_SERIAL = "KP-P30A", "P30AH300000015"
IMEIS = make_imei("86123456", 789012), make_imei("86123456", 789013)
TILTS = tuple(range(0, 91, 10))


class Scene(NamedTuple):
    """A label held before the camera: its true texts, those that must be accepted, and its frames."""

    name: str
    size: str
    truth: frozenset[str]
    wanted: frozenset[str]
    frames: Callable[[int], Frame]


class _Look(NamedTuple):
    """A condition: blur in pixels, noise in levels, light and perspective as shares, motion in widths of a bar."""

    blur: float = 0.6
    noise: float = 3
    light: float = 1.0
    perspective: float = 0.0
    motion: float = 0.0


CONDITIONS = {
    "clean": _Look(),
    "blur": _Look(blur=1.1),
    "noise": _Look(noise=11),
    "low light": _Look(light=0.22, noise=5),
    "perspective": _Look(perspective=0.09),
    "motion": _Look(motion=1.4),
    "several codes": _Look(),
}


def scenes() -> Iterator[Scene]:
    """Every condition and tilt in both sizes."""
    product = np.asarray(labels.product_label(MODEL, SERIAL, GTIN, with_qr=False).convert("L"))
    box = np.asarray(labels.phone_label(PHONE, PHONE_SERIAL, IMEIS, GTIN).convert("L"))
    bars = np.asarray(_framed(labels.bars("code128", SERIAL, height=150)).convert("L"))
    of_product, of_box = frozenset({MODEL, SERIAL, GTIN}), frozenset({*IMEIS, PHONE_SERIAL, GTIN})
    for size in SIZES:
        for name, look in CONDITIONS.items():
            many = name == "several codes"
            label, truth = (box, of_box) if many else (product, of_product)
            wanted = of_box if many else frozenset({SERIAL})
            yield _scene(name, size, label, truth, wanted, look, share=0.5)
        for tilt in TILTS:
            yield _scene(
                f"tilt {tilt}°", size, bars, frozenset({SERIAL}), frozenset({SERIAL}), _Look(), share=0.46, tilt=tilt
            )


def _framed(picture: Image.Image) -> Image.Image:
    sheet = Image.new("L", (picture.width + 60, picture.height + 80), 255)
    sheet.paste(picture, (30, 40))
    return sheet


def _scene(
    name: str, size: str, label: Frame, truth: frozenset[str], wanted: frozenset[str], look: _Look,
    *, share: float, tilt: float = 0.0,
) -> Scene:  # fmt: skip
    """The label in the middle, shaking by a pixel or two as in a hand."""
    wide, high = SIZES[size]
    factor = min(share * wide / label.shape[1], 0.92 * high / label.shape[0])
    random = np.random.default_rng(7)
    noise = random.normal(0, look.noise, (high + 64, wide + 64)).astype(np.float32)
    smear = round(look.motion * labels.MODULE * factor)
    skew = random.uniform(-look.perspective, look.perspective, (4, 2)) * label.shape[1] * factor

    def frame(number: int) -> Frame:
        hand = np.random.default_rng(1000 + number)
        forth = _placement(label.shape, factor, tilt + hand.normal(0, 0.3), skew, (wide, high), hand.normal(0, 1.5, 2))
        shot = cv2.warpPerspective(label, forth, (wide, high), flags=cv2.INTER_AREA, borderValue=70).astype(np.float32)
        shot = cv2.GaussianBlur(shot, (0, 0), look.blur) * look.light
        if smear > 1:
            shot = cv2.filter2D(shot, -1, np.full((1, smear), 1 / smear))
        left, top = hand.integers(0, 64, 2)
        shot += noise[top : top + high, left : left + wide]
        return cv2.cvtColor(np.clip(shot, 0, 255).astype(np.uint8), cv2.COLOR_GRAY2BGR)

    return Scene(name, size, truth, wanted, frame)


def _placement(
    shape: tuple[int, ...], factor: float, tilt: float, skew: np.ndarray, size: tuple[int, int], shift: np.ndarray
) -> np.ndarray:
    high, wide = shape[0] * factor, shape[1] * factor
    angle = np.radians(tilt)
    turn = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    corners = np.array([[-wide, -high], [wide, -high], [wide, high], [-wide, high]]) / 2
    placed = corners @ turn.T + skew + np.array(size) / 2 + shift
    source = np.array([[0, 0], [shape[1], 0], [shape[1], shape[0]], [0, shape[0]]], dtype=np.float32)
    return cv2.getPerspectiveTransform(source, placed.astype(np.float32))


def negatives(seed: int, lasting: int = 4) -> Iterator[Frame]:
    """Scenes without any code, each for `lasting` frames of a hand that shakes; one kind after the other, for ever."""
    random = np.random.default_rng(seed)
    makers = (_random_bars, _keyboard, _text, _grid, _texture, _stripes, _broken_label)
    wide, high = SIZES["720p"]
    while True:
        for make in makers:
            scene = make(random, wide + 80, high + 80)
            angle, zoom = float(random.uniform(-90, 90)), float(random.uniform(1.1, 1.6))
            for _ in range(lasting):
                turn = cv2.getRotationMatrix2D((scene.shape[1] / 2, scene.shape[0] / 2), angle, zoom)
                turn[:, 2] += random.normal(0, 1.5, 2)
                shot = cv2.warpAffine(scene, turn, (wide, high), borderMode=cv2.BORDER_REFLECT).astype(np.float32)
                shot = cv2.GaussianBlur(shot, (0, 0), 0.7)
                shot += cv2.resize(random.normal(0, 5, (high // 2, wide // 2)).astype(np.float32), (wide, high))
                yield np.clip(shot, 0, 255).astype(np.uint8)


def _random_bars(random: np.random.Generator, wide: int, high: int) -> Frame:
    """Bars of random widths, one to four modules as in a code, that are none."""
    image = np.full((high, wide), 245, np.uint8)
    for _ in range(6):
        left, top = int(random.integers(0, wide // 2)), int(random.integers(0, high - 140))
        module = int(random.integers(2, 5))
        for dark in range(int(random.integers(20, 60))):
            width = module * int(random.integers(1, 5))
            image[top : top + 120, left : left + width] = 20 if dark % 2 else 245
            left += width
    return image


def _keyboard(random: np.random.Generator, wide: int, high: int) -> Frame:
    image = np.full((high, wide), 40, np.uint8)
    side = int(random.integers(36, 70))
    for top in range(10, high - side, side + 6):
        for left in range(10, wide - side, side + 6):
            cv2.rectangle(image, (left, top), (left + side, top + side), int(random.integers(15, 80)), -1)
            key = chr(int(random.integers(65, 91)))
            cv2.putText(image, key, (left + 8, top + side - 12), cv2.FONT_HERSHEY_SIMPLEX, side / 60, 220, 2)
    return image


def _text(random: np.random.Generator, wide: int, high: int) -> Frame:
    image = np.full((high, wide), 250, np.uint8)
    for top in range(24, high, int(random.integers(18, 34))):
        words = "".join(chr(int(number)) for number in random.integers(33, 123, 110))
        cv2.putText(image, words, (8, top), cv2.FONT_HERSHEY_COMPLEX_SMALL, float(random.uniform(0.7, 1.2)), 20, 1)
    return image


def _grid(random: np.random.Generator, wide: int, high: int) -> Frame:
    """Dots and squares in a raster, as perforated plates and matrix codes have."""
    side = int(random.integers(3, 9))
    cells = random.integers(0, 2, (high // side + 1, wide // side + 1)).astype(np.uint8) * 225 + 15
    image = cv2.resize(cells, None, fx=side, fy=side, interpolation=cv2.INTER_NEAREST)[:high, :wide]
    for _ in range(5):
        left, top = int(random.integers(0, wide - 200)), int(random.integers(0, high - 200))
        cv2.rectangle(image, (left, top), (left + 180, top + 180), 235, 30)
    return image


def _texture(random: np.random.Generator, wide: int, high: int) -> Frame:
    grain = random.normal(0, 60, (high // int(random.integers(2, 9)) + 1, wide // int(random.integers(2, 40)) + 1))
    return np.clip(cv2.resize(grain, (wide, high), interpolation=cv2.INTER_CUBIC) + 120, 0, 255).astype(np.uint8)


def _stripes(random: np.random.Generator, wide: int, high: int) -> Frame:
    """Stripes of even width: blinds, grilles, heat sinks."""
    across = np.arange(wide)
    period = float(random.uniform(5, 40))
    row = np.where(np.sin(2 * np.pi * across / period + random.uniform(0, 6)) > random.uniform(-0.6, 0.6), 225, 30)
    return np.repeat(row[None].astype(np.uint8), high, axis=0)


def _broken_label(random: np.random.Generator, wide: int, high: int) -> Frame:
    """A label whose every bar code is cut off at one side or has bars scratched out: no code can be read of it."""
    image = np.full((high, wide), 90, np.uint8)
    label = np.asarray(labels.phone_label(PHONE, PHONE_SERIAL, IMEIS, GTIN).convert("L")).copy()
    cut = int(random.integers(150, 300))
    label[:, cut : cut + int(random.integers(40, 90))] = int(random.choice([15, 250]))
    label = label[: high - 4, : wide - 4]
    image[2 : 2 + label.shape[0], 2 : 2 + label.shape[1]] = label
    return image


#: What a broken label still says in the clear, should a decoder bridge the gap; everything else would be wrong.
BROKEN_TRUTH = frozenset({*IMEIS, PHONE_SERIAL, GTIN, format_unit(PHONE, PHONE_SERIAL)})
