"""Cameras of this computer: their names, what their drivers offer, and every way in which they give no picture.

No camera is at hand: the kernel's listing is a folder made here, the driver answers from a table, and a source that
fails stands where OpenCV's would; the program's own code is the real one.
"""

import os
import threading

import cv2
import numpy as np
import pytest

from app.scanner import v4l2
from app.scanner.camera import Camera
from app.scanner.devices import USUAL_SIZES, Abilities, CameraDevice, abilities, cameras, set_torch
from core.refusals import Refusal

PICTURE = np.full((48, 64, 3), 90, np.uint8)


@pytest.fixture
def listing(tmp_path):
    """The kernel's folder with two cameras; the first has a second node that carries no picture."""
    folder = tmp_path / "video4linux"
    for node, index, name in (("video0", 0, "Integrated Camera"), ("video1", 1, "Integrated Camera"),
                              ("video10", 0, "文档摄像头 UVC"), ("video2", 0, "USB 2.0 Camera\n")):  # fmt: skip
        (folder / node).mkdir(parents=True)
        (folder / node / "index").write_text(f"{index}\n")
        (folder / node / "name").write_text(f"{name}\n", encoding="utf-8")
    (folder / "v4l-subdev0").mkdir()
    return folder


class Driver:
    """Answers as a driver does: controls by number with least and most, sizes by format."""

    def __init__(self, controls, sizes=()):
        self.controls, self.sizes, self.levels = controls, sizes, {}

    def __call__(self, _descriptor, request, data):
        number = int.from_bytes(data[:4], "little")
        if request == v4l2.SIZES:
            index, kind = number, data[4:8]
            if kind != b"MJPG" or index >= len(self.sizes):
                raise OSError(22, "no more")
            return data[:8] + b"".join(value.to_bytes(4, "little") for value in (1, *self.sizes[index])) + bytes(24)
        if number not in self.controls:
            raise OSError(22, "no such control")
        least, most, flags = self.controls[number]
        if request == v4l2.QUERY:
            values = b"".join(value.to_bytes(4, "little") for value in (least, most, 1, 0, flags))
            return data[:4] + bytes(4) + b"Name".ljust(32, b"\0") + values + bytes(8)
        if request == v4l2.SET:
            self.levels[number] = int.from_bytes(data[4:8], "little")
        return data[:4] + self.levels.get(number, 0).to_bytes(4, "little")


@pytest.fixture
def nodes(tmp_path):
    folder = tmp_path / "dev"
    folder.mkdir()
    (folder / "video0").touch()
    return folder


class TestListing:
    def test_by_name_and_without_opening_one(self, listing):
        found = cameras(listing, probe=lambda number: pytest.fail("opened"))
        assert found == [
            CameraDevice(0, "Integrated Camera"),
            CameraDevice(2, "USB 2.0 Camera"),
            CameraDevice(10, "文档摄像头 UVC"),
        ]

    def test_where_the_system_lists_none_numbers_are_tried_and_have_no_names(self, tmp_path):
        assert cameras(tmp_path / "none", probe=lambda number: number in {0, 2}) == [CameraDevice(0), CameraDevice(2)]

    def test_of_this_computer(self):
        assert all(isinstance(one, CameraDevice) for one in cameras())


class TestAbilities:
    def test_what_the_driver_has_is_offered(self, nodes):
        driver = Driver(
            {v4l2.AUTO_FOCUS: (0, 1, 0), v4l2.FOCUS: (0, 250, 0), v4l2.LAMP: (0, 2, 0)}, [(640, 480), (1920, 1080)]
        )
        assert abilities(0, nodes, driver) == Abilities(((1920, 1080), (640, 480)), True, True, (0, 250), True)

    def test_what_it_has_not_is_hidden(self, nodes):
        driver = Driver({v4l2.FOCUS: (0, 250, 1), v4l2.LAMP: (0, 1, 0)})  # disabled; a lamp that only flashes
        assert abilities(0, nodes, driver) == Abilities(USUAL_SIZES)

    def test_a_system_that_tells_nothing(self, tmp_path):
        assert abilities(0, tmp_path) == Abilities()

    def test_a_file_that_is_no_camera_has_no_abilities(self, nodes):
        assert abilities(0, nodes) == Abilities()

    def test_the_lamp_goes_on_and_off(self, nodes):
        driver = Driver({v4l2.LAMP: (0, 2, 0)})
        assert set_torch(0, on=True, folder=nodes, ioctl=driver)
        assert v4l2.value(nodes / "video0", v4l2.LAMP, driver) == v4l2.LAMP_TORCH
        assert set_torch(0, on=False, folder=nodes, ioctl=driver)
        assert driver.levels == {v4l2.LAMP: v4l2.LAMP_OFF}
        assert not set_torch(0, on=True, folder=nodes, ioctl=Driver({}))
        assert v4l2.value(nodes / "none", v4l2.LAMP) is None


class Source:
    """A capture that gives so many pictures and then none; it remembers what was set."""

    def __init__(self, pictures=0, *, opens=True):
        self.left, self.opens, self.set_to, self.released = pictures, opens, [], threading.Event()

    def __call__(self, source):
        self.source = source
        return self

    def isOpened(self):
        return self.opens

    def read(self):
        self.left -= 1
        return (True, PICTURE) if self.left >= 0 else (False, None)

    def set(self, number, level):
        self.set_to.append((number, level))
        return number != cv2.CAP_PROP_AUTOFOCUS or level == 1

    def get(self, number):
        return 0.0

    def release(self):
        self.released.set()


def refusal(camera):
    with pytest.raises(Refusal) as caught:
        list(camera)
    return caught.value


class TestFailing:
    def test_unplugged_while_reading(self):
        source = Source(3)
        with Camera(0, name="USB 2.0 Camera", open_capture=source) as camera:
            told = refusal(camera)
        assert (told.code, told.facts) == ("camera_ended", {"camera": "USB 2.0 Camera"})
        assert source.released.is_set()

    def test_a_device_that_opens_and_never_gives_a_picture_is_held_by_another_program(self):
        with Camera(0, open_capture=Source(0)) as camera:
            assert refusal(camera).code == "camera_busy"

    @pytest.mark.parametrize(
        ("number", "mode", "code"), [(0, 0o600, "camera_busy"), (0, 0, "camera_denied"), (7, 0, "camera_missing")]
    )
    def test_one_that_does_not_open_says_why(self, nodes, monkeypatch, number, mode, code):
        monkeypatch.setattr(os, "access", lambda _node, _ways: mode != 0)  # an administrator may read everything
        source = Source(opens=False)
        with pytest.raises(Refusal) as caught:
            Camera(number, open_capture=source, nodes=nodes)
        assert caught.value.code == code
        assert source.released.is_set()

    def test_size_focus_and_compressed_pictures_are_asked_for(self):
        source = Source(2)
        with Camera(0, 1280, 720, open_capture=source) as camera:
            assert camera.has_auto_focus
            camera.focus(120)
            refusal(camera)
        asked = dict(source.set_to)
        assert asked[cv2.CAP_PROP_FRAME_WIDTH] == 1280 and asked[cv2.CAP_PROP_FRAME_HEIGHT] == 720
        assert asked[cv2.CAP_PROP_FOURCC] == cv2.VideoWriter.fourcc(*"MJPG")
        assert asked[cv2.CAP_PROP_AUTOFOCUS] == 0 and asked[cv2.CAP_PROP_FOCUS] == 120
        camera.focus(None)

    def test_frames_are_dropped_not_queued(self):
        """A slow reader sees the newest picture, whatever came between."""
        given, seen, wait, go = [], threading.Event(), threading.Event(), threading.Event()

        class Steps(Source):
            def read(self):
                given.append(len(given) + 1)
                assert len(given) == 1 or seen.wait(10)
                if len(given) == 6:
                    go.set()
                    assert wait.wait(10)
                return (True, PICTURE) if len(given) < 8 else (False, None)

        with Camera(0, open_capture=Steps()) as camera:
            frames = iter(camera)
            assert next(frames).number == 1
            seen.set()
            assert go.wait(10)  # five have come, the sixth is being read
            assert next(frames).number == 5
            wait.set()
            assert refusal(frames).code == "camera_ended"
