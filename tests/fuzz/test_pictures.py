"""Picture files of every evil kind: each is read or refused with a sentence, in bounded memory and time."""

import io
import multiprocessing
import resource
import struct
import zlib
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from app.scanner.pdfs import read_file
from core.refusals import Refusal
from tools import labels

SERIAL = "K35U5523A0810472"
KINDS = ("PNG", "JPEG", "WEBP", "GIF", "TIFF", "BMP", "PPM")
MAGICS = {
    "PNG": b"\x89PNG\r\n\x1a\n", "JPEG": b"\xff\xd8\xff\xe0\0\x10JFIF\0", "GIF": b"GIF89a", "BMP": b"BM",
    "TIFF": b"II*\0\x08\0\0\0", "WEBP": b"RIFF\xff\0\0\0WEBPVP8 ", "PPM": b"P6 40 40 255\n", "PDF": b"%PDF-1.7\n",
}  # fmt: skip


def encoded(picture, kind="PNG", **options):
    buffer = io.BytesIO()
    picture.save(buffer, kind, **options)
    return buffer.getvalue()


def label(mode="RGB"):
    return labels.bars("code128", SERIAL, 60).convert(mode)


WHOLE = {kind: encoded(label(), kind) for kind in KINDS}


def outcome(data):
    """What became of a file: its texts, or the code of a refusal that says something."""
    try:
        return {code.text for code in read_file(data).codes}
    except Refusal as refused:
        refusal = refused
    assert "{" not in refusal.sentence()
    return refusal.code


@pytest.mark.filterwarnings("ignore::UserWarning:PIL.*")  # Pillow warns of damaged tags and goes on
class TestDamage:
    @given(st.sampled_from(KINDS), st.floats(0, 1))
    @settings(max_examples=60)
    def test_cut_anywhere(self, kind, share):
        data = WHOLE[kind][: int(len(WHOLE[kind]) * share)]
        assert outcome(data) in ("picture_unknown", "picture_damaged", {SERIAL}, set())

    @given(st.sampled_from(sorted(MAGICS)), st.binary(max_size=400))
    @settings(max_examples=120)
    def test_right_magic_and_any_bytes(self, kind, rest):
        allowed = ("picture_unknown", "picture_damaged", "picture_too_large", "pdf_locked", set())
        assert outcome(MAGICS[kind] + rest) in allowed


class TestForms:
    @pytest.mark.parametrize("mode", ["1", "L", "LA", "P", "RGB", "RGBA", "CMYK", "YCbCr", "I;16", "I", "F"])
    def test_every_mode(self, mode):
        gray = np.asarray(label("L"))
        wide = {"I;16": (np.uint16, 257), "I": (np.int32, 1), "F": (np.float32, 1.0)}.get(mode)
        picture = Image.fromarray(gray.astype(wide[0]) * wide[0](wide[1])) if wide else label().convert(mode)
        kind = "TIFF" if mode in {"CMYK", "YCbCr", "F", "I"} else "PNG"
        assert outcome(encoded(picture, kind)) == {SERIAL}

    def test_print_colours_in_a_jpeg(self):
        assert outcome(encoded(label("CMYK"), "JPEG", quality=90)) == {SERIAL}

    @pytest.mark.parametrize("kind", ["GIF", "WEBP", "PNG", "TIFF"])
    def test_of_an_animation_the_first_picture_is_read(self, kind):
        blank = [Image.new("RGB", label().size, tone) for tone in ("white", "gray", "black")]
        assert outcome(encoded(label(), kind, save_all=True, append_images=blank)) == {SERIAL}

    @pytest.mark.parametrize("size", [(30_000, 40), (40, 30_000), (30_000, 1), (1, 30_000), (30_000, 2600)])
    def test_very_long_sides(self, size):
        picture = Image.new("L", size, 255)
        picture.paste(label("L"), (10, 0))
        small = min(size) < label().height
        assert outcome(encoded(picture)) in (
            (set(), {SERIAL}) if small or max(size) * min(size) > 10**7 else ({SERIAL},)
        )

    @pytest.mark.parametrize(("width", "height"), [(0, 0), (0, 10), (10, 0)])
    def test_no_size_at_all(self, width, height):
        assert outcome(png(width, height, b"")) in ("picture_unknown", "picture_damaged")


def png(width, height, pixels):
    """A PNG whose header may say anything."""
    header = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    chunks = [(b"IHDR", header), (b"IDAT", pixels), (b"IEND", b"")]
    return MAGICS["PNG"] + b"".join(
        struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data)) for name, data in chunks
    )


def bomb(width, height):
    """Some kilobytes that want to become `width` × `height` pixels."""
    packer = zlib.compressobj(9)
    line = b"\0" * (width + 1)
    return png(width, height, b"".join([*(packer.compress(line) for _ in range(height)), packer.flush()]))


BOMBS = {
    "more pixels than are read": lambda: png(200_000, 200_000, zlib.compress(b"")),
    "as many as are read": lambda: bomb(9_900, 8_000),
    "a header that lies": lambda: png(8_000, 8_000, zlib.compress(b"\0" * 100)),
    "a wide palette": lambda: encoded(Image.new("P", (9_000, 8_000)), "PNG"),
    "print colours": lambda: encoded(Image.new("CMYK", (4_000, 4_000)), "TIFF", compression="tiff_lzw"),
}


def _bounded(data, answers):
    """In a process that may not take more than 1.5 GB beyond what it has."""
    have = int(Path("/proc/self/statm").read_text().split()[0]) * resource.getpagesize()
    resource.setrlimit(resource.RLIMIT_AS, (have + 1_500_000_000, have + 1_500_000_000))
    found = outcome(data)
    answers.send((found, resource.getrusage(resource.RUSAGE_SELF).ru_utime))


@pytest.mark.parametrize("name", BOMBS)
def test_a_bomb_takes_bounded_memory_and_time(name):
    mine, theirs = multiprocessing.get_context("fork").Pipe()
    process = multiprocessing.get_context("spawn").Process(target=_bounded, args=(BOMBS[name](), theirs))
    process.start()
    theirs.close()
    found, seconds = mine.recv()
    process.join()
    assert found in (set(), "picture_too_large", "picture_damaged", "picture_unknown")
    assert seconds < 60  # of processor time, mostly for starting; without bounds it takes minutes or all memory
