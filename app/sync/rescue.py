"""A rescue file on its way to HQ, through whichever enrolled device is at hand; going on where it was cut."""

from collections.abc import Callable, Iterator
from typing import NamedTuple

from app.sync.blobs import PIECE
from app.sync.client import JSON, HqClient, decoded
from core.contract import codec
from core.contract.rescue import RescueBegun, RescuedOperations, RescueReply
from core.refusals import Refusal
from rowstore.rescue_format import Batch, BlobContent, RescueFile

_PACKED = {"Content-Type": JSON, "Content-Encoding": "zstd"}


class HandedIn(NamedTuple):
    """How far the file has come: operations HQ had, operations it took (by outcome), photos that are there now."""

    known: int = 0
    taken: int = 0
    photos: int = 0
    outcomes: dict[str, int] = {}

    def plus(self, reply: RescueReply) -> "HandedIn":
        """With HQ's answer to one batch."""
        names = self.outcomes.keys() | reply.outcomes.keys()
        outcomes = {name: self.outcomes.get(name, 0) + reply.outcomes.get(name, 0) for name in sorted(names)}
        return self._replace(known=self.known + reply.known, taken=self.taken + reply.taken, outcomes=outcomes)


#: Called whenever HQ has taken more.
Told = Callable[[HandedIn], None]


def hand_in(file: RescueFile, hq: HqClient, told: Told) -> HandedIn:
    """Send everything in a proved file; what HQ has already is not taken twice.

    Raises the client's refusals and HQ's own (``rescue_not_yours``, ``rescue_forged``, ``rescue_other_hq``); what was
    told until then stays at HQ, and the same call again goes on behind it.
    """
    signed = codec.pack(codec.encode(file.signed))
    begun = decoded(hq.send("POST", "/v1/rescue", signed, _PACKED), RescueBegun)
    done = HandedIn()
    for found in file.records():
        if isinstance(found, BlobContent):
            _send_blob(begun.id, found, hq)
            done = done._replace(photos=done.photos + 1)
        else:
            done = done.plus(_send_batch(begun.id, found, hq))
        told(done)
    return done


def _send_batch(rescue_id: str, batch: Batch, hq: HqClient) -> RescueReply:
    body = codec.pack(codec.encode(RescuedOperations(operations=batch)))
    return decoded(hq.send("POST", f"/v1/rescue/{rescue_id}/operations", body, _PACKED), RescueReply)


def _send_blob(rescue_id: str, blob: BlobContent, hq: HqClient) -> None:
    path = f"/v1/rescue/{rescue_id}/blobs/{blob.about.sha256}"
    there = hq.send("HEAD", path, accepted=(404,))
    at, sent = 0, 0 if there.status == 404 else _offset(there.headers.get("upload-offset", ""), blob.about.bytes)
    for piece in _larger(blob.pieces):
        at += len(piece)
        new = piece[max(0, len(piece) - (at - sent)) :] if at > sent else b""
        if new:
            headers = {"Content-Type": "application/offset+octet-stream", "Upload-Offset": str(sent)}
            reply = hq.send("PATCH", path, new, headers)
            if _offset(reply.headers.get("upload-offset", ""), blob.about.bytes) != at:
                raise Refusal("hq_unexpected", problem="upload offset")
            sent = at


def _offset(text: str, most: int) -> int:
    if not text.isdecimal() or int(text) > most:
        raise Refusal("hq_unexpected", problem="upload offset")
    return int(text)


def _larger(pieces: Iterator[bytes]) -> Iterator[bytes]:
    """The same bytes in pieces as large as HQ takes them at once."""
    gathered = bytearray()
    for piece in pieces:
        gathered += piece
        if len(gathered) >= PIECE:
            yield bytes(gathered)
            gathered.clear()
    if gathered:
        yield bytes(gathered)
