"""The live reader on rendered frames: what it reads at once, what it has done aside, and what it tells a person."""

import threading

import cv2
import numpy as np
import pytest
import zxingcpp

from app.scanner.codes import Code
from app.scanner.confirm import Confirmation
from app.scanner.live import LiveReader
from app.scanner.sight import Hint
from tools import labels

MODEL, SERIAL, GTIN = "LED55K35U", "K35U5523A0810472", "6901234567892"


def on_bench(picture, size=(1280, 720), share=0.6):
    """`picture` in the middle of a frame (BGR), so wide a share of it."""
    flat = cv2.cvtColor(np.asarray(picture.convert("RGB")), cv2.COLOR_RGB2BGR)
    scale = min(share * size[0] / flat.shape[1], 0.98 * size[1] / flat.shape[0])
    flat = cv2.resize(flat, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
    frame = np.full((size[1], size[0], 3), 70, np.uint8)
    top, left = (size[1] - flat.shape[0]) // 2, (size[0] - flat.shape[1]) // 2
    frame[top : top + flat.shape[0], left : left + flat.shape[1]] = flat
    return frame


def in_the_dark(frame):
    """A tenth of the light, and the sensor's noise as strong as before."""
    noise = np.random.default_rng(1).normal(0, 8, frame.shape)
    return np.clip(frame * 0.1 + noise, 0, 255).astype(np.uint8)


def label(tilt=3, seed=1, **more):
    return labels.photograph(labels.product_label(MODEL, SERIAL, GTIN, with_qr=False), tilt, noise=4, seed=seed, **more)


def film(reader, frame, frames=20, pause_ms=33.0):
    """All texts of the looks at one frame again and again; the last look."""
    texts, look = set(), None
    for number in range(frames):
        look = reader.read(frame, pause_ms * number)
        codes = [*look.codes, *(code for late in look.late for code in late.codes)]
        texts |= {code.text for code in codes}
    return texts, look


class Jobs:
    """Keeps the jobs instead of running them."""

    def __init__(self):
        self.waiting = []

    def __call__(self, job):
        self.waiting.append(job)


class TestReading:
    def test_an_upright_label_is_read_in_the_first_frame(self):
        found = LiveReader(submit=Jobs()).read(on_bench(label()), 0.0)
        assert {code.text for code in found.codes} == {MODEL, SERIAL, GTIN}

    def test_a_code_at_the_edge_is_read_in_a_look_at_the_whole_frame_and_agreed_on_at_once(self):
        frame = np.full((720, 1280, 3), 200, np.uint8)
        bars = np.asarray(labels.bars("code128", SERIAL, module=2))
        frame[4 : 4 + bars.shape[0], 4 : 4 + bars.shape[1]] = bars[..., None]
        reader, watch, frames = LiveReader(submit=Jobs()), Confirmation(), 0
        while not watch.feed(reader.read(frame, 33.0 * frames).codes, 33.0 * frames):
            frames += 1
            assert frames < 10
        assert frames <= 6

    @pytest.mark.parametrize("tilt", [20, 35, 45, 55, 70])
    def test_tilted_bars_are_read_aside(self, tilt):
        texts, _look = film(LiveReader(), on_bench(label(tilt), share=0.9), frames=8)
        assert {SERIAL, GTIN} <= texts

    def test_bars_out_of_focus_are_read_aside(self):
        frame = cv2.GaussianBlur(on_bench(label(3, blur=0), share=0.6), (0, 0), 1.5)
        assert LiveReader(submit=Jobs()).read(frame, 0.0).codes == ()
        texts, _look = film(LiveReader(), frame, frames=8)
        assert SERIAL in texts

    def test_upside_down_is_read_like_upright(self):
        texts, _look = film(LiveReader(submit=Jobs()), on_bench(label())[::-1, ::-1], frames=3)
        assert {MODEL, SERIAL, GTIN} <= texts

    def test_a_mirrored_picture_is_read_without_a_step_of_its_own(self):
        """Some cameras mirror; bars read the same backwards, and zxing-cpp tries matrix codes both ways."""
        sheet = np.full((720, 1280), 255, np.uint8)
        for place, kind in enumerate(("QRCode", "DataMatrix", "PDF417")):
            code = zxingcpp.create_barcode(f"SN{place}234567", getattr(zxingcpp.BarcodeFormat, kind))
            picture = np.asarray(code.to_image(scale=3, add_quiet_zones=True))
            sheet[180 : 180 + picture.shape[0], 230 + 260 * place : 230 + 260 * place + picture.shape[1]] = picture
        bars = np.asarray(labels.bars("code128", SERIAL, module=2))
        sheet[480 : 480 + bars.shape[0], 400 : 400 + bars.shape[1]] = bars
        texts, _look = film(LiveReader(submit=Jobs()), np.ascontiguousarray(sheet[:, ::-1]), frames=5)
        assert texts == {"SN0234567", "SN1234567", "SN2234567", SERIAL}

    def test_a_forms_formats_are_the_only_ones_looked_for(self):
        texts, _look = film(LiveReader(["EAN13"]), on_bench(label()), frames=5)
        assert texts == {GTIN}


class TestAside:
    def test_never_a_second_job_before_the_first_has_ended_and_frames_go_on(self):
        jobs = Jobs()
        reader = LiveReader(submit=jobs)
        frame = on_bench(label(40), share=0.9)
        film(reader, frame, frames=30)
        assert len(jobs.waiting) == 1
        jobs.waiting.pop()()
        late = reader.read(frame, 1000.0).late
        assert [one.at_ms for one in late] == [0.0] and {code.text for code in late[0].codes} >= {SERIAL, GTIN}
        assert len(jobs.waiting) == 1

    def test_two_to_five_times_a_second(self):
        for frame, least, most in ((on_bench(label()), 2, 3), (np.full((720, 1280, 3), 120, np.uint8), 4, 5)):
            begun = []
            reader = LiveReader(submit=lambda job, begun=begun: (begun.append(1), job()))
            film(reader, frame, frames=30)
            assert least <= len(begun) <= most

    def test_the_sharpest_frame_is_worked_on(self):
        jobs = Jobs()
        reader = LiveReader(submit=jobs)
        sharp, dull = on_bench(label(40), share=0.9), on_bench(label(40, blur=6), share=0.9)
        reader.read(dull, 0.0)
        jobs.waiting.pop()()
        for number, frame in enumerate((dull, sharp, dull, dull, dull, dull, dull, dull), start=1):
            reader.read(frame, 33.0 * number)
        jobs.waiting.pop()()
        assert [late.at_ms for late in reader.read(dull, 330.0).late] == [66.0]

    def test_a_tilted_place_that_was_read_once_is_followed_so_that_frames_agree_soon(self):
        jobs = Jobs()
        reader, watch = LiveReader(submit=jobs), Confirmation()
        frame = on_bench(label(45), share=0.9)
        reader.read(frame, 0.0)
        jobs.waiting.pop()()
        for number in range(1, 4):
            look = reader.read(frame, 33.0 * number)
            for late in look.late:
                watch.feed(late.codes, late.at_ms)
            believed = watch.feed(look.codes, 33.0 * number)
        assert {SERIAL, GTIN} <= {code.text for code in believed}
        assert len(jobs.waiting) == 0
        assert not any(code.text == SERIAL for code in reader.read(frame, 900.0).codes)

    def test_from_a_thread_of_its_own(self):
        """The window's worker: its result comes with a later frame, and counts for the time of its own."""
        jobs, ended = Jobs(), threading.Event()
        reader = LiveReader(submit=jobs)
        frame = on_bench(label(45), share=0.9)
        assert reader.read(frame, 0.0).late == ()

        def work():
            jobs.waiting.pop()()
            ended.set()

        thread = threading.Thread(target=work)
        thread.start()
        assert ended.wait(20)
        thread.join()
        (late,) = reader.read(frame, 33.0).late
        assert late.at_ms == 0.0 and {SERIAL, GTIN} <= {code.text for code in late.codes}
        assert all(isinstance(code, Code) and code.engine != "zxing" for code in late.codes)


class TestHints:
    @pytest.mark.parametrize(
        ("frame", "hint"),
        [
            (np.zeros((720, 1280, 3), np.uint8), Hint.BLACK),
            (in_the_dark(on_bench(label())), Hint.DARK),
            (np.full((720, 1280, 3), 252, np.uint8), Hint.BRIGHT),
            (cv2.GaussianBlur(on_bench(label()), (0, 0), 5), Hint.BLURRED),
            (on_bench(label(), share=0.26), Hint.CLOSER),
            (np.full((720, 1280, 3), 120, np.uint8), None),
        ],
        ids=["black", "dark", "bright", "blurred", "far", "empty"],
    )
    def test_what_hinders_is_told_after_a_while(self, frame, hint):
        texts, look = film(LiveReader(), frame, frames=18, pause_ms=110)
        assert texts == set() and look is not None and look.hint == hint

    def test_nothing_is_said_while_codes_are_read(self):
        _texts, look = film(LiveReader(), (on_bench(label()) * 0.3).astype(np.uint8), frames=18, pause_ms=110)
        assert look is not None and look.hint is None

    def test_moving_is_told(self):
        reader, frame = LiveReader(submit=Jobs()), cv2.GaussianBlur(on_bench(label()), (0, 0), 6)
        for number in range(60):
            look = reader.read(np.roll(frame, 60 * number, axis=1), 33.0 * number)
        assert look.hint is Hint.MOVING

    def test_a_hint_goes_when_the_label_is_read(self):
        reader = LiveReader(submit=Jobs())
        film(reader, np.full((720, 1280, 3), 252, np.uint8), frames=18, pause_ms=110)
        assert reader.read(np.full((720, 1280, 3), 252, np.uint8), 1990.0).hint is Hint.BRIGHT
        for number in range(6):
            look = reader.read(on_bench(label()), 2000.0 + 33.0 * number)
        assert look.hint is None
