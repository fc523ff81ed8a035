"""Where this device stands with HQ and what is open, each by one question: an idle sync asks nothing else."""

from collections.abc import Mapping
from typing import NamedTuple

from sqlalchemy import ColumnElement, Engine, ScalarSelect, func, select, true

from app.offline_db import blob_queue, comparing
from app.offline_db.engine import answer, as_text
from app.offline_db.schema import ROW_TABLES, cursor, device, operation, setting
from app.offline_db.schema import blob_queue as blob_table
from core.refusals import Refusal
from core.rows.sync import Conflict, ParkedOperation


class Standing(NamedTuple):
    """What a hello says of the device, and what HQ's answer is compared with."""

    incarnation: str | None
    epoch: int
    last_n: int
    last_hash: str
    clock_offset_s: int | None
    revoked: bool
    oldest_n: int  # the first n of the epoch that is kept here; the one after the last when none is
    cursors: Mapping[str, int]  # how far each followed scope has been read


class Counts(NamedTuple):
    """What is still open at this device."""

    pending: int  # operations HQ has not answered
    blobs: int  # photos and signatures still to send
    parked: int  # operations a person must look at
    conflicts: int  # fields with two values, for a person to pick
    looks: int  # answered operations are to be compared with HQ's, or the disk to be looked through for photos

    @property
    def is_idle(self) -> bool:
        """Whether there is nothing to send, to compare or to look for."""
        return not (self.pending or self.blobs or self.looks)


def standing(engine: Engine) -> Standing:
    """Where this device stands; raises Refusal ``not_enrolled``."""
    found = answer(engine, _STANDING)
    if not found:
        raise Refusal("not_enrolled")
    incarnation, epoch, last_n, last_hash, offset, revoked, oldest, *_ = found[0]
    cursors = {scope: seq for *_, scope, seq in found if scope is not None}
    oldest_n = last_n + 1 if oldest is None else oldest
    return Standing(incarnation, epoch, last_n, last_hash, offset, bool(revoked), oldest_n, cursors)


def counts(engine: Engine) -> Counts:
    """What is open."""
    (found,) = answer(engine, _COUNTS)
    return Counts(*found)


def _count(where: ColumnElement[bool]) -> ScalarSelect[int]:
    return select(func.count()).where(where).scalar_subquery()


#: A row for each scope that is followed, or one.
_STANDING = as_text(
    select(
        device.c.incarnation,
        device.c.epoch,
        device.c.last_n,
        device.c.last_hash,
        device.c.clock_offset_s,
        device.c.revoked,
        select(func.min(operation.c.n)).where(operation.c.epoch == device.c.epoch).scalar_subquery(),
        cursor.c.scope,
        cursor.c.seq,
    ).select_from(device.outerjoin(cursor, true()))
)
_COUNTS = as_text(
    select(
        _count(operation.c.state != "answered"),
        _count(blob_table.c.state == "waiting"),
        _count(ROW_TABLES[ParkedOperation].c.state == "open"),
        _count(ROW_TABLES[Conflict].c.state == "open"),
        _count((setting.c.name == comparing.MARK) | (setting.c.name == blob_queue.LOOK)),
    )
)
