"""Pictures of product labels and invoices, plain and as if photographed: for the tour, the demonstration and tests.

    python -m tools.labels --to FOLDER [--model M --serial S --gtin G] [--tilt 22] [--noise 9] [--seed 1]

The same arguments give the same pictures.
"""

import argparse
import sys
from datetime import date
from pathlib import Path
from typing import Any

import barcode
import cv2
import numpy as np
import numpy.typing as npt
import zxingcpp
from PIL import Image, ImageDraw, ImageFont

from core.identifiers import Invoice, format_invoice, format_unit

FONTS = (
    "/usr/share/fonts/truetype/wqy/wqy-microhei.ttc",
    "/usr/share/fonts/opentype/noto/NotoSansCJK-Regular.ttc",
    "C:/Windows/Fonts/msyh.ttc",
    "/System/Library/Fonts/PingFang.ttc",
)
MODULE = 3  # pixels of the narrowest bar
INVOICE_FACTS = {"day": "date", "number": "number", "fen": "fen"}  # our option, the story's name
INK, PAPER = "#15181c", "white"


def font(size: int) -> ImageFont.FreeTypeFont | ImageFont.ImageFont:
    """The first font with Chinese characters on this computer, else Pillow's own."""
    for path in FONTS:
        if Path(path).is_file():
            return ImageFont.truetype(path, size)
    return ImageFont.load_default(size)


def bars(kind: str, text: str, height: int = 84, module: int = MODULE) -> Image.Image:
    """A linear bar code (``code128``, ``ean13``) with its quiet zones, every bar whole pixels wide."""
    pattern = "".join(barcode.get_barcode_class(kind)(text).build())
    quiet = 10 * module
    image = Image.new("L", (len(pattern) * module + 2 * quiet, height), 255)
    draw = ImageDraw.Draw(image)
    for place, bit in enumerate(pattern):
        if bit == "1":
            left = quiet + place * module
            draw.rectangle((left, 0, left + module - 1, height - 1), fill=0)
    return image


def qr(text: str, module: int = 4) -> Image.Image:
    """A QR code of medium error correction with its quiet zone."""
    code = zxingcpp.create_barcode(text, zxingcpp.BarcodeFormat.QRCode, ec_level="M")
    return Image.fromarray(np.array(code.to_image(scale=module, add_quiet_zones=True), dtype=np.uint8))


def product_label(
    model: str, serial: str, gtin: str, *, brand: str = "Konwell", name: str = "液晶电视", with_qr: bool = True
) -> Image.Image:
    """A rating label: model, product code (13 digits) and serial as bars, model and serial together as a QR code."""
    image = Image.new("RGB", (900, 640), PAPER)
    draw = ImageDraw.Draw(image)
    draw.rounded_rectangle((6, 6, 893, 633), radius=18, outline=INK, width=3)
    draw.text((40, 26), brand, font=font(44), fill=INK)
    draw.text((250, 38), f"{name}  {model}", font=font(30), fill=INK)
    draw.text((640, 92), "电源 220V~ 50Hz\n功率 145W\n中国制造", font=font(22), fill=INK, spacing=8)
    rows = (("型号 MODEL", "code128", model), ("商品条码", "ean13", gtin), ("机号 S/N", "code128", serial))
    for place, (title, kind, text) in enumerate(rows):
        top = 92 + 178 * place
        draw.text((40, top), title, font=font(22), fill=INK)
        image.paste(bars(kind, text), (28, top + 32))
        draw.text((60, top + 118), text, font=font(26), fill=INK)
    if with_qr:
        code = qr(format_unit(model, serial))
        image.paste(code, (870 - code.width, 270))
    return image


def phone_label(model: str, serial: str, imeis: tuple[str, ...], gtin: str, *, brand: str = "Konwell") -> Image.Image:
    """A phone's box label: product code, IMEIs and serial, one bar code under the other."""
    rows = [("商品条码", "ean13", gtin)]
    rows += [(f"IMEI{place}", "code128", imei) for place, imei in enumerate(imeis, start=1)]
    rows.append(("S/N", "code128", serial))
    image = Image.new("RGB", (760, 90 + 150 * len(rows)), PAPER)
    draw = ImageDraw.Draw(image)
    draw.text((40, 24), f"{brand}  {model}", font=font(34), fill=INK)
    for place, (title, kind, text) in enumerate(rows):
        top = 84 + 150 * place
        draw.text((40, top), f"{title}  {text}", font=font(22), fill=INK)
        image.paste(bars(kind, text), (28, top + 34))
    return image


def invoice_picture(invoice: Invoice, *, seller: str = "深圳市南山区家电商行", goods: str = "液晶电视") -> Image.Image:
    """The head of an electronic invoice with its QR code at the top left."""
    image = Image.new("RGB", (1000, 560), "white")
    draw = ImageDraw.Draw(image)
    image.paste(qr(format_invoice(invoice), 5), (24, 20))
    draw.text((330, 40), "电子发票（普通发票）", font=font(40), fill="#8a3324")
    amount = "—" if invoice.amount_fen is None else f"¥{invoice.amount_fen // 100}.{invoice.amount_fen % 100:02d}"
    day = invoice.date
    facts = (
        f"发票号码：{invoice.number}",
        f"开票日期：{day.year}年{day.month:02d}月{day.day:02d}日",
        f"销售方：{seller}",
    )
    for place, text in enumerate(facts):
        draw.text((470, 120 + 44 * place), text, font=font(26), fill=INK)
    draw.rectangle((24, 300, 976, 536), outline="#8a3324", width=2)
    draw.line((24, 352, 976, 352), fill="#8a3324", width=2)
    draw.text((50, 310), "项目名称                         数量                         金额", font=font(26), fill=INK)
    draw.text(
        (50, 380), f"{goods}                              1                     {amount}", font=font(26), fill=INK
    )
    return image


def photograph(
    picture: Image.Image,
    tilt_deg: float = 22,
    noise: float = 9,
    blur: float = 0.8,
    perspective: float = 0.05,
    light: float = 0.35,
    seed: int = 1,
) -> Image.Image:
    """`picture` as a hand-held phone would see it on a bench.

    `tilt_deg` turns it, `perspective` (share of the width) moves its corners, `light` (0 to 1) darkens one side, `blur`
    and `noise` are standard deviations in pixels and in levels of 255.
    """
    random = np.random.default_rng(seed)
    flat = np.asarray(picture.convert("RGB"), dtype=np.uint8)
    forth, size = _placement(picture.size, tilt_deg, perspective, random)
    scene = _bench(size, random)
    label = cv2.warpPerspective(flat, forth, size, flags=cv2.INTER_AREA)
    inside = cv2.warpPerspective(np.full(flat.shape[:2], 255, np.uint8), forth, size)[..., None] > 127
    shot: npt.NDArray[np.float64] = (
        np.where(inside, label, scene).astype(np.float64) * _shade(size, light, random)[..., None]
    )
    shot = cv2.GaussianBlur(shot, (0, 0), blur).astype(np.float64) if blur > 0 else shot
    shot = shot + random.normal(0, noise, shot.shape) if noise > 0 else shot
    return Image.fromarray(np.clip(shot, 0, 255).astype(np.uint8))


def _placement(
    size: tuple[int, int], tilt_deg: float, perspective: float, random: np.random.Generator
) -> tuple[npt.NDArray[np.float64], tuple[int, int]]:
    """The matrix that puts the picture's corners on a canvas with room around, and that canvas's size."""
    width, height = size
    angle = np.radians(tilt_deg)
    turn = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    corners = np.array([[-width, -height], [width, -height], [width, height], [-width, height]]) / 2
    placed = corners @ turn.T + random.uniform(-perspective, perspective, (4, 2)) * width
    low, high = placed.min(axis=0), placed.max(axis=0)
    margin = 0.08 * (high - low)
    canvas = np.ceil(high - low + 2 * margin).astype(int)
    source = np.array([[0, 0], [width, 0], [width, height], [0, height]], dtype=np.float32)
    matrix = cv2.getPerspectiveTransform(source, (placed - low + margin).astype(np.float32))
    return matrix.astype(np.float64), (int(canvas[0]), int(canvas[1]))


def _bench(size: tuple[int, int], random: np.random.Generator) -> npt.NDArray[np.uint8]:
    """A dark, faintly grained surface."""
    width, height = size
    grain = cv2.resize(random.normal(0, 14, (height // 6 + 1, width // 40 + 1)), size, interpolation=cv2.INTER_CUBIC)
    surface = np.array([66, 58, 50]) + grain[..., None]
    return np.clip(surface, 0, 255).astype(np.uint8)


def _shade(size: tuple[int, int], light: float, random: np.random.Generator) -> npt.NDArray[np.float64]:
    """Brightness over the picture, from 1 on the lamp's side down to 1 - `light`."""
    width, height = size
    angle = random.uniform(0, 2 * np.pi)
    across, down = np.meshgrid(np.linspace(-0.5, 0.5, width), np.linspace(-0.5, 0.5, height))
    slope = across * np.cos(angle) + down * np.sin(angle)
    shade: npt.NDArray[np.float64] = 1 - light * (slope - slope.min()) / np.ptp(slope)
    return shade


def arguments(words: list[str] | None = None) -> argparse.Namespace:
    """The command line, with the sample set of the demonstration as defaults."""
    parser = argparse.ArgumentParser(prog="python -m tools.labels", description=__doc__.split("\n", maxsplit=1)[0])
    parser.add_argument("--to", type=Path, required=True, help="folder for the pictures")
    parser.add_argument("--model", default="LED55K35U")
    parser.add_argument("--serial", default="K35U5523A0810472")
    parser.add_argument("--gtin", default="6901234567892", help="13 digits")
    parser.add_argument("--invoice-day", type=date.fromisoformat, default=date(2025, 3, 6))
    parser.add_argument("--invoice-number", default="25442000000012345678")
    parser.add_argument("--invoice-fen", type=int, default=329900)
    parser.add_argument("--tilt", type=float, default=22.0, help="degrees")
    parser.add_argument("--noise", type=float, default=9.0, help="levels of 255")
    parser.add_argument("--blur", type=float, default=0.8, help="pixels")
    parser.add_argument("--seed", type=int, default=1)
    return parser.parse_args(words)


def of_unit(story: dict[str, Any]) -> list[str]:
    """The arguments for the unit that the sample data puts forward (`story` of `fixpoint-hq init --sample`)."""
    named = {"model": story["model"], "serial": story["serial"], "gtin": story["gtin"][-13:]}
    named |= {f"invoice-{name}": str(story[f"invoice_{given}"]) for name, given in INVOICE_FACTS.items()}
    return [word for name, value in named.items() for word in (f"--{name}", value)]


def signature(name: str) -> Image.Image:
    """A signed name on white paper."""
    picture = Image.new("RGB", (420, 160), PAPER)
    ImageDraw.Draw(picture).text((90, 28), name, font=font(96), fill=INK)
    return picture.rotate(4, fillcolor=PAPER)


def write(wanted: argparse.Namespace) -> list[Path]:
    """Write label and invoice, each plain (PNG) and photographed (JPEG), and a signature; return the files."""
    wanted.to.mkdir(parents=True, exist_ok=True)
    invoice = Invoice("32", "", wanted.invoice_number, wanted.invoice_fen, wanted.invoice_day)
    pictures = {"label": product_label(wanted.model, wanted.serial, wanted.gtin), "invoice": invoice_picture(invoice)}
    files = [wanted.to / "signature.png"]
    signature("陈静").save(files[0])
    for name, picture in pictures.items():
        photo = photograph(picture, wanted.tilt, wanted.noise, wanted.blur, seed=wanted.seed)
        files += [wanted.to / f"{name}.png", wanted.to / f"{name}-photo.jpg"]
        picture.save(files[-2])
        photo.save(files[-1], quality=88)
    return files


def main(words: list[str] | None = None) -> int:
    """Write the pictures; print the files' names."""
    print(*write(arguments(words)), sep="\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
