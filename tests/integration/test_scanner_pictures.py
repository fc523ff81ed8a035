"""Real pictures and PDF files: labels as photographed, and every kind of file that is none."""

import io
from datetime import date
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

import resources
from app.scanner import pictures
from app.scanner.arrays import read_array
from app.scanner.live import LiveReader
from app.scanner.pdfs import MOST_PAGES, read_file, read_pdf
from app.scanner.pictures import read_picture
from core import identifiers as ids
from core.refusals import Refusal
from tools import labels

MODEL, SERIAL, GTIN = "LED55K35U", "K35U5523A0810472", "6901234567892"
WANTED = {MODEL, SERIAL, GTIN, f"FX-U:{MODEL}|{SERIAL}"}
INVOICE = ids.Invoice("32", "", "25442000000012345678", 329900, date(2025, 3, 6))
PATTERNS = ids.parse_patterns(resources.path("patterns", "konwell.json").read_bytes())


def encoded(picture, kind="PNG", **options):
    buffer = io.BytesIO()
    picture.save(buffer, kind, **options)
    return buffer.getvalue()


@pytest.fixture(scope="module")
def label():
    return labels.product_label(MODEL, SERIAL, GTIN)


@pytest.fixture
def bare_code():
    return labels.bars("code128", SERIAL).convert("RGB")


def texts(reading):
    return {code.text for code in reading.codes}


def refused(call, *arguments):
    with pytest.raises(Refusal) as caught:
        call(*arguments)
    return caught.value


class TestLabels:
    @pytest.mark.parametrize("tilt", [0, 15, 22, 30, 40, 60, -25, 175])
    def test_every_code_of_a_tilted_noisy_label(self, label, tilt):
        photo = labels.photograph(label, tilt, noise=10, blur=0.9, seed=3)
        reading = read_picture(encoded(photo, "JPEG", quality=85))
        assert texts(reading) == WANTED
        assert reading.size == photo.size
        assert reading.refusals == ()

    @pytest.mark.parametrize("size", [(4000, 3000), (1920, 1440)])
    def test_a_label_that_is_a_small_part_of_a_photograph(self, label, size):
        scene = np.random.default_rng(1).normal(110, 9, (size[1], size[0])).clip(0, 255).astype(np.uint8)
        photo = np.asarray(labels.photograph(label, 25, noise=8, seed=2).convert("L"))
        scene[200 : 200 + photo.shape[0], 400 : 400 + photo.shape[1]] = photo
        assert {code.text for code in read_array(scene)} == WANTED

    def test_the_corners_lie_on_the_code(self, label):
        reading = read_picture(encoded(labels.photograph(label, 0, perspective=0, noise=2, seed=1)))
        serial = next(code for code in reading.codes if code.text == SERIAL)
        left, top = 0.08 * 900, 0.08 * 640
        xs, ys = [x - left for x, _ in serial.corners], [y - top for _, y in serial.corners]
        assert 40 < min(xs) < 80
        assert 560 < max(xs) < 680
        assert 92 + 178 * 2 + 20 < min(ys) <= max(ys) < 92 + 178 * 2 + 130

    def test_the_serial_is_chosen_from_the_photograph(self, label):
        reading = read_picture(encoded(labels.photograph(label)))
        chosen = ids.choose(reading.codes, PATTERNS, MODEL, {GTIN.zfill(14): MODEL}, {"K35U55": MODEL})
        assert chosen.serial == SERIAL
        assert {code.chosen_as for code in chosen.codes} == {"serial", "model", "gtin"}

    def test_a_phones_label(self):
        imeis = (ids.make_imei("26053179", 311383), ids.make_imei("26053179", 311384))
        serial = ids.make_serial(PATTERNS[1], "P30A", date(2024, 5, 1), 77)
        picture = labels.photograph(labels.phone_label("KP-P30A", serial, imeis, GTIN), 18, seed=5)
        chosen = ids.choose(read_picture(encoded(picture)).codes, PATTERNS)
        assert (chosen.serial, chosen.imeis, chosen.gtin) == (serial, imeis, GTIN.zfill(14))

    def test_an_invoice(self):
        reading = read_picture(encoded(labels.photograph(labels.invoice_picture(INVOICE), 12, seed=2)))
        assert ids.choose(reading.codes, PATTERNS).invoice == INVOICE

    def test_the_same_arguments_give_the_same_picture(self, label):
        first, second = (np.asarray(labels.photograph(label, 20, seed=8)) for _ in range(2))
        assert np.array_equal(first, second)
        assert not np.array_equal(first, np.asarray(labels.photograph(label, 20, seed=9)))

    def test_the_generators_command_line(self, tmp_path, capsys):
        assert labels.main(["--to", str(tmp_path), "--tilt", "10"]) == 0
        printed = {Path(line) for line in capsys.readouterr().out.splitlines()}
        assert printed == set(tmp_path.iterdir())
        assert {path.name for path in printed} >= {"label.png", "label-photo.jpg", "invoice.png", "signature.png"}
        assert SERIAL in texts(read_file(tmp_path / "label-photo.jpg"))
        assert ids.parse_invoice(read_file(tmp_path / "invoice-photo.jpg").codes[0].text) == INVOICE


class TestKindsOfPicture:
    @pytest.mark.parametrize("kind", ["PNG", "JPEG", "WEBP", "BMP", "TIFF", "GIF"])
    def test_usual_files(self, bare_code, kind, tmp_path):
        path = tmp_path / f"标签.{kind.lower()}"
        path.write_bytes(encoded(bare_code, kind))
        reading = read_file(path)
        assert texts(reading) == {SERIAL}
        assert len(reading.sha256) == 64

    def test_transparent_paper_counts_as_white(self, bare_code):
        clear = Image.new("RGBA", bare_code.size, (0, 0, 0, 0))
        clear.paste((0, 0, 0, 255), mask=Image.eval(bare_code.convert("L"), lambda tone: 255 - tone))
        assert texts(read_picture(encoded(clear))) == {SERIAL}

    def test_sixteen_bits(self, bare_code):
        deep = Image.fromarray(np.asarray(bare_code.convert("L")).astype(np.uint16) * 257)
        assert texts(read_picture(encoded(deep))) == {SERIAL}

    def test_the_cameras_rotation_is_applied(self, bare_code):
        exif = Image.Exif()
        exif[0x0112] = 6
        reading = read_picture(encoded(bare_code, "JPEG", exif=exif.tobytes()))
        assert reading.size == (bare_code.height, bare_code.width)
        assert texts(reading) == {SERIAL}

    @pytest.mark.parametrize("mode", ["RGB", "P"])
    def test_a_very_large_picture_is_reduced_and_its_corners_are_not(self, bare_code, mode):
        wide = bare_code.resize((bare_code.width * 8, bare_code.height * 45), Image.Resampling.NEAREST)
        reading = read_picture(encoded(wide.convert(mode)))
        assert wide.width * wide.height > 16_000_000
        assert texts(reading) == {SERIAL}
        assert max(x for x, _ in reading.codes[0].corners) > wide.width / 2

    def test_light_bars_on_dark(self, bare_code):
        paper = Image.new("L", (bare_code.width + 80, 200), 255)
        paper.paste(bare_code, (40, 50))
        assert texts(read_picture(encoded(Image.eval(paper, lambda tone: 255 - tone)))) == {SERIAL}

    def test_a_picture_without_codes_is_no_refusal(self):
        assert read_picture(encoded(Image.new("RGB", (300, 200), "gray"))).codes == ()

    def test_colour_arrays_as_opencv_gives_them(self, bare_code):
        array = np.asarray(bare_code)
        assert read_array(array)[0].text == SERIAL
        assert read_array(np.dstack([array, array[..., :1]]))[0].text == SERIAL

    @pytest.mark.parametrize("shape", [(1, 1), (2, 3), (1, 5000), (5000, 1), (3, 9000), (40, 40), (7000, 20)])
    def test_odd_shapes_do_no_harm(self, shape):
        stripes = np.tile((np.arange(shape[1]) % 6 < 3) * 255, (shape[0], 1)).astype(np.uint8)
        grain = np.random.default_rng(1).integers(0, 255, shape, dtype=np.uint8)
        for array in (np.zeros(shape, np.uint8), stripes, grain):
            reader = LiveReader()
            assert read_array(array) == ()
            assert [reader.read(array, at * 40.0).codes for at in range(10)] == [()] * 10

    def test_only_the_wanted_formats(self, bare_code):
        assert read_picture(encoded(bare_code), ["QRCode"]).codes == ()

    def test_gs1_keeps_its_separator(self):
        import zxingcpp

        content = "(01)09506000134352(10)L1(21)ABC"
        code = zxingcpp.create_barcode(content, zxingcpp.BarcodeFormat.DataMatrix, gs1=True)
        image = np.array(code.to_image(scale=5))
        (found,) = read_array(image)
        assert (found.symbology_id, found.text) == ("]d2", "010950600013435210L1\x1d21ABC")


class TestBadFiles:
    def test_no_such_file(self, tmp_path):
        assert refused(read_file, tmp_path / "none.png").code == "file_missing"

    def test_a_folder(self, tmp_path):
        assert refused(read_file, tmp_path).code == "file_unreadable"

    @pytest.mark.parametrize("data", [b"", b"hello", b"GIF89a", b"<svg/>", b"\x89PNG\r\n\x1a\n", bytes(range(256)) * 9])
    def test_what_is_no_picture(self, data):
        assert refused(read_file, data).code in {"picture_unknown", "picture_damaged"}

    @pytest.mark.parametrize("kind", ["PNG", "JPEG", "WEBP"])
    def test_a_cut_file(self, bare_code, kind):
        data = encoded(bare_code, kind)
        assert refused(read_file, data[: len(data) // 2]).code in {"picture_damaged", "picture_unknown"}

    def test_too_many_bytes(self, monkeypatch, bare_code, tmp_path):
        monkeypatch.setattr(pictures, "MOST_BYTES", 100)
        (tmp_path / "a.png").write_bytes(encoded(bare_code))
        assert refused(read_file, tmp_path / "a.png").code == "file_too_large"

    @pytest.mark.parametrize("size", [(9100, 9000), (16000, 12000), (20000, 20000)])
    def test_too_many_pixels_are_not_even_decoded(self, size):
        data = encoded(Image.new("1", size))
        assert refused(read_file, data).code == "picture_too_large"


class TestDamage:
    """Files with bytes changed or cut off anywhere are read or refused, never anything else."""

    @pytest.mark.filterwarnings("ignore::UserWarning:PIL.*")  # Pillow warns of damaged tags and goes on
    @pytest.mark.parametrize("kind", ["PNG", "JPEG", "WEBP", "GIF", "TIFF", "BMP", "PDF"])
    def test_any_damage_is_read_or_refused(self, kind):
        whole, random = encoded(labels.bars("code128", SERIAL, 30, 1), kind), np.random.default_rng(7)
        answers = set()
        for _ in range(25):
            data = bytearray(whole)
            for place in random.integers(0, min(len(data), 400), 3):
                data[place] = random.integers(0, 256)
            if random.random() < 0.3:
                del data[random.integers(1, len(data)) :]
            try:
                answers.add(type(read_file(bytes(data)).codes))
            except Refusal as refusal:
                answers.add(refusal.code)
        assert answers <= {tuple, "picture_unknown", "picture_damaged", "picture_too_large", "pdf_locked"}


class TestPdf:
    def pdf(self, *pages):
        return encoded(pages[0], "PDF", resolution=150, save_all=True, append_images=list(pages[1:]))

    def test_pages_and_their_codes_once(self, label, bare_code, tmp_path):
        path = tmp_path / "papers.pdf"
        path.write_bytes(self.pdf(labels.invoice_picture(INVOICE), label, bare_code))
        reading = read_file(path)
        assert {ids.format_invoice(INVOICE), SERIAL, GTIN} <= texts(reading)
        assert len(reading.codes) == len(texts(reading))
        assert abs(reading.size[0] - 2000) <= 1

    def test_drawn_pages_are_read_on_white(self):
        row = np.asarray(labels.bars("code128", SERIAL, 1, 1))[0]
        bars = b"".join(b"%d 20 1 60 re f " % place for place in np.flatnonzero(row == 0))
        assert texts(read_pdf(drawn(bars, len(row), 100))) == {SERIAL}

    def test_more_pages_than_are_read(self, bare_code):
        blank = Image.new("RGB", (60, 60), "white")
        reading = read_pdf(self.pdf(bare_code, *[blank] * MOST_PAGES))
        assert texts(reading) == {SERIAL}
        assert [one.code for one in reading.refusals] == ["pdf_pages_left_out"]
        assert reading.refusals[0].facts["count"] == MOST_PAGES + 1

    def test_a_broken_pdf(self, bare_code):
        assert refused(read_file, b"%PDF-1.4 nothing").code == "picture_unknown"
        assert refused(read_file, self.pdf(bare_code)[:200]).code == "picture_unknown"

    def test_a_locked_pdf(self):
        assert refused(read_file, LOCKED).code == "pdf_locked"


def drawn(content, width, height):
    """A one-page PDF (sizes in points) that draws `content` and paints no paper."""
    return (
        b"%%PDF-1.4\n1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj\n2 0 obj<</Type/Pages/Kids[3 0 R]/Count 1>>endobj\n"
        b"3 0 obj<</Type/Page/Parent 2 0 R/Contents 4 0 R/MediaBox[0 0 %d %d]>>endobj\n"
        b"4 0 obj<</Length %d>>stream\n%s\nendstream endobj\ntrailer<</Root 1 0 R/Size 5>>\n%%%%EOF\n"
    ) % (width, height, len(content), content)


# A one-page file whose user password is not empty: the standard security handler, 40 bits, with arbitrary keys.
LOCKED = (
    b"%PDF-1.4\n1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj\n"
    b"2 0 obj<</Type/Pages/Kids[3 0 R]/Count 1>>endobj\n"
    b"3 0 obj<</Type/Page/Parent 2 0 R/MediaBox[0 0 9 9]>>endobj\n"
    b"4 0 obj<</Filter/Standard/V 1/R 2/P -4/O<" + b"11" * 32 + b">/U<" + b"22" * 32 + b">>>endobj\n"
    b"trailer<</Root 1 0 R/Size 5/Encrypt 4 0 R/ID[<00><00>]>>\n%%EOF\n"
)
