"""EAN-13 too blurred for any engine: read by fit; and no row without a right code is ever accepted."""

import cv2
import numpy as np
import pytest

from app.scanner import blurred, preparation
from app.scanner.acceptance import is_sure
from app.scanner.arrays import read_array
from app.scanner.blurred import everywhere, fit_row, is_clear, read_blurred
from app.scanner.blurred_model import BLURS, best_path, judged, look
from app.scanner.preparation import Region
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


def photograph(number, blur, *, lights=(1.0, 1.0), lean=0.0, label=None, ink=0.54):
    """A label as a lens out of focus sees it: light is blurred, and a picture's numbers are nearly its square root.

    `lights` fall on its left and right ends, `lean` is by how much of its height the right side is lower and smaller
    (seen from the side), `label` covers (left, top, right, bottom) of it, `ink` takes so much of the 0.55 that paper
    gives back.
    """
    paper, bars = np.full((240, 640), 0.55), np.repeat(modules(number), 4)
    paper[50:190, 130:510] -= ink * bars[None]
    if label:
        left, top, right, bottom = label
        paper[top:bottom, left:right] = 0.6
    high, wide = paper.shape
    before = np.float32([[0, 0], [wide, 0], [wide, high], [0, high]])
    after = before + np.float32([[0, 0], [-lean * wide / 2, lean * high], [-lean * wide / 2, 0], [0, 0]])
    seen = cv2.warpPerspective(
        paper, cv2.getPerspectiveTransform(before, after), (wide, high), borderMode=cv2.BORDER_REPLICATE
    )
    light = cv2.GaussianBlur(seen * np.linspace(*lights, wide)[None], (0, 0), blur * 4)
    noise = np.random.default_rng(3).normal(0, 1.5, paper.shape)
    return (255 * light ** (1 / 2.2) + noise).clip(0, 255).astype(np.uint8)


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


class TestPhotographs:
    """The number has four digits with much ink side by side, which the camera's tones run together."""

    NUMBER = "0073333531084"

    @pytest.mark.parametrize(
        "image",
        [
            pytest.param(photograph(NUMBER, 1.35), id="out of focus"),
            pytest.param(photograph(NUMBER, 1.25, lights=(0.35, 1.0)), id="left half dark"),
            pytest.param(photograph(NUMBER, 1.15, lean=0.15), id="from the side"),
            pytest.param(photograph(NUMBER, 1.2, lights=(1.0, 0.5), lean=0.1), id="from the side and right half dark"),
        ],
    )
    def test_light_is_blurred_not_the_numbers_of_the_picture(self, image):
        assert [code.text for code in read_blurred(image)] == [self.NUMBER]

    def test_a_label_over_a_part_of_the_bars(self):
        image = photograph("9780679601050", 1.0, label=(0, 0, 400, 110), ink=0.47)
        assert [code.text for code in read_blurred(image)] == ["9780679601050"]

    def test_bars_whose_middle_is_faint_are_put_together(self):
        """A reflection in the middle tears them in two."""
        image = photograph("9780679601050", 1.0, ink=0.47)
        glare = 1 - 0.85 * np.exp(-(((np.arange(640) - 330) / 20) ** 2) / 2)
        image = (200 + (image - 200.0) * glare[None]).clip(0, 255).astype(np.uint8)
        greatest, whole, *_ = preparation.blurred_regions(image)
        assert greatest.length < 250
        assert whole.length == pytest.approx(424, abs=20)
        assert whole.centre[0] == pytest.approx(320, abs=10)


class TestPieces:
    """Pieces of one row of bars that rises by 0.1 radian, each 40 pixels from the next."""

    LEFT = Region((100.0, 110.0), 0.1, 80.0, 60.0)
    RIGHT = Region((200.0, 120.0), 0.05, 60.0, 70.0)

    def test_two_pieces_are_one_place(self):
        whole = preparation._joined(self.LEFT, self.RIGHT)
        assert whole.length == pytest.approx(170, abs=2)
        assert whole.height == 60
        assert (whole.centre[0], whole.centre[1]) == pytest.approx((145, 114.5), abs=1)

    @pytest.mark.parametrize(
        "other",
        [
            pytest.param(RIGHT._replace(angle=0.6), id="bars run another way"),
            pytest.param(RIGHT._replace(centre=(130.0, 200.0)), id="below it"),
            pytest.param(RIGHT._replace(centre=(260.0, 126.0)), id="far from it"),
            pytest.param(RIGHT._replace(height=20.0), id="much lower"),
            pytest.param(RIGHT._replace(length=8.0), id="one bar"),
        ],
    )
    def test_what_is_no_piece(self, other):
        assert preparation._pieces(self.LEFT, [self.LEFT, other]) == [self.LEFT]

    def test_all_pieces_are_found_from_any_of_them(self):
        third = Region((30.0, 104.0), 0.08, 30.0, 55.0)
        for seed in (self.LEFT, self.RIGHT, third):
            assert {*preparation._pieces(seed, [self.LEFT, self.RIGHT, third])} == {self.LEFT, self.RIGHT, third}


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
