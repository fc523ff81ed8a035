"""The lane of photos and signatures: a large one on a bad line keeps no operation from HQ."""

from collections.abc import Callable

from app.sync.blobs import send_blobs
from app.sync.client import HqClient
from app.sync.lane import Lane, Progress
from app.sync.ports import BlobFiles, SyncStore


class BlobLane(Lane[None]):
    """Sends what waits."""

    def __init__(self, store: SyncStore, files: BlobFiles, hq: HqClient, roll: Callable[[], float]) -> None:
        """``hq`` is used by this lane alone."""
        super().__init__("blobs", self._send_all, roll)
        self._store = store
        self.files = files
        self._hq = hq

    def send(self) -> None:
        """Have what waits sent soon; returns at once."""
        if self._store.waiting_blobs():
            self.bring(None)

    def _send_all(self, _nothing: None, told: Progress) -> None:
        """Also what is queued meanwhile."""
        while send_blobs(self._store, self._hq, self.files, told):
            pass
