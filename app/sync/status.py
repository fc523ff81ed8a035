"""How sync stands, as the chip and the panel show it."""

from datetime import datetime
from enum import StrEnum

import msgspec

from app.sync.lane import Moving
from app.sync.ports import Counts
from core.refusals import Refusal


class Standing(StrEnum):
    """What the chip says; the first that applies, in this order."""

    NEEDS_YOU = "needs_you"  # parked operations or conflicts wait for a person
    OFFLINE = "offline"
    SYNCING = "syncing"
    PENDING = "pending"
    UP_TO_DATE = "up_to_date"


class SyncReport(msgspec.Struct, frozen=True, kw_only=True):
    """What one sync did: operations pushed, rows pulled, and what is open now; ``ms`` milliseconds."""

    pushed: int
    pulled: int
    parked: int
    conflicts: int
    pending: int
    ms: int


class SyncStatus(msgspec.Struct, frozen=True, kw_only=True):
    """Everything the chip and the panel need. Times are aware UTC."""

    syncing: bool = False
    pending: int = 0
    blobs: int = 0
    parked: int = 0
    conflicts: int = 0
    last_sync_at: datetime | None = None
    offline_since: datetime | None = None
    problem: str | None = None  # the refusal's code of the last failed sync
    problem_facts: dict[str, object] = {}
    step: str = ""  # the scope or file that is being exchanged
    done: int = 0
    total: int | None = None
    registry: Moving = Moving()  # the registry's file and the photos travel beside everything else
    photos: Moving = Moving()

    @property
    def needs_you(self) -> int:
        """How many things wait for a person."""
        return self.parked + self.conflicts

    @property
    def standing(self) -> Standing:
        """What the chip says."""
        if self.needs_you:
            return Standing.NEEDS_YOU
        if self.syncing:
            return Standing.SYNCING
        if self.offline_since is not None:
            return Standing.OFFLINE
        return Standing.PENDING if self.pending or self.blobs else Standing.UP_TO_DATE


def with_counts(status: SyncStatus, counts: Counts) -> SyncStatus:
    """The status with what is open now."""
    return msgspec.structs.replace(
        status, pending=counts.pending, blobs=counts.blobs, parked=counts.parked, conflicts=counts.conflicts
    )


def begun(status: SyncStatus) -> SyncStatus:
    """A sync is under way."""
    return msgspec.structs.replace(status, syncing=True, step="", done=0, total=None)


def progressed(status: SyncStatus, step: str, done: int, total: int | None) -> SyncStatus:
    """How far it is."""
    return msgspec.structs.replace(status, step=step, done=done, total=total)


def registry_moved(status: SyncStatus, moving: Moving) -> SyncStatus:
    """How much of the registry's file is here."""
    return msgspec.structs.replace(status, registry=moving)


def photos_moved(status: SyncStatus, moving: Moving) -> SyncStatus:
    """How much of a photo is at HQ."""
    return msgspec.structs.replace(status, photos=moving)


def succeeded(status: SyncStatus, at: datetime) -> SyncStatus:
    """It went through."""
    return msgspec.structs.replace(
        status, syncing=False, last_sync_at=at, offline_since=None, problem=None, problem_facts={}, step=""
    )


def failed(status: SyncStatus, refusal: Refusal, at: datetime) -> SyncStatus:
    """It did not; offline since the first failure in a row."""
    return msgspec.structs.replace(
        status,
        syncing=False,
        offline_since=status.offline_since or at,
        problem=refusal.code,
        problem_facts=dict(refusal.facts),
        step="",
    )
