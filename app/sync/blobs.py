"""Photos and signatures: up in resumable pieces, verified by HQ; down when somebody looks at one."""

from collections.abc import Callable
from typing import Protocol

from app.sync.client import HqClient
from app.sync.ports import BlobFiles, SyncStore, WaitingBlob
from app.sync.transport import Reply
from core.refusals import Kind, Refusal

PIECE = 1024 * 1024
#: Reasons why one blob can never be sent from here.
_FOR_GOOD = frozenset({"blob_missing", "blob_damaged", "blob_too_large"})
#: Called with the bytes sent and the bytes in all.
Progress = Callable[[int, int], None]


class Incoming(Protocol):
    """A blob on its way down."""

    @property
    def offset(self) -> int:
        """Bytes that are here."""

    def append(self, offset: int, piece: bytes, /) -> int:
        """Keep a piece; returns the next offset."""

    def finish(self) -> object:
        """Verify the whole and keep it; raises Refusal ``blob_damaged``."""


def send_blobs(store: SyncStore, hq: HqClient, files: BlobFiles, progress: Progress) -> int:
    """Send what waits; returns how many are done. One that can't be sent never keeps the others from going.

    Raises what HQ refused one with, once the others are through; that one is tried again at the next sync.
    """
    done, refused = 0, None
    for blob in store.waiting_blobs():
        try:
            _send(store, hq, files, blob, progress)
            done += 1
        except Refusal as refusal:
            if refusal.kind is Kind.UNREACHABLE:
                raise
            if refusal.code in _FOR_GOOD:
                store.blob_failed(blob.sha256, refusal.code)
            else:
                refused = refusal
    if refused is not None:
        raise refused
    return done


def look_for_blobs(store: SyncStore, files: BlobFiles) -> None:
    """Queue what lies on the disk and the queue does not know; HQ answers at once for what it has already."""
    if not store.is_to_look_for_blobs():
        return
    sizes: dict[str, int] = {}
    for name in store.unknown_blobs(files.all()):
        try:
            sizes[name] = files.size(name)
        except Refusal:
            continue
    store.found_blobs(sizes)


def _send(store: SyncStore, hq: HqClient, files: BlobFiles, blob: WaitingBlob, progress: Progress) -> None:
    path = f"/v1/blobs/{blob.sha256}"
    sent = _offset(hq.send("HEAD", path, accepted=(404,)), blob.size)
    while sent < blob.size:
        piece = files.read_at(blob.sha256, sent, PIECE)
        now = _offset(hq.send("PATCH", path, piece, _headers(blob, sent)), blob.size)
        if now <= sent:
            raise Refusal("hq_unexpected", problem="upload offset")
        sent = now
        store.blob_progressed(blob.sha256, sent)
        progress(sent, blob.size)
    store.blob_progressed(blob.sha256, blob.size)


def _headers(blob: WaitingBlob, offset: int) -> dict[str, str]:
    return {
        "Content-Type": "application/offset+octet-stream",
        "Upload-Offset": str(offset),
        "Upload-Length": str(blob.size),
        "Upload-Type": blob.media_type,
    }


def _offset(reply: Reply, most: int) -> int:
    """What HQ has of the blob, in bytes."""
    if reply.status == 404:
        return 0
    text = reply.headers.get("upload-offset", "")
    if not text.isdecimal() or int(text) > most:
        raise Refusal("hq_unexpected", problem="upload offset")
    return int(text)


def fetch_blob(
    hq: HqClient, sha256: str, size: int, incoming: Incoming, progress: Progress = lambda done, total: None
) -> None:
    """Fetch a blob of ``size`` bytes, going on where ``incoming`` stands; it is verified and kept at the end."""
    at = incoming.offset
    while at < size:
        end = min(at + PIECE, size)
        reply = hq.send("GET", f"/v1/blobs/{sha256}", headers={"Range": f"bytes={at}-{end - 1}"})
        whole = reply.status == 200 and len(reply.body) == size
        piece = reply.body[at:end] if whole else reply.body
        if not piece or len(piece) > end - at:
            raise Refusal("hq_unexpected", problem="range")
        at = incoming.append(at, piece)
        progress(at, size)
    incoming.finish()
