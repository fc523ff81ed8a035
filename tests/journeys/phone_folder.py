"""A phone's folder as a technician brings it in the evening: slips and labels photographed, with the camera's times."""

import os
from datetime import datetime
from pathlib import Path

import pypdfium2
from PIL import Image

from app.ui.printing import A5, KINDS, PAPER_DPI, FieldSlip, paper_print, slip_paper, write_print
from tools.labels import photograph


def slip_picture(number: str, folder: Path, seed: int = 1) -> Image.Image:
    """The slip that our own printing writes, photographed."""
    words = dict.fromkeys(("customer", "phone", "address", "unit", "serial", "appointment", "fault"), "—")
    slip = FieldSlip(order_number=number, service="上门", station="深圳南山网点", technician="李伟", **words)
    what = paper_print(KINDS["field_slip"], number, lambda: slip_paper(slip))
    file = write_print(what, folder / f"{number}.pdf", A5, PAPER_DPI)
    document = pypdfium2.PdfDocument(file)
    page = document[0].render(scale=200 / 72).to_pil().convert("RGB")
    document.close()
    file.unlink()
    return photograph(page.crop((0, 0, page.width, page.height // 3)), 4, noise=4, seed=seed)


def scene(tone: int, size: tuple[int, int] = (900, 700)) -> Image.Image:
    """A picture of damage: nothing to read in it."""
    return Image.effect_noise(size, 30).point(lambda value: max(0, min(255, value + tone))).convert("RGB")


def save(picture: Image.Image, file: Path, taken: datetime | None) -> Path:
    """As a phone saves it; without ``taken`` as a messenger does, which drops all facts."""
    exif = Image.Exif()
    if taken is not None:
        facts = exif.get_ifd(0x8769)
        facts[0x9003] = taken.strftime("%Y:%m:%d %H:%M:%S")
        facts[0x9011] = taken.strftime("%z")[:3] + ":" + taken.strftime("%z")[3:]
        exif[0x8769] = facts
    picture.save(file, "JPEG", quality=88, exif=exif)
    os.utime(file, (1_770_000_000, 1_770_000_000))
    return file
