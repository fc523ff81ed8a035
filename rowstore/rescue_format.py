"""The rescue file: a device's unsent work, sealed by a passphrase and signed, written and read in small pieces."""

import base64
import binascii
import hashlib
import hmac
import io
import os
import struct
import unicodedata
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import BinaryIO, NamedTuple

import msgspec
from cryptography.exceptions import InvalidSignature, InvalidTag
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.argon2 import Argon2id

from core.contract.messages import MAX_PUSH_BYTES, MAX_PUSH_OPERATIONS
from core.contract.rescue import MAX_MANIFEST, RescuedBlob, RescueManifest, SignedManifest, signed_text
from core.operations.operation import SignedOperation, body_hash
from core.refusals import Refusal

LEAST_PASSPHRASE = 8
CHUNK = 64 * 1024
_MAGIC = b"FXRESCUE"
_TAG = 16
_HEAD_SIZE = struct.Struct(">H")
_RECORD = struct.Struct(">BQ")
_MANIFEST, _OPERATIONS, _BLOB, _END = 1, 2, 3, 4
_SHA256 = 32
_MOST_OPERATIONS_BYTES = 4 * MAX_PUSH_BYTES  # one operation may be larger than a whole push's bound once it is quoted
#: Called with the bytes done and the bytes in all.
Progress = Callable[[int, int], None]


class Cost(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How dear one guess of the passphrase is (argon2id)."""

    memory_kib: int = 64 * 1024
    time: int = 3
    lanes: int = 4


COST = Cost()
_MOST = Cost(memory_kib=1024 * 1024, time=20, lanes=16)  # a planted file must not take all memory


class _Head(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The readable beginning; ``check`` tells a wrong passphrase from a damaged file."""

    format: int = 1
    kdf: str = "argon2id"
    cost: Cost
    salt: bytes
    cipher: str = "AES-256-GCM"
    chunk: int = CHUNK
    check: bytes


class BlobContent(NamedTuple):
    """A photo or signature on its way out of a file; the pieces must be taken before the next record is."""

    about: RescuedBlob
    pieces: Iterator[bytes]


Batch = tuple[SignedOperation, ...]


def seal(
    file: BinaryIO, passphrase: str, manifest: SignedManifest, batches: Iterable[Batch], blobs: Iterable[BlobContent]
) -> None:
    """Write a whole rescue file; refuses a passphrase of fewer than 8 characters with ``passphrase_too_short``."""
    writer = _Sealer(file, passphrase)
    content = msgspec.json.encode(manifest)
    writer.record(_MANIFEST, len(content), [content])
    for batch in batches:
        content = msgspec.json.encode(batch)
        writer.record(_OPERATIONS, len(content), [content])
    for about, pieces in blobs:
        writer.record(_BLOB, _SHA256 + about.bytes, [bytes.fromhex(about.sha256)])
        for piece in pieces:
            writer.write(piece)
    writer.record(_END, 0, [])
    writer.finish()


def in_batches(operations: Iterable[SignedOperation], most_bytes: int = MAX_PUSH_BYTES) -> Iterator[Batch]:
    """Operations in batches as they can be sent: bounded in number and in bytes, at least one each."""
    batch: list[SignedOperation] = []
    size = 0
    for one in operations:
        wire = len(msgspec.json.encode(one)) + 1
        if batch and (len(batch) >= MAX_PUSH_OPERATIONS or size + wire > most_bytes):
            yield tuple(batch)
            batch, size = [], 0
        batch.append(one)
        size += wire
    if batch:
        yield tuple(batch)


class _Sealer:
    """Turns a stream of records into sealed chunks; each carries its number and whether it is the last."""

    def __init__(self, file: BinaryIO, passphrase: str) -> None:
        if len(passphrase) < LEAST_PASSPHRASE:
            raise Refusal("passphrase_too_short", least=LEAST_PASSPHRASE)
        salt = os.urandom(16)
        key, check = _keys(passphrase, salt, COST)
        head = msgspec.json.encode(_Head(cost=COST, salt=salt, check=check))
        self._head = _MAGIC + _HEAD_SIZE.pack(len(head)) + head
        self._cipher = AESGCM(key)
        self._file = file
        self._buffer = bytearray()
        self._number = 0
        file.write(self._head)

    def record(self, kind: int, size: int, pieces: Iterable[bytes]) -> None:
        """Begin a record of ``size`` bytes; what ``pieces`` lacks of it is written afterwards."""
        self.write(_RECORD.pack(kind, size))
        for piece in pieces:
            self.write(piece)

    def write(self, piece: bytes) -> None:
        self._buffer += piece
        while len(self._buffer) > CHUNK:  # a full last chunk stays here: it is sealed as the last
            self._seal(bytes(self._buffer[:CHUNK]), last=False)
            del self._buffer[:CHUNK]

    def finish(self) -> None:
        self._seal(bytes(self._buffer), last=True)

    def _seal(self, plain: bytes, *, last: bool) -> None:
        self._file.write(self._cipher.encrypt(_nonce(self._number, last=last), plain, self._head))
        self._number += 1


def _keys(passphrase: str, salt: bytes, cost: Cost) -> tuple[bytes, bytes]:
    """The file's key, and the check of the passphrase."""
    text = unicodedata.normalize("NFC", passphrase).encode("utf-8", "replace")
    kdf = Argon2id(salt=salt, length=64, iterations=cost.time, lanes=cost.lanes, memory_cost=cost.memory_kib)
    made = kdf.derive(text)
    return made[:32], hmac.digest(made[32:], b"fixpoint rescue check", "sha256")[:16]


def _nonce(number: int, *, last: bool) -> bytes:
    """Never used twice with one key: the key is the file's own and each chunk has its number."""
    return number.to_bytes(11, "big") + bytes([last])


class RescueFile:
    """An opened rescue file; its manifest was read and fits its own signature.

    Refuses with ``rescue_unreadable``, ``rescue_passphrase_wrong``, ``rescue_damaged``, ``rescue_too_large``,
    ``rescue_forged``.
    """

    def __init__(self, path: Path, passphrase: str) -> None:
        """Open ``path`` and read as far as the manifest."""
        self.path = path
        self.size = _size_of(path)
        with path.open("rb") as file:
            self._head, head = _read_head(file, path)
        key, check = _keys(passphrase, head.salt, head.cost)
        if not hmac.compare_digest(check, head.check):
            raise Refusal("rescue_passphrase_wrong")
        self._cipher = AESGCM(key)
        with path.open("rb") as file:
            self.signed, self.manifest = self._read_manifest(_Opened(file, self._cipher, self._head))

    def records(self, progress: Progress = lambda done, total: None) -> Iterator[Batch | BlobContent]:
        """The batches of operations and then the blobs, as they stand in the file, proved as far as they were read.

        The last one is only given out when everything before it was right: raises Refusal ``rescue_damaged``.
        """
        with self.path.open("rb") as file:
            opened = _Opened(file, self._cipher, self._head)
            self._read_manifest(opened)
            yield from _Walk(opened, self.manifest, lambda: progress(file.tell(), self.size)).run()

    def prove(self, progress: Progress = lambda done, total: None) -> None:
        """Read all of it: raises Refusal ``rescue_damaged`` unless it is whole and holds what its manifest names."""
        for found in self.records(progress):
            if isinstance(found, BlobContent):
                for _ in found.pieces:
                    pass

    def _read_manifest(self, opened: "_Opened") -> tuple[SignedManifest, RescueManifest]:
        kind, size = opened.record()
        if kind != _MANIFEST:
            raise damaged("no manifest")
        if size > 2 * MAX_MANIFEST:
            raise Refusal("rescue_too_large")
        return read_manifest(opened.take(size))


def read_manifest(content: bytes) -> tuple[SignedManifest, RescueManifest]:
    """A signed manifest; refuses with ``rescue_damaged``, or ``rescue_forged`` when its own key did not sign it."""
    try:
        signed = msgspec.json.decode(content, type=SignedManifest)
        manifest = msgspec.json.decode(signed.text, type=RescueManifest)
        key = Ed25519PublicKey.from_public_bytes(base64.b64decode(manifest.public_key, validate=True))
        key.verify(base64.b64decode(signed.signature, validate=True), signed_text(signed.text))
    except InvalidSignature as error:
        raise Refusal("rescue_forged") from error
    except (msgspec.DecodeError, binascii.Error, ValueError, RecursionError) as error:
        raise damaged("manifest") from error
    return signed, manifest


def damaged(problem: str) -> Refusal:
    """The refusal of a file that is not whole or not what it says."""
    return Refusal("rescue_damaged", problem=problem)


def _size_of(path: Path) -> int:
    try:
        with path.open("rb"):
            return path.stat().st_size
    except FileNotFoundError as error:
        raise Refusal("file_missing", file=str(path)) from error
    except (OSError, ValueError) as error:
        raise Refusal("file_unreadable", file=str(path), problem=getattr(error, "strerror", "") or "") from error


def _read_head(file: BinaryIO, path: Path) -> tuple[bytes, _Head]:
    begin = file.read(len(_MAGIC) + _HEAD_SIZE.size)
    if len(begin) < len(_MAGIC) + _HEAD_SIZE.size or not begin.startswith(_MAGIC):
        raise Refusal("rescue_unreadable", file=path.name)
    (size,) = _HEAD_SIZE.unpack(begin[len(_MAGIC) :])
    content = file.read(size)
    try:
        head = msgspec.json.decode(content, type=_Head)
    except (msgspec.DecodeError, UnicodeError, RecursionError) as error:
        raise Refusal("rescue_unreadable", file=path.name) from error
    known = (head.format, head.kdf, head.cipher, head.chunk) == (1, "argon2id", "AES-256-GCM", CHUNK)
    cost = (head.cost.memory_kib, head.cost.time, head.cost.lanes)
    most = (_MOST.memory_kib, _MOST.time, _MOST.lanes)
    bounded = all(0 < given <= bound for given, bound in zip(cost, most, strict=True))
    if not known or not bounded or head.cost.memory_kib < 8 * head.cost.lanes or len(head.salt) != 16:
        raise Refusal("rescue_unreadable", file=path.name)
    return begin + content, head


class _Opened:
    """The plain stream behind the sealed chunks."""

    def __init__(self, file: BinaryIO, cipher: AESGCM, head: bytes) -> None:
        self._file = file
        self._cipher = cipher
        self._head = head
        self._number = 0
        self._left = io.BytesIO()
        file.seek(len(head))
        self._next = file.read(CHUNK + _TAG)

    def record(self) -> tuple[int, int]:
        """The kind and size of the next record."""
        kind, size = _RECORD.unpack(self.take(_RECORD.size))
        return kind, size

    def take(self, size: int) -> bytes:
        """Exactly ``size`` bytes; raises Refusal ``rescue_damaged`` when the file ends before."""
        return b"".join(self.pieces(size))

    def pieces(self, size: int) -> Iterator[bytes]:
        """``size`` bytes, a chunk at a time."""
        while size:
            piece = self._left.read(size)
            if piece:
                size -= len(piece)
                yield piece
            else:
                self._left = io.BytesIO(self._open())

    def is_at_end(self) -> bool:
        """Whether nothing follows."""
        return not self._next and not self._left.read(1)

    def _open(self) -> bytes:
        sealed, self._next = self._next, self._file.read(CHUNK + _TAG)
        if not sealed:
            raise damaged("cut off")
        number, self._number = self._number, self._number + 1
        try:
            return self._cipher.decrypt(_nonce(number, last=not self._next), sealed, self._head)
        except InvalidTag as error:
            raise damaged("cut off" if self._is_middle(number, sealed) else "changed") from error

    def _is_middle(self, number: int, sealed: bytes) -> bool:
        """Whether the chunk at the file's end was not the last one when it was written, or is cut itself."""
        if self._next:
            return False
        try:
            self._cipher.decrypt(_nonce(number, last=False), sealed, self._head)
        except InvalidTag:
            return len(sealed) < CHUNK + _TAG
        return True


class _Walk:
    """One reading of all records, compared with what the manifest names."""

    def __init__(self, opened: _Opened, manifest: RescueManifest, told: Callable[[], None]) -> None:
        self._opened = opened
        self._manifest = manifest
        self._told = told
        self._digest = hashlib.sha256()
        self._count = 0
        self._blobs = iter(manifest.blobs)

    def run(self) -> Iterator[Batch | BlobContent]:
        """Every record in turn."""
        while True:
            kind, size = self._opened.record()
            if kind == _OPERATIONS:
                yield self._batch(size)
            elif kind == _BLOB:
                self._operations_end()
                yield from self._blob(size)
            elif kind == _END and size == 0:
                return self._end()
            else:
                raise damaged("unknown record")
            self._told()

    def _batch(self, size: int) -> Batch:
        if size > _MOST_OPERATIONS_BYTES:
            raise Refusal("rescue_too_large")
        try:
            batch = msgspec.json.decode(self._opened.take(size), type=Batch)
            self._digest.update("".join(body_hash(one.body) for one in batch).encode())
        except (msgspec.DecodeError, UnicodeError, RecursionError) as error:
            raise damaged("operations") from error
        self._count += len(batch)
        if self._count > self._manifest.operations:
            raise damaged("operations")
        return batch

    def _blob(self, size: int) -> Iterator[BlobContent]:
        about = next(self._blobs, None)
        sha256 = self._opened.take(min(size, _SHA256)).hex()
        if about is None or (about.sha256, about.bytes + _SHA256) != (sha256, size):
            raise damaged("photos")
        state = _Taken(about)
        yield BlobContent(about, state.through(self._opened.pieces(about.bytes)))
        state.prove()

    def _operations_end(self) -> None:
        if (self._count, self._digest.hexdigest()) != (self._manifest.operations, self._manifest.digest):
            raise damaged("operations")

    def _end(self) -> None:
        self._operations_end()
        if next(self._blobs, None) is not None:
            raise damaged("photos")
        if not self._opened.is_at_end():
            raise damaged("more than its end")


class _Taken:
    """A blob's bytes as they go by."""

    def __init__(self, about: RescuedBlob) -> None:
        self._about = about
        self._digest = hashlib.sha256()
        self._size = 0

    def through(self, pieces: Iterator[bytes]) -> Iterator[bytes]:
        """The same pieces, measured."""
        for piece in pieces:
            self._digest.update(piece)
            self._size += len(piece)
            yield piece

    def prove(self) -> None:
        """Raises unless all of it was taken and is what its name says (a defect: ``ValueError``)."""
        if self._size != self._about.bytes:
            raise ValueError("a blob's pieces are taken before the next record")
        if self._digest.hexdigest() != self._about.sha256:
            raise damaged("photos")
