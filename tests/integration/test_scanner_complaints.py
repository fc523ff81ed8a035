"""What people complained of in other programs' issue lists, each by its number, on real pictures of bar codes."""

import barcode
import numpy as np
import pytest
import zxingcpp
from PIL import Image

from app.scanner.acceptance import is_sure
from app.scanner.arrays import read_array
from app.scanner.engines import EVERY_FORMAT, STATION_FORMATS, read_zbar
from tools import labels


def drawn(kind, text, scale=4):
    """A code of any kind on white."""
    code = zxingcpp.create_barcode(text, getattr(zxingcpp.BarcodeFormat, kind))
    return np.pad(np.array(code.to_image(scale=scale)), 60, constant_values=255)


def code_39(text, *, add_checksum):
    """A Code 39 as python-barcode builds it."""
    (pattern,) = barcode.get_barcode_class("code39")(text, add_checksum=add_checksum).build()
    row = np.repeat([0 if bit == "1" else 255 for bit in pattern], 3).astype(np.uint8)
    return np.pad(np.tile(row, (120, 1)), 60, constant_values=255)


def stripes(seed):
    """Bars of chance, as edges of tables, gratings and print have them."""
    random = np.random.default_rng(seed)
    row = np.repeat(np.arange(60) % 2 * 255, random.choice([3, 3, 7, 9], 60))
    return np.tile(row, (random.integers(40, 200), 1)).astype(np.uint8)


class TestGhosts:
    """pyzbar #43: interleaved 2 of 5 of zero size, read where there is nothing."""

    def test_zbar_is_never_asked_for_interleaved_codes(self):
        picture = drawn("ITF", "15400141288763")
        assert read_zbar(picture, EVERY_FORMAT) == []
        (code,) = read_array(picture, EVERY_FORMAT)
        assert (code.format, code.text, is_sure(code)) == ("ITF", "15400141288763", True)

    @pytest.mark.parametrize("seed", range(8))
    def test_bars_of_chance_are_no_code_and_if_one_none_that_is_sure(self, seed):
        for picture in (stripes(seed), np.rot90(stripes(seed)).copy()):
            assert [code for code in read_array(picture, EVERY_FORMAT) if is_sure(code)] == []

    @pytest.mark.parametrize("text", ["1234", "123456"])
    def test_a_short_interleaved_code_asks_for_a_look(self, text):
        assert not any(is_sure(code) for code in read_array(drawn("ITF", text), EVERY_FORMAT))

    def test_every_code_has_a_place(self):
        for kind, text in (("Code128", "K35U55"), ("EAN13", "690123456789"), ("ITF", "15400141288763")):
            (code,) = read_array(drawn(kind, text), EVERY_FORMAT)
            xs, ys = zip(*code.corners, strict=True)
            assert max(xs) - min(xs) > 50 and max(ys) > min(ys)

    def test_an_ean_13_hides_no_upc_e_nor_ean_8(self):
        (code,) = read_array(np.asarray(labels.bars("ean13", "6901234567892")), EVERY_FORMAT)
        assert (code.format, code.text) == ("EAN13", "6901234567892")


def test_a_upc_e_keeps_its_eight_digits():
    """Pyzbar #160: a UPC-E comes as the UPC-A it stands for, which is not what is printed below it."""
    (code,) = read_array(drawn("UPCE", "0123456"), EVERY_FORMAT)
    assert (code.format, code.text) == ("UPCE", "01234565")
    assert is_sure(code)


@pytest.mark.parametrize("text", ["0000123", "00012300", "0", "000000000000", "0010-00"])
@pytest.mark.parametrize("kind", ["Code39", "Code128", "Code93"])
def test_zeros_at_either_end_are_kept(kind, text):
    """Zeros dropped in Code 39 and Code 128: a serial is text, never a number."""
    read = read_array(drawn(kind, text), EVERY_FORMAT)
    assert [code.text for code in read] == ([text] if len(text) > 1 else [])
    for code in read:
        assert code.raw == text.encode()


class TestCode39CheckCharacter:
    """python-barcode #85: its Code 39 adds a check character unasked, so that the label reads one character longer."""

    def test_a_label_without_one_reads_as_it_is_printed(self):
        (code,) = read_array(code_39("K35U55", add_checksum=False), STATION_FORMATS)
        assert code.text == "K35U55"

    def test_one_that_is_there_is_kept_for_the_patterns_to_judge(self):
        (code,) = read_array(code_39("K35U55", add_checksum=True), STATION_FORMATS)
        assert code.text[:-1] == "K35U55"


def test_pictures_that_the_window_reads_are_arrays_of_one_kind():
    """What the clipboard and the camera give: colour, not contiguous, read only."""
    picture = np.asarray(Image.fromarray(drawn("QRCode", "K35U55")).convert("RGB"))
    for view in (picture, picture[:, ::-1][:, ::-1], np.asfortranarray(picture)):
        assert [code.text for code in read_array(view)] == ["K35U55"]
