"""What must be true: told of every operation that a person was told is done, and of which disks are gone."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import NamedTuple

import msgspec

from core.operations.operation import Operation

#: A device may forget an answered operation after 90 days; a day is left for clocks.
KEPT = timedelta(days=89)


class Told(NamedTuple):
    """An operation that stands on a disk; ``poison``: made by no person."""

    operation: Operation
    at: datetime
    poison: bool = False


class Image(NamedTuple):
    """What a copy of HQ's database holds: operations, whole photos, and what its people were told."""

    received: frozenset[str]
    photos: frozenset[str]
    phones: dict[str, str]
    at: datetime


@dataclass
class Model:
    """Knows no row: only who did what, which disk holds it, and what HQ's people changed."""

    told: dict[str, Told] = field(default_factory=dict)
    disks: dict[str, set[str]] = field(default_factory=dict)
    photos: dict[str, str] = field(default_factory=dict)  # by hash, the operation that names it
    gone: set[str] = field(default_factory=set)  # operations that only a lost disk knew
    lying: dict[str, set[str]] = field(default_factory=dict)  # photos that were taken on a disk
    photos_gone: set[str] = field(default_factory=set)
    phones: dict[str, str] = field(default_factory=dict)
    perhaps: set[str] = field(default_factory=set)  # HQ died over it: whether it was committed nobody was told

    def did(self, disk: str, operation: Operation, at: datetime, *, poison: bool = False) -> None:
        """An operation stands on a disk: a person was told so, or it was found after a crash."""
        self.told.setdefault(operation.id, Told(operation, at, poison))
        self.disks[disk].add(operation.id)
        args = msgspec.json.decode(operation.args)
        for name in ("sha256", "thumbnail_sha256", "photo_sha256", "signature_sha256"):
            if isinstance(args, dict) and args.get(name) and not poison:
                self.photos.setdefault(args[name], operation.id)
                self.lying.setdefault(disk, set()).add(args[name])

    def replaced(self, disk: str, left: Iterable[str], received: set[str], whole: set[str]) -> None:
        """A disk holds only ``left`` from now on; what neither HQ nor another disk has is lost in honesty.

        Its photos stay: they lie beside the database, and no backup takes them back.
        """
        before = self.disks[disk]
        self.disks[disk] = set(left)
        missing = before - self._held()
        self.gone |= missing - received

    def destroyed(self, disk: str, received: set[str], whole: set[str]) -> None:
        """A disk is no more."""
        taken = self.lying.pop(disk, set())
        there = taken | {sha256 for sha256, op in self.photos.items() if op in self.disks[disk]}
        self.replaced(disk, (), received, whole)
        del self.disks[disk]
        elsewhere = set().union(*self.lying.values())
        elsewhere |= {sha256 for sha256, op in self.photos.items() if op in self._held()}
        self.photos_gone |= there - elsewhere - whole

    def hq_replaced(self, image: Image, now: datetime) -> None:
        """HQ holds only ``image``; the devices must bring back what they have, but for what they may have forgotten."""
        held = {op for op in self._held() if now - self.told[op].at < KEPT}
        self.gone |= self.told.keys() - image.received - held
        self.photos_gone |= {
            sha256 for sha256, op in self.photos.items() if sha256 not in image.photos and op not in held
        }
        self.phones = dict(image.phones)

    def _held(self) -> set[str]:
        return set().union(*self.disks.values())

    def demanded(self) -> set[str]:
        """The operations that must have an outcome."""
        return self.told.keys() - self.gone
