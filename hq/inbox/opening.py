"""Opening a push: each operation is read, and its signature checked on all of the machine's cores."""

import os
from collections.abc import Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor

import msgspec

from core.refusals import Refusal
from hq.identity import Device
from hq.inbox.messages import Envelope, open_envelope

#: A check costs more than all the rest of an operation; the library does it without Python's lock.
_CHECKED_AT_ONCE = 128
_pool = ThreadPoolExecutor(os.cpu_count(), "signatures")


def open_all(device: Device, raw: Sequence[msgspec.Raw]) -> list[Envelope]:
    """Envelopes up to the first that is not signed by this device.

    Raises Refusal ``signature_invalid`` or ``body_invalid`` when that is the very first.
    """
    pieces: list[tuple[list[Envelope], Future[int]]] = []
    problem = Refusal("signature_invalid")
    for begin in range(0, len(raw), _CHECKED_AT_ONCE):
        some: list[Envelope] = []
        try:
            for one in raw[begin : begin + _CHECKED_AT_ONCE]:
                some.append(open_envelope(one))  # noqa: PERF401 - what was opened before a refusal stays
        except Refusal as refusal:
            problem = refusal
        pieces.append((some, _begun(device, some)))
        if len(some) < _CHECKED_AT_ONCE:
            break
    envelopes = list(_signed(pieces))
    if raw and not envelopes:
        raise problem if not pieces[0][0] else Refusal("signature_invalid")
    return envelopes


def _begun(device: Device, envelopes: list[Envelope]) -> Future[int]:
    if len(envelopes) == _CHECKED_AT_ONCE:
        return _pool.submit(_count_signed, device, envelopes)
    done: Future[int] = Future()
    done.set_result(_count_signed(device, envelopes))
    return done


def _count_signed(device: Device, envelopes: list[Envelope]) -> int:
    """How many are signed until one is not."""
    for count, envelope in enumerate(envelopes):
        if not device.verifies(envelope.sent.body.encode(), envelope.sent.signature):
            return count
    return len(envelopes)


def _signed(pieces: list[tuple[list[Envelope], Future[int]]]) -> Iterator[Envelope]:
    for some, checked in pieces:
        yield from some[: checked.result()]
        if checked.result() < len(some):
            return
