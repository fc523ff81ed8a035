"""The process in which zbar runs: an assertion of its own aborts this one and never the program (pyzbar #143).

It says on its first line whether zbar is there, then answers pictures until its input ends. It imports nothing heavy,
bounds its own memory and time, and what zbar writes to the error stream goes nowhere.
"""

import json
import os
import signal
import struct
import sys
import threading
from collections.abc import Callable, Sequence
from typing import Any, BinaryIO

#: Before each picture: width, height, how many bytes of names (of symbologies, separated by spaces) come first.
HEADER = struct.Struct("<III")
#: Before each answer: how many bytes of JSON come.
LENGTH = struct.Struct("<I")
#: Given to the bundled program in place of a command.
FLAG = "--zbar-worker"
#: Seconds after which a picture ends the process; the program itself is a little more patient.
LIMIT_SECONDS = 15.0
_MOST_MEMORY = 1 << 30

Decode = Callable[..., Sequence[Any]]


def main() -> int:
    """Serve one program over standard input and output; returns when the program has gone."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the program decides when it ends
    requests, answers = os.fdopen(os.dup(0), "rb"), os.fdopen(os.dup(1), "wb")
    nowhere = os.open(os.devnull, os.O_RDWR)
    for stream in (0, 1, 2):
        os.dup2(nowhere, stream)
    _bound_memory()
    serve(requests, answers, _load())
    return 0


def serve(requests: BinaryIO, answers: BinaryIO, decode: Decode | None) -> None:
    """Say whether zbar is there, then answer each picture of `requests` with what `decode` finds in it."""
    _answer(answers, {"present": decode is not None})
    while decode and len(head := requests.read(HEADER.size)) == HEADER.size:
        width, height, length = HEADER.unpack(head)
        names = requests.read(length).decode().split()
        pixels = requests.read(width * height)
        if len(pixels) < width * height:
            return
        watch = threading.Timer(LIMIT_SECONDS, os._exit, (1,))
        watch.daemon = True
        watch.start()
        found = [_plain(one) for one in decode((pixels, width, height), names)]
        watch.cancel()
        _answer(answers, found)


def _answer(answers: BinaryIO, content: object) -> None:
    data = json.dumps(content).encode()
    answers.write(LENGTH.pack(len(data)) + data)
    answers.flush()


def _plain(one: Any) -> dict[str, object]:
    corners = [[point.x, point.y] for point in one.polygon]
    return {"type": str(one.type), "data": one.data.hex(), "corners": corners}


def _load() -> Decode | None:
    """Pyzbar's decoder, None where it or its library is missing (it raises ImportError without libzbar)."""
    try:
        from pyzbar import pyzbar
    except (ImportError, OSError):
        return None

    def decode(picture: tuple[bytes, int, int], names: list[str]) -> Sequence[Any]:
        found: Sequence[Any] = pyzbar.decode(picture, symbols=[pyzbar.ZBarSymbol[name] for name in names])
        return found

    return decode


def _bound_memory() -> None:
    """Where the system can; elsewhere the bound on a picture's pixels is the only one."""
    if sys.platform != "win32":
        import resource

        resource.setrlimit(resource.RLIMIT_AS, (_MOST_MEMORY, _MOST_MEMORY))
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


if __name__ == "__main__":
    sys.exit(main())
