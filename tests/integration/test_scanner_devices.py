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
from app.scanner.serial_port import Line, LineState, Port, SerialScanner, Tried, find_speed, listen, ports
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
        assert all(port.name and port.description for port in ports())


class Plug:
    """A scanner's end of a line behind a fixed name: taken out and put in again, each time with a new terminal."""

    def __init__(self, folder, name="scanner"):
        self.name = folder / name
        self.ends = []

    def put_in(self):
        self.ends = list(os.openpty())
        self.name.unlink(missing_ok=True)
        self.name.symlink_to(os.ttyname(self.ends[1]))

    def send(self, data):
        os.write(self.ends[0], data)

    def take_out(self):
        for end in self.ends:
            os.close(end)
        self.ends = []


@pytest.fixture
def plug(tmp_path):
    made = Plug(tmp_path)
    made.put_in()
    yield made
    made.take_out()


@pytest.mark.skipif(not hasattr(os, "openpty"), reason="pseudo-terminals exist on POSIX systems only")
class TestUnplugged:
    def test_a_scanner_that_is_put_in_again_goes_on_by_itself(self, plug):
        heard = listen(Line(str(plug.name)), lambda: False, lambda seconds: plug.put_in())
        assert next(heard) == LineState("connected", str(plug.name))
        plug.send(b"K35U5523A0810472\r")
        assert next(heard) == SERIAL
        plug.take_out()
        away = next(heard)
        assert (away.state, away.refusal.code) == ("looked_for", "serial_port_unplugged")
        assert next(heard) == LineState("connected", str(plug.name))
        plug.send(b"6901234567892\r")
        assert next(heard) == GTIN

    def test_under_another_name_it_is_known_by_its_device(self, plug, tmp_path):
        other = Plug(tmp_path, "other")
        known = [Port(str(plug.name), "scanner", "0C2E:0B61:7")]

        def again(_seconds):
            other.put_in()
            known[:] = [
                Port(str(tmp_path / "mouse"), "mouse", "1:2:3"),
                Port(str(other.name), "scanner", "0C2E:0B61:7"),
            ]
            plug.name.unlink()

        heard = listen(Line(str(plug.name), device="0C2E:0B61:7"), lambda: False, again, lambda: known)
        assert next(heard).state == "connected"
        plug.take_out()
        assert next(heard).state == "looked_for"
        assert next(heard) == LineState("connected", str(other.name))
        other.send(b"K35U5523A0810472\r")
        assert next(heard) == SERIAL
        heard.close()
        other.take_out()
        plug.put_in()

    def test_what_stays_away_is_told_once_and_looked_for_until_somebody_stops(self, plug):
        plug.name.unlink()
        looks = []
        heard = list(listen(Line(str(plug.name)), lambda: len(looks) == 5, looks.append))
        assert [(one.state, one.refusal.code) for one in heard] == [("looked_for", "serial_port_missing")]

    def test_a_port_that_may_not_be_opened_is_told_with_its_reason(self, monkeypatch):
        import serial

        def refuse(*_words, **_more):
            raise serial.SerialException(13, "Permission denied")

        monkeypatch.setattr(serial, "Serial", refuse)
        looks = []
        (state,) = listen(Line("/dev/ttyS9"), lambda: bool(looks), looks.append)
        assert (state.state, state.refusal.code) == ("refused", "serial_port_refused")
        assert "Permission denied" in state.refusal.sentence()

    def test_a_port_in_use_is_refused_because_each_would_get_half(self, plug):
        looks = []
        with SerialScanner(str(plug.name)):
            (state,) = listen(Line(str(plug.name)), lambda: bool(looks), looks.append)
        assert (state.state, state.refusal.code) == ("refused", "serial_port_refused")

    def test_noise_on_the_line_is_no_record(self, plug):
        heard = listen(Line(str(plug.name)), lambda: False, lambda seconds: None)
        next(heard)
        plug.send(b"\x80\xff\x00\x13\rK35U5523A0810472\r")
        assert next(heard) == SERIAL


@pytest.mark.skipif(not hasattr(os, "openpty"), reason="pseudo-terminals exist on POSIX systems only")
class TestSpeed:
    def search(self, plug, baud, data=b"K35U5523A0810472\r", scans=40):
        """The search while a person scans again whenever it waits; at a wrong speed the line brings noise."""
        import termios  # where there are pseudo-terminals

        tried = []
        for step in find_speed(Line(str(plug.name)), lambda: len(tried) > scans):
            tried.append(step)
            if step.state == "waiting":
                speed = termios.tcgetattr(plug.ends[1])[4]
                plug.send(data if speed == getattr(termios, f"B{baud}") else b"\x80\xfe\x00\x98\xe6")
        return tried

    @pytest.mark.parametrize("baud", [9600, 57600, 115200])
    def test_the_speed_at_which_two_scans_agree_is_found(self, plug, baud):
        tried = self.search(plug, baud)
        assert tried[-1] == Tried(baud, "fits", b"K35U5523A0810472\r")
        assert {step.baud for step in tried if step.state == "noise"} == set(
            {9600: [], 57600: [9600, 19200, 38400], 115200: [9600, 19200, 38400, 57600]}[baud]
        )

    def test_a_stopped_search_ends(self, plug):
        tried = self.search(plug, 115200, scans=2)
        assert "fits" not in {step.state for step in tried}
