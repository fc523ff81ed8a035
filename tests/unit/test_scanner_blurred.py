"""EAN-13 too blurred for any engine: read by fit; and no row without a right code is ever accepted."""

import cv2
import numpy as np
import pytest

from app.scanner import blurred
from app.scanner.acceptance import is_sure
from app.scanner.arrays import read_array
from app.scanner.blurred import everywhere, fit_row, is_clear, read_blurred
from app.scanner.blurred_model import BLURS, best_path, judged, look
from benchmarks import blurred_negatives as negatives

NUMBERS = ["6901234567892", "0036000291452", "9780679601050", "4006381333931"]
MODULE, WIDTH = 3.8, 540


def symbols(number):
    """The twelve symbols of an EAN-13, those on the left in the parity of its first digit."""
    parity = ("LLLLLL", "LLGLGG", "LLGGLG", "LLGGGL", "LGLLGG", "LGGLLG", "LGGGLL", "LGLGLG", "LGLGGL", "LGGLGL")
    left = [int(digit) + 10 * (side == "G") for digit, side in zip(number[1:7], parity[int(number[0])], strict=True)]
    return [*left, *map(int, number[7:])]


def row(modules, blur, noise=0.5, seed=1):
    """A row of pixels with these modules in its middle, as a camera out of focus sees it."""
    random = np.random.default_rng(seed)
    fine = np.repeat(modules, 10)
    at = ((np.arange(WIDTH) - WIDTH / 2) / MODULE * 10 + len(fine) / 2).astype(int)
    ink = np.where((at >= 0) & (at < len(fine)), fine[np.clip(at, 0, len(fine) - 1)], 0)
    reach = np.arange(-40, 41)
    kernel = np.exp(-(reach**2) / (2 * (blur * MODULE) ** 2))
    seen = np.convolve(np.pad(ink, 40), kernel / kernel.sum(), "valid")
    return 200 - 90 * seen + np.linspace(-15, 15, WIDTH) + random.normal(0, noise, WIDTH)


def modules(number):
    return (look(symbols(number), 0.05).reshape(-1, 2).mean(axis=1)[4:-4] > 0.5).astype(float)


def picture(number, blur):
    """A label with the code, all of it out of focus."""
    paper, bars = np.full((240, 640), 200.0), np.repeat(modules(number), 4)
    paper[50:190, 130:510] -= 110 * bars[None]
    paper = cv2.GaussianBlur(paper, (0, 0), blur * 4)
    return (paper + np.random.default_rng(3).normal(0, 1.5, paper.shape)).clip(0, 255).astype(np.uint8)


class TestModel:
    @pytest.mark.parametrize("number", NUMBERS)
    @pytest.mark.parametrize("blur", BLURS)
    def test_a_number_is_read_from_its_own_look(self, number, blur):
        found = judged(look(symbols(number), blur), blur)
        assert found.text == number
        assert is_clear(found)

    @pytest.mark.parametrize("place", range(12))
    def test_a_wrong_digit_is_not_mended_by_the_check_digit(self, place):
        wrong = symbols(NUMBERS[0])
        wrong[place] = wrong[place] // 10 * 10 + (wrong[place] + 1) % 10
        for blur in BLURS[:6]:
            assert best_path(look(wrong, blur), blur)[1] == wrong
            assert judged(look(wrong, blur), blur) is None

    def test_a_wrong_parity_is_not_mended(self):
        wrong = symbols(NUMBERS[1])
        wrong[5] += 10
        assert judged(look(wrong, 0.6), 0.6) is None


class TestRows:
    @pytest.mark.parametrize("number", NUMBERS)
    @pytest.mark.parametrize("blur", [0.4, 0.9, 1.2])
    def test_a_code_anywhere_in_a_row(self, number, blur):
        shifted = np.roll(row(modules(number), blur), 7)
        fit, _ = fit_row(shifted, *everywhere(WIDTH))
        assert fit.text == number
        assert is_clear(fit)

    def test_nothing_is_read_where_bars_would_be_lighter_than_paper(self):
        assert fit_row(255 - row(modules(NUMBERS[0]), 0.9), *everywhere(WIDTH)) is None

    def test_a_plain_row(self):
        assert fit_row(np.full(WIDTH, 128.0), *everywhere(WIDTH)) is None


class TestPictures:
    @pytest.mark.parametrize("turned", [False, True])
    def test_a_code_that_no_engine_reads(self, turned):
        blurred_label = picture("6901234567892", 1.25)
        image = np.ascontiguousarray(blurred_label[::-1, ::-1]) if turned else blurred_label
        assert read_array(image, without=["blurred"]) == ()
        (code,) = read_array(image)
        assert (code.format, code.text, code.engine) == ("EAN13", "6901234567892", "fixpoint/blurred")
        assert abs(code.centre[0] - 320) < 8
        assert min(x for x, _ in code.corners) == pytest.approx(130, abs=8)

    def test_it_always_asks_for_a_look(self):
        (code,) = read_array(picture("6901234567892", 1.25))
        assert not is_sure(code)

    def test_only_when_retail_codes_are_wanted(self):
        assert read_array(picture("6901234567892", 1.25), ["Code128", "QRCode"]) == ()

    def test_rows_that_do_not_agree_are_no_code(self, monkeypatch):
        """One clear row and nothing like it above or below."""
        image = picture("6901234567892", 1.25)
        rows = iter([row(modules("6901234567892"), 0.9), *[row(modules(other), 0.9) for other in NUMBERS[1:]] * 2])
        monkeypatch.setattr(blurred, "_row", lambda image, share: next(rows))
        assert read_blurred(image) == []


class TestNothingIsInvented:
    @pytest.mark.parametrize("kind", negatives.KINDS)
    def test_rows_without_a_right_code(self, kind):
        random = np.random.default_rng(11)
        for _ in range(6):
            found = fit_row(negatives.row_of(negatives.KINDS[kind](random), random), *everywhere(WIDTH))
            assert found is None or not is_clear(found[0])

    def test_a_thousand_rows_whose_place_is_known(self):
        accepted, _ = negatives.aligned_trial(1001)
        assert accepted.total() == 0
