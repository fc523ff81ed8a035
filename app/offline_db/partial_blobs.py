"""Blobs on their way down: pieces are kept encrypted, so that a download goes on at its offset after any cut."""

import os
import shutil
from collections.abc import Iterator
from pathlib import Path

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from app.files import PRIVATE_FOLDER, disk_refusals, move_into_place, open_private
from app.offline_db.blobs import BlobRef, BlobStore, derived_key
from core.refusals import Refusal

MOST_PIECE_BYTES = 4 * 1024 * 1024
_SALT_BYTES = 16
_TAG_BYTES = 16


class PartialBlob:
    """One blob that is being fetched: ``offset`` says where to go on, ``append`` keeps a piece, ``finish`` verifies.

    Each piece is a file of its own, named by where it begins: what a cut leaves is whole pieces or nothing.
    """

    def __init__(self, store: BlobStore, ref: BlobRef, database_key: bytes) -> None:
        """Go on with what earlier attempts have left; refuses with ``blob_too_large`` before anything is fetched."""
        if ref.size > store.most_bytes:
            raise Refusal("blob_too_large", limit=store.most_bytes)
        store.has(ref.sha256)  # refuses what is no blob's name, before a folder is named by it
        self._store = store
        self._ref = ref
        self._key = database_key
        self._folder = store.folder / "parts" / ref.sha256
        self._offset = self._offset_on_disk()

    @property
    def offset(self) -> int:
        """Bytes that are here without a gap: the offset to ask for next."""
        return self._offset

    def append(self, offset: int, piece: bytes) -> int:
        """Keep ``piece``, which begins at ``offset``, durably; returns the next offset.

        A piece that does not continue what is here is left out (a doubled or reordered answer): the offset returned
        says what to ask for. Refuses with ``blob_too_large`` when it reaches beyond the announced size.
        """
        if offset != self._offset or not piece:
            return self._offset
        if len(piece) > MOST_PIECE_BYTES or offset + len(piece) > self._ref.size:
            raise Refusal("blob_too_large", limit=self._ref.size)
        with disk_refusals(self._store.folder):
            self._write(offset, piece)
        self._offset += len(piece)
        return self._offset

    def finish(self) -> BlobRef:
        """Move the whole blob into the store and forget the pieces.

        Refuses with ``blob_damaged`` when the content is not what its name says; the pieces are then forgotten too, so
        that the next attempt begins afresh.
        """
        try:
            # in memory, not in a temporary file: the plain content never touches the disk
            found = self._store.put(b"".join(self._plain()), self._ref)
        except Refusal as refusal:
            if refusal.code == "blob_damaged":
                self.forget()
            raise
        self.forget()
        return found

    def forget(self) -> None:
        """Delete the pieces."""
        shutil.rmtree(self._folder, ignore_errors=True)
        self._offset = self._offset_on_disk()

    def _offset_on_disk(self) -> int:
        return sum(size for _, _, size in self._pieces())

    def _pieces(self) -> Iterator[tuple[Path, int, int]]:
        """File, offset and plain size of each piece that continues the one before."""
        names = sorted(path.name for path in self._folder.glob("[0-9]*")) if self._folder.exists() else []
        at = 0
        for name in names:
            if int(name) != at:
                return
            size = (self._folder / name).stat().st_size - _SALT_BYTES - _TAG_BYTES
            yield self._folder / name, at, size
            at += size

    def _plain(self) -> Iterator[bytes]:
        for path, offset, _ in self._pieces():
            raw = path.read_bytes()
            try:
                yield self._cipher(raw[:_SALT_BYTES]).decrypt(bytes(12), raw[_SALT_BYTES:], self._context(offset))
            except InvalidTag:
                raise Refusal("blob_damaged", name=self._ref.sha256) from None

    def _write(self, offset: int, piece: bytes) -> None:
        for folder in (self._folder.parent, self._folder):
            folder.mkdir(mode=PRIVATE_FOLDER, exist_ok=True)
        salt = os.urandom(_SALT_BYTES)
        temporary = self._folder / f".{os.getpid()}.new"
        with os.fdopen(open_private(temporary), "wb") as file:
            file.write(salt + self._cipher(salt).encrypt(bytes(12), piece, self._context(offset)))
            file.flush()
            os.fsync(file.fileno())
        move_into_place(temporary, self._folder / f"{offset:012d}")

    def _cipher(self, salt: bytes) -> AESGCM:
        """A key of its own for each piece, so that the nonce may be the same."""
        return AESGCM(derived_key(self._key, salt, b"fixpoint blob piece"))

    def _context(self, offset: int) -> bytes:
        return f"{self._ref.sha256}:{offset}".encode()
