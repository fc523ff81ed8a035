"""Pictures of telephones: HEIC, AVIF, all eight rotations, raw files, and bounds that hold for each of them."""

import io
import struct
from pathlib import Path

import pytest
from PIL import Image, ImageDraw

from app.actions.attachments import MAGIC
from app.scanner import opening
from app.scanner.engines import STATION_FORMATS
from app.scanner.many import read_one_of_many
from app.scanner.opening import as_jpeg, shown
from app.scanner.pdfs import read_expected, read_file
from core.identifiers import label_form
from core.refusals import Refusal
from tools import labels

HEIC = Path(__file__).parent.parent / "data" / "label.heic"  # our own label, written once by libheif
SERIAL = "K35U5523A0810472"
ORIENTATION = 0x0112
#: Orientation → what a camera does to the upright picture before it stores it.
STORED = {
    1: None,
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_90,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_270,
}


def encoded(picture, kind, **options):
    written = io.BytesIO()
    picture.save(written, kind, **options)
    return written.getvalue()


def refused(call, *given):
    with pytest.raises(Refusal) as caught:
        call(*given)
    return caught.value.code


@pytest.fixture(scope="module")
def upright():
    """Bars with a red mark at the top left."""
    sheet = Image.new("RGB", (1100, 420), "white")
    sheet.paste(labels.bars("code128", SERIAL), (180, 200))
    ImageDraw.Draw(sheet).rectangle((0, 0, 99, 99), fill="red")
    return sheet


@pytest.mark.parametrize("orientation", STORED)
def test_all_eight_rotations_are_read_and_shown_upright(upright, orientation):
    exif = Image.Exif()
    exif[ORIENTATION] = orientation
    turn = STORED[orientation]
    stored = upright if turn is None else upright.transpose(turn)
    data = encoded(stored, "JPEG", quality=92, exif=exif)
    reading = read_file(data)
    assert [code.text for code in reading.codes] == [SERIAL]
    assert reading.size == upright.size
    seen = shown(data, "x.jpg", 550)
    assert (seen.width, seen.height) == (550, 210)
    picture = Image.frombytes("RGB", (seen.width, seen.height), seen.rgb)
    red, green, _blue = picture.getpixel((20, 20))
    assert red > 200 and green < 80
    xs = [x / seen.factor for x, _ in reading.codes[0].corners]
    ys = [y / seen.factor for _, y in reading.codes[0].corners]
    assert 90 < min(xs) < 130 and 95 < min(ys) < max(ys) < 150
    kept = as_jpeg(data, "x.jpg")
    with Image.open(io.BytesIO(kept)) as again:
        assert again.size == upright.size
        assert again.getexif().get(ORIENTATION, 1) == 1


def test_heic_is_read_shown_and_kept_as_jpeg_with_its_time():
    data = HEIC.read_bytes()
    reading = read_file(HEIC)
    assert SERIAL in {code.text for code in reading.codes}
    assert reading.size == (1100, 784)
    seen = shown(data, HEIC.name, 500)
    assert (seen.width, seen.height, round(seen.factor, 1)) == (500, 356, 2.2)
    kept = as_jpeg(data, HEIC.name)
    assert kept == as_jpeg(data, HEIC.name)
    assert any(kept.startswith(magic) for magic in MAGIC)
    with Image.open(io.BytesIO(kept)) as again:
        assert again.getexif().get_ifd(0x8769)[0x9003] == "2026:03:17 09:12:30"
    assert SERIAL in {code.text for code in read_file(kept).codes}


def test_avif_is_read(upright):
    data = encoded(upright, "AVIF", quality=80)
    assert [code.text for code in read_file(data).codes] == [SERIAL]
    assert shown(data, "x.avif", 300).width == 300


@pytest.mark.parametrize("kind", ["HEIC", "AVIF"])
def test_bounds_on_pixels_hold_before_anything_is_decoded(upright, kind):
    """The heading claims 30,000 × 30,000 pixels."""
    data = HEIC.read_bytes() if kind == "HEIC" else encoded(upright, "AVIF")
    place = data.index(b"ispe") + 8
    bomb = data[:place] + struct.pack(">II", 30_000, 30_000) + data[place + 8 :]
    assert refused(read_file, bomb) in {"picture_too_large", "picture_unknown"}
    assert refused(shown, bomb, "bomb", 500) in {"picture_too_large", "picture_unknown"}


def test_a_heic_picture_with_more_pixels_than_are_taken_is_refused(monkeypatch):
    monkeypatch.setattr(opening, "MOST_PIXELS", 800_000)
    assert refused(read_file, HEIC) == "picture_too_large"


@pytest.mark.parametrize("share", [0.02, 0.1, 0.5, 0.95])
def test_a_heic_picture_that_was_cut_off_is_refused(share):
    data = HEIC.read_bytes()
    assert refused(read_file, data[: int(len(data) * share)]) in {"picture_damaged", "picture_unknown"}


@pytest.mark.parametrize(
    ("name", "data"),
    [
        ("IMG_1.DNG", b"II*\0\x08\0\0\0" + bytes(200)),
        ("a.cr3", b"\0\0\0\x18ftypcrx " + bytes(100)),
        ("no-ending", b"\0\0\0\x18ftypcrx " + bytes(100)),
        ("b.nef", b"MM\0*\0\0\0\x08" + bytes(100)),
        ("no-ending", b"FUJIFILMCCD-RAW 0201" + bytes(100)),
    ],
)
def test_raw_files_are_refused_with_what_to_do(tmp_path, name, data):
    file = tmp_path / name
    file.write_bytes(data)
    assert refused(read_file, file) == "picture_raw"


def test_a_tiff_is_no_raw_file(upright):
    assert [code.text for code in read_file(encoded(upright, "TIFF")).codes] == [SERIAL]


def test_each_code_of_a_document_has_its_page():
    """The same code on two pages is there once, with the first."""
    sheets = []
    for text in ("PAGE-ONE", "PAGE-TWO", "PAGE-ONE"):
        sheet = Image.new("L", (900, 500), 255)
        sheet.paste(labels.bars("code128", text), (60, 60))
        sheets.append(sheet)
    data = encoded(sheets[0], "PDF", save_all=True, append_images=sheets[1:], resolution=100)
    assert [(code.text, code.page) for code in read_file(data).codes] == [("PAGE-ONE", 1), ("PAGE-TWO", 2)]
    assert [code.page for code in read_file(encoded(sheets[0], "PNG")).codes] == [0]


@pytest.mark.parametrize("tilt", [0, 25, 60])
def test_a_label_in_one_of_many_pictures_is_read_where_it_lies(tilt):
    """12 megapixels, the label a third as wide: its corners are those of the whole picture."""
    label = labels.photograph(labels.product_label("LED55K35U", SERIAL, "6901234567892"), tilt, noise=6, seed=2)
    scene = Image.new("RGB", (4000, 3000), "#777777")
    scene.paste(label.resize((1800, 1800 * label.height // label.width)), (1500, 200))
    reading = read_one_of_many(encoded(scene, "JPEG", quality=88), "x.jpg", ["Code128", "QRCode", "EAN13"])
    assert SERIAL in {code.text for code in reading.codes}
    assert reading.size == (4000, 3000)
    assert all(1500 <= x <= 3300 for code in reading.codes for x, _ in code.corners)


# --- the formats of the label that is expected

PHONE = label_form("phone").formats


def test_of_a_label_only_the_expected_formats_are_read(upright):
    sheet = upright.copy()
    sheet.paste(labels.bars("code39", "AB12CD"), (180, 20))
    data = encoded(sheet, "PNG")
    assert {code.format for code in read_file(data).codes} == {"Code128", "Code39"}
    assert {code.format for code in read_expected(data, PHONE).codes} == {"Code128"}
    assert {code.format for code in read_expected(data, ()).codes} == {"Code128", "Code39"}


def test_where_nothing_expected_is_read_the_other_formats_are_tried(upright):
    data = encoded(upright, "PDF")
    assert [(code.text, code.page) for code in read_expected(data, ("QRCode", "EAN13")).codes] == [(SERIAL, 1)]
    assert read_expected(encoded(Image.new("RGB", (300, 200), "white"), "PNG"), PHONE).codes == ()
    assert read_expected(encoded(Image.new("RGB", (300, 200), "white"), "PNG"), STATION_FORMATS).codes == ()
