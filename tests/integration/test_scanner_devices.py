"""Cameras by real video files, and serial scanners by real pseudo-terminals."""

import os
import threading
from itertools import islice

import cv2
import numpy as np
import pytest

from app.scanner.camera import Camera
from app.scanner.confirm import Confirmation
from app.scanner.live import LiveReader
from app.scanner.serial_port import SerialScanner, ports
from core.refusals import Refusal
from tools import labels

MODEL, SERIAL, GTIN = "LED55K35U", "K35U5523A0810472", "6901234567892"


def frame_of(tilt, seed):
    picture = labels.photograph(labels.product_label(MODEL, SERIAL, GTIN, with_qr=False), tilt, noise=5, seed=seed)
    return cv2.cvtColor(np.asarray(picture.resize((1280, 960))), cv2.COLOR_RGB2BGR)


@pytest.fixture(scope="module")
def video(tmp_path_factory):
    path = tmp_path_factory.mktemp("video") / "label.avi"
    writer = cv2.VideoWriter(str(path), cv2.VideoWriter.fourcc(*"MJPG"), 15, (1280, 960))
    assert writer.isOpened()
    for number in range(8):
        writer.write(frame_of(3, seed=number))
    writer.release()
    return path


class TestCamera:
    def test_a_file_is_read_frame_by_frame_and_ends(self, video):
        with Camera(str(video)) as camera:
            frames = list(camera)
        assert [frame.number for frame in frames] == list(range(1, 9))
        assert frames[0].image.shape == (960, 1280, 3)
        assert frames[0].at_ms <= frames[-1].at_ms

    def test_codes_of_a_video_are_believed_after_two_frames(self, video):
        reader, watch, counts = LiveReader(), Confirmation(), []
        with Camera(str(video)) as camera:
            for frame in camera:
                at_ms = 40.0 * frame.number
                believed = watch.feed(reader.read(frame.image, at_ms).codes, at_ms)
                counts += [{code.text for code in believed}]
        assert SERIAL not in counts[0]
        assert {MODEL, SERIAL, GTIN} <= counts[-1]

    def test_a_live_source_gives_the_newest_frame_and_stops(self, video):
        camera = Camera(str(video))
        camera.live = True  # the same file behind the reading thread of a device
        numbers, finished = [], threading.Event()

        def look():
            with pytest.raises(Refusal) as caught:
                numbers.extend(frame.number for frame in camera)
            assert caught.value.code == "camera_ended"
            finished.set()

        thread = threading.Thread(target=look)
        thread.start()
        assert finished.wait(20)
        thread.join()
        camera.stop()
        camera.stop()
        assert numbers == sorted(set(numbers))

    def test_stopping_ends_the_iteration(self, video):
        camera = Camera(str(video))
        frames = iter(camera)
        next(frames)
        camera.stop()
        assert list(frames) == []

    def test_stopping_a_live_source_wakes_its_reader(self, video):
        camera = Camera(str(video))
        camera.live = True
        camera.stop()
        assert list(camera) == []

    @pytest.mark.parametrize("source", ["no-such-file.avi", 97])
    def test_what_is_not_there_is_refused(self, source):
        with pytest.raises(Refusal) as caught:
            Camera(source)
        assert caught.value.code == "camera_missing"

    def test_a_file_that_is_no_video_is_refused(self, tmp_path):
        (tmp_path / "x.avi").write_bytes(b"nothing")
        with pytest.raises(Refusal) as caught:
            Camera(str(tmp_path / "x.avi"))
        assert caught.value.code == "camera_missing"


@pytest.mark.skipif(not hasattr(os, "openpty"), reason="pseudo-terminals exist on POSIX systems only")
class TestSerialPort:
    @pytest.fixture
    def line(self):
        scanner_end, computer_end = os.openpty()
        yield scanner_end, os.ttyname(computer_end)
        for end in (scanner_end, computer_end):
            try:
                os.close(end)
            except OSError:
                continue

    def test_records_come_as_they_were_sent(self, line):
        end, name = line
        with SerialScanner(name) as scanner:
            os.write(end, b"K35U5523A0810472\r\n0109506000134352\x1d21A\r")
            records = list(islice(scanner.records(lambda: False), 2))
        assert records == [SERIAL, "0109506000134352\x1d21A"]

    def test_a_scanner_without_terminators(self, line):
        end, name = line
        with SerialScanner(name, gap_ms=30) as scanner:
            os.write(end, b"K35U5523A0810472")
            assert next(scanner.records(lambda: False)) == SERIAL

    def test_stopping_ends_the_records(self, line):
        with SerialScanner(line[1]) as scanner:
            assert list(scanner.records(lambda: True)) == []

    def test_unplugging_is_told(self, line):
        end, name = line
        with SerialScanner(name) as scanner:
            os.close(end)
            with pytest.raises(Refusal) as caught:
                list(scanner.records(lambda: False))
        assert caught.value.code == "serial_port_unplugged"
        assert caught.value.facts["port"] == name

    @pytest.mark.parametrize("name", ["/dev/no-such-port", ""])
    def test_a_port_that_is_not_there_is_refused(self, name):
        with pytest.raises(Refusal) as caught:
            SerialScanner(name)
        assert caught.value.code == "serial_port_missing"

    def test_an_impossible_speed_is_refused(self, line):
        with pytest.raises(Refusal) as caught:
            SerialScanner(line[1], baud=-1)
        assert caught.value.code == "serial_port_missing"

    def test_ports_are_listed_by_name(self):
        assert all(len(port) == 2 for port in ports())
