"""Self-checks: what a device holds of a scope is compared with HQ's rows, and every difference is reported."""

import logging
from collections.abc import Sequence
from datetime import datetime
from typing import Any

import msgspec
from sqlalchemy import Connection, RowMapping, delete, func, insert, select, update

from core.contract import sums
from core.contract.messages import Mended, ScopeSums, SumsReply
from core.ids import new_id
from core.refusals import Refusal
from hq.feed.sums import Adder, moved_since, stand_of
from hq.identity import Device
from hq.inbox.messages import harmless
from hq.store import Store
from hq.store.schema import self_check

log = logging.getLogger(__name__)
#: More changes than this since the device's cursor leave hardly a range to compare.
_MOST_MOVED = 1_000
#: Reports that are kept of one device; older ones make room.
_KEPT_REPORTS = 50


def compare(store: Store, adder: Adder, device: Device, asked: ScopeSums, now: datetime) -> SumsReply:
    """Which ranges differ between the device and HQ. A range that changed at HQ after the cursor is left out."""
    with store.reading() as connection:
        stand = stand_of(connection, asked.scope)
        here = asked.incarnation == stand.incarnation and stand.horizon <= asked.seq <= stand.seq
        moved = moved_since(connection, asked.scope, asked.seq, _MOST_MOVED) if here else None
        own = None if moved is None else adder.add_up(connection, asked.scope, stand, asked.entities)
    if moved is None or own is None:
        return SumsReply(comparable=False)
    left_out = {sums.range_of(key) for key in moved}
    by_content = asked.rows == sums.fingerprint()
    differing = [one for one in _differing(asked, own, by_content=by_content) if one not in left_out]
    report = _file(store, device, asked, len(differing), now, by_content=by_content) if differing else None
    return SumsReply(
        comparable=len(left_out) < sums.RANGES,
        differing=sums.mask_of(differing),
        left_out=len(left_out),
        contents=by_content,
        report=report,
    )


def _differing(asked: ScopeSums, own: sums.Sums, *, by_content: bool) -> list[int]:
    theirs = list(zip(asked.counts, sums.read(asked.versions), sums.read(asked.contents), strict=True))
    ours = list(zip(own.counts, own.versions, own.contents, strict=True))
    width = 3 if by_content else 2
    return [one for one in range(sums.RANGES) if theirs[one][:width] != ours[one][:width]]


def _file(store: Store, device: Device, asked: ScopeSums, ranges: int, now: datetime, *, by_content: bool) -> str:
    report = new_id()
    log.warning("self-check: device %s differs in %d ranges of %s at %d", device.id, ranges, asked.scope, asked.seq)
    values = {"id": report, "device_id": device.id, "scope": asked.scope, "seq": asked.seq, "at": now}
    values |= {"reason": harmless(asked.reason), "ranges": ranges, "by_content": by_content}
    with store.writing() as connection:
        newest = select(self_check.c.id).where(self_check.c.device_id == device.id).order_by(self_check.c.id.desc())
        old = connection.execute(newest.offset(_KEPT_REPORTS - 1)).scalars().all()
        if old:
            connection.execute(delete(self_check).where(self_check.c.id.in_(old)))
        connection.execute(insert(self_check).values(found={}, explained="", **values))
    return report


def mended(store: Store, device: Device, said: Mended) -> None:
    """Keep what the device found; raises Refusal ``request_invalid`` for a report that is not its own."""
    found = harmless(msgspec.to_builtins(said))
    del found["report"]
    own = (self_check.c.id == said.report, self_check.c.device_id == device.id)
    with store.writing() as connection:
        if not connection.execute(update(self_check).where(*own).values(found=found)).rowcount:
            raise Refusal("request_invalid", problem="report")


def reports(connection: Connection, *, most: int = 200) -> Sequence[RowMapping]:
    """The newest reports, newest first."""
    newest = select(self_check).order_by(self_check.c.at.desc(), self_check.c.id.desc())
    return connection.execute(newest.limit(most)).mappings().all()


def unexplained(connection: Connection) -> int:
    """How many reports nobody has explained yet."""
    counted = select(func.count()).select_from(self_check).where(self_check.c.explained == "")
    return int(connection.execute(counted).scalar_one())


def explain(connection: Connection, report: str, words: str) -> dict[str, Any]:
    """Note what was found out about a report; raises Refusal ``request_invalid`` when there is none."""
    noted = update(self_check).where(self_check.c.id == report).values(explained=words)
    if not connection.execute(noted).rowcount:
        raise Refusal("request_invalid", problem=f"report {report}")
    return {"report": report, "explained": words}
