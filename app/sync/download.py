"""A large file on its way: proven piece by piece, so that after a cut only what is missing or torn comes again."""

import hashlib
import io
import os
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from app.files import open_private
from core.contract.messages import SnapshotManifest
from core.refusals import Refusal

#: One request asks for at most so much (bytes): a token outlives it on a slow line.
SPAN = 8 * 1024 * 1024
#: The disk has confirmed all but the last so many bytes, on a fast line all but the last moment's (seconds).
_SYNC_BYTES = 256 * 1024
_SYNC_SECONDS = 0.25
#: Called with the bytes that are there and the bytes in all.
Progress = Callable[[int, int], None]


class Download:
    """The packed file of a snapshot, open for what is missing; made by :func:`downloading`."""

    def __init__(self, file: io.FileIO, manifest: SnapshotManifest, progress: Progress) -> None:
        """Prove what an earlier attempt has left in ``file``."""
        self._file, self._progress = file, progress
        self._bytes = manifest.packed_bytes
        self._piece = manifest.piece_bytes or max(self._bytes, 1)
        self._hashes = manifest.pieces or (manifest.packed_sha256,)
        if len(self._hashes) != -(-self._bytes // self._piece):
            raise Refusal("hq_unexpected", problem="pieces")
        self._good = [False] * len(self._hashes)
        self._at = self._end = 0
        self._hash = hashlib.sha256()
        self._whole = True  # whether the piece under way came whole in this attempt
        self._unsynced, self._synced_at = 0, time.monotonic()
        self._prove()

    def missing(self) -> tuple[int, int] | None:
        """The next bytes to fetch, from and to before; None when all are there. Then they are to be given to `take`."""
        if all(self._good):
            return None
        first = self._good.index(False)
        if not first * self._piece < self._at < self._end_of(first):  # nothing of it is there
            self._at, self._hash, self._whole = first * self._piece, hashlib.sha256(), True
        after = next((number for number in range(first, len(self._good)) if self._good[number]), len(self._good))
        self._end = min(after * self._piece, self._bytes, self._at + SPAN)
        return self._at, self._end

    def take(self, data: bytes) -> None:
        """Keep the next bytes; raises Refusal ``registry_damaged`` when a piece is not what HQ has told of."""
        rest = memoryview(data)
        if self._at + len(rest) > self._end:
            raise Refusal("hq_unexpected", problem="range")
        while rest:
            number = self._at // self._piece
            piece_end = self._end_of(number)
            part, rest = rest[: piece_end - self._at], rest[piece_end - self._at :]
            self._write(part)
            self._hash.update(part)
            self._at += len(part)
            if self._at == piece_end:
                self._end_piece(number)
        self._sync_now_and_then()

    @property
    def at(self) -> int:
        """Where the next byte goes."""
        return self._at

    def _end_of(self, number: int) -> int:
        return min((number + 1) * self._piece, self._bytes)

    def _prove(self) -> None:
        self._file.truncate(min(self._file.seek(0, os.SEEK_END), self._bytes))
        self._file.seek(0)
        for number, known in enumerate(self._hashes):
            wanted = self._end_of(number) - number * self._piece
            data = self._file.read(wanted)
            if len(data) < wanted:
                self._at = number * self._piece + len(data)  # here the last attempt was cut: not proven yet
                self._hash, self._whole = hashlib.sha256(data), False
                return
            self._good[number] = hashlib.sha256(data).hexdigest() == known

    def _write(self, part: memoryview) -> None:
        self._file.seek(self._at)
        while part:
            written = self._file.write(part)
            part = part[written:]
            self._unsynced += written

    def _end_piece(self, number: int) -> None:
        self._good[number] = self._hash.hexdigest() == self._hashes[number]
        if not self._good[number] and self._whole:
            raise Refusal("registry_damaged", problem=f"piece {number}")
        self._hash, self._whole = hashlib.sha256(), True  # a torn beginning comes again, once the rest is there
        self._progress(self._good.count(True) * self._piece if not all(self._good) else self._bytes, self._bytes)

    def _sync_now_and_then(self) -> None:
        now = time.monotonic()
        if self._unsynced >= _SYNC_BYTES and now - self._synced_at >= _SYNC_SECONDS:
            os.fsync(self._file.fileno())
            self._unsynced, self._synced_at = 0, now


@contextmanager
def downloading(path: Path, manifest: SnapshotManifest, progress: Progress) -> Iterator[Download]:
    """The download at ``path``, going on where an earlier attempt has ended."""
    with os.fdopen(open_private(path, os.O_RDWR | os.O_CREAT), "r+b", buffering=0) as file:
        yield Download(file, manifest, progress)
