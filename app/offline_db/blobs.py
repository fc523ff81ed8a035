"""Photos and signatures on the disk: encrypted in chunks, named by what they hold, verified whenever they are read."""

import hashlib
import io
import os
import struct
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO, NamedTuple

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from app.files import PRIVATE_FOLDER, disk_refusals, move_into_place, open_private, sync_folder
from core.refusals import Refusal

CHUNK = 64 * 1024
MOST_BYTES = 32 * 1024 * 1024  # a phone's largest photo is about 20 MB
_MAGIC = b"FXB1"
_SALT_BYTES = 16
_HEADER = struct.Struct(f">4s{_SALT_BYTES}sQ")  # magic, salt of this file's key, bytes of the plain content
_TAG_BYTES = 16


class BlobRef(NamedTuple):
    """What names a blob everywhere: operations, rows and the wire."""

    sha256: str  # of the plain content, 64 lower-case hex digits
    size: int  # bytes of the plain content


class _Head(NamedTuple):
    """A blob file's beginning."""

    raw: bytes
    size: int
    cipher: AESGCM


class BlobStore:
    """The blobs of one profile. Each file has its own key, derived from the database key and a random salt.

    Chunks carry their number and the file's name in their seal, so that none can be changed, moved, left out or put
    under another name unnoticed.
    """

    def __init__(self, folder: Path, database_key: bytes, most_bytes: int = MOST_BYTES) -> None:
        """``folder`` exists and is private; ``most_bytes`` bounds one blob."""
        self.folder = folder
        self.most_bytes = most_bytes
        self._key = database_key

    def put(self, content: bytes | BinaryIO, expected: BlobRef | None = None) -> BlobRef:
        """Keep ``content`` (bytes or a seekable file) durably; keeping the same again costs nothing.

        Refuses with ``blob_too_large``, ``disk_full``, ``profile_unwritable`` or, when it is not what ``expected``
        says, ``blob_damaged``; nothing is left behind then.
        """
        source = io.BytesIO(content) if isinstance(content, bytes) else content
        ref = self._measured(source)
        if expected is not None and ref != expected:
            raise Refusal("blob_damaged", name=expected.sha256)
        path = self._path(ref.sha256)
        if not path.exists():
            source.seek(0)
            with disk_refusals(self.folder):
                self._write(path, ref, source)
        return ref

    def has(self, sha256: str) -> bool:
        """Whether the blob is here; does not look into it."""
        return self._path(sha256).exists()

    def size(self, sha256: str) -> int:
        """Bytes of the plain content; refuses with ``blob_missing`` or ``blob_damaged``."""
        with self._opened(sha256) as file:
            return self._head(file, sha256).size

    def chunks(self, sha256: str) -> Iterator[bytes]:
        """The content piece by piece; the last piece is only given out when the whole has proved to be right.

        Refuses with ``blob_missing`` or ``blob_damaged``.
        """
        digest = hashlib.sha256()
        last = b""
        with self._opened(sha256) as file:
            head = self._head(file, sha256)
            for number in range(_count(head.size)):
                if number:
                    yield last
                last = self._chunk(file, head, number, sha256)
                digest.update(last)
        if digest.hexdigest() != sha256:
            raise Refusal("blob_damaged", name=sha256)
        yield last

    def read(self, sha256: str) -> bytes:
        """The whole content in memory (at most ``most_bytes``); refuses like :meth:`chunks`."""
        return b"".join(self.chunks(sha256))

    def read_at(self, sha256: str, offset: int, length: int) -> bytes:
        """Up to ``length`` bytes from ``offset``, for an upload that goes on after a cut; chunks are verified."""
        with self._opened(sha256) as file:
            head = self._head(file, sha256)
            end = min(offset + length, head.size)
            if offset >= end:
                return b""
            numbers = range(offset // CHUNK, (end - 1) // CHUNK + 1)
            found = b"".join(self._chunk(file, head, number, sha256) for number in numbers)
        begin = numbers[0] * CHUNK
        return found[offset - begin : end - begin]

    def remove(self, sha256: str) -> None:
        """Delete a blob that is no longer needed here; harmless when it is not here."""
        self._path(sha256).unlink(missing_ok=True)

    def all(self) -> Iterator[str]:
        """The names of all blobs here."""
        return (path.name for path in self.folder.glob("[0-9a-f][0-9a-f]/*") if len(path.name) == 64)

    def _path(self, sha256: str) -> Path:
        if len(sha256) != 64 or not set(sha256) <= set("0123456789abcdef"):
            raise Refusal("blob_missing", name=sha256[:64])  # never a path made of what somebody sent
        return self.folder / sha256[:2] / sha256

    def _measured(self, source: BinaryIO) -> BlobRef:
        digest, size = hashlib.sha256(), 0
        while piece := source.read(CHUNK):
            digest.update(piece)
            size += len(piece)
            if size > self.most_bytes:
                raise Refusal("blob_too_large", limit=self.most_bytes)
        return BlobRef(digest.hexdigest(), size)

    def _write(self, path: Path, ref: BlobRef, source: BinaryIO) -> None:
        path.parent.mkdir(mode=PRIVATE_FOLDER, exist_ok=True)
        temporary = path.with_name(f".{ref.sha256}.{os.getpid()}.new")
        salt = os.urandom(_SALT_BYTES)
        header = _HEADER.pack(_MAGIC, salt, ref.size)
        cipher = self._cipher(salt)
        digest = hashlib.sha256()
        try:
            with os.fdopen(open_private(temporary), "wb") as file:
                file.write(header)
                for number in range(_count(ref.size)):
                    chunk = source.read(CHUNK)
                    digest.update(chunk)
                    file.write(cipher.encrypt(_nonce(number), chunk, header + ref.sha256.encode()))
                file.flush()
                os.fsync(file.fileno())
            if digest.hexdigest() != ref.sha256:  # somebody wrote to the source between measuring and reading
                raise Refusal("blob_damaged", name=ref.sha256)
            move_into_place(temporary, path)
            sync_folder(self.folder)
        finally:
            temporary.unlink(missing_ok=True)

    def _opened(self, sha256: str) -> BinaryIO:
        try:
            return self._path(sha256).open("rb")
        except FileNotFoundError:
            raise Refusal("blob_missing", name=sha256) from None

    def _head(self, file: BinaryIO, sha256: str) -> _Head:
        raw = file.read(_HEADER.size)
        if len(raw) == _HEADER.size:
            magic, salt, size = _HEADER.unpack(raw)
            whole = _HEADER.size + size + _TAG_BYTES * _count(size)
            if magic == _MAGIC and size <= self.most_bytes and os.fstat(file.fileno()).st_size == whole:
                return _Head(raw, size, self._cipher(salt))
        raise Refusal("blob_damaged", name=sha256)

    def _chunk(self, file: BinaryIO, head: _Head, number: int, sha256: str) -> bytes:
        file.seek(_HEADER.size + number * (CHUNK + _TAG_BYTES))
        sealed = file.read(min(CHUNK, head.size - number * CHUNK) + _TAG_BYTES)
        try:
            return head.cipher.decrypt(_nonce(number), sealed, head.raw + sha256.encode())
        except InvalidTag:
            raise Refusal("blob_damaged", name=sha256) from None

    def _cipher(self, salt: bytes) -> AESGCM:
        return AESGCM(derived_key(self._key, salt, b"fixpoint blob"))


def derived_key(database_key: bytes, salt: bytes, purpose: bytes) -> bytes:
    """32 bytes for one file and one purpose, from which the database key can't be found."""
    return HKDF(SHA256(), 32, salt, purpose).derive(database_key)


def _count(size: int) -> int:
    """Chunks of a content of ``size`` bytes; an empty one still has one, whose seal proves that it is empty."""
    return max(1, -(-size // CHUNK))


def _nonce(number: int) -> bytes:
    """Never used twice with one key: the key is the file's own and each chunk has its number."""
    return number.to_bytes(12, "big")
