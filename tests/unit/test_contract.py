"""The wire: what is written is read back, and nothing malformed or oversized gets in."""

import msgspec
import pytest
import zstandard
from hypothesis import given
from hypothesis import strategies as st

from core.contract import codec
from core.contract.messages import Answer, Hello, Line, Outcome, Problem, PulledLine, PushReply, place_scope
from core.operations.operation import GENESIS
from core.refusals import Refusal
from tests.unit.world import NOW, an_id


def test_messages_survive_the_wire() -> None:
    answer = Answer(id=an_id("a"), n=3, outcome=Outcome.PARKED, code="order_unknown", seq={place_scope("x"): 7})
    reply = PushReply(answers=(answer,), received_n=3, received_hash=GENESIS, epoch=1)
    assert codec.decode(codec.encode(reply), PushReply) == reply
    hello = Hello(epoch=1, last_n=0, last_hash=GENESIS, schema=1, clock=NOW)
    newer = codec.encode(hello)[:-1] + b',"of_a_newer_version":1}'
    assert codec.decode(newer, Hello) == hello


@pytest.mark.parametrize("row", [b"", b',"row":null'])
def test_a_line_without_a_row_is_a_tombstone_however_it_is_written(row: bytes) -> None:
    line = codec.decode(b'{"seq":4,"entity":"work_order","id":"a","version":2' + row + b"}", Line)
    assert line.row is None and line.version == 2


@given(st.binary(max_size=300))
def test_garbage_is_refused_not_raised(data: bytes) -> None:
    with pytest.raises(Refusal, match="body_invalid"):
        codec.decode(data, Hello)


def test_deep_nesting_is_refused() -> None:
    with pytest.raises(Refusal, match="body_invalid"):
        codec.decode(b'{"x":' + b"[" * 100_000, Hello)


@given(st.binary(max_size=5000))
def test_packed_bytes_unfold(data: bytes) -> None:
    assert codec.unpack(codec.pack(data)) == data


def test_a_frame_that_does_not_tell_its_size_unfolds_too() -> None:
    packer = zstandard.ZstdCompressor().compressobj()
    frame = packer.compress(b"0" * 5000) + packer.flush()
    assert codec.unpack(frame) == b"0" * 5000
    with pytest.raises(Refusal, match="body_too_large"):
        codec.unpack(frame, limit=4999)
    for cut in range(len(frame)):
        with pytest.raises(Refusal, match="body_invalid"):
            codec.unpack(codec.pack(b"0123456789")[: cut + 1])


def test_a_bomb_is_refused() -> None:
    with pytest.raises(Refusal, match="body_too_large"):
        codec.unpack(codec.pack(b"0" * 2_000_000), limit=1_000_000)
    with pytest.raises(Refusal, match="body_invalid"):
        codec.unpack(b"no zstd frame at all")


@given(st.lists(st.binary(max_size=20).filter(lambda line: b"\n" not in line and b"\r" not in line), max_size=9))
def test_lines_are_told_apart(lines: list[bytes]) -> None:
    assert list(codec.split_lines(codec.join_lines(lines))) == lines


def test_a_text_cut_inside_a_line_is_refused() -> None:
    with pytest.raises(Refusal, match="body_invalid"):
        list(codec.split_lines(b'{"a":1}\n{"b"'))
    assert list(codec.split_lines(b"")) == []


@pytest.mark.parametrize("text", [b'{"code":"\xff"}', b'{"code":"\xed\xa0\x80"}', b'{"\xff":1}'])
def test_bytes_that_are_no_text_are_refused(text: bytes) -> None:
    with pytest.raises(Refusal, match="body_invalid"):
        codec.decode(text, Problem)
    with pytest.raises(Refusal, match="body_invalid"):
        codec.decode_lines(text + b"\n", Problem)


def test_lines_are_read_together_as_one_by_one() -> None:
    lines = [PulledLine(seq=n, entity="note", id=str(n), version=1, row=msgspec.Raw(b'{"a":[1]}')) for n in range(3)]
    lines.append(PulledLine(seq=3, entity="note", id="gone", version=2))
    text = codec.encode_lines(lines)
    assert b"null" not in text
    assert [codec.decode(line, Line) for line in codec.split_lines(text)] == codec.decode_lines(text, Line)
    assert codec.encode_lines(codec.decode_lines(text, PulledLine)) == text
    assert codec.encode_lines([]) == b""
    for bad in (b"{}\n", text + b"{", text + b"1\n"):
        with pytest.raises(Refusal, match="body_invalid"):
            codec.decode_lines(bad, PulledLine)
