"""An ITF of four digits: read when nothing else is, never sure; and no part of another code passes for one."""

import numpy as np
import pytest
import zxingcpp

from app.scanner.acceptance import is_sure
from app.scanner.arrays import read_array
from app.scanner.short_itf import read_short_itf

_WIDE = ("00110", "10001", "01001", "11000", "00101", "10100", "01100", "00011", "10010", "01010")


def itf(text, module=3, high=60, margin=40):
    """The bars of an even number of digits, wide ones three modules, on white."""
    widths = [1, 1, 1, 1]
    for first, second in zip(text[::2], text[1::2], strict=True):
        pairs = zip(_WIDE[int(first)], _WIDE[int(second)], strict=True)
        widths += [3 if mark == "1" else 1 for pair in pairs for mark in pair]
    widths += [3, 1, 1]
    row = np.concatenate([np.full(width * module, 255 * (place % 2)) for place, width in enumerate(widths)])
    return np.pad(np.tile(row, (high, 1)), margin, constant_values=255).astype(np.uint8)


def code128(text):
    """A Code 128 on white."""
    code = zxingcpp.create_barcode(text, zxingcpp.BarcodeFormat.Code128)
    return np.array(zxingcpp.write_barcode_to_image(code, scale=2))


@pytest.mark.parametrize("text", ["1515", "9004", "0070", "2468"])
def test_it_is_read_but_never_sure(text):
    (code,) = read_array(itf(text))
    assert (code.format, code.text) == ("ITF", text)
    assert not is_sure(code)


def test_only_when_it_is_wanted():
    assert read_array(itf("1515"), ["Code128"]) == ()


@pytest.mark.parametrize("side", [0, -1])
def test_a_bar_in_a_margin_makes_it_a_part_of_something(side):
    image = itf("1515")
    image[40:100, (30 if side == 0 else -36) : (36 if side == 0 else -30)] = 0
    assert read_short_itf(image) == []


def test_renditions_that_differ_make_it_none():
    """Above and below stand two different codes, as a part of a longer, leaning one would seem."""
    assert read_short_itf(np.concatenate([itf("1515")[:70], itf("2515")[70:]])) == []


def test_another_code_in_the_picture_leaves_it_out():
    image = np.full((320, 640), 255, np.uint8)
    one, other = code128("K35U5523A0810472"), itf("1515")
    image[10 : 10 + one.shape[0], 10 : 10 + one.shape[1]] = one
    image[160 : 160 + other.shape[0], 20 : 20 + other.shape[1]] = other
    assert [code.text for code in read_array(image)] == ["K35U5523A0810472"]


def test_parts_of_other_codes_are_none():
    """Half of a Code 128 or of a longer ITF, its end torn off anywhere."""
    random = np.random.default_rng(1)
    for whole in (code128("12345678901234567890"), code128("K35U5523A0810472"), itf("30712345000010")):
        for _ in range(40):
            begin = int(random.integers(0, whole.shape[1] // 2))
            end = begin + int(random.integers(80, whole.shape[1] // 2))
            assert read_short_itf(np.ascontiguousarray(whole[:, begin:end])) == []
