"""What sync needs from the rest of the program: a store, a key, a registry file and blobs, as protocols it owns."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime
from pathlib import Path
from typing import Any, Protocol

from core.contract.messages import (
    Answer,
    Hello,
    HelloReply,
    KnownReply,
    Line,
    PageEnd,
    PulledLine,
    RangeEnd,
    ScopeSums,
    SumsReply,
)
from core.operations.operation import SignedOperation
from rowstore.registry_format import About, Change


class Signer(Protocol):
    """The device's key."""

    @property
    def public_bytes(self) -> bytes:
        """The 32 bytes of the public half."""

    def sign(self, message: bytes, /) -> bytes:
        """The Ed25519 signature of ``message``."""


class Identity(Protocol):
    """Who this device is and which HQ it belongs to."""

    @property
    def id(self) -> str:
        """The device's id."""

    @property
    def hq_url(self) -> str:
        """HQ's address."""

    @property
    def hq_id(self) -> str:
        """Which HQ this is."""

    @property
    def ca_pem(self) -> str | None:
        """The certificate authority that signs HQ's certificate; None: the system's."""

    @property
    def last_sync_at(self) -> datetime | None:
        """When everything was last exchanged (UTC)."""

    @property
    def revoked(self) -> bool:
        """Whether HQ no longer trusts this device."""


class Greeted(Protocol):
    """What a hello led to at the store."""

    @property
    def numbered_anew(self) -> int:
        """Operations that got a new number because HQ granted a new epoch."""

    @property
    def asked_again(self) -> int:
        """Answered operations that HQ has lost and gets once more."""

    @property
    def cursors(self) -> Mapping[str, int]:
        """How far each followed scope (without the registry) has been read."""


class Counts(Protocol):
    """What is still open at this device."""

    @property
    def pending(self) -> int:
        """Operations HQ has not answered."""

    @property
    def blobs(self) -> int:
        """Photos and signatures still to send."""

    @property
    def parked(self) -> int:
        """Operations a person must look at."""

    @property
    def conflicts(self) -> int:
        """Fields with two values."""

    @property
    def is_idle(self) -> bool:
        """Whether there is nothing to send, to compare or to look for."""


class Compared(Protocol):
    """A page of answered operations, to be compared with a restored HQ."""

    @property
    def upto(self) -> int:
        """Where the next page begins."""

    @property
    def ids(self) -> tuple[str, ...]:
        """The operations; none: nothing is to be asked."""

    @property
    def is_last(self) -> bool:
        """Whether nothing comes behind it."""


class WaitingBlob(Protocol):
    """A photo or signature to send."""

    @property
    def sha256(self) -> str:
        """Its name."""

    @property
    def size(self) -> int:
        """Bytes."""

    @property
    def media_type(self) -> str:
        """What it is, e.g. ``image/jpeg``."""

    @property
    def sent(self) -> int:
        """Bytes HQ has confirmed."""


class SyncStore(Protocol):
    """The device's database; each method is one durable transaction."""

    def identity(self) -> Identity:
        """Who this device is; raises Refusal ``not_enrolled``."""

    def hello(self, app_version: str) -> Hello:
        """Where this device stands."""

    def greeted(self, reply: HelloReply, clock_offset_s: int) -> Greeted:
        """Take HQ's answer: scopes, incarnation, a new epoch, what it has lost. ``clock_offset_s``: HQ minus here."""

    def to_compare(self, after: int) -> Compared | None:
        """After HQ was restored: answered operations behind position ``after``; None: nothing is to be compared."""

    def compared(self, page: Any, reply: KnownReply) -> int:
        """Keep what HQ has of the page now, send again what it has lost; returns how many those are."""

    def unsent(self, most: int, most_bytes: int) -> tuple[int, tuple[SignedOperation, ...]]:
        """The epoch and the next operations HQ has not answered, in the order of n."""

    def answered(self, answers: Sequence[Answer], /) -> None:
        """Keep HQ's answers."""

    def cursors(self) -> dict[str, int]:
        """How far each followed scope (without the registry) has been read."""

    def base(self, scope: str) -> int:
        """Where HQ stood when the scope's reading from the beginning began; 0: not known."""

    def apply_page(self, scope: str, after: int, lines: Iterable[PulledLine], end: PageEnd) -> int:
        """Write a page with its cursor; returns how many rows may look different."""

    def restart(self, scope: str) -> None:
        """Read the scope again from the beginning."""

    def waiting_blobs(self) -> Sequence[WaitingBlob]:
        """Photos and signatures to send, oldest first."""

    def is_to_look_for_blobs(self) -> bool:
        """Whether the queue may be older than the files on the disk."""

    def unknown_blobs(self, names: Iterable[str], /) -> Sequence[str]:
        """Those of the files ``names`` that are not queued and were never sent."""

    def found_blobs(self, sizes: Mapping[str, int], /) -> None:
        """Queue files that lay on the disk, with their sizes (bytes); the disk was looked through."""

    def blob_progressed(self, sha256: str, sent: int) -> None:
        """HQ has confirmed ``sent`` bytes."""

    def blob_failed(self, sha256: str, problem: str) -> None:
        """The blob can't be sent from here; a person is told."""

    def finished(self, at: datetime) -> None:
        """A sync went through."""

    def counts(self) -> Counts:
        """What is still open."""


class Found(Protocol):
    """Differences that a self-check found and set right."""

    @property
    def missing(self) -> int:
        """Rows that were not here."""

    @property
    def different(self) -> int:
        """Rows of another version or content."""

    @property
    def extra(self) -> int:
        """Rows that HQ does not have (any more)."""

    @property
    def kept(self) -> int:
        """Rows that HQ does not have and that stay, because they carry unsent work."""

    @property
    def examples(self) -> Sequence[str]:
        """The keys of some of them."""

    def plus(self, other: Any, /) -> Any:
        """Both together."""


class Checks(Protocol):
    """The device's database as the self-check needs it."""

    @property
    def no_difference(self) -> Any:
        """Nothing found."""

    def due(self, now: datetime, *, asked: bool = False) -> Mapping[str, str]:
        """The scopes to be checked, and why."""

    def add_up(self, scope: str, reason: str) -> ScopeSums | None:
        """What is held of the scope; None while it is incomplete."""

    def held(self, checked: ScopeSums, mask: str) -> Any:
        """What is held of the ranges that differ, to be given to :meth:`mend`."""

    def mend(self, here: Any, after: str, lines: tuple[Line, ...], end: RangeEnd, *, by_content: bool) -> Any:
        """Set right what a page shows to be wrong; None when the scope has moved on meanwhile."""

    def checked(self, of: ScopeSums, reply: SumsReply, found: Any, now: datetime) -> None:
        """Remember what a check has found."""


class Neighbours(Protocol):
    """Other processes on the same profile."""

    def have_changed(self) -> bool:
        """Whether another process has committed since the last call; listeners have been told then."""

    def close(self) -> None:
        """Nobody looks any more."""


class RegistryFile(Protocol):
    """The registry of units on this device."""

    @property
    def download(self) -> Path:
        """Where a snapshot is collected until it is whole."""

    def about(self) -> About | None:
        """What the file says about itself; None when there is no usable one."""

    def install(self, snapshot: Path, sha256: str) -> About:
        """Check a whole file and put it in place; raises Refusal ``registry_damaged``."""

    def apply(self, changes: Iterable[Change], at_seq: int, as_of: date) -> int:
        """Bring the file up to ``at_seq`` in one transaction; returns its rows."""


class BlobFiles(Protocol):
    """Photos and signatures on this device's disk."""

    def has(self, sha256: str) -> bool:
        """Whether it is here."""

    def all(self) -> Iterable[str]:
        """The names of all that are here."""

    def size(self, sha256: str) -> int:
        """Bytes; raises Refusal ``blob_missing`` or ``blob_damaged``."""

    def read_at(self, sha256: str, offset: int, length: int) -> bytes:
        """Up to ``length`` bytes; raises Refusal ``blob_missing`` or ``blob_damaged``."""
