"""Keyboard-wedge bursts told from typing, and serial records cut from a stream."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.scanner.serial_port import LONGEST_RECORD, RecordSplitter
from app.scanner.wedge import ENTER, BurstDetector, WedgeSettings

SERIAL = "K35U5523A0810472"


def press(detector, keys, start=0.0, gap=8.0):
    """Feed `keys` at an even pace; returns what came out and the time of the last key."""
    out, at = [], start
    for key in keys:
        out.append(detector.feed(at, key))
        at += gap
    return [one for one in out if one], at - gap


def test_a_burst_with_enter_is_a_scan():
    out, end = press(BurstDetector(), SERIAL + ENTER, start=100)
    assert [(one.kind, one.text, one.keys, one.began_ms, one.ended_ms) for one in out] == [
        ("scan", SERIAL, len(SERIAL), 100, end)
    ]


def test_a_late_enter_still_ends_a_scan():
    detector = BurstDetector()
    _, end = press(detector, SERIAL)
    assert detector.pending
    assert detector.flush(end + 140) is None
    scan = detector.feed(end + 145, "\n")
    assert scan is not None
    assert (scan.kind, scan.text) == ("scan", SERIAL)
    assert not detector.pending


def test_an_enter_too_late_is_typing():
    detector = BurstDetector()
    _, end = press(detector, SERIAL)
    over = detector.feed(end + 400, ENTER)
    assert over is not None
    assert (over.kind, over.text) == ("typing", SERIAL + ENTER)


def test_a_person_types_slowly():
    detector = BurstDetector()
    out, end = press(detector, "K35U55", gap=120)
    assert [one.text for one in out] == list("K35U5")
    assert {one.kind for one in out} == {"typing"}
    last = detector.flush(end + 500)
    assert last is not None
    assert last.text == "5"
    assert detector.flush(end + 900) is None


def test_a_short_burst_is_typing_and_keeps_its_enter():
    out, _ = press(BurstDetector(), "12345" + ENTER)
    assert [(one.kind, one.text) for one in out] == [("typing", "12345" + ENTER)]


def test_enter_alone_is_typing():
    out, _ = press(BurstDetector(), ENTER)
    assert [(one.kind, one.text, one.keys) for one in out] == [("typing", ENTER, 1)]


def test_typing_before_a_scan_is_given_back_first():
    detector = BurstDetector()
    detector.feed(0, "a")
    out, _ = press(detector, SERIAL + ENTER, start=300)
    assert [(one.kind, one.text) for one in out] == [("typing", "a"), ("scan", SERIAL)]


def test_prefix_and_suffix_are_taken_off_and_must_be_there():
    detector = BurstDetector(WedgeSettings(prefix="~", suffix="#"))
    out, end = press(detector, f"~{SERIAL}#{ENTER}")
    assert [(one.kind, one.text) for one in out] == [("scan", SERIAL)]
    out, _ = press(detector, SERIAL + ENTER, start=end + 1000)
    assert [one.kind for one in out] == ["typing"]


def test_a_scanner_without_enter_ends_by_silence():
    detector = BurstDetector(WedgeSettings(needs_enter=False))
    _, end = press(detector, SERIAL)
    scan = detector.flush(end + 40)
    assert scan is not None
    assert (scan.kind, scan.text) == ("scan", SERIAL)
    press(detector, SERIAL, start=1000)
    assert detector.feed(2000, "x").kind == "scan"


def test_a_clock_set_back_ends_the_row():
    detector = BurstDetector()
    detector.feed(1000, "a")
    over = detector.feed(10, "b")
    assert over is not None
    assert over.text == "a"


def test_an_endless_row_is_given_back():
    out, _ = press(BurstDetector(), "x" * 5000)
    assert [(one.kind, one.keys) for one in out] == [("typing", 4096)]


@given(st.lists(st.tuples(st.floats(0, 400), st.sampled_from("AB1\r\n~")), max_size=60))
def test_no_key_is_ever_lost(keys):
    detector, at, out = BurstDetector(), 0.0, []
    for gap, key in keys:
        at += gap
        out.append(detector.feed(at, key))
    out.append(detector.flush(at + 10_000))
    given_back = "".join(one.text + (ENTER if one.kind == "scan" else "") for one in out if one)
    assert given_back == "".join(key for _, key in keys).replace("\n", ENTER)


class TestRecords:
    def test_records_end_with_cr_lf_or_both(self):
        splitter = RecordSplitter()
        assert splitter.feed(b"AAA\rBBB\nCCC\r\n\r\nDD", 0) == ["AAA", "BBB", "CCC"]
        assert splitter.feed(b"D\r", 5) == ["DDD"]

    def test_silence_ends_a_record(self):
        splitter = RecordSplitter(gap_ms=50)
        assert splitter.feed(b"AAA", 0) == []
        assert splitter.feed(b"", 40) == []
        assert splitter.feed(b"", 60) == ["AAA"]
        splitter.feed(b"BBB", 100)
        assert splitter.feed(b"CCC\r", 300) == ["BBB", "CCC"]

    def test_group_separators_and_chinese_are_kept(self):
        assert RecordSplitter().feed(b"0109506000134352\x1d21A\r", 0) == ["0109506000134352\x1d21A"]
        assert RecordSplitter().feed("型号".encode("gb18030") + b"\r", 0) == ["型号"]

    def test_noise_without_end_is_thrown_away(self):
        splitter = RecordSplitter()
        assert splitter.feed(b"x" * (LONGEST_RECORD + 10) + b"\r" + b"GOOD\r", 0) == ["GOOD"]

    @given(st.lists(st.text("ABC123", min_size=1, max_size=9), max_size=8), st.integers(1, 7))
    def test_how_the_bytes_arrive_does_not_matter(self, records, size):
        data = "".join(f"{record}\r\n" for record in records).encode()
        splitter, out = RecordSplitter(), []
        for start in range(0, len(data), size):
            out += splitter.feed(data[start : start + size], 1.0)
        assert out == records


@pytest.mark.parametrize("keys", [["", ""], ["a"]])
def test_empty_keys_do_no_harm(keys):
    detector = BurstDetector()
    assert all(detector.feed(0, key) is None for key in keys)
